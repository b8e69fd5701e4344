# SPDX-License-Identifier: LGPL-2.1-or-later
mock_sources = \
    drivers/mock/console.c \
    drivers/mock/driver.c \
    drivers/mock/mock.h \
    drivers/mock/stats.c
# Its guests need no helper.
mock_engine_sources =
EXTRA_DIST += drivers/mock/README.md
