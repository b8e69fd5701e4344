/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which directories a root has. Nothing is made or opened here. */
#include "store/store.h"

#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>

/* A directory that the environment names, if it is absolute (the XDG specification says to ignore
 * it otherwise). */
static const char *environment_dir(const char *name)
{
    const char *value = secure_getenv(name);
    return value && value[0] == '/' ? value : NULL;
}

static char *home_dir(void)
{
    const char *home = environment_dir("HOME");
    if (home)
        return g_strdup(home);
    char buffer[4096];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found &&
        found->pw_dir && found->pw_dir[0] == '/')
        return g_strdup(found->pw_dir);
    return NULL;
}

static char *user_dir(const char *variable, const char *below_home, VesselError **err)
{
    const char *dir = environment_dir(variable);
    if (dir)
        return g_build_filename(dir, "vessel", NULL);
    g_autofree char *home = home_dir();
    if (home)
        return g_build_filename(home, below_home, "vessel", NULL);
    vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "no home directory is known for uid %u", geteuid());
    vessel__error_hint(err, "set %s or HOME, or open the host with root=DIR", variable);
    return NULL;
}

static char *user_runtime_dir(void)
{
    const char *dir = environment_dir("XDG_RUNTIME_DIR");
    if (dir)
        return g_build_filename(dir, "vessel", NULL);
    g_autofree char *run = g_strdup_printf("/run/user/%u", geteuid());
    struct stat st;
    if (lstat(run, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid())
        return g_build_filename(run, "vessel", NULL);
    const char *temporary = environment_dir("TMPDIR");
    return g_strdup_printf("%s/vessel-%u", temporary ? temporary : "/tmp", geteuid());
}

static char *without_final_slashes(const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    return g_strndup(path, length);
}

int vessel__places_resolve(const char *root, VesselPlaces **places, VesselError **err)
{
    *places = NULL;
    g_autoptr(VesselPlaces) result = g_new0(VesselPlaces, 1);
    if (root) {
        if (root[0] != '/') {
            vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "the root \"%s\" is not absolute",
                         root);
            vessel__error_hint(err, "give a path that begins with /");
            return VESSEL_ERROR_INVALID_ARGUMENT;
        }
        result->state_dir = without_final_slashes(root);
        result->runtime_dir = g_build_filename(result->state_dir, "run", NULL);
        result->cache_dir = g_build_filename(result->state_dir, "cache", NULL);
    } else if (geteuid() == 0) {
        result->state_dir = g_strdup(VESSEL_STATE_DIR);
        result->runtime_dir = g_strdup(VESSEL_RUN_DIR);
        result->cache_dir = g_strdup(VESSEL_CACHE_DIR);
    } else {
        result->state_dir = user_dir("XDG_DATA_HOME", ".local/share", err);
        if (!result->state_dir)
            return VESSEL_ERROR_NOT_FOUND;
        result->runtime_dir = user_runtime_dir();
        result->cache_dir = user_dir("XDG_CACHE_HOME", ".cache", err);
        if (!result->cache_dir)
            return VESSEL_ERROR_NOT_FOUND;
    }
    *places = g_steal_pointer(&result);
    return 0;
}

void vessel__places_free(VesselPlaces *places)
{
    if (!places)
        return;
    g_free(places->state_dir);
    g_free(places->runtime_dir);
    g_free(places->cache_dir);
    g_free(places);
}
