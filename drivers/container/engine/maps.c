/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ids of a container: the maps of its user namespace. */
#include "base/file.h"
#include "container/engine/engine.h"
#include "sys/tool.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define TOOL_MS 3000 /* the warden does nothing else meanwhile */
#define TOOL_LOOK_US 200

static uint64_t member(const VesselJson *range, const char *name)
{
    return vessel__json_get_uint(range, name, 0);
}

bool vessel__container_has_id(const VesselJson *ranges, uint64_t id)
{
    VESSEL_JSON_FOREACH (range, ranges)
        if (id >= member(range, "start") && id - member(range, "start") < member(range, "count"))
            return true;
    return false;
}

static char *map_text(const VesselJson *ranges)
{
    GString *text = g_string_new(NULL);
    VESSEL_JSON_FOREACH (range, ranges)
        g_string_append_printf(text, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                               member(range, "start"), member(range, "target"),
                               member(range, "count"));
    return g_string_free(text, FALSE);
}

static int write_proc(pid_t pid, const char *name, const char *text, VesselError **err)
{
    char path[64];
    g_snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    vessel_autofd int fd = open(path, O_WRONLY | O_CLOEXEC);
    int errnum = fd < 0 ? errno : -vessel__write_all(fd, text, strlen(text));
    return errnum ? vessel__fail_errno(err, errnum, "%s", path) : 0;
}

/* One id, one's own: the map that the kernel lets everybody write. */
static bool is_own(const VesselJson *ranges, uint64_t own)
{
    return vessel__json_length(ranges) == 1 &&
           member(vessel__json_at(ranges, 0), "target") == own &&
           member(vessel__json_at(ranges, 0), "count") == 1;
}

/* Its status, or ETIME: it asks the host's user database, which may be on a network. */
static int run_tool(const char *path, char **argv, int *status)
{
    static char *const env[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    VesselDeadline deadline = vessel__deadline_after(TOOL_MS);
    pid_t helper = fork(), pid;
    if (helper == 0) {
        execve(path, argv, env);
        _exit(127);
    }
    if (helper < 0)
        return errno;
    while ((pid = waitpid(helper, status, WNOHANG)) == 0 && !vessel__deadline_passed(deadline))
        g_usleep(TOOL_LOOK_US);
    if (pid == helper)
        return 0;
    int errnum = pid < 0 ? errno : ETIME;
    kill(helper, SIGKILL); /* setuid: not ours to kill once it has become root; nobody waits then */
    waitpid(helper, NULL, WNOHANG);
    return errnum;
}

static int fail_ids(const char *tool, const char *hint, VesselError **err)
{
    int code =
        vessel__fail(err, VESSEL_ERROR_DENIED, "%s does not give the container its ids", tool);
    vessel__error_at(err, "/domain/idmap", 0, 0);
    vessel__error_hint(err, "%s", hint);
    return code;
}

/* newuidmap(1) is setuid root and reads /etc/subuid. */
static int ask_tool(const char *tool, pid_t pid, const VesselJson *ranges, VesselError **err)
{
    static const char *const members[] = {"start", "target", "count"};
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = vessel__find_tool(tool);
    int status = 0;
    if (!path)
        return fail_ids(tool, "it is not installed (Debian: apt-get install uidmap)", err);
    g_ptr_array_add(argv, g_strdup(tool));
    g_ptr_array_add(argv, g_strdup_printf("%d", pid));
    VESSEL_JSON_FOREACH (range, ranges)
        for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
            g_ptr_array_add(argv, g_strdup_printf("%" PRIu64, member(range, members[i])));
    g_ptr_array_add(argv, NULL);
    int errnum = run_tool(path, (char **)argv->pdata, &status);
    if (errnum == ETIME) {
        vessel__fail(err, VESSEL_ERROR_TIMEOUT, "%s has not answered in %d s", path,
                     TOOL_MS / 1000);
        vessel__error_at(err, "/domain/idmap", 0, 0);
        vessel__error_retryable(err, true);
        return VESSEL_ERROR_TIMEOUT;
    }
    if (errnum != 0)
        return vessel__fail_errno(err, errnum, "%s", path);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return fail_ids(path, "the range must be this user's in /etc/subuid and /etc/subgid", err);
}

int vessel__container_hold_ids(const VesselJson *plan)
{
    const VesselJson *ids = vessel__json_get(plan, "ids");
    const VesselJson *records = vessel__json_get(ids, "records");
    uint64_t length = vessel__json_get_uint(ids, "length", 0);
    if (vessel__json_length(records) == 0)
        return -1;
    int fd = open(vessel__json_get_string(ids, "source", ""), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    VESSEL_JSON_FOREACH (record, records) {
        struct flock lock = {.l_type = F_WRLCK,
                             .l_whence = SEEK_SET,
                             .l_start = (off_t)vessel__json_uint(record, 0),
                             .l_len = (off_t)length};
        if (fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) < 0)
            vessel__close_fd(&fd);
    }
    return fd;
}

int vessel__container_write_maps(const VesselJson *plan, pid_t pid, VesselError **err)
{
    const VesselJson *uids = vessel__json_get(plan, "uids"), *gids = vessel__json_get(plan, "gids");
    g_autofree char *uid_map = map_text(uids), *gid_map = map_text(gids);
    int code = 0;
    if (geteuid() == 0) {
        code = write_proc(pid, "gid_map", gid_map, err);
        return code < 0 ? code : write_proc(pid, "uid_map", uid_map, err);
    }
    if (!is_own(gids, getegid()))
        code = ask_tool("newgidmap", pid, gids, err);
    else if ((code = write_proc(pid, "setgroups", "deny", err)) == 0)
        code = write_proc(pid, "gid_map", gid_map, err);
    if (code < 0)
        return code;
    return is_own(uids, geteuid()) ? write_proc(pid, "uid_map", uid_map, err)
                                   : ask_tool("newuidmap", pid, uids, err);
}
