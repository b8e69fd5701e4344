/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/guest.h"

#include "base/clock.h"
#include "base/json.h"
#include "tests/lib/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

int64_t vt_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- hosts ---- */

char *vt_uri(const char *dir)
{
    g_autofree char *encoded = g_uri_escape_string(dir, "/", FALSE);
    return g_strconcat("local:?root=", encoded, NULL);
}

const char *vt_state(void)
{
    static char *dir;
    g_free(dir);
    dir = vt_path("root");
    return dir;
}

VesselHost *vt_open_at(const char *dir)
{
    VesselHost *host = NULL;
    VesselError *err = NULL;
    g_autofree char *uri = vt_uri(dir);
    vessel_host_open(uri, NULL, &host, &err);
    vt_no_error(err);
    assert_non_null(host);
    return host;
}

VesselHost *vt_open(void)
{
    return vt_open_at(vt_state());
}

/* ---- guests ---- */

static char *small_xml(const char *name, const char *emulator, const char *disk)
{
    g_autofree char *program =
        emulator ? g_markup_printf_escaped("<emulator>%s</emulator>", emulator) : g_strdup("");
    g_autofree char *drive =
        disk ? g_markup_printf_escaped("<disk type='file' device='disk'>"
                                       "<driver name='qemu' type='raw'/><source file='%s'/>"
                                       "<target dev='vda' bus='virtio'/><readonly/></disk>",
                                       disk)
             : g_strdup("");
    return g_strdup_printf("<domain type='emulator'>\n"
                           "  <name>%s</name>\n"
                           "  <memory unit='MiB'>32</memory>\n"
                           "  <vcpu>1</vcpu>\n"
                           "  <os><type arch='x86_64' machine='q35'>hvm</type></os>\n"
                           "  <features><acpi/><apic/></features>\n"
                           "  <devices>%s%s\n"
                           "    <serial type='pty'/>\n"
                           "    <memballoon model='none'/>\n"
                           "  </devices>\n"
                           "</domain>\n",
                           name, program, drive);
}

char *vt_idle_xml(const char *name, const char *emulator)
{
    return small_xml(name, emulator, NULL);
}

char *vt_bootsect_xml(const char *name)
{
    g_autofree char *image = vt_guest("bootsect.img");
    return small_xml(name, NULL, image);
}

VesselDomain *vt_define_xml(VesselHost *host, const char *xml)
{
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    vessel_domain_define(host, xml, NULL, &domain, &err);
    vt_no_error(err);
    assert_non_null(domain);
    return domain;
}

VesselDomain *vt_define(VesselHost *host, const char *name)
{
    g_autofree char *xml = vt_idle_xml(name, NULL);
    return vt_define_xml(host, xml);
}

void vt_start(VesselDomain *domain)
{
    VesselError *err = NULL;
    vessel_domain_start(domain, NULL, NULL, &err);
    vt_no_error(err);
}

void vt_destroy(VesselDomain *domain)
{
    VesselError *err = NULL;
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
}

void vt_undefine(VesselDomain *domain)
{
    VesselError *err = NULL;
    vessel_domain_undefine(domain, NULL, &err);
    vt_no_error(err);
}

int vt_state_of(VesselDomain *domain)
{
    VesselError *err = NULL;
    int state = vessel_domain_state(domain, NULL, &err);
    vt_no_error(err);
    return state;
}

void vt_expect_state(VesselDomain *domain, int state, const char *reason)
{
    VesselError *err = NULL;
    char *why = NULL;
    int got = vessel_domain_state(domain, &why, &err);
    vt_no_error(err);
    if (got != state || (reason && strcmp(reason, why ? why : "") != 0))
        fail_msg("expected \"%s\" (%s), it is \"%s\" (%s)", vessel_domain_state_name(state),
                 reason ? reason : "any reason", vessel_domain_state_name(got), why);
    vessel_free(why);
}

void vt_read_until(int fd, const char *text, int timeout_ms)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    VesselDeadline end = vessel__deadline_after(timeout_ms);
    while (!strstr(seen->str, text)) {
        char data[4096];
        struct pollfd poller = {.fd = fd, .events = POLLIN};
        if (poll(&poller, 1, vessel__deadline_poll(end)) <= 0)
            fail_msg("\"%s\" was not read; got: %s", text, seen->str);
        ssize_t got = read(fd, data, sizeof data);
        if (got <= 0 && errno != EAGAIN)
            fail_msg("\"%s\" was not read before the end; got: %s", text, seen->str);
        for (ssize_t i = 0; i < got; i++)
            if (data[i])
                g_string_append_c(seen, data[i]);
    }
}

