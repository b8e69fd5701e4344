/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/container.h"
#include "base/file.h"
#include "sys/tool.h"
#include "tests/lib/namespaces.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

void vt_container_registry(void)
{
    static bool done;
    if (geteuid() != 0 || done)
        return;
    done = true;
    vt_private_mounts();
    assert_int_equal(g_mkdir_with_parents(VESSEL_STATE_DIR, 0700), 0);
    assert_int_equal(mount("vt", VESSEL_STATE_DIR, "tmpfs", 0, "mode=0700"), 0);
}

bool vt_on_overlay(const char *path)
{
    struct statfs fs;
    assert_int_equal(statfs(path, &fs), 0);
    return (unsigned long)fs.f_type == OVERLAYFS_SUPER_MAGIC;
}

void vt_container_prepare(void)
{
    vt_container_registry();
    if (geteuid() != 0 || !vt_on_overlay(vt_root()))
        return;
    assert_int_equal(mount("vt", vt_root(), "tmpfs", 0, "mode=0700,size=256m"), 0);
}

bool vt_container_no_loop(void *image)
{
    g_auto(GStrv) names = NULL;
    bool found = false;
    assert_int_equal(vessel__list_dir(AT_FDCWD, "/sys/block", 4096, &names, NULL), 0);
    for (guint i = 0; names[i]; i++) {
        g_autofree char *file = g_strdup_printf("/sys/block/%s/loop/backing_file", names[i]);
        g_autofree char *text = NULL;
        if (g_file_get_contents(file, &text, NULL, NULL))
            found |= strcmp(g_strchomp(text), image) == 0;
    }
    return !found;
}

void vt_container_v2(void)
{
    vt_need_root();
    vt_private_mounts();
    if (umount2("/sys/fs/cgroup", MNT_DETACH) < 0 ||
        mount("none", "/sys/fs/cgroup", "cgroup2", 0, NULL) < 0)
        vt_skip("no v2 hierarchy can be mounted here: %s", strerror(errno));
}

int vt_container_exec(VesselDomain *domain, const char *const *argv)
{
    VesselExec *exec = NULL;
    VesselError *err = NULL;
    int status = -1;
    vessel_domain_exec(domain, argv, NULL, &exec, &err);
    vt_no_error(err);
    vessel_exec_wait(exec, 10000, &status, NULL, &err);
    vt_no_error(err);
    vessel_exec_unref(exec);
    return status;
}

void vt_container_tmp(void)
{
    vt_private_mounts();
    assert_int_equal(mount("vt", "/tmp", "tmpfs", 0, "mode=1777"), 0);
}

VesselHost *vt_container_host(void)
{
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    VesselError *err = NULL;
    char *why_not = NULL;
    vt_container_prepare();
    VesselHost *host = vt_open();
    spec.type = "container";
    if (vessel_host_supports(host, "domain_start", &spec, &why_not, &err) == 0)
        vt_skip("%s", why_not);
    vt_no_error(err);
    return host;
}

VesselError *vt_container_fails(VesselHost *host, const char *xml)
{
    VesselError *err = NULL;
    VesselDomain *domain = NULL;
    if (vessel_domain_define(host, xml, NULL, &domain, &err) == 0)
        assert_true(vessel_domain_start(domain, NULL, NULL, &err) < 0);
    if (domain) {
        vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, NULL);
        vt_undefine(domain);
    }
    vessel_domain_unref(domain);
    return err;
}

void vt_container_done(VesselHost *host, VesselDomain *domain)
{
    VtNamespaces namespaces = {0};
    VtPids pids = vt_container_pids(domain);
    if (pids.guest > 0)
        vt_namespaces_note(&namespaces, pids.guest);
    if (vt_state_of(domain) != VESSEL_DOMAIN_SHUT_OFF)
        vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
    vt_namespaces_gone(&namespaces);
}

bool vt_container_has_event(VesselHost *host, const char *kind, const char *part)
{
    g_autoptr(GPtrArray) events = vt_events(host);
    bool found = false;
    for (guint i = 0; i < events->len; i++) {
        char *json = vessel_event_json(events->pdata[i]);
        found |= g_str_equal(vessel_event_kind(events->pdata[i]), kind) && strstr(json, part);
        vessel_free(json);
    }
    return found;
}

