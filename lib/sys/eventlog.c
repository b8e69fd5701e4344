/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/eventlog-segments.h"

#include "base/file.h"
#include "base/words.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#define EPOCH_FILE "epoch"

/* ---- the epoch file: "EPOCH SIZE\n" ---- */

static int epoch_read(int dir, char epoch[VESSEL__EPOCH_SIZE], uint64_t *size, VesselError **err)
{
    g_autofree char *text = NULL;
    int result = vessel__read_file(dir, EPOCH_FILE, 256, &text, NULL, err);
    if (result < 0)
        return result;
    char digits[24] = "";
    if (sscanf(text, "%16[0-9a-f] %20[0-9]", epoch, digits) != 2 ||
        strlen(epoch) != VESSEL__EPOCH_SIZE - 1 || !vessel__parse_u64(digits, size) ||
        *size < VESSEL__EVENT_MAX || *size > 1 << 30) {
        vessel__fail(err, VESSEL_ERROR_CORRUPT, "the epoch file of the event log is damaged");
        vessel__error_hint(
            err, "remove the events directory: readers will be told that they missed some");
        return VESSEL_ERROR_CORRUPT;
    }
    return VESSEL_OK;
}

int vessel__eventlog_create_sized(int dir, uint64_t size, char epoch[VESSEL__EPOCH_SIZE],
                                  VesselError **err)
{
    char fresh[VESSEL__EPOCH_SIZE];
    uint64_t found;
    if (epoch_read(dir, epoch, &found, NULL) == VESSEL_OK)
        return VESSEL_OK;
    vessel__random_hex((VESSEL__EPOCH_SIZE - 1) / 2, fresh);
    g_autofree char *temporary = g_strdup_printf(".epoch.%s", fresh);
    g_autofree char *text = g_strdup_printf("%s %" PRIu64 "\n", fresh, size);
    int result =
        vessel__replace_file(dir, temporary, text, strlen(text), 0600, VESSEL_REPLACE_QUICK, err);
    if (result < 0)
        return result;
    /* link(2), not rename(2): of several that make it at once the first one stays. */
    int failed = linkat(dir, temporary, dir, EPOCH_FILE, 0) && errno != EEXIST ? errno : 0;
    unlinkat(dir, temporary, 0);
    if (failed)
        return vessel__fail_errno(err, failed, "cannot make the event log's epoch");
    return epoch_read(dir, epoch, &found, err);
}

int vessel__eventlog_create(int dir, char epoch[VESSEL__EPOCH_SIZE], VesselError **err)
{
    return vessel__eventlog_create_sized(dir, VESSEL__EVENT_SEGMENT, epoch, err);
}

/* ---- segments ---- */

int vessel__segments_open(int dir, VesselSegments *segments, VesselError **err)
{
    segments->dir = -1;
    int result = epoch_read(dir, segments->epoch, &segments->size, err);
    if (result < 0)
        return result;
    segments->dir = fcntl(dir, F_DUPFD_CLOEXEC, 0);
    return segments->dir < 0 ? vessel__fail_errno(err, errno, "cannot open the event log")
                             : VESSEL_OK;
}

void vessel__segment_name(uint64_t segment, char name[32])
{
    snprintf(name, 32, "%08" PRIu64 ".log", segment);
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

int vessel__segments_list(const VesselSegments *segments, GArray **numbers, VesselError **err)
{
    g_auto(GStrv) names = NULL;
    int result = vessel__list_dir(segments->dir, ".", 10000, &names, err);
    *numbers = NULL;
    if (result < 0)
        return result;
    *numbers = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    for (guint i = 0; names[i]; i++) {
        uint64_t number;
        char *dot = strrchr(names[i], '.');
        if (!dot || strcmp(dot, ".log"))
            continue;
        *dot = '\0';
        if (vessel__parse_u64(names[i], &number))
            g_array_append_val(*numbers, number);
    }
    g_array_sort(*numbers, compare_numbers);
    return VESSEL_OK;
}

bool vessel__segments_range(const GArray *numbers, uint64_t *first, uint64_t *last)
{
    if (numbers->len == 0)
        return false;
    guint at = numbers->len - 1;
    *first = *last = g_array_index(numbers, uint64_t, at);
    while (at > 0 && g_array_index(numbers, uint64_t, --at) == *first - 1)
        --*first;
    return true;
}
