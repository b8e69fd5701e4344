/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Removes what belongs to an ordinary user's other ids, those of /etc/subuid: by a vessel-init in a
 * user namespace that has them (init/remove.c). */
#include "base/clock.h"
#include "base/file.h"
#include "container/container.h"
#include "container/plan.h"
#include "sys/socket.h"
#include "sys/spawn.h"
#include "sys/tool.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#define MAPS_MS 5000 /* newuidmap asks the host's user database */
#define REMOVE_MS 30000
#define LOOK_US 500

static int run_program(const char *path, const char *const *argv, const int *fds, size_t count,
                       pid_t *pid, VesselError **err)
{
    static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    vessel_autofd int program = -1;
    int code = vessel__open_at(AT_FDCWD, path, O_PATH, 0, &program, err);
    VesselSpawn spawn = {program, argv, env, fds, count, -1};
    return code < 0 ? code : vessel__spawn(&spawn, pid, err);
}

/* newuidmap(1): "PID INSIDE OUTSIDE COUNT…". It is nobody's child: what it has done is seen in
 * /proc. */
static int ask_for_map(const char *tool, pid_t pid, const GPtrArray *entries, VesselError **err)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = vessel__find_tool(tool);
    pid_t unused;
    g_ptr_array_add(argv, g_strdup(tool));
    g_ptr_array_add(argv, g_strdup_printf("%d", (int)pid));
    for (guint i = 0; i < entries->len; i++) {
        const VesselIdmapEntry *entry = entries->pdata[i];
        const uint64_t words[] = {entry->start.value, entry->target.value, entry->count.value};
        for (size_t j = 0; j < G_N_ELEMENTS(words); j++)
            g_ptr_array_add(argv, g_strdup_printf("%" PRIu64, words[j]));
    }
    g_ptr_array_add(argv, NULL);
    return run_program(path ? path : tool, (const char *const *)argv->pdata, NULL, 0, &unused, err);
}

static bool has_map(pid_t pid, const char *name)
{
    char path[64];
    g_autofree char *text = NULL;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return vessel__read_file(AT_FDCWD, path, 65536, &text, NULL, NULL) == 0 && *text;
}

static int give_maps(pid_t pid, VesselError **err)
{
    GPtrArray *given[2] = {NULL, NULL};
    VesselDeadline deadline = vessel__deadline_after(MAPS_MS);
    if (!vessel__container_subids(&given[0], &given[1]))
        return vessel__fail(err, VESSEL_ERROR_DENIED, "this user has no other ids");
    g_ptr_array_set_free_func(given[0], g_free);
    g_ptr_array_set_free_func(given[1], g_free);
    g_autoptr(GPtrArray) uids = given[0], gids = given[1];
    int code = ask_for_map("newgidmap", pid, gids, err);
    if (code == 0)
        code = ask_for_map("newuidmap", pid, uids, err);
    while (code == 0 && !(has_map(pid, "uid_map") && has_map(pid, "gid_map"))) {
        if (vessel__deadline_passed(deadline))
            return vessel__fail(err, VESSEL_ERROR_TIMEOUT, "newuidmap has not answered");
        g_usleep(LOOK_US);
    }
    return code;
}

/* A byte of the helper's: an errno. */
static int hear(int socket, int64_t timeout_ms, VesselError **err)
{
    struct pollfd poller = {.fd = socket, .events = POLLIN};
    unsigned char byte = 0;
    if (poll(&poller, 1, (int)timeout_ms) <= 0)
        return vessel__fail(err, VESSEL_ERROR_TIMEOUT, "it takes too long");
    if (recv(socket, &byte, 1, MSG_DONTWAIT) != 1)
        return vessel__fail(err, VESSEL_ERROR_IO, "the one that removes has ended");
    return byte ? vessel__fail_errno(err, byte, "removing files of this user's other ids") : 0;
}

int vessel__container_remove_theirs(const VesselDriverHost *host, int folder, const char *name,
                                    VesselError **err)
{
    const char *const argv[] = {VESSEL__CONTAINER_INIT, "remove", name, NULL};
    int ends[2] = {-1, -1};
    pid_t pid = 0;
    if (!host->helper_dir)
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "vessel-init was not found");
    g_autofree char *path = g_build_filename(host->helper_dir, VESSEL__CONTAINER_INIT, NULL);
    int code = vessel__socket_pair(SOCK_SEQPACKET, ends, err);
    vessel_autofd int ours = ends[0], theirs = ends[1];
    const int fds[] = {theirs, folder};
    if (code == 0)
        code = run_program(path, argv, fds, 2, &pid, err);
    vessel__close_fd(&theirs);
    if (code == 0)
        code = hear(ours, MAPS_MS, err);
    if (code == 0)
        code = give_maps(pid, err);
    if (code == 0 && send(ours, "", 1, MSG_NOSIGNAL) != 1)
        code = vessel__fail_errno(err, errno, "the one that removes");
    return code == 0 ? hear(ours, REMOVE_MS, err) : code;
}
