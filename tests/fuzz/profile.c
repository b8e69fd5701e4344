/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A definition's profile of system calls: it is refused, or becomes a filter that a kernel could
 * take. */
#include "container/profile/profile.h"

#include <linux/filter.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(VesselJson) json = NULL;
    g_autoptr(VesselError) err = NULL;
    g_autoptr(GByteArray) program = NULL;
    const VesselJsonLimits limits = {.bytes = 65536, .depth = 32, .nodes = 10000};

    if (vessel__json_parse((const char *)data, size, &limits, "input", &json, NULL) < 0)
        return 0;
    int result = vessel__profile_compile(json, "input", 0xa00405fb, &program, &err);
    if ((result == 0) != (program != NULL) || (result == 0) != (err == NULL))
        abort();
    if (program && (program->len == 0 || program->len % sizeof(struct sock_filter) != 0))
        abort();
    return 0;
}
