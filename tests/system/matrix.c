/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/system/matrix.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

const char *const matrix_words[] = {"define",   "undefine", "rename", "live rename", "start",
                                    "shutdown", "destroy",  "exec",   "change"};
static const char *const victims[] = {"program", "warden", "guest", "joiner", "joined process"};
Shared *shared;
int shared_fd = -1;
MatrixKind matrix_kind;

/* ---- the victim ---- */

static int execute(VesselDomain *domain, VesselError **err)
{
    static const char *const argv[] = {"/inside", "wait", NULL};
    VesselExec *exec = NULL;
    int code = vessel_domain_exec(domain, argv, NULL, &exec, err);
    vessel_exec_unref(exec);
    return code;
}

static int operate(Operation operation, VesselHost *host, VesselDomain *domain, const char *xml,
                   VesselError **err)
{
    VesselDomain *defined = NULL;
    int code = 0;
    switch (operation) {
    case DEFINE:
        code = vessel_domain_define(host, xml, NULL, &defined, err);
        vessel_domain_unref(defined);
        return code;
    case UNDEFINE:
        return vessel_domain_undefine(domain, NULL, err);
    case RENAME:
    case RENAME_LIVE:
        return vessel_domain_rename(domain, OTHER, NULL, err);
    case START:
        return vessel_domain_start(domain, NULL, NULL, err);
    case SHUTDOWN:
        return vessel_domain_shutdown(domain, NULL, err);
    case DESTROY:
        return vessel_domain_destroy(domain, NULL, err);
    case EXEC:
        return execute(domain, err);
    case CHANGE:
        return vessel_domain_change(domain, xml, NULL, err);
    }
    return VESSEL_ERROR_BUG;
}

bool matrix_is_victim(int argc, char **argv)
{
    return argc == 7 && strcmp(argv[1], "victim") == 0;
}

/* Opens the root, stops, and does it when told to go on. A process of its own by exec, so that
 * nothing of the test's memory is in it. */
int matrix_victim_main(char **argv)
{
    Operation operation = (Operation)atoi(argv[2]);
    VesselHost *host = NULL;
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, atoi(argv[4]), 0);
    setenv("VESSEL_HELPER_DIR", argv[5], 1);
    if (vessel_host_open(argv[3], NULL, &host, &err) < 0 ||
        (operation != DEFINE && vessel_domain_lookup_by_name(host, NAME, &domain, &err) < 0)) {
        fprintf(stderr, "victim: %s\n", vt_text(err));
        return 3;
    }
    raise(SIGSTOP);
    shared->code = operate(operation, host, domain, argv[6], &err);
    shared->returned = 1;
    if (shared->code < 0)
        fprintf(stderr, "victim: %s: %s\n", matrix_words[operation], vt_text(err));
    raise(SIGSTOP);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    return 0;
}

void matrix_share(void)
{
    shared_fd = memfd_create("shared", MFD_CLOEXEC);
    assert_int_equal(ftruncate(shared_fd, sizeof *shared), 0);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, shared_fd, 0);
    assert_true(shared != MAP_FAILED);
}

pid_t matrix_start_victim(Operation operation)
{
    int status = 0;
    g_autofree char *uri = vt_uri(vt_state()), *number = g_strdup_printf("%d", operation);
    g_autofree char *xml = operation == CHANGE ? matrix_kind.changed(NAME) : matrix_kind.xml(NAME);
    memset(shared, 0, offsetof(Shared, namespaces));
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        g_autofree char *fd = g_strdup_printf("%d", dup(shared_fd));
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl("/proc/self/exe", "vt-victim", "victim", number, uri, fd, vt_build_dir(), xml, NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    if (!WIFSTOPPED(status))
        fail_msg("the victim ended early: %x", status);
    return pid;
}

/* ---- the tracer: a child, so that its end lets go of everything it traced ---- */

static bool is_warden(pid_t pid)
{
    char name[32] = "", path[64];
    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool yes = fgets(name, sizeof name, file) && !strncmp(name, "vessel-warden", 13);
    fclose(file);
    return yes;
}

/* And no thread of one. */
static bool is_process(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)pid), *text = NULL;
    g_autofree char *mark = g_strdup_printf("\nTgid:\t%d\n", (int)pid);
    return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, mark);
}

#define SEEN_MAX 64

