/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON on standard output: yajl writes it, these say it in one line each. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

static void put(yajl_gen json, const char *text)
{
    yajl_gen_string(json, (const unsigned char *)text, strlen(text));
}

static void put_key(yajl_gen json, const char *key)
{
    if (key)
        put(json, key);
}

yajl_gen tool_json_new(void)
{
    return yajl_gen_alloc(NULL);
}

void tool_json_object(yajl_gen json, const char *key)
{
    put_key(json, key);
    yajl_gen_map_open(json);
}

void tool_json_array(yajl_gen json, const char *key)
{
    put_key(json, key);
    yajl_gen_array_open(json);
}

void tool_json_close_object(yajl_gen json)
{
    yajl_gen_map_close(json);
}

void tool_json_close_array(yajl_gen json)
{
    yajl_gen_array_close(json);
}

void tool_json_string(yajl_gen json, const char *key, const char *value)
{
    g_autofree char *valid = NULL;

    if (!value)
        return;
    put_key(json, key);
    /* A file name or a log line may have any bytes; JSON may not. */
    valid = g_utf8_make_valid(value, -1);
    put(json, valid);
}

void tool_json_int(yajl_gen json, const char *key, int64_t value)
{
    put_key(json, key);
    yajl_gen_integer(json, value);
}

void tool_json_bool(yajl_gen json, const char *key, bool value)
{
    put_key(json, key);
    yajl_gen_bool(json, value);
}

void tool_json_raw(yajl_gen json, const char *key, const char *text)
{
    if (!text)
        return;
    put_key(json, key);
    /* yajl writes the text of a number as it is given. */
    yajl_gen_number(json, text, strlen(text));
}

yajl_val tool_tree_member(yajl_val object, const char *name, yajl_type type)
{
    const char *path[] = {name, NULL};

    return yajl_tree_get(object, path, type);
}

const char *tool_tree_text(yajl_val object, const char *name)
{
    return YAJL_GET_STRING(tool_tree_member(object, name, yajl_t_string));
}

size_t tool_tree_length(yajl_val array)
{
    return YAJL_IS_ARRAY(array) ? YAJL_GET_ARRAY(array)->len : 0;
}

void tool_json_state(yajl_gen json, int state)
{
    g_autofree char *word = g_strdup(vessel_domain_state_name(state));

    if (word)
        g_strdelimit(word, " ", '-');
    tool_json_string(json, "state", word);
}

char *tool_json_take(yajl_gen json)
{
    const unsigned char *text = NULL;
    size_t length = 0;
    char *copy;

    yajl_gen_get_buf(json, &text, &length);
    copy = g_strndup((const char *)text, length);
    yajl_gen_free(json);
    return copy;
}

void tool_json_quote(GString *to, const char *text)
{
    yajl_gen json = tool_json_new();
    g_autofree char *quoted = NULL;

    tool_json_string(json, NULL, text);
    quoted = tool_json_take(json);
    g_string_append(to, quoted);
}

void tool_json_print(yajl_gen json)
{
    g_autofree char *text = tool_json_take(json);

    puts(text);
}
