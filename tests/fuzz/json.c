/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON from a hypervisor, a helper, a file: what parses is written as text that parses to the same. */
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(VesselJson) json = NULL, again = NULL;
    g_autoptr(VesselError) err = NULL;
    const VesselJsonLimits limits = {.bytes = 65536, .depth = 32, .nodes = 10000};

    int result = vessel__json_parse((const char *)data, size, &limits, "input", &json, &err);
    if ((result == 0) != (json != NULL) || (result == 0) != (err == NULL))
        abort();
    if (result != 0)
        return 0;
    g_autofree char *text = vessel__json_format(json, false);
    if (vessel__json_parse(text, strlen(text), NULL, "own text", &again, &err) != 0)
        abort();
    g_autofree char *second = vessel__json_format(again, false);
    if (strcmp(text, second) != 0)
        abort();
    return 0;
}
