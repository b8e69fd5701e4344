/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kit/left-out.h"

#define NAMED_MAX 16
#define BYTES_MAX 4096 /* of all names that are told */

void vessel__left_out_add(VesselLeftOut *left_out, const char *name)
{
    size_t before = left_out->named ? left_out->named->len : 0;
    if (left_out->count >= NAMED_MAX || strlen(name) > BYTES_MAX - before)
        return;
    if (!left_out->named)
        left_out->named = g_string_new(NULL);
    g_string_append_printf(left_out->named, "%s%s", before ? ", " : "", name);
    left_out->count++;
}

char *vessel__left_out_note(const VesselLeftOut *left_out, uint64_t files, uint64_t count)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_printf(text, "%" G_GUINT64_FORMAT " %s", files, files == 1 ? "file" : "files");
    if (count == 0)
        return g_string_free(g_steal_pointer(&text), FALSE);
    g_string_append_printf(text, "; %" G_GUINT64_FORMAT " left out", count);
    if (left_out->named)
        g_string_append_printf(text, ": %s", left_out->named->str);
    if (left_out->named && count > left_out->count)
        g_string_append_printf(text, " and %" G_GUINT64_FORMAT " more", count - left_out->count);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

void vessel__left_out_clear(VesselLeftOut *left_out)
{
    if (left_out->named)
        g_string_free(left_out->named, TRUE);
    *left_out = (VesselLeftOut){0};
}
