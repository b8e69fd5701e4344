/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who a guest's QEMU runs as and what of the host it sees. Images, kernel and sockets are not here:
 * they go in by descriptor. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "qemu/build.h"

#include <stdlib.h>

static void add_path(VesselJson *paths, const char *path)
{
    if (access(path, F_OK) == 0)
        vessel__json_append_string(paths, path);
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
    g_autofree char *dir = g_path_get_dirname(resolved ? resolved : binary);
    free(resolved);
    add_path(paths, binary);
    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++)
        add_path(paths, usual[i]);
    if (strcmp(dir, "/usr/bin") != 0 && strcmp(dir, "/usr/libexec") != 0) {
        /* One that was built or unpacked elsewhere has its data beside it. */
        static const char *const beside[] = {".", "../share/qemu", "../share/seabios", "../lib",
                                             "../lib64"};
        for (size_t i = 0; i < G_N_ELEMENTS(beside); i++) {
            g_autofree char *joined = g_build_filename(dir, beside[i], NULL);
            g_autofree char *path = g_canonicalize_filename(joined, "/");
            if (strcmp(path, "/") != 0)
                add_path(paths, path);
        }
    }
    if (def && vessel__domain_def_device(def, VESSEL_DEVICE_INTERFACE, 0))
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
    if (geteuid() != 0)
        return;
    VesselJson *identity = vessel__json_new_object();
    vessel__json_set_uint(identity, "uid_base", VESSEL_UID_BASE);
    vessel__json_set_uint(identity, "uid_count", VESSEL_UID_COUNT);
    vessel__json_set(plan, "identity", identity);
}