void vt_container_event(VesselHost *host, const char *kind, const char *part)
{
    for (int i = 0; i < 250 && !vt_container_has_event(host, kind, part); i++)
        g_usleep(20000);
    if (!vt_container_has_event(host, kind, part))
        fail_msg("no %s with %s", kind, part);
}

bool vt_container_is_off(void *domain)
{
    return vt_state_of(domain) == VESSEL_DOMAIN_SHUT_OFF;
}

char *vt_container_root(const char *name)
{
    static const char *const folders[] = {"", "proc", "sys", "dev", "etc", "tmp"};
    char *root = vt_path("%s", name);
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *folder = g_build_filename(root, folders[i], NULL);
        assert_true(mkdir(folder, 0755) == 0 || errno == EEXIST);
    }
    g_autofree char *program = g_build_filename(vt_build_dir(), "tests", "lib", "inside", NULL);
    g_autofree char *copy = g_build_filename(root, "inside", NULL), *text = NULL;
    gsize length;
    if (access(copy, X_OK) == 0)
        return root;
    assert_true(g_file_get_contents(program, &text, &length, NULL));
    assert_true(
        g_file_set_contents_full(copy, text, (gssize)length, G_FILE_SET_CONTENTS_NONE, 0755, NULL));
    return root;
}

char *vt_container_body(const char *root, const char *os, const char *devices)
{
    return g_strdup_printf("  <os><type>exe</type><init>/inside</init>%s</os>\n"
                           "  <devices>\n"
                           "    <filesystem type='mount'><source dir='%s'/><target dir='/'/>"
                           "</filesystem>\n"
                           "%s  </devices>\n",
                           os, root, devices);
}

char *vt_container_xml_of(const char *root, const char *os, const char *devices, const char *more)
{
    g_autofree char *body = vt_container_body(root, os, devices);
    return g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                           "<name>web</name>%s%s</domain>",
                           more, body);
}

char *vt_container_filesystem(const char *source, const char *target)
{
    return g_strdup_printf(
        "<filesystem type='mount'><source dir='%s'/><target dir='%s'/></filesystem>", source,
        target);
}

char *vt_container_xml(const char *name, const char *word, const char *devices)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *arg = g_strdup_printf("<initarg>%s</initarg>", word);
    g_autofree char *body = vt_container_body(root, arg, devices);
    return g_strdup_printf("<domain type='container'>\n  <name>%s</name>\n%s</domain>\n", name,
                           body);
}

VesselDomain *vt_container_define(VesselHost *host, const char *name, const char *word)
{
    g_autofree char *xml = vt_container_xml(name, word, "");
    return vt_define_xml(host, xml);
}

char *vt_container_says(VesselDomain *domain, const char *text)
{
    VesselError *err = NULL;
    g_autoptr(GString) said = g_string_new(NULL);
    int64_t until = vt_now_us() + 10 * G_USEC_PER_SEC;
    int raw = -1;
    VesselDomainConsoleOptions options = VESSEL_DOMAIN_CONSOLE_OPTIONS_INIT;
    options.flags = VESSEL_DOMAIN_CONSOLE_READONLY;
    vessel_domain_open_console(domain, &options, &raw, &err);
    vt_no_error(err);
    vessel_autofd int fd = raw;
    while (!strstr(said->str, text) && vt_now_us() < until) {
        char data[4096];
        struct pollfd poller = {.fd = fd, .events = POLLIN};
        if (poll(&poller, 1, 100) <= 0)
            continue;
        ssize_t got = read(fd, data, sizeof data);
        if (got <= 0)
            break;
        g_string_append_len(said, data, got);
    }
    if (!strstr(said->str, text))
        fail_msg("the console did not say \"%s\" but: %s", text, said->str);
    return g_strdup(said->str);
}

void vt_container_await(VesselDomain *domain, const char *text)
{
    g_autofree char *said = vt_container_says(domain, text);
    (void)said;
}

VtPids vt_container_pids(VesselDomain *domain)
{
    return vt_pids(vt_state(), vessel_domain_get_uuid(domain));
}

VesselDomain *vt_container_begin(VesselHost *host, const char *args, const char *more)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *xml = vt_container_xml_of(root, args, "", more);
    VesselDomain *domain = vt_define_xml(host, xml);
    vt_start(domain);
    return domain;
}

void vt_container_kill_warden(VesselDomain *domain)
{
    VtPids pids = vt_container_pids(domain);
    assert_int_equal(kill(pids.warden, SIGKILL), 0);
    vt_gone(pids.warden, 2000);
}

