/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/container.h"
#include "base/file.h"

#include <fcntl.h>
#include <poll.h>
#include <linux/magic.h>
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

void vt_container_prepare(void)
{
    struct statfs fs;
    vt_container_registry();
    assert_int_equal(statfs(vt_root(), &fs), 0);
    if (geteuid() != 0 || (unsigned long)fs.f_type != OVERLAYFS_SUPER_MAGIC)
        return;
    assert_int_equal(mount("vt", vt_root(), "tmpfs", 0, "mode=0700,size=256m"), 0);
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
    if (vt_state_of(domain) != VESSEL_DOMAIN_SHUT_OFF)
        vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

static bool has_event(VesselHost *host, const char *kind, const char *part)
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
    for (int i = 0; i < 250 && !has_event(host, kind, part); i++)
        g_usleep(20000);
    if (!has_event(host, kind, part))
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
