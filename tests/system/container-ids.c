/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose ids a container has: root's containers, an ordinary user's, and an init's control group. */
#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "base/file.h"
#include "tests/lib/container.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ---- its ids ---- */

#define REGISTRY VESSEL_STATE_DIR "/container-ids" /* the case's own: vt_container_prepare() */

/* What is written down of a domain: 'k' its definition is kept, 'l' it is not, 0 nothing. */
static char ids_of(const char *uuid)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents(REGISTRY, &text, &length, NULL))
        return 0;
    for (gsize at = 0; at + 64 <= length; at += 64)
        if (strncmp(text + at, uuid, 36) == 0)
            return strncmp(text + at + 58, "kept", 4) == 0 ? 'k' : 'l';
    return 0;
}

static bool is_held(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 64 * 2560};
    vessel_autofd int fd = open(REGISTRY, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0);
    return lock.l_type != F_UNLCK;
}

static void test_ids_of_a_definition(void **state)
{
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>stubborn</initarg>", "");
    g_autofree char *uuid = g_strdup(vessel_domain_get_uuid(domain));
    vt_container_await(domain, "ready");
    assert_int_equal(ids_of(uuid), 'k');
    assert_true(is_held());
    vt_container_kill_warden(domain);
    assert_false(is_held());
    vt_container_have_adopted(domain);
    assert_true(is_held());
    vt_undefine(domain); /* it runs on, and has its ids */
    assert_int_equal(ids_of(uuid), 'l');
    assert_true(is_held());
    VesselError *err = NULL;
    vessel_domain_destroy(domain, NULL, &err);
    vt_no_error(err);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
    assert_false(is_held());
}

static void test_ids_of_what_is_not_kept(void **state)
{
    VesselError *err = NULL;
    VesselDomain *domain = NULL;
    (void)state;
    vt_need_root();
    VesselHost *host = vt_container_host();
    g_autofree char *xml = vt_container_xml("web", "exit", "");
    vessel_domain_create(host, xml, NULL, NULL, &domain, &err);
    vt_no_error(err);
    g_autofree char *uuid = g_strdup(vessel_domain_get_uuid(domain));
    for (int i = 0; i < 250 && ids_of(uuid) != 0; i++) {
        VesselDomain **list = NULL;
        vessel_domain_list(host, 0, &list, NULL, NULL); /* who looks sweeps */
        vessel_domain_list_free(list);
        g_usleep(20000);
    }
    assert_int_equal(ids_of(uuid), 0);
    vessel_domain_unref(domain);
    domain = vt_define_xml(host, xml);
    g_free(g_steal_pointer(&uuid));
    uuid = g_strdup(vessel_domain_get_uuid(domain));
    assert_int_equal(ids_of(uuid), 'k');
    vt_container_done(host, domain);
    assert_int_equal(ids_of(uuid), 0);
}

/* ---- ids of an ordinary user ---- */

/* With @script, a program of root's, as newuidmap and newgidmap; NULL: there are none. The error of
 * a start, and how long it took. */
static VesselError *start_with_tool(const char *script, int64_t *took_ms)
{
    VesselError *err = NULL;
    vt_container_id_tools(script, -1, 0755);
    vt_as_user();
    VesselHost *host = vt_container_host();
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, "<initarg>wait</initarg>", "");
    g_autofree char *xml = g_strdup_printf(
        "<domain type='container'><name>web</name>%s<idmap><uid start='0' target='100000' "
        "count='65536'/><gid start='0' target='100000' count='65536'/></idmap></domain>",
        body);
    VesselDomain *domain = vt_define_xml(host, xml);
    int64_t began = vt_now_us();
    vessel_domain_start(domain, NULL, NULL, &err);
    *took_ms = (vt_now_us() - began) / 1000;
    assert_non_null(err);
    vt_says(err, 'p', "/domain/idmap");
    vt_container_done(host, domain);
    return err;
}

