/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who a guest's QEMU runs as and what of the host it sees. Images, kernel and sockets are not here:
 * they go in by descriptor. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "qemu/build.h"

#include <stdlib.h>

/* QEMU's user mode network opens the connections of its guest itself. */
static bool needs_network(const VesselDomainDef *def)
{
    return def && vessel__domain_def_device(def, VESSEL_DEVICE_INTERFACE, 0);
}

static void add_path(VesselJson *paths, const char *path)
{
    if (access(path, F_OK) == 0)
        vessel__json_append_string(paths, path);
}

/* One that was built or unpacked elsewhere finds its data, firmware and modules from the place of
 * the binary, and its libraries where the binary says. Nothing else of that place is shown. */
static void add_private(VesselJson *paths, const char *binary)
{
    static const char *const beside[] = {
        "../share/qemu",
        "../share/qemu-firmware",
        "../share/seabios",
        "../share/ipxe",
        "../lib/ipxe/qemu",
        "../lib/qemu",
        "../lib64/qemu",
        "../lib/x86_64-linux-gnu/qemu",
        "../lib/aarch64-linux-gnu/qemu",
        "../libexec/qemu",
        "qemu-bundle", /* of a build tree: links to the two below */
        "pc-bios",
        "../pc-bios",
    };
    g_autofree char *dir = g_path_get_dirname(binary);
    if (strcmp(dir, "/usr/bin") == 0 || strcmp(dir, "/usr/libexec") == 0)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(beside); i++) {
        g_autofree char *joined = g_build_filename(dir, beside[i], NULL);
        g_autofree char *path = g_canonicalize_filename(joined, "/");
        add_path(paths, path);
    }
    g_auto(GStrv) folders = vessel__qemu_library_folders(binary);
    for (guint i = 0; folders[i]; i++)
        add_path(paths, folders[i]);
}

/* Programs, modules and data of the distribution's QEMU, and what its libraries need. */
static VesselJson *paths_of(const char *binary, const VesselDomainDef *def)
{
    static const char *const usual[] = {"/lib",
                                        "/lib64",
                                        "/usr/lib",
                                        "/usr/lib64",
                                        "/usr/libexec",
                                        "/etc/ld.so.cache",
                                        "/usr/share/qemu",
                                        "/usr/share/seabios",
                                        "/usr/share/ipxe",
                                        "/usr/share/qemu-firmware"};
    VesselJson *paths = vessel__json_new_array();
    char *resolved = realpath(binary, NULL);
    add_path(paths, binary);
    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++)
        add_path(paths, usual[i]);
    add_private(paths, binary);
    if (resolved && strcmp(resolved, binary) != 0)
        add_private(paths, resolved);
    free(resolved);
    if (needs_network(def))
        add_path(paths, "/etc/resolv.conf"); /* the user network answers DNS */
    if (def && def->clock_offset == VESSEL_CLOCK_LOCALTIME) {
        add_path(paths, "/etc/localtime");
        add_path(paths, "/usr/share/zoneinfo");
    }
    return paths;
}

static VesselJson *devices_of(VesselQemuAccel accel)
{
    static const char *const always[] = {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"};
    VesselJson *devices = vessel__json_new_array();
    for (size_t i = 0; i < G_N_ELEMENTS(always); i++)
        vessel__json_append_string(devices, always[i]);
    if (accel == VESSEL_QEMU_KVM)
        vessel__json_append_string(devices, "/dev/kvm");
    return devices;
}

void vessel__qemu_confine(VesselJson *plan, const char *binary, VesselQemuAccel accel,
                          const VesselDomainDef *def)
{
    vessel__json_set(plan, "devices", devices_of(accel));
    vessel__json_set(plan, "paths", paths_of(binary, def));
    vessel__json_set_bool(plan, "network", needs_network(def));
    if (geteuid() != 0)
        return;
    VesselJson *identity = vessel__json_new_object();
    vessel__json_set_uint(identity, "uid_base", VESSEL_UID_BASE);
    vessel__json_set_uint(identity, "uid_count", VESSEL_UID_COUNT);
    vessel__json_set(plan, "identity", identity);
}
