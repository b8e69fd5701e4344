/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's end of character devices, and <serial>, <parallel>, <console>, <channel>. */
#include "model/check.h"
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI
#define NEEDED VESSEL_ROW_NEEDED
/* What is left out is a pty. */
#define ON_PTY (VESSEL_WHEN(VESSEL_CHARDEV_ABSENT) | VESSEL_WHEN(VESSEL_CHARDEV_PTY))
#define ON_OTHERS ~ON_PTY

const char *const vessel__chardev_types[] = {
    "",      "pty", "dev",      "file",      "pipe", "unix",         "tcp",  "udp", "null",
    "stdio", "vc",  "spicevmc", "spiceport", "nmdm", "qemu-vdagent", "dbus", NULL};
const char *const vessel__chardev_protocols[] = {"", "raw", "telnet", "telnets", "tls", NULL};
static const char *const source_modes[] = {"", "bind", "connect", NULL};
static const char *const mouse_modes[] = {"", "server", "client", NULL};

static const VesselRow reconnect_rows[] = {
    VESSEL_SWITCH(VesselReconnect, enabled, "@enabled", vessel__no_yes, VESSEL_ROW_REQUIRED,
                  "whether a lost connection is made again"),
    VESSEL_NUMBER(VesselReconnect, timeout, "@timeout", 1, UINT32_MAX, 0,
                  "seconds between two attempts", .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};

const VesselTable vessel__reconnect_table =
    VESSEL_PART_TABLE(VesselReconnect, "reconnect", reconnect_rows);

/* libvirt takes and keeps what a type has no use for; what a type needs is checked below. */
static const VesselRow source_rows[] = {
    VESSEL_ENUM(VesselChardevSource, type, "..", vessel__chardev_types, VESSEL_ROW_RUNTIME,
                "type of the device"),
    VESSEL_ENUM(VesselChardevSource, mode, "@mode", source_modes, VESSEL_ROW_KEY,
                "whether the host waits for a connection or makes it", .preset = "connect"),
    VESSEL_STRING(VesselChardevSource, pty, "@path", &vessel__form_file, 4095, VESSEL_ROW_RUNTIME,
                  "the host's terminal", .when = ON_PTY),
    VESSEL_STRING(VesselChardevSource, path, "@path", &vessel__form_file, 4095, VESSEL_ROW_HOSTPATH,
                  "file, device, pipe or socket of the host", .when = ON_OTHERS),
    VESSEL_STRING(VesselChardevSource, host, "@host", &vessel__form_name_any, 255, 0,
                  "name or address of the computer"),
    VESSEL_STRING(VesselChardevSource, service, "@service", &vessel__form_name_any, 64, 0,
                  "port, by number or name"),
    VESSEL_SWITCH(VesselChardevSource, tls, "@tls", vessel__no_yes, 0,
                  "whether the connection is encrypted", .preset = "no"),
    VESSEL_STRING(VesselChardevSource, channel, "@channel", &vessel__form_channel, 255, 0,
                  "name of a spiceport or dbus channel"),
    VESSEL_STRING(VesselChardevSource, master, "@master", &vessel__form_file, 4095,
                  VESSEL_ROW_HOSTPATH, "the hypervisor's device of a null modem pair"),
    VESSEL_STRING(VesselChardevSource, slave, "@slave", &vessel__form_file, 4095,
                  VESSEL_ROW_HOSTPATH, "the clients' device of a null modem pair"),
    VESSEL_SWITCH(VesselChardevSource, append, "@append", vessel__off_on, 0,
                  "whether the file is kept when the domain starts anew", .preset = "off"),
    VESSEL_OBJECT(VesselChardevSource, reconnect, "reconnect", &vessel__reconnect_table, 0,
                  "what happens when the connection is lost"),
    VESSEL_OBJECTS(VesselChardevSource, seclabel, "seclabel", &vessel__source_seclabel_table, 8, 0,
                   "labels of the host's security drivers"),
    VESSEL_SWITCH(VesselChardevSource, copypaste, "clipboard/@copypaste", vessel__no_yes, NEEDED,
                  "whether guest and client share a clipboard", .preset = "no"),
    VESSEL_ENUM(VesselChardevSource, mouse_mode, "mouse/@mode", mouse_modes, NEEDED,
                "which end leads the pointer", .preset = "client"),
    {.path = NULL},
};

const VesselTable vessel__chardev_source_table =
    VESSEL_PART_TABLE(VesselChardevSource, "source", source_rows, .tag = "..");

static const char *const serial_targets[] = {"",
                                             "isa-serial",
                                             "usb-serial",
                                             "pci-serial",
                                             "spapr-vio-serial",
                                             "system-serial",
                                             "sclp-serial",
                                             "isa-debug",
                                             NULL};
static const char *const serial_models[] = {
    "",       "isa-serial",  "usb-serial",    "pci-serial",   "spapr-vty", "pl011",
    "16550a", "sclpconsole", "sclplmconsole", "isa-debugcon", NULL};
static const char *const console_targets[] = {"",     "serial", "virtio", "xen",    "lxc",
                                              "sclp", "sclplm", "uml",    "openvz", NULL};
static const char *const channel_targets[] = {"", "virtio", "guestfwd", "xen", NULL};
static const char *const channel_states[] = {"", "connected", "disconnected", NULL};

#define FILLED VESSEL_ROW_DRIVER_FILLED
#define TTY_ROW                                                                                    \
    VESSEL_STRING(VesselChardev, tty, "@tty", &vessel__form_path, 4095, VESSEL_ROW_RUNTIME,        \
                  "the host's terminal")
static const VesselRow serial_rows[] = {
    VESSEL_CHARDEV_BACKEND_ROWS(VesselChardev, FILLED, .preset = "pty"),
    TTY_ROW,
    VESSEL_ENUM(VesselChardev, target_type, "target/@type", serial_targets, ABI | FILLED,
                "kind of serial port", .preset = "isa-serial"),
    VESSEL_NUMBER(VesselChardev, port, "target/@port", 0, INT32_MAX, ABI | VESSEL_ROW_KEY | FILLED,
                  "number of the port", .otherwise = "the first that is free"),
    VESSEL_ENUM(VesselChardev, target_model, "target/model/@name", serial_models,
                ABI | FILLED | NEEDED, "device model",
                .otherwise = "what goes with the type, isa-serial as a rule"),
    VESSEL_DEVICE_ROWS(VesselChardev),
    {.path = NULL},
};

const VesselTable vessel__serial_table = {
    .name = "serial",
    VESSEL_DEVICE_TABLE(VesselChardev),
    .rows = serial_rows,
    .tag = "@type",
};

static const VesselRow parallel_rows[] = {
    VESSEL_CHARDEV_BACKEND_ROWS(VesselChardev, 0, .preset = "pty"),
    TTY_ROW,
    VESSEL_NUMBER(VesselChardev, port, "target/@port", 0, INT32_MAX, ABI | VESSEL_ROW_KEY,
                  "number of the port", .otherwise = "the first that is free"),
    VESSEL_DEVICE_ROWS(VesselChardev),
    {.path = NULL},
};

const VesselTable vessel__parallel_table = {
    .name = "parallel",
    VESSEL_DEVICE_TABLE(VesselChardev),
    .rows = parallel_rows,
    .tag = "@type",
};

static const VesselRow console_rows[] = {
    VESSEL_CHARDEV_BACKEND_ROWS(VesselChardev, FILLED, .preset = "pty"),
    TTY_ROW,
    VESSEL_ENUM(VesselChardev, target_type, "target/@type", console_targets, ABI | FILLED,
                "what carries it; serial is the first serial port under another name",
                .otherwise = "serial for the first, virtio for others"),
    VESSEL_NUMBER(VesselChardev, port, "target/@port", 0, INT32_MAX, ABI | VESSEL_ROW_KEY | FILLED,
                  "number of the console", .otherwise = "its turn, from 0"),
    VESSEL_ENUM(VesselChardev, target_model, "target/model/@name", serial_models, ABI | NEEDED,
                "device model", .otherwise = VESSEL_ITS_OWN),
    VESSEL_DEVICE_ROWS(VesselChardev),
    {.path = NULL},
};

const VesselTable vessel__console_table = {
    .name = "console",
    VESSEL_DEVICE_TABLE(VesselChardev),
    .rows = console_rows,
    .tag = "@type",
};

static const VesselRow channel_rows[] = {
    VESSEL_CHARDEV_BACKEND_ROWS(VesselChardev, 0, .preset = "pty"),
    VESSEL_ENUM(VesselChardev, target_type, "target/@type", channel_targets,
                VESSEL_ROW_REQUIRED | ABI | VESSEL_ROW_KEY, "how the guest finds it"),
    VESSEL_STRING(VesselChardev, target_name, "target/@name", &vessel__form_name_any, 255,
                  ABI | VESSEL_ROW_KEY, "name of the port in the guest"),
    VESSEL_ENUM(VesselChardev, target_state, "target/@state", channel_states, VESSEL_ROW_RUNTIME,
                "whether somebody in the guest has it open"),
    VESSEL_STRING(VesselChardev, target_address, "target/@address", &vessel__form_ipv4, 15,
                  ABI | VESSEL_ROW_KEY, "address the guest connects to"),
    VESSEL_NUMBER(VesselChardev, port, "target/@port", 0, 65535, ABI | VESSEL_ROW_KEY,
                  "port the guest connects to"),
    VESSEL_DEVICE_ROWS(VesselChardev),
    {.path = NULL},
};

const VesselTable vessel__channel_table = {
    .name = "channel",
    VESSEL_DEVICE_TABLE(VesselChardev),
    .rows = channel_rows,
    .tag = "@type",
};

/* ---- checks ---- */

static const VesselChardevSource *source_at(const VesselChardevBackend *backend, guint index)
{
    static const VesselChardevSource none;
    return backend->source && index < backend->source->len ? backend->source->pdata[index] : &none;
}

static void need(const VesselCheck *check, const VesselDevice *device, const char *above,
                 VesselChardevType type, const char *attribute, bool given)
{
    if (given)
        return;
    g_autofree char *below = g_strdup_printf("%s/source/@%s", above, attribute);
    vessel__check_problem(check, device, below, NULL, "type '%s' needs a source with '%s'",
                          vessel__word_at(vessel__chardev_types, (int)type), attribute);
}

static bool connects_somewhere(const VesselChardevBackend *backend)
{
    for (guint i = 0; backend->source && i < backend->source->len; i++) {
        const VesselChardevSource *source = source_at(backend, i);
        if (source->mode != VESSEL_CHARDEV_MODE_BIND && source->service)
            return true;
    }
    return false;
}

static void check_needs(const VesselCheck *check, const VesselDevice *device, const char *above,
                        const VesselChardevBackend *backend, bool path_is_made)
{
    const VesselChardevSource *source = source_at(backend, 0);
    switch (backend->type) {
    case VESSEL_CHARDEV_DEV:
    case VESSEL_CHARDEV_FILE:
    case VESSEL_CHARDEV_PIPE:
        need(check, device, above, backend->type, "path", source->path);
        break;
    case VESSEL_CHARDEV_UNIX:
        need(check, device, above, backend->type, "path", source->path || path_is_made);
        break;
    case VESSEL_CHARDEV_TCP:
        need(check, device, above, backend->type, "host", source->host);
        need(check, device, above, backend->type, "service", source->service);
        break;
    case VESSEL_CHARDEV_UDP:
        need(check, device, above, backend->type, "service", connects_somewhere(backend));
        break;
    case VESSEL_CHARDEV_SPICEPORT:
    case VESSEL_CHARDEV_DBUS:
        need(check, device, above, backend->type, "channel", source->channel);
        break;
    case VESSEL_CHARDEV_NMDM:
        need(check, device, above, backend->type, "master", source->master || !source->slave);
        need(check, device, above, backend->type, "slave", source->slave || !source->master);
        break;
    default:
        break;
    }
}

/* UDP has one end of each mode, others have one. */
static void check_sources(const VesselCheck *check, const VesselDevice *device, const char *above,
                          const VesselChardevBackend *backend)
{
    bool udp = backend->type == VESSEL_CHARDEV_UDP;
    unsigned seen = 0;
    for (guint i = 0; i < vessel__check_count(backend->source); i++) {
        const VesselChardevSource *source = source_at(backend, i);
        bool bind = source->mode == VESSEL_CHARDEV_MODE_BIND;
        g_autofree char *below = g_strdup_printf("%s/source[%u]", above, i + 1);
        if (udp ? seen & (1u << bind) : seen)
            vessel__check_problem(check, device, below, NULL, "this end is given more than once");
        seen |= 1u << bind;
    }
}

static void check_reconnect(const VesselCheck *check, const VesselDevice *device, const char *above,
                            const VesselChardevBackend *backend)
{
    const VesselChardevSource *source = source_at(backend, 0);
    bool stream = backend->type == VESSEL_CHARDEV_UNIX || backend->type == VESSEL_CHARDEV_TCP;
    if (!stream || !source->reconnect)
        return;
    g_autofree char *below = g_strdup_printf("%s/source/reconnect", above);
    g_autofree char *timeout = g_strdup_printf("%s/@timeout", below);
    if (source->mode == VESSEL_CHARDEV_MODE_BIND)
        vessel__check_problem(check, device, below, "use mode='connect'",
                              "only who connects can connect again");
    if (source->reconnect->enabled != VESSEL_TRI_YES)
        return;
    if (source->mode != VESSEL_CHARDEV_MODE_BIND && backend->type == VESSEL_CHARDEV_UNIX &&
        !source->path)
        vessel__check_problem(check, device, below, "give the path of the socket",
                              "nobody can connect again to a socket that is made for this domain");
    if (!source->reconnect->timeout.set)
        vessel__check_problem(check, device, timeout, "in seconds",
                              "who connects again needs a timeout");
}

void vessel__check_chardev_backend(const VesselCheck *check, const VesselDevice *device,
                                   const char *above, const VesselChardevBackend *backend,
                                   bool path_is_made)
{
    check_needs(check, device, above, backend, path_is_made);
    check_sources(check, device, above, backend);
    check_reconnect(check, device, above, backend);
    const VesselChardevSource *source = source_at(backend, 0);
    if (source->seclabel) {
        g_autofree char *path = g_strdup_printf("%s/source", above);
        VesselWhere where = {check, device, NULL, path};
        vessel__check_labels(&where, source->seclabel);
    }
}

/* What goes with each kind of serial port; 0 is nothing. */
static const struct {
    VesselAddressType address;
    VesselSerialModel models[2];
} serial_rules[] = {
    [VESSEL_SERIAL_TARGET_ISA] = {VESSEL_ADDRESS_ISA, {VESSEL_SERIAL_MODEL_ISA}},
    [VESSEL_SERIAL_TARGET_USB] = {VESSEL_ADDRESS_USB, {VESSEL_SERIAL_MODEL_USB}},
    [VESSEL_SERIAL_TARGET_PCI] = {VESSEL_ADDRESS_PCI, {VESSEL_SERIAL_MODEL_PCI}},
    [VESSEL_SERIAL_TARGET_SPAPR_VIO] = {VESSEL_ADDRESS_SPAPR_VIO, {VESSEL_SERIAL_MODEL_SPAPR_VTY}},
    [VESSEL_SERIAL_TARGET_SYSTEM] = {0, {VESSEL_SERIAL_MODEL_PL011, VESSEL_SERIAL_MODEL_16550A}},
    [VESSEL_SERIAL_TARGET_SCLP] = {0,
                                   {VESSEL_SERIAL_MODEL_SCLPCONSOLE,
                                    VESSEL_SERIAL_MODEL_SCLPLMCONSOLE}},
    [VESSEL_SERIAL_TARGET_ISA_DEBUG] = {VESSEL_ADDRESS_ISA, {VESSEL_SERIAL_MODEL_ISA_DEBUGCON}},
};

static void check_serial(const VesselCheck *check, const VesselDevice *device)
{
    const VesselChardev *serial = device->chardev;
    const VesselAddress *address = serial->common.address;
    int type = serial->target_type;
    const char *word = vessel__word_at(serial_targets, type);

    if (!type)
        return;
    if (serial->target_model && serial->target_model != serial_rules[type].models[0] &&
        serial->target_model != serial_rules[type].models[1])
        vessel__check_problem(check, device, "/target/model/@name", "leave the model out",
                              "a serial port of the type '%s' cannot be a '%s'", word,
                              vessel__word_at(serial_models, (int)serial->target_model));
    if (address && !serial_rules[type].address)
        vessel__check_problem(check, device, "/address", "leave the address out",
                              "a serial port of the type '%s' has no address", word);
    else if (address && address->type != serial_rules[type].address)
        vessel__check_problem(
            check, device, "/address/@type", NULL,
            "the address of a serial port of the type '%s' must be of the type '%s'", word,
            vessel__domain_word("/domain/devices/serial/address/@type",
                                (int)serial_rules[type].address));
}

static void check_channel(const VesselCheck *check, const VesselDevice *device)
{
    const VesselChardev *channel = device->chardev;
    bool guestfwd = channel->target_type == VESSEL_CHANNEL_TARGET_GUESTFWD;

    if (guestfwd && !channel->target_address)
        vessel__check_problem(check, device, "/target/@address", NULL,
                              "a guestfwd channel needs the address the guest connects to");
    if (guestfwd && !channel->port.set)
        vessel__check_problem(check, device, "/target/@port", NULL,
                              "a guestfwd channel needs the port the guest connects to");
    /* The client reaches these through a port of the guest. */
    if ((channel->backend.type == VESSEL_CHARDEV_SPICEVMC ||
         channel->backend.type == VESSEL_CHARDEV_QEMU_VDAGENT) &&
        channel->target_type && channel->target_type != VESSEL_CHANNEL_TARGET_VIRTIO)
        vessel__check_problem(check, device, "/target/@type", "use type='virtio'",
                              "a channel of the type '%s' must be a virtio one",
                              vessel__word_at(vessel__chardev_types, (int)channel->backend.type));
}

void vessel__check_chardevs(const VesselCheck *check)
{
    guint consoles = 0;
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        const VesselChardev *chardev = device->chardev;
        bool channel = device->kind == VESSEL_DEVICE_CHANNEL, path_is_made = false;
        switch (device->kind) {
        case VESSEL_DEVICE_SERIAL:
            check_serial(check, device);
            break;
        case VESSEL_DEVICE_CONSOLE:
            if (consoles++ > 0 && chardev->target_type == VESSEL_CONSOLE_TARGET_SERIAL)
                vessel__check_problem(check, device, "/target/@type", "use type='virtio'",
                                      "only the first console can be the first serial port");
            break;
        case VESSEL_DEVICE_CHANNEL:
            check_channel(check, device);
            path_is_made = chardev->target_type != VESSEL_CHANNEL_TARGET_GUESTFWD;
            break;
        case VESSEL_DEVICE_PARALLEL:
            break;
        default:
            continue;
        }
        vessel__check_chardev_backend(check, device, "", &chardev->backend,
                                      channel && path_is_made);
    }
}