static pid_t pid_in(const VesselJson *json, const char *who)
{
    const VesselJson *process = vessel__json_get(json, who);
    return process ? (pid_t)vessel__json_get_int(process, "pid", 0) : 0;
}

VtPids vt_pids(const char *dir, const char *uuid)
{
    g_autofree char *path = g_build_filename(dir, "run/domains", uuid, "state.json", NULL);
    g_autofree char *text = NULL;
    g_autoptr(VesselJson) json = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &text, &length, NULL) ||
        vessel__json_parse(text, length, NULL, path, &json, NULL) < 0)
        return (VtPids){0, 0};
    return (VtPids){pid_in(json, "warden"), pid_in(json, "guest")};
}

/* ---- events ---- */

static VesselEventStream *subscribe(VesselHost *host, const char *epoch)
{
    VesselEventOptions options = VESSEL_EVENT_OPTIONS_INIT;
    VesselEventStream *stream = NULL;
    VesselError *err = NULL;
    options.epoch = epoch;
    vessel_host_subscribe(host, &options, &stream, &err);
    vt_no_error(err);
    return stream;
}

GPtrArray *vt_events(VesselHost *host)
{
    GPtrArray *events = g_ptr_array_new_with_free_func((GDestroyNotify)vessel_event_free);
    VesselEventStream *now = subscribe(host, NULL);
    VesselError *err = NULL;
    VesselEvent *event = NULL;
    char *epoch = NULL;
    uint64_t number = 0;
    vessel_event_stream_place(now, &epoch, &number, &err);
    vt_no_error(err);
    vessel_event_stream_unref(now);
    VesselEventStream *all = subscribe(host, epoch);
    while (vessel_event_stream_next(all, 0, &event, &err) == 1)
        g_ptr_array_add(events, event);
    vt_no_error(err);
    vessel_event_stream_unref(all);
    vessel_free(epoch);
    return events;
}

guint vt_count_events(GPtrArray *events, const char *kind, const char *uuid)
{
    guint count = 0;
    for (guint i = 0; i < events->len; i++) {
        const VesselEvent *event = g_ptr_array_index(events, i);
        if (!strcmp(vessel_event_kind(event), kind) &&
            (!uuid || !g_strcmp0(vessel_event_object_uuid(event), uuid)))
            count++;
    }
    return count;
}

/* ---- what is left ---- */

static pid_t parent_of(pid_t pid, char *state)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)pid), *text = NULL;
    int parent = 0;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    const char *end = strrchr(text, ')');
    return end && sscanf(end + 1, " %c %d", state, &parent) == 2 ? parent : 0;
}

static bool is_stranger(pid_t pid)
{
    char state, above;
    pid_t at = parent_of(pid, &state);
    if (!at || state == 'Z' || state == 'X')
        return false;
    for (; at > 1; at = parent_of(at, &above)) {
        if (at == getpid())
            return false;
        if (at == getppid())
            return true;
    }
    return false;
}

size_t vt_strangers(pid_t *pids, size_t max)
{
    size_t count = 0;
    DIR *proc = opendir("/proc");
    assert_non_null(proc);
    for (struct dirent *entry; count < max && (entry = readdir(proc));) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && pid != getpid() && is_stranger(pid))
            pids[count++] = pid;
    }
    closedir(proc);
    return count;
}

/* The id in the names of a root's control groups. Read by a child: closing the file here would drop
 * the locks of a host that has it open. */
static void read_root_id(char id[16])
{
    g_autofree char *path = g_build_filename(vt_state(), "vessel.db", NULL);
    int ends[2];
    id[0] = '\0';
    if (access(path, R_OK) < 0 || pipe2(ends, O_CLOEXEC) < 0)
        return;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        sqlite3 *db = NULL;
        sqlite3_stmt *row = NULL;
        if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
            sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key='root_id'", -1, &row, NULL) ==
                SQLITE_OK &&
            sqlite3_step(row) == SQLITE_ROW)
            dprintf(ends[1], "%.15s", (const char *)sqlite3_column_text(row, 0));
        _exit(0);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], id, 15);
    id[MAX(got, 0)] = '\0';
    close(ends[0]);
    waitpid(pid, NULL, 0);
}

/* "vessel-ID-NAME" of v1, "vessel-ID" of v2. */
static guint count_groups_at(const char *top, const char *id)
{
    g_autofree char *ours = g_strconcat("vessel-", id, NULL);
    g_autoptr(GDir) dir = g_dir_open(top, 0, NULL);
    const char *name;
    guint count = 0;
    while (dir && (name = g_dir_read_name(dir)))
        count += g_str_has_prefix(name, ours);
    return count;
}

