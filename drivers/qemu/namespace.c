/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/namespace.h"
#include "model/domain-shape.h"

#define TEXT_MAX 65536
#define COUNT_MAX 4096

static const VesselRow argument_rows[] = {
    VESSEL_STRING(QemuArgument, value, "@value", NULL, TEXT_MAX,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI, "the argument"),
    {.path = NULL},
};

static const VesselTable argument_table = VESSEL_PART_TABLE(QemuArgument, "arg", argument_rows);

static const VesselRow variable_rows[] = {
    VESSEL_STRING(QemuVariable, name, "@name", &vessel__form_variable, 255,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "name of the variable"),
    VESSEL_STRING(QemuVariable, value, "@value", NULL, TEXT_MAX, 0, "its value",
                  .otherwise = "empty"),
    {.path = NULL},
};

static const VesselTable variable_table = VESSEL_PART_TABLE(QemuVariable, "env", variable_rows);

static const VesselRow commandline_rows[] = {
    VESSEL_OBJECTS(QemuCommandline, arguments, "arg", &argument_table, COUNT_MAX,
                   VESSEL_ROW_GUEST_ABI, "arguments of the hypervisor, after all others"),
    VESSEL_OBJECTS(QemuCommandline, variables, "env", &variable_table, COUNT_MAX, 0,
                   "variables in its environment"),
    {.path = NULL},
};

static const VesselTable commandline_table =
    VESSEL_PART_TABLE(QemuCommandline, "commandline", commandline_rows);

static const VesselRow capability_rows[] = {
    VESSEL_STRING(QemuCapability, name, "@capability", &vessel__form_name_any, 255,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "name of the capability"),
    {.path = NULL},
};

static const VesselTable capability_table =
    VESSEL_PART_TABLE(QemuCapability, "capability", capability_rows);

static const VesselRow capabilities_rows[] = {
    VESSEL_OBJECTS(QemuCapabilities, add, "add", &capability_table, COUNT_MAX, 0,
                   "what is taken to be there"),
    VESSEL_OBJECTS(QemuCapabilities, del, "del", &capability_table, COUNT_MAX, 0,
                   "what is taken not to be there"),
    {.path = NULL},
};

static const VesselTable capabilities_table =
    VESSEL_PART_TABLE(QemuCapabilities, "capabilities", capabilities_rows);

static const char *const property_types[] = {"",     "string", "signed", "unsigned",
                                             "bool", "remove", NULL};

static const VesselRow property_rows[] = {
    VESSEL_STRING(QemuProperty, name, "@name", &vessel__form_name_any, 255,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "name of the property"),
    VESSEL_ENUM(QemuProperty, type, "@type", property_types,
                VESSEL_ROW_REQUIRED | VESSEL_ROW_GUEST_ABI,
                "type of the value; remove takes the property away"),
    VESSEL_STRING(QemuProperty, value, "@value", NULL, TEXT_MAX, VESSEL_ROW_GUEST_ABI, "its value"),
    {.path = NULL},
};

static const VesselTable property_table =
    VESSEL_PART_TABLE(QemuProperty, "property", property_rows);

static const VesselRow override_rows[] = {
    VESSEL_STRING(QemuOverride, alias, "@alias", &vessel__form_name_any, 255,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "alias of the device"),
    VESSEL_OBJECTS(QemuOverride, properties, "frontend/property", &property_table, COUNT_MAX, 0,
                   "a property that the guest sees, and its value"),
    {.path = NULL},
};

static const VesselTable override_table = VESSEL_PART_TABLE(QemuOverride, "device", override_rows);

static const char *const behaviors[] = {"", "none", "omit", "reject", "crash", NULL};

static const VesselRow namespace_rows[] = {
    VESSEL_OBJECT(QemuNamespace, commandline, "commandline", &commandline_table, 0,
                  "what QEMU is started with beside what the definition says"),
    VESSEL_OBJECT(QemuNamespace, capabilities, "capabilities", &capabilities_table, 0,
                  "what QEMU is taken to be able to do, whatever it says"),
    VESSEL_OBJECTS(QemuNamespace, overrides, "override/device", &override_table, COUNT_MAX,
                   VESSEL_ROW_GUEST_ABI, "a device whose properties are set past the definition"),
    VESSEL_ENUM(QemuNamespace, deprecation, "deprecation/@behavior", behaviors, VESSEL_ROW_NEEDED,
                "what QEMU does when something deprecated is used"),
    {.path = NULL},
};

static const VesselTable namespace_table = VESSEL_ROOT_TABLE(QemuNamespace, "qemu", namespace_rows);

const VesselNamespace vessel__namespace_qemu = {
    .uri = "http://libvirt.org/schemas/domain/qemu/1.0",
    .prefix = "qemu",
    .document = &vessel__domain_table,
    .table = &namespace_table,
    .doc = "what is said to QEMU itself",
};
