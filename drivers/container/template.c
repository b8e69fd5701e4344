/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <filesystem type='template'>: a root file system that was imported (kit/rootfs.h), of which the
 * container gets a copy of its own when it is first started: copies/UUID/TARGET@NAME in the state
 * directory, until the domain is undefined. What it does not write to is the template itself. */
#include "base/file.h"
#include "container/container.h"
#include "container/namespace.h"
#include "kit/rootfs.h"
#include "kit/tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define COPIES "copies"
#define HALF_MADE ".new-"
#define NAMES_MAX 4096

bool vessel__container_is_copied(const VesselDomainDef *def, const VesselFilesystem *fs)
{
    const VesselContainerNamespace *own = vessel__namespace_get(&vessel__namespace_container, def);
    bool written = fs->type == VESSEL_FILESYSTEM_TEMPLATE && fs->readonly != VESSEL_TRI_YES;
    for (guint i = 0; written && own && own->overlays && i < own->overlays->len; i++)
        written = strcmp(((VesselOverlay *)own->overlays->pdata[i])->target, fs->target) != 0;
    return written;
}

static char *copies_of(const VesselDriverHost *host, const char *uuid)
{
    return g_build_filename(host->state_dir, COPIES, uuid, NULL);
}

/* A name that has no slash, and another for each target and template. */
static char *copy_name(const VesselFilesystem *fs)
{
    g_autofree char *target = g_uri_escape_string(fs->target, NULL, FALSE);
    return g_strdup_printf("%s@%s", target, fs->name);
}

char *vessel__container_source(const VesselDriverHost *host, const VesselDomainDef *def,
                               const VesselFilesystem *fs)
{
    if (fs->type != VESSEL_FILESYSTEM_TEMPLATE)
        return g_strdup(fs->dir);
    if (!vessel__container_is_copied(def, fs))
        return vessel__container_template(host, fs);
    g_autofree char *copies = copies_of(host, def->uuid), *name = copy_name(fs);
    return g_build_filename(copies, name, NULL);
}

char *vessel__container_template(const VesselDriverHost *host, const VesselFilesystem *fs)
{
    return host->state_dir
               ? g_build_filename(host->state_dir, VESSEL__ROOTFS_FOLDER, fs->name, NULL)
               : NULL;
}

/* ---- the copy ---- */

/* The start holds the domain's operation lock: nobody else is at work here. */
static void sweep(int folder)
{
    g_auto(GStrv) names = NULL;
    if (vessel__list_dir(folder, ".", NAMES_MAX, &names, NULL) < 0)
        return;
    for (char **name = names; *name; name++)
        if (g_str_has_prefix(*name, HALF_MADE))
            vessel__remove_tree(folder, *name, NULL);
}

static int fill(VesselGuest *guest, const VesselFilesystem *fs, int folder, const char *temporary,
                VesselError **err)
{
    const VesselOperation *operation = guest->operation;
    const VesselTreeHow how = {operation->deadline, operation->cancelled, operation->data};
    g_autofree char *path = vessel__container_template(guest->host, fs);
    vessel_autofd int from = -1, to = -1;
    int code = vessel__open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &from, err);
    if (code == 0)
        code = vessel__make_dir_at(folder, temporary, 0700, &to, err);
    if (code == 0)
        code = vessel__tree_copy(from, to, &how, err);
    if (code < 0)
        vessel__error_prefix(err, "the copy of the template \"%s\"", fs->name);
    if (code == 0 && syncfs(to) < 0) /* before its name, which says that it is whole */
        code = vessel__fail_errno(err, errno, "writing to the disk");
    return code;
}

static int make_copy(VesselGuest *guest, const VesselFilesystem *fs, int folder, VesselError **err)
{
    g_autofree char *name = copy_name(fs);
    g_autofree char *temporary = g_strdup_printf(HALF_MADE "%08x", g_random_int());
    struct stat st;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    sweep(folder);
    if (guest->operation->progress)
        guest->operation->progress(guest->operation->data, 30, "copying a template");
    int code = fill(guest, fs, folder, temporary, err);
    if (code == 0 && renameat(folder, temporary, folder, name) < 0)
        code = vessel__fail_errno(err, errno, "%s", name);
    if (code < 0)
        vessel__remove_tree(folder, temporary, NULL);
    return code;
}

int vessel__container_make_copies(VesselGuest *guest, VesselError **err)
{
    const VesselDomainDef *def = guest->def;
    vessel_autofd int folder = -1;
    int code = 0;
    for (guint i = 0; i < def->devices->len && code == 0; i++) {
        const VesselDevice *device = g_ptr_array_index(def->devices, i);
        if (device->kind != VESSEL_DEVICE_FILESYSTEM ||
            !vessel__container_is_copied(def, device->filesystem))
            continue;
        g_autofree char *at = vessel__device_path(def, device);
        g_autofree char *path = copies_of(guest->host, def->uuid);
        if (folder < 0)
            code = vessel__make_dirs(path, 0700, err);
        if (folder < 0 && code == 0)
            code = vessel__open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &folder,
                                   err);
        if (code == 0)
            code = make_copy(guest, device->filesystem, folder, err);
        if (code < 0)
            vessel__error_move(err, at);
    }
    return code;
}

void vessel__container_remove_copies(const VesselDriverHost *host, const char *uuid)
{
    g_autoptr(VesselError) err = NULL, why = NULL;
    g_autofree char *path = host->state_dir ? copies_of(host, uuid) : NULL;
    g_autofree char *above = path ? g_path_get_dirname(path) : NULL;
    vessel_autofd int folder = -1;
    if (!path || vessel__remove_tree(AT_FDCWD, path, &err) == 0)
        return;
    if (geteuid() == 0 ||
        vessel__open_at(AT_FDCWD, above, O_PATH | O_DIRECTORY, 0, &folder, NULL) < 0 ||
        vessel__container_remove_theirs(host, folder, uuid, &why) < 0)
        vessel_log(host->log, VESSEL__LOG_WARNING, "container", "%s stays: %s", path,
                   vessel_error_message(err));
}