typedef struct {
    pid_t victim; /* the program */
    pid_t target; /* whose steps are counted; 0: the @nth of those to which @is_it applies */
    bool (*is_it)(pid_t pid);
    unsigned nth; /* from 0 */
    pid_t dies;   /* 0: the target */
    long at;      /* at which of the target's system calls */
    bool hold;    /* nobody dies, the target is kept there */
    long count;
    bool entering;
    pid_t seen[SEEN_MAX]; /* all that were followed beside the program */
    bool alike[SEEN_MAX]; /* @is_it applied */
    size_t seen_count;
} Trace;

/* What a warden clones is like it until it executes something, and a process may become one. */
static void look_at(Trace *trace, pid_t pid)
{
    size_t i = 0, before = 0;
    while (i < trace->seen_count && trace->seen[i] != pid)
        before += trace->alike[i++];
    if (i == SEEN_MAX)
        return;
    trace->seen_count = MAX(trace->seen_count, i + 1);
    trace->seen[i] = pid;
    if (trace->target || trace->alike[i] || !trace->is_it(pid))
        return;
    trace->alike[i] = true;
    if (before == trace->nth)
        trace->target = pid;
}

static void note_namespaces(const Trace *trace)
{
    for (size_t i = 0; i < trace->seen_count; i++)
        vt_namespaces_note(&shared->namespaces, trace->seen[i]);
}

static void end_target(Trace *trace)
{
    shared->reached = 1;
    while (trace->hold)
        pause();
    note_namespaces(trace);
    kill(trace->dies ? trace->dies : trace->target, SIGKILL);
    note_namespaces(trace); /* whoever was at it meanwhile */
    shared->killed = 1;
    shared->calls = trace->count;
}

/* A stop of @pid. Returns true when the tracer has nothing more to do. */
static bool handle_stop(Trace *trace, pid_t pid, int status)
{
    int signal_number = WSTOPSIG(status), event = status >> 16;
    if (pid != trace->victim)
        look_at(trace, pid);
    bool is_target = pid == trace->target;
    if (is_target && signal_number == (SIGTRAP | 0x80)) {
        trace->entering = !trace->entering;
        if (trace->entering && ++trace->count >= trace->at) {
            end_target(trace);
            return true;
        }
    }
    if (pid == trace->victim && shared->returned && signal_number == SIGSTOP) {
        shared->calls = trace->count;
        return true; /* it came to its end */
    }
    int deliver = event || signal_number == SIGTRAP || signal_number == (SIGTRAP | 0x80) ||
                          signal_number == SIGSTOP
                      ? 0
                      : signal_number;
    ptrace(is_target ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, deliver);
    return false;
}

/* How it ends: 0 reached or over, 1 this host does not let us trace; too late: SIGALRM. */
static int tracer_main(Trace *trace, bool follow)
{
    long options = PTRACE_O_TRACESYSGOOD;
    alarm(20);
    if (follow)
        options |=
            PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXEC;
    if (ptrace(PTRACE_SEIZE, trace->victim, 0, options) < 0)
        return 1;
    if (trace->target && trace->target != trace->victim &&
        (ptrace(PTRACE_SEIZE, trace->target, 0, options) < 0 ||
         ptrace(PTRACE_INTERRUPT, trace->target, 0, 0) < 0))
        return 1;
    kill(trace->victim, SIGCONT);
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid < 0)
            return 0;
        if (WIFSTOPPED(status) && handle_stop(trace, pid, status))
            return 0;
        if (!WIFSTOPPED(status) && pid == trace->victim) {
            shared->calls = trace->count;
            return 0;
        }
    }
}

static pid_t start_tracer(const Trace *plan, bool follow)
{
    fflush(NULL);
    pid_t tracer = fork();
    if (tracer == 0) {
        Trace trace = *plan;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(tracer_main(&trace, follow));
    }
    return tracer;
}

pid_t matrix_start_holder(pid_t victim, long at)
{
    const Trace trace = {.victim = victim, .target = victim, .hold = true, .at = at};
    return start_tracer(&trace, false);
}

/* False when the call was over before. */
static bool kill_at(const Trace *trace)
{
    int status = 0;
    pid_t tracer = start_tracer(trace, !trace->target);
    assert_int_equal(waitpid(tracer, &status, 0), tracer);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
        vt_skip("this host does not let a test trace its own programs");
    assert_int_equal(status, 0);
    return shared->killed;
}

/* ---- what must be true afterwards ---- */

