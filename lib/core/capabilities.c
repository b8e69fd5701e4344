/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/capabilities.h"
#include "core/registry.h"
#include <sys/utsname.h>

int vessel__host_hostname(VesselHost *host, char **name, VesselError **err)
{
    struct utsname names;
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(name != NULL, "name", err);
    if (code)
        return code;
    if (uname(&names) < 0)
        return vessel__fail_errno(err, errno, "uname");
    *name = g_strdup(names.nodename);
    return VESSEL_OK;
}

int vessel__host_node_info(VesselHost *host, VesselNodeInfo *info, VesselError **err)
{
    VesselNode node = {0};
    VesselNodeInfo full = {.size = sizeof full};
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(info != NULL, "info", err);
    if (!code && (info->size < offsetof(VesselNodeInfo, memory_kib) || info->size > 4096))
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "the size of info is %zu: it was not set", info->size);
    if (!code)
        code = vessel__node_read(&node, err);
    if (code)
        return code;
    G_STATIC_ASSERT(sizeof full.arch == sizeof node.arch && sizeof full.model == sizeof node.model);
    memcpy(full.arch, node.arch, sizeof full.arch);
    memcpy(full.model, node.model, sizeof full.model);
    full.memory_kib = node.memory_kib;
    full.cpus = node.cpus;
    full.mhz = node.mhz;
    full.nodes = node.nodes;
    full.sockets = node.sockets;
    full.cores = node.cores;
    full.threads = node.threads;
    /* A caller of an older header has room for less, one of a newer finds zeros. */
    size_t size = info->size;
    memset(info, 0, size);
    memcpy(info, &full, MIN(size, sizeof full));
    info->size = size;
    return VESSEL_OK;
}

/* ---- <capabilities> ---- */

static void add_escaped(GString *xml, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void add_escaped(GString *xml, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_markup_vprintf_escaped(format, args);
    va_end(args);
    g_string_append(xml, text);
}

static int add_host(GString *xml, VesselError **err)
{
    VesselNode node = {0};
    int code = vessel__node_read(&node, err);
    if (code)
        return code;
    g_string_append(xml, "  <host>\n    <cpu>\n");
    add_escaped(xml, "      <arch>%s</arch>\n", node.arch);
    if (*node.model)
        add_escaped(xml, "      <model>%s</model>\n", node.model);
    add_escaped(xml, "      <topology sockets='%u' dies='1' cores='%u' threads='%u'/>\n",
                MAX(node.sockets, 1u), MAX(node.cores, 1u), MAX(node.threads, 1u));
    g_string_append(xml, "    </cpu>\n    <topology>\n");
    add_escaped(xml, "      <cells num='%u'>\n", MAX(node.nodes, 1u));
    if (node.nodes <= 1)
        add_escaped(xml,
                    "        <cell id='0'>\n          <memory unit='KiB'>%" G_GUINT64_FORMAT
                    "</memory>\n          <cpus num='%u'/>\n        </cell>\n",
                    node.memory_kib, node.cpus);
    g_string_append(xml, "      </cells>\n    </topology>\n  </host>\n");
    return VESSEL_OK;
}

static void add_machines(GString *xml, const VesselJson *machines)
{
    VESSEL_JSON_FOREACH (machine, machines) {
        const char *canonical = vessel__json_get_string(machine, "canonical", NULL);
        int64_t max_cpus = vessel__json_get_int(machine, "max_cpus", 0);
        const char *name = vessel__json_get_string(machine, "name", "");
        g_string_append(xml, "      <machine");
        if (canonical && !g_str_equal(canonical, name))
            add_escaped(xml, " canonical='%s'", canonical);
        if (max_cpus)
            add_escaped(xml, " maxCpus='%d'", (int)max_cpus);
        add_escaped(xml, ">%s</machine>\n", name);
    }
}

static void add_guest(GString *xml, const VesselJson *guest)
{
    g_string_append(xml, "  <guest>\n");
    add_escaped(xml, "    <os_type>%s</os_type>\n",
                vessel__json_get_string(guest, "os_type", "hvm"));
    add_escaped(xml, "    <arch name='%s'>\n", vessel__json_get_string(guest, "arch", ""));
    int64_t wordsize = vessel__json_get_int(guest, "wordsize", 0);
    if (wordsize)
        add_escaped(xml, "      <wordsize>%d</wordsize>\n", (int)wordsize);
    const char *emulator = vessel__json_get_string(guest, "emulator", NULL);
    if (emulator)
        add_escaped(xml, "      <emulator>%s</emulator>\n", emulator);
    add_machines(xml, vessel__json_get(guest, "machines"));
    VESSEL_JSON_FOREACH (type, vessel__json_get(guest, "types")) {
        add_escaped(xml, "      <domain type='%s'/>\n", vessel__json_string(type, ""));
    }
    g_string_append(xml, "    </arch>\n  </guest>\n");
}

/* Two drivers that run one binary are one <guest> with two types. */
static void merge_guest(GPtrArray *all, const VesselJson *guest)
{
    static const char *const same[] = {"os_type", "arch", "emulator", NULL};
    for (guint i = 0; i < all->len; i++) {
        VesselJson *other = all->pdata[i];
        bool equal = true;
        for (guint k = 0; same[k]; k++)
            equal &= g_strcmp0(vessel__json_get_string(guest, same[k], NULL),
                               vessel__json_get_string(other, same[k], NULL)) == 0;
        if (!equal)
            continue;
        VesselJson *types = vessel__json_copy(vessel__json_get(other, "types"));
        VESSEL_JSON_FOREACH (type, vessel__json_get(guest, "types")) {
            vessel__json_append_string(types, vessel__json_string(type, ""));
        }
        vessel__json_set(other, "types", types);
        return;
    }
    g_ptr_array_add(all, vessel__json_copy(guest));
}

/* A driver whose hypervisor is not there has nothing to add; that is no failure of the document. */
static int add_guests(VesselHost *host, GString *xml, VesselError **err)
{
    const VesselDriver *driver;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)vessel__json_free);
    for (guint i = 0; (driver = vessel__driver_at(host, i)); i++) {
        g_autoptr(VesselJson) guests = NULL;
        g_autofree char *why_not = NULL;
        if (!vessel_driver_has(driver, host, capabilities) ||
            vessel__driver_usable(host, driver, NULL, NULL, &why_not) <= 0)
            continue;
        int code = driver->host->capabilities(vessel__host_for_driver(host), &guests, err);
        if (code)
            return code;
        VESSEL_JSON_FOREACH (guest, guests) {
            merge_guest(all, guest);
        }
    }
    for (guint i = 0; i < all->len; i++)
        add_guest(xml, all->pdata[i]);
    return VESSEL_OK;
}

