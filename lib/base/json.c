/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

#include "base/words.h"

/* From this many members on an object is searched by a hash table. */
#define INDEX_FROM 16

struct VesselJson {
    VesselJsonKind kind;
    int line, column;
    union {
        bool boolean;
        int64_t integer;
        uint64_t natural;
        double real;
        char *string;
        struct {
            VesselJson **items;
            char **keys; /* NULL for an array */
            size_t count, room;
            GHashTable *index; /* key → position + 1; NULL while small */
        };
    };
};

static VesselJson *json_new(VesselJsonKind kind)
{
    VesselJson *json = g_new0(VesselJson, 1);
    json->kind = kind;
    return json;
}

void vessel__json_free(VesselJson *json)
{
    if (!json)
        return;
    if (json->kind == VESSEL_JSON_STRING) {
        g_free(json->string);
    } else if (json->kind == VESSEL_JSON_ARRAY || json->kind == VESSEL_JSON_OBJECT) {
        for (size_t i = 0; i < json->count; i++) {
            vessel__json_free(json->items[i]);
            if (json->keys)
                g_free(json->keys[i]);
        }
        g_clear_pointer(&json->index, g_hash_table_unref);
        g_free(json->items);
        g_free(json->keys);
    }
    g_free(json);
}

/* Takes @key and @value over. */
static void container_add(VesselJson *json, char *key, VesselJson *value)
{
    if (json->count == json->room) {
        json->room = json->room ? json->room * 2 : 4;
        json->items = g_renew(VesselJson *, json->items, json->room);
        if (json->kind == VESSEL_JSON_OBJECT)
            json->keys = g_renew(char *, json->keys, json->room);
    }
    json->items[json->count] = value;
    if (json->kind == VESSEL_JSON_OBJECT)
        json->keys[json->count] = key;
    json->count++;
    if (json->index)
        g_hash_table_insert(json->index, key, GSIZE_TO_POINTER(json->count));
}

static void object_index(VesselJson *json)
{
    json->index = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < json->count; i++)
        g_hash_table_insert(json->index, json->keys[i], GSIZE_TO_POINTER(i + 1));
}

/* Position of a member + 1, 0 if there is none. */
static size_t object_find(const VesselJson *json, const char *key)
{
    if (json->index)
        return GPOINTER_TO_SIZE(g_hash_table_lookup(json->index, key));
    for (size_t i = 0; i < json->count; i++)
        if (!strcmp(json->keys[i], key))
            return i + 1;
    return 0;
}

/* ---- parsing: yajl's callbacks build the tree ---- */

typedef struct {
    const char *text;
    size_t length;
    bool complete; /* all of the text was given to yajl */
    VesselJsonLimits limits;
    yajl_handle handle;
    GPtrArray *open; /* containers that are not closed yet */
    char *key;       /* of the member that comes next */
    VesselJson *root;
    unsigned nodes;
    size_t counted, line_start; /* newlines are counted up to here; where the line began */
    int line;
    char *problem;
} Parser;

static int parser_refuse(Parser *parser, char *problem)
{
    parser->problem = problem;
    return 0;
}

/* Where the last token ends. Tokens come in order, so every byte is looked at once. */
static void parser_place(Parser *parser, int *line, int *column)
{
    /* At the end yajl feeds itself a blank and counts from there. */
    size_t offset = parser->complete ? parser->length : yajl_get_bytes_consumed(parser->handle);
    for (; parser->counted < offset; parser->counted++) {
        if (parser->text[parser->counted] == '\n') {
            parser->line++;
            parser->line_start = parser->counted + 1;
        }
    }
    *line = parser->line;
    *column = (int)(offset - parser->line_start);
}

static int parser_add(Parser *parser, VesselJson *value)
{
    parser_place(parser, &value->line, &value->column);
    VesselJson *parent = parser->open->len ? parser->open->pdata[parser->open->len - 1] : NULL;
    if (!parent)
        parser->root = value;
    else
        container_add(parent, g_steal_pointer(&parser->key), value);
    if (++parser->nodes > parser->limits.nodes)
        return parser_refuse(parser, g_strdup_printf("more than %u values", parser->limits.nodes));
    if (value->kind < VESSEL_JSON_ARRAY)
        return 1;
    if (parser->open->len >= parser->limits.depth)
        return parser_refuse(parser,
                             g_strdup_printf("deeper than %u levels", parser->limits.depth));
    g_ptr_array_add(parser->open, value);
    return 1;
}

