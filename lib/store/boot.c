/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The runtime directory holds for one boot only, whether or not /run is a tmpfs: a file in it says
 * which. What another boot left is put aside whole, then removed. */
#include "store/internal.h"

#include "base/file.h"
#include "base/words.h"

#include <stdio.h>
#include <sys/stat.h>

#define BOOT_CAP 128

bool vessel__boot_is_this(int runtime)
{
    g_autofree char *text = NULL;
    size_t length;
    return vessel__read_file(runtime, RUN_BOOT, BOOT_CAP, &text, &length, NULL) == 0 &&
           strcmp(text, vessel__boot_id()) == 0;
}

/* Somebody who holds a lock here lives. In another boot he cannot, unless the directory is shared
 * with another machine: then it is his. */
static int refuse_use(const char *path, const char *who, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_INCOMPATIBLE, "%s is in use on another machine", path);
    vessel__error_at(err, path, 0, 0);
    vessel__error_holder(err, who);
    vessel__error_hint(err, "a root belongs to one machine; give each its own with root=DIR");
    return VESSEL_ERROR_INCOMPATIBLE;
}

int vessel__boot_used(int runtime, char **who, VesselError **err)
{
    struct stat st;
    int rc = vessel__instances_any(runtime, who, err);
    if (rc != 0 || fstatat(runtime, RUN_DOMAINS, &st, 0) < 0)
        return rc;
    g_auto(GStrv) domains = NULL;
    rc = vessel__list_dir(runtime, RUN_DOMAINS, 1000000, &domains, err);
    for (guint i = 0; rc == 0 && domains[i]; i++) {
        VesselHolder holder;
        g_autofree char *name =
            g_build_filename(RUN_DOMAINS, domains[i], VESSEL__RUN_WARDEN_LOCK, NULL);
        rc = vessel__lock_peek(runtime, name, &holder, err);
        if (rc > 0)
            *who = vessel__holder_text(&holder);
    }
    return rc;
}

static int refuse_if_used(int runtime, const char *path, VesselError **err)
{
    g_autofree char *who = NULL;
    int rc = vessel__boot_used(runtime, &who, err);
    return rc > 0 ? refuse_use(path, who, err) : rc;
}

static bool stays(const char *name)
{
    return strcmp(name, RUN_BOOT) == 0 || strcmp(name, RUN_BOOT_LOCK) == 0 ||
           strcmp(name, RUN_STALE) == 0;
}

/* Renames, so that it is gone at once and whole; killed in between, the next one goes on. */
static int put_aside(int runtime, VesselError **err)
{
    char random[17];
    vessel__random_hex(8, random);
    vessel_autofd int stale = -1, aside = -1;
    g_auto(GStrv) names = NULL;
    int rc = vessel__list_dir(runtime, ".", 1000000, &names, err);
    bool any = false;
    for (guint i = 0; rc >= 0 && names[i]; i++) {
        if (stays(names[i]))
            continue;
        if (!any) {
            rc = vessel__make_dir_at(runtime, RUN_STALE, 0700, &stale, err);
            if (rc >= 0)
                rc = vessel__make_dir_at(stale, random, 0700, &aside, err);
            any = true;
        }
        if (rc >= 0 && renameat(runtime, names[i], aside, names[i]) < 0)
            rc = vessel__fail_errno(err, errno, "cannot put aside %s of another boot", names[i]);
    }
    return rc;
}

static int make_this_boots(int runtime, const char *path, VesselError **err)
{
    int rc = refuse_if_used(runtime, path, err);
    if (rc >= 0)
        rc = put_aside(runtime, err);
    static const char *const dirs[] = {RUN_DOMAINS, RUN_JOBS, RUN_EVENTS};
    for (size_t i = 0; rc >= 0 && i < G_N_ELEMENTS(dirs); i++) {
        vessel_autofd int fd = -1;
        rc = vessel__make_dir_at(runtime, dirs[i], 0700, &fd, err);
    }
    if (rc < 0)
        return rc;
    const char *boot = vessel__boot_id();
    return vessel__replace_file(runtime, RUN_BOOT, boot, strlen(boot), 0600, VESSEL_REPLACE_QUICK,
                                err);
}

int vessel__boot_prepare(int runtime, const char *path, VesselError **err)
{
    struct stat st;
    bool swept = fstatat(runtime, RUN_STALE, &st, 0) < 0;
    if (vessel__boot_is_this(runtime) && swept)
        return 0;
    VesselHolder holder;
    vessel__holder_self("host_open", &holder);
    g_autoptr(VesselLock) lock = NULL;
    int rc = vessel__lock_take(runtime, RUN_BOOT_LOCK, &holder,
                               vessel__deadline_after(VESSEL__STORE_PATIENCE_MS), &lock, err);
    if (rc < 0)
        return rc;
    if (!vessel__boot_is_this(runtime)) {
        rc = make_this_boots(runtime, path, err);
        if (rc < 0)
            return rc;
    }
    return vessel__remove_tree(runtime, RUN_STALE, err);
}
