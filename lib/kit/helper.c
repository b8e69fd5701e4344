/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where vessel-warden is, and whether it may be trusted. */
#include "kit/helper.h"
#include "base/file.h"
#include "kit/launch.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

static char *own_folder(void)
{
    Dl_info info;
    if (!dladdr((void *)(uintptr_t)own_folder, &info) || !info.dli_fname)
        return NULL;
    /* A program's own name may be what the shell made of it. */
    g_autofree char *real = strchr(info.dli_fname, '/') ? realpath(info.dli_fname, NULL)
                                                        : realpath("/proc/self/exe", NULL);
    return real ? g_path_get_dirname(real) : NULL;
}

static bool is_there(const char *dir)
{
    g_autofree char *path = g_build_filename(dir, VESSEL__HELPER_NAME, NULL);
    return access(path, F_OK) == 0;
}

/* Whoever could write it could run what he likes as us. */
static int check_trust(const char *dir, VesselError **err)
{
    g_autofree char *path = g_build_filename(dir, VESSEL__HELPER_NAME, NULL);
    vessel_autofd int fd = -1;
    struct stat st;
    int code = vessel__open_at(AT_FDCWD, path, O_PATH, 0, &fd, err);
    if (code < 0)
        return code;
    if (fstat(fd, &st) < 0)
        return vessel__fail_errno(err, errno, "%s", path);
    bool ours = st.st_uid == 0 || st.st_uid == geteuid();
    if (S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR) && ours &&
        !(st.st_mode & (S_IWGRP | S_IWOTH)))
        return 0;
    code = vessel__fail(err, VESSEL_ERROR_DENIED, "%s is not used: %s", path,
                        !S_ISREG(st.st_mode)      ? "it is no file"
                        : !(st.st_mode & S_IXUSR) ? "it is no program"
                        : !ours ? "it belongs neither to root nor to the user of this program"
                                : "it can be written by others than its owner");
    vessel__error_at(err, path, 0, 0);
    return code;
}

static int accept_dir(char *candidate, char **dir, VesselError **err)
{
    int code = check_trust(candidate, err);
    if (code < 0)
        g_free(candidate);
    else
        *dir = candidate;
    return code;
}

int vessel__helper_find(const char *option, char **dir, VesselError **err)
{
    const char *named = option ? option : secure_getenv("VESSEL_HELPER_DIR");
    g_autofree char *own = own_folder();
    *dir = NULL;
    if (named && *named) {
        if (*named != '/')
            return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                                "the helper directory \"%s\" is not absolute", named);
        return accept_dir(g_strdup(named), dir, err);
    }
    if (own) {
        static const char *const near[] = {".", "../libexec/vessel", "../../libexec/vessel"};
        for (size_t i = 0; i < G_N_ELEMENTS(near); i++) {
            g_autofree char *joined = g_build_filename(own, near[i], NULL);
            if (is_there(joined))
                return accept_dir(g_canonicalize_filename(joined, "/"), dir, err);
        }
    }
    if (is_there(VESSEL_HELPER_DIR))
        return accept_dir(g_strdup(VESSEL_HELPER_DIR), dir, err);
    int code =
        vessel__fail(err, VESSEL_ERROR_MISSING_FEATURE, "%s was not found in %s%s%s",
                     VESSEL__HELPER_NAME, own ? own : "", own ? " or " : "", VESSEL_HELPER_DIR);
    vessel__error_hint(err, "set VESSEL_HELPER_DIR to the directory it is in");
    return code;
}
