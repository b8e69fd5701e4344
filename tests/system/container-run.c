/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `vessel run` and `vessel log --follow`, as somebody expects them who knows other tools that run
 * containers. */
#include "tests/lib/container.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define PIPES "<vessel:console kind='pipe'/>"

typedef struct {
    pid_t pid;
    int output;
} Tool;

/* The tool with @args on the case's host, without input; what it says goes to a pipe. */
static Tool begin_tool(const char *const *args)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    int ends[2];
    g_ptr_array_add(argv, g_build_filename(vt_build_dir(), "vessel", NULL));
    g_ptr_array_add(argv, g_strdup("--connect"));
    g_ptr_array_add(argv, vt_uri(vt_state()));
    for (; *args; args++)
        g_ptr_array_add(argv, g_strdup(*args));
    g_ptr_array_add(argv, NULL);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    fflush(NULL);
    Tool tool = {.pid = fork(), .output = ends[0]};
    if (tool.pid == 0) {
        int null = open("/dev/null", O_RDONLY);
        dup2(null, 0);
        dup2(ends[1], 1);
        dup2(ends[1], 2);
        execv(argv->pdata[0], (char **)argv->pdata);
        _exit(99);
    }
    close(ends[1]);
    return tool;
}

#define TOOL(...) begin_tool((const char *const[]){__VA_ARGS__, NULL})

/* Its exit status, and what it has said (the caller frees; may be NULL). */
static int end_of(Tool *tool, char **said)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char data[4096];
    ssize_t got;
    int status = -1;
    while ((got = read(tool->output, data, sizeof data)) > 0)
        g_string_append_len(text, data, got);
    close(tool->output);
    assert_int_equal(waitpid(tool->pid, &status, 0), tool->pid);
    if (said)
        *said = g_strdup(text->str);
    if (!WIFEXITED(status))
        fail_msg("killed by %d: %s", WTERMSIG(status), text->str);
    return WEXITSTATUS(status);
}

/* The path of a definition whose program is /inside with @args. */
static char *definition(const char *args, const char *more)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *xml = vt_container_xml_of(root, args, "", more);
    return vt_write("web.xml", xml);
}

static VesselDomain *found(VesselHost *host)
{
    VesselDomain *domain = NULL;
    vessel_domain_lookup_by_name(host, "web", &domain, NULL);
    return domain;
}

static bool runs(void *host)
{
    VesselDomain *domain = found(host);
    bool is = domain && vt_state_of(domain) == VESSEL_DOMAIN_RUNNING;
    vessel_domain_unref(domain);
    return is;
}

static bool is_gone(void *host)
{
    VesselDomain *domain = found(host);
    vessel_domain_unref(domain);
    return !domain;
}

static void done(VesselHost *host)
{
    vt_wait(is_gone, host, 5000);
    vessel_host_unref(host);
    vt_nothing_left();
}

static void test_status(void **state)
{
    static const struct {
        const char *args;
        int status;
    } rows[] = {
        {"<initarg>exit</initarg>", 0},
        {"<initarg>exit</initarg><initarg>7</initarg>", 7},
        {"<initarg>abort</initarg>", 128 + SIGABRT},
    };
    (void)state;
    VesselHost *host = vt_container_host();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = definition(rows[i].args, PIPES);
        Tool plain = TOOL("run", path);
        assert_int_equal(end_of(&plain, NULL), rows[i].status);
        vt_wait(is_gone, host, 5000);
        Tool shown = TOOL("run", path, "--console", "--rm");
        assert_int_equal(end_of(&shown, NULL), rows[i].status);
        vt_wait(is_gone, host, 5000);
    }
    done(host);
}

