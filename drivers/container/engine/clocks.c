/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clocks of a container that are not the host's. A time namespace is entered by who is born after
 * its offsets were written, so that the warden makes one for its next child and goes back. */
#include "base/file.h"
#include "container/engine/engine.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <sched.h>

static int set_clock(int fd, const VesselJson *clock, VesselError **err)
{
    int64_t seconds = vessel__json_get_int(clock, "seconds", 0);
    uint64_t nanoseconds = vessel__json_get_uint(clock, "nanoseconds", 0);
    g_autofree char *text =
        g_strdup_printf("%s %" PRId64 " %" PRIu64 "\n", vessel__json_get_string(clock, "clock", ""),
                        seconds, nanoseconds);
    int errnum = -vessel__write_all(fd, text, strlen(text));
    if (errnum == 0)
        return 0;
    int code = vessel__fail_errno(err, errnum, "the offset of %" PRId64 " s", seconds);
    vessel__error_at(err, vessel__json_get_string(clock, "at", NULL), 0, 0);
    if (errnum == ERANGE)
        vessel__error_hint(err, "the container's clock may be neither before 0 nor more than 146 "
                                "years ahead");
    return code;
}

static int refuse_time(int errnum, VesselError **err)
{
    int code = vessel__fail_errno(err, errnum, "a time namespace");
    vessel__error_at(err, "/domain/vessel:time", 0, 0);
    if (errnum == EINVAL || errnum == ENOENT)
        vessel__error_hint(err, "the host's kernel must have CONFIG_TIME_NS");
    return code;
}

int vessel__container_enter_time(const VesselJson *plan, int *home, VesselError **err)
{
    const VesselJson *clocks = vessel__json_get(plan, "time");
    int code = 0;
    if (!clocks)
        return 0;
    *home = open("/proc/self/ns/time", O_RDONLY | O_CLOEXEC);
    if (*home < 0 || unshare(CLONE_NEWTIME) < 0)
        return refuse_time(errno, err);
    vessel_autofd int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return refuse_time(errno, err);
    VESSEL_JSON_FOREACH (clock, clocks)
        if (code == 0)
            code = set_clock(fd, clock, err);
    return code;
}

int vessel__container_leave_time(int *home, VesselError **err)
{
    int errnum = *home >= 0 && setns(*home, CLONE_NEWTIME) < 0 ? errno : 0;
    vessel__close_fd(home);
    return errnum ? refuse_time(errnum, err) : 0;
}
