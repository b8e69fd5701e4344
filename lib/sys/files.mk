# SPDX-License-Identifier: LGPL-2.1-or-later
sys_sources = \
    lib/sys/cgroup-files.c \
    lib/sys/cgroup-remove.c \
    lib/sys/cgroup-tops.h \
    lib/sys/cgroup.c \
    lib/sys/cgroup.h \
    lib/sys/eventlog-segments.h \
    lib/sys/eventlog.c \
    lib/sys/cgroups.c \
    lib/sys/eventlog.h \
    lib/sys/eventreader.c \
    lib/sys/eventwriter.c \
    lib/sys/exit.c \
    lib/sys/exit.h \
    lib/sys/fileid.c \
    lib/sys/fileid.h \
    lib/sys/lock.c \
    lib/sys/lock.h \
    lib/sys/netlink.c \
    lib/sys/netlink.h \
    lib/sys/process.c \
    lib/sys/process.h \
    lib/sys/qmp.c \
    lib/sys/qmp.h \
    lib/sys/reset.c \
    lib/sys/scope.c \
    lib/sys/scope.h \
    lib/sys/socket.c \
    lib/sys/socket.h \
    lib/sys/spawn.c \
    lib/sys/spawn.h \
    lib/sys/tool.c \
    lib/sys/tool.h \
    lib/sys/wire.h
EXTRA_DIST += lib/sys/README.md
