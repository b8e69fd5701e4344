/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A user's runtime directory depends on the session: a job of cron without one has another than the
 * desktop has. Both must see the same guests, so the state directory remembers which runtime
 * directory was used last, and whoever is in there is joined. */
#include "store/internal.h"

#include "base/words.h"

#include <limits.h>
#include <stdio.h>

#define LINK "runtime"

/* A root that was copied or moved must not go to the original's guests. */
static bool is_inside(const VesselPlaces *places)
{
    size_t length = strlen(places->state_dir);
    return strncmp(places->runtime_dir, places->state_dir, length) == 0 &&
           places->runtime_dir[length] == '/';
}

static bool is_in_use(const char *path)
{
    vessel_autofd int dir = -1;
    g_autofree char *who = NULL;
    return vessel__dir_open_existing(path, &dir, NULL) >= 0 && vessel__boot_is_this(dir) &&
           vessel__boot_used(dir, &who, NULL) > 0;
}

static void remember(VesselStore *store)
{
    char random[17];
    vessel__random_hex(8, random);
    g_autofree char *temporary = g_strdup_printf("." LINK ".%s", random);
    /* Where it cannot be written nothing is started anew either. */
    if (symlinkat(store->places->runtime_dir, store->state_dir, temporary) == 0 &&
        renameat(store->state_dir, temporary, store->state_dir, LINK) < 0)
        unlinkat(store->state_dir, temporary, 0);
}

void vessel__runtime_elsewhere(VesselStore *store)
{
    char last[PATH_MAX];
    if (is_inside(store->places))
        return;
    ssize_t length = readlinkat(store->state_dir, LINK, last, sizeof last - 1);
    last[MAX(length, 0)] = '\0';
    if (strcmp(last, store->places->runtime_dir) == 0)
        return;
    if (last[0] == '/' && is_in_use(last)) {
        g_free(store->places->runtime_dir);
        store->places->runtime_dir = g_strdup(last);
    } else if (!store->readonly) {
        remember(store);
    }
}
