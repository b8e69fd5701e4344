# SPDX-License-Identifier: LGPL-2.1-or-later
store_sources = \
    lib/store/boot.c \
    lib/store/db.c \
    lib/store/db.h \
    lib/store/dirs.c \
    lib/store/elsewhere.c \
    lib/store/events.c \
    lib/store/folders.c \
    lib/store/follow.c \
    lib/store/fork.c \
    lib/store/instances.c \
    lib/store/internal.h \
    lib/store/jobs.c \
    lib/store/live.h \
    lib/store/load.c \
    lib/store/local.c \
    lib/store/logs.c \
    lib/store/lookup.c \
    lib/store/memory.c \
    lib/store/oplock.c \
    lib/store/outbox.c \
    lib/store/places.c \
    lib/store/reader.c \
    lib/store/record.c \
    lib/store/registry.c \
    lib/store/slots.c \
    lib/store/slots.h \
    lib/store/sql.c \
    lib/store/store.h \
    lib/store/table.c \
    lib/store/table.h \
    lib/store/txn-local.c \
    lib/store/txn.c
EXTRA_DIST += lib/store/README.md
