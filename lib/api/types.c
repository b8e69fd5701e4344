/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <glib.h>
#include <vessel/types.h>

uint32_t vessel_version(void)
{
    return VESSEL_VERSION_NUMBER;
}

const char *vessel_version_string(void)
{
    return PACKAGE_VERSION;
}

void vessel_free(void *memory)
{
    g_free(memory);
}