static guint count_cgroups(void)
{
    g_autofree char *mounts = NULL;
    char id[16];
    guint count = 0;
    read_root_id(id);
    if (!id[0] || !g_file_get_contents("/proc/self/mounts", &mounts, NULL, NULL))
        return 0;
    g_auto(GStrv) lines = g_strsplit(mounts, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) words = g_strsplit(*line, " ", 4);
        if (g_strv_length(words) < 4 || strncmp(words[2], "cgroup", 6) != 0)
            continue;
        count += count_groups_at(words[1], id);
    }
    return count;
}

static guint count_mounts(void)
{
    g_autofree char *mounts = NULL;
    guint count = 0;
    if (!g_file_get_contents("/proc/self/mounts", &mounts, NULL, NULL))
        return 0;
    g_autofree char *beneath = g_strconcat(vt_state(), "/", NULL);
    for (const char *at = mounts; (at = strstr(at, beneath)); at++)
        count++;
    return count;
}

void vt_nothing_left_at(const char *file, int line)
{
    pid_t left[64];
    char names[1024] = "";
    size_t count = 0;
    for (int i = 0; i < 250; i++) {
        count = vt_strangers(left, G_N_ELEMENTS(left));
        if (count == 0 && count_mounts() == 0 && count_cgroups() == 0)
            return;
        g_usleep(20000);
    }
    tree_describe(left, count, names, sizeof names);
    print_error("still there: %s; %u mounts, %u control groups\n", names, count_mounts(),
                count_cgroups());
    _fail(file, line);
}

/* A zombie whose other threads still end is not dead yet. */
static bool is_gone(pid_t pid)
{
    char state = vt_process_state(pid);
    g_autofree char *path = g_strdup_printf("/proc/%d/task", (int)pid);
    int threads = 0;
    if (state != 'Z' && state != 'X' && state != 0)
        return false;
    GDir *dir = g_dir_open(path, 0, NULL);
    while (dir && g_dir_read_name(dir))
        threads++;
    if (dir)
        g_dir_close(dir);
    return threads <= 1;
}

void vt_gone_at(pid_t pid, int timeout_ms, const char *file, int line)
{
    for (int64_t end = vt_now_us() + timeout_ms * 1000LL; vt_now_us() < end; g_usleep(1000)) {
        if (is_gone(pid))
            return;
    }
    print_error("process %d still lives after %d ms\n", (int)pid, timeout_ms);
    _fail(file, line);
}

/* ---- errors ---- */

char *vt_text(const VesselError *err)
{
    char *text = vessel_error_text(err);
    return text ? text : strdup("no error");
}

void vt_one_of_at(const VesselError *err, const int *codes, const char *file, int line)
{
    g_autoptr(GString) wanted = g_string_new(NULL);
    for (; *codes; codes++) {
        if (vessel_error_code(err) == *codes)
            return;
        g_string_append_printf(wanted, " %s", vessel_error_code_name(*codes));
    }
    char *text = vt_text(err);
    print_error("expected one of%s, got %s: %s\n", wanted->str,
                vessel_error_code_name(vessel_error_code(err)), text);
    vessel_free(text);
    _fail(file, line);
}

static const char *part_of(const VesselError *err, char which)
{
    return which == 'm'   ? vessel_error_message(err)
           : which == 'h' ? vessel_error_hint(err)
           : which == 'p' ? vessel_error_path(err)
           : which == 'w' ? vessel_error_holder(err)
                          : vessel_error_cause(err);
}

static bool says(const VesselError *err, char which, const char *part)
{
    const char *text = part_of(err, which);
    if (text && strstr(text, part))
        return true;
    for (size_t i = 0; i < vessel_error_problem_count(err); i++)
        if (says(vessel_error_problem(err, i), which, part))
            return true;
    return false;
}

void vt_says_at(const VesselError *err, char which, const char *part, const char *file, int line)
{
    if (err && says(err, which, part))
        return;
    char *text = vt_text(err);
    print_error("the error does not say \"%s\" in its %s: %s: %s\n", part,
                which == 'm'   ? "message"
                : which == 'h' ? "hint"
                : which == 'p' ? "path"
                : which == 'w' ? "holder"
                               : "cause",
                vessel_error_code_name(vessel_error_code(err)), text);
    vessel_free(text);
    _fail(file, line);
}
