/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain says to QEMU past the definition: <qemu:commandline> and its like. Known, so that it
 * is checked and kept; support.c has none of it, so a domain that has any is refused. */
#ifndef VESSEL_QEMU_NAMESPACE_H
#define VESSEL_QEMU_NAMESPACE_H

#include "model/namespaces.h"

typedef struct {
    char *value;
} QemuArgument;

typedef struct {
    char *name, *value;
} QemuVariable;

/* <qemu:commandline> */
typedef struct {
    GPtrArray *arguments; /* of QemuArgument */
    GPtrArray *variables; /* of QemuVariable */
} QemuCommandline;

typedef struct {
    char *name;
} QemuCapability;

/* <qemu:capabilities> */
typedef struct {
    GPtrArray *add, *del; /* of QemuCapability */
} QemuCapabilities;

typedef enum {
    QEMU_PROPERTY_ABSENT, QEMU_PROPERTY_STRING, QEMU_PROPERTY_SIGNED, QEMU_PROPERTY_UNSIGNED,
    QEMU_PROPERTY_BOOL, QEMU_PROPERTY_REMOVE,
} QemuPropertyType;

typedef struct {
    char *name, *value;
    QemuPropertyType type;
} QemuProperty;

/* <qemu:override>: one <qemu:device> */
typedef struct {
    char *alias;
    GPtrArray *properties; /* of QemuProperty: frontend/property, what the guest sees */
} QemuOverride;

typedef struct {
    QemuCommandline *commandline;
    QemuCapabilities *capabilities;
    GPtrArray *overrides; /* of QemuOverride */
    int deprecation; /* word */
    GPtrArray *unknown;
    int *lines;
} QemuNamespace;

/* vessel__namespace_get() gives a QemuNamespace. */
extern const VesselNamespace vessel__namespace_qemu;

#endif
