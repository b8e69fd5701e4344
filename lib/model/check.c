/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The core's cross checks of a domain: what no single row can say. Each is pure and stands alone.
 */
#include "model/check.h"

#include "model/domain-shape.h"

/* The path of a domain that is a document in that which it stands in. */
static char *relocate(const VesselCheck *check, const char *path)
{
    return g_strconcat(check->root ? check->root : "/domain", path + strlen("/domain"), NULL);
}

static void add_problem(const VesselCheck *check, const char *path, const char *hint,
                        const char *message)
{
    g_autofree char *whole = relocate(check, path);
    vessel__problems_add(check->problems, VESSEL_ERROR_INVALID_DEFINITION, whole,
                         vessel__domain_def_line(check->def, path), 0, hint, "%s", message);
}

void vessel__check_problem(const VesselCheck *check, const VesselDevice *device, const char *below,
                           const char *hint, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    g_autofree char *message = g_strdup_vprintf(format, list);
    va_end(list);
    g_autofree char *above = device ? vessel__device_path(check->def, device) : g_strdup("/domain");
    g_autofree char *path = g_strconcat(above, below, NULL);
    add_problem(check, path, hint, message);
}

void vessel__check_at(const VesselCheck *check, char *path, const char *hint, const char *format,
                      ...)
{
    g_autofree char *owned = path;
    va_list list;
    va_start(list, format);
    g_autofree char *message = g_strdup_vprintf(format, list);
    va_end(list);
    add_problem(check, owned, hint, message);
}

void vessel__where_problem(const VesselWhere *where, const char *below, const char *hint,
                           const char *format, ...)
{
    g_autofree char *path = g_strconcat(where->path, below, NULL);
    va_list list;
    va_start(list, format);
    g_autofree char *message = g_strdup_vprintf(format, list);
    va_end(list);
    if (where->check)
        vessel__check_problem(where->check, where->device, path, hint, "%s", message);
    else
        vessel__document_problem(where->in, path, hint, "%s", message);
}

char *vessel__check_where(const VesselCheck *check, const VesselDevice *device)
{
    g_autofree char *where = vessel__device_where(check->def, device);
    return relocate(check, where);
}

int vessel__owners_claim(guint16 *owners, const char *list, guint owner, guint *other)
{
    guint first, last;
    int common = -1;
    while (vessel__cpus_next(&list, &first, &last)) {
        for (guint id = first; id <= last; id++) {
            if (!owners[id]) {
                owners[id] = (guint16)owner;
            } else if (common < 0) {
                common = (int)id;
                *other = owners[id];
            }
        }
    }
    return common;
}

int vessel__cpus_last(const char *list)
{
    guint first, last = 0;
    bool some = false;
    while (vessel__cpus_next(&list, &first, &last))
        some = true;
    return some ? (int)last : -1;
}

GHashTable *vessel__check_new_seen(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

bool vessel__check_first(GHashTable **seen, char *key)
{
    if (!key)
        return true;
    if (!*seen)
        *seen = vessel__check_new_seen();
    return g_hash_table_add(*seen, key);
}

const VesselDevice *vessel__check_seen(GHashTable *seen, char *key, const VesselDevice *device)
{
    if (!key)
        return NULL;
    const VesselDevice *first = g_hash_table_lookup(seen, key);
    if (first)
        g_free(key);
    else
        g_hash_table_insert(seen, key, (gpointer)device);
    return first;
}

void vessel__check_duplicate(const VesselCheck *check, const VesselDevice *device,
                             const VesselDevice *first, const char *below, const char *what)
{
    g_autofree char *other = vessel__check_where(check, first);
    vessel__check_problem(check, device, below, "give one of the two another",
                          "%s is that of %s already", what, other);
}

static void check_boot(const VesselCheck *check)
{
    const VesselDomainDef *def = check->def;
    g_autoptr(GHashTable) seen = vessel__check_new_seen();
    bool kinds = def->boot && def->boot->len > 0;

    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        const VesselDeviceCommon *common = vessel__device_common(device);
        if (!common || !common->boot_order.set)
            continue;
        if (kinds) {
            vessel__check_problem(check, device, "/boot/@order", "leave out one of the two",
                                  "a boot order of devices and os/boot exclude each other");
            return;
        }
        char *key = g_strdup_printf("%" G_GUINT64_FORMAT, common->boot_order.value);
        const VesselDevice *first = vessel__check_seen(seen, key, device);
        if (first)
            vessel__check_duplicate(check, device, first, "/boot/@order",
                                    "this turn in the boot order");
    }
}