static int on_null(void *data)
{
    return parser_add(data, vessel__json_new_null());
}

static int on_boolean(void *data, int value)
{
    return parser_add(data, vessel__json_new_bool(value));
}

static int add_double(Parser *parser, const char *text)
{
    /* strtod() would follow the program's locale. */
    double value = g_ascii_strtod(text, NULL);
    if (!isfinite(value))
        return parser_refuse(parser, g_strdup_printf("the number %s is too large", text));
    return parser_add(parser, vessel__json_new_double(value));
}

static int on_number(void *data, const char *digits, size_t length)
{
    char text[64];
    if (length >= sizeof text)
        return parser_refuse(data, g_strdup("a number has too many digits"));
    memcpy(text, digits, length);
    text[length] = '\0';
    if (strpbrk(text, ".eE"))
        return add_double(data, text);
    bool negative = text[0] == '-';
    errno = 0;
    int64_t integer = negative ? g_ascii_strtoll(text, NULL, 10) : 0;
    uint64_t natural = negative ? 0 : g_ascii_strtoull(text, NULL, 10);
    /* GLib makes its locale at the first call, and that may leave any other errno. */
    if (errno == ERANGE)
        return parser_refuse(data, g_strdup_printf("the number %s is too large", text));
    return parser_add(data,
                      negative ? vessel__json_new_int(integer) : vessel__json_new_uint(natural));
}

/* yajl's own check lets overlong forms, surrogates and escaped halves of surrogate pairs pass. */
static char *take_text(Parser *parser, const unsigned char *value, size_t length)
{
    if (memchr(value, 0, length)) {
        parser_refuse(parser, g_strdup("a string contains a NUL"));
        return NULL;
    }
    if (!g_utf8_validate_len((const char *)value, length, NULL)) {
        parser_refuse(parser, g_strdup("a string is not valid UTF-8"));
        return NULL;
    }
    return g_strndup((const char *)value, length);
}

static int on_string(void *data, const unsigned char *value, size_t length)
{
    char *text = take_text(data, value, length);
    if (!text)
        return 0;
    VesselJson *json = json_new(VESSEL_JSON_STRING);
    json->string = text;
    return parser_add(data, json);
}

static int on_map_key(void *data, const unsigned char *value, size_t length)
{
    Parser *parser = data;
    VesselJson *object = parser->open->pdata[parser->open->len - 1];
    VesselShown shown;
    g_free(parser->key);
    parser->key = take_text(parser, value, length);
    if (!parser->key)
        return 0;
    if (!object->index && object->count >= INDEX_FROM)
        object_index(object);
    if (object_find(object, parser->key))
        return parser_refuse(parser, g_strdup_printf("the member \"%s\" is there twice",
                                                     vessel__shown(parser->key, shown)));
    return 1;
}

static int on_start_map(void *data)
{
    return parser_add(data, vessel__json_new_object());
}

static int on_start_array(void *data)
{
    return parser_add(data, vessel__json_new_array());
}

