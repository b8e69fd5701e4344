/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors, processes and times as they come from another process: whatever comes, there is an error
 * with a code and a message, and what is written of it reads the same. */
#include "base/clock.h"
#include "base/words.h"
#include "sys/process.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition)
        abort();
}

static void try_error(const VesselJson *json)
{
    g_autoptr(VesselError) err = vessel__error_from_json(json);
    check(err && vessel_error_code(err) < 0 && vessel_error_message(err));
    g_autofree char *text = vessel_error_text(err), *first = vessel_error_json(err);
    g_autoptr(VesselJson) written = vessel__error_to_json(err);
    g_autoptr(VesselError) back = vessel__error_from_json(written);
    g_autofree char *second = vessel_error_json(back);
    check(!strcmp(first, second));
    g_autoptr(VesselError) copy = vessel__error_copy(err);
    g_autofree char *third = vessel_error_json(copy);
    check(!strcmp(first, third));
}

static void try_text(const char *text)
{
    char uuid[VESSEL__UUID_SIZE], again[VESSEL__UUID_SIZE], time[32];
    int64_t us, same;
    if (vessel__uuid_parse(text, uuid))
        check(vessel__uuid_parse(uuid, again) && !strcmp(uuid, again));
    if (vessel__time_parse(text, &us)) {
        vessel__time_format(us, time);
        check(vessel__time_parse(time, &same) && same == us);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(VesselJson) json = NULL;
    VesselProcess process;
    try_text(text);
    if (vessel__json_parse(text, strlen(text), NULL, "x", &json, NULL) < 0)
        return 0;
    try_error(json);
    if (vessel__process_from_json(json, &process))
        check(process.pid > 0);
    try_text(vessel__json_get_string(json, "since", ""));
    return 0;
}