void vt_container_have_adopted(VesselDomain *domain)
{
    VesselError *err = NULL;
    VesselStats *stats = NULL;
    vessel_domain_stats(domain, NULL, &stats, &err);
    vt_no_error(err);
    vessel_stats_free(stats);
    assert_true(vt_container_pids(domain).warden > 0);
}

pid_t vt_container_program(VesselDomain *domain)
{
    pid_t first = vt_container_pids(domain).guest;
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", first, first);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_true(atoi(text) > 0);
    return atoi(text);
}

VtLives vt_container_lives(VesselHost *host)
{
    g_autoptr(GPtrArray) events = vt_events(host);
    return (VtLives){host, vt_count_events(events, "domain.rebooted", NULL)};
}

bool vt_container_lives_again(void *data)
{
    VtLives *lives = data;
    return vt_container_lives(lives->host).before > lives->before;
}

bool vt_container_write(const char *path, const char *text)
{
    vessel_autofd int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && vessel__write_all(fd, text, strlen(text)) == 0;
}

/* "NUMBER:CONTROLLER,…:PATH"; v2's has none. */
static bool is_line_of(char *const *parts, const char *controller)
{
    g_auto(GStrv) names = g_strsplit(parts[1], ",", -1);
    return controller ? g_strv_contains((const char *const *)names, controller) : !*parts[1];
}

/* Beneath a scope or at the top. */
char *vt_container_group_path(VesselDomain *domain, const char *controller, const char *name)
{
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    g_autofree char *path = g_strdup_printf("/proc/%d/cgroup", pids.guest), *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(lines[i], ":", 3);
        if (g_strv_length(parts) == 3 && is_line_of(parts, controller) &&
            strstr(parts[2], "/vessel-"))
            return g_strdup_printf("/sys/fs/cgroup/%s%s/%s", controller ? controller : "", parts[2],
                                   name);
    }
    return NULL;
}

char *vt_container_group_file(VesselDomain *domain, const char *controller, const char *name)
{
    g_autofree char *file = vt_container_group_path(domain, controller, name);
    char *value = NULL;
    return file && g_file_get_contents(file, &value, NULL, NULL) ? g_strchomp(value) : NULL;
}

void vt_container_expect_file(VesselDomain *domain, const char *controller, const char *v1,
                              const char *v1_value, const char *v2, const char *v2_value)
{
    g_autofree char *text = vt_container_group_file(domain, controller, v1);
    g_autofree char *other = text ? NULL : vt_container_group_file(domain, NULL, v2);
    if (!text && !other)
        fail_msg("there is neither %s nor %s", v1, v2);
    assert_string_equal(text ? text : other, text ? v1_value : v2_value);
}

static const char *const id_tools[] = {"newuidmap", "newgidmap"};

/* In all places where one is looked for. */
static void hide_tool(const char *name)
{
    g_autofree char *nothing = vt_write("no-tool", "");
    assert_int_equal(chmod(nothing, 0600), 0);
    for (char *path; (path = vessel__find_tool(name)); g_free(path))
        if (mount(nothing, path, NULL, MS_BIND, NULL) < 0)
            fail_msg("hiding %s: %s", path, strerror(errno));
}

void vt_container_id_tools(const char *program, gssize length, mode_t mode)
{
    vt_need_root();
    vt_private_mounts();
    for (size_t i = 0; i < G_N_ELEMENTS(id_tools); i++)
        hide_tool(id_tools[i]);
    assert_int_equal(mount("vt", "/usr/local/bin", "tmpfs", 0, "mode=0755"), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(id_tools) && program; i++) {
        g_autofree char *path = g_build_filename("/usr/local/bin", id_tools[i], NULL);
        assert_true(g_file_set_contents(path, program, length, NULL));
        assert_int_equal(chmod(path, mode), 0);
    }
}

void vt_container_newuidmap(void)
{
    g_autofree char *ours = g_build_filename(vt_build_dir(), "tests", "lib", "newidmap", NULL);
    g_autofree char *hosts = vessel__find_tool("newuidmap"), *program = NULL;
    gsize length;
    vt_private_mounts();
    if (hosts)
        return;
    assert_true(g_file_get_contents(ours, &program, &length, NULL));
    vt_container_id_tools(program, (gssize)length, 04755);
}