static int on_end(void *data)
{
    Parser *parser = data;
    g_ptr_array_set_size(parser->open, (gint)parser->open->len - 1);
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_map_key = on_map_key,
    .yajl_start_map = on_start_map,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

/* yajl's words, its last newline taken off. */
static char *yajl_words(yajl_handle handle)
{
    unsigned char *raw = yajl_get_error(handle, 0, NULL, 0);
    char *words = g_strchomp(g_strdup((const char *)raw));
    yajl_free_error(handle, raw);
    return words;
}

static int parser_run(Parser *parser, const char *name, VesselError **err)
{
    yajl_status status =
        yajl_parse(parser->handle, (const unsigned char *)parser->text, parser->length);
    if (status == yajl_status_ok) {
        parser->complete = true;
        status = yajl_complete_parse(parser->handle);
    }
    if (status == yajl_status_ok)
        return VESSEL_OK;
    if (!parser->problem)
        parser->problem = parser->complete && !parser->root ? g_strdup("it is empty")
                                                            : yajl_words(parser->handle);
    int line, column;
    parser_place(parser, &line, &column);
    vessel__fail(err, VESSEL_ERROR_PROTOCOL, "%s is not the JSON it should be: %s", name,
                 parser->problem);
    vessel__error_at(err, name, line, column);
    return VESSEL_ERROR_PROTOCOL;
}

int vessel__json_parse(const char *text, size_t length, const VesselJsonLimits *limits,
                       const char *name, VesselJson **json, VesselError **err)
{
    Parser parser = {.text = text, .length = length, .line = 1, .limits = {8 << 20, 64, 100000}};
    if (limits && limits->bytes)
        parser.limits.bytes = limits->bytes;
    if (limits && limits->depth)
        parser.limits.depth = limits->depth;
    if (limits && limits->nodes)
        parser.limits.nodes = limits->nodes;
    *json = NULL;
    if (length > parser.limits.bytes)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "%s is larger than %zu bytes", name,
                            parser.limits.bytes);
    int result = vessel__memory_check(length, name, err);
    if (result)
        return result;
    parser.handle = yajl_alloc(&callbacks, NULL, &parser);
    if (!parser.handle)
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "no memory to parse %s", name);
    yajl_config(parser.handle, yajl_dont_validate_strings, 1); /* we do */
    parser.open = g_ptr_array_new();
    result = parser_run(&parser, name, err);
    if (result == VESSEL_OK)
        *json = parser.root;
    else
        vessel__json_free(parser.root);
    yajl_free(parser.handle);
    g_ptr_array_unref(parser.open);
    g_free(parser.key);
    g_free(parser.problem);
    return result;
}

/* ---- reading ---- */

VesselJsonKind vessel__json_kind(const VesselJson *json)
{
    return json ? json->kind : VESSEL_JSON_NULL;
}

int vessel__json_line(const VesselJson *json)
{
    return json ? json->line : 0;
}

int vessel__json_column(const VesselJson *json)
{
    return json ? json->column : 0;
}

const char *vessel__json_string(const VesselJson *json, const char *otherwise)
{
    return vessel__json_kind(json) == VESSEL_JSON_STRING ? json->string : otherwise;
}

int64_t vessel__json_int(const VesselJson *json, int64_t otherwise)
{
    return vessel__json_kind(json) == VESSEL_JSON_INT ? json->integer : otherwise;
}

uint64_t vessel__json_uint(const VesselJson *json, uint64_t otherwise)
{
    VesselJsonKind kind = vessel__json_kind(json);
    if (kind == VESSEL_JSON_UINT)
        return json->natural;
    return kind == VESSEL_JSON_INT && json->integer >= 0 ? (uint64_t)json->integer : otherwise;
}

double vessel__json_double(const VesselJson *json, double otherwise)
{
    switch (vessel__json_kind(json)) {
    case VESSEL_JSON_DOUBLE:
        return json->real;
    case VESSEL_JSON_INT:
        return (double)json->integer;
    case VESSEL_JSON_UINT:
        return (double)json->natural;
    default:
        return otherwise;
    }
}

bool vessel__json_bool(const VesselJson *json, bool otherwise)
{
    return vessel__json_kind(json) == VESSEL_JSON_BOOL ? json->boolean : otherwise;
}

size_t vessel__json_length(const VesselJson *json)
{
    return vessel__json_kind(json) >= VESSEL_JSON_ARRAY ? json->count : 0;
}

const VesselJson *vessel__json_at(const VesselJson *json, size_t index)
{
    return index < vessel__json_length(json) ? json->items[index] : NULL;
}

const char *vessel__json_key_at(const VesselJson *json, size_t index)
{
    return vessel__json_kind(json) == VESSEL_JSON_OBJECT && index < json->count ? json->keys[index]
                                                                                : NULL;
}

const VesselJson *vessel__json_get(const VesselJson *json, const char *key)
{
    if (vessel__json_kind(json) != VESSEL_JSON_OBJECT)
        return NULL;
    size_t position = object_find(json, key);
    return position ? json->items[position - 1] : NULL;
}

