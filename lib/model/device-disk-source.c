/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <source>: where the data of a disk is. */
#include "model/device-disk-rows.h"

#define ON(type) VESSEL_WHEN(VESSEL_DISK_##type)
#define ON_FILE (VESSEL_WHEN(VESSEL_DISK_TYPE_ABSENT) | ON(FILE))
#define ON_NETWORK ON(NETWORK)
#define HOST_FILE (VESSEL_ROW_HOSTPATH | VESSEL_ROW_LIVE)
#define LIVE VESSEL_ROW_LIVE
#define REQUIRED VESSEL_ROW_REQUIRED
#define NEEDED VESSEL_ROW_NEEDED
#define PATH_LIMIT 4095
#define NAME_LIMIT 1024

const char *const vessel__disk_types[] = {"",       "file", "block",     "dir", "network",
                                          "volume", "nvme", "vhostuser", NULL};
const char *const vessel__storage_formats[] = {
    "",    "raw", "qcow2", "dir",  "bochs", "cloop", "dmg", "iso",  "vpc", "vdi",
    "fat", "vhd", "ploop", "luks", "cow",   "qcow",  "qed", "vmdk", NULL};
static const char *const protocols[] = {"",      "nbd", "rbd",      "iscsi", "http",
                                        "https", "ftp", "ftps",     "tftp",  "gluster",
                                        "ssh",   "nfs", "sheepdog", "vxhs",  NULL};
static const char *const transports[] = {"", "tcp", "rdma", "unix", NULL};
static const char *const modes[] = {"", "host", "direct", NULL};
static const char *const address_types[] = {"", "pci", "unix", NULL};
static const char *const startup_policies[] = {"", "mandatory", "requisite", "optional", NULL};
static const char *const slice_types[] = {"", "storage", NULL};
static const char *const auth_secret_types[] = {"", "ceph", "iscsi", NULL};
static const char *const encryption_secret_types[] = {"", "passphrase", NULL};
static const char *const encryption_formats[] = {"", "default", "qcow", "luks", "luks2", NULL};
static const char *const encryption_engines[] = {"", "qemu", "librbd", NULL};
static const char *const reservation_types[] = {"", "unix", NULL};
static const char *const reservation_modes[] = {"", "client", NULL};

static const VesselRow host_rows[] = {
    VESSEL_ENUM(VesselSourceHost, transport, "@transport", transports, LIVE, "how it is reached",
                .preset = "tcp"),
    VESSEL_STRING(VesselSourceHost, name, "@name", &vessel__form_name_any, 255,
                  LIVE | VESSEL_ROW_KEY, "name or address"),
    VESSEL_NUMBER(VesselSourceHost, port, "@port", 0, 65535, LIVE, "port",
                  .otherwise = "the protocol's own"),
    VESSEL_STRING(VesselSourceHost, socket, "@socket", &vessel__form_file, PATH_LIMIT,
                  HOST_FILE | VESSEL_ROW_KEY, "socket of a unix transport"),
    {.path = NULL},
};
const VesselTable vessel__source_host_table =
    VESSEL_PART_TABLE(VesselSourceHost, "host", host_rows);

#define SECRET_ROWS                                                                                \
    VESSEL_STRING(VesselSecretRef, uuid, "@uuid", &vessel__form_uuid, 64, VESSEL_ROW_KEY,          \
                  "UUID of the secret"),                                                           \
        VESSEL_STRING(VesselSecretRef, usage, "@usage", &vessel__form_name_any, NAME_LIMIT,        \
                      VESSEL_ROW_KEY, "what the secret is for, instead of its UUID")

static const VesselRow auth_secret_rows[] = {
    VESSEL_ENUM(VesselSecretRef, type, "@type", auth_secret_types, REQUIRED,
                "what the secret opens"),
    SECRET_ROWS,
    {.path = NULL},
};
static const VesselTable auth_secret_table =
    VESSEL_PART_TABLE(VesselSecretRef, "secret", auth_secret_rows);

