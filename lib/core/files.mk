# SPDX-License-Identifier: LGPL-2.1-or-later
core_sources = \
    lib/core/autostart.c \
    lib/core/autostart.h \
    lib/core/by-warden.c \
    lib/core/by-warden.h \
    lib/core/capabilities.c \
    lib/core/capabilities.h \
    lib/core/change.c \
    lib/core/close.c \
    lib/core/close.h \
    lib/core/console.c \
    lib/core/copy.c \
    lib/core/copy.h \
    lib/core/definition.c \
    lib/core/definition.h \
    lib/core/dispatch.c \
    lib/core/dispatch.h \
    lib/core/document.c \
    lib/core/document.h \
    lib/core/domain.c \
    lib/core/domain.h \
    lib/core/driver.h \
    lib/core/event.c \
    lib/core/event.h \
    lib/core/exec.c \
    lib/core/exec.h \
    lib/core/guests.c \
    lib/core/guests.h \
    lib/core/handle.c \
    lib/core/handle.h \
    lib/core/host.c \
    lib/core/host.h \
    lib/core/info.c \
    lib/core/job-follow.c \
    lib/core/job.c \
    lib/core/job.h \
    lib/core/lookup.c \
    lib/core/metadata.c \
    lib/core/operations.c \
    lib/core/operations.h \
    lib/core/pool.c \
    lib/core/pool.h \
    lib/core/recover.c \
    lib/core/recover.h \
    lib/core/registry.c \
    lib/core/registry.h \
    lib/core/rename.c \
    lib/core/rename.h \
    lib/core/rootfs.c \
    lib/core/rootfs.h \
    lib/core/start.c \
    lib/core/states.c \
    lib/core/states.h \
    lib/core/stats-item.c \
    lib/core/stats.c \
    lib/core/stats.h \
    lib/core/stop.c \
    lib/core/uri.c \
    lib/core/wait.c \
    lib/core/wait.h \
    lib/core/whole.c
EXTRA_DIST += lib/core/README.md
# Made by configure from lib/core/drivers.c.in and lib/core/namespaces.c.in.
core_built_sources = lib/core/drivers.c lib/core/namespaces.c
