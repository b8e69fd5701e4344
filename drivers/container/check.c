/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver's half of the phases: what a container gets that its definition does not say, and what
 * one cannot be. */
#include "base/file.h"
#include "container/container.h"
#include "container/namespace.h"
#include "kit/rootfs.h"

#include <fcntl.h>
#include <sys/stat.h>

static const VesselDevice *next_filesystem(const VesselDomainDef *def, guint *index)
{
    while (*index < def->devices->len) {
        const VesselDevice *device = g_ptr_array_index(def->devices, (*index)++);
        if (device->kind == VESSEL_DEVICE_FILESYSTEM)
            return device;
    }
    return NULL;
}

static const VesselDevice *at_target(const VesselDomainDef *def, const char *target)
{
    const VesselDevice *device;
    for (guint i = 0; (device = next_filesystem(def, &i));)
        if (g_strcmp0(device->filesystem->target, target) == 0)
            return device;
    return NULL;
}

const VesselDevice *vessel__container_root(const VesselDomainDef *def)
{
    return at_target(def, "/");
}

/* ---- defaults ---- */

static GPtrArray *one_range(uint64_t base)
{
    GPtrArray *entries = g_ptr_array_new(); /* the model frees what it points to */
    VesselIdmapEntry *entry = g_new0(VesselIdmapEntry, 1);
    entry->start = (VesselNumber){0, true};
    entry->target = (VesselNumber){base, true};
    entry->count = (VesselNumber){VESSEL__CONTAINER_IDS, true};
    g_ptr_array_add(entries, entry);
    return entries;
}

/* Written down, so that the files of a container stay its own. */
static int default_ids(VesselDomainDef *def, VesselError **err)
{
    uint64_t base = 0;
    bool given =
        (def->idmap_uids && def->idmap_uids->len) || (def->idmap_gids && def->idmap_gids->len);
    GPtrArray *uids = NULL, *gids = NULL;
    int code = given || geteuid() != 0 ? 0 : vessel__container_range(def->uuid, &base, err);
    if (given || code < 0)
        return code;
    if (geteuid() != 0 && !vessel__container_subids(&uids, &gids))
        return 0; /* one id, the user's own */
    g_clear_pointer(&def->idmap_uids, g_ptr_array_unref);
    g_clear_pointer(&def->idmap_gids, g_ptr_array_unref);
    def->idmap_uids = uids ? uids : one_range(base);
    def->idmap_gids = gids ? gids : one_range(base);
    return 0;
}

bool vessel__container_has_pipes(const VesselDomainDef *def)
{
    const VesselContainerNamespace *own = vessel__namespace_get(&vessel__namespace_container, def);
    return own && own->console_kind == VESSEL_INIT_CONSOLE_PIPE;
}

int vessel__container_defaults(VesselDriverHost *host, VesselDomainDef *def, VesselError **err)
{
    (void)host;
    if (!def->os_type)
        def->os_type = g_strdup("exe");
    VesselDevice *console = vessel__domain_def_device(def, VESSEL_DEVICE_CONSOLE, 0);
    if (!console && !vessel__container_has_pipes(def))
        console = vessel__domain_def_add_device(def, VESSEL_DEVICE_CONSOLE);
    if (console && console->chardev->backend.type == VESSEL_CHARDEV_ABSENT)
        console->chardev->backend.type = VESSEL_CHARDEV_PTY;
    return default_ids(def, err);
}

/* ---- check ---- */

void vessel__container_refuse(const VesselDomainDef *def, VesselProblems *problems,
                              const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    vessel__problems_add(problems, VESSEL_ERROR_INVALID_DEFINITION, path,
                         vessel__domain_def_line(def, path), 0, NULL, "%s", text);
}

/* Those are made by the driver, and what they show is its matter. Where a path leads by links is
 * looked at when it is mounted. */