static const VesselRow auth_rows[] = {
    VESSEL_STRING(VesselAuth, username, "@username", &vessel__form_name_any, NAME_LIMIT, REQUIRED,
                  "user that the server knows"),
    VESSEL_OBJECT(VesselAuth, secret, "secret", &auth_secret_table, REQUIRED,
                  "the password, kept elsewhere"),
    {.path = NULL},
};
const VesselTable vessel__auth_table = VESSEL_PART_TABLE(VesselAuth, "auth", auth_rows);

static const VesselRow encryption_secret_rows[] = {
    VESSEL_ENUM(VesselSecretRef, type, "@type", encryption_secret_types, REQUIRED,
                "kind of secret"),
    SECRET_ROWS,
    {.path = NULL},
};
static const VesselTable encryption_secret_table =
    VESSEL_PART_TABLE(VesselSecretRef, "secret", encryption_secret_rows);

static const VesselRow encryption_rows[] = {
    VESSEL_ENUM(VesselEncryption, format, "@format", encryption_formats, REQUIRED,
                "how the data is encrypted"),
    VESSEL_ENUM(VesselEncryption, engine, "@engine", encryption_engines, 0, "who does it",
                .preset = "qemu"),
    VESSEL_OBJECTS(VesselEncryption, secrets, "secret", &encryption_secret_table, 16, 0,
                   "a passphrase, kept elsewhere"),
    VESSEL_STRING(VesselEncryption, cipher_name, "cipher/@name", &vessel__form_name_any, 64,
                  VESSEL_ROW_NEEDED, "cipher, such as aes", .otherwise = "what the format takes"),
    VESSEL_NUMBER(VesselEncryption, cipher_size, "cipher/@size", 0, UINT32_MAX, VESSEL_ROW_NEEDED,
                  "bits of its key", .otherwise = "what the format takes"),
    VESSEL_STRING(VesselEncryption, cipher_mode, "cipher/@mode", &vessel__form_name_any, 64, 0,
                  "how blocks are chained, such as xts", .otherwise = "what the format takes"),
    VESSEL_STRING(VesselEncryption, cipher_hash, "cipher/@hash", &vessel__form_name_any, 64, 0,
                  "hash that makes the key", .otherwise = "what the format takes"),
    VESSEL_STRING(VesselEncryption, ivgen_name, "ivgen/@name", &vessel__form_name_any, 64,
                  VESSEL_ROW_NEEDED, "what makes the initialization vectors, such as plain64",
                  .otherwise = "what the format takes"),
    VESSEL_STRING(VesselEncryption, ivgen_hash, "ivgen/@hash", &vessel__form_name_any, 64, 0,
                  "its hash", .otherwise = "what the format takes"),
    {.path = NULL},
};
const VesselTable vessel__encryption_table =
    VESSEL_PART_TABLE(VesselEncryption, "encryption", encryption_rows);

