# SPDX-License-Identifier: LGPL-2.1-or-later
api_sources = \
    lib/api/definition.c \
    lib/api/domain.c \
    lib/api/event.c \
    lib/api/exec.c \
    lib/api/host.c \
    lib/api/job.c \
    lib/api/stats.c \
    lib/api/types.c
# Installed in $(includedir)/vessel. vessel.h includes all the others.
public_headers = \
    include/vessel/definition.h \
    include/vessel/domain.h \
    include/vessel/error.h \
    include/vessel/event.h \
    include/vessel/exec.h \
    include/vessel/host.h \
    include/vessel/job.h \
    include/vessel/stats.h \
    include/vessel/types.h \
    include/vessel/vessel.h
EXTRA_DIST += lib/api/README.md
