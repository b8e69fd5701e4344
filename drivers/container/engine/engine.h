/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container engine's insides: what its files know of each other. Compiled into the helper
 * alone. */
#ifndef VESSEL_CONTAINER_ENGINE_H
#define VESSEL_CONTAINER_ENGINE_H

#include "container/plan.h"
#include "sys/cgroup.h"
#include "sys/wire.h"
#include "warden/engine.h"

struct mount_attr;

/* ---- files of the host that the container sees ---- */

/* vessel-init, the root, or one of the plan's "mounts". */
typedef struct {
    const VesselJson *plan; /* "source", "readonly", "idmapped"; others for whom it concerns */
    int fd;                 /* O_PATH, what was opened when the start was planned; -1: a tmpfs */
    int tree;               /* a detached mount of it */
} ContainerSource;

/* ---- the child (child.c) ---- */

enum { CONTAINER_INIT, CONTAINER_ROOT, CONTAINER_MOUNTS };

typedef struct {
    const VesselJson *plan;
    ContainerSource *sources; /* CONTAINER_INIT, CONTAINER_ROOT, then the mounts, then the layers */
    size_t sources_count, mounts_count;
    VesselCgroup *group; /* v2: to be born in; v1: to be joined; NULL: none */
    int pipes[2]; /* its standard input, its output and error; -1: a terminal of its own, or nothing */
    int record;   /* where vessel-init writes how the program ended; -1: an init is its own matter */
    int stage;    /* a ContainerStage's top, in whose mounts the child is made; -1: in its own */
} ContainerSpawn;

typedef struct {
    pid_t pid;
    int socket; /* see plan.h */
} ContainerChild;

/* Makes the namespaces and the process in them, which waits. The end of our end of the socket ends
 * it until it is executed. */
int vessel__container_fork(const ContainerSpawn *spawn, ContainerChild *child, VesselError **err);

/* ---- clocks (clocks.c) ---- */

/* In the warden: what it forks from now on has the plan's clocks, if it has any. Failing or not, it
 * goes back to its own afterwards; @home is -1 where there is nothing to do. */
int vessel__container_enter_time(const VesselJson *plan, int *home, VesselError **err);
int vessel__container_leave_time(int *home, VesselError **err);

/* ---- ids (maps.c) ---- */

/* Whether one of these ranges has the id @id inside. */
bool vessel__container_has_id(const VesselJson *ranges, uint64_t id);
/* Writes the child's maps, with newuidmap and newgidmap where this user may not. */
int vessel__container_write_maps(const VesselJson *plan, pid_t pid, VesselError **err);

/* An adopter's descriptor that keeps the plan's "ids" the container's; -1: none are to be kept, or
 * they cannot be. */
int vessel__container_hold_ids(const VesselJson *plan);

/* ---- sources (source.c) ---- */

/* As root, in the warden: a detached copy of it, without what is mounted beneath it. */
int vessel__container_copy_source(ContainerSource *source, VesselError **err);
/* A detached mount of the disk image or block device (image.c). */
int vessel__container_mount_image(ContainerSource *source, VesselError **err);
/* The copy gets the owners of the user namespace of @pid, if the plan says so, and its flags. */
int vessel__container_fit_source(ContainerSource *source, pid_t pid, VesselError **err);
/* In a child whose warden may not: the same file, found again, in the child's own mounts. */
int vessel__container_find_source(ContainerSource *source, VesselError **err);
/* AT_RECURSIVE: what is mounted beneath it goes along; or 0. */
unsigned vessel__container_depth(const ContainerSource *source);
/* MOUNT_ATTR_… as its plan says; what it says nothing of is left as it is. */
void vessel__container_attributes(const VesselJson *plan, struct mount_attr *attr);
const char *vessel__container_source_name(const ContainerSource *source);
/* NULL: it is no node of a device. */
const VesselJson *vessel__container_source_device(const ContainerSource *source);

/* ---- where they stand before the container has mounts of its own (stage.c) ---- */

typedef struct {
    uid_t uid; /* the container's root, as the host numbers it */
    gid_t gid;
    int home;   /* the mount namespace that the warden belongs to */
    int root;   /* what it has as its root there */
    int mounts; /* the other one; whoever closes it last waits for its end */
    int top;    /* the directory in that in which each source has its number as name */
} ContainerStage;

