# SPDX-License-Identifier: LGPL-2.1-or-later
# make bench builds these and runs tests/bench/run.
bench_programs = \
    tests/bench/bench-containers \
    tests/bench/bench-guests \
    tests/bench/bench-library \
    tests/bench/bench-model \
    tests/bench/bench-store \
    tests/bench/peer-libvirt \
    tests/bench/peer-lxc
bench_scripts = tests/bench/run tests/bench/with-libvirtd

bench_flags = $(AM_CPPFLAGS) -iquote $(top_srcdir)/tests
bench_figures = tests/bench/figure.c tests/bench/figure.h
bench_libvirt = tests/bench/libvirt.c tests/bench/libvirt.h

tests_bench_bench_containers_CPPFLAGS = $(bench_flags)
tests_bench_bench_containers_SOURCES = tests/bench/bench-containers.c tests/bench/runtimes.c \
    tests/bench/runtimes.h tests/bench/lxc.c tests/bench/lxc.h $(bench_figures)
tests_bench_bench_containers_LDADD = libvessel_all.la

tests_bench_bench_guests_CPPFLAGS = $(bench_flags)
tests_bench_bench_guests_SOURCES = tests/bench/bench-guests.c tests/bench/hand.c tests/bench/hand.h $(bench_figures)
tests_bench_bench_guests_LDADD = libvessel_all.la

# The library as programs have it: what linking it costs is one of the figures.
tests_bench_bench_library_CPPFLAGS = $(bench_flags)
tests_bench_bench_library_SOURCES = tests/bench/bench-library.c $(bench_figures)
tests_bench_bench_library_LDADD = libvessel.la $(GLIB_LIBS)

tests_bench_bench_model_CPPFLAGS = $(bench_flags)
tests_bench_bench_model_SOURCES = tests/bench/bench-model.c $(bench_libvirt) $(bench_figures)
tests_bench_bench_model_LDADD = libvessel_all.la

tests_bench_bench_store_CPPFLAGS = $(bench_flags)
tests_bench_bench_store_SOURCES = tests/bench/bench-store.c $(bench_figures)
tests_bench_bench_store_LDADD = libvessel_all.la

tests_bench_peer_libvirt_CPPFLAGS = $(bench_flags)
tests_bench_peer_libvirt_SOURCES = tests/bench/peer-libvirt.c $(bench_libvirt) $(bench_figures)
tests_bench_peer_libvirt_LDADD = $(GLIB_LIBS)

tests_bench_peer_lxc_CPPFLAGS = $(bench_flags)
tests_bench_peer_lxc_SOURCES = tests/bench/peer-lxc.c $(bench_libvirt) $(bench_figures)
tests_bench_peer_lxc_LDADD = $(GLIB_LIBS)