/* As env(1) has them, and nothing stays. */
static void test_status_of_none(void **state)
{
    static const struct {
        const char *init;
        int status;
    } rows[] = {{"/nothing", 127}, {"/etc", 126}};
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *path = definition("", ""), *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(GStrv) halves = g_strsplit(text, "/inside", 2);
        g_autofree char *xml = g_strconcat(halves[0], rows[i].init, halves[1], NULL);
        g_autofree char *other = vt_write("other.xml", xml);
        Tool tool = TOOL("run", other);
        assert_int_equal(end_of(&tool, NULL), rows[i].status);
    }
    g_autofree char *none = vt_path("nowhere.xml");
    Tool tool = TOOL("run", none);
    assert_int_equal(end_of(&tool, NULL), 125);
    done(host);
}

/* All that it said, even if it ended at once, and nothing else. */
static void test_output(void **state)
{
    g_autofree char *said = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *path = definition("<initarg>count</initarg>", PIPES);
    Tool tool = TOOL("run", "--console", path);
    assert_int_equal(end_of(&tool, &said), 0);
    assert_string_equal(said, "processes: 2\n");
    done(host);
}

/* The first asks, the second kills; what it ended by is its status. */
static void test_signals(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *waits = definition("<initarg>wait</initarg>", "");
    for (int i = 0; i < 2; i++) {
        Tool tool = TOOL("run", waits);
        vt_wait(runs, host, 10000);
        kill(tool.pid, i ? SIGINT : SIGTERM);
        assert_int_equal(end_of(&tool, NULL), 128 + SIGTERM);
        vt_wait(is_gone, host, 5000);
    }
    g_autofree char *path = definition("<initarg>stubborn</initarg>", PIPES);
    Tool tool = TOOL("run", path, "--console");
    vt_read_until(tool.output, "ready\n", 10000);
    kill(tool.pid, SIGINT);
    vt_container_event(host, "domain.shutdown-requested", "");
    assert_true(runs(host));
    kill(tool.pid, SIGINT);
    assert_int_equal(end_of(&tool, NULL), 128 + SIGKILL);
    done(host);
}

static void test_name_that_is_taken(void **state)
{
    g_autofree char *said = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *path = definition("<initarg>wait</initarg>", "");
    Tool first = TOOL("run", path);
    vt_wait(runs, host, 10000);
    Tool second = TOOL("run", path);
    assert_int_equal(end_of(&second, &said), 125);
    assert_non_null(strstr(said, "there is a domain \"web\""));
    assert_true(runs(host));
    kill(first.pid, SIGTERM);
    assert_int_equal(end_of(&first, NULL), 128 + SIGTERM);
    done(host);
}

/* With --rm the container ends with the command, however that ends; without, it goes on. */
static void test_killed(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *path = definition("<initarg>wait</initarg>", "");
    for (int i = 0; i < 2; i++) {
        Tool tool = i ? TOOL("run", path) : TOOL("run", "--rm", path);
        vt_wait(runs, host, 10000);
        kill(tool.pid, SIGKILL);
        assert_int_equal(waitpid(tool.pid, NULL, 0), tool.pid);
        close(tool.output);
        if (i == 0) {
            vt_wait(is_gone, host, 5000);
            continue;
        }
        assert_true(runs(host));
        VesselDomain *domain = found(host);
        vt_destroy(domain);
        vessel_domain_unref(domain);
    }
    done(host);
}

static bool is_adopted(void *domain)
{
    return vt_container_pids(domain).warden > 0;
}

/* That events may be lost is not the end, nor is that of the console. */
static void test_warden_killed(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *path = definition("<initarg>obey</initarg><initarg>5</initarg>", "");
    for (int i = 0; i < 2; i++) {
        Tool tool = i ? TOOL("run", path) : TOOL("run", "--console", path);
        vt_wait(runs, host, 10000);
        VesselDomain *domain = found(host);
        vt_container_await(domain, "ready");
        pid_t program = vt_container_program(domain);
        vt_container_kill_warden(domain);
        vt_wait(is_adopted, domain, 10000);
        assert_int_equal(kill(program, SIGUSR1), 0);
        g_autofree char *said = NULL;
        if (end_of(&tool, &said) != 5)
            fail_msg("it did not end by 5: %s", said);
        vessel_domain_unref(domain);
        vt_wait(is_gone, host, 5000);
    }
    done(host);
}

