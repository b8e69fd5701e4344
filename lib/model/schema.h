/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions as tables. A row says where a value stands in the XML and which C member holds it;
 * from the rows come parse, format (XML and JSON), checks, copy, free, equality, and the walk that
 * schema files and the reference page are made from.
 *
 * The JSON names follow from the XML words: camelCase and "-" become snake_case; an attribute that
 * has the name of a child element beside it gets "_attr"; the text of an element that has attributes
 * is "value", except that a size or a presence is plain while no attribute is given; a size has its
 * unit in its name ("memory_kib"). */
#ifndef VESSEL_MODEL_SCHEMA_H
#define VESSEL_MODEL_SCHEMA_H

#include "model/domain.h"
#include "model/forms.h"

typedef enum {
    VESSEL_KIND_STRING,    /* char *; `form` narrows it, `max` bytes at most */
    VESSEL_KIND_NUMBER,    /* VesselNumber from `min` to `max` */
    VESSEL_KIND_HEX,       /* the same, written as 0x with `width` digits, read as either */
    VESSEL_KIND_SIZE,      /* VesselNumber in KiB, or bytes if `bytes`, with @unit in XML */
    VESSEL_KIND_ENUM,      /* int or an enum; `words` */
    VESSEL_KIND_SWITCH,    /* VesselTri; `words` are { "", no, yes } */
    VESSEL_KIND_PRESENCE,  /* VesselTri: an element that is there or not */
    VESSEL_KIND_METADATA,  /* char *: what is inside the element, byte for byte */
    VESSEL_KIND_ENUM_LIST, /* GArray of int-sized enums: "boot/@dev", <boot> may repeat */
    VESSEL_KIND_OBJECT,    /* pointer to the struct of `table` */
    VESSEL_KIND_OBJECTS,   /* GPtrArray of the structs of `table`: the element may repeat */
    VESSEL_KIND_LIST,      /* GPtrArray of the tagged unions of `list`, in the order given */
} VesselRowKind;

typedef struct VesselTable VesselTable;
typedef struct VesselList VesselList;

#define VESSEL_FIRST_VERSION "0.1.0"

/* For `otherwise`: nobody but the hypervisor knows. */
#define VESSEL_ITS_OWN "as the hypervisor has it"

/* Row flags beside those of domain.h. */
enum {
    VESSEL_ROW_OLD = 1u << 16, /* an old name: read, never written */
    VESSEL_ROW_EMPTY = 1u << 17, /* the text beside attributes may be missing */
    VESSEL_ROW_KEY = 1u << 18, /* what tells it from the others of its list, with other such rows */
    VESSEL_ROW_ELSE_KEY = 1u << 19, /* the same where no row before it has told it */
    VESSEL_ROW_NEEDED = 1u << 20, /* required if the element around it is given */
    VESSEL_ROW_BARE_HEX = 1u << 21, /* of HEX: digits without 0x are hexadecimal too */
    VESSEL_ROW_HOLLOW = 1u << 22, /* OBJECTS: one without any value is as good as none */
    VESSEL_ROW_BLANK = 1u << 23, /* STRING: an empty one is as good as none */
    VESSEL_ROW_ANY_BASE = 1u << 24, /* a NUMBER that is read in hexadecimal and octal too */
    VESSEL_ROW_OPAQUE = 1u << 25, /* METADATA of any elements, in JSON a string */
    VESSEL_ROW_NAMESPACE = 1u << 26, /* OBJECT: no element, but around those of a namespace */
    VESSEL_ROW_STILL = 1u << 27, /* OBJECT: nothing in it is LIVE here, whatever its rows say */
    VESSEL_ROW_FILLED = 1u << 28, /* left out, it is written in when it is defined, by the core */
    VESSEL_ROW_DRIVER_FILLED = 1u << 29, /* the same, by a driver that needs it */
    VESSEL_ROW_OURS = 1u << 30, /* libvirt has nothing like it: docs/extensions.md */
};

