/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a definition to a launch plan: what is opened now is what the container will see. */
#include "container/plan.h"
#include "base/file.h"
#include "base/words.h"
#include "container/container.h"
#include "container/namespace.h"
#include "sys/fileid.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

typedef struct {
    VesselDriverHost *host;
    const VesselDomainDef *def;
    VesselLaunch *launch;
    VesselJson *plan;
    const VesselContainerNamespace *own; /* NULL: nothing of it is said */
    uint64_t base;                       /* the host's user who is the container's root */
    uint64_t group_base;
    guint mounts, layers;
} Build;

/* ---- ids ---- */

static VesselJson *range(uint64_t start, uint64_t target, uint64_t count)
{
    VesselJson *json = vessel__json_new_object();
    vessel__json_set_uint(json, "start", start);
    vessel__json_set_uint(json, "target", target);
    vessel__json_set_uint(json, "count", count);
    return json;
}

static VesselJson *given_ranges(const GPtrArray *entries)
{
    VesselJson *list = vessel__json_new_array();
    for (guint i = 0; i < entries->len; i++) {
        const VesselIdmapEntry *entry = g_ptr_array_index(entries, i);
        vessel__json_append(list,
                            range(entry->start.value, entry->target.value, entry->count.value));
    }
    return list;
}

/* Without a map in the definition an ordinary user has one id to give: that of its own. */
static void add_maps(Build *build)
{
    const VesselDomainDef *def = build->def;
    bool given = def->idmap_uids && def->idmap_uids->len > 0;
    VesselJson *uids = given ? given_ranges(def->idmap_uids) : vessel__json_new_array();
    VesselJson *gids = given ? given_ranges(def->idmap_gids) : vessel__json_new_array();
    if (!given) {
        vessel__json_append(uids, range(0, geteuid(), 1));
        vessel__json_append(gids, range(0, getegid(), 1));
    }
    build->base = vessel__json_get_uint(vessel__json_at(uids, 0), "target", 0);
    build->group_base = vessel__json_get_uint(vessel__json_at(gids, 0), "target", 0);
    vessel__json_set(build->plan, "uids", uids);
    vessel__json_set(build->plan, "gids", gids);
}

/* ---- files ---- */

static int open_source(const char *path, int flags, int *fd, VesselError **err)
{
    return vessel__open_at(AT_FDCWD, path, O_PATH | flags, 0, fd, err);
}

/* The owner of its top says how the whole of it was meant. What in it belongs to others is nobody's
 * inside if it is shown as it is, and nobody's to reach on the host if its owners are mapped. */
static bool is_theirs(const Build *build, uid_t uid)
{
    VESSEL_JSON_FOREACH (range, vessel__json_get(build->plan, "uids")) {
        uint64_t first = vessel__json_get_uint(range, "target", 0);
        if (uid >= first && uid - first < vessel__json_get_uint(range, "count", 0))
            return true;
    }
    return false;
}

/* What is mounted beneath it may be mounted, or have its root, where everybody comes. */
static int refuse_recursive(const char *path, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_DENIED,
                 "%s belongs to the host, and what is mounted beneath it may be reached elsewhere",
                 path);
    vessel__error_hint(err, "the container's root could leave a setuid program there: mount it "
                            "read-only, give it to the container's ids, or name each file system "
                            "as a <filesystem> of its own");
    return VESSEL_ERROR_DENIED;
}

/* Files that belong to the host's ids are shown as the container's, which only root can do. */
static int add_owners(const Build *build, VesselJson *source, const char *path, int fd,
                      bool readonly, VesselError **err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return vessel__fail_errno(err, errno, "%s", path);
    if (is_theirs(build, st.st_uid) || geteuid() != 0)
        return 0;
    vessel__json_set_bool(source, "idmapped", true);
    if (readonly || vessel__json_get(source, "overlay"))
        return 0;
    if (vessel__json_get_bool(source, "recursive", false))
        return refuse_recursive(path, err);
    if (vessel__container_is_closed(fd))
        return 0;
    vessel__fail(err, VESSEL_ERROR_DENIED,
                 "%s belongs to uid %u of the host and can be reached by "
                 "its users",
                 path, st.st_uid);
    vessel__error_hint(
        err,
        "the container's root could leave a setuid program there for them: put "
        "it beneath a directory of root's of mode 0700, mount it read-only, or give it to "
        "the container's ids (chown %" PRIu64 ")",
        build->base);
    return VESSEL_ERROR_DENIED;
}

