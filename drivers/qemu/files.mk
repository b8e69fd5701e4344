# SPDX-License-Identifier: LGPL-2.1-or-later
qemu_sources = \
    drivers/qemu/address.c \
    drivers/qemu/address.h \
    drivers/qemu/blocks.c \
    drivers/qemu/build.c \
    drivers/qemu/build.h \
    drivers/qemu/capabilities.c \
    drivers/qemu/check.c \
    drivers/qemu/confine.c \
    drivers/qemu/defaults.c \
    drivers/qemu/devices.c \
    drivers/qemu/driver-template.h \
    drivers/qemu/facts.c \
    drivers/qemu/facts.h \
    drivers/qemu/family.h \
    drivers/qemu/host.c \
    drivers/qemu/images.c \
    drivers/qemu/images.h \
    drivers/qemu/libraries.c \
    drivers/qemu/lifecycle.c \
    drivers/qemu/machine.c \
    drivers/qemu/machine.h \
    drivers/qemu/namespace.c \
    drivers/qemu/namespace.h \
    drivers/qemu/plan.h \
    drivers/qemu/probe.c \
    drivers/qemu/support.c
# The side that is compiled into the helper.
qemu_engine_sources = \
    drivers/qemu/engine.c \
    drivers/qemu/engine.h \
    drivers/qemu/engine-child.c \
    drivers/qemu/engine-identity.c \
    drivers/qemu/engine-monitor.c \
    drivers/qemu/engine-ops.c \
    drivers/qemu/engine-probe.c \
    drivers/qemu/engine-stats.c \
    drivers/qemu/engine-status.c \
    drivers/qemu/engine-view.c
EXTRA_DIST += drivers/qemu/README.md