static bool is_ours(const VesselDomainDef *def, const VesselFilesystem *fs, const char *target)
{
    static const struct {
        const char *path;
        bool beneath; /* nothing beneath it either */
        bool of_init; /* a program's container has none */
        bool or_ram;  /* but one of another size may be asked for */
    } places[] = {
        {"/proc", true, false, false},         {"/sys", true, false, false},
        {"/dev", false, false, false},         {"/dev/pts", true, false, false},
        {"/dev/shm", false, false, true},      {"/dev/mqueue", true, false, false},
        {"/dev/console", false, false, false}, {"/run", false, true, false},
    };
    const VesselContainerNamespace *own = vessel__namespace_get(&vessel__namespace_container, def);
    bool init = own && own->init_kind == VESSEL_INIT_INIT, ram = fs->type == VESSEL_FILESYSTEM_RAM;
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        size_t length = strlen(places[i].path);
        if ((init || !places[i].of_init) && !(places[i].or_ram && ram) &&
            strncmp(target, places[i].path, length) == 0 &&
            (target[length] == '\0' || (places[i].beneath && target[length] == '/')))
            return true;
    }
    return false;
}

/* The file of the host, and which row has named it; NULL: none. */
static char *source_of(VesselDriverHost *host, const VesselFilesystem *fs, const char **row)
{
    bool template = fs->type == VESSEL_FILESYSTEM_TEMPLATE;
    *row = template   ? "/source/@name"
           : fs->file ? "/source/@file"
           : fs->dev  ? "/source/@dev"
                      : "/source/@dir";
    if (template)
        return vessel__container_template(host, fs);
    return g_strdup(fs->file ? fs->file : fs->dev ? fs->dev : fs->dir);
}

static bool is_image(const VesselFilesystem *fs)
{
    return fs->type == VESSEL_FILESYSTEM_FILE || fs->type == VESSEL_FILESYSTEM_BLOCK;
}

const VesselOverlay *vessel__container_overlay_of(const VesselDomainDef *def, const char *target)
{
    const VesselContainerNamespace *own = vessel__namespace_get(&vessel__namespace_container, def);
    for (guint i = 0; own && own->overlays && i < own->overlays->len; i++) {
        const VesselOverlay *overlay = own->overlays->pdata[i];
        if (g_strcmp0(overlay->target, target) == 0)
            return overlay;
    }
    return NULL;
}

const VesselContainerImage *vessel__container_image(const VesselDomainDef *def, const char *target)
{
    const VesselContainerNamespace *own = vessel__namespace_get(&vessel__namespace_container, def);
    for (guint i = 0; own && own->images && i < own->images->len; i++) {
        const VesselContainerImage *image = own->images->pdata[i];
        if (g_strcmp0(image->target, target) == 0)
            return image;
    }
    return NULL;
}

/* What is on an image is the definition's word: to guess it would be to let the image choose the
 * code of the kernel that reads it. */
static void check_image(const VesselDomainDef *def, const VesselDevice *device,
                        VesselProblems *problems)
{
    const VesselFilesystem *fs = device->filesystem;
    g_autofree char *at = vessel__device_path(def, device);
    if (!is_image(fs))
        return;
    if (!vessel__container_image(def, fs->target))
        vessel__container_refuse(
            def, problems, at,
            "it needs a <vessel:image target='%s' type='…'/> that says what is on it",
            fs->target ? fs->target : "");
    if (geteuid() != 0)
        vessel__container_refuse(def, problems, at, "only root mounts images and block devices");
}

static bool is_written_once(VesselImageType type)
{
    return type == VESSEL_IMAGE_SQUASHFS || type == VESSEL_IMAGE_EROFS ||
           type == VESSEL_IMAGE_ISO9660;
}

static void check_images(const VesselDomainDef *def, VesselProblems *problems)
{
    const VesselContainerNamespace *own = vessel__namespace_get(&vessel__namespace_container, def);
    for (guint i = 0; own && own->images && i < own->images->len; i++) {
        const VesselContainerImage *image = own->images->pdata[i];
        const char *target = image->target;
        const VesselDevice *device = at_target(def, target);
        g_autofree char *path = g_strdup_printf("/domain/vessel:image[%u]", i + 1);
        if (image->writable == VESSEL_TRI_YES && is_written_once(image->type)) {
            g_autofree char *at = g_strconcat(path, "/@writable", NULL);
            vessel__container_refuse(def, problems, at,
                                     "nothing can be written to %s; a <vessel:overlay> can be put "
                                     "on it",
                                     vessel__container_image_types[image->type]);
        }
        if (!device || !is_image(device->filesystem))
            vessel__container_refuse(
                def, problems, path,
                "there is no <filesystem> of type file or block with target \"%s\"", target);
    }
}

