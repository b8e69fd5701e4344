/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files into a running container and out of it. Two processes and a pipe: vessel-init joined to the
 * container at one end, vessel-init as ourselves at the other (init/copy.c). Nothing of the tree
 * comes into this program, which waits, and ends both when nothing has moved for too long. */
#include "base/depth.h"
#include "base/file.h"
#include "container/container.h"
#include "container/plan.h"
#include "kit/left-out.h"
#include "sys/process.h"
#include "sys/socket.h"
#include "sys/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#define SLICE_MS 100    /* between two looks at whether it was cancelled */
#define MESSAGES_MAX 64 /* of one side between two looks at the time */
#define TELL_MS 2000    /* for the other end to say why, or to put away what is not whole */

enum { INSIDE, LOCAL, SIDES };

typedef struct {
    int socket;
    bool done, ended;
    VesselError *error;
} Side;

typedef struct {
    VesselGuest *guest;
    const VesselCopy *copy;
    VesselContainerCopier copier;
    Side sides[SIDES];
    VesselDeadline idle;
    uint64_t files, left_out_count;
    VesselLeftOut left_out;
} Copy;

static void copy_clear(Copy *copy)
{
    for (int i = 0; i < SIDES; i++) {
        vessel__close_fd(&copy->sides[i].socket);
        g_clear_pointer(&copy->sides[i].error, vessel_error_free);
    }
    vessel__close_fd(&copy->copier.socket);
    vessel__close_fd(&copy->copier.pidfd);
    vessel__close_fd(&copy->copier.program);
    vessel__left_out_clear(&copy->left_out);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Copy, copy_clear)

/* ---- two processes and a pipe ---- */

static int start_local(Copy *copy, const char *const *words, int stream, int proc,
                       VesselError **err)
{
    const char *const argv[] = {VESSEL__CONTAINER_INIT, "copy", words[0], words[1], words[2], NULL};
    const char *const env[] = {NULL};
    const int fds[] = {stream, proc};
    VesselSpawn spawn = {.exec_fd = copy->copier.program,
                         .argv = argv,
                         .envp = env,
                         .fds = fds,
                         .fds_count = G_N_ELEMENTS(fds),
                         .cgroup_fd = -1};
    return vessel__spawn_with_socket(&spawn, &copy->sides[LOCAL].socket, err);
}

static int start(Copy *copy, VesselError **err)
{
    g_autofree char *cap = g_strdup_printf("%" G_GUINT64_FORMAT, copy->copy->max_bytes);
    const char *const inside[] = {copy->copy->in ? "receive" : "send", copy->copy->inside, cap,
                                  NULL};
    const char *const local[] = {copy->copy->in ? "send" : "receive", copy->copy->local, cap, NULL};
    vessel_autofd int proc = -1;
    int ends[2];
    int code = vessel__open_at(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0, &proc, err);
    if (code < 0)
        return code;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return vessel__fail_errno(err, errno, "a pipe");
    vessel_autofd int reads = ends[0], writes = ends[1];
    code = vessel__container_join_copier(copy->guest, inside, copy->copy->in ? reads : writes, proc,
                                         &copy->copier, err);
    copy->sides[INSIDE].socket = vessel__steal_fd(&copy->copier.socket);
    return code < 0 ? code : start_local(copy, local, copy->copy->in ? writes : reads, proc, err);
}

/* ---- what they say ---- */

static const struct {
    const char *what, *text;
    int code; /* 0: that of the errno */
} reasons[] = {
    {"open", "cannot be opened", 0},
    {"read", "cannot be read", 0},
    {"make", "cannot be made", 0},
    {"write", "cannot be written", 0},
    {"mode", "cannot be given its mode", 0},
    {"room", "is a directory, in the place of something else", VESSEL_ERROR_EXISTS},
    {"directory", "is no directory, in the place of one", VESSEL_ERROR_EXISTS},
    {"device", "is a device, which is neither replaced nor written to", VESSEL_ERROR_EXISTS},
    {"depth", "directories are nested more than " G_STRINGIFY(VESSEL__DEPTH_MAX) " deep",
     VESSEL_ERROR_INVALID_ARGUMENT},
    {"limit", "more than is allowed", VESSEL_ERROR_NO_SPACE},
    {"record", "what was sent makes no sense", VESSEL_ERROR_PROTOCOL},
};

static int explain(const Copy *copy, int side, const VesselJson *message, VesselError **err)
{
    const char *what = vessel__json_get_string(message, "what", "");
    const char *path = vessel__json_get_string(message, "path", "");
    const char *where = side == INSIDE ? " in the container" : "";
    int errnum = (int)vessel__json_get_int(message, "errno", EIO), code = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(reasons) && !code; i++)
        if (strcmp(reasons[i].what, what) == 0)
            code =
                reasons[i].code
                    ? vessel__fail(err, reasons[i].code, "%s%s: %s", path, where, reasons[i].text)
                    : vessel__fail_errno(err, errnum, "%s%s: %s", path, where, reasons[i].text);
    if (!code)
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s%s is %s, which is not copied",
                            path, where, what);
    vessel__error_at(err, path, 0, 0);
    if (strcmp(what, "limit") == 0)
        vessel__error_hint(err,
                           "the limit is %" G_GUINT64_FORMAT
                           " bytes, holes of files counted (max_bytes, --max-size)",
                           copy->copy->max_bytes);
    return code;
}

static void take_end(Copy *copy, const VesselJson *message)
{
    copy->files = MAX(copy->files, vessel__json_get_uint(message, "files", 0));
    copy->left_out_count += vessel__json_get_uint(message, "left_out_count", 0);
}

