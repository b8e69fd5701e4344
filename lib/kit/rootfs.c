/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The library's side of an import: where, under which name, and when it is done. What is in the
 * archives is read by vessel-unpack alone (drivers/container/unpack). */
#include "kit/rootfs.h"
#include "base/file.h"
#include "kit/left-out.h"
#include "sys/socket.h"
#include "sys/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#define HALF_MADE ".import-" /* a name that no import has */
#define NAMES_MAX 65536
#define NAME_MAX_BYTES 128
#define FILES_MAX 128
#define SLICE_MS 100 /* between two looks at whether it was cancelled */
#define END_WAIT_MS 5000

typedef struct {
    const VesselRootfsImport *import;
    int folder;      /* of all of them */
    int tree;        /* the new one, locked as long as it is in work */
    char *temporary; /* its name until it is whole; NULL: none was made */
    GArray *archives;
    int socket;
} Work;

static void work_clear(Work *work)
{
    for (guint i = 0; work->archives && i < work->archives->len; i++)
        close(g_array_index(work->archives, int, i));
    g_clear_pointer(&work->archives, g_array_unref);
    g_clear_pointer(&work->temporary, g_free);
    vessel__close_fd(&work->socket);
    vessel__close_fd(&work->tree);
    vessel__close_fd(&work->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Work, work_clear)

/* ---- names ---- */

int vessel__rootfs_check_name(const char *name, VesselError **err)
{
    bool fine = *name && *name != '.' && *name != '-' && strlen(name) <= NAME_MAX_BYTES;
    for (const char *at = name; *at; at++)
        fine &= g_ascii_isalnum(*at) || strchr("._-+:@", *at);
    if (fine)
        return 0;
    vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "\"%s\" is no name for a root file system",
                 name);
    vessel__error_hint(err, "letters, digits and ._-+:@, at most %d, the first a letter or digit",
                       NAME_MAX_BYTES);
    return VESSEL_ERROR_INVALID_ARGUMENT;
}

char *vessel__rootfs_name_of(const char *file)
{
    static const char *const ends[] = {".gz",  ".xz",  ".zst", ".bz2", ".lz4",
                                       ".tgz", ".txz", ".tar", NULL};
    g_autofree char *name = g_path_get_basename(file);
    for (const char *const *end = ends; *end; end++)
        if (g_str_has_suffix(name, *end))
            name[strlen(name) - strlen(*end)] = '\0';
    return vessel__rootfs_check_name(name, NULL) == 0 ? g_steal_pointer(&name) : NULL;
}

/* ---- places ---- */

/* LOCK_SH by each that is at work on @fd's directory; LOCK_EX, if nobody is, to remove it. */
static bool lock_tree(int fd, int kind, int64_t wait_ms)
{
    VesselDeadline deadline = vessel__deadline_after(wait_ms);
    while (flock(fd, kind | LOCK_NB) < 0) {
        if (vessel__deadline_passed(deadline))
            return false;
        g_usleep(5000);
    }
    return true;
}

static int open_tree_of(const Work *work, const char *name, int *fd, VesselError **err)
{
    return vessel__open_at(work->folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, fd, err);
}

/* What an import that was killed has left. */
static void sweep(const Work *work)
{
    g_auto(GStrv) names = NULL;
    if (vessel__list_dir(work->folder, ".", NAMES_MAX, &names, NULL) < 0)
        return;
    for (char **name = names; *name; name++) {
        vessel_autofd int fd = -1;
        if (g_str_has_prefix(*name, HALF_MADE) && open_tree_of(work, *name, &fd, NULL) == 0 &&
            lock_tree(fd, LOCK_EX, 0))
            vessel__remove_tree(work->folder, *name, NULL);
    }
}

static int exists(const Work *work, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_EXISTS, "there is a root file system \"%s\"",
                 work->import->name);
    vessel__error_hint(err,
                       "import it by another name, or remove %s/" VESSEL__ROOTFS_FOLDER "/%s "
                       "if no container has it",
                       work->import->state_dir, work->import->name);
    return VESSEL_ERROR_EXISTS;
}

