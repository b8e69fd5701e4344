/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/namespaces-libvirt.h"
#include "model/domain-shape.h"
#include "model/network.h"
#include "model/pool.h"

#define TEXT_MAX 65536
#define COUNT_MAX 4096

/* ---- options of a program, as they are ---- */

static const VesselRow argument_rows[] = {
    VESSEL_STRING(VesselNamespaceOption, value, "@value", NULL, TEXT_MAX, VESSEL_ROW_REQUIRED,
                  "the argument or option, as it is"),
    {.path = NULL},
};

static const VesselRow option_rows[] = {
    VESSEL_STRING(VesselNamespaceOption, name, "@name", &vessel__form_name_any, 255,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "the option, as it is"),
    {.path = NULL},
};

static const VesselRow pair_rows[] = {
    VESSEL_STRING(VesselNamespaceOption, name, "@name", &vessel__form_name_any, 255,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_KEY, "name of the option"),
    VESSEL_STRING(VesselNamespaceOption, value, "@value", &vessel__form_name_any, TEXT_MAX,
                  VESSEL_ROW_REQUIRED, "its value"),
    {.path = NULL},
};

static const VesselTable argument_table =
    VESSEL_PART_TABLE(VesselNamespaceOption, "argument", argument_rows);
static const VesselTable option_table =
    VESSEL_PART_TABLE(VesselNamespaceOption, "option", option_rows);
static const VesselTable pair_table = VESSEL_PART_TABLE(VesselNamespaceOption, "option", pair_rows);

/* A namespace of such options alone. */
#define OPTIONS(word, place, item_table, text)                                                     \
    static const VesselRow word##_rows[] = {                                                       \
        VESSEL_OBJECTS(VesselNamespaceOptions, options, place, item_table, COUNT_MAX, 0, text),    \
        {.path = NULL},                                                                            \
    };                                                                                             \
    static const VesselTable word##_table =                                                        \
        VESSEL_ROOT_TABLE(VesselNamespaceOptions, #word, word##_rows)

OPTIONS(bhyve, "commandline/arg", &argument_table, "arguments of bhyve, after all others");
OPTIONS(xen, "commandline/arg", &argument_table, "arguments of the device model, after all others");
OPTIONS(dnsmasq, "options/option", &argument_table, "lines of its configuration, after all others");
OPTIONS(fs, "mount_opts/option", &option_table, "options of the mount, after all others");
OPTIONS(rbd, "config_opts/option", &pair_table, "options of the client's configuration");

/* ---- <lxc:namespace> ---- */

static const char *const net_types[] = {"", "netns", "name", "pid", NULL};
static const char *const share_types[] = {"", "name", "pid", NULL};

static const VesselRow net_rows[] = {
    VESSEL_ENUM(VesselLxcShare, type, "@type", net_types, VESSEL_ROW_REQUIRED, "how it is named"),
    VESSEL_STRING(VesselLxcShare, value, "@value", &vessel__form_name_any, 255, VESSEL_ROW_REQUIRED,
                  "name of the namespace or the container, or number of a process"),
    {.path = NULL},
};

static const VesselRow share_rows[] = {
    VESSEL_ENUM(VesselLxcShare, type, "@type", share_types, VESSEL_ROW_REQUIRED, "how it is named"),
    VESSEL_STRING(VesselLxcShare, value, "@value", &vessel__form_name_any, 255, VESSEL_ROW_REQUIRED,
                  "name of the container, or number of a process"),
    {.path = NULL},
};

static const VesselTable net_table = VESSEL_PART_TABLE(VesselLxcShare, "sharenet", net_rows);
static const VesselTable share_table = VESSEL_PART_TABLE(VesselLxcShare, "share", share_rows);

static const VesselRow shared_rows[] = {
    VESSEL_OBJECT(VesselLxcNamespaces, net, "sharenet", &net_table, 0, "whose network it is in"),
    VESSEL_OBJECT(VesselLxcNamespaces, ipc, "shareipc", &share_table, 0, "whose IPC it is in"),
    VESSEL_OBJECT(VesselLxcNamespaces, uts, "shareuts", &share_table, 0, "whose host name it has"),
    {.path = NULL},
};

static const VesselTable shared_table =
    VESSEL_PART_TABLE(VesselLxcNamespaces, "namespace", shared_rows);

static const VesselRow lxc_rows[] = {
    VESSEL_OBJECT(VesselLxc, shared, "namespace", &shared_table, 0,
                  "the kernel's namespaces that a container shares with another"),
    {.path = NULL},
};

static const VesselTable lxc_table = VESSEL_ROOT_TABLE(VesselLxc, "lxc", lxc_rows);

/* ---- <vmware:datacenterpath> ---- */

static const VesselRow vmware_rows[] = {
    VESSEL_STRING(VesselVmware, datacenter_path, "datacenterpath", &vessel__form_name_any, 4096, 0,
                  "where the domain is in the inventory of vSphere"),
    {.path = NULL},
};

static const VesselTable vmware_table = VESSEL_ROOT_TABLE(VesselVmware, "vmware", vmware_rows);

/* ---- all of them ---- */

#define NAMESPACE(word, space, document_table, text)                                               \
    const VesselNamespace vessel__namespace_##word = {                                             \
        .uri = "http://libvirt.org/schemas/" space,                                                \
        .prefix = #word,                                                                           \
        .document = document_table,                                                                \
        .table = &word##_table,                                                                    \
        .doc = text,                                                                               \
    }

NAMESPACE(lxc, "domain/lxc/1.0", &vessel__domain_table, "what only containers have");
NAMESPACE(bhyve, "domain/bhyve/1.0", &vessel__domain_table, "what is said to bhyve itself");
NAMESPACE(xen, "domain/xen/1.0", &vessel__domain_table, "what is said to Xen itself");
NAMESPACE(vmware, "domain/vmware/1.0", &vessel__domain_table, "what only machines of vSphere have");
NAMESPACE(dnsmasq, "network/dnsmasq/1.0", &vessel__network_table, "what is said to dnsmasq itself");
NAMESPACE(fs, "storagepool/fs/1.0", &vessel__pool_table, "what is said to the mount itself");
NAMESPACE(rbd, "storagepool/rbd/1.0", &vessel__pool_table,
          "what is said to the client of the cluster");

const VesselNamespace *const vessel__libvirt_namespaces[] = {
    &vessel__namespace_lxc,     &vessel__namespace_bhyve,
    &vessel__namespace_xen,     &vessel__namespace_vmware,
    &vessel__namespace_dnsmasq, &vessel__namespace_fs,
    &vessel__namespace_rbd,     NULL,
};
