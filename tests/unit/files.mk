# SPDX-License-Identifier: LGPL-2.1-or-later
# Any user, no guest, no network, the whole folder in under a minute. One line for each program:
# tests/unit/NAME is made of tests/unit/NAME.c.
unit_tests = \
    tests/unit/bad-input \
    tests/unit/cgroup \
    tests/unit/container-closed \
    tests/unit/container-copy \
    tests/unit/container-defaults \
    tests/unit/container-devices \
    tests/unit/container-ids \
    tests/unit/container-limits \
    tests/unit/container-seccomp \
    tests/unit/definition \
    tests/unit/diff \
    tests/unit/dispatch \
    tests/unit/error \
    tests/unit/eventlog \
    tests/unit/file \
    tests/unit/fileid \
    tests/unit/host-report \
    tests/unit/hostile \
    tests/unit/image \
    tests/unit/json \
    tests/unit/lock \
    tests/unit/memory \
    tests/unit/model \
    tests/unit/model-engine \
    tests/unit/model-rows \
    tests/unit/netlink \
    tests/unit/process \
    tests/unit/qemu-argv \
    tests/unit/qemu-facts \
    tests/unit/qemu-machine \
    tests/unit/qmp \
    tests/unit/rootfs \
    tests/unit/socket \
    tests/unit/spawn \
    tests/unit/test-store \
    tests/unit/test-store-bad-days \
    tests/unit/test-store-kill \
    tests/unit/test-store-threads \
    tests/unit/tree \
    tests/unit/unpack \
    tests/unit/uri \
    tests/unit/version \
    tests/unit/warden-confine \
    tests/unit/words \
    tests/unit/xml

tests_unit_container_devices_LDADD = libvt.la libvessel_warden.la libvessel_all.la $(CMOCKA_LIBS)
tests_unit_container_seccomp_LDADD = libvt.la libvessel_warden.la libvessel_all.la $(SECCOMP_LIBS) \
                                     $(CMOCKA_LIBS)
tests_unit_unpack_SOURCES = tests/unit/unpack.c drivers/container/engine/seccomp-fill.c
nodist_tests_unit_unpack_SOURCES = $(container_unpack_built_sources)
tests_unit_warden_confine_LDADD = libvt.la libvessel_warden.la libvessel_all.la $(CMOCKA_LIBS)

if HAVE_PROFILES
unit_tests += tests/unit/container-profile
endif
tests_unit_container_profile_SOURCES = tests/unit/container-profile.c \
                                       drivers/container/profile/compile.c \
                                       drivers/container/engine/seccomp-fill.c
nodist_tests_unit_container_profile_SOURCES = $(container_profile_built_sources)
tests_unit_container_profile_CPPFLAGS = $(AM_CPPFLAGS) $(PROFILES_CFLAGS)
tests_unit_container_profile_LDADD = $(LDADD) $(PROFILES_LIBS)

EXTRA_DIST += tests/unit/bpf.h tests/unit/confined.h tests/unit/filled.h tests/unit/model.h tests/unit/test-store.h
# Vectors: definitions and what becomes of them.
EXTRA_DIST += tests/unit/data
# Scripts that print TAP, run where they are.
unit_scripts = \
    tests/unit/cli.sh \
    tests/unit/model-schema.sh \
    tests/unit/runner.sh \
    tests/unit/schema-files.sh