static int make_tree(Work *work, VesselError **err)
{
    vessel_autofd int state = -1;
    struct stat st;
    int code =
        vessel__open_at(AT_FDCWD, work->import->state_dir, O_PATH | O_DIRECTORY, 0, &state, err);
    if (code == 0)
        code = vessel__make_dir_at(state, VESSEL__ROOTFS_FOLDER, 0700, &work->folder, err);
    if (code < 0)
        return code;
    sweep(work);
    if (fstatat(work->folder, work->import->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return exists(work, err);
    g_autofree char *temporary =
        g_strdup_printf(HALF_MADE "%s-%08x", work->import->name, g_random_int());
    if (mkdirat(work->folder, temporary, 0700) < 0)
        return vessel__fail_errno(err, errno, "a directory in %s/" VESSEL__ROOTFS_FOLDER,
                                  work->import->state_dir);
    work->temporary = g_steal_pointer(&temporary);
    code = open_tree_of(work, work->temporary, &work->tree, err);
    if (code == 0 && !lock_tree(work->tree, LOCK_SH, END_WAIT_MS))
        code = vessel__fail(err, VESSEL_ERROR_BUSY, "the new directory is swept by another");
    return code < 0 || fchmod(work->tree, 0755) == 0
               ? code
               : vessel__fail_errno(err, errno, "the new directory");
}

static int open_archives(Work *work, VesselError **err)
{
    work->archives = g_array_new(FALSE, FALSE, sizeof(int));
    for (const char *const *file = work->import->files; *file; file++) {
        struct stat st;
        int fd = -1;
        /* A FIFO that nobody writes to is no reason to wait for ever. */
        int code = vessel__open_at(AT_FDCWD, *file, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0, &fd, err);
        if (code < 0)
            return code;
        g_array_append_val(work->archives, fd);
        fcntl(fd, F_SETFL, 0);
        if (fstat(fd, &st) < 0 || S_ISDIR(st.st_mode) || S_ISCHR(st.st_mode)) {
            vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s is no file", *file);
            vessel__error_hint(err, "a tar archive is imported; a directory is a container's root "
                                    "as it is");
            return VESSEL_ERROR_INVALID_ARGUMENT;
        }
    }
    return 0;
}

/* ---- the program that reads the archives ---- */

static int not_built(const char *path, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "built without libarchive: there is no %s", path);
    vessel__error_hint(err,
                       "install libarchive (Debian: libarchive-dev) and build Vessel again, or "
                       "unpack the archive by other means");
    return VESSEL_ERROR_UNSUPPORTED;
}

static int start_unpack(Work *work, VesselError **err)
{
    const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    g_autofree char *path = g_build_filename(work->import->helper_dir, VESSEL__UNPACK_NAME, NULL);
    g_autofree char *cap = g_strdup_printf("%" G_GUINT64_FORMAT, work->import->max_bytes);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    vessel_autofd int program = -1;
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return not_built(path, err);
    int code = vessel__open_at(AT_FDCWD, path, O_PATH, 0, &program, err);
    if (code < 0)
        return code;
    g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_append_val(fds, work->tree);
    g_array_append_vals(fds, work->archives->data, work->archives->len);
    g_ptr_array_add(argv, (char *)VESSEL__UNPACK_NAME);
    g_ptr_array_add(argv, cap);
    for (const char *const *file = work->import->files; *file; file++)
        g_ptr_array_add(argv, (char *)*file);
    g_ptr_array_add(argv, NULL);
    VesselSpawn spawn = {.exec_fd = program,
                         .argv = (const char *const *)argv->pdata,
                         .envp = env,
                         .fds = (const int *)(const void *)fds->data,
                         .fds_count = fds->len,
                         .cgroup_fd = -1};
    return vessel__spawn_with_socket(&spawn, &work->socket, err);
}

static int receive(const Work *work, VesselJson **message, VesselError **err)
{
    const VesselRootfsImport *import = work->import;
    for (;;) {
        g_autoptr(VesselError) why = NULL;
        size_t count = 0;
        VesselDeadline slice =
            vessel__deadline_min(import->deadline, vessel__deadline_after(SLICE_MS));
        if (import->cancelled && import->cancelled(import->data))
            return vessel__fail(err, VESSEL_ERROR_CANCELLED, "the import was cancelled");
        int code = vessel__message_receive(work->socket, message, NULL, 0, &count, slice, &why);
        if (code == VESSEL_ERROR_CLOSED)
            return vessel__fail(err, VESSEL_ERROR_CORRUPT,
                                VESSEL__UNPACK_NAME " ended at an archive: it is "
                                                    "damaged, or made to do harm");
        if (code != VESSEL_ERROR_TIMEOUT)
            return code < 0 ? vessel__error_steal(err, g_steal_pointer(&why)) : 0;
        if (vessel__deadline_passed(import->deadline))
            return vessel__fail(err, VESSEL_ERROR_TIMEOUT, "the import did not end in time");
    }
}

/* What was left out is its last phase. */
static void tell(const VesselRootfsImport *import, const VesselJson *message)
{
    g_auto(VesselLeftOut) left_out = {0};
    VESSEL_JSON_FOREACH (word, vessel__json_get(message, "left_out"))
        vessel__left_out_add(&left_out, vessel__json_string(word, ""));
    g_autofree char *text =
        vessel__left_out_note(&left_out, vessel__json_get_uint(message, "files", 0),
                              vessel__json_get_uint(message, "left_out_count", 0));
    if (import->progress)
        import->progress(import->data, 100, text);
}

static int await(const Work *work, VesselError **err)
{
    const VesselRootfsImport *import = work->import;
    for (;;) {
        g_autoptr(VesselJson) message = NULL;
        int code = receive(work, &message, err);
        if (code < 0)
            return code;
        const VesselJson *error = vessel__json_get(message, "error");
        if (error)
            return vessel__error_steal(err, vessel__error_from_json(error));
        if (vessel__json_get(message, "files")) {
            tell(import, message);
            return 0;
        }
        if (import->progress)
            import->progress(import->data, (int)vessel__json_get_int(message, "percent", 0), NULL);
    }
}

/* ---- the whole ---- */

static int keep(Work *work, VesselError **err)
{
    if (syncfs(work->tree) < 0) /* before its name, which says that it is whole */
        return vessel__fail_errno(err, errno, "writing to the disk");
    if (renameat2(work->folder, work->temporary, work->folder, work->import->name,
                  RENAME_NOREPLACE) < 0)
        return errno == EEXIST ? exists(work, err)
                               : vessel__fail_errno(err, errno, "%s", work->import->name);
    g_clear_pointer(&work->temporary, g_free);
    return fsync(work->folder) < 0 ? vessel__fail_errno(err, errno, "writing to the disk") : 0;
}

/* The other program has the lock as well until it has ended, which it does when its socket does. */
static void undo(Work *work)
{
    vessel_autofd int fd = -1;
    vessel__close_fd(&work->socket);
    vessel__close_fd(&work->tree);
    if (work->temporary && open_tree_of(work, work->temporary, &fd, NULL) == 0 &&
        lock_tree(fd, LOCK_EX, END_WAIT_MS))
        vessel__remove_tree(work->folder, work->temporary, NULL);
}

int vessel__rootfs_import(const VesselRootfsImport *import, VesselError **err)
{
    g_auto(Work) work = {.import = import, .folder = -1, .tree = -1, .socket = -1};
    int code = open_archives(&work, err);
    if (code == 0 && work.archives->len > FILES_MAX)
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "more than %d archives", FILES_MAX);
    if (code == 0)
        code = make_tree(&work, err);
    if (code == 0)
        code = start_unpack(&work, err);
    if (code == 0)
        code = await(&work, err);
    if (code == 0)
        code = keep(&work, err);
    if (code < 0)
        undo(&work);
    return code;
}
