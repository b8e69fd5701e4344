/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks of <pool>: what each type of pool needs. */
#include "model/check-document.h"
#include "model/namespaces-libvirt.h"
#include "model/pool.h"

enum {
    NEEDS_HOST = 1u << 0,
    NEEDS_DEVICE = 1u << 1, /* just one */
    NEEDS_DIR = 1u << 2,
    NEEDS_ADAPTER = 1u << 3,
    NEEDS_INITIATOR = 1u << 4,
    NEEDS_TARGET = 1u << 5,
    NEEDS_NAME = 1u << 6, /* else it is the pool's */
};

static const unsigned needs[] = {
    [VESSEL_POOL_DIR] = NEEDS_TARGET,
    [VESSEL_POOL_FS] = NEEDS_DEVICE | NEEDS_TARGET,
    [VESSEL_POOL_NETFS] = NEEDS_HOST | NEEDS_DIR | NEEDS_TARGET,
    [VESSEL_POOL_LOGICAL] = 0,
    [VESSEL_POOL_DISK] = NEEDS_DEVICE | NEEDS_TARGET,
    [VESSEL_POOL_ISCSI] = NEEDS_HOST | NEEDS_DEVICE | NEEDS_TARGET,
    [VESSEL_POOL_ISCSI_DIRECT] = NEEDS_HOST | NEEDS_DEVICE | NEEDS_INITIATOR,
    [VESSEL_POOL_SCSI] = NEEDS_ADAPTER | NEEDS_TARGET,
    [VESSEL_POOL_MPATH] = NEEDS_TARGET,
    [VESSEL_POOL_RBD] = NEEDS_HOST | NEEDS_NAME,
    [VESSEL_POOL_SHEEPDOG] = NEEDS_HOST,
    [VESSEL_POOL_GLUSTER] = NEEDS_HOST,
    [VESSEL_POOL_ZFS] = 0,
    [VESSEL_POOL_VSTORAGE] = NEEDS_TARGET,
};

static const VesselPoolDef *pool_of(const VesselDocumentCheck *check)
{
    return check->def;
}

static const char *type_word(const VesselDocumentCheck *check)
{
    const VesselRow *row = vessel__schema_find(check->shape, "/pool/@type");
    return vessel__word_at(row->words, (int)pool_of(check)->type);
}

static void need(const VesselDocumentCheck *check, unsigned what, bool given, const char *path,
                 const char *name)
{
    if (!given && (needs[pool_of(check)->type] & what))
        vessel__document_problem(check, path, NULL, "a pool of type '%s' needs %s",
                                 type_word(check), name);
}

static void check_needs(const VesselDocumentCheck *check)
{
    static const VesselPoolSource none;
    const VesselPoolDef *pool = check->def;
    const VesselPoolSource *source = pool->source ? pool->source : &none;
    guint devices = source->devices ? source->devices->len : 0;

    need(check, NEEDS_HOST, source->hosts, "/pool/source/host", "a host");
    need(check, NEEDS_DEVICE, devices > 0, "/pool/source/device", "a device");
    need(check, NEEDS_DIR, source->dir, "/pool/source/dir", "a dir");
    need(check, NEEDS_ADAPTER, source->adapter, "/pool/source/adapter", "an adapter");
    need(check, NEEDS_INITIATOR, source->initiator, "/pool/source/initiator", "an initiator");
    need(check, NEEDS_NAME, source->name, "/pool/source/name", "the name of its source");
    need(check, NEEDS_TARGET, pool->target && pool->target->path, "/pool/target/path",
         "a target path");
    if ((needs[pool->type] & NEEDS_DEVICE) && devices > 1)
        vessel__document_problem(check, "/pool/source/device[2]/@path", NULL,
                                 "a pool of type '%s' has one device", type_word(check));
    if (!pool->name && !source->name)
        vessel__document_problem(check, "/pool/name", NULL, "the element 'name' is missing");
}

