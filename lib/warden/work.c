/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may take the kernel its time, in a process of its own, since the loop waits for nothing: a
 * copy of the warden that has of its descriptors the log alone. It ends with its warden, and can be
 * killed as long as the kernel lets it. */
#include "warden/warden.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NAME "vessel-work"

struct VesselWork {
    pid_t pid;
    int pidfd, word;
    VesselWatch *watch;
    VesselWorkDone done;
    void *data;
};

/* ---- in that process ---- */

enum { WORD = 3, LOG, END };

/* As long as one of the warden's is open anywhere its locks are held, its clients wait, and a
 * terminal has not hung up. */
static int shed(VesselWarden *warden, int word, VesselError **err)
{
    int log = fcntl(vessel__domainlog_fd(warden->log), F_DUPFD_CLOEXEC, END);
    word = fcntl(word, F_DUPFD_CLOEXEC, END);
    bool logs = dup3(log, LOG, O_CLOEXEC) == LOG;
    if (dup3(word, WORD, O_CLOEXEC) != WORD ||
        syscall(SYS_close_range, logs ? END : LOG, ~0U, 0) < 0)
        return vessel__fail_errno(err, errno, "the descriptors of %s", NAME);
    warden->log = vessel__domainlog_new(logs ? LOG : -1);
    return 0;
}

/* Opened anew, and not to be removed meanwhile. */
static int take_groups(VesselWarden *warden, VesselError **err)
{
    g_autoptr(VesselJson) all = warden->cgroup ? vessel__cgroup_to_json(warden->cgroup) : NULL;
    g_autoptr(VesselJson) own =
        warden->guest_cgroup ? vessel__cgroup_to_json(warden->guest_cgroup) : NULL;
    int code = all ? vessel__cgroup_open(all, &warden->cgroup, err) : 0;
    if (code == 0 && all)
        code = vessel__cgroup_hold(warden->cgroup, err);
    if (code == 0 && own)
        code = vessel__cgroup_open(own, &warden->guest_cgroup, err);
    return code;
}

static G_GNUC_NORETURN void work(VesselWarden *warden, pid_t parent, int word, VesselWorkFn run,
                                 const VesselJson *what)
{
    VesselError *err = NULL;
    VesselJson *message = vessel__json_new_object();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, NAME);
    if (getppid() != parent)
        _exit(1);
    int code = shed(warden, word, &err);
    if (code == 0)
        code = take_groups(warden, &err);
    if (code == 0)
        code = run(warden, what, &err);
    if (code < 0)
        vessel__json_set(message, "error", vessel__error_to_json(err));
    vessel__message_send(WORD, message, NULL, 0, vessel__deadline_after(0), NULL);
    _exit(0);
}

/* ---- in the warden ---- */

static VesselError *read_word(const VesselWork *work)
{
    g_autoptr(VesselJson) message = NULL;
    VesselError *err = NULL;
    size_t count = 0;
    int code = vessel__message_receive(work->word, &message, NULL, 0, &count,
                                       vessel__deadline_after(0), NULL);
    const VesselJson *error = vessel__json_get(message, "error");
    if (code == 0)
        return error ? vessel__error_from_json(error) : NULL;
    vessel__fail(&err, VESSEL_ERROR_IO, "the process that was at it (%s, pid %d) was killed", NAME,
                 work->pid);
    vessel__error_retryable(&err, true);
    return err;
}

/* It is over, not only about to be. */
static void ended(void *data, short revents)
{
    VesselWork *work = data;
    siginfo_t info;
    (void)revents;
    VesselWorkDone done = work->done;
    void *whose = work->data;
    VesselError *err = read_word(work);
    waitid(P_PIDFD, (id_t)work->pidfd, &info, WEXITED | WNOHANG);
    vessel__work_free(work);
    done(whose, err);
}

int vessel__work_new(VesselWarden *warden, VesselWorkFn run, const VesselJson *what,
                     VesselWorkDone done, void *data, VesselWork **made, VesselError **err)
{
    int ends[2];
    int code = vessel__socket_pair(SOCK_SEQPACKET, ends, err);
    if (code < 0)
        return code;
    pid_t warden_pid = getpid(), pid = fork();
    if (pid == 0)
        work(warden, warden_pid, ends[1], run, what);
    int errnum = errno;
    close(ends[1]);
    int pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) {
        errnum = pid < 0 ? errnum : errno;
        close(ends[0]); /* one that is there all the same tells nobody */
        return vessel__fail_errno(err, errnum, "a process for what takes time");
    }
    VesselWork *work = g_new0(VesselWork, 1);
    *work = (VesselWork){.pid = pid, .pidfd = pidfd, .word = ends[0], .done = done, .data = data};
    work->watch = vessel__watch_new(warden->loop, pidfd, POLLIN, ended, work);
    *made = work;
    return 0;
}

pid_t vessel__work_pid(const VesselWork *work)
{
    return work ? work->pid : 0;
}

void vessel__work_kill(VesselWork *work)
{
    if (work)
        vessel__pidfd_signal(work->pidfd, SIGKILL, NULL);
}

void vessel__work_free(VesselWork *work)
{
    if (!work)
        return;
    vessel__watch_free(work->watch);
    vessel__close_fd(&work->pidfd);
    vessel__close_fd(&work->word);
    g_free(work);
}