/* The warden goes to a mount namespace of its own, whose top is beneath the domain's @folder. */
int vessel__container_stage_enter(ContainerStage *stage, int folder, VesselError **err);
void vessel__container_stage_leave(ContainerStage *stage); /* if it is there */
int vessel__container_stage_add(const ContainerStage *stage, size_t number,
                                const ContainerSource *source, VesselError **err);
/* In the child: a mount namespace of its own, with all that is there. */
int vessel__container_stage_copy(int top, VesselError **err);
int vessel__container_stage_take(size_t number, ContainerSource *source, VesselError **err);

/* ---- who it runs as (user.c) ---- */

/* inituser and initgroup: a number, or a name of the container's own passwd and group. */
typedef struct {
    uint64_t uid, gid;
    GArray *groups; /* of uint64_t */
    char *home;     /* NULL: it has none */
} ContainerUser;
/* @name, @group: NULL is root, and the user's own. */
int vessel__container_user_find(int root, const char *name, const char *group,
                                ContainerUser *user, VesselError **err);

/* ---- in the child: its files (root.c, dev.c) ---- */

typedef struct {
    const ContainerSpawn *spawn;
    int socket;
    int root;    /* the new root's mount */
    int proc;    /* that of the new namespaces: what is written to /proc goes here */
    int sys;     /* its /sys */
    int dev;     /* its /dev */
    int run;     /* an init's /run; -1 */
    int console; /* what becomes standard input, output and error, */
    int input;   /* unless this is its input; -1 */
    int record;
    ContainerUser user;
} ContainerInside;

int vessel__container_make_root(ContainerInside *inside, VesselError **err);
int vessel__container_make_proc(ContainerInside *inside, VesselError **err); /* and /sys */
int vessel__container_make_dev(ContainerInside *inside, VesselError **err);
int vessel__container_open_console(ContainerInside *inside, VesselError **err);
int vessel__container_make_mounts(ContainerInside *inside, VesselError **err);
int vessel__container_mask(ContainerInside *inside, VesselError **err);
int vessel__container_enter_root(ContainerInside *inside, VesselError **err);
/* Whether the definition has a tmpfs of its own there. */
bool vessel__container_has_tmpfs(const ContainerInside *inside, const char *target);
/* A message to the warden: {@what: true} and descriptors. */
int vessel__container_tell(const ContainerInside *inside, const char *what, const int *fds,
                           size_t count, VesselError **err);
/* Waits for the warden's next word; a warden that is gone ends it. */
void vessel__container_await(const ContainerInside *inside);
/* Mounts @tree (not taken) on @path beneath the directory @above, made if it is not there. Links on
 * the way stay beneath it; with @strict there may be none. */
int vessel__container_mount(int above, int tree, const char *path, bool directory, bool strict,
                            VesselError **err);
/* The tree of @source becomes the lowest layer of an overlay, if its plan says so (overlay.c). */
int vessel__container_overlay(const ContainerInside *inside, ContainerSource *source,
                              VesselError **err);
/* A file of the host in @path, checked to be what is meant, as a detached mount. */
int vessel__container_host_device(const char *path, unsigned major, unsigned minor, int *tree,
                                  VesselError **err);
/* A new, detached file system. @options: pairs of key and value ("": a flag), ends with NULL. */
int vessel__container_new_mount(const char *type, const char *const *options, unsigned attributes,
                                int *mount, VesselError **err);

/* ---- in the child: its interfaces, as far as they are its own matter (network.c) ---- */

/* Waits until the warden has made them. */
int vessel__container_configure_network(ContainerInside *inside, VesselError **err);

/* ---- what it may do (privileges.c) ---- */

/* By the warden, of the child @pid: what the definition says and the child may not do itself. */
int vessel__container_relax(const VesselJson *plan, pid_t pid, VesselError **err);
int vessel__container_set_limits(const ContainerInside *inside, VesselError **err);
int vessel__container_drop(const ContainerInside *inside, VesselError **err);
/* From here on it, and whatever it executes, makes the system calls of seccomp-table.h alone
 * (seccomp.c). */
int vessel__container_filter(const ContainerInside *inside, VesselError **err);

#endif
