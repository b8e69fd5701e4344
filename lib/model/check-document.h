/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the documents beside <domain> share: their tables, and the problems of their cross checks.
 * A check sees what could be read, even if something else could not: anything may be missing. */
#ifndef VESSEL_MODEL_CHECK_DOCUMENT_H
#define VESSEL_MODEL_CHECK_DOCUMENT_H

#include "model/schema.h"

/* A table whose struct has no place for what is not known: its holder keeps that. With LINES its
 * struct has `int *lines`, so that a problem of one of several finds its line. */
#define VESSEL_PART_TABLE(type, element, row_list, ...)                                            \
    {                                                                                              \
        .name = element, .size = sizeof(type), .rows = row_list, .leftovers = VESSEL_NOWHERE,      \
        .lines = VESSEL_NOWHERE, ##__VA_ARGS__                                                     \
    }
#define VESSEL_LINES_TABLE(type, element, row_list, ...)                                           \
    {                                                                                              \
        .name = element, .size = sizeof(type), .rows = row_list, .leftovers = VESSEL_NOWHERE,      \
        .lines = VESSEL__OFFSET_OF(type, lines, int *), ##__VA_ARGS__                              \
    }
/* That of a whole document. */
#define VESSEL_ROOT_TABLE(type, element, row_list, ...)                                            \
    {                                                                                              \
        .name = element, .size = sizeof(type), .rows = row_list,                                   \
        .leftovers = VESSEL__OFFSET_OF(type, unknown, GPtrArray *),                                \
        .lines = VESSEL__OFFSET_OF(type, lines, int *), ##__VA_ARGS__                              \
    }

typedef struct {
    const VesselShape *shape;
    const void *def;
    VesselProblems *problems;
} VesselDocumentCheck;

/* @path has indices ("/network/ip[2]/@family"); @hint may be NULL. */
void vessel__document_problem(const VesselDocumentCheck *check, const char *path, const char *hint,
                              const char *format, ...) G_GNUC_PRINTF(4, 5);
/* A problem if another place had @key already: "the MAC address '…' is that of …". @seen maps keys
 * to paths: g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free). */
void vessel__document_unique(const VesselDocumentCheck *check, GHashTable *seen, const char *key,
                             const char *path, const char *what);
GHashTable *vessel__document_new_seen(void);
/* A random one if there is none. */
void vessel__document_default_uuid(char **uuid);

#endif