/* Its warden stands still: the second signal is heard all the same, and the end has its status. */
static void test_warden_stands_still(void **state)
{
    (void)state;
    VesselHost *host = vt_container_host();
    g_autofree char *path = definition("<initarg>stubborn</initarg>", "");
    Tool tool = TOOL("run", path);
    vt_wait(runs, host, 10000);
    VesselDomain *domain = found(host);
    pid_t warden = vt_container_pids(domain).warden;
    assert_int_equal(kill(warden, SIGSTOP), 0);
    kill(tool.pid, SIGTERM);
    vt_read_until(tool.output, "the warden has not answered", 15000);
    kill(tool.pid, SIGTERM);
    assert_int_equal(end_of(&tool, NULL), 128 + SIGKILL);
    vt_gone(warden, 5000);
    vessel_domain_unref(domain);
    done(host);
}

/* Whoever reads the console is gone: with --rm the container goes as well. */
static void test_console_is_read_no_more(void **state)
{
    (void)state;
    g_autofree char *uri = vt_uri(vt_state());
    VesselHost *host = vt_container_host();
    g_autofree char *path = definition("<initarg>stubborn</initarg>", PIPES);
    g_autofree char *line =
        g_strdup_printf("timeout 20 '%s/vessel' -c '%s' run --rm --console '%s' | head -n 1 "
                        ">/dev/null",
                        vt_build_dir(), uri, path);
    int64_t began = vt_now_us();
    assert_int_equal(system(line), 0);
    assert_true(vt_now_us() - began < 19 * (int64_t)G_USEC_PER_SEC);
    done(host);
}

/* Who reads no more, or cannot be written to, is not written to until the container ends. */
static void test_log_is_read_no_more(void **state)
{
    (void)state;
    g_autofree char *uri = vt_uri(vt_state()), *file = vt_path("status"), *status = NULL;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>wait</initarg>", "");
    g_autofree char *follow =
        g_strdup_printf("timeout 20 '%s/vessel' -c '%s' log web --follow", vt_build_dir(), uri);
    g_autofree char *head =
        g_strdup_printf("{ %s; echo $? >'%s'; } | head -n 1 >/dev/null", follow, file);
    g_autofree char *full = g_strconcat(follow, " >/dev/full", NULL);
    assert_int_equal(system(head), 0);
    assert_true(g_file_get_contents(file, &status, NULL, NULL));
    assert_true(atoi(status) == 128 + SIGPIPE || atoi(status) == 1); /* 1: it is ignored here */
    int ended = system(full);
    assert_true(WIFEXITED(ended) && WEXITSTATUS(ended) == 1);
    vt_container_done(host, domain);
}

/* To the end of the container, and no longer; of one that does not run what there is. */
static void test_log_follows(void **state)
{
    g_autofree char *said = NULL, *again = NULL;
    (void)state;
    VesselHost *host = vt_container_host();
    VesselDomain *domain = vt_container_begin(host, "<initarg>wait</initarg>", "");
    Tool tool = TOOL("log", "--follow", "web");
    vt_read_until(tool.output, "running (booted)", 10000);
    vt_destroy(domain);
    assert_int_equal(end_of(&tool, &said), 0);
    assert_non_null(strstr(said, "shut off (destroyed)"));
    tool = TOOL("log", "--follow", "web");
    assert_int_equal(end_of(&tool, &again), 0);
    assert_non_null(strstr(again, "shut off (destroyed)"));
    vt_container_done(host, domain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_status_of_none),
        cmocka_unit_test(test_output),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_name_that_is_taken),
        cmocka_unit_test(test_log_follows),
        cmocka_unit_test(test_warden_killed),
        cmocka_unit_test(test_warden_stands_still),
        cmocka_unit_test(test_console_is_read_no_more),
        cmocka_unit_test(test_log_is_read_no_more),
    };
    return vt_main(tests);
}
