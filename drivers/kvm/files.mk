# SPDX-License-Identifier: LGPL-2.1-or-later
kvm_sources = \
    drivers/kvm/driver.c
EXTRA_DIST += drivers/kvm/README.md
