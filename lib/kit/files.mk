# SPDX-License-Identifier: LGPL-2.1-or-later
kit_sources = \
    lib/kit/cpu.c \
    lib/kit/cpu.h \
    lib/kit/guest.h \
    lib/kit/helper.c \
    lib/kit/helper.h \
    lib/kit/image.c \
    lib/kit/image.h \
    lib/kit/launch.c \
    lib/kit/left-out.c \
    lib/kit/left-out.h \
    lib/kit/launch.h \
    lib/kit/node.c \
    lib/kit/report.c \
    lib/kit/report.h \
    lib/kit/rootfs.c \
    lib/kit/rootfs.h \
    lib/kit/tree.c \
    lib/kit/tree.h \
    lib/kit/warden.c \
    lib/kit/warden-client.c \
    lib/kit/warden-client.h
EXTRA_DIST += lib/kit/README.md