const VesselContainerMount *vessel__container_mount_of(const VesselDomainDef *def,
                                                       const char *target)
{
    const VesselContainerNamespace *own = vessel__namespace_get(&vessel__namespace_container, def);
    for (guint i = 0; own && own->mounts && i < own->mounts->len; i++) {
        const VesselContainerMount *mount = own->mounts->pdata[i];
        if (g_strcmp0(mount->target, target) == 0)
            return mount;
    }
    return NULL;
}

/* Has it a directory of the host as its source, with nothing between? */
static bool is_bound(const VesselDomainDef *def, const VesselFilesystem *fs)
{
    return (fs->type == VESSEL_FILESYSTEM_ABSENT || fs->type == VESSEL_FILESYSTEM_MOUNT ||
            fs->type == VESSEL_FILESYSTEM_BIND) &&
           !vessel__container_overlay_of(def, fs->target);
}

static void check_mount(const VesselDomainDef *def, const VesselContainerMount *mount,
                        const char *at, VesselProblems *problems)
{
    const VesselDevice *device = at_target(def, mount->target);
    g_autofree char *recursive = g_strconcat(at, "/@recursive", NULL);
    g_autofree char *atime = g_strconcat(at, "/@atime", NULL);
    if (!device) {
        vessel__container_refuse(def, problems, at, "there is no <filesystem> with target \"%s\"",
                                 mount->target);
        return;
    }
    bool bound = is_bound(def, device->filesystem);
    if (mount->recursive == VESSEL_TRI_YES && !bound)
        vessel__container_refuse(def, problems, recursive,
                                 "it is for a directory of the host that is not beneath an "
                                 "overlay: nothing is mounted beneath any other");
    if (geteuid() == 0 || !bound)
        return;
    if (mount->recursive == VESSEL_TRI_NO)
        vessel__container_refuse(def, problems, recursive,
                                 "an ordinary user's container sees what is mounted beneath, too: "
                                 "the kernel uncovers nothing for it");
    if (mount->atime)
        vessel__container_refuse(def, problems, atime,
                                 "only root changes that for files of the host");
}

/* Each of @list begins with its target. */
static void check_once(const VesselDomainDef *def, const GPtrArray *list, const char *element,
                       VesselProblems *problems)
{
    for (guint i = 0; list && i < list->len; i++)
        for (guint k = 0; k < i; k++) {
            const char *a = *(char *const *)list->pdata[i], *b = *(char *const *)list->pdata[k];
            g_autofree char *path =
                g_strdup_printf("/domain/vessel:%s[%u]/@target", element, i + 1);
            if (g_strcmp0(a, b) == 0)
                vessel__container_refuse(def, problems, path,
                                         "/domain/vessel:%s[%u] has the same target", element,
                                         k + 1);
        }
}

static void check_mounts(const VesselDomainDef *def, VesselProblems *problems)
{
    const VesselContainerNamespace *own = vessel__namespace_get(&vessel__namespace_container, def);
    if (!own)
        return;
    for (guint i = 0; own->mounts && i < own->mounts->len; i++) {
        g_autofree char *at = g_strdup_printf("/domain/vessel:mount[%u]", i + 1);
        check_mount(def, own->mounts->pdata[i], at, problems);
    }
    check_once(def, own->overlays, "overlay", problems);
    check_once(def, own->images, "image", problems);
    check_once(def, own->mounts, "mount", problems);
}

/* Devices of the host that it is given: they have the same names inside. */
static void check_hostdevs(const VesselDomainDef *def, VesselProblems *problems)
{
    const VesselDevice *device;
    for (guint i = 0; (device = vessel__domain_def_device(def, VESSEL_DEVICE_HOSTDEV, i)); i++) {
        const char *path = vessel__container_hostdev(device);
        g_autofree char *at = vessel__device_path(def, device);
        g_autofree char *clean = path && *path == '/' ? g_canonicalize_filename(path, "/") : NULL;
        if (path && (!clean || strcmp(clean, path) || !g_str_has_prefix(path, "/dev/")))
            vessel__container_refuse(def, problems, at, "\"%s\" is no name of a device in /dev",
                                     path);
    }
}

const char *vessel__container_hostdev(const VesselDevice *device)
{
    const VesselHostdevSource *source = &device->hostdev->source;
    return source->block ? source->block : source->character;
}

