/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements of other namespaces that stand directly in <domain> and whose form is known. They are
 * checked when they are read and kept as they came; whether one is honoured is the driver's to say.
 */
#include "model/things.h"

#define QEMU "http://libvirt.org/schemas/domain/qemu/1.0"
#define LXC "http://libvirt.org/schemas/domain/lxc/1.0"
#define BHYVE "http://libvirt.org/schemas/domain/bhyve/1.0"
#define XEN "http://libvirt.org/schemas/domain/xen/1.0"
#define ARGUMENT_LIMIT 65536
#define COUNT_LIMIT 4096

/* ---- <commandline> of several ---- */

typedef struct {
    char *name, *value;
} Pair;

typedef struct {
    GPtrArray *args, *envs; /* of Pair */
} Commandline;

static const VesselRow arg_rows[] = {
    VESSEL_STRING(Pair, value, "@value", NULL, ARGUMENT_LIMIT, VESSEL_ROW_REQUIRED, "the argument"),
    {.path = NULL},
};

static const VesselTable arg_table = {
    .name = "arg",
    .size = sizeof(Pair),
    .rows = arg_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

static const VesselRow env_rows[] = {
    VESSEL_STRING(Pair, name, "@name", &vessel__form_variable, 255, VESSEL_ROW_REQUIRED,
                  "name of the variable"),
    VESSEL_STRING(Pair, value, "@value", NULL, ARGUMENT_LIMIT, 0, "its value; empty if left out"),
    {.path = NULL},
};

static const VesselTable env_table = {
    .name = "env",
    .size = sizeof(Pair),
    .rows = env_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

static const VesselRow qemu_commandline_rows[] = {
    VESSEL_OBJECTS(Commandline, args, "arg", &arg_table, COUNT_LIMIT, 0,
                   "arguments of the hypervisor, after all others"),
    VESSEL_OBJECTS(Commandline, envs, "env", &env_table, COUNT_LIMIT, 0,
                   "variables in its environment"),
    {.path = NULL},
};

static const VesselTable qemu_commandline_table = {
    .name = "commandline",
    .size = sizeof(Commandline),
    .rows = qemu_commandline_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

static const VesselRow commandline_rows[] = {
    VESSEL_OBJECTS(Commandline, args, "arg", &arg_table, COUNT_LIMIT, 0,
                   "arguments of the hypervisor, after all others"),
    {.path = NULL},
};

static const VesselTable commandline_table = {
    .name = "commandline",
    .size = sizeof(Commandline),
    .rows = commandline_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

/* ---- <qemu:capabilities>, <qemu:deprecation> ---- */

typedef struct {
    GPtrArray *add, *del; /* of Pair: the name */
} Capabilities;

static const VesselRow capability_rows[] = {
    VESSEL_STRING(Pair, name, "@capability", &vessel__form_name_any, 255, VESSEL_ROW_REQUIRED,
                  "name of the capability"),
    {.path = NULL},
};

static const VesselTable capability_table = {
    .name = "capability",
    .size = sizeof(Pair),
    .rows = capability_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

static const VesselRow capabilities_rows[] = {
    VESSEL_OBJECTS(Capabilities, add, "add", &capability_table, COUNT_LIMIT, 0,
                   "what is taken to be there"),
    VESSEL_OBJECTS(Capabilities, del, "del", &capability_table, COUNT_LIMIT, 0,
                   "what is taken not to be there"),
    {.path = NULL},
};

static const VesselTable capabilities_table = {
    .name = "capabilities",
    .size = sizeof(Capabilities),
    .rows = capabilities_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

typedef struct {
    int behavior; /* word */
} Deprecation;

static const char *const behaviors[] = {"", "none", "omit", "reject", "crash", NULL};

static const VesselRow deprecation_rows[] = {
    VESSEL_ENUM(Deprecation, behavior, "@behavior", behaviors, VESSEL_ROW_REQUIRED,
                "what the hypervisor does when something deprecated is used"),
    {.path = NULL},
};

static const VesselTable deprecation_table = {
    .name = "deprecation",
    .size = sizeof(Deprecation),
    .rows = deprecation_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

/* ---- <qemu:override> ---- */

typedef struct {
    char *name, *value;
    int type; /* word */
} Property;

typedef struct {
    char *alias;
    VesselTri frontend;
    GPtrArray *properties; /* of Property: frontend/property */
} Device;

typedef struct {
    GPtrArray *devices; /* of Device */
} Override;

static const char *const property_types[] = {"",     "string", "signed", "unsigned",
                                             "bool", "remove", NULL};

static const VesselRow property_rows[] = {
    VESSEL_STRING(Property, name, "@name", &vessel__form_name_any, 255, VESSEL_ROW_REQUIRED,
                  "name of the property"),
    VESSEL_ENUM(Property, type, "@type", property_types, VESSEL_ROW_REQUIRED,
                "type of the value; remove takes the property away"),
    VESSEL_STRING(Property, value, "@value", NULL, ARGUMENT_LIMIT, 0, "its value"),
    {.path = NULL},
};

static const VesselTable property_table = {
    .name = "property",
    .size = sizeof(Property),
    .rows = property_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

static const VesselRow device_rows[] = {
    VESSEL_STRING(Device, alias, "@alias", &vessel__form_name_any, 255, VESSEL_ROW_REQUIRED,
                  "alias of the device"),
    VESSEL_PRESENCE(Device, frontend, "frontend", 0, "what the guest sees of it"),
    VESSEL_OBJECTS(Device, properties, "frontend/property", &property_table, COUNT_LIMIT, 0,
                   "a property that is given another value"),
    {.path = NULL},
};

static const VesselTable device_table = {
    .name = "device",
    .size = sizeof(Device),
    .rows = device_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

static const VesselRow override_rows[] = {
    VESSEL_OBJECTS(Override, devices, "device", &device_table, COUNT_LIMIT, 0,
                   "a device whose properties are changed"),
    {.path = NULL},
};

static const VesselTable override_table = {
    .name = "override",
    .size = sizeof(Override),
    .rows = override_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

/* ---- <lxc:namespace> ---- */

typedef struct {
    int type; /* word */
    char *value;
} Share;

typedef struct {
    Share *net, *ipc, *uts;
} Namespaces;

static const char *const net_types[] = {"", "netns", "name", "pid", NULL};
static const char *const share_types[] = {"", "name", "pid", NULL};

static const VesselRow net_rows[] = {
    VESSEL_ENUM(Share, type, "@type", net_types, VESSEL_ROW_REQUIRED, "how it is named"),
    VESSEL_STRING(Share, value, "@value", &vessel__form_name_any, 255, VESSEL_ROW_REQUIRED,
                  "name of the namespace or the container, or number of a process"),
    {.path = NULL},
};

static const VesselTable net_table = {
    .name = "sharenet",
    .size = sizeof(Share),
    .rows = net_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

static const VesselRow share_rows[] = {
    VESSEL_ENUM(Share, type, "@type", share_types, VESSEL_ROW_REQUIRED, "how it is named"),
    VESSEL_STRING(Share, value, "@value", &vessel__form_name_any, 255, VESSEL_ROW_REQUIRED,
                  "name of the container, or number of a process"),
    {.path = NULL},
};

static const VesselTable share_table = {
    .name = "share",
    .size = sizeof(Share),
    .rows = share_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

static const VesselRow namespaces_rows[] = {
    VESSEL_OBJECT(Namespaces, net, "sharenet", &net_table, 0, "whose network it is in"),
    VESSEL_OBJECT(Namespaces, ipc, "shareipc", &share_table, 0, "whose IPC it is in"),
    VESSEL_OBJECT(Namespaces, uts, "shareuts", &share_table, 0, "whose host name it has"),
    {.path = NULL},
};

static const VesselTable namespaces_table = {
    .name = "namespace",
    .size = sizeof(Namespaces),
    .rows = namespaces_rows,
    .leftovers = VESSEL_NOWHERE,
    .lines = VESSEL_NOWHERE,
};

const VesselForeign vessel__domain_foreign[] = {
    {QEMU, "commandline", &qemu_commandline_table}, {QEMU, "capabilities", &capabilities_table},
    {QEMU, "deprecation", &deprecation_table},      {QEMU, "override", &override_table},
    {LXC, "namespace", &namespaces_table},          {BHYVE, "commandline", &commandline_table},
    {XEN, "commandline", &commandline_table},       {NULL, NULL, NULL},
};
