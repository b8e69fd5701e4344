/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kit/report.h"
#include "base/file.h"
#include "base/words.h"
#include "kit/cpu.h"
#include "sys/cgroup.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>

struct VesselReport {
    VesselJson *rows;
};

VesselReport *vessel__report_new(void)
{
    VesselReport *report = g_new0(VesselReport, 1);
    report->rows = vessel__json_new_array();
    return report;
}

void vessel__report_free(VesselReport *report)
{
    if (!report)
        return;
    vessel__json_free(report->rows);
    g_free(report);
}

VesselJson *vessel__report_steal_json(VesselReport *report)
{
    VesselJson *rows = report->rows;
    report->rows = vessel__json_new_array();
    return rows;
}

static void G_GNUC_PRINTF(5, 0) add_row(VesselReport *report, const char *name, const char *status,
                                        const char *remedy, const char *format, va_list args)
{
    g_autofree char *message = g_strdup_vprintf(format, args);
    VesselJson *row = vessel__json_new_object();
    vessel__json_set_string(row, "name", name);
    vessel__json_set_string(row, "status", status);
    vessel__json_set_string(row, "message", message);
    vessel__json_set_string(row, "remedy", remedy);
    vessel__json_append(report->rows, row);
}

void vessel__report_pass(VesselReport *report, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_row(report, name, "pass", NULL, format, args);
    va_end(args);
}

void vessel__report_warn(VesselReport *report, const char *name, const char *remedy,
                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_row(report, name, "warn", remedy, format, args);
    va_end(args);
}

void vessel__report_fail(VesselReport *report, const char *name, const char *remedy,
                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_row(report, name, "fail", remedy, format, args);
    va_end(args);
}

