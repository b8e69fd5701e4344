/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words of tests/lib/inside.c that have a file of their own. */
#ifndef VESSEL_TESTS_LIB_INSIDE_H
#define VESSEL_TESTS_LIB_INSIDE_H

int serve_nothing(const char *path);

#endif
