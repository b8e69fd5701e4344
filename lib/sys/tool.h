/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program of the host's that does for us what we may not. */
#ifndef VESSEL_SYS_TOOL_H
#define VESSEL_SYS_TOOL_H

#include "base/common.h"

/* By its own path, and of root's: what PATH says is the caller's. NULL: it is not there; g_free(). */
char *vessel__find_tool(const char *name);

#endif
