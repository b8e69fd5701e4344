/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operation lock of a domain: first among the threads of this process (who are woken at once),
 * then among processes, by op.lock in the domain's folder. */
#include "store/internal.h"

#include <fcntl.h>
#include <sys/stat.h>

struct VesselOpLock {
    VesselStore *store;
    char uuid[VESSEL__UUID_SIZE];
    VesselLock *file; /* NULL: the memory store, or a filesystem that cannot be written */
};

/* While we waited, the folder may have been removed and made again: only the lock of the one that
 * has the name counts. */
static bool is_named(VesselStore *store, const char *uuid, int dir)
{
    struct stat ours, named;
    g_autofree char *path = g_build_filename(RUN_DOMAINS, uuid, NULL);
    return fstat(dir, &ours) == 0 && fstatat(store->runtime_dir, path, &named, 0) == 0 &&
           ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

static int take_file(VesselStore *store, const char *uuid, const VesselHolder *holder,
                     VesselDeadline deadline, VesselLock **file, VesselError **err)
{
    for (;;) {
        vessel_autofd int dir = -1;
        g_autoptr(VesselError) why = NULL;
        g_autoptr(VesselLock) lock = NULL;
        int rc = vessel__store_folder(store, uuid, &dir, &why);
        if (rc >= 0)
            rc = vessel__lock_take(dir, VESSEL__RUN_OP_LOCK, holder, deadline, &lock, &why);
        if (rc >= 0 && is_named(store, uuid, dir)) {
            *file = g_steal_pointer(&lock);
            return 0;
        }
        bool vanished = rc >= 0 || rc == VESSEL_ERROR_NOT_FOUND;
        if (!vanished || vessel__deadline_passed(deadline)) {
            if (rc >= 0)
                rc = vessel__fail(&why, VESSEL_ERROR_BUSY, "domain %s is being removed", uuid);
            return vessel__error_steal(err, g_steal_pointer(&why));
        }
    }
}

static bool cannot_write(VesselStore *store, int rc)
{
    return rc == VESSEL_ERROR_NO_SPACE || store->runtime_dir < 0 ||
           (rc == VESSEL_ERROR_DENIED && vessel__dir_is_readonly(store->runtime_dir));
}

int vessel__store_op_lock(VesselStore *store, const char *uuid, const VesselHolder *holder,
                          VesselDeadline deadline, VesselOpLock **result, VesselError **err)
{
    *result = NULL;
    int rc = vessel__slots_take(store->slots, uuid, holder, deadline, err);
    if (rc < 0)
        return rc;
    VesselLock *file = NULL;
    if (!store->memory) {
        g_autoptr(VesselError) why = NULL;
        rc = take_file(store, uuid, holder, deadline, &file, &why);
        if (rc < 0 && !cannot_write(store, rc)) {
            vessel__slots_release(store->slots, uuid);
            return vessel__error_steal(err, g_steal_pointer(&why));
        }
    }
    VesselOpLock *lock = g_new0(VesselOpLock, 1);
    lock->store = vessel__store_ref(store);
    lock->file = file;
    g_strlcpy(lock->uuid, uuid, sizeof lock->uuid);
    *result = lock;
    return 0;
}

int vessel__op_lock_fd(const VesselOpLock *lock)
{
    return lock->file ? vessel__lock_fd(lock->file) : -1;
}

static void op_lock_free(VesselOpLock *lock)
{
    vessel__slots_release(lock->store->slots, lock->uuid);
    vessel__store_unref(lock->store);
    g_free(lock);
}

void vessel__op_lock_release(VesselOpLock *lock)
{
    if (!lock)
        return;
    vessel__lock_release(lock->file);
    op_lock_free(lock);
}

void vessel__op_lock_hand_over(VesselOpLock *lock)
{
    if (!lock)
        return;
    vessel__lock_hand_over(lock->file);
    op_lock_free(lock);
}

int vessel__store_op_peek(VesselStore *store, const char *uuid, VesselHolder *holder,
                          VesselError **err)
{
    if (vessel__slots_peek(store->slots, uuid, holder))
        return 1;
    if (store->memory || store->runtime_dir < 0)
        return 0;
    g_autofree char *path = g_build_filename(RUN_DOMAINS, uuid, VESSEL__RUN_OP_LOCK, NULL);
    return vessel__lock_peek(store->runtime_dir, path, holder, err);
}
