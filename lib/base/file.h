/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files beneath a directory descriptor. Every descriptor made here is close-on-exec. */
#ifndef VESSEL_BASE_FILE_H
#define VESSEL_BASE_FILE_H

#include "base/common.h"
#include "base/error.h"

/* openat() with O_CLOEXEC, EINTR retried. @dir may be AT_FDCWD. Failing, the error names the path
 * and, for EACCES on an absolute path, the component and the permission bit that is missing
 * (vessel__path_denied). */
int vessel__open_at(int dir, const char *path, int flags, mode_t mode, int *fd, VesselError **err);

/* openat2() with O_CLOEXEC, tried again while something is renamed or mounted; -1 with errno. */
int vessel__openat2(int dir, const char *path, int flags, mode_t mode, uint64_t resolve);
/* For trees that are not trusted: openat2() with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS. */
int vessel__open_beneath(int dir, const char *path, int flags, mode_t mode, int *fd,
                         VesselError **err);

/* A regular file whole, NUL added after @length bytes; larger than @cap is an error.
 * @length may be NULL. */
int vessel__read_file(int dir, const char *path, size_t cap, char **text, size_t *length,
                      VesselError **err);
int vessel__read_fd(int fd, const char *what, size_t cap, char **text, size_t *length,
                    VesselError **err);

typedef enum {
    VESSEL_REPLACE_QUICK = 0,   /* whole or not at all for other processes; not for a power cut */
    VESSEL_REPLACE_DURABLE = 1, /* fsync of file and directory as well */
} VesselReplace;
/* Writes a temporary file beside it and renames. */
int vessel__replace_file(int dir, const char *name, const char *data, size_t length, mode_t mode,
                         VesselReplace how, VesselError **err);

int vessel__write_all(int fd, const void *data, size_t length); /* 0 or -errno */

/* mkdir -p of an absolute path; new ones get @mode. */
int vessel__make_dirs(const char *path, mode_t mode, VesselError **err);
/* mkdirat (an existing directory is fine) and open it. */
int vessel__make_dir_at(int dir, const char *name, mode_t mode, int *fd, VesselError **err);
/* rm -rf of one entry, never following a link and never crossing a mount; absent is fine. */
int vessel__remove_tree(int dir, const char *name, VesselError **err);

/* Names of a directory without "." and "..", sorted; at most @cap. Freed by g_strfreev. */
int vessel__list_dir(int dir, const char *path, guint cap, char ***names, VesselError **err);

/* Why @path cannot be opened by (@uid, @gid without groups; -1 = this process): walks its parents
 * and returns "/srv is not searchable by uid 107 (mode 0700, owner root): x is missing", or NULL
 * if nothing on the way is in the way. g_free() it. */
char *vessel__path_denied(const char *path, int access_mode, uid_t uid, gid_t gid);

/* Anonymous memory file with these contents, sealed against every change; -1 with *err. */
int vessel__memfd(const char *name, const void *data, size_t length, int *fd, VesselError **err);

#endif
