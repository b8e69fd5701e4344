# SPDX-License-Identifier: LGPL-2.1-or-later
# Each examples/NAME sees the public headers alone and has its lines here.
# They are what the demo runs.
example_programs = examples/boot examples/container
examples_boot_SOURCES = examples/boot.c
examples_boot_CPPFLAGS = -I$(top_srcdir)/include
examples_boot_LDADD = libvessel_all.la
examples_container_SOURCES = examples/container.c
examples_container_CPPFLAGS = -I$(top_srcdir)/include
examples_container_LDADD = libvessel_all.la
EXTRA_DIST += examples/README.md
