/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON values: parsed by yajl with caps, or built, or formatted. Numbers are 64-bit integers, or
 * doubles when they have a fraction or exponent. The parser is strict: no comments, no duplicate
 * keys, no trailing text, valid UTF-8, no NUL inside a string. */
#ifndef VESSEL_BASE_JSON_H
#define VESSEL_BASE_JSON_H

#include "base/common.h"
#include "base/error.h"

typedef enum {
    VESSEL_JSON_NULL,
    VESSEL_JSON_BOOL,
    VESSEL_JSON_INT,
    VESSEL_JSON_UINT, /* only for numbers above INT64_MAX; _int() refuses it, _uint() takes both */
    VESSEL_JSON_DOUBLE,
    VESSEL_JSON_STRING,
    VESSEL_JSON_ARRAY,
    VESSEL_JSON_OBJECT,
} VesselJsonKind;

typedef struct {
    size_t bytes;   /* of the whole text; 0 = 8 MiB */
    unsigned depth; /* 0 = 64 */
    unsigned nodes; /* 0 = 100,000 */
} VesselJsonLimits;

/* @name is what an error calls the text ("state.json"). */
int vessel__json_parse(const char *text, size_t length, const VesselJsonLimits *limits,
                       const char *name, VesselJson **json, VesselError **err);
void vessel__json_free(VesselJson *json);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselJson, vessel__json_free)
VesselJson *vessel__json_copy(const VesselJson *json);

VesselJsonKind vessel__json_kind(const VesselJson *json);
int vessel__json_line(const VesselJson *json); /* in the parsed text, from 1; 0 if built */
int vessel__json_column(const VesselJson *json);

/* Reading. Each takes a NULL value or one of another kind and answers with the default. */
const char *vessel__json_string(const VesselJson *json, const char *otherwise);
int64_t vessel__json_int(const VesselJson *json, int64_t otherwise);
uint64_t vessel__json_uint(const VesselJson *json, uint64_t otherwise);
double vessel__json_double(const VesselJson *json, double otherwise);
bool vessel__json_bool(const VesselJson *json, bool otherwise);
/* Array or object: number of elements or members, 0 for anything else. Members keep their order. */
size_t vessel__json_length(const VesselJson *json);
const VesselJson *vessel__json_at(const VesselJson *array_or_object, size_t index);
const char *vessel__json_key_at(const VesselJson *object, size_t index);
/* Member by name, NULL if absent or not an object. */
const VesselJson *vessel__json_get(const VesselJson *object, const char *key);
/* A member of a member: vessel__json_path(reply, "return", "status", NULL). */
const VesselJson *vessel__json_path(const VesselJson *object, ...) G_GNUC_NULL_TERMINATED;
/* Short forms for vessel__json_X(vessel__json_get(object, key), otherwise). */
const char *vessel__json_get_string(const VesselJson *object, const char *key,
                                    const char *otherwise);
int64_t vessel__json_get_int(const VesselJson *object, const char *key, int64_t otherwise);
uint64_t vessel__json_get_uint(const VesselJson *object, const char *key, uint64_t otherwise);
bool vessel__json_get_bool(const VesselJson *object, const char *key, bool otherwise);

/* Building. Values given to set/append are taken over. */
VesselJson *vessel__json_new_null(void);
VesselJson *vessel__json_new_bool(bool value);
VesselJson *vessel__json_new_int(int64_t value);
VesselJson *vessel__json_new_uint(uint64_t value);
VesselJson *vessel__json_new_double(double value);
VesselJson *vessel__json_new_string(const char *value); /* NULL gives null */
VesselJson *vessel__json_new_array(void);
VesselJson *vessel__json_new_object(void);
/* Replaces a member of that name in place; a NULL @value removes it. */
void vessel__json_set(VesselJson *object, const char *key, VesselJson *value);
void vessel__json_set_string(VesselJson *object, const char *key,
                             const char *value); /* NULL: none */
void vessel__json_set_int(VesselJson *object, const char *key, int64_t value);
void vessel__json_set_uint(VesselJson *object, const char *key, uint64_t value);
void vessel__json_set_bool(VesselJson *object, const char *key, bool value);
void vessel__json_append(VesselJson *array, VesselJson *value);
void vessel__json_append_string(VesselJson *array, const char *value);

/* One line without a newline, or indented with one at the end. Invalid UTF-8 in a string (a file
 * name, QEMU's stderr) is replaced by U+FFFD, so the result always parses. g_free() it. */
char *vessel__json_format(const VesselJson *json, bool pretty);

/* for each element of an array or member of an object; @value is declared here. */
#define VESSEL_JSON_FOREACH(value, json)                                                           \
    for (size_t value##_i = 0, value##_go = 1;                                                     \
         value##_go && value##_i < vessel__json_length(json); value##_i++)                         \
        for (const VesselJson *value = (value##_go = 0, vessel__json_at((json), value##_i));       \
             !value##_go; value##_go = 1)

#endif
