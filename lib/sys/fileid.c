/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/fileid.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

typedef struct {
    uint64_t dev, ino, born; /* 0: unknown */
} FileId;

static int look(int fd, FileId *id)
{
    struct statx st;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) < 0)
        return errno;
    *id = (FileId){.dev = makedev(st.stx_dev_major, st.stx_dev_minor), .ino = st.stx_ino};
    if (st.stx_mask & STATX_BTIME)
        id->born = (uint64_t)st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec;
    return 0;
}

int vessel__fileid_record(int fd, VesselJson *record, VesselError **err)
{
    FileId id;
    int errnum = look(fd, &id);
    if (errnum != 0)
        return vessel__fail_errno(err, errnum, "looking at a file");
    vessel__json_set_uint(record, "dev", id.dev);
    vessel__json_set_uint(record, "ino", id.ino);
    if (id.born)
        vessel__json_set_uint(record, "born", id.born);
    return 0;
}

bool vessel__fileid_is(int fd, const VesselJson *record)
{
    FileId id;
    uint64_t born = vessel__json_get_uint(record, "born", 0);
    return look(fd, &id) == 0 && id.dev == vessel__json_get_uint(record, "dev", 0) &&
           id.ino == vessel__json_get_uint(record, "ino", 0) && (born == 0 || id.born == born);
}
