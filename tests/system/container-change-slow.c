/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A limit that the kernel takes its time for, as it does for a smaller one of memory on a slow
 * disk: here its file is a FIFO. The container is looked at and destroyed meanwhile, and a deadline
 * is one. */
#include "tests/lib/container.h"
#include "tests/lib/inside.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define OLD "67108864"
#define NEW "33554432"
#define LONG_MS 30000
#define SHORT_MS 1500
#define SOON_US (5 * G_USEC_PER_SEC) /* far below LONG_MS */

static char *text_with(const char *mib)
{
    g_autofree char *root = vt_container_root("rootfs");
    g_autofree char *body =
        vt_container_body(root, "<initarg>obey</initarg><initarg>0</initarg>", "");
    return g_strdup_printf("<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>"
                           "<name>web</name><memory unit='MiB'>%s</memory>%s"
                           "<on_crash>restart</on_crash></domain>",
                           mib, body);
}

/* ---- what is slow ---- */

typedef struct {
    VesselHost *host;
    VesselDomain *domain;
    char *file; /* of the limit */
    char *fifo;
    pid_t changer;
    pid_t worker; /* of the warden's, that was seen last */
} Slow;

static void begin(Slow *slow)
{
    VesselError *err = NULL;
    vt_need_root();
    *slow = (Slow){.host = vt_container_host(), .fifo = vt_path("fifo")}; /* in private mounts */
    g_autofree char *text = text_with("64");
    slow->domain = vt_define_xml(slow->host, text);
    vessel_domain_start(slow->domain, NULL, NULL, &err);
    if (vessel_error_code(err) == VESSEL_ERROR_UNSUPPORTED)
        vt_skip("%s", vessel_error_message(err));
    vt_no_error(err);
    slow->file = vt_container_group_path(slow->domain, "memory", "memory.limit_in_bytes");
    if (!slow->file)
        slow->file = vt_container_group_path(slow->domain, NULL, "memory.max");
    assert_non_null(slow->file);
    assert_int_equal(mkfifo(slow->fifo, 0600), 0);
    assert_int_equal(mount(slow->fifo, slow->file, NULL, MS_BIND, NULL), 0);
}

static void as_usual(Slow *slow)
{
    assert_int_equal(umount2(slow->file, MNT_DETACH), 0);
}

static void memory_is(Slow *slow, const char *bytes)
{
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(slow->file, &text, NULL, NULL));
    assert_string_equal(g_strchomp(text), bytes);
}

/* Whoever writes may go on, and has written that. */
static void let_write(Slow *slow, const char *bytes)
{
    char text[64];
    vessel_autofd int fd = open(slow->fifo, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, text, sizeof text);
    assert_int_equal(length, strlen(bytes));
    assert_memory_equal(text, bytes, strlen(bytes));
}

static void change_to_less(Slow *slow, int64_t timeout_ms)
{
    fflush(NULL);
    slow->changer = fork();
    if (slow->changer != 0)
        return;
    VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
    g_autofree char *text = text_with("32");
    VesselHost *host = vt_open();
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    options.timeout_ms = timeout_ms;
    options.flags = VESSEL_DOMAIN_AFFECT_LIVE;
    vessel_domain_lookup_by_name(host, "web", &domain, &err);
    if (!err)
        vessel_domain_change(domain, text, &options, &err);
    if (err)
        fprintf(stderr, "# %s\n", vessel_error_message(err));
    _exit(vessel_error_code(err) ? -vessel_error_code(err) : 0);
}