static const VesselRow reservations_rows[] = {
    VESSEL_SWITCH(VesselReservations, managed, "@managed", vessel__no_yes, REQUIRED,
                  "whether the helper is started for the domain"),
    VESSEL_ENUM(VesselReservations, source_type, "source/@type", reservation_types, NEEDED,
                "kind of socket"),
    VESSEL_STRING(VesselReservations, source_path, "source/@path", &vessel__form_path, PATH_LIMIT,
                  VESSEL_ROW_HOSTPATH | NEEDED, "socket of the helper"),
    VESSEL_ENUM(VesselReservations, source_mode, "source/@mode", reservation_modes, NEEDED,
                "which end the hypervisor is"),
    VESSEL_SWITCH(VesselReservations, reconnect, "source/reconnect/@enabled", vessel__no_yes, 0,
                  "a lost connection is made again"),
    VESSEL_NUMBER(VesselReservations, reconnect_timeout, "source/reconnect/@timeout", 0, UINT32_MAX,
                  0, "seconds until it is tried", .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};
static const VesselTable reservations_table =
    VESSEL_PART_TABLE(VesselReservations, "reservations", reservations_rows);

static const VesselRow slice_rows[] = {
    VESSEL_ENUM(VesselSlice, type, "@type", slice_types, REQUIRED | VESSEL_ROW_KEY,
                "what it is a part of"),
    VESSEL_NUMBER(VesselSlice, offset, "@offset", 0, UINT64_MAX, REQUIRED,
                  "where it begins, in bytes"),
    VESSEL_NUMBER(VesselSlice, size, "@size", 1, UINT64_MAX, REQUIRED, "bytes"),
    {.path = NULL},
};
static const VesselTable slice_table = VESSEL_PART_TABLE(VesselSlice, "slice", slice_rows);

static const VesselRow cookie_rows[] = {
    VESSEL_STRING(VesselCookie, name, "@name", &vessel__form_cookie_name, NAME_LIMIT,
                  REQUIRED | VESSEL_ROW_KEY, "name of the cookie"),
    VESSEL_STRING(VesselCookie, value, "", &vessel__form_cookie_value, 4096,
                  REQUIRED | VESSEL_ROW_SECRET, "its value"),
    {.path = NULL},
};
static const VesselTable cookie_table = VESSEL_PART_TABLE(VesselCookie, "cookie", cookie_rows);

static const VesselRow source_rows[] = {
    VESSEL_ENUM(VesselDiskSource, type, "..", vessel__disk_types, 0, "kind of source"),
    VESSEL_STRING(VesselDiskSource, file, "@file", &vessel__form_file, PATH_LIMIT,
                  HOST_FILE | VESSEL_ROW_BLANK, "image file", .when = ON_FILE),
    VESSEL_STRING(VesselDiskSource, fdgroup, "@fdgroup", &vessel__form_name_any, 255, 0,
                  "name of the descriptors that the caller passes for it", .when = ON_FILE),
    VESSEL_STRING(VesselDiskSource, dev, "@dev", &vessel__form_file, PATH_LIMIT,
                  HOST_FILE | VESSEL_ROW_BLANK, "block device", .when = ON(BLOCK)),
    VESSEL_STRING(VesselDiskSource, dir, "@dir", &vessel__form_file, PATH_LIMIT,
                  REQUIRED | HOST_FILE, "directory that is seen as a disk", .when = ON(DIR)),
    VESSEL_ENUM(VesselDiskSource, protocol, "@protocol", protocols, REQUIRED | LIVE,
                "how the server is reached", .when = ON_NETWORK),
    VESSEL_STRING(VesselDiskSource, name, "@name", &vessel__form_name_any, NAME_LIMIT, LIVE,
                  "name of the image on the server", .when = ON_NETWORK),
    VESSEL_STRING(VesselDiskSource, query, "@query", &vessel__form_name_any, 4096, LIVE,
                  "query that is added to the name", .when = ON_NETWORK),
    VESSEL_SWITCH(VesselDiskSource, tls, "@tls", vessel__no_yes, LIVE,
                  "the connection is encrypted", .when = ON_NETWORK, .preset = "no"),
    VESSEL_STRING(VesselDiskSource, tls_hostname, "@tlsHostname", &vessel__form_name_any, 255, LIVE,
                  "name that the server's certificate must have", .when = ON_NETWORK,
                  .otherwise = "the name of the host"),
    VESSEL_STRING(VesselDiskSource, pool, "@pool", &vessel__form_name_any, 255, REQUIRED | LIVE,
                  "name of the pool", .when = ON(VOLUME)),
    VESSEL_STRING(VesselDiskSource, volume, "@volume", &vessel__form_name_any, 255, REQUIRED | LIVE,
                  "name of the volume in it", .when = ON(VOLUME)),
    VESSEL_ENUM(VesselDiskSource, mode, "@mode", modes, LIVE,
                "whether an iSCSI unit is reached by the host or by the hypervisor",
                .when = ON(VOLUME), .preset = "host"),
    VESSEL_ENUM(VesselDiskSource, address_type, "@type", address_types, REQUIRED,
                "pci for an NVMe device, unix for a vhost-user server",
                .when = ON(NVME) | ON(VHOSTUSER)),
    VESSEL_STRING(VesselDiskSource, path, "@path", &vessel__form_path, PATH_LIMIT,
                  REQUIRED | HOST_FILE, "socket of the server", .when = ON(VHOSTUSER)),
    VESSEL_SWITCH(VesselDiskSource, managed, "@managed", vessel__no_yes, 0,
                  "the device is taken from the host and given back", .when = ON(NVME),
                  .preset = "no"),
    VESSEL_NUMBER(VesselDiskSource, nvme_namespace, "@namespace", 1, UINT32_MAX,
                  REQUIRED | VESSEL_ROW_ANY_BASE, "number of the namespace", .when = ON(NVME)),
    VESSEL_ENUM(VesselDiskSource, startup_policy, "@startupPolicy", startup_policies, LIVE,
                "what happens if it is not there at the start",
                .when = ON_FILE | ON(BLOCK) | ON(DIR) | ON(VOLUME), .preset = "mandatory"),
    VESSEL_NUMBER(VesselDiskSource, index, "@index", 1, UINT32_MAX, VESSEL_ROW_RUNTIME,
                  "number of this image in the running domain"),
    VESSEL_OBJECT(VesselDiskSource, address, "address", &vessel__host_pci_address_table, REQUIRED,
                  "the host's NVMe controller", .when = ON(NVME)),
    VESSEL_OBJECTS(VesselDiskSource, hosts, "host", &vessel__source_host_table, 64, 0,
                   "where the server is", .when = ON_NETWORK),
    VESSEL_STRING(VesselDiskSource, snapshot, "snapshot/@name", &vessel__form_name_any, NAME_LIMIT,
                  LIVE | NEEDED, "snapshot of the image that is used", .when = ON_NETWORK),
    VESSEL_STRING(VesselDiskSource, config, "config/@file", &vessel__form_path, PATH_LIMIT,
                  HOST_FILE | NEEDED, "configuration of the client", .when = ON_NETWORK),
    VESSEL_STRING(VesselDiskSource, initiator, "initiator/iqn/@name", &vessel__form_name_any,
                  NAME_LIMIT, LIVE | NEEDED, "name of the iSCSI initiator", .when = ON_NETWORK),
    VESSEL_SWITCH(VesselDiskSource, ssl_verify, "ssl/@verify", vessel__no_yes, LIVE | NEEDED,
                  "the server's certificate is checked", .when = ON_NETWORK, .preset = "yes"),
    VESSEL_OBJECTS(VesselDiskSource, cookies, "cookies/cookie", &cookie_table, 256,
                   VESSEL_ROW_SECRET, "what HTTP requests carry", .when = ON_NETWORK),
    VESSEL_NUMBER(VesselDiskSource, readahead, "readahead/@size", 0, UINT64_MAX, LIVE | NEEDED,
                  "bytes read ahead; 0 is as the hypervisor has it", .when = ON_NETWORK,
                  .preset = "0"),
    VESSEL_NUMBER(VesselDiskSource, timeout, "timeout/@seconds", 0, UINT64_MAX, LIVE | NEEDED,
                  "seconds until a connection fails; 0 is as the hypervisor has it",
                  .when = ON_NETWORK, .preset = "0"),
    VESSEL_STRING(VesselDiskSource, identity_user, "identity/@user", &vessel__form_name_any, 255,
                  LIVE, "user of NFS, a name or +number", .when = ON_NETWORK,
                  .otherwise = "that of the hypervisor"),
    VESSEL_STRING(VesselDiskSource, identity_group, "identity/@group", &vessel__form_name_any, 255,
                  LIVE, "group of NFS, a name or +number", .when = ON_NETWORK,
                  .otherwise = "that of the hypervisor"),
    VESSEL_SWITCH(VesselDiskSource, reconnect, "reconnect/@enabled", vessel__no_yes, NEEDED,
                  "a lost connection is made again", .when = ON(VHOSTUSER), .preset = "no"),
    VESSEL_NUMBER(VesselDiskSource, reconnect_timeout, "reconnect/@timeout", 0, UINT32_MAX, 0,
                  "seconds until it is tried", .when = ON(VHOSTUSER), .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECTS(VesselDiskSource, slices, "slices/slice", &slice_table, 1, 0,
                   "the part of it that is used", .otherwise = "all of it"),
    VESSEL_OBJECT(VesselDiskSource, auth, "auth", &vessel__auth_table, LIVE, "who asks the server",
                  .when = ON_NETWORK | ON(VOLUME)),
    VESSEL_OBJECT(VesselDiskSource, encryption, "encryption", &vessel__encryption_table, LIVE,
                  "how the data is encrypted"),
    VESSEL_OBJECT(VesselDiskSource, reservations, "reservations", &reservations_table, LIVE,
                  "persistent reservations of a SCSI unit"),
    VESSEL_OBJECTS(VesselDiskSource, seclabels, "seclabel", &vessel__source_seclabel_table, 16, 0,
                   "label of the file, other than the domain's",
                   .when = ON_FILE | ON(BLOCK) | ON(VOLUME)),
    {.path = NULL},
};

const VesselTable vessel__disk_source_table =
    VESSEL_PART_TABLE(VesselDiskSource, "source", source_rows, .tag = "..");

/* ---- checks ---- */

#define PROTOCOL(value) (1u << (value))
#define PROTOCOL_OF(name) PROTOCOL(VESSEL_PROTOCOL_##name)

static void check_secret(const VesselWhere *where, const char *below, const VesselSecretRef *secret)
{
    if (!secret->uuid == !secret->usage)
        vessel__where_problem(where, below, NULL,
                              "a secret is named by its uuid or by its usage, by one of the two");
}

void vessel__check_auth(const VesselWhere *where, const VesselAuth *auth)
{
    if (auth && auth->secret)
        check_secret(where, "/secret", auth->secret);
}

void vessel__check_encryption(const VesselWhere *where, const VesselEncryption *encryption,
                              bool rbd)
{
    if (!encryption)
        return;
    guint count = vessel__check_count(encryption->secrets);
    bool librbd = encryption->engine == VESSEL_ENGINE_LIBRBD;
    for (guint i = 0; i < count; i++) {
        g_autofree char *secret = g_strdup_printf("/secret[%u]", i + 1);
        check_secret(where, secret, encryption->secrets->pdata[i]);
    }
    if (count > 1 && encryption->format >= VESSEL_ENCRYPTION_LUKS && !librbd)
        vessel__where_problem(where, "/secret[2]", NULL, "there is one passphrase only");
    if (encryption->ivgen_name && !encryption->cipher_name)
        vessel__where_problem(where, "/ivgen", "give a cipher too", "ivgen is for a cipher");
    if (where->check && encryption->format == VESSEL_ENCRYPTION_LUKS && encryption->cipher_name)
        vessel__where_problem(where, "/cipher", "leave it out",
                              "the image itself says what its cipher is");
    if (librbd && !rbd)
        vessel__where_problem(where, "/@engine", NULL, "the engine 'librbd' is for RBD only");
    if (encryption->format == VESSEL_ENCRYPTION_LUKS2 && !librbd)
        vessel__where_problem(where, "/@format", "give engine='librbd', or format='luks'",
                              "the format 'luks2' is for the engine 'librbd'");
}

/* Whether files of the domain get labels of @model. */
static bool relabels(const VesselDomainDef *def, const char *model)
{
    for (guint i = 0; i < vessel__check_count(def->seclabel); i++) {
        const VesselSeclabel *label = def->seclabel->pdata[i];
        const char *type = vessel__domain_word("/domain/seclabel/@type", label->type);
        bool fixed = type && strcmp(type, "dynamic") != 0;
        if (g_strcmp0(label->model, model) == 0 &&
            (label->relabel == VESSEL_TRI_NO || (!label->relabel && fixed)))
            return false;
    }
    return true;
}

/* A label that is not given to the file is none. */
void vessel__check_labels(const VesselWhere *where, const GPtrArray *labels)
{
    g_autoptr(GHashTable) models = NULL;
    for (guint i = 0; i < vessel__check_count(labels); i++) {
        const VesselSourceSeclabel *one = labels->pdata[i];
        g_autofree char *model = g_strdup_printf("/seclabel[%u]/@model", i + 1);
        if (!vessel__check_first(&models, g_strdup(one->model ? one->model : "")))
            vessel__where_problem(where, model, NULL, "this model has a label already");
        if (where->check && !relabels(where->check->def, one->model))
            vessel__where_problem(where, model, "give the domain's label relabel='yes'",
                                  "no file gets a label of its own while the domain's does not "
                                  "relabel");
        g_autofree char *below = g_strdup_printf("/seclabel[%u]/label", i + 1);
        if (one->label && (one->relabel == VESSEL_TRI_NO || one->labelskip == VESSEL_TRI_YES))
            vessel__where_problem(where, below, NULL, "a file that gets no label has none here");
    }
}

/* All have TCP. */
static bool has_transport(VesselSourceProtocol protocol, int transport)
{
    if (transport == VESSEL_TRANSPORT_UNIX)
        return protocol == VESSEL_PROTOCOL_NBD || protocol == VESSEL_PROTOCOL_GLUSTER;
    return transport != VESSEL_TRANSPORT_RDMA || protocol == VESSEL_PROTOCOL_GLUSTER;
}

static void check_host(const VesselWhere *where, guint number, const VesselDiskSource *source)
{
    const VesselSourceHost *host = source->hosts->pdata[number];
    bool is_socket = host->transport == VESSEL_TRANSPORT_UNIX;
    g_autofree char *below = g_strdup_printf("/host[%u]", number + 1);
    g_autofree char *transport = g_strconcat(below, "/@transport", NULL);

    if (source->protocol && !has_transport(source->protocol, host->transport))
        vessel__where_problem(where, transport, NULL, "this protocol has no transport '%s'",
                              vessel__word_at(transports, (int)host->transport));
    if (is_socket && (host->name || host->port.set))
        vessel__where_problem(where, below, "leave out name and port",
                              "a socket is no host of a network");

    if (is_socket && !host->socket)
        vessel__where_problem(where, below, NULL,
                              "the transport 'unix' needs the path of a socket");
    if (!is_socket && host->socket)
        vessel__where_problem(where, below, NULL, "a socket is only for the transport 'unix'");
    if (!is_socket && !host->name)
        vessel__where_problem(where, below, NULL, "a host needs a name");
    if (source->protocol == VESSEL_PROTOCOL_NFS && host->port.set)
        vessel__where_problem(where, below, NULL, "NFS has no port here");
}

static void check_network(const VesselWhere *where, const VesselDiskSource *source)
{
    bool several =
        source->protocol == VESSEL_PROTOCOL_RBD || source->protocol == VESSEL_PROTOCOL_GLUSTER;

    if (!source->name && source->protocol != VESSEL_PROTOCOL_NBD)
        vessel__where_problem(where, "/@name", NULL,
                              "the name of the image on the server is missing");
    for (guint i = 0; source->hosts && i < source->hosts->len; i++)
        check_host(where, i, source);
    if (source->hosts && source->hosts->len > 1 && !several)
        vessel__where_problem(where, "/host[2]", NULL, "this protocol has one host only");
    if (source->protocol && source->protocol != VESSEL_PROTOCOL_RBD &&
        source->protocol != VESSEL_PROTOCOL_SHEEPDOG && !vessel__check_count(source->hosts))
        vessel__where_problem(where, "/host", NULL, "this protocol needs a host");
    if (source->protocol == VESSEL_PROTOCOL_GLUSTER && source->name && !strchr(source->name, '/'))
        vessel__where_problem(where, "/@name", "such as volume/image",
                              "the name on a Gluster server is a volume and an image in it");
}

/* What only some protocols have. */
static void check_protocol(const VesselWhere *where, const VesselDiskSource *source)
{
    const unsigned http = PROTOCOL_OF(HTTP) | PROTOCOL_OF(HTTPS);
    const unsigned files = http | PROTOCOL_OF(FTP) | PROTOCOL_OF(FTPS);
    const struct {
        const char *below;
        bool given;
        unsigned protocols;
    } options[] = {
        {"/@query", source->query != NULL, http},
        {"/cookies", source->cookies != NULL, http},
        {"/@tls", source->tls != VESSEL_TRI_ABSENT, PROTOCOL_OF(NBD) | PROTOCOL_OF(VXHS)},
        {"/@tlsHostname", source->tls_hostname != NULL, PROTOCOL_OF(NBD)},
        {"/readahead", source->readahead.set,
         files | PROTOCOL_OF(TFTP) | PROTOCOL_OF(SHEEPDOG) | PROTOCOL_OF(SSH)},
        {"/timeout", source->timeout.set,
         files | PROTOCOL_OF(TFTP) | PROTOCOL_OF(SHEEPDOG) | PROTOCOL_OF(SSH)},
        {"/ssl", source->ssl_verify != VESSEL_TRI_ABSENT, PROTOCOL_OF(HTTPS) | PROTOCOL_OF(FTPS)},
        {"/snapshot", source->snapshot != NULL, PROTOCOL_OF(RBD)},
        {"/config", source->config != NULL, PROTOCOL_OF(RBD)},
        {"/initiator", source->initiator != NULL, PROTOCOL_OF(ISCSI)},
        {"/identity", source->identity_user || source->identity_group, PROTOCOL_OF(NFS)},
        {"/auth", source->auth != NULL,
         files | PROTOCOL_OF(ISCSI) | PROTOCOL_OF(RBD) | PROTOCOL_OF(SSH)},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        if (options[i].given && source->protocol &&
            !(options[i].protocols & PROTOCOL(source->protocol)))
            vessel__where_problem(where, options[i].below, NULL,
                                  "this is not for the protocol '%s'",
                                  vessel__word_at(protocols, (int)source->protocol));
    }
}

void vessel__check_auth_protocol(const VesselWhere *where, const VesselAuth *auth,
                                 VesselSourceProtocol protocol)
{
    const char *wanted = protocol == VESSEL_PROTOCOL_RBD     ? "ceph"
                         : protocol == VESSEL_PROTOCOL_ISCSI ? "iscsi"
                                                             : NULL;
    const char *given =
        auth && auth->secret ? vessel__word_at(auth_secret_types, auth->secret->type) : NULL;
    if (wanted && given && *given && strcmp(given, wanted) != 0)
        vessel__where_problem(where, "/secret/@type", NULL,
                              "this protocol needs a secret of the type '%s'", wanted);
}

bool vessel__source_is_rbd(const VesselDiskSource *source)
{
    return source &&
           (source->type == VESSEL_DISK_VOLUME ||
            (source->type == VESSEL_DISK_NETWORK && source->protocol == VESSEL_PROTOCOL_RBD));
}

void vessel__check_source(const VesselWhere *where, const VesselDiskSource *source)
{
    if (!source)
        return;
    g_autofree char *auth_path = g_strconcat(where->path, "/auth", NULL);
    g_autofree char *encryption_path = g_strconcat(where->path, "/encryption", NULL);
    VesselWhere auth = *where, encryption = *where;
    auth.path = auth_path;
    encryption.path = encryption_path;
    if (source->type == VESSEL_DISK_NETWORK) {
        check_network(where, source);
        check_protocol(where, source);
        vessel__check_auth_protocol(&auth, source->auth, source->protocol);
    }
    if (source->address_type && (source->address_type == 1) != (source->type == VESSEL_DISK_NVME))
        vessel__where_problem(where, "/@type", NULL,
                              "an NVMe device has the type 'pci', a vhost-user server 'unix'");
    if (source->reconnect == VESSEL_TRI_YES && !source->reconnect_timeout.set)
        vessel__where_problem(where, "/reconnect/@timeout", "in seconds",
                              "who connects again needs a timeout");
    vessel__check_labels(where, source->seclabels);
    vessel__check_auth(&auth, source->auth);
    vessel__check_encryption(&encryption, source->encryption, vessel__source_is_rbd(source));
}