/* A number from a one-line file; @otherwise if the file is absent or says something else. */
static int64_t file_number(const char *path, int64_t otherwise)
{
    g_autofree char *text = NULL;
    size_t length;
    int64_t value;
    if (vessel__read_file(AT_FDCWD, path, 256, &text, &length, NULL) < 0)
        return otherwise;
    return vessel__parse_i64(g_strchomp(text), &value) ? value : otherwise;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static void report_iommu(VesselReport *report)
{
    g_auto(GStrv) units = NULL;
    bool intel = exists("/sys/firmware/acpi/tables/DMAR"),
         amd = exists("/sys/firmware/acpi/tables/IVRS");
    if (vessel__list_dir(AT_FDCWD, "/sys/class/iommu", 1024, &units, NULL) < 0)
        units = NULL;
    if (units && units[0]) {
        g_autofree char *joined = vessel__words_join((VesselWords)units, 4);
        vessel__report_pass(report, "iommu", "%s, in use: %s",
                            intel ? "VT-d (Intel)" : (amd ? "AMD-Vi" : "present"), joined);
    } else if (intel || amd) {
        vessel__report_warn(
            report, "iommu",
            intel ? "Boot the kernel with intel_iommu=on"
                  : "Switch the IOMMU on in the firmware setup",
            "%s is there (ACPI table %s) but not in use: no host device can be given to a guest",
            intel ? "VT-d" : "AMD-Vi", intel ? "DMAR" : "IVRS");
    } else {
        vessel__report_warn(
            report, "iommu",
            "Nothing to do unless host devices are to be given to guests; then switch VT-d or "
            "AMD-Vi on in the firmware setup",
            "none: neither an ACPI table DMAR or IVRS nor a unit in /sys/class/iommu");
    }
}

static void report_cgroups(VesselReport *report)
{
    static const char *const layouts[] = {"none", "v1", "v1 with a v2 mount beside it (hybrid)",
                                          "v2"};
    g_autoptr(VesselCgroups) cgroups = NULL;
    g_autoptr(VesselError) err = NULL;
    if (vessel__cgroups_open(&cgroups, &err) < 0) {
        vessel__report_warn(report, "cgroups", "Mount the cgroup filesystems", "%s",
                            vessel_error_message(err));
        return;
    }
    VesselCgroupLayout layout = vessel__cgroups_layout(cgroups);
    if (layout == VESSEL_CGROUP_NONE) {
        vessel__report_warn(report, "cgroups", "Mount cgroup2 on /sys/fs/cgroup",
                            "none are mounted: guests run without a group of their own");
        return;
    }
    const char *const *names = vessel__cgroups_controllers(cgroups);
    g_autofree char *controllers =
        names && names[0] ? g_strjoinv(" ", (char **)names) : g_strdup("none");
    if (vessel__cgroups_writable(cgroups))
        vessel__report_pass(report, "cgroups", "layout %s, writable; controllers: %s",
                            layouts[layout], controllers);
    else
        vessel__report_warn(
            report, "cgroups",
            layout == VESSEL_CGROUP_V2 ? "Run in a systemd user session or a unit with Delegate=yes"
                                       : "Run as root, or mount the cgroup filesystems writable",
            "layout %s, nothing delegated to us: a guest stays in the cgroup of the program that "
            "starts it and ends with its service",
            layouts[layout]);
}

static void report_user_namespaces(VesselReport *report)
{
    bool root = geteuid() == 0;
    if (!exists("/proc/self/ns/user"))
        vessel__report_warn(report, "user-namespaces", "Use a kernel built with CONFIG_USER_NS",
                            "this kernel has none");
    else if (file_number("/proc/sys/user/max_user_namespaces", 1) == 0)
        vessel__report_warn(report, "user-namespaces", "sysctl user.max_user_namespaces=15000",
                            "switched off (user.max_user_namespaces is 0)");
    else if (!root && file_number("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
        vessel__report_warn(report, "user-namespaces", "sysctl kernel.unprivileged_userns_clone=1",
                            "only root may make them (kernel.unprivileged_userns_clone is 0)");
    else if (!root && file_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 0) != 0)
        vessel__report_warn(
            report, "user-namespaces",
            "Give the program an AppArmor profile with `userns,`, or sysctl "
            "kernel.apparmor_restrict_unprivileged_userns=0",
            "AppArmor takes their privileges away (kernel.apparmor_restrict_unprivileged_userns)");
    else
        vessel__report_pass(report, "user-namespaces",
                            "nothing in the way for %s (read from the sysctls)",
                            root ? "root" : "this user");
}

/* /run/systemd can be there without systemd: PID 1 decides. */
static bool systemd_runs(void)
{
    g_autofree char *comm = NULL;
    size_t length;
    return exists("/run/systemd/system") &&
           vessel__read_file(AT_FDCWD, "/proc/1/comm", 64, &comm, &length, NULL) == 0 &&
           strcmp(g_strchomp(comm), "systemd") == 0;
}

char *vessel__user_name(void)
{
    struct passwd entry, *found = NULL;
    char buffer[4096];
    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found)
        return g_strdup(found->pw_name);
    return g_strdup_printf("%u", (unsigned)geteuid());
}

static void report_lingering(VesselReport *report)
{
    g_autofree char *user = vessel__user_name();
    g_autofree char *path = g_strconcat("/var/lib/systemd/linger/", user, NULL);
    if (exists(path))
        vessel__report_pass(report, "lingering", "on for %s: guests outlive the login session",
                            user);
    else
        vessel__report_warn(report, "lingering", "loginctl enable-linger",
                            "off for %s: the last logout ends this user's guests", user);
}

static bool any_exists(const char *const *paths)
{
    for (; *paths; paths++)
        if (exists(*paths))
            return true;
    return false;
}

#define UNIT "vessel-autostart.service"
static void report_autostart(VesselReport *report)
{
    static const char *const installed[] = {
        "/etc/systemd/system/" UNIT, "/usr/local/lib/systemd/system/" UNIT,
        "/usr/lib/systemd/system/" UNIT, "/lib/systemd/system/" UNIT, NULL};
    static const char *const enabled[] = {"/etc/systemd/system/multi-user.target.wants/" UNIT,
                                          "/etc/systemd/system/default.target.wants/" UNIT, NULL};
    static const char *const user_installed[] = {"/etc/systemd/user/" UNIT,
                                                 "/usr/local/lib/systemd/user/" UNIT,
                                                 "/usr/lib/systemd/user/" UNIT, NULL};
    /* Not g_get_user_config_dir(): GLib prints a warning where the user has no passwd entry. */
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    g_autofree char *user_enabled =
        g_strconcat(config ? config : home ? home : "", config ? "" : "/.config",
                    "/systemd/user/default.target.wants/" UNIT, NULL);
    g_autofree char *global_enabled = g_strdup("/etc/systemd/user/default.target.wants/" UNIT);
    bool root = geteuid() == 0;
    const char *const in_home[] = {user_enabled, global_enabled, NULL};
    if (any_exists(root ? enabled : in_home))
        vessel__report_pass(report, "autostart", UNIT " is enabled");
    else if (any_exists(root ? installed : user_installed))
        vessel__report_warn(
            report, "autostart", root ? "systemctl enable " UNIT : "systemctl --user enable " UNIT,
            UNIT " is installed but not enabled: marked domains do not start at boot");
    else
        vessel__report_warn(
            report, "autostart",
            "Install the unit (make install), or run `vessel autostart-all` at boot",
            UNIT " is not installed: marked domains do not start at boot");
}

static void report_systemd(VesselReport *report)
{
    if (!systemd_runs()) {
        vessel__report_warn(
            report, "systemd", "Nothing to do; run `vessel autostart-all` at boot yourself",
            "does not run here: guests get cgroups without it, nothing starts them at boot");
        return;
    }
    vessel__report_pass(report, "systemd", "runs: guests get a scope of their own");
    if (geteuid() != 0)
        report_lingering(report);
    report_autostart(report);
}

void vessel__report_host(VesselReport *report)
{
    VesselCpuFacts facts;
    vessel__cpu_facts_read(&facts);
    vessel__cpu_facts_report(&facts, report);
    vessel__cpu_facts_clear(&facts);
    report_iommu(report);
    report_cgroups(report);
    report_user_namespaces(report);
    report_systemd(report);
}
