# SPDX-License-Identifier: LGPL-2.1-or-later
base_sources = \
    lib/base/clock.c \
    lib/base/clock.h \
    lib/base/common.h \
    lib/base/denied.c \
    lib/base/depth.h \
    lib/base/error.c \
    lib/base/error.h \
    lib/base/file.c \
    lib/base/file.h \
    lib/base/json.c \
    lib/base/json.h \
    lib/base/log.c \
    lib/base/log.h \
    lib/base/words.c \
    lib/base/words.h
EXTRA_DIST += lib/base/README.md