static void test_no_newuidmap(void **state)
{
    int64_t took_ms;
    (void)state;
    VesselError *err = start_with_tool(NULL, &took_ms);
    vt_says(err, 'h', "not installed");
    vt_error(&err, VESSEL_ERROR_DENIED);
}

static void test_range_too_small(void **state)
{
    int64_t took_ms;
    (void)state;
    VesselError *err = start_with_tool("#!/bin/sh\nexit 1\n", &took_ms);
    vt_says(err, 'h', "/etc/subuid");
    vt_error(&err, VESSEL_ERROR_DENIED);
}

static void test_newuidmap_that_hangs(void **state)
{
    int64_t took_ms;
    (void)state;
    VesselError *err = start_with_tool("#!/bin/sh\nexec sleep 20\n", &took_ms);
    vt_says(err, 'm', "has not answered");
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    assert_true(took_ms >= 2900 && took_ms < 15000);
}

/* ---- what /etc/subuid gives ---- */

static char *xml_of(VesselDomain *domain)
{
    VesselError *err = NULL;
    char *xml = NULL;
    vessel_domain_xml(domain, VESSEL_DOMAIN_XML_INACTIVE, &xml, &err);
    vt_no_error(err);
    char *copy = g_strdup(xml);
    vessel_free(xml);
    return copy;
}

/* Its own id is the container's root, and all the others are there: those of its accounts. */
static void test_range_of_a_user(void **state)
{
    (void)state;
    vt_container_newuidmap();
    vt_as_user();
    VesselHost *host = vt_container_host();
    g_autofree char *own = g_strdup_printf("<uid start='0' target='%u' count='1'/>", geteuid());
    VesselDomain *domain =
        vt_container_begin(host, "<initarg>facts</initarg><inituser>33</inituser>", "");
    g_autofree char *xml = xml_of(domain), *said = vt_container_says(domain, "that is all");
    if (!strstr(xml, own) || !strstr(xml, "<uid start='1' target='805306368' count='65535'/>") ||
        !strstr(xml, "<gid start='1' target='805306368' count='65535'/>"))
        fail_msg("the ranges are not in %s", xml);
    if (!strstr(said, "ids: 33 "))
        fail_msg("it is somebody else: %s", said);
    assert_int_equal(vt_container_exec(domain, (const char *const[]){"/inside", "exit", "5", NULL}),
                     5);
    vt_container_done(host, domain);
}

/* Root again, for a moment: what @then does in the case's mounts. */
typedef struct {
    pid_t pid;
    int word;
} Later;

static Later prepare_later(void (*then)(pid_t whose))
{
    int ends[2];
    pid_t whose = getpid();
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    Later later = {.pid = fork(), .word = ends[1]};
    if (later.pid == 0) {
        close(ends[1]);
        while (read(ends[0], &(char){0}, 1) < 0)
            continue;
        g_autofree char *mounts = g_strdup_printf("/proc/%d/ns/mnt", (int)whose);
        int fd = open(mounts, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || setns(fd, CLONE_NEWNS) < 0)
            perror(mounts);
        then(whose);
        _exit(0);
    }
    close(ends[0]);
    return later;
}

static void do_now(Later *later)
{
    vessel__close_fd(&later->word);
    assert_int_equal(waitpid(later->pid, NULL, 0), later->pid);
}

/* The kernel has no such ids. */
static void ids_beyond_all(pid_t whose)
{
    g_autofree char *old = NULL, *number = NULL;
    struct stat st;
    g_autofree char *process = g_strdup_printf("/proc/%d", (int)whose);
    if (stat(process, &st) < 0 || !g_file_get_contents("/etc/subuid", &old, NULL, NULL))
        perror(process);
    number = g_strdup_printf("%u:18446744073709551000:65536\n%s", (unsigned)st.st_uid, old);
    g_autofree char *file = vt_write("beyond", number);
    if (chmod(file, 0644) < 0 || mount(file, "/etc/subuid", NULL, MS_BIND, NULL) < 0)
        perror("/etc/subuid");
}

