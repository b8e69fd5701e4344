/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/vt.h" /* before the others: _GNU_SOURCE */

#include "tests/lib/namespaces.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const kinds[] = {"mnt", "user", "pid", "ipc", "uts", "cgroup", "net", "time"};

typedef union {
    struct file_handle head;
    char bytes[sizeof(struct file_handle) + sizeof(((VtNamespace *)0)->handle)];
} Handle;

static uint64_t number_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_ino : 0;
}

static bool is_noted(const VtNamespaces *all, uint64_t number)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->all[i].number == number)
            return true;
    return false;
}

static void take_handle(VtNamespace *one, const char *path)
{
    Handle handle = {.head.handle_bytes = sizeof one->handle};
    int mount;
    if (name_to_handle_at(AT_FDCWD, path, &handle.head, &mount, AT_SYMLINK_FOLLOW) < 0)
        return;
    one->type = handle.head.handle_type;
    one->length = handle.head.handle_bytes;
    memcpy(one->handle, handle.head.f_handle, one->length);
}

void vt_namespaces_note(VtNamespaces *all, pid_t pid)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        char path[64], own[64];
        snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, kinds[i]);
        snprintf(own, sizeof own, "/proc/self/ns/%s", kinds[i]);
        VtNamespace one = {.kind = kinds[i], .number = number_of(path)};
        if (one.number == 0 || one.number == number_of(own) || is_noted(all, one.number) ||
            all->count == VT_NAMESPACES_MAX)
            continue;
        take_handle(&one, path);
        all->all[all->count++] = one;
    }
}

/* Bound to a mount, or held by a descriptor of this process's. */
static bool is_kept(const VtNamespace *one)
{
    g_autofree char *word = g_strdup_printf("%s:[%" G_GUINT64_FORMAT "]", one->kind, one->number);
    g_autofree char *mounts = NULL;
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    const char *name;
    bool found = g_file_get_contents("/proc/self/mountinfo", &mounts, NULL, NULL) &&
                 strstr(mounts, word) != NULL;
    while (!found && dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename("/proc/self/fd", name, NULL);
        g_autofree char *target = g_file_read_link(path, NULL);
        found = g_strcmp0(target, word) == 0;
    }
    return found;
}

static bool is_there(const VtNamespace *one)
{
    Handle handle = {.head = {.handle_bytes = one->length, .handle_type = one->type}};
    vessel_autofd int any = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
    if (one->length == 0)
        return is_kept(one);
    memcpy(handle.head.f_handle, one->handle, one->length);
    vessel_autofd int fd = open_by_handle_at(any, &handle.head, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno != ESTALE) /* who may not ask */
        return is_kept(one);
    return fd >= 0;
}

void vt_namespaces_gone_at(VtNamespaces *all, const char *file, int line)
{
    g_autoptr(GString) left = g_string_new(NULL);
    for (int64_t end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;;) {
        g_string_truncate(left, 0);
        for (size_t i = 0; i < all->count; i++)
            if (is_there(&all->all[i]))
                g_string_append_printf(left, " %s:[%" G_GUINT64_FORMAT "]", all->all[i].kind,
                                       all->all[i].number);
        if (left->len == 0)
            break;
        if (g_get_monotonic_time() > end) {
            print_error("namespaces are still there:%s\n", left->str);
            _fail(file, line);
        }
        g_usleep(10000);
    }
    all->count = 0;
}