/* Takes @fd over. An adopter finds the file again by its path. */
static int add_descriptor(const Build *build, VesselJson *source, const char *name, int fd,
                          VesselError **err)
{
    int code = vessel__fileid_record(fd, source, err);
    if (code < 0)
        close(fd);
    else
        vessel__launch_add_fd(build->launch, name, fd);
    return code;
}

/* Adds the host's @path as @source with its descriptor @name. */
static int add_source(Build *build, VesselJson *source, const char *name, const char *path,
                      int flags, bool readonly, VesselError **err)
{
    vessel_autofd int fd = -1;
    vessel__json_set_string(source, "source", path);
    if (readonly)
        vessel__json_set_bool(source, "readonly", true);
    int code = open_source(path, flags, &fd, err);
    if (code == 0)
        code = add_owners(build, source, path, fd, readonly, err);
    return code < 0 ? code : add_descriptor(build, source, name, vessel__steal_fd(&fd), err);
}

static int add_init(Build *build, VesselError **err)
{
    const char *dir = build->host->helper_dir;
    VesselJson *source = vessel__json_new_object();
    vessel_autofd int fd = -1;
    if (!dir)
        return vessel__error_steal(err, vessel__error_copy(build->host->helper_error));
    g_autofree char *path = g_build_filename(dir, VESSEL__CONTAINER_INIT, NULL);
    vessel__json_set_string(source, "source", path);
    vessel__json_set_bool(source, "readonly", true);
    vessel__json_set_bool(source, "nosuid", true);
    vessel__json_set(build->plan, "init", source);
    int code = open_source(path, 0, &fd, err);
    return code < 0 ? code : add_descriptor(build, source, "init", vessel__steal_fd(&fd), err);
}

static bool has_user_network(const VesselJson *interfaces)
{
    VESSEL_JSON_FOREACH (interface, interfaces)
        if (strcmp(vessel__json_get_string(interface, "kind", ""), "user") == 0)
            return true;
    return false;
}

static int add_slirp(Build *build, VesselError **err)
{
    const char *path = vessel__container_slirp(); /* NULL: the check refused that */
    VesselJson *source = vessel__json_new_object();
    vessel_autofd int fd = -1;
    vessel__json_set_string(source, "source", path ? path : "");
    vessel__json_set(build->plan, "slirp", source);
    int code = open_source(path ? path : "", 0, &fd, err);
    return code < 0 ? code : add_descriptor(build, source, "slirp", vessel__steal_fd(&fd), err);
}

/* "upper" and "work", which the kernel wants: real directories, the container's own. The first is
 * its root, of which it may have made something else since; a new one has mode 0, which tells the
 * engine to begin it. What was not finished is still ours. */
