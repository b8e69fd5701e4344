/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A definition's own profile of system calls, compiled by vessel-seccomp at a start. What came of
 * it is kept in the cache directory, since that takes as long as all the rest of a start. */
#include "base/file.h"
#include "container/container.h"
#include "sys/process.h"
#include "sys/socket.h"
#include "sys/spawn.h"

#include <fcntl.h>
#include <sys/stat.h>

#define PROGRAM "vessel-seccomp" /* beside vessel-warden, where libseccomp is */
#define PROFILE_MAX (1 << 20)
#define FILTER_MAX (64 << 10) /* in base 64 */
#define FOLDER "seccomp"
#define KEPT_MAX 64 /* of a boot */
#define COMPILE_MS 10000

typedef struct {
    const VesselDriverHost *host;
    const char *path; /* of the profile */
    uint64_t kept;
    char *text;
    size_t length;
} Profile;

static void profile_clear(Profile *profile)
{
    g_clear_pointer(&profile->text, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Profile, profile_clear)

/* ---- what was compiled before ---- */

/* A kernel or libseccomp that is another may answer otherwise: at the latest after a boot it is
 * asked again. */
static char *cache_name(const Profile *profile)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *about =
        g_strdup_printf("%d %" G_GUINT64_FORMAT "\n", VESSEL_VERSION_NUMBER, profile->kept);
    g_checksum_update(sum, (const guchar *)about, (gssize)strlen(about));
    g_checksum_update(sum, (const guchar *)profile->text, (gssize)profile->length);
    return g_strdup_printf("%.8s-%s", vessel__boot_id(), g_checksum_get_string(sum));
}

static int open_folder(const Profile *profile)
{
    int fd = -1;
    if (profile->host->cache_fd < 0 ||
        vessel__make_dir_at(profile->host->cache_fd, FOLDER, 0700, &fd, NULL) < 0)
        return -1;
    return fd;
}

static char *load(const Profile *profile, int folder, const char *name)
{
    g_autofree char *filter = NULL;
    vessel_autofd int fd = -1;
    struct stat st;
    if (folder < 0 || vessel__open_at(folder, name, O_RDONLY | O_NOFOLLOW, 0, &fd, NULL) < 0 ||
        fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 077) != 0 ||
        vessel__read_fd(fd, name, FILTER_MAX, &filter, NULL, NULL) < 0)
        return NULL;
    vessel_log(profile->host->log, VESSEL__LOG_DEBUG, "container", "%s is compiled already",
               profile->path);
    return g_steal_pointer(&filter);
}

/* Those of earlier boots, and all of them where there are many. */
static void make_room(int folder, const char *name)
{
    g_auto(GStrv) names = NULL;
    g_autofree char *boot = g_strndup(name, 9);
    if (vessel__list_dir(folder, ".", 4096, &names, NULL) < 0)
        return;
    bool many = g_strv_length(names) >= KEPT_MAX;
    for (char **one = names; *one; one++)
        if (many || !g_str_has_prefix(*one, boot))
            unlinkat(folder, *one, 0);
}

/* Without the file the next start compiles again: slower, nothing else. */
static void keep(const Profile *profile, int folder, const char *name, const char *filter)
{
    g_autoptr(VesselError) err = NULL;
    if (folder < 0)
        return;
    make_room(folder, name);
    if (vessel__replace_file(folder, name, filter, strlen(filter), 0600, VESSEL_REPLACE_QUICK,
                             &err) < 0)
        vessel_log(profile->host->log, VESSEL__LOG_WARNING, "container",
                   "the filter of %s is not kept: %s", profile->path, vessel_error_message(err));
}

/* ---- compiling ---- */

static int not_built(const char *path, VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "built without libseccomp: there is no %s", path);
    vessel__error_hint(err, "install libseccomp (Debian: libseccomp-dev) and build Vessel again, "
                            "or leave the profile out: there is a filter of Vessel's own");
    return VESSEL_ERROR_UNSUPPORTED;
}

static int start_compiler(const Profile *profile, int *socket, VesselError **err)
{
    const VesselDriverHost *host = profile->host;
    const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    g_autofree char *kept = g_strdup_printf("%" G_GUINT64_FORMAT, profile->kept);
    const char *const argv[] = {PROGRAM, kept, profile->path, NULL};
    vessel_autofd int program = -1, text = -1;
    if (!host->helper_dir)
        return vessel__error_steal(err, vessel__error_copy(host->helper_error));
    g_autofree char *path = g_build_filename(host->helper_dir, PROGRAM, NULL);
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return not_built(path, err);
    int code = vessel__open_at(AT_FDCWD, path, O_PATH, 0, &program, err);
    if (code == 0)
        code = vessel__memfd("profile", profile->text, profile->length, &text, err);
    VesselSpawn spawn = {.exec_fd = program,
                         .argv = argv,
                         .envp = env,
                         .fds = &text,
                         .fds_count = 1,
                         .cgroup_fd = -1};
    return code < 0 ? code : vessel__spawn_with_socket(&spawn, socket, err);
}

static int compile(const Profile *profile, char **filter, VesselError **err)
{
    g_autoptr(VesselJson) answer = NULL;
    g_autoptr(VesselError) why = NULL;
    vessel_autofd int socket = -1;
    size_t count = 0;
    int code = start_compiler(profile, &socket, err);
    if (code < 0)
        return code;
    code = vessel__message_receive(socket, &answer, NULL, 0, &count,
                                   vessel__deadline_after(COMPILE_MS), &why);
    if (code == VESSEL_ERROR_CLOSED)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "%s: " PROGRAM " ended at it: it is too large, or made to do harm",
                            profile->path);
    if (code == VESSEL_ERROR_TIMEOUT)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "%s: no filter came of it within %d s", profile->path,
                            COMPILE_MS / 1000);
    if (code < 0)
        return vessel__error_steal(err, g_steal_pointer(&why));
    const VesselJson *error = vessel__json_get(answer, "error");
    if (error)
        return vessel__error_steal(err, vessel__error_from_json(error));
    *filter = g_strdup(vessel__json_get_string(answer, "program", ""));
    return 0;
}

int vessel__container_profile(const VesselDriverHost *host, const char *path, uint64_t kept,
                              char **filter, VesselError **err)
{
    g_auto(Profile) profile = {.host = host, .path = path, .kept = kept};
    int code = vessel__read_file(AT_FDCWD, path, PROFILE_MAX, &profile.text, &profile.length, err);
    if (code < 0)
        return code;
    g_autofree char *name = cache_name(&profile);
    vessel_autofd int folder = open_folder(&profile);
    *filter = load(&profile, folder, name);
    if (*filter)
        return 0;
    code = compile(&profile, filter, err);
    if (code == 0)
        keep(&profile, folder, name, *filter);
    return code;
}
