/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/program.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;

/* ---- the program's side ---- */

const char *vt_program_root;
static int report = -1;

void vt_wrong(int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    dprintf(report, "line %d: %s\n", line, text);
    _exit(1);
}

void vt_check_error(int line, const char *what, VesselError *err)
{
    if (err)
        vt_wrong(line, "%s: %s: %s", what, vessel_error_code_name(vessel_error_code(err)),
                 vt_text(err));
}

void vt_program_main(int argc, char **argv, const VtProgram *programs, size_t count)
{
    if (argc != 5)
        return;
    vt_program_root = argv[2];
    report = atoi(argv[4]);
    fcntl(report, F_SETFD, FD_CLOEXEC);
    setenv("VESSEL_HELPER_DIR", argv[3], 1);
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(argv[1], programs[i].name)) {
            programs[i].run();
            _exit(0);
        }
    }
    _exit(2);
}

void vt_limit_descriptors(size_t limit)
{
    struct rlimit both = {limit, limit}, old;
    getrlimit(RLIMIT_NOFILE, &old);
    both.rlim_max = old.rlim_max;
    setrlimit(RLIMIT_NOFILE, &both);
}

VesselHost *vt_program_open(const char *dir)
{
    VesselHost *host = NULL;
    g_autofree char *uri = vt_uri(dir);
    GOOD(vessel_host_open(uri, NULL, &host, &err));
    return host;
}

VesselDomain *vt_program_define(VesselHost *host, const char *name)
{
    VesselDomain *domain = NULL;
    g_autofree char *xml = vt_idle_xml(name, NULL);
    GOOD(vessel_domain_define(host, xml, NULL, &domain, &err));
    return domain;
}

void vt_program_start(VesselDomain *domain)
{
    GOOD(vessel_domain_start(domain, NULL, NULL, &err));
    int state = vessel_domain_state(domain, NULL, NULL);
    CHECK(state == VESSEL_DOMAIN_RUNNING, "a started guest is %s", vessel_domain_state_name(state));
}

void vt_program_finish(VesselDomain *domain)
{
    GOOD(vessel_domain_destroy(domain, NULL, &err));
    int state = vessel_domain_state(domain, NULL, NULL);
    CHECK(state == VESSEL_DOMAIN_SHUT_OFF, "a destroyed guest is %s",
          vessel_domain_state_name(state));
    GOOD(vessel_domain_undefine(domain, NULL, &err));
    vessel_domain_unref(domain);
}

int vt_count_entries(const char *path)
{
    int count = 0;
    GDir *dir = g_dir_open(path, 0, NULL);
    while (dir && g_dir_read_name(dir))
        count++;
    if (dir)
        g_dir_close(dir);
    return count;
}

int vt_thread_count(void)
{
    return vt_count_entries("/proc/self/task");
}

/* All that belongs to the process as a whole, in words. */
static char *settings(void)
{
    g_autofree char *status = NULL, *limits = NULL, *cwd = g_get_current_dir();
    g_autofree char *environment = environ ? g_strjoinv("\n", environ) : g_strdup("none");
    int subreaper = 0, dead = 0;
    mode_t mask = umask(0);
    umask(mask);
    GString *text = g_string_new(NULL);
    g_file_get_contents("/proc/self/status", &status, NULL, NULL);
    g_file_get_contents("/proc/self/limits", &limits, NULL, NULL);
    g_auto(GStrv) lines = g_strsplit(status, "\n", -1);
    for (char **line = lines; *line; line++)
        if ((g_str_has_prefix(*line, "Sig") && !g_str_has_prefix(*line, "SigQ")) ||
            g_str_has_prefix(*line, "Cap") || g_str_has_prefix(*line, "NoNewPrivs") ||
            g_str_has_prefix(*line, "Name") || g_str_has_prefix(*line, "Uid") ||
            g_str_has_prefix(*line, "Cpus_allowed:"))
            g_string_append_printf(text, "%s\n", *line);
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
    prctl(PR_GET_PDEATHSIG, &dead);
    g_string_append_printf(text, "umask %o cwd %s locale %s nice %d subreaper %d pdeathsig %d\n",
                           mask, cwd, setlocale(LC_ALL, NULL), getpriority(PRIO_PROCESS, 0),
                           subreaper, dead);
    g_string_append_printf(text, "dumpable %d sid %d pgid %d\n%s\n%s\n",
                           prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), getsid(0), getpgid(0), limits,
                           environment);
    for (int i = 1; i < NSIG; i++) {
        struct sigaction action;
        if (sigaction(i, NULL, &action) == 0)
            g_string_append_printf(text, "%d:%p:%x ", i, (void *)action.sa_handler,
                                   (unsigned)action.sa_flags);
    }
    return g_string_free(text, FALSE);
}

static void check_settings(const char *before)
{
    g_autofree char *after = settings();
    g_auto(GStrv) old = g_strsplit(before, "\n", -1), new = g_strsplit(after, "\n", -1);
    for (guint i = 0; old[i] && new[i]; i++)
        CHECK(!strcmp(old[i], new[i]), "a setting changed from \"%s\" to \"%s\"", old[i], new[i]);
    CHECK(!strcmp(before, after), "the settings changed");
}

/* A guest's whole life in this program; leaves the process as it was, descriptors and threads too.
 */
void vt_program_whole_life(void)
{
    g_autofree char *before = settings();
    int descriptors = vt_count_entries("/proc/self/fd"), thread_count = vt_thread_count();
    VesselHost *host = vt_program_open(vt_program_root);
    VesselDomain *domain = vt_program_define(host, "guest"), *found = NULL;
    GOOD(vessel_domain_lookup_by_name(host, "guest", &found, &err));
    vessel_domain_unref(found);
    CHECK(vt_thread_count() == thread_count, "%d threads before the first job", vt_thread_count());
    vt_program_start(domain);
    check_settings(before);
    vt_program_finish(domain);
    GOOD(vessel_host_close(host, &err));
    vessel_host_unref(host);
    check_settings(before);
    CHECK(vt_thread_count() == thread_count, "%d threads were left",
          vt_thread_count() - thread_count);
    int now = vt_count_entries("/proc/self/fd");
    CHECK(now == descriptors, "%d descriptors were open, now %d", descriptors, now);
}

/* ---- the test's side ---- */

static char *content(int fd)
{
    char *text = g_malloc0(16384);
    ssize_t got = pread(fd, text, 16383, 0);
    text[MAX(got, 0)] = '\0';
    return text;
}

void vt_run_program(const char *name)
{
    vessel_autofd int output = memfd_create("output", MFD_CLOEXEC);
    vessel_autofd int words = memfd_create("report", MFD_CLOEXEC);
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = dup(words); /* crosses the exec */
        g_autofree char *number = g_strdup_printf("%d", fd);
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
        execl("/proc/self/exe", "vt-program", name, vt_state(), vt_build_dir(), number, NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    g_autofree char *said = content(words), *printed = content(output);
    if (status != 0)
        fail_msg("status %x: %s%s", status, said, printed);
    if (*printed)
        fail_msg("the library wrote on the program's output: %s", printed);
    vt_nothing_left();
}