static void take_step(Copy *copy, int side, const VesselJson *message)
{
    const char *step = vessel__json_get_string(message, "step", "");
    VesselError **err = &copy->sides[side].error;
    if (*err || strcmp(step, "cut") == 0)
        return;
    if (strcmp(step, "copy") == 0)
        explain(copy, side, message, err);
    else
        vessel__container_copier_failed(copy->guest, &copy->copier, step,
                                        (int)vessel__json_get_int(message, "errno", EIO), err);
}

/* True if there was a message. */
static bool take_message(Copy *copy, int number)
{
    g_autoptr(VesselJson) message = NULL;
    Side *side = &copy->sides[number];
    size_t count = 0;
    int code = vessel__message_receive(side->socket, &message, NULL, 0, &count,
                                       vessel__deadline_after(0), NULL);
    if (code < 0) {
        side->ended |= code != VESSEL_ERROR_TIMEOUT;
        return false;
    }
    const char *left_out = vessel__json_get_string(message, "left_out", NULL);
    if (left_out)
        vessel__left_out_add(&copy->left_out, left_out);
    if (vessel__json_get(message, "moved"))
        copy->idle = vessel__deadline_after(copy->copy->idle_ms);
    if (vessel__json_get(message, "step"))
        take_step(copy, number, message);
    if (vessel__json_get(message, "done")) {
        side->done = true;
        take_end(copy, message);
    }
    return true;
}

/* Waits a moment for either side to say something. */
static void listen_to(Copy *copy, int wait_ms)
{
    struct pollfd fds[SIDES];
    for (int i = 0; i < SIDES; i++)
        fds[i] = (struct pollfd){.fd = copy->sides[i].ended ? -1 : copy->sides[i].socket,
                                 .events = POLLIN};
    if (poll(fds, SIDES, wait_ms) <= 0)
        return;
    for (int i = 0; i < SIDES; i++)
        for (int n = 0; fds[i].revents && n < MESSAGES_MAX && take_message(copy, i); n++)
            ;
}

/* ---- the end ---- */

static bool is_over(const Copy *copy)
{
    const Side *sides = copy->sides;
    return (sides[INSIDE].ended || sides[INSIDE].done) && (sides[LOCAL].ended || sides[LOCAL].done);
}

static bool has_failed(const Copy *copy)
{
    for (int i = 0; i < SIDES; i++)
        if (copy->sides[i].error || (copy->sides[i].ended && !copy->sides[i].done))
            return true;
    return false;
}

/* The one that sends goes first, so that the other sees the end of what it gets and removes a file
 * that is not whole. */
static void stop(Copy *copy)
{
    int sender = copy->copy->in ? LOCAL : INSIDE, receiver = copy->copy->in ? INSIDE : LOCAL;
    VesselDeadline deadline = vessel__deadline_after(TELL_MS);
    vessel__close_fd(&copy->sides[sender].socket);
    copy->sides[sender].ended = true;
    while (!copy->sides[receiver].ended && copy->sides[receiver].socket >= 0 &&
           !vessel__deadline_passed(deadline))
        listen_to(copy, SLICE_MS);
}

static int too_late(const Copy *copy, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_TIMEOUT, "the copy did not end in time");
    vessel__error_hint(err, "a file system %s may not answer, or the container was suspended",
                       copy->copy->in ? "here or in it" : "in the container");
    return VESSEL_ERROR_TIMEOUT;
}

static int await(Copy *copy, VesselError **err)
{
    const VesselOperation *operation = copy->guest->operation;
    while (!is_over(copy) && !has_failed(copy)) {
        if (operation->cancelled && operation->cancelled(operation->data))
            return vessel__fail(err, VESSEL_ERROR_CANCELLED, "the copy was cancelled");
        if (vessel__deadline_passed(operation->deadline) || vessel__deadline_passed(copy->idle))
            return too_late(copy, err);
        listen_to(copy, SLICE_MS);
    }
    /* One that was cut short knows less than the other. */
    VesselDeadline deadline = vessel__deadline_after(TELL_MS);
    while (!is_over(copy) && !copy->sides[INSIDE].error && !copy->sides[LOCAL].error &&
           !vessel__deadline_passed(deadline))
        listen_to(copy, SLICE_MS);
    return 0;
}

static int conclude(Copy *copy, VesselError **err)
{
    for (int i = 0; i < SIDES; i++)
        if (copy->sides[i].error)
            return vessel__error_steal(err, g_steal_pointer(&copy->sides[i].error));
    if (copy->sides[INSIDE].done && copy->sides[LOCAL].done)
        return 0;
    if (vessel__pidfd_dead(copy->copier.pidfd))
        return vessel__container_copier_failed(copy->guest, &copy->copier, "", ESRCH, err);
    return vessel__fail(err, VESSEL_ERROR_IO, "what copied was killed%s",
                        copy->sides[LOCAL].done ? " in the container" : "");
}

int vessel__container_copy(VesselGuest *guest, const VesselCopy *what, char **notes,
                           VesselError **err)
{
    g_auto(Copy) copy = {.guest = guest,
                         .copy = what,
                         .copier = {-1, -1, -1},
                         .sides = {{.socket = -1}, {.socket = -1}},
                         .idle = vessel__deadline_after(what->idle_ms)};
    int code = start(&copy, err);
    if (code == 0)
        code = await(&copy, err);
    if (code < 0 || has_failed(&copy))
        stop(&copy);
    if (code == 0)
        code = conclude(&copy, err);
    if (code == 0)
        *notes = vessel__left_out_note(&copy.left_out, copy.files, copy.left_out_count);
    return code;
}
