/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file system of layers. The kernel takes layers by path and only from mounts that are somewhere:
 * they are put beneath a tmpfs over the host's /sys for as long as that takes, and named by their
 * descriptors, so that no path of anybody's is followed. The overlay is made in the container's
 * user namespace: the owners of what is written are the container's. */
#include "base/file.h"
#include "container/engine/engine.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define SCRATCH "/sys"

typedef struct {
    const ContainerInside *inside;
    int scratch;     /* the tmpfs that the layers are put beneath */
    int context;     /* the overlay to be */
    unsigned count;  /* of directories in scratch */
    GString *lowers; /* their descriptors, the topmost first */
    int top;         /* the topmost of them; -1 */
    int upper, work; /* where is written to; -1 */
} Overlay;

/* Puts @tree somewhere. */
static int place(Overlay *overlay, int tree, VesselError **err)
{
    g_autofree char *name = g_strdup_printf("%u", overlay->count++);
    if (mkdirat(overlay->scratch, name, 0700) < 0 ||
        move_mount(tree, "", overlay->scratch, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return vessel__fail_errno(err, errno, "a layer of the container");
    return 0;
}

static int add_lower(Overlay *overlay, int tree, VesselError **err)
{
    if (overlay->top < 0)
        overlay->top = tree;
    g_string_append_printf(overlay->lowers, "%s%d", overlay->lowers->len ? ":" : "", tree);
    return place(overlay, tree, err);
}

static int open_part(int tree, const char *name, int *fd, VesselError **err)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
    *fd = (int)syscall(SYS_openat2, tree, name, &how, sizeof how);
    return *fd < 0 ? vessel__fail_errno(err, errno, "the layer's directory \"%s\"", name) : 0;
}

static int set_upper(Overlay *overlay, int tree, VesselError **err)
{
    int code = place(overlay, tree, err);
    if (code == 0)
        code = open_part(tree, "upper", &overlay->upper, err);
    return code < 0 ? code : open_part(tree, "work", &overlay->work, err);
}

static int add_layers(Overlay *overlay, const char *target, VesselError **err)
{
    const ContainerSpawn *spawn = overlay->inside->spawn;
    int code = 0;
    for (size_t i = CONTAINER_MOUNTS + spawn->mounts_count; i < spawn->sources_count && code == 0;
         i++) {
        const ContainerSource *layer = &spawn->sources[i];
        if (g_strcmp0(vessel__json_get_string(layer->plan, "of", NULL), target) != 0)
            continue;
        code = vessel__json_get_bool(layer->plan, "upper", false)
                   ? set_upper(overlay, layer->tree, err)
                   : add_lower(overlay, layer->tree, err);
    }
    return code;
}

/* What is written is kept in memory. */
static int make_upper(Overlay *overlay, const VesselJson *plan, VesselError **err)
{
    uint64_t kib = vessel__json_get_uint(vessel__json_get(plan, "overlay"), "size", 0);
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT "k", kib);
    const char *options[] = {"mode", "0755", kib ? "size" : NULL, size, NULL};
    vessel_autofd int memory = -1;
    if (overlay->upper >= 0)
        return 0;
    int code = vessel__container_new_mount("tmpfs", options, MOUNT_ATTR_NODEV, &memory, err);
    if (code < 0)
        return code;
    if (mkdirat(memory, "upper", 0) < 0 || mkdirat(memory, "work", 0700) < 0)
        return vessel__fail_errno(err, errno, "memory for what the container writes");
    return set_upper(overlay, memory, err);
}

/* What is written has a top of its own. One that nobody has begun with, of mode 0, becomes like
 * that of the topmost layer; who is nobody inside owns none. */