static void test_range_beyond_all(void **state)
{
    (void)state;
    vt_container_newuidmap();
    Later later = prepare_later(ids_beyond_all);
    vt_as_user();
    do_now(&later);
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>facts</initarg>", "");
    g_autofree char *xml = xml_of(domain);
    if (!strstr(xml, "<uid start='1' target='805306368' count='65535'/>"))
        fail_msg("the range is not in %s", xml);
    vt_container_done(host, domain);
}

static void empty_subgid(pid_t whose)
{
    (void)whose;
    if (mount("/dev/null", "/etc/subgid", NULL, MS_BIND, NULL) < 0)
        perror("/etc/subgid");
}

/* A map of users needs one of groups: without that it has one id. */
static void test_range_of_users_alone(void **state)
{
    (void)state;
    vt_container_newuidmap();
    Later later = prepare_later(empty_subgid);
    vt_as_user();
    do_now(&later);
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>facts</initarg>", "");
    g_autofree char *xml = xml_of(domain), *said = vt_container_says(domain, "that is all");
    assert_null(strstr(xml, "<idmap>"));
    assert_non_null(strstr(said, "ids: 0 0"));
    vt_container_done(host, domain);
}

/* ---- an init's group ---- */

#define ANYBODYS 0666

static char *delegated_group(pid_t whose)
{
    return g_strdup_printf("/sys/fs/cgroup/vt%d", (int)whose);
}

static void take_group_away(pid_t whose)
{
    g_autofree char *group = delegated_group(whose), *pid = g_strdup_printf("%d", (int)whose);
    vt_container_write("/sys/fs/cgroup/cgroup.procs", pid);
    if (rmdir(group) < 0)
        perror(group);
}

/* In a v2 group that is everybody's, as one is that systemd delegates to a user. */
static void enter_delegated_group(void)
{
    static const char *const files[] = {"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"};
    g_autofree char *group = delegated_group(getpid());
    g_autofree char *procs = g_build_filename(group, "cgroup.procs", NULL);
    vt_container_v2();
    assert_int_equal(mkdir(group, 0777), 0);
    assert_int_equal(chmod(group, 0777), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(group, files[i], NULL);
        assert_int_equal(chmod(path, ANYBODYS), 0);
    }
    assert_true(vt_container_write(procs, "0"));
}

/* With the map that it is given it has one; a map that this user could not give a group to is
 * refused by its path. */
static void test_init_of_a_user(void **state)
{
    static const char an_init[] = "<vessel:init kind='init'/>"
                                  "<vessel:overlay target='/' upper='memory'/>";
    static const char elsewhere[] = "<idmap><uid start='0' target='805306368' count='65536'/>"
                                    "<gid start='0' target='805306368' count='65536'/></idmap>";
    VesselError *err = NULL;
    (void)state;
    vt_container_newuidmap();
    Later later = prepare_later(take_group_away);
    enter_delegated_group();
    vt_as_user();
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>init</initarg>", an_init);
    vt_container_await(domain, "groups ok");
    vt_destroy(domain);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body = vt_container_body(root, "<initarg>init</initarg>", "");
    g_autofree char *xml =
        g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                        "<name>web</name>%s%s%s</domain>",
                        body, an_init, elsewhere);
    domain = vt_define_xml(host, xml);
    assert_true(vessel_domain_start(domain, NULL, NULL, &err) < 0);
    vt_says(err, 'p', "/domain/idmap/uid");
    vt_says(err, 'h', "leave <idmap> out");
    vt_error(&err, VESSEL_ERROR_DENIED);
    vt_container_done(host, domain);
    do_now(&later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_of_a_definition),  cmocka_unit_test(test_ids_of_what_is_not_kept),
        cmocka_unit_test(test_no_newuidmap),         cmocka_unit_test(test_range_too_small),
        cmocka_unit_test(test_newuidmap_that_hangs), cmocka_unit_test(test_range_of_a_user),
        cmocka_unit_test(test_range_beyond_all),     cmocka_unit_test(test_range_of_users_alone),
        cmocka_unit_test(test_init_of_a_user),
    };
    return vt_main(tests);
}
