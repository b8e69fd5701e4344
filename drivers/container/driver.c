/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* container: processes in namespaces of their own. */
#include "base/file.h"
#include "container/container.h"
#include "container/plan.h"
#include "core/by-warden.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/utsname.h>

/* User namespaces that nobody may make: all else is found at a start. */
static bool userns_off(void)
{
    g_autofree char *text = NULL;
    return vessel__read_file(AT_FDCWD, "/proc/sys/user/max_user_namespaces", 64, &text, NULL,
                             NULL) < 0 ||
           strcmp(g_strchomp(text), "0") == 0;
}

/* open_tree, mount_setattr with ids, cgroup.kill: what is relied upon came with 5.12 to 5.14. */
static bool kernel_too_old(char release[65])
{
    struct utsname name;
    unsigned major = 0, minor = 0;
    if (uname(&name) < 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2)
        return false;
    g_strlcpy(release, name.release, 65);
    return major < 5 || (major == 5 && minor < 14);
}

static const char *own_arch(void)
{
    static struct utsname name;
    return uname(&name) == 0 ? name.machine : "x86_64";
}

static int check_kind(const char *arch, const char *machine, VesselError **err)
{
    if (arch && strcmp(arch, own_arch()) != 0) {
        vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "a container has no architecture \"%s\"", arch);
        vessel__error_hint(err, "It runs programs of the host's, %s", own_arch());
        return VESSEL_ERROR_UNSUPPORTED;
    }
    if (!machine)
        return 0;
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "a container has no machine type \"%s\"", machine);
    vessel__error_hint(err, "leave the machine type out");
    return VESSEL_ERROR_UNSUPPORTED;
}

static int usable(VesselDriverHost *host, const char *arch, const char *machine, char **why_not)
{
    g_autofree char *why = NULL, *init = NULL;
    g_autoptr(VesselError) kind = NULL;
    char release[65];
    if (check_kind(arch, machine, &kind) < 0)
        why = g_strdup(vessel_error_message(kind));
    else if (!host->helper_dir)
        why = g_strdup(host->helper_error ? vessel_error_message(host->helper_error)
                                          : "vessel-warden was not found");
    else
        init = g_build_filename(host->helper_dir, VESSEL__CONTAINER_INIT, NULL);
    if (init && access(init, X_OK) < 0)
        why = g_strdup_printf("%s: %s", init, g_strerror(errno));
    if (!why && kernel_too_old(release))
        why = g_strdup_printf("Linux %s is older than 5.14", release);
    if (!why && userns_off())
        why = g_strdup("user namespaces are switched off (/proc/sys/user/max_user_namespaces)");
    int code = !why;
    if (why_not)
        *why_not = g_steal_pointer(&why);
    return code;
}

static int capabilities(VesselDriverHost *host, VesselJson **guests, VesselError **err)
{
    VesselJson *guest = vessel__json_new_object(), *types = vessel__json_new_array();
    (void)host;
    (void)err;
    *guests = vessel__json_new_array();
    vessel__json_set_string(guest, "arch", own_arch());
    vessel__json_set_uint(guest, "wordsize", sizeof(void *) * 8);
    vessel__json_set_string(guest, "os_type", "exe");
    vessel__json_append_string(types, "lxc");
    vessel__json_set(guest, "types", types);
    vessel__json_append(*guests, guest);
    return 0;
}

static int domain_capabilities(VesselDriverHost *host, const char *emulator, const char *arch,
                               const char *machine, char **xml, VesselError **err)
{
    int code = check_kind(arch, machine, err);
    if (code < 0)
        return code;
    if (!host->helper_dir)
        return vessel__error_steal(err, vessel__error_copy(host->helper_error));
    g_autofree char *init = g_build_filename(host->helper_dir, VESSEL__CONTAINER_INIT, NULL);
    g_autofree char *path = g_markup_escape_text(emulator ? emulator : init, -1);
    *xml = g_strdup_printf("<domainCapabilities>\n  <path>%s</path>\n  <domain>lxc</domain>\n"
                           "  <arch>%s</arch>\n</domainCapabilities>\n",
                           path, own_arch());
    return 0;
}