VesselDomain *matrix_find(VesselHost *host, const char *name)
{
    VesselDomain *domain = NULL;
    VesselError *err = NULL;
    int code = vessel_domain_lookup_by_name(host, name, &domain, &err);
    if (code != VESSEL_ERROR_NOT_FOUND)
        vt_no_error(err);
    vessel_error_free(err);
    return domain;
}

/* Numbers grow; one event for each change; the states that are told follow each other. */
void matrix_check_events(VesselHost *host, guint defined, guint undefined, guint renamed)
{
    g_autoptr(GPtrArray) events = vt_events(host);
    uint64_t last = 0;
    bool running = false;
    guint gaps = vt_count_events(events, "host.gap", NULL);
    for (guint i = 0; i < events->len; i++) {
        const VesselEvent *event = g_ptr_array_index(events, i);
        const char *kind = vessel_event_kind(event);
        assert_true(vessel_event_number(event) > last);
        last = vessel_event_number(event);
        if (!strcmp(kind, "domain.started")) {
            if (running)
                fail_msg("started twice without an end between");
            running = true;
        } else if (!strcmp(kind, "domain.stopped") || !strcmp(kind, "domain.crashed")) {
            if (!running && !gaps)
                fail_msg("%s without a start before", kind);
            running = false;
        }
    }
    if (running)
        fail_msg("started and never stopped, and it is shut off");
    assert_int_equal(vt_count_events(events, "domain.defined", NULL), defined);
    assert_int_equal(vt_count_events(events, "domain.undefined", NULL), undefined);
    assert_int_equal(vt_count_events(events, "domain.renamed", NULL), renamed);
}

static void let_settle(VesselDomain *domain, int64_t timeout_ms)
{
    if (timeout_ms == 0)
        return;
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    options.timeout_ms = timeout_ms;
    vessel_domain_wait(domain, VESSEL_DOMAIN_SHUT_OFF, &options, NULL);
}

/* The next call on the domain works, whatever was before. */
void matrix_check_usable(VesselDomain *domain)
{
    VesselError *err = NULL;
    VesselDomainStartOptions options = VESSEL_DOMAIN_START_OPTIONS_INIT;
    options.timeout_ms = 15000;
    int state = vt_state_of(domain);
    if (state != VESSEL_DOMAIN_RUNNING && state != VESSEL_DOMAIN_SHUT_OFF &&
        state != VESSEL_DOMAIN_IN_SHUTDOWN)
        fail_msg("it is %s", vessel_domain_state_name(state));
    int code = VESSEL_ERROR_WRONG_STATE;
    /* One that runs may be about to end: its console did, with its warden. */
    for (int i = 0; i < 2 && code == VESSEL_ERROR_WRONG_STATE; i++) {
        g_clear_pointer(&err, vessel_error_free);
        if (matrix_kind.again)
            matrix_kind.again(domain);
        code = vessel_domain_start(domain, &options, NULL, &err);
        if (code == VESSEL_ERROR_WRONG_STATE)
            let_settle(domain, matrix_kind.started ? 300 : 0);
    }
    if (code != VESSEL_ERROR_WRONG_STATE)
        vt_no_error(err);
    vessel_error_free(err);
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    vt_destroy(domain);
    vt_expect_state(domain, VESSEL_DOMAIN_SHUT_OFF, "destroyed");
}

static int count_folders(void)
{
    g_autofree char *path = g_build_filename(vt_state(), "run/domains", NULL);
    GDir *dir = g_dir_open(path, 0, NULL);
    int count = 0;
    while (dir && g_dir_read_name(dir))
        count++;
    if (dir)
        g_dir_close(dir);
    return count;
}

static void check_definition(Operation operation, bool acknowledged)
{
    VesselHost *host = vt_open();
    VesselDomain *old = matrix_find(host, NAME), *renamed = matrix_find(host, OTHER);
    bool exists = old || renamed;
    if (old && renamed)
        fail_msg("it has two names");
    if (acknowledged && exists != (operation != UNDEFINE))
        fail_msg("%s was acknowledged and is lost", matrix_words[operation]);
    if (acknowledged && operation == RENAME && !renamed)
        fail_msg("the new name was acknowledged and is lost");
    if (operation != DEFINE || exists)
        matrix_check_events(host, 1, exists ? 0 : 1, renamed ? 1 : 0);
    else
        matrix_check_events(host, 0, 0, 0);
    VesselDomain *domain = old ? old : renamed ? renamed : vt_define(host, NAME);
    /* A change of it works at once: no lock is left. */
    VesselError *err = NULL;
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    options.timeout_ms = 2000;
    vessel_domain_set_autostart(domain, 1, &options, &err);
    vt_no_error(err);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    if (count_folders() != 0)
        fail_msg("%d runtime folders are left", count_folders());
}

