/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A definition in JSON with some of it replaced: a merge patch (RFC 7396). Everything else is
 * written as it was. */
#include "tool.h"

#include <string.h>

static yajl_val find(yajl_val object, const char *key)
{
    for (size_t i = 0; YAJL_IS_OBJECT(object) && i < YAJL_GET_OBJECT(object)->len; i++)
        if (!strcmp(YAJL_GET_OBJECT(object)->keys[i], key))
            return YAJL_GET_OBJECT(object)->values[i];
    return NULL;
}

static void write_key(yajl_gen json, const char *key)
{
    yajl_gen_string(json, (const unsigned char *)key, strlen(key));
}

/* Whether the patch takes away all that there is: an empty element says nothing. */
static bool leaves_nothing(yajl_val old, yajl_val patch)
{
    if (!YAJL_IS_OBJECT(patch) || YAJL_GET_OBJECT(patch)->len == 0)
        return false;
    for (size_t i = 0; i < YAJL_GET_OBJECT(patch)->len; i++)
        if (!YAJL_IS_NULL(YAJL_GET_OBJECT(patch)->values[i]))
            return false;
    for (size_t i = 0; YAJL_IS_OBJECT(old) && i < YAJL_GET_OBJECT(old)->len; i++)
        if (!find(patch, YAJL_GET_OBJECT(old)->keys[i]))
            return false;
    return true;
}

static void write_merged(yajl_gen json, yajl_val old, yajl_val patch);

static void write_object(yajl_gen json, yajl_val old, yajl_val patch)
{
    yajl_gen_map_open(json);
    for (size_t i = 0; YAJL_IS_OBJECT(old) && i < YAJL_GET_OBJECT(old)->len; i++) {
        const char *key = YAJL_GET_OBJECT(old)->keys[i];
        yajl_val other = find(patch, key);

        if ((other && YAJL_IS_NULL(other)) ||
            leaves_nothing(YAJL_GET_OBJECT(old)->values[i], other))
            continue;
        write_key(json, key);
        write_merged(json, YAJL_GET_OBJECT(old)->values[i], other);
    }
    for (size_t i = 0; YAJL_IS_OBJECT(patch) && i < YAJL_GET_OBJECT(patch)->len; i++) {
        const char *key = YAJL_GET_OBJECT(patch)->keys[i];
        yajl_val value = YAJL_GET_OBJECT(patch)->values[i];

        if (YAJL_IS_NULL(value) || leaves_nothing(NULL, value) || find(old, key))
            continue;
        write_key(json, key);
        write_merged(json, NULL, value);
    }
    yajl_gen_map_close(json);
}

static void write_array(yajl_gen json, yajl_val array)
{
    yajl_gen_array_open(json);
    for (size_t i = 0; i < YAJL_GET_ARRAY(array)->len; i++)
        write_merged(json, YAJL_GET_ARRAY(array)->values[i], NULL);
    yajl_gen_array_close(json);
}

/* @old where there is no @patch. */
static void write_merged(yajl_gen json, yajl_val old, yajl_val patch)
{
    yajl_val value = patch ? patch : old;

    if (YAJL_IS_OBJECT(value))
        write_object(json, patch && !YAJL_IS_OBJECT(old) ? NULL : old, patch);
    else if (YAJL_IS_ARRAY(value))
        write_array(json, value);
    else if (YAJL_IS_STRING(value))
        write_key(json, YAJL_GET_STRING(value));
    else if (YAJL_IS_NUMBER(value))
        tool_json_raw(json, NULL, YAJL_GET_NUMBER(value));
    else if (YAJL_IS_NULL(value))
        yajl_gen_null(json);
    else
        yajl_gen_bool(json, YAJL_IS_TRUE(value));
}

char *tool_merge(yajl_val definition, const char *patch)
{
    yajl_gen json = tool_json_new();
    yajl_val tree = yajl_tree_parse(patch, NULL, 0);

    write_merged(json, definition, tree);
    yajl_tree_free(tree);
    return tool_json_take(json);
}