int vessel__host_capabilities(VesselHost *host, char **xml, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(GString) text = g_string_new("<capabilities>\n");
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(xml != NULL, "xml", err);
    if (!code)
        code = add_host(text, err);
    if (!code)
        code = add_guests(host, text, err);
    if (code)
        return code;
    g_string_append(text, "</capabilities>\n");
    *xml = g_string_free(g_steal_pointer(&text), FALSE);
    return VESSEL_OK;
}

/* ---- <domainCapabilities> ---- */

int vessel__host_domain_capabilities(VesselHost *host, const VesselDomainSpec *given, char **xml,
                                     VesselError **err)
{
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    VesselDomainType type;
    const VesselDriver *driver = NULL;
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(xml != NULL, "xml", err);
    if (!code)
        code = vessel__options_read(given, "spec", &spec, sizeof spec, err);
    if (!code)
        code = vessel__type_from_word(host, spec.type, &type, err);
    if (!code)
        code = vessel__driver_for_type(host, type, spec.arch, spec.machine, &driver, NULL, err);
    if (code)
        return code;
    if (!vessel_driver_has(driver, host, domain_capabilities))
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "the %s driver has no %s", driver->name,
                            "host_domain_capabilities");
    return driver->host->domain_capabilities(vessel__host_for_driver(host), spec.emulator,
                                             spec.arch, spec.machine, xml, err);
}

/* ---- doctor ---- */

static void report_helper(VesselDriverHost *driver_host, VesselReport *report)
{
    if (driver_host->helper_dir) {
        vessel__report_pass(report, "helper", "vessel-warden is in %s", driver_host->helper_dir);
        return;
    }
    const VesselError *error = driver_host->helper_error;
    const char *hint = vessel_error_hint(error);
    vessel__report_fail(report, "helper", hint ? hint : "install Vessel, or set VESSEL_HELPER_DIR",
                        "%s", vessel_error_message(error));
}

int vessel__host_doctor(VesselHost *host, char **json, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(json != NULL, "json", err);
    if (code)
        return code;
    g_autoptr(VesselReport) report = vessel__report_new();
    const VesselDriver *driver;
    VesselDriverHost *driver_host = vessel__host_for_driver(host);
    if (!host->mock) {
        report_helper(driver_host, report);
        vessel__report_host(report);
    }
    for (guint i = 0; (driver = vessel__driver_at(host, i)); i++) {
        if (vessel_driver_has(driver, host, report))
            driver->host->report(driver_host, report);
    }
    g_autoptr(VesselJson) rows = vessel__report_steal_json(report);
    *json = vessel__json_format(rows, true);
    return VESSEL_OK;
}
