# SPDX-License-Identifier: LGPL-2.1-or-later
# Every parser and every wire: NAME.c has LLVMFuzzerTestOneInput, corpus/NAME/ its inputs. In make
# check it runs with driver.c:
#   fuzz_tests += tests/fuzz/NAME
#   tests_fuzz_NAME_SOURCES = tests/fuzz/NAME.c $(fuzz_driver)
#   tests_fuzz_NAME_CPPFLAGS = $(fuzz_cppflags)
#   tests_fuzz_NAME_LDADD = libvessel_all.la
#   EXTRA_DIST += tests/fuzz/corpus/NAME
# For a long run see "make fuzz" in Makefile.am.
fuzz_driver = tests/fuzz/driver.c
fuzz_cppflags = $(AM_CPPFLAGS) -DVT_SOURCE_DIR='"$(abs_top_srcdir)"'
fuzz_tests = tests/fuzz/json
fuzz_tests += tests/fuzz/definition
fuzz_tests += tests/fuzz/qcow2

tests_fuzz_json_SOURCES = tests/fuzz/json.c $(fuzz_driver)
tests_fuzz_json_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_json_LDADD = libvessel_all.la
EXTRA_DIST += tests/fuzz/corpus/json

tests_fuzz_definition_SOURCES = tests/fuzz/definition.c $(fuzz_driver)
tests_fuzz_definition_CPPFLAGS = $(fuzz_cppflags) -DVT_FUZZ_SEEDS='"tests/unit/data"'
tests_fuzz_definition_LDADD = libvessel_all.la
EXTRA_DIST += tests/fuzz/corpus/definition

tests_fuzz_qcow2_SOURCES = tests/fuzz/qcow2.c $(fuzz_driver)
tests_fuzz_qcow2_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_qcow2_LDADD = libvessel_all.la
EXTRA_DIST += tests/fuzz/corpus/qcow2

fuzz_tests += tests/fuzz/qmp
tests_fuzz_qmp_SOURCES = tests/fuzz/qmp.c $(fuzz_driver)
tests_fuzz_qmp_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_qmp_LDADD = libvessel_all.la
EXTRA_DIST += tests/fuzz/corpus/qmp

fuzz_tests += tests/fuzz/eventlog
tests_fuzz_eventlog_SOURCES = tests/fuzz/eventlog.c $(fuzz_driver)
tests_fuzz_eventlog_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_eventlog_LDADD = libvessel_all.la
EXTRA_DIST += tests/fuzz/corpus/eventlog

fuzz_tests += tests/fuzz/wire
tests_fuzz_wire_SOURCES = tests/fuzz/wire.c $(fuzz_driver)
tests_fuzz_wire_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_wire_LDADD = libvessel_all.la
EXTRA_DIST += tests/fuzz/corpus/wire

fuzz_tests += tests/fuzz/warden
tests_fuzz_warden_SOURCES = tests/fuzz/warden.c $(fuzz_driver)
tests_fuzz_warden_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_warden_LDADD = libvessel_warden.la libvessel_base.la $(base_libs)
EXTRA_DIST += tests/fuzz/corpus/warden

if HAVE_PROFILES
fuzz_tests += tests/fuzz/profile
endif
tests_fuzz_profile_SOURCES = tests/fuzz/profile.c drivers/container/profile/compile.c $(fuzz_driver)
tests_fuzz_profile_CPPFLAGS = $(fuzz_cppflags) $(PROFILES_CFLAGS)
tests_fuzz_profile_LDADD = libvessel_all.la $(PROFILES_LIBS)
EXTRA_DIST += tests/fuzz/corpus/profile