static void check_devices(const VesselDocumentCheck *check)
{
    const VesselPoolSource *source = pool_of(check)->source;
    g_autoptr(GHashTable) seen = vessel__document_new_seen();
    for (guint i = 0; source && source->devices && i < source->devices->len; i++) {
        const VesselPoolDevice *device = source->devices->pdata[i];
        g_autofree char *path = g_strdup_printf("/pool/source/device[%u]/@path", i + 1);
        vessel__document_unique(check, seen, device->path, path, "the device");
        for (guint k = 0; device->free_extents && k < device->free_extents->len; k++) {
            const VesselPoolExtent *extent = device->free_extents->pdata[k];
            g_autofree char *end =
                g_strdup_printf("/pool/source/device[%u]/freeExtent[%u]/@end", i + 1, k + 1);
            if (extent->end.value < extent->start.value)
                vessel__document_problem(check, end, NULL, "the end lies before the start");
        }
    }
}

static void check_netfs(const VesselDocumentCheck *check)
{
    const VesselPoolSource *source = pool_of(check)->source;
    if (pool_of(check)->type == VESSEL_POOL_DIR || !source)
        return;
    bool share = source->netfs_format == VESSEL_POOL_NETFS_CIFS ||
                 source->netfs_format == VESSEL_POOL_NETFS_GLUSTERFS;
    if (source->dir && source->dir[0] != '/' && !share)
        vessel__document_problem(check, "/pool/source/dir/@path",
                                 "only shares of cifs and glusterfs have other names",
                                 "the folder '%s' is not an absolute path", source->dir);
    if (source->protocol && share)
        vessel__document_problem(check, "/pool/source/protocol/@ver", NULL,
                                 "a version of NFS is only for the format nfs");
}

static void check_adapter(const VesselDocumentCheck *check)
{
    const VesselPoolSource *source = pool_of(check)->source;
    const VesselPoolAdapter *adapter = source ? source->adapter : NULL;
    if (!adapter)
        return;
    if (adapter->type == VESSEL_POOL_ADAPTER_FC_HOST) {
        if (!adapter->parent_wwnn != !adapter->parent_wwpn)
            vessel__document_problem(check, "/pool/source/adapter", NULL,
                                     "parent_wwnn and parent_wwpn are given together or not at "
                                     "all");
        return;
    }
    if (!adapter->name && !adapter->parentaddr)
        vessel__document_problem(check, "/pool/source/adapter", NULL,
                                 "a scsi_host adapter needs a name or a parentaddr");
    if (adapter->name && adapter->parentaddr)
        vessel__document_problem(check, "/pool/source/adapter/parentaddr",
                                 "leave out one of the two",
                                 "the name and the parentaddr of an adapter exclude each other");
}

static void check_auth(const VesselDocumentCheck *check)
{
    const VesselPoolSource *source = pool_of(check)->source;
    const VesselPoolAuth *auth = source ? source->auth : NULL;
    if (!auth)
        return;
    if (auth->type == VESSEL_POOL_AUTH_CHAP && pool_of(check)->type == VESSEL_POOL_RBD)
        vessel__document_problem(check, "/pool/source/auth/@type", "use type='ceph'",
                                 "a pool of type 'rbd' is not known by 'chap'");
    if (!auth->secret_uuid == !auth->secret_usage)
        vessel__document_problem(check, "/pool/source/auth/secret", NULL,
                                 "a secret is named by its uuid or by its usage: %s",
                                 auth->secret_uuid ? "not by both" : "give one of them");
}

/* What is said to a program goes to pools that use it, and nowhere else. */
static void check_namespaces(const VesselDocumentCheck *check)
{
    VesselPoolType type = pool_of(check)->type;
    bool mounted = type == VESSEL_POOL_FS || type == VESSEL_POOL_NETFS;
    if (!mounted && vessel__namespace_get(&vessel__namespace_fs, check->def))
        vessel__document_problem(check, "/pool/fs:mount_opts", NULL,
                                 "a pool of type '%s' is not mounted", type_word(check));
    if (type != VESSEL_POOL_RBD && vessel__namespace_get(&vessel__namespace_rbd, check->def))
        vessel__document_problem(check, "/pool/rbd:config_opts", NULL,
                                 "a pool of type '%s' is no client of a cluster", type_word(check));
}

void vessel__pool_check(const void *def, VesselProblems *problems)
{
    VesselDocumentCheck check = {vessel__pool_shape(), def, problems};
    check_needs(&check);
    check_devices(&check);
    check_netfs(&check);
    check_adapter(&check);
    check_auth(&check);
    check_namespaces(&check);
}