const VesselJson *vessel__json_path(const VesselJson *json, ...)
{
    va_list keys;
    va_start(keys, json);
    for (const char *key; json && (key = va_arg(keys, const char *));)
        json = vessel__json_get(json, key);
    va_end(keys);
    return json;
}

const char *vessel__json_get_string(const VesselJson *json, const char *key, const char *otherwise)
{
    return vessel__json_string(vessel__json_get(json, key), otherwise);
}

int64_t vessel__json_get_int(const VesselJson *json, const char *key, int64_t otherwise)
{
    return vessel__json_int(vessel__json_get(json, key), otherwise);
}

uint64_t vessel__json_get_uint(const VesselJson *json, const char *key, uint64_t otherwise)
{
    return vessel__json_uint(vessel__json_get(json, key), otherwise);
}

bool vessel__json_get_bool(const VesselJson *json, const char *key, bool otherwise)
{
    return vessel__json_bool(vessel__json_get(json, key), otherwise);
}

/* ---- building ---- */

VesselJson *vessel__json_new_null(void)
{
    return json_new(VESSEL_JSON_NULL);
}

VesselJson *vessel__json_new_bool(bool value)
{
    VesselJson *json = json_new(VESSEL_JSON_BOOL);
    json->boolean = value;
    return json;
}

VesselJson *vessel__json_new_int(int64_t value)
{
    VesselJson *json = json_new(VESSEL_JSON_INT);
    json->integer = value;
    return json;
}

VesselJson *vessel__json_new_uint(uint64_t value)
{
    if (value <= INT64_MAX)
        return vessel__json_new_int((int64_t)value);
    VesselJson *json = json_new(VESSEL_JSON_UINT);
    json->natural = value;
    return json;
}

VesselJson *vessel__json_new_double(double value)
{
    if (!isfinite(value))
        return vessel__json_new_null(); /* JSON has no word for it */
    VesselJson *json = json_new(VESSEL_JSON_DOUBLE);
    json->real = value;
    return json;
}

VesselJson *vessel__json_new_string(const char *value)
{
    if (!value)
        return vessel__json_new_null();
    VesselJson *json = json_new(VESSEL_JSON_STRING);
    json->string = g_strdup(value);
    return json;
}

VesselJson *vessel__json_new_array(void)
{
    return json_new(VESSEL_JSON_ARRAY);
}

VesselJson *vessel__json_new_object(void)
{
    return json_new(VESSEL_JSON_OBJECT);
}

static void object_remove(VesselJson *json, size_t index)
{
    vessel__json_free(json->items[index]);
    g_clear_pointer(&json->index, g_hash_table_unref);
    g_free(json->keys[index]);
    json->count--;
    memmove(json->items + index, json->items + index + 1,
            (json->count - index) * sizeof *json->items);
    memmove(json->keys + index, json->keys + index + 1, (json->count - index) * sizeof *json->keys);
}

void vessel__json_set(VesselJson *json, const char *key, VesselJson *value)
{
    g_assert(json->kind == VESSEL_JSON_OBJECT);
    size_t position = object_find(json, key);
    if (!value) {
        if (position)
            object_remove(json, position - 1);
    } else if (position) {
        vessel__json_free(json->items[position - 1]);
        json->items[position - 1] = value;
    } else {
        if (!json->index && json->count >= INDEX_FROM)
            object_index(json);
        container_add(json, g_strdup(key), value);
    }
}

void vessel__json_set_string(VesselJson *json, const char *key, const char *value)
{
    vessel__json_set(json, key, value ? vessel__json_new_string(value) : NULL);
}

void vessel__json_set_int(VesselJson *json, const char *key, int64_t value)
{
    vessel__json_set(json, key, vessel__json_new_int(value));
}

void vessel__json_set_uint(VesselJson *json, const char *key, uint64_t value)
{
    vessel__json_set(json, key, vessel__json_new_uint(value));
}

void vessel__json_set_bool(VesselJson *json, const char *key, bool value)
{
    vessel__json_set(json, key, vessel__json_new_bool(value));
}