static void report_user_networks(VesselReport *rows)
{
    static const char without[] = "containers have no interfaces of the type 'user'";
    const char *slirp = vessel__container_slirp();
    if (!slirp)
        vessel__report_warn(rows, "user-networks", "apt-get install slirp4netns",
                            "%s: slirp4netns was not found", without);
    else if (access("/dev/net/tun", R_OK | W_OK) < 0)
        vessel__report_warn(rows, "user-networks", "modprobe tun; chmod 0666 /dev/net/tun",
                            "%s: /dev/net/tun: %s", without, g_strerror(errno));
    else
        vessel__report_pass(rows, "user-networks",
                            "containers can have interfaces of the type 'user': %s", slirp);
}

static void report_ids(VesselReport *rows)
{
    GPtrArray *uids = NULL, *gids = NULL;
    if (!vessel__container_subids(&uids, &gids)) {
        vessel__report_warn(rows, "container-ids",
                            "apt-get install uidmap; usermod --add-subuids 100000-165535 "
                            "--add-subgids 100000-165535 USER",
                            "containers have one id, this user's: newuidmap, or a range in "
                            "/etc/subuid and /etc/subgid, is missing");
        return;
    }
    vessel__report_pass(rows, "container-ids", "containers have the ids of /etc/subuid");
    g_ptr_array_set_free_func(uids, g_free);
    g_ptr_array_set_free_func(gids, g_free);
    g_ptr_array_unref(uids);
    g_ptr_array_unref(gids);
}

static void report(VesselDriverHost *host, VesselReport *rows)
{
    g_autofree char *why = NULL;
    if (usable(host, NULL, NULL, &why) > 0)
        vessel__report_pass(rows, "containers", "containers can be run");
    else
        vessel__report_warn(rows, "containers", "See docs/hosts.md", "%s", why);
    report_user_networks(rows);
    if (geteuid() != 0)
        report_ids(rows);
}

static int start(VesselGuest *guest, const VesselStartArgs *args, VesselError **err)
{
    g_autoptr(VesselLaunch) launch = NULL;
    int code = vessel__container_make_copies(guest, err);
    if (code == 0)
        code = vessel__container_plan(guest, !args->transient, &launch, err);
    return code == 0 ? vessel__warden_launch(guest, launch, args, err) : code;
}

static void kept(VesselDriverHost *host, const char *uuid, bool is_kept, bool runs)
{
    vessel__container_kept(uuid, is_kept);
    if (!is_kept && !runs)
        vessel__container_remove_copies(host, uuid);
}

static const VesselHostOps host_ops = {
    .size = sizeof(VesselHostOps),
    .usable = usable,
    .defaults = vessel__container_defaults,
    .check = vessel__container_check,
    .check_start = vessel__container_check_start,
    .capabilities = capabilities,
    .domain_capabilities = domain_capabilities,
    .report = report,
    .kept = kept,
    .in_force = vessel__container_in_force,
    .close = vessel__container_forget_program,
};

static const VesselLifecycleOps lifecycle_ops = {
    .size = sizeof(VesselLifecycleOps),
    .start = start,
    VESSEL_BY_WARDEN_LIFECYCLE,
};

static const VesselConsoleOps console_ops = {
    .size = sizeof(VesselConsoleOps),
    .open = vessel__by_warden_console,
};

static const VesselExecOps exec_ops = {
    .size = sizeof(VesselExecOps),
    .exec = vessel__container_exec,
    .copy = vessel__container_copy,
};

const VesselDriver vessel__driver_container = {
    .size = sizeof(VesselDriver),
    .abi = VESSEL__DRIVER_ABI,
    .name = "container",
    .types = (const char *const[]){"container", "lxc", NULL},
    .truth = VESSEL_TRUTH_WARDEN,
    .support = vessel__container_support,
    .host = &host_ops,
    .lifecycle = &lifecycle_ops,
    .console = &console_ops,
    .stats = &vessel__by_warden_stats,
    .exec = &exec_ops,
    .change = &vessel__container_change,
};
