/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who has the root open: one file, in which each program locks a byte and writes its name, so that
 * a message can name them, and so that a second copy of this library in one process (a plugin with
 * its own) is found out: SQLite's POSIX locks of one copy would be dropped by the other. */
#include "store/internal.h"

#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#define RECORD_SIZE 512 /* of program n, at n times that; byte n is what it locks */
#define PROGRAMS_MAX 4096

struct VesselInstance {
    int fd;
    int number;
};

static int set_lock(int fd, int number, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = number, .l_len = 1};
    return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

/* Does one of @length programs from @number on have its byte locked, other than through this
 * description? */
static bool is_held(int fd, int number, int length)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = number, .l_len = length};
    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static void write_record(int fd, int number)
{
    VesselHolder holder;
    vessel__holder_self("host_open", &holder);
    g_autofree char *version =
        g_strdup_printf("libvessel %d.%d.%d", VESSEL_VERSION_NUMBER / 1000000,
                        VESSEL_VERSION_NUMBER / 1000 % 1000, VESSEL_VERSION_NUMBER % 1000);
    g_autoptr(VesselJson) json = vessel__json_new_object();
    vessel__json_set(json, "process", vessel__process_to_json(&holder.process));
    vessel__json_set_string(json, "name", holder.name);
    vessel__json_set_string(json, "version", version);
    vessel__json_set_string(json, "since", holder.since);
    g_autofree char *text = vessel__json_format(json, false);
    char record[RECORD_SIZE];
    memset(record, ' ', sizeof record);
    memcpy(record, text, MIN(strlen(text), sizeof record));
    /* On a full disk it has no name, and is there all the same. */
    (void)!pwrite(fd, record, sizeof record, (off_t)number * RECORD_SIZE);
}

static VesselJson *read_record(int fd, int number, VesselProcess *process)
{
    char record[RECORD_SIZE];
    VesselJson *json = NULL;
    if (pread(fd, record, sizeof record, (off_t)number * RECORD_SIZE) != sizeof record ||
        vessel__json_parse(record, sizeof record, NULL, RUN_PROGRAMS, &json, NULL) < 0)
        return NULL;
    if (vessel__process_from_json(vessel__json_get(json, "process"), process))
        return json;
    vessel__json_free(json);
    return NULL;
}

static char *record_text(const VesselJson *json, const VesselProcess *process)
{
    return g_strdup_printf("pid %d (%s, %s)", process->pid,
                           vessel__json_get_string(json, "name", "?"),
                           vessel__json_get_string(json, "version", "?"));
}

static bool same_process(const VesselProcess *a, const VesselProcess *b)
{
    return a->pid == b->pid && a->start == b->start && a->pidns == b->pidns &&
           strcmp(a->boot_id, b->boot_id) == 0;
}

static int take_number(VesselInstance *instance, VesselError **err)
{
    int errnum = EAGAIN;
    for (int i = 0; i < PROGRAMS_MAX && (errnum == EAGAIN || errnum == EACCES); i++) {
        errnum = set_lock(instance->fd, i, F_WRLCK);
        if (errnum == 0)
            instance->number = i;
    }
    if (errnum == 0)
        return 0;
    if (errnum == EAGAIN || errnum == EACCES)
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "more than %d programs have this root",
                            PROGRAMS_MAX);
    if (errnum != ENOLCK && errnum != EOPNOTSUPP && errnum != EINVAL && errnum != ENOSYS)
        return vessel__fail_errno(err, errnum, "cannot lock " RUN_PROGRAMS);
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                 "the filesystem of the runtime directory cannot lock files: %s",
                 g_strerror(errnum));
    vessel__error_hint(err, "put the root on a local filesystem (ext4, xfs, btrfs, tmpfs)");
    return VESSEL_ERROR_UNSUPPORTED;
}

/* The record was written before: of two that come at once, at least one sees the other. */
static int refuse_second_copy(const VesselInstance *instance, const char *root, VesselError **err)
{
    VesselProcess self, other;
    struct stat st;
    int rc = vessel__process_self(&self, err);
    if (rc < 0)
        return rc;
    int count = fstat(instance->fd, &st) == 0 ? (int)(st.st_size / RECORD_SIZE) : 0;
    for (int i = 0; i < count; i++) {
        g_autoptr(VesselJson) json =
            i == instance->number ? NULL : read_record(instance->fd, i, &other);
        if (!json || !same_process(&self, &other) || !is_held(instance->fd, i, 1))
            continue;
        g_autofree char *text = record_text(json, &other);
        vessel__fail(err, VESSEL_ERROR_INCOMPATIBLE,
                     "another copy of libvessel in this process has the root %s open", root);
        vessel__error_at(err, root, 0, 0);
        vessel__error_holder(err, text);
        vessel__error_hint(err, "let the program and its plugins use one shared libvessel, or give "
                                "each its own root=DIR");
        return VESSEL_ERROR_INCOMPATIBLE;
    }
    return 0;
}

int vessel__instance_enter(int runtime, const char *root, VesselInstance **result,
                           VesselError **err)
{
    vessel_autofd int fd = -1;
    int rc = vessel__open_at(runtime, RUN_PROGRAMS, O_RDWR | O_CREAT | O_NOFOLLOW, 0600, &fd, err);
    VesselInstance instance = {.fd = fd};
    if (rc >= 0)
        rc = take_number(&instance, err);
    if (rc < 0)
        return rc;
    write_record(fd, instance.number);
    rc = refuse_second_copy(&instance, root, err);
    if (rc < 0)
        return rc;
    instance.fd = vessel__steal_fd(&fd);
    *result = g_memdup2(&instance, sizeof instance);
    return 0;
}

void vessel__instance_leave(VesselInstance *instance)
{
    /* By name: a forked child may have the same description. */
    set_lock(instance->fd, instance->number, F_UNLCK);
    vessel__instance_forget(instance);
}

void vessel__instance_forget(VesselInstance *instance)
{
    close(instance->fd);
    g_free(instance);
}

char *vessel__instances_others(const VesselInstance *instance)
{
    struct stat st;
    if (!instance || fstat(instance->fd, &st) < 0)
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    int count = (int)(st.st_size / RECORD_SIZE), others = 0;
    for (int i = 0; i < count; i++) {
        VesselProcess process;
        if (!is_held(instance->fd, i, 1))
            continue;
        g_autoptr(VesselJson) json = read_record(instance->fd, i, &process);
        g_autofree char *one = json ? record_text(json, &process) : NULL;
        if (one && ++others <= 3)
            g_string_append_printf(text, "%s%s", others > 1 ? ", " : "", one);
    }
    if (others > 3)
        g_string_append_printf(text, " and %d more", others - 3);
    return others ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

int vessel__instances_any(int runtime, char **who, VesselError **err)
{
    *who = NULL;
    vessel_autofd int fd = openat(runtime, RUN_PROGRAMS, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : vessel__fail_errno(err, errno, "cannot open " RUN_PROGRAMS);
    if (!is_held(fd, 0, PROGRAMS_MAX))
        return 0;
    for (int i = 0; i < PROGRAMS_MAX && !*who; i++) {
        VesselProcess process;
        g_autoptr(VesselJson) json = is_held(fd, i, 1) ? read_record(fd, i, &process) : NULL;
        if (json)
            *who = record_text(json, &process);
    }
    if (!*who)
        *who = g_strdup("a program that has not said its name");
    return 1;
}