/* Nothing is left in it of what a program that is gone brought there: process 1 and its child. It
 * is of use until its end. */
static void check_alone(VesselDomain *domain)
{
    uint64_t count = 0;
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    for (int i = 0; i < 250 && count != 2; i++) {
        VesselError *err = NULL;
        VesselStats *stats = NULL;
        vessel_domain_stats(domain, NULL, &stats, &err);
        vt_no_error(err);
        int64_t index = vessel_stats_find(stats, "x.pids.current");
        count = index < 0 ? 2 : vessel_stats_value_u64(stats, (size_t)index);
        vessel_stats_free(stats);
        g_usleep(count == 2 ? 0 : 20000);
    }
    if (count != 2)
        fail_msg("%" G_GUINT64_FORMAT " processes are in it, 2 are its own", count);
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    vt_destroy(domain);
}

/* @ends: the guest was killed. */
static void check_life(Operation operation, bool ends, bool acknowledged)
{
    VesselHost *host = vt_open();
    VesselDomain *domain = matrix_find(host, NAME);
    assert_non_null(domain);
    /* The request may have come to the warden, which goes on, or to the guest, which takes its
     * time. */
    if (operation == EXEC && ends)
        let_settle(domain, 5000);
    else if (operation == EXEC)
        check_alone(domain);
    if (operation == CHANGE)
        matrix_kind.check(domain, acknowledged);
    if (operation == DESTROY || operation == SHUTDOWN)
        let_settle(domain, operation == DESTROY ? 300 : matrix_kind.shutdown_ms);
    matrix_check_usable(domain);
    matrix_check_events(host, 1, 0, 0);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
    vt_namespaces_gone(&shared->namespaces);
    if (matrix_kind.left)
        matrix_kind.left();
}

/* What its warden wrote down. */
static bool warden_says(const char *uuid, const char *name)
{
    g_autofree char *path = g_build_filename(vt_state(), "run/domains", uuid, "state.json", NULL);
    g_autofree char *text = NULL, *part = g_strdup_printf("\"name\": \"%s\"", name);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return strstr(text, part) != NULL;
}

static bool log_exists(const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/log/%s.log", vt_state(), name);
    return access(path, F_OK) == 0;
}

/* The first look brings log and warden to the name that is stored; what happens next has it. */
static void check_live_name(bool acknowledged)
{
    VesselHost *host = vt_open();
    VesselDomain *old = matrix_find(host, NAME), *renamed = matrix_find(host, OTHER);
    assert_true(!old != !renamed && (renamed || !acknowledged));
    VesselDomain *domain = renamed ? renamed : old;
    const char *name = renamed ? OTHER : NAME, *uuid = vessel_domain_get_uuid(domain);
    vt_expect_state(domain, VESSEL_DOMAIN_RUNNING, NULL);
    if (!warden_says(uuid, name))
        fail_msg("the warden of \"%s\" has another name for it", name);
    assert_true(log_exists(name));
    assert_false(log_exists(renamed ? NAME : OTHER));
    vt_destroy(domain);
    g_autoptr(GPtrArray) events = vt_events(host);
    for (guint i = 0; i < events->len; i++)
        if (!strcmp(vessel_event_kind(events->pdata[i]), "domain.stopped"))
            assert_string_equal(vessel_event_object_name(events->pdata[i]), name);
    matrix_check_events(host, 1, 0, renamed ? 1 : 0);
    vt_undefine(domain);
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    vt_nothing_left();
}

/* ---- the sweep ---- */

/* Without what was there before, but for what is known of the hypervisor if @probed. */
static void fresh_root(bool probed)
{
    g_autofree char *cache = vt_path("cache");
    g_autofree char *command = g_strdup_printf(
        "set -e; r='%s'; c='%s'; if [ ! -d $c ] && [ -d $r/cache ]; then cp -a $r/cache $c; fi;"
        "rm -rf $r; if %s && [ -d $c ]; then mkdir -m 700 $r; cp -a $c $r/cache; fi",
        vt_state(), cache, probed ? "true" : "false");
    assert_int_equal(system(command), 0);
}