typedef struct {
    const char *path; /* from the table's element: "@type", "source/@file", "" for its text */
    VesselRowKind kind;
    unsigned flags;
    size_t offset;
    uint64_t min, max;
    int width;
    bool bytes;
    const char *unit; /* of a SIZE in XML without @unit; NULL: the unit it is counted in */
    VesselWords words;
    const VesselForm *form;
    const VesselTable *table;
    const VesselList *list;
    /* A row for some variants only: bits 1 << value of the table's tag; 0 is all of them. */
    uint32_t when;
    /* A LIVE row that is so, with all in it, only where the ENUM row of that path in its table has
     * one of these words, bits as in `when`. NULL: everywhere. */
    const char *live_if;
    uint32_t live_words;
    /* A RUNTIME row whose value may also be the user's own: whether this one is. NULL: never. */
    bool (*own)(const char *value);
    /* Of an OBJECT: an element of its table that is enough, whatever is REQUIRED there, as long as the
     * tag is not given. */
    const char *alone;
    const char *doc;
    const char *since;  /* NULL: VESSEL_FIRST_VERSION */
    /* What holds if it is left out: the value as XML has it, and in words what is no one value. A
     * row without either has nothing then: no limit, no name, no such thing. */
    const char *preset, *otherwise;
    /* Pairs: a word of ours, and libvirt's in its place, "" if it has none. */
    VesselWords libvirt;
} VesselRow;

struct VesselTable {
    const char *name; /* for messages: "disk" */
    size_t size;
    const VesselRow *rows;    /* ends with path NULL */
    /* Path of the ENUM row that decides about `when`: an attribute, or ".." for a copy of the tag of
     * the struct around this one. */
    const char *tag;
    ptrdiff_t leftovers;      /* offset of the GPtrArray * of VesselLeftover, or VESSEL_NOWHERE: */
    bool document;            /* elements of foreign namespaces may stand in it */
    ptrdiff_t lines;          /* the holder's; offset of the int * of line numbers, or likewise */
    /* Of a document: offset of its VesselNamespaced[VESSEL_NAMESPACES_MAX]; 0: there are none. */
    size_t namespaces;
};
#define VESSEL_NOWHERE (-1)

/* One kind of element in a list of tagged unions. */
typedef struct {
    const char *element;
    int kind;
    const VesselTable *table; /* or, for an element that is one value (path ""): */
    const VesselRow *row;
    bool single; /* at most one of it */
    const char *doc;
} VesselVariant;

struct VesselList {
    size_t size, kind_offset, line_offset, body_offset;
    int unknown; /* kind of an element that is kept verbatim; its body is a char * */
    guint max;
    const VesselVariant *variants; /* ends with element NULL */
    GDestroyNotify free;
};

/* The macros refuse a member of the wrong type when they are compiled. */
#define VESSEL__OFFSET(type, member, condition)                                                    \
    (offsetof(type, member) + 0 * sizeof(char[(condition) ? 1 : -1]))
#define VESSEL__OFFSET_OF(type, member, wanted)                                                    \
    VESSEL__OFFSET(type, member,                                                                   \
                   __builtin_types_compatible_p(__typeof__(((type *)0)->member), wanted))
#define VESSEL__OFFSET_INT(type, member)                                                           \
    VESSEL__OFFSET(type, member,                                                                   \
                   sizeof(((type *)0)->member) == sizeof(int) &&                                   \
                       __builtin_types_compatible_p(                                               \
                           __typeof__(((type *)0)->member + 0 * sizeof(char)), size_t))
#define VESSEL__OFFSET_POINTER(type, member)                                                       \
    VESSEL__OFFSET(type, member, sizeof(*((type *)0)->member) > sizeof(void *))

