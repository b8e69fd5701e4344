# SPDX-License-Identifier: LGPL-2.1-or-later
model_sources = \
    lib/model/blkiotune.c \
    lib/model/capabilities.c \
    lib/model/check.c \
    lib/model/clock.c \
    lib/model/cpu.c \
    lib/model/cputune.c \
    lib/model/device-chardev.c \
    lib/model/device-common.c \
    lib/model/device-controller.c \
    lib/model/device-disk.c \
    lib/model/device-interface.c \
    lib/model/device-memballoon.c \
    lib/model/device.h \
    lib/model/domain-shape.h \
    lib/model/domain.c \
    lib/model/domain.h \
    lib/model/edit.c \
    lib/model/edit.h \
    lib/model/features.c \
    lib/model/fill.c \
    lib/model/format-json.c \
    lib/model/format-xml.c \
    lib/model/forms.c \
    lib/model/forms.h \
    lib/model/hints.c \
    lib/model/leftovers-json.c \
    lib/model/lines.c \
    lib/model/memory.c \
    lib/model/metadata.c \
    lib/model/metadata.h \
    lib/model/object.c \
    lib/model/os.c \
    lib/model/parse-json.c \
    lib/model/parse-xml.c \
    lib/model/parts.h \
    lib/model/schema.c \
    lib/model/schema.h \
    lib/model/security.c \
    lib/model/shape.h \
    lib/model/support.c \
    lib/model/sysinfo.c \
    lib/model/things.h \
    lib/model/value.h
EXTRA_DIST += lib/model/README.md
