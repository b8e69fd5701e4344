# SPDX-License-Identifier: LGPL-2.1-or-later
xml_sources = \
    lib/xml/read.c \
    lib/xml/read.h \
    lib/xml/scan.c \
    lib/xml/scan.h \
    lib/xml/write.c \
    lib/xml/write.h
EXTRA_DIST += lib/xml/README.md