static int begin_upper(const Overlay *overlay, VesselError **err)
{
    struct stat st, top;
    if (fstat(overlay->upper, &st) < 0 || fstat(overlay->top, &top) < 0)
        return vessel__fail_errno(err, errno, "the directory that is written to");
    if (st.st_mode & 07777)
        return 0;
    vessel_autofd int fd = openat(overlay->upper, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || (fchown(fd, top.st_uid, top.st_gid) < 0 && errno != EINVAL && errno != EPERM) ||
        fchmod(fd, top.st_mode & 07777) < 0)
        return vessel__fail_errno(err, errno, "the directory that is written to");
    return 0;
}

static bool set_string(const Overlay *overlay, const char *key, const char *value)
{
    return fsconfig(overlay->context, FSCONFIG_SET_STRING, key, value, 0) == 0;
}

/* From the directory of our descriptors: a number there is the file itself, and short enough for
 * the 255 bytes that the kernel takes. */
static int configure(Overlay *overlay, VesselError **err)
{
    char upper[16], work[16];
    vessel_autofd int numbers =
        openat(overlay->inside->proc, "self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    g_snprintf(upper, sizeof upper, "%d", overlay->upper);
    g_snprintf(work, sizeof work, "%d", overlay->work);
    overlay->context = fsopen("overlay", FSOPEN_CLOEXEC);
    bool ok = overlay->context >= 0 && numbers >= 0 && fchdir(numbers) == 0 &&
              set_string(overlay, "lowerdir", overlay->lowers->str) &&
              set_string(overlay, "upperdir", upper) && set_string(overlay, "workdir", work) &&
              /* Marks in user.overlay.*: a user namespace may not write trusted ones. */
              fsconfig(overlay->context, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) == 0 &&
              fsconfig(overlay->context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0;
    if (!ok || chdir("/") < 0)
        return vessel__fail_errno(err, errno, "an overlay");
    return 0;
}

static int make(Overlay *overlay, ContainerSource *source, VesselError **err)
{
    static const char *const options[] = {"mode", "0700", "size", "1m", NULL};
    const char *target = vessel__json_get_string(source->plan, "target", "/");
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_NODEV};
    int code = vessel__container_new_mount("tmpfs", options, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID,
                                           &overlay->scratch, err);
    if (code < 0)
        return code;
    if (move_mount(overlay->scratch, "", AT_FDCWD, SCRATCH, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return vessel__fail_errno(err, errno, "a place for layers");
    code = add_layers(overlay, target, err);
    if (code == 0)
        code = add_lower(overlay, source->tree, err);
    if (code == 0)
        code = make_upper(overlay, source->plan, err);
    if (code == 0)
        code = begin_upper(overlay, err);
    if (code == 0)
        code = configure(overlay, err);
    if (code < 0)
        return code;
    vessel__container_attributes(source->plan, &attr);
    int whole = fsmount(overlay->context, FSMOUNT_CLOEXEC, (unsigned)attr.attr_set);
    if (whole < 0 || umount2(SCRATCH, MNT_DETACH) < 0)
        return vessel__fail_errno(err, errno, "an overlay");
    vessel__close_fd(&source->tree);
    source->tree = whole;
    return 0;
}

int vessel__container_overlay(const ContainerInside *inside, ContainerSource *source,
                              VesselError **err)
{
    Overlay overlay = {
        .inside = inside, .scratch = -1, .context = -1, .top = -1, .upper = -1, .work = -1};
    if (!vessel__json_get(source->plan, "overlay"))
        return 0;
    overlay.lowers = g_string_new(NULL);
    int code = make(&overlay, source, err);
    g_string_free(overlay.lowers, TRUE);
    vessel__close_fd(&overlay.upper);
    vessel__close_fd(&overlay.work);
    vessel__close_fd(&overlay.scratch);
    vessel__close_fd(&overlay.context);
    if (code < 0) {
        vessel__error_prefix(err, "%s", vessel__container_source_name(source));
        vessel__error_at(err, vessel__json_get_string(source->plan, "at", NULL), 0, 0);
    }
    return code;
}