static int make_part(int dir, const char *path, const char *name, uid_t uid, gid_t gid,
                     VesselError **err)
{
    struct stat st;
    bool made = mkdirat(dir, name, strcmp(name, "upper") == 0 ? 0 : 0700) == 0;
    if (!made && errno != EEXIST)
        return vessel__fail_errno(err, errno, "%s/%s", path, name);
    vessel_autofd int fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return vessel__fail_errno(err, errno, "%s/%s", path, name);
    if (st.st_uid != uid && (made || st.st_uid == geteuid()) &&
        fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
        return vessel__fail_errno(err, errno, "%s/%s", path, name);
    return 0;
}

/* Somebody's directory is not taken over: it is the container's already, or ours and empty. */
static int check_kept(int fd, const char *path, uid_t uid, VesselError **err)
{
    struct stat st;
    g_auto(GStrv) names = NULL;
    if (fstat(fd, &st) < 0)
        return vessel__fail_errno(err, errno, "%s", path);
    int code = st.st_uid == uid ? 0 : vessel__list_dir(fd, ".", 16, &names, err);
    if (code < 0 || st.st_uid == uid || (st.st_uid == geteuid() && !names[0]))
        return code;
    vessel__fail(err, VESSEL_ERROR_DENIED, "%s belongs to uid %u and is not empty", path,
                 st.st_uid);
    vessel__error_hint(err, "what a container writes is kept in a directory of its own: name an "
                            "empty one, which is then given to it");
    return VESSEL_ERROR_DENIED;
}

/* The directory that is kept belongs to one running container: the lock goes to its warden with the
 * descriptor, and ends with it. */
static int open_upper(const Build *build, const char *dir, int *result, VesselError **err)
{
    uid_t uid = geteuid() == 0 ? (uid_t)build->base : geteuid();
    gid_t gid = geteuid() == 0 ? (gid_t)build->group_base : getegid();
    vessel_autofd int fd = -1;
    int code = vessel__open_at(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &fd, err);
    if (code == 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
        code = errno == EWOULDBLOCK
                   ? vessel__fail(err, VESSEL_ERROR_BUSY, "%s is used by another container", dir)
                   : vessel__fail_errno(err, errno, "the lock of %s", dir);
    if (code == 0)
        code = check_kept(fd, dir, uid, err);
    if (code == 0 && (fchown(fd, uid, gid) < 0 || fchmod(fd, 0700) < 0))
        code = vessel__fail_errno(err, errno, "%s", dir);
    if (code == 0)
        code = make_part(fd, dir, "upper", uid, gid, err);
    if (code == 0)
        code = make_part(fd, dir, "work", uid, gid, err);
    if (code == 0)
        *result = vessel__steal_fd(&fd);
    return code;
}

static int add_layer(Build *build, const VesselOverlay *overlay, const char *dir, bool upper,
                     VesselError **err)
{
    VesselJson *layer = vessel__json_new_object();
    g_autofree char *name = g_strdup_printf("layer%u", build->layers++);
    int fd = -1;
    vessel__json_append((VesselJson *)vessel__json_get(build->plan, "layers"), layer);
    vessel__json_set_string(layer, "fd", name);
    vessel__json_set_string(layer, "of", overlay->target);
    if (!upper)
        return add_source(build, layer, name, dir, O_DIRECTORY, true, err);
    vessel__json_set_bool(layer, "upper", true);
    vessel__json_set_string(layer, "source", dir);
    int code = open_upper(build, dir, &fd, err);
    if (code == 0)
        code = add_descriptor(build, layer, name, fd, err);
    return code;
}

static int add_overlay(Build *build, VesselJson *source, const VesselOverlay *overlay,
                       VesselError **err)
{
    VesselJson *json = vessel__json_new_object();
    int code = 0;
    if (overlay->size_kib.set)
        vessel__json_set_uint(json, "size", overlay->size_kib.value);
    vessel__json_set(source, "overlay", json);
    if (overlay->upper == VESSEL_UPPER_KEPT)
        code = add_layer(build, overlay, overlay->dir, true, err);
    for (guint i = 0; overlay->lowers && i < overlay->lowers->len && code == 0; i++)
        code =
            add_layer(build, overlay, ((VesselLower *)overlay->lowers->pdata[i])->dir, false, err);
    return code;
}

/* What is mounted is the very file; two that write to it would ruin it. The lock goes to the warden
 * with the descriptor. */
static int add_image(Build *build, VesselJson *source, const char *name, const VesselFilesystem *fs,
                     VesselError **err)
{
    const VesselContainerImage *image = vessel__container_image(build->def, fs->target);
    const char *path = fs->file ? fs->file : fs->dev;
    bool readonly = fs->readonly == VESSEL_TRI_YES,
         layered = vessel__container_overlay_of(build->def, fs->target);
    bool writable = image->writable == VESSEL_TRI_YES && !readonly && !layered;
    VesselJson *json = vessel__json_new_object();
    vessel_autofd int fd = -1;
    struct stat st;
    vessel__json_set(source, "image", json);
    vessel__json_set_string(json, "type", vessel__container_image_types[image->type]);
    vessel__json_set_bool(json, "writable", writable);
    vessel__json_set_string(source, "source", path);
    vessel__json_set_bool(source, "readonly", layered ? readonly : !writable);
    vessel__json_set_bool(source, "idmapped", true);
    vessel__json_set_bool(source, "nosuid", true);
    int code =
        vessel__open_at(AT_FDCWD, path, (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK, 0, &fd, err);
    if (code < 0)
        return code;
    if (fstat(fd, &st) < 0 || (fs->file ? !S_ISREG(st.st_mode) : !S_ISBLK(st.st_mode)))
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s is no %s", path,
                            fs->file ? "file" : "block device");
    if (flock(fd, (writable ? LOCK_EX : LOCK_SH) | LOCK_NB) < 0)
        return errno == EWOULDBLOCK
                   ? vessel__fail(err, VESSEL_ERROR_BUSY, "%s is used by another", path)
                   : vessel__fail_errno(err, errno, "the lock of %s", path);
    return add_descriptor(build, source, name, vessel__steal_fd(&fd), err);
}

static void add_options(VesselJson *source, const VesselContainerMount *mount)
{
    const struct {
        const char *name;
        bool set;
    } options[] = {{"recursive", mount->recursive == VESSEL_TRI_YES},
                   {"noexec", mount->noexec == VESSEL_TRI_YES},
                   {"nosuid", mount->nosuid == VESSEL_TRI_YES}};
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
        if (options[i].set)
            vessel__json_set_bool(source, options[i].name, true);
    if (mount->atime)
        vessel__json_set_string(source, "atime", vessel__container_atimes[mount->atime]);
}

static int add_content(Build *build, VesselJson *source, const char *name,
                       const VesselFilesystem *fs, int flags, VesselError **err)
{
    if (fs->type == VESSEL_FILESYSTEM_FILE || fs->type == VESSEL_FILESYSTEM_BLOCK)
        return add_image(build, source, name, fs, err);
    g_autofree char *dir = vessel__container_source(build->host, build->def, fs);
    return add_source(build, source, name, dir, flags, fs->readonly == VESSEL_TRI_YES, err);
}

static int add_filesystem(Build *build, const VesselDevice *device, VesselError **err)
{
    const VesselOverlay *overlay =
        vessel__container_overlay_of(build->def, device->filesystem->target);
    const VesselFilesystem *fs = device->filesystem;
    const VesselContainerMount *mount = vessel__container_mount_of(build->def, fs->target);
    g_autofree char *at = vessel__device_path(build->def, device);
    bool is_root = device == vessel__container_root(build->def);
    VesselJson *source = vessel__json_new_object();
    int code = 0;
    vessel__json_set_string(source, "at", at);
    if (mount)
        add_options(source, mount);
    if (overlay)
        code = add_overlay(build, source, overlay, err);
    if (is_root) {
        vessel__json_set(build->plan, "root", source);
        if (code == 0)
            code = add_content(build, source, "root", fs, O_DIRECTORY, err);
    } else {
        g_autofree char *name = g_strdup_printf("mount%u", build->mounts++);
        vessel__json_append((VesselJson *)vessel__json_get(build->plan, "mounts"), source);
        vessel__json_set_string(source, "target", fs->target);
        if (fs->type == VESSEL_FILESYSTEM_RAM) {
            g_autofree char *target = g_canonicalize_filename(fs->target, "/");
            vessel__json_set_string(source, "target", target); /* it may take the place of ours */
            vessel__json_set_uint(source, "tmpfs", vessel__filesystem_usage_kib(fs));
            vessel__json_set_bool(source, "readonly", fs->readonly == VESSEL_TRI_YES);
        } else {
            vessel__json_set_string(source, "fd", name);
            if (code == 0)
                code = add_content(build, source, name, fs, 0, err);
        }
    }
    if (code < 0)
        vessel__error_at(err, at, device->line, 0);
    return code;
}

/* Whatever is called so in the host now: a node of that device, with the host's mode. */
static int add_hostdev(Build *build, const VesselDevice *device, VesselError **err)
{
    const char *path = vessel__container_hostdev(device);
    bool block = device->hostdev->type == VESSEL_HOSTDEV_STORAGE;
    g_autofree char *at = vessel__device_path(build->def, device);
    g_autofree char *name = g_strdup_printf("mount%u", build->mounts++);
    VesselJson *source = vessel__json_new_object(), *json = vessel__json_new_object();
    vessel_autofd int fd = -1;
    struct stat st;
    vessel__json_append((VesselJson *)vessel__json_get(build->plan, "mounts"), source);
    vessel__json_set_string(source, "at", at);
    vessel__json_set_string(source, "fd", name);
    vessel__json_set_string(source, "source", path);
    vessel__json_set_string(source, "target", path);
    vessel__json_set(source, "device", json);
    int code = open_source(path, 0, &fd, err);
    if (code == 0 && (fstat(fd, &st) < 0 || (block ? !S_ISBLK(st.st_mode) : !S_ISCHR(st.st_mode))))
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s is no %s device", path,
                            block ? "block" : "character");
    if (code == 0) {
        vessel__json_set_bool(json, "block", block);
        vessel__json_set_uint(json, "major", major(st.st_rdev));
        vessel__json_set_uint(json, "minor", minor(st.st_rdev));
        vessel__json_set_uint(json, "mode", st.st_mode & 0666);
        code = add_descriptor(build, source, name, vessel__steal_fd(&fd), err);
    }
    if (code < 0)
        vessel__error_move(err, at);
    return code;
}

static int add_filesystems(Build *build, VesselError **err)
{
    int code = 0;
    vessel__json_set(build->plan, "mounts", vessel__json_new_array());
    vessel__json_set(build->plan, "layers", vessel__json_new_array());
    for (guint i = 0; i < build->def->devices->len && code == 0; i++) {
        const VesselDevice *device = g_ptr_array_index(build->def->devices, i);
        if (device->kind == VESSEL_DEVICE_FILESYSTEM)
            code = add_filesystem(build, device, err);
        else if (device->kind == VESSEL_DEVICE_HOSTDEV && vessel__container_hostdev(device))
            code = add_hostdev(build, device, err);
    }
    return code;
}

/* ---- the program ---- */

static void add_env(VesselJson *env, const char *name, const char *value)
{
    g_autofree char *word = g_strdup_printf("%s=%s", name, value);
    vessel__json_append_string(env, word);
}

static bool is_set(const VesselDomainDef *def, const char *name)
{
    for (guint i = 0; def->initenvs && i < def->initenvs->len; i++)
        if (strcmp(((VesselInitenv *)def->initenvs->pdata[i])->name, name) == 0)
            return true;
    return false;
}

/* HOME is the user's, which is not known yet. */
static void add_environment(Build *build)
{
    const VesselDomainDef *def = build->def;
    const struct {
        const char *name, *value;
    } usual[] = {
        {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        {"TERM", vessel__container_has_pipes(def) ? NULL : "linux"},
        {"container", "vessel"},
        {"container_uuid", def->uuid},
    };
    VesselJson *env = vessel__json_new_array();
    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++)
        if (usual[i].value && !is_set(def, usual[i].name))
            add_env(env, usual[i].name, usual[i].value);
    for (guint i = 0; def->initenvs && i < def->initenvs->len; i++) {
        const VesselInitenv *given = def->initenvs->pdata[i];
        add_env(env, given->name, given->value ? given->value : "");
    }
    vessel__json_set(build->plan, "env", env);
}

static bool is_init(const Build *build)
{
    return build->own && build->own->init_kind == VESSEL_INIT_INIT;
}

/* The user is looked for when its files are mounted: a layer may have it. */
static void add_program(Build *build)
{
    const VesselDomainDef *def = build->def;
    VesselJson *argv = vessel__json_new_array();
    vessel__json_set_string(build->plan, "kind", is_init(build) ? "init" : "program");
    vessel__json_set_string(build->plan, "path", def->init);
    vessel__json_set_string(build->plan, "cwd", def->initdir ? def->initdir : "/");
    vessel__json_append_string(argv, def->init);
    for (guint i = 0; def->initargs && i < def->initargs->len; i++)
        vessel__json_append_string(argv, ((VesselText *)def->initargs->pdata[i])->text);
    vessel__json_set(build->plan, "argv", argv);
    if (def->inituser)
        vessel__json_set_string(build->plan, "user", def->inituser);
    if (def->initgroup)
        vessel__json_set_string(build->plan, "group", def->initgroup);
    add_environment(build);
}

/* How it is asked to end; the engine knows what is meant where nothing is said. */
static void add_shutdown(Build *build)
{
    const VesselContainerNamespace *own =
        vessel__namespace_get(&vessel__namespace_container, build->def);
    if (own && own->stop_signal)
        vessel__json_set_int(build->plan, "stop_signal", vessel__signal_number(own->stop_signal));
    if (own && own->stop_timeout.set)
        vessel__json_set_uint(build->plan, "stop_ms", own->stop_timeout.value * 1000);
}

/* ---- the whole ---- */

static void add_console(Build *build)
{
    bool pipes = vessel__container_has_pipes(build->def);
    vessel__json_set_bool(build->plan, "pipes", pipes);
    if (pipes || vessel__domain_def_device(build->def, VESSEL_DEVICE_CONSOLE, 0))
        vessel__json_set_string(build->plan, "console", "console0");
}

/* Those that were given to it when it was defined are still its own, and nobody else's while it
 * runs. */
static int claim_ids(Build *build, bool kept, VesselError **err)
{
    VesselJson *ids = vessel__json_new_object();
    int hold = -1;
    vessel__json_set(build->plan, "ids", ids);
    int code = vessel__container_claim(build->def, kept, ids, &hold, err);
    if (hold >= 0)
        vessel__launch_add_fd(build->launch, "ids", hold);
    return code;
}

static int build_plan(Build *build, bool kept, VesselError **err)
{
    g_autofree char *host_name = g_strndup(build->def->name, 64);
    vessel__json_set_string(build->plan, "hostname", host_name);
    add_maps(build);
    add_console(build);
    add_program(build);
    add_shutdown(build);
    int code = vessel__container_plan_limits(build->def, false, build->plan, err);
    if (code == 0)
        code = vessel__container_plan_confinement(build->host, build->def, build->plan, err);
    if (code == 0)
        code = claim_ids(build, kept, err);
    if (code == 0)
        code = add_init(build, err);
    if (code == 0 && has_user_network(vessel__json_get(build->plan, "interfaces")))
        code = add_slirp(build, err);
    return code < 0 ? code : add_filesystems(build, err);
}

int vessel__container_plan(const VesselGuest *guest, bool kept, VesselLaunch **result,
                           VesselError **err)
{
    g_autoptr(VesselLaunch) launch = vessel__launch_new(VESSEL__CONTAINER_ENGINE);
    Build build = {.host = guest->host,
                   .def = guest->def,
                   .launch = launch,
                   .plan = vessel__launch_plan(launch),
                   .own = vessel__namespace_get(&vessel__namespace_container, guest->def)};
    *result = NULL;
    vessel__json_set(build.plan, "interfaces", vessel__container_interfaces(guest));
    vessel__json_set(build.plan, "moved", vessel__container_moved(guest->def));
    int code = build_plan(&build, kept, err);
    if (code == 0)
        *result = g_steal_pointer(&launch);
    return code;
}