static void check_aliases(const VesselCheck *check)
{
    g_autoptr(GHashTable) seen = vessel__check_new_seen();
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        const VesselDeviceCommon *common = vessel__device_common(device);
        if (!common || !common->alias)
            continue;
        const VesselDevice *first = vessel__check_seen(seen, g_strdup(common->alias), device);
        /* libvirt shows the first serial port again as the first console, with its alias. */
        bool pair =
            first && first->kind == VESSEL_DEVICE_SERIAL && device->kind == VESSEL_DEVICE_CONSOLE;
        if (first && !pair) {
            g_autofree char *what = g_strdup_printf("the alias '%s'", common->alias);
            vessel__check_duplicate(check, device, first, "/alias/@name", what);
        }
    }
}

static void check_acpi_indices(const VesselCheck *check)
{
    g_autoptr(GHashTable) seen = vessel__check_new_seen();
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        const VesselDeviceCommon *common = vessel__device_common(device);
        if (!common || !common->acpi_index.set)
            continue;
        char *key = g_strdup_printf("%" G_GUINT64_FORMAT, common->acpi_index.value);
        const VesselDevice *first = vessel__check_seen(seen, key, device);
        if (first)
            vessel__check_duplicate(check, device, first, "/acpi/@index", "this index");
    }
}

/* Those that stand alone. */
static void check_each(const VesselCheck *check)
{
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind == VESSEL_DEVICE_GRAPHICS)
            vessel__check_graphics(check, device);
        else if (device->kind == VESSEL_DEVICE_IOMMU)
            vessel__check_iommu(check, device);
        else if (device->kind == VESSEL_DEVICE_PANIC)
            vessel__check_panic(check, device);
        else if (device->kind == VESSEL_DEVICE_RNG)
            vessel__check_rng(check, device);
        else if (device->kind == VESSEL_DEVICE_SHMEM)
            vessel__check_shmem(check, device);
    }
}

void vessel__domain_def_check(const VesselDomainDef *def, VesselProblems *problems)
{
    vessel__domain_check_inside(def, NULL, problems);
}

void vessel__domain_check_inside(const VesselDomainDef *def, const char *root,
                                 VesselProblems *problems)
{
    static const GPtrArray none = {NULL, 0};
    VesselCheck check = {def, def->devices ? def->devices : &none, problems, root};
    vessel__check_memory(&check);
    vessel__check_cpu(&check);
    vessel__check_numa(&check);
    vessel__check_tuning(&check);
    vessel__check_os(&check);
    vessel__check_security(&check);
    check_boot(&check);
    check_aliases(&check);
    check_acpi_indices(&check);
    vessel__check_addresses(&check);
    vessel__check_audios(&check);
    vessel__check_tpms(&check);
    vessel__check_videos(&check);
    check_each(&check);
    vessel__check_disks(&check);
    vessel__check_interfaces(&check);
    vessel__check_filesystems(&check);
    vessel__check_memory_devices(&check);
    vessel__check_controllers(&check);
    vessel__check_chardevs(&check);
    vessel__check_hostdevs(&check);
    vessel__check_smartcards(&check);
    vessel__check_redirdevs(&check);
    vessel__check_inputs(&check);
}
