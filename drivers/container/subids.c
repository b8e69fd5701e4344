/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ids for containers of an ordinary user: its own is their root, and what /etc/subuid and
 * /etc/subgid give that user are the others. All its containers share them, as with podman: a
 * process of one has no more over another than the user has over both. */
#include "base/file.h"
#include "base/words.h"
#include "container/container.h"
#include "kit/report.h"
#include "sys/tool.h"

#include <fcntl.h>
#include <sys/prctl.h>

#define FILE_MAX (1024 * 1024)
#define RANGES_MAX 32 /* newuidmap takes more; nobody has */

static void add_entry(GPtrArray *entries, uint64_t start, uint64_t target, uint64_t count)
{
    VesselIdmapEntry *entry = g_new0(VesselIdmapEntry, 1);
    entry->start = (VesselNumber){start, true};
    entry->target = (VesselNumber){target, true};
    entry->count = (VesselNumber){count, true};
    g_ptr_array_add(entries, entry);
}

/* A range that has one of the others' ids in it would be refused by the kernel. */
static bool is_free(const GPtrArray *entries, uint64_t target, uint64_t count)
{
    for (guint i = 0; i < entries->len; i++) {
        const VesselIdmapEntry *entry = entries->pdata[i];
        if (target < entry->target.value + entry->count.value &&
            entry->target.value < target + count)
            return false;
    }
    return true;
}

/* "OWNER:START:COUNT", the owner by name or number. */
static void add_line(GPtrArray *entries, const char *line, const char *user, const char *number,
                     uint64_t *next)
{
    g_auto(GStrv) words = g_strsplit(line, ":", 4);
    uint64_t target = 0, count = 0;
    if (g_strv_length(words) != 3 || (strcmp(words[0], user) && strcmp(words[0], number)) ||
        !vessel__parse_u64(words[1], &target) || !vessel__parse_u64(g_strchomp(words[2]), &count) ||
        entries->len >= RANGES_MAX)
        return;
    count = MIN(count, VESSEL__CONTAINER_IDS - *next);
    if (count == 0 || target == 0 || target > UINT32_MAX - count ||
        !is_free(entries, target, count))
        return;
    add_entry(entries, *next, target, count);
    *next += count;
}

/* NULL: nothing is given. */
static GPtrArray *read_ranges(const char *path, uint64_t own)
{
    g_autofree char *text = NULL, *user = vessel__user_name();
    g_autofree char *number = g_strdup_printf("%u", (unsigned)geteuid());
    uint64_t next = 1;
    if (vessel__read_file(AT_FDCWD, path, FILE_MAX, &text, NULL, NULL) < 0)
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(g_free);
    add_entry(entries, 0, own, 1);
    for (char **line = lines; *line; line++)
        add_line(entries, *line, user, number, &next);
    return entries->len > 1 ? g_steal_pointer(&entries) : NULL;
}

static bool usable_tools(void)
{
    g_autofree char *uids = vessel__find_tool("newuidmap"), *gids = vessel__find_tool("newgidmap");
    return uids && gids && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0; /* they are setuid root */
}

bool vessel__container_subids(GPtrArray **uids, GPtrArray **gids)
{
    bool usable = usable_tools();
    g_autoptr(GPtrArray) users = usable ? read_ranges("/etc/subuid", geteuid()) : NULL;
    g_autoptr(GPtrArray) groups = users ? read_ranges("/etc/subgid", getegid()) : NULL;
    if (!groups)
        return false;
    g_ptr_array_set_free_func(users, NULL); /* from now on the model frees what they point to */
    g_ptr_array_set_free_func(groups, NULL);
    *uids = g_steal_pointer(&users);
    *gids = g_steal_pointer(&groups);
    return true;
}
