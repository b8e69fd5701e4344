# SPDX-License-Identifier: LGPL-2.1-or-later
emulator_sources = \
    drivers/emulator/driver.c
EXTRA_DIST += drivers/emulator/README.md
