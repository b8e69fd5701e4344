# SPDX-License-Identifier: LGPL-2.1-or-later
guest_files = \
    tests/guest/README.md \
    tests/guest/bootsect.s \
    tests/guest/build \
    tests/guest/init \
    tests/guest/systemd