void matrix_prepare(Operation operation, bool probed)
{
    fresh_root(probed);
    if (operation == DEFINE)
        return;
    VesselHost *host = vt_open();
    g_autofree char *xml = matrix_kind.xml(NAME);
    VesselDomain *domain = vt_define_xml(host, xml);
    if (operation == RENAME_LIVE || operation >= SHUTDOWN) {
        vt_start(domain);
        if (matrix_kind.started)
            matrix_kind.started(domain);
        VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
        vt_namespaces_note(&shared->namespaces, pids.guest);
        vt_namespaces_note(&shared->namespaces, pids.warden);
    }
    vessel_domain_unref(domain);
    vessel_host_unref(host);
}

static VtPids present(void)
{
    VesselHost *host = vt_open();
    VesselDomain *domain = matrix_find(host, NAME);
    VtPids pids = vt_pids(vt_state(), vessel_domain_get_uuid(domain));
    vessel_domain_unref(domain);
    vessel_host_unref(host);
    assert_true(pids.warden > 0 && pids.guest > 0);
    return pids;
}

static void end_victim(pid_t pid, Victim who)
{
    int status = 0;
    if (!shared->killed || waitpid(pid, &status, WNOHANG) == 0) {
        /* Somebody died under it: its call comes to an end, in good time. */
        int64_t end = vt_now_us() + 10 * 1000000LL;
        kill(pid, SIGCONT);
        while (!shared->returned && vt_now_us() < end && vt_process_state(pid) != 'Z')
            g_usleep(1000);
        if (!shared->returned)
            fail_msg("the program's call does not end after the %s was killed", victims[who]);
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
}

/* Whose steps are counted, and who dies at one of them. */
static Trace plan_trace(Operation operation, Victim who, long at)
{
    Trace trace = {.at = at, .is_it = is_warden, .nth = who == GUEST};
    trace.victim = matrix_start_victim(operation);
    if (who == JOINER || who == JOINED) {
        trace.is_it = is_process;
        trace.nth = who == JOINER ? 1 : 2; /* what starts the joiner is the first */
    } else if (who == PROGRAM || operation == EXEC) {
        trace.target = trace.victim;
    } else if (operation != START) {
        trace.target = present().warden;
    }
    if (who == GUEST && operation != START)
        trace.dies = present().guest;
    if (who == WARDEN && operation == EXEC)
        trace.dies = present().warden;
    return trace;
}

/* One round; returns whether the target was killed before the call was over. */
bool matrix_round_at(Operation operation, Victim who, bool probed, long at)
{
    shared->namespaces.count = 0;
    matrix_prepare(operation, probed);
    Trace trace = plan_trace(operation, who, at);
    bool killed = kill_at(&trace);
    if (killed && who == PROGRAM) {
        int status = 0;
        assert_int_equal(waitpid(trace.victim, &status, 0), trace.victim);
    } else {
        end_victim(trace.victim, who);
    }
    if (operation == RENAME_LIVE)
        check_live_name(shared->returned && shared->code == 0);
    else if (operation <= RENAME)
        check_definition(operation, shared->returned && shared->code == 0);
    else
        check_life(operation, killed && who == GUEST, shared->returned && shared->code == 0);
    return killed;
}

void matrix_sweep(Operation operation, Victim who, bool probed)
{
    const char *only = getenv("VT_AT");     /* one step, while working on it */
    const char *shift = getenv("VT_SHIFT"); /* 0 to 1: other steps than those of every run */
    vt_need_root();
    if (matrix_kind.prepare)
        matrix_kind.prepare();
    matrix_share();
    if (only) {
        matrix_round_at(operation, who, probed, atol(only));
        return;
    }
    int64_t began = vt_now_us(), budget = matrix_kind.budget_s * (int64_t)G_USEC_PER_SEC;
    if (matrix_round_at(operation, who, probed, 1000000))
        fail_msg("it was killed all the same");
    long total = shared->calls;
    int64_t each = vt_now_us() - began;
    long rounds = MIN(total, MAX(5, budget / MAX(each, 1))), done = 0;
    assert_true(total > 5);
    for (long i = 0; i < rounds && (done < 5 || vt_now_us() - began < budget); i++, done++) {
        double place = (double)i + (shift ? g_ascii_strtod(shift, NULL) : 0);
        long at = 1 + (long)(place * (double)total / (double)rounds);
        print_message("# %s: %s killed at system call %ld of %ld\n", matrix_words[operation],
                      victims[who], at, total);
        matrix_round_at(operation, who, probed, at);
    }
    print_message("# %s: %ld of %ld steps\n", matrix_words[operation], done, total);
    assert_true(done >= MIN(total, 5));
}
