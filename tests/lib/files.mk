# SPDX-License-Identifier: LGPL-2.1-or-later
# What test programs share: see vt.h; guest.h for hosts and small guests, program.h for
# programs that link the library.
testlib_sources = \
    tests/lib/command.c \
    tests/lib/command.h \
    tests/lib/container.c \
    tests/lib/container.h \
    tests/lib/guest.c \
    tests/lib/guest.h \
    tests/lib/image.c \
    tests/lib/image.h \
    tests/lib/isolate.c \
    tests/lib/isolate.h \
    tests/lib/namespaces.c \
    tests/lib/namespaces.h \
    tests/lib/network.c \
    tests/lib/network.h \
    tests/lib/program.c \
    tests/lib/program.h \
    tests/lib/tree.c \
    tests/lib/tree.h \
    tests/lib/vt.c \
    tests/lib/vt.h
# The runner.
test_tools = tests/run tests/lib/inside tests/lib/newidmap
# Runs in containers, where there is no library.
tests_lib_inside_SOURCES = tests/lib/inside.c tests/lib/inside-fuse.c tests/lib/inside-net.c tests/lib/inside.h
tests_lib_inside_CFLAGS = -std=gnu11 $(WARN_CFLAGS)
tests_lib_inside_LDFLAGS = -all-static
tests_lib_inside_LDADD =
tests_lib_newidmap_SOURCES = tests/lib/newidmap.c
tests_lib_newidmap_CFLAGS = -std=gnu11 $(WARN_CFLAGS)
tests_lib_newidmap_LDADD =
tests_run_SOURCES = tests/run.c tests/lib/tree.c tests/lib/tree.h
tests_run_LDADD =
