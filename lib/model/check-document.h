/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the cross checks of the documents beside <domain> share. A check sees what could be read,
 * even if something else could not: anything may be missing. */
#ifndef VESSEL_MODEL_CHECK_DOCUMENT_H
#define VESSEL_MODEL_CHECK_DOCUMENT_H

#include "model/schema.h"

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