#define VESSEL_STRING(type, member, xml, text_form, limit, more, text, ...)                        \
    {.path = xml, .kind = VESSEL_KIND_STRING, .offset = VESSEL__OFFSET_OF(type, member, char *),   \
     .form = text_form, .max = limit, .flags = more, .doc = text, ##__VA_ARGS__}
#define VESSEL_NUMBER(type, member, xml, least, most, more, text, ...)                             \
    {.path = xml, .kind = VESSEL_KIND_NUMBER,                                                      \
     .offset = VESSEL__OFFSET_OF(type, member, VesselNumber), .min = least, .max = most,           \
     .flags = more, .doc = text, ##__VA_ARGS__}
#define VESSEL_HEX(type, member, xml, digits, most, more, text, ...)                               \
    {.path = xml, .kind = VESSEL_KIND_HEX,                                                         \
     .offset = VESSEL__OFFSET_OF(type, member, VesselNumber), .width = digits, .max = most,        \
     .flags = more, .doc = text, ##__VA_ARGS__}
#define VESSEL_SIZE(type, member, xml, least, most, more, text, ...)                               \
    {.path = xml, .kind = VESSEL_KIND_SIZE,                                                        \
     .offset = VESSEL__OFFSET_OF(type, member, VesselNumber), .min = least, .max = most,           \
     .flags = more, .doc = text, ##__VA_ARGS__}
/* The same, counted in bytes. */
#define VESSEL_BYTES(type, member, xml, least, most, more, text, ...)                              \
    VESSEL_SIZE(type, member, xml, least, most, more, text, .bytes = true, ##__VA_ARGS__)
#define VESSEL_ENUM(type, member, xml, word_list, more, text, ...)                                 \
    {.path = xml, .kind = VESSEL_KIND_ENUM, .offset = VESSEL__OFFSET_INT(type, member),            \
     .words = word_list, .flags = more, .doc = text, ##__VA_ARGS__}
#define VESSEL_SWITCH(type, member, xml, word_list, more, text, ...)                               \
    {.path = xml, .kind = VESSEL_KIND_SWITCH, .offset = VESSEL__OFFSET_OF(type, member, VesselTri), \
     .words = word_list, .flags = more, .doc = text, ##__VA_ARGS__}
#define VESSEL_PRESENCE(type, member, xml, more, text, ...)                                        \
    {.path = xml, .kind = VESSEL_KIND_PRESENCE,                                                    \
     .offset = VESSEL__OFFSET_OF(type, member, VesselTri), .flags = more, .doc = text,             \
     ##__VA_ARGS__}
#define VESSEL_METADATA(type, member, xml, most, more, text)                                       \
    {.path = xml, .kind = VESSEL_KIND_METADATA, .offset = VESSEL__OFFSET_OF(type, member, char *), \
     .max = most, .flags = more, .doc = text}
#define VESSEL_ENUM_LIST(type, member, xml, word_list, most, more, text, ...)                      \
    {.path = xml, .kind = VESSEL_KIND_ENUM_LIST,                                                   \
     .offset = VESSEL__OFFSET_OF(type, member, GArray *), .words = word_list, .max = most,         \
     .flags = more, .doc = text, ##__VA_ARGS__}
#define VESSEL_OBJECT(type, member, xml, member_table, more, text, ...)                            \
    {.path = xml, .kind = VESSEL_KIND_OBJECT, .offset = VESSEL__OFFSET_POINTER(type, member),      \
     .table = member_table, .flags = more, .doc = text, ##__VA_ARGS__}
/* At most @most of it; each is a struct of @member_table, which knows its own size. */
#define VESSEL_OBJECTS(type, member, xml, member_table, most, more, text, ...)                     \
    {.path = xml, .kind = VESSEL_KIND_OBJECTS,                                                     \
     .offset = VESSEL__OFFSET_OF(type, member, GPtrArray *), .table = member_table, .max = most,   \
     .flags = more, .doc = text, ##__VA_ARGS__}
#define VESSEL_LIST(type, member, xml, member_list, more, text)                                    \
    {.path = xml, .kind = VESSEL_KIND_LIST, .offset = VESSEL__OFFSET_OF(type, member, GPtrArray *), \
     .list = member_list, .flags = more, .doc = text}
#define VESSEL_WHEN(value) (1u << (value))

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
/* That of a whole document, and of a namespace in one. */
#define VESSEL_ROOT_TABLE(type, element, row_list, ...)                                            \
    {                                                                                              \
        .name = element, .size = sizeof(type), .rows = row_list,                                   \
        .leftovers = VESSEL__OFFSET_OF(type, unknown, GPtrArray *),                                \
        .lines = VESSEL__OFFSET_OF(type, lines, int *), ##__VA_ARGS__                              \
    }

/* What libvirt calls @word of a row, "" if it has no word for it. */
const char *vessel__row_libvirt_word(const VesselRow *row, const char *word);

/* A table made ready for looking names up. */
typedef struct VesselShape VesselShape;

/* Made at the first call and shared from then on: a document inside another has the same shape.
 * @element is the name of the document's root. */
const VesselShape *vessel__schema_compile(const VesselTable *table, const char *element);

void *vessel__schema_parse(const VesselShape *shape, const char *text, size_t length, unsigned flags,
                           VesselProblems *problems, VesselProblems *warnings);
char *vessel__schema_format_xml(const VesselShape *shape, const void *object, unsigned flags);
VesselJson *vessel__schema_format_json(const VesselShape *shape, const void *object, unsigned flags);

void *vessel__schema_copy(const VesselTable *table, const void *object);
void vessel__schema_free(const VesselTable *table, void *object);
bool vessel__schema_equal(const VesselTable *table, const void *a, const void *b);
/* Frees what an element of a list holds, and the element. */
void vessel__schema_free_item(const VesselList *list, void *item);

/* The line of a path with indices, or of the nearest thing around it that has one; 0 for none. */
int vessel__schema_line(const VesselShape *shape, const void *object, const char *path);

/* The row of a path without indices ("/domain/devices/disk/target/@bus"), or NULL. */
const VesselRow *vessel__schema_find(const VesselShape *shape, const char *path);

/* Where `live_if` of a row looks. */
typedef struct {
    const char *path; /* "/domain/devices/disk/@device" */
    const VesselRow *tag;
    uint32_t words;
} VesselLiveIf;

/* An element or attribute that has rows of its own, as it is met on the way from the root. */
typedef struct {
    const char *path; /* "/domain/devices/disk/target/@bus" */
    const char *json; /* "domain.devices.disk.target.bus" */
    const VesselShape *shape;
    const VesselRow *row;    /* of several for one place (`when`) each comes by itself */
    const VesselRow *tag;    /* the row that decides about `when`, NULL if there is none */
    const VesselVariant *variant; /* of an element in a list; @row is then NULL if it has a table */
    bool again; /* a table inside itself: what is in it was seen before */
    bool still; /* in a STILL element: not LIVE */
    const VesselLiveIf *live_if; /* of a LIVE row, its own or of an element around; or NULL */
} VesselRowPlace;
typedef void (*VesselPlaceVisitor)(const VesselRowPlace *place, void *data);
void vessel__schema_each_place(const VesselShape *shape, VesselPlaceVisitor visit, void *data);

/* Calls back for every row with its full path. A table inside itself is entered once. */
typedef void (*VesselRowVisitor)(const char *path, const VesselRow *row, void *data);
void vessel__schema_each_row(const VesselShape *shape, VesselRowVisitor visit, void *data);

typedef struct VesselPlace VesselPlace;
typedef struct {
    const char *path;     /* without indices */
    const VesselRow *row; /* NULL for an element of a list, before its values, and for @uri */
    const char *word;     /* of a value of words; a string as it is */
    const char *uri;      /* an element of this foreign namespace */
    const VesselPlace *place;
} VesselValue;
/* With indices: "/domain/devices/disk[2]/target/@bus"; g_free(). */
char *vessel__schema_value_path(const VesselValue *value);

/* Calls back for every value that is present. What a lenient parse kept is left out. */
typedef void (*VesselValueVisitor)(const VesselValue *value, void *data);
void vessel__schema_each_value(const VesselShape *shape, const void *object,
                               VesselValueVisitor visit, void *data);

#endif
