# SPDX-License-Identifier: LGPL-2.1-or-later
# Root: guests, namespaces, processes that are killed. Programs, and scripts that print TAP.
system_tests = \
    tests/system/actions \
    tests/system/bad-input \
    tests/system/bad-root \
    tests/system/container \
    tests/system/container-change \
    tests/system/container-change-slow \
    tests/system/container-confine \
    tests/system/container-copy \
    tests/system/container-exec \
    tests/system/container-files \
    tests/system/container-cycles \
    tests/system/container-given \
    tests/system/container-groups \
    tests/system/container-hung \
    tests/system/container-ids \
    tests/system/container-image-kills \
    tests/system/container-kills \
    tests/system/container-life \
    tests/system/container-moved \
    tests/system/container-limits \
    tests/system/container-pipes \
    tests/system/container-restarts \
    tests/system/container-run \
    tests/system/container-template \
    tests/system/container-world \
    tests/system/container-net \
    tests/system/container-net-kills \
    tests/system/container-root \
    tests/system/examples \
    tests/system/host-programs \
    tests/system/hypervisor \
    tests/system/kill-matrix \
    tests/system/messages \
    tests/system/microvm \
    tests/system/program-handles \
    tests/system/program-kinds \
    tests/system/recovery \
    tests/system/security \
    tests/system/stale-root \
    tests/system/warden \
    tests/system/warden-bad
tests_system_warden_SOURCES = tests/system/warden.c $(rig_sources)
rig_sources = tests/system/rig.c tests/system/rig.h
tests_system_kill_matrix_SOURCES = tests/system/kill-matrix.c $(matrix_sources)
tests_system_container_change_slow_SOURCES = tests/system/container-change-slow.c \
    tests/lib/inside-fuse.c tests/lib/inside.h
tests_system_container_kills_SOURCES = tests/system/container-kills.c $(matrix_sources)
tests_system_container_net_kills_SOURCES = tests/system/container-net-kills.c $(matrix_sources)
tests_system_container_image_kills_SOURCES = tests/system/container-image-kills.c $(matrix_sources)
matrix_sources = tests/system/matrix.c tests/system/matrix.h
# The longest comes first, so that the others run beside it.
system_scripts = \
    tests/system/systemd.sh \
    tests/system/systemd-v1.sh \
    tests/system/cli.sh \
    tests/system/readonly-tree.sh
EXTRA_DIST += tests/system/systemd-common.sh tests/system/systemd-guest.sh tests/system/systemd-inside.sh \
    tests/system/systemd-v1-inside.sh
tests_system_warden_bad_SOURCES = tests/system/warden-bad.c $(rig_sources)
# Bad hypervisors, as the emulator of a plan.
test_tools += tests/system/fake-qemu
tests_system_fake_qemu_LDADD =