/* One that would cover another: by name here, by links when it is mounted. */
static const VesselDevice *covered_by(const VesselDomainDef *def, const VesselDevice *device)
{
    g_autofree char *clean = g_canonicalize_filename(device->filesystem->target, "/");
    const VesselDevice *other;
    for (guint i = 0; (other = next_filesystem(def, &i)) && other != device;) {
        const char *target = other->filesystem->target;
        g_autofree char *place = g_canonicalize_filename(target ? target : "", "/");
        if (target && strcmp(place, clean) == 0)
            return other;
    }
    return NULL;
}

static void check_target(const VesselDomainDef *def, const VesselDevice *device,
                         VesselProblems *problems)
{
    const char *target = device->filesystem->target;
    g_autofree char *at = vessel__device_path(def, device);
    g_autofree char *path = g_strconcat(at, "/target/@dir", NULL);
    g_autofree char *clean = g_canonicalize_filename(target, "/");
    const VesselDevice *other;
    if (*target != '/')
        vessel__container_refuse(def, problems, path, "a path of the container begins with /");
    else if (is_ours(def, device->filesystem, clean) ||
             (!strcmp(clean, "/") && strcmp(target, "/")))
        vessel__container_refuse(def, problems, path,
                                 "%s is made by the driver and cannot be mounted over", clean);
    else if (strcmp(target, "/") && (other = covered_by(def, device))) {
        g_autofree char *first = vessel__device_path(def, other);
        vessel__container_refuse(def, problems, path, "%s is the target of %s already", clean,
                                 first);
    }
}

static void check_filesystem(const VesselDomainDef *def, const VesselDevice *device,
                             VesselProblems *problems)
{
    const VesselFilesystem *fs = device->filesystem;
    g_autofree char *at = vessel__device_path(def, device);
    if (fs->target) /* else the model refuses it */
        check_target(def, device, problems);
    g_autofree char *source = g_strconcat(at, "/source/@name", NULL);
    if (fs->type == VESSEL_FILESYSTEM_TEMPLATE && fs->name &&
        vessel__rootfs_check_name(fs->name, NULL) < 0)
        vessel__container_refuse(def, problems, source, "rootfs-import makes none of that name");
    if (device == vessel__container_root(def) && fs->type == VESSEL_FILESYSTEM_RAM)
        vessel__container_refuse(def, problems, at,
                                 "the root of a container is a directory or an image");
    check_image(def, device, problems);
}

static void check_ids(const VesselDomainDef *def, VesselProblems *problems)
{
    guint uids = def->idmap_uids ? def->idmap_uids->len : 0;
    guint gids = def->idmap_gids ? def->idmap_gids->len : 0;
    if ((uids > 0) != (gids > 0))
        vessel__container_refuse(def, problems, "/domain/idmap",
                                 "a map of users needs one of groups, and the reverse");
    if (uids && ((VesselIdmapEntry *)def->idmap_uids->pdata[0])->start.value != 0)
        vessel__container_refuse(def, problems, "/domain/idmap/uid",
                                 "the first range begins with the container's 0");
    if (gids && ((VesselIdmapEntry *)def->idmap_gids->pdata[0])->start.value != 0)
        vessel__container_refuse(def, problems, "/domain/idmap/gid",
                                 "the first range begins with the container's 0");
}

static void check_overlay(const VesselDomainDef *def, const VesselOverlay *overlay, guint number,
                          VesselProblems *problems)
{
    const VesselDevice *device = at_target(def, overlay->target);
    g_autofree char *path = g_strdup_printf("/domain/vessel:overlay[%u]", number);
    if (!device || device->filesystem->type == VESSEL_FILESYSTEM_RAM)
        vessel__container_refuse(def, problems, path,
                                 "there is no <filesystem> of a directory with target \"%s\"",
                                 overlay->target);
    if ((overlay->upper == VESSEL_UPPER_KEPT) != (overlay->dir != NULL))
        vessel__container_refuse(def, problems, path, "upper='kept' and dir go together");
    if (overlay->upper == VESSEL_UPPER_KEPT && overlay->size_kib.set)
        vessel__container_refuse(def, problems, path, "<size> is for upper='memory'");
}