static int changer_ended(Slow *slow)
{
    int status = 0;
    assert_int_equal(waitpid(slow->changer, &status, 0), slow->changer);
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

/* The warden has a process that waits for what it writes, another than the one before. */
static bool is_written(void *data)
{
    Slow *slow = data;
    VtPids pids = vt_container_pids(slow->domain);
    g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", pids.warden, pids.warden);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return false;
    g_auto(GStrv) children = g_strsplit(text, " ", -1);
    for (guint i = 0; children[i] && *children[i]; i++) {
        g_autofree char *of = g_strdup_printf("/proc/%s/comm", children[i]), *comm = NULL;
        pid_t pid = atoi(children[i]);
        if (g_file_get_contents(of, &comm, NULL, NULL) && strcmp(comm, "vessel-work\n") == 0 &&
            vt_process_state(pid) == 'S' && pid != slow->worker) {
            slow->worker = pid;
            return true;
        }
    }
    return false;
}

static void end(Slow *slow)
{
    vt_container_done(slow->host, slow->domain);
    g_free(slow->file);
    g_free(slow->fifo);
}

/* ---- meanwhile ---- */

static void look_at_it(Slow *slow)
{
    VesselStats *stats = NULL;
    VesselError *err = NULL;
    int64_t began = vt_now_us();
    vessel_domain_stats(slow->domain, NULL, &stats, &err);
    vt_no_error(err);
    assert_true(vessel_stats_find(stats, "balloon.rss") >= 0);
    vessel_stats_free(stats);
    vt_expect_state(slow->domain, VESSEL_DOMAIN_RUNNING, NULL);
    assert_true(vt_now_us() - began < SOON_US);
}

static guint count_changes(Slow *slow)
{
    g_autoptr(GPtrArray) events = vt_events(slow->host);
    return vt_count_events(events, "domain.changed", NULL);
}

static void assert_not_changed(Slow *slow)
{
    VesselError *err = NULL;
    char *xml = NULL;
    g_autofree char *left = g_strdup_printf("%s/run/domains/%s/change.json", vt_state(),
                                            vessel_domain_get_uuid(slow->domain));
    memory_is(slow, OLD);
    vessel_domain_xml(slow->domain, 0, &xml, &err);
    vt_no_error(err);
    assert_non_null(strstr(xml, "<memory unit='KiB'>65536</memory>"));
    vessel_free(xml);
    assert_int_equal(count_changes(slow), 0);
    assert_int_equal(access(left, F_OK), -1);
}

static void test_made_in_the_end(void **state)
{
    (void)state;
    Slow slow;
    begin(&slow);
    change_to_less(&slow, LONG_MS);
    vt_wait(is_written, &slow, 10000);
    look_at_it(&slow);
    let_write(&slow, NEW);
    assert_int_equal(changer_ended(&slow), 0);
    as_usual(&slow);
    assert_int_equal(count_changes(&slow), 1);
    look_at_it(&slow);
    end(&slow);
}

static void test_destroyed(void **state)
{
    (void)state;
    Slow slow;
    begin(&slow);
    change_to_less(&slow, LONG_MS);
    vt_wait(is_written, &slow, 10000);
    int64_t began = vt_now_us();
    vt_destroy(slow.domain);
    assert_true(vt_now_us() - began < SOON_US);
    assert_int_equal(changer_ended(&slow), VESSEL_ERROR_WRONG_STATE);
    g_autofree char *group = g_path_get_dirname(slow.file);
    assert_int_equal(access(group, F_OK), -1);
    end(&slow);
}

/* Who asked is told in time, and nothing is changed. */
static void test_too_late(void **state)
{
    (void)state;
    Slow slow;
    begin(&slow);
    change_to_less(&slow, SHORT_MS * 4); /* with time to take it back */
    vt_wait(is_written, &slow, 10000);
    as_usual(&slow); /* a higher limit takes no time */
    assert_int_equal(changer_ended(&slow), VESSEL_ERROR_TIMEOUT);
    assert_not_changed(&slow);
    end(&slow);
}

/* By an administrator, or for want of memory. */
static void test_worker_killed(void **state)
{
    (void)state;
    Slow slow;
    begin(&slow);
    change_to_less(&slow, LONG_MS);
    vt_wait(is_written, &slow, 10000);
    as_usual(&slow);
    assert_int_equal(kill(slow.worker, SIGKILL), 0);
    assert_int_equal(changer_ended(&slow), VESSEL_ERROR_IO);
    assert_not_changed(&slow);
    end(&slow);
}

static bool is_as_it_was(void *data)
{
    Slow *slow = data;
    g_autofree char *left = g_strdup_printf("%s/run/domains/%s/change.json", vt_state(),
                                            vessel_domain_get_uuid(slow->domain));
    return access(left, F_OK) < 0;
}

/* Taking it back takes its time as well: that goes on, and how it ended is an event. */
static void test_not_taken_back_in_time(void **state)
{
    (void)state;
    Slow slow;
    begin(&slow);
    change_to_less(&slow, SHORT_MS);
    vt_wait(is_written, &slow, 10000);
    vt_wait(is_written, &slow, 10000); /* the old one */
    assert_int_equal(changer_ended(&slow), VESSEL_ERROR_OUTCOME_UNKNOWN);
    look_at_it(&slow);
    let_write(&slow, OLD);
    vt_wait(is_as_it_was, &slow, 10000);
    as_usual(&slow);
    vt_container_event(slow.host, "job.ended", "in time");
    assert_not_changed(&slow);
    end(&slow);
}

/* Its adopter takes it back; who wants to change something comes after that, or not in time. */
static void test_warden_killed(void **state)
{
    (void)state;
    VesselError *err = NULL;
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    Slow slow;
    begin(&slow);
    change_to_less(&slow, LONG_MS);
    vt_wait(is_written, &slow, 10000);
    vt_container_kill_warden(slow.domain);
    assert_int_equal(changer_ended(&slow), VESSEL_ERROR_OUTCOME_UNKNOWN);
    look_at_it(&slow);
    vt_wait(is_written, &slow, 10000);
    look_at_it(&slow);
    options.timeout_ms = SHORT_MS;
    vessel_domain_suspend(slow.domain, &options, &err);
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    let_write(&slow, OLD);
    vessel_domain_suspend(slow.domain, NULL, &err); /* waits if it is not over yet */
    vt_no_error(err);
    as_usual(&slow);
    assert_not_changed(&slow);
    end(&slow);
}

/* The next life has one value or the other, and is not begun between the two. */
static void test_restarted(void **state)
{
    (void)state;
    Slow slow;
    begin(&slow);
    change_to_less(&slow, LONG_MS);
    vt_wait(is_written, &slow, 10000);
    VtLives lives = vt_container_lives(slow.host);
    VtPids pids = vt_container_pids(slow.domain);
    as_usual(&slow);
    assert_int_equal(kill(pids.guest, SIGKILL), 0);
    vt_gone(pids.guest, 5000);
    assert_false(vt_container_lives_again(&lives));
    let_write(&slow, NEW);
    assert_int_equal(changer_ended(&slow), 0);
    vt_wait(vt_container_lives_again, &lives, 10000);
    memory_is(&slow, NEW); /* the plan's */
    end(&slow);
}

static bool is_mounted(void *file)
{
    g_autofree char *text = NULL, *line = g_strdup_printf(" %s ", (char *)file);
    assert_true(g_file_get_contents("/proc/self/mountinfo", &text, NULL, NULL));
    return strstr(text, line) != NULL;
}

static guint said_in_log(const char *text)
{
    g_autofree char *path = g_strdup_printf("%s/log/web.log", vt_state()), *log = NULL;
    assert_true(g_file_get_contents(path, &log, NULL, NULL));
    g_auto(GStrv) parts = g_strsplit(log, text, -1);
    return g_strv_length(parts) - 1;
}

/* Who writes cannot even be killed, as with a disk that is gone. */
static void test_worker_outlives_it(void **state)
{
    (void)state;
    Slow slow;
    if (access("/dev/fuse", R_OK | W_OK) < 0)
        vt_skip("/dev/fuse: %s", g_strerror(errno));
    begin(&slow);
    as_usual(&slow);
    fflush(NULL);
    pid_t server = fork();
    if (server == 0)
        _exit(serve_nothing(slow.file));
    vt_wait(is_mounted, slow.file, 10000);
    change_to_less(&slow, SHORT_MS);
    vt_wait(is_written, &slow, 10000);
    assert_int_equal(changer_ended(&slow), VESSEL_ERROR_OUTCOME_UNKNOWN);
    look_at_it(&slow);
    VtPids pids = vt_container_pids(slow.domain);
    int64_t began = vt_now_us();
    vt_destroy(slow.domain);
    assert_true(vt_now_us() - began < SOON_US);
    vt_gone(pids.warden, 5000);
    g_autofree char *group = g_path_get_dirname(slow.file);
    assert_int_equal(access(group, F_OK), 0); /* nobody tries to remove it, and hangs */
    assert_int_equal(said_in_log("the control group stays"), 1);
    assert_int_equal(kill(slow.worker, 0), 0);
    assert_int_equal(kill(server, SIGKILL), 0);
    assert_int_equal(waitpid(server, NULL, 0), server);
    vt_gone(slow.worker, 10000);
    vt_start(slow.domain);
    assert_int_equal(access(group, F_OK), -1);
    end(&slow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_in_the_end), cmocka_unit_test(test_destroyed),
        cmocka_unit_test(test_too_late),        cmocka_unit_test(test_not_taken_back_in_time),
        cmocka_unit_test(test_warden_killed),   cmocka_unit_test(test_restarted),
        cmocka_unit_test(test_worker_killed),   cmocka_unit_test(test_worker_outlives_it),
    };
    return vt_main(tests);
}