void vessel__json_append(VesselJson *json, VesselJson *value)
{
    g_assert(json->kind == VESSEL_JSON_ARRAY);
    container_add(json, NULL, value);
}

void vessel__json_append_string(VesselJson *json, const char *value)
{
    vessel__json_append(json, vessel__json_new_string(value));
}

VesselJson *vessel__json_copy(const VesselJson *json)
{
    if (!json)
        return NULL;
    VesselJson *copy = json_new(json->kind);
    copy->line = json->line;
    copy->column = json->column;
    switch (json->kind) {
    case VESSEL_JSON_STRING:
        copy->string = g_strdup(json->string);
        break;
    case VESSEL_JSON_ARRAY:
    case VESSEL_JSON_OBJECT:
        for (size_t i = 0; i < json->count; i++)
            container_add(copy, json->keys ? g_strdup(json->keys[i]) : NULL,
                          vessel__json_copy(json->items[i]));
        break;
    case VESSEL_JSON_BOOL:
        copy->boolean = json->boolean;
        break;
    case VESSEL_JSON_DOUBLE:
        copy->real = json->real;
        break;
    default:
        copy->natural = json->natural; /* covers the signed one: the same 64 bits */
        break;
    }
    return copy;
}

/* ---- formatting ---- */

static void generate_string(yajl_gen gen, const char *value)
{
    g_autofree char *valid = g_utf8_validate(value, -1, NULL) ? NULL : g_utf8_make_valid(value, -1);
    const char *text = valid ? valid : value;
    yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

static void generate_number(yajl_gen gen, const VesselJson *json)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE + 2];
    if (json->kind == VESSEL_JSON_DOUBLE) {
        /* The shortest that is read back as the same. */
        static const char *const formats[] = {"%.15g", "%.16g", "%.17g"};
        for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
            g_ascii_formatd(text, G_ASCII_DTOSTR_BUF_SIZE, formats[i], json->real);
            if (g_ascii_strtod(text, NULL) == json->real)
                break;
        }
        if (!strpbrk(text, ".e"))
            strcat(text, ".0"); /* still a double when it is read again */
    } else if (json->kind == VESSEL_JSON_UINT) {
        snprintf(text, sizeof text, "%" PRIu64, json->natural);
    } else {
        snprintf(text, sizeof text, "%" PRId64, json->integer);
    }
    yajl_gen_number(gen, text, strlen(text));
}

static void generate(yajl_gen gen, const VesselJson *json)
{
    yajl_gen_status status = yajl_gen_status_ok;
    switch (json->kind) {
    case VESSEL_JSON_NULL:
        yajl_gen_null(gen);
        break;
    case VESSEL_JSON_BOOL:
        yajl_gen_bool(gen, json->boolean);
        break;
    case VESSEL_JSON_INT:
    case VESSEL_JSON_UINT:
    case VESSEL_JSON_DOUBLE:
        generate_number(gen, json);
        break;
    case VESSEL_JSON_STRING:
        generate_string(gen, json->string);
        break;
    case VESSEL_JSON_ARRAY:
        status = yajl_gen_array_open(gen);
        for (size_t i = 0; i < json->count; i++)
            generate(gen, json->items[i]);
        yajl_gen_array_close(gen);
        break;
    case VESSEL_JSON_OBJECT:
        status = yajl_gen_map_open(gen);
        for (size_t i = 0; i < json->count; i++) {
            generate_string(gen, json->keys[i]);
            generate(gen, json->items[i]);
        }
        yajl_gen_map_close(gen);
        break;
    }
    /* Only nesting deeper than yajl's 128 can fail, and the parser stops at 64. */
    g_assert(status == yajl_gen_status_ok);
}

char *vessel__json_format(const VesselJson *json, bool pretty)
{
    yajl_gen gen = yajl_gen_alloc(NULL);
    g_assert(gen);
    yajl_gen_config(gen, yajl_gen_beautify, (int)pretty);
    yajl_gen_config(gen, yajl_gen_indent_string, "  ");
    generate(gen, json);
    const unsigned char *text;
    size_t length;
    yajl_gen_get_buf(gen, &text, &length);
    char *result = g_strndup((const char *)text, length);
    yajl_gen_free(gen);
    return result;
}
