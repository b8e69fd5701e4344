# SPDX-License-Identifier: LGPL-2.1-or-later
# Everything but main, so that tests can link it.
warden_sources = \
    lib/warden/change.c \
    lib/warden/confine.c \
    lib/warden/console.c \
    lib/warden/engine.h \
    lib/warden/engines.c \
    lib/warden/guest.c \
    lib/warden/log.c \
    lib/warden/loop.c \
    lib/warden/loop.h \
    lib/warden/place.c \
    lib/warden/request.c \
    lib/warden/role.c \
    lib/warden/server.c \
    lib/warden/state.c \
    lib/warden/warden.h \
    lib/warden/work.c
warden_main_sources = lib/warden/main.c
warden_programs = vessel-warden
EXTRA_DIST += lib/warden/README.md
