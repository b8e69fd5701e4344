/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of vessel-unpack know of each other. */
#ifndef VESSEL_CONTAINER_UNPACK_UNPACK_H
#define VESSEL_CONTAINER_UNPACK_UNPACK_H

#include "base/error.h"
#include "base/json.h"

#include <sys/stat.h>

#define VESSEL__UNPACK_FILES (4u << 20) /* so many at most */
#define VESSEL__UNPACK_NAMED 16         /* of what was left out, so many are named */

typedef struct {
    int root;           /* all of it goes beneath this directory */
    uint64_t max_bytes; /* unpacked, of all archives together */
    uint64_t bytes, holes, files;
    bool owner;          /* files may be given to whom the archive says */
    bool is_upper;       /* there may be something of an archive before this one */
    GHashTable *made;    /* paths of this archive, if it is an upper one */
    GHashTable *depths;  /* inode of a directory beneath the root → how deep it is */
    GHashTable *folders; /* path → VesselUnpackFolder: what a directory gets at the end */
    VesselJson *left_out;
    uint64_t left_out_count;
    void (*progress)(uint64_t read, void *data); /* of the archive at hand, as it is stored */
    void *data;
} VesselUnpack;

typedef struct {
    uint64_t uid, gid;
    mode_t mode;
    bool is_directory;
    struct timespec mtime; /* UTIME_OMIT: not said */
} VesselUnpackFolder;

/* One archive, on top of what is there (layer.c). */
int vessel__unpack_layer(VesselUnpack *unpack, int fd, VesselError **err);
/* What was kept for the end: owners, modes and times of directories (tree.c). */
int vessel__unpack_finish(VesselUnpack *unpack, VesselError **err);

/* ---- beneath the root (tree.c): whatever the names and links in an archive say ---- */

/* "/a/./b/" as "a/b", the root itself as "". A name that has ".." is refused. */
int vessel__unpack_clean(const char *given, char **path, VesselError **err);
/* The directory that @path is in, links on the way taken as the container would, and its last name
 * in @path. What is missing is made if @make, else it is `not-found`. */
int vessel__unpack_parent(VesselUnpack *unpack, const char *path, bool make, int *parent,
                          const char **name, VesselError **err);
/* Makes a directory, which is refused where it would be too deep for all that comes after an
 * import, whichever links led there; `exists` if there is something. */
int vessel__unpack_make(VesselUnpack *unpack, int parent, const char *name, mode_t mode,
                        VesselError **err);
/* Makes room for something else of that name; a directory stays if @keep_directory. */
int vessel__unpack_remove(int parent, const char *name, bool keep_directory, VesselError **err);
int vessel__unpack_owner(const VesselUnpack *unpack, int fd, const VesselUnpackFolder *what,
                         VesselError **err);
void vessel__unpack_left_out(VesselUnpack *unpack, const char *path, const char *what);

/* ---- what an upper layer takes away (whiteout.c) ---- */

/* 1 if @path is a mark and was obeyed, 0 if it is a file like others. */
int vessel__unpack_whiteout(VesselUnpack *unpack, const char *path, VesselError **err);
/* @path and all directories above it are this layer's. */
void vessel__unpack_made(VesselUnpack *unpack, const char *path);

#endif