static void check_overlays(const VesselDomainDef *def, VesselProblems *problems)
{
    const VesselContainerNamespace *own = vessel__namespace_get(&vessel__namespace_container, def);
    for (guint i = 0; own && own->overlays && i < own->overlays->len; i++)
        check_overlay(def, own->overlays->pdata[i], i + 1, problems);
}

static bool meet(const VesselNumber *a, const VesselNumber *a_count, const VesselNumber *b,
                 const VesselNumber *b_count)
{
    return a->value < b->value + b_count->value && b->value < a->value + a_count->value;
}

/* A range with the host's root in it, ranges that meet, and those that end nowhere. */
static void check_ranges(const VesselDomainDef *def, const GPtrArray *entries, const char *path,
                         VesselProblems *problems)
{
    for (guint i = 0; entries && i < entries->len; i++) {
        const VesselIdmapEntry *a = entries->pdata[i];
        if (a->count.value == 0 || a->count.value > UINT32_MAX ||
            a->target.value + a->count.value > UINT32_MAX ||
            a->start.value + a->count.value > UINT32_MAX)
            vessel__container_refuse(def, problems, path,
                                     "range %u is empty or ends beyond the last id", i + 1);
        else if (a->target.value == 0 && geteuid() == 0)
            vessel__container_refuse(def, problems, path,
                                     "the host's root is no id for a container");
        for (guint j = 0; j < i; j++) {
            const VesselIdmapEntry *b = entries->pdata[j];
            if (meet(&a->target, &a->count, &b->target, &b->count) ||
                meet(&a->start, &a->count, &b->start, &b->count))
                vessel__container_refuse(def, problems, path, "ranges %u and %u overlap", j + 1,
                                         i + 1);
        }
    }
}

void vessel__container_check(VesselDriverHost *host, const VesselDomainDef *def,
                             VesselProblems *problems)
{
    const VesselDevice *device;
    guint roots = 0;
    (void)host;
    for (guint i = 0; (device = next_filesystem(def, &i));) {
        check_filesystem(def, device, problems);
        roots += g_strcmp0(device->filesystem->target, "/") == 0;
    }
    if (roots != 1)
        vessel__container_refuse(def, problems, "/domain/devices/filesystem",
                                 roots ? "a container has one root"
                                       : "a container needs a <filesystem> whose "
                                         "<target dir='/'/> is its root");
    if (vessel__domain_def_device(def, VESSEL_DEVICE_CONSOLE, 1))
        vessel__container_refuse(def, problems, "/domain/devices/console[2]",
                                 "a container has one console");
    if (vessel__container_has_pipes(def) &&
        vessel__domain_def_device(def, VESSEL_DEVICE_CONSOLE, 0))
        vessel__container_refuse(def, problems, "/domain/devices/console",
                                 "its console is the pipes of <vessel:console>, and no terminal");
    check_ids(def, problems);
    check_ranges(def, def->idmap_uids, "/domain/idmap/uid", problems);
    check_ranges(def, def->idmap_gids, "/domain/idmap/gid", problems);
    vessel__container_check_capabilities(def, problems);
    vessel__container_check_confinement(def, problems);
    vessel__container_check_limits(def, problems);
    vessel__container_check_interfaces(def, problems);
    check_overlays(def, problems);
    check_images(def, problems);
    check_mounts(def, problems);
    check_hostdevs(def, problems);
}

/* ---- before a start ---- */

void vessel__container_check_start(VesselDriverHost *host, const VesselDomainDef *def,
                                   VesselProblems *problems)
{
    const VesselDevice *device;
    vessel__container_check_interfaces_start(def, problems);
    vessel__container_check_confinement_start(host, def, problems);
    for (guint i = 0; (device = next_filesystem(def, &i));) {
        g_autoptr(VesselError) err = NULL;
        vessel_autofd int fd = -1;
        const char *row;
        g_autofree char *source = source_of(host, device->filesystem, &row);
        if (!source || vessel__open_at(AT_FDCWD, source, O_PATH, 0, &fd, &err) == 0)
            continue;
        g_autofree char *at = vessel__device_path(def, device);
        g_autofree char *path = g_strconcat(at, row, NULL);
        if (device->filesystem->type == VESSEL_FILESYSTEM_TEMPLATE)
            vessel__error_hint(&err, "a template is made by rootfs-import");
        vessel__error_move(&err, path);
        vessel__problems_add_error(problems, err);
    }
}
