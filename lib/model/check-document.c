/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check-document.h"

void vessel__document_default_uuid(char **uuid)
{
    char made[VESSEL__UUID_SIZE];
    if (*uuid)
        return;
    vessel__uuid_generate(made);
    *uuid = g_strdup(made);
}

void vessel__document_problem(const VesselDocumentCheck *check, const char *path, const char *hint,
                              const char *format, ...)
{
    va_list list;
    va_start(list, format);
    g_autofree char *message = g_strdup_vprintf(format, list);
    va_end(list);
    vessel__problems_add(check->problems, VESSEL_ERROR_INVALID_DEFINITION, path,
                         vessel__schema_line(check->shape, check->def, path), 0, hint, "%s",
                         message);
}

GHashTable *vessel__document_new_seen(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

void vessel__document_unique(const VesselDocumentCheck *check, GHashTable *seen, const char *key,
                             const char *path, const char *what)
{
    const char *first = key ? g_hash_table_lookup(seen, key) : NULL;
    if (!key)
        return;
    if (!first) {
        g_hash_table_insert(seen, g_strdup(key), g_strdup(path));
        return;
    }
    int line = vessel__schema_line(check->shape, check->def, first);
    g_autofree char *where = line > 0 ? g_strdup_printf(" (line %d)", line) : g_strdup("");
    vessel__document_problem(check, path, "give one of the two another",
                             "%s '%s' is that of %s%s already", what, key, first, where);
}
