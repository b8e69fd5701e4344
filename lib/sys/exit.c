/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/exit.h"
#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

VesselJson *vessel__exit_to_json(const VesselExit *how)
{
    VesselJson *json = vessel__json_new_object();
    if (!how->known)
        vessel__json_set_bool(json, "unknown", true);
    else if (how->signal)
        vessel__json_set_int(json, "signal", how->signal);
    else
        vessel__json_set_int(json, "status", how->status);
    return json;
}

char *vessel__exit_reason(const VesselExit *how)
{
    if (!how->known)
        return g_strdup("unknown");
    return how->signal ? g_strdup_printf("signal:%d", how->signal)
                       : g_strdup_printf("exit:%d", how->status);
}

/* ---- the record ---- */

int vessel__exit_record_new(int folder, int *fd, VesselError **err)
{
    char blank[VESSEL__EXIT_RECORD_SIZE];
    memset(blank, ' ', sizeof blank);
    *fd = -1;
    if (unlinkat(folder, VESSEL__EXIT_RECORD, 0) < 0 && errno != ENOENT)
        return vessel__fail_errno(err, errno, "%s", VESSEL__EXIT_RECORD);
    vessel_autofd int made = openat(folder, VESSEL__EXIT_RECORD,
                                    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    /* Blanks, not a hole: a page that has its place on the disk can be written to when that is
     * full. */
    int errnum = made < 0 ? errno : -vessel__write_all(made, blank, sizeof blank);
    if (errnum)
        return vessel__fail_errno(err, errnum, "%s", VESSEL__EXIT_RECORD);
    *fd = vessel__steal_fd(&made);
    return VESSEL_OK;
}

bool vessel__exit_record_read(int folder, VesselExit *how)
{
    g_autofree char *text = NULL;
    g_autoptr(VesselJson) json = NULL;
    size_t length = 0;
    if (vessel__read_file(folder, VESSEL__EXIT_RECORD, VESSEL__EXIT_RECORD_SIZE, &text, &length,
                          NULL) < 0 ||
        vessel__json_parse(text, length, NULL, VESSEL__EXIT_RECORD, &json, NULL) < 0)
        return false;
    int64_t status = vessel__json_get_int(json, "status", -1);
    int64_t signal = vessel__json_get_int(json, "signal", 0);
    if (signal > 0 && signal < 128)
        *how = (VesselExit){.known = true, .status = -1, .signal = (int)signal};
    else if (status >= 0 && status < 256)
        *how = (VesselExit){.known = true, .status = (int)status};
    else
        return false;
    return true;
}

/* ---- the kernel ---- */

/* linux/pidfd.h of 6.15; what the C library's headers have is often older. */
typedef struct {
    uint64_t mask, cgroupid;
    uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t exit_code;
} PidfdInfo;
#define GET_INFO _IOWR(0xFF, 11, PidfdInfo)
#define INFO_EXIT (UINT64_C(1) << 3)

bool vessel__pidfd_exit(int pidfd, VesselExit *how)
{
    PidfdInfo info = {.mask = INFO_EXIT};
    if (ioctl(pidfd, GET_INFO, &info) < 0 || !(info.mask & INFO_EXIT))
        return false;
    bool killed = WIFSIGNALED(info.exit_code);
    *how = (VesselExit){.known = true,
                        .status = killed ? -1 : WEXITSTATUS(info.exit_code),
                        .signal = killed ? WTERMSIG(info.exit_code) : 0};
    return true;
}
