/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A console of pipes: two FIFOs in the domain's runtime folder. The program has each open for
 * reading and writing, and so have we: whoever of the two goes, the other neither hears an end nor
 * is killed for writing. What is in them when a warden is killed is read by the next. */
#include "container/engine/state.h"

#include <fcntl.h>
#include <sys/stat.h>

static const char *const names[] = {"console.in", "console.out"};

/* Its group is the container's root's, ours in a user's container: the program's user becomes its
 * owner, and we can open it again. */
static int make_one(int folder, const char *name, uid_t uid, gid_t gid, VesselError **err)
{
    unlinkat(folder, name, 0); /* of the life before, perhaps another user's */
    if (mkfifoat(folder, name, 0600) < 0)
        return vessel__fail_errno(err, errno, "%s", name);
    vessel_autofd int fd = openat(folder, name, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || (geteuid() == 0 && fchown(fd, uid, gid) < 0) || fchmod(fd, 0660) < 0)
        return vessel__fail_errno(err, errno, "%s", name);
    return 0;
}

static int open_one(int folder, const char *name, int flags, int *fd, VesselError **err)
{
    struct stat st;
    *fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags);
    if (*fd < 0 || fstat(*fd, &st) < 0)
        return vessel__fail_errno(err, errno, "%s", name);
    return S_ISFIFO(st.st_mode) ? 0
                                : vessel__fail(err, VESSEL_ERROR_CORRUPT, "%s is no FIFO", name);
}

static bool has_pipes(const ContainerEngine *engine)
{
    return vessel__json_get_bool(vessel__warden_plan(engine->warden), "pipes", false);
}

int vessel__container_take_pipes(ContainerEngine *engine, VesselError **err)
{
    VesselWarden *warden = engine->warden;
    int folder = vessel__warden_folder(warden), ends[2] = {-1, -1}, code = 0;
    if (!has_pipes(engine))
        return 0;
    for (int i = 0; i < 2 && code == 0; i++)
        code = open_one(folder, names[i], O_NONBLOCK, &ends[i], err);
    if (code == 0) {
        vessel__console_attach_pipes(
            warden, vessel__json_get_string(vessel__warden_plan(warden), "console", ""), ends[1],
            ends[0]);
        return 0;
    }
    vessel__close_fd(&ends[0]);
    vessel__close_fd(&ends[1]);
    return code;
}

int vessel__container_make_pipes(ContainerEngine *engine, uid_t uid, gid_t gid, int pipes[2],
                                 VesselError **err)
{
    int folder = vessel__warden_folder(engine->warden), code = 0;
    pipes[0] = pipes[1] = -1;
    if (!has_pipes(engine))
        return 0;
    for (int i = 0; i < 2 && code == 0; i++) {
        code = make_one(folder, names[i], uid, gid, err);
        if (code == 0)
            code = open_one(folder, names[i], 0, &pipes[i], err);
    }
    return code < 0 ? code : vessel__container_take_pipes(engine, err);
}
