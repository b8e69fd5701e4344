# SPDX-License-Identifier: LGPL-2.1-or-later
# One suite over the public API, run on mock and on every driver this host has.
contract_tests = \
    tests/contract/container \
    tests/contract/emulator \
    tests/contract/kvm \
    tests/contract/mock

contract_suite = \
    tests/contract/changes.c \
    tests/contract/definitions.c \
    tests/contract/events.c \
    tests/contract/facts.c \
    tests/contract/hosts.c \
    tests/contract/jobs.c \
    tests/contract/lives.c \
    tests/contract/suite.c \
    tests/contract/suite.h \
    tests/contract/threads.c
tests_contract_container_SOURCES = tests/contract/container.c $(contract_suite)
tests_contract_emulator_SOURCES = tests/contract/emulator.c $(contract_suite)
tests_contract_kvm_SOURCES = tests/contract/kvm.c $(contract_suite)
tests_contract_mock_SOURCES = tests/contract/mock.c $(contract_suite)
