/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of the engine: tables arranged by name, and what its files share. */
#ifndef VESSEL_MODEL_SHAPE_H
#define VESSEL_MODEL_SHAPE_H

#include "model/namespaces.h"
#include "xml/read.h"

/* Rows and the elements between them, of one table. */
#define VESSEL_SHAPES_MAX 256
/* Elements that may repeat in one table. */
#define VESSEL_ENUM_LISTS_MAX 32
/* Kinds of element in one list. */
#define VESSEL_VARIANTS_MAX 64

/* An element or attribute as the tables know it. */
struct VesselShape {
    const char *name; /* "qemu:" is no element: those of a namespace are in it, up to the next */
    bool attribute;
    const VesselNamespace *space; /* of the element; NULL is libvirt's own, which has no URI */
    const VesselRow *row;   /* the value it has itself; NULL for a mere container */
    const VesselRow **rows; /* of several variants, if row_count > 1 */
    guint row_count;
    const VesselShape *root; /* the element of its table */
    guint index;             /* within its table, for what was seen already */
    VesselShape *parent;     /* NULL for the element of a table */
    const char *json;        /* its name in JSON */
    bool json_value;         /* it has text and attributes: the text is "value" in JSON */
    guint attribute_count, element_count;
    VesselShape **attributes, **elements; /* in the order of the rows */
    VesselShape **by_name;                /* elements, sorted */
    /* Only on the element of a table: */
    const VesselTable *table;
    bool arranged; /* what is in it is there: vessel__shape_inside() */
    VesselShape *tag;
    size_t tag_offset;
    bool tag_of_holder;
    VesselShape **required;
    guint required_count;
    bool needs; /* some attribute or element of it is NEEDED */
    guint enum_lists;
    guint shape_count;
    /* By kind of row: */
    VesselShape *object;    /* OBJECT, OBJECTS: the element of the other table */
    VesselShape **variants; /* LIST: one for each variant */
    VesselShape *item;      /* ENUM_LIST: on the element, its attribute */
    guint list_number;      /* ENUM_LIST, OBJECTS: its number among those of the table */
};

/* Where in the document we are; a path is only made of it when somebody has to read it. */
struct VesselPlace {
    const VesselPlace *up;
    const char *name;
    guint index; /* from 1, 0 for what does not repeat */
    bool attribute;
};
char *vessel__place_path(const VesselPlace *place, bool indices);
/* One more part of a path: "/name", "/@name", or just "name" behind the "qemu:" of its namespace. */
void vessel__path_append(GString *path, const char *name, bool attribute);
/* Takes the next part off the front of *path; false at its end or if it is none. @part is the one
 * before, at first {0}. */
typedef struct {
    char name[64];
    guint index; /* from 1 */
    bool attribute;
} VesselPathPart;
bool vessel__path_next(const char **path, VesselPathPart *part);
/* The same from below @top on, without a leading "/". */
char *vessel__place_relative(const VesselPlace *place, const VesselPlace *top);

VesselLeftover *vessel__leftover_copy(const VesselLeftover *leftover);
void vessel__leftover_free(VesselLeftover *leftover);
/* Where @object has room for leftovers and for line numbers, NULL if it has not. */
int **vessel__lines(const VesselTable *table, const void *object);
GPtrArray **vessel__leftovers(const VesselTable *table, const void *object);

/* @shape, after its table was arranged: to be called wherever a shape of a table is entered. */
void vessel__shape_arrange(const VesselShape *shape);
static inline const VesselShape *vessel__shape_inside(const VesselShape *shape)
{
    if (shape->table && !__atomic_load_n(&shape->arranged, __ATOMIC_ACQUIRE))
        vessel__shape_arrange(shape);
    return shape;
}

const VesselShape *vessel__shape_element(const VesselShape *shape, const char *name);
const VesselShape *vessel__shape_attribute(const VesselShape *shape, const char *name);
/* Whether a row applies, by the tag of the struct it is in; and which of several does (the first if
 * none). */
bool vessel__shape_applies(const VesselShape *shape, const VesselRow *row, const void *object);
const VesselRow *vessel__shape_row(const VesselShape *shape, const void *object);
/* The row that `live_if` of @shape's names, NULL without; and whether it is so in @object. */
const VesselRow *vessel__shape_live_tag(const VesselShape *shape);
bool vessel__shape_is_live(const VesselShape *shape, const void *object);

/* Whether an element with this row has a text of its own. */
static inline bool vessel__row_has_text(const VesselRow *row)
{
    return row && row->kind != VESSEL_KIND_PRESENCE && row->kind != VESSEL_KIND_METADATA &&
           row->kind < VESSEL_KIND_OBJECT;
}
/* The text of the element of a table itself (path ""), NULL if it has none. */
static inline const VesselRow *vessel__shape_own(const VesselShape *shape)
{
    return shape->table ? shape->row : NULL;
}
/* Whether it is the implied @unit of a size. */
bool vessel__shape_is_unit(const VesselShape *shape);

/* Whether it stands for the elements of a namespace in a document, and the table of those. */
static inline bool vessel__shape_is_namespace(const VesselShape *shape)
{
    return shape->row && (shape->row->flags & VESSEL_ROW_NAMESPACE);
}
static inline bool vessel__shape_is_namespace_table(const VesselShape *shape)
{
    return shape->space && shape->table == shape->space->table;
}
/* Of the document @shape; NULL if it is none of them. */
const VesselShape *vessel__shape_namespace(const VesselShape *shape, const char *uri);
static inline const char *vessel__shape_uri(const VesselShape *shape)
{
    return shape->space ? shape->space->uri : NULL;
}

static inline void *vessel__member(const void *object, const VesselRow *row)
{
    return (char *)object + row->offset;
}

/* Values. */
typedef char VesselValueBuffer[32];
bool vessel__value_present(const VesselRow *row, const void *member);
/* The text of a value that is present; in @buffer or borrowed. Not for METADATA, OBJECT, lists. */
const char *vessel__value_text(const VesselRow *row, const void *member, VesselValueBuffer buffer);
/* Whether this value is left out without VESSEL_FORMAT_RUNTIME, _SECRET. */
bool vessel__value_hidden(const VesselRow *row, const void *member, unsigned flags);
void vessel__value_copy(const VesselRow *row, const void *from, void *to);
bool vessel__value_equal(const VesselRow *row, const void *a, const void *b);
void vessel__value_clear(const VesselRow *row, void *member);
/* Whether a struct of an OBJECTS row is not worth an element: nothing in it would be written. */
bool vessel__value_hollow(const VesselRow *row, const void *object, unsigned flags);

/* In JSON: the prefix of a namespace's elements. */
#define VESSEL_JSON_PREFIX "_prefix"

/* Parsing, common to XML and JSON. */
typedef struct {
    unsigned flags;
    VesselProblems *problems, *warnings;
    VesselXml *xml; /* the text's tree if it is XML */
    const VesselShape *root;
    size_t kept; /* bytes of what no row knows */
    guint near;  /* how many names were looked for among those that are known */
} VesselParse;

/* A place in the text; counting lines waits until somebody wants to know. */
typedef struct {
    const VesselXmlNode *node; /* XML */
    const VesselXmlAttribute *attribute;
    const VesselJson *json; /* JSON */
} VesselAt;
void vessel__at_resolve(const VesselParse *parse, VesselAt at, int *line, int *column);

/* A struct that is being filled. */
typedef struct {
    const VesselShape *shape; /* of its table */
    void *object;
    uint64_t seen[VESSEL_SHAPES_MAX / 64];
    uint64_t near[VESSEL_SHAPES_MAX / 64]; /* meant, it seems, by a name that is not known */
    guint counts[VESSEL_ENUM_LISTS_MAX];
    const char *alone;     /* of its holder's row */
    int *lines;            /* their number, then where each shape was found; may be NULL */
    GPtrArray **leftovers; /* its own or its holder's */
    const VesselPlace *leftovers_at;
    const VesselPlace *place;
    VesselAt at;
    bool own_wrong; /* the text of the element itself was given and refused */
} VesselFill;

void vessel__parse_problem(VesselParse *parse, const VesselPlace *place, VesselAt at,
                           const char *hint, const char *format, ...) G_GNUC_PRINTF(5, 6);
void vessel__parse_warning(VesselParse *parse, const VesselPlace *place, VesselAt at,
                           const char *hint, const char *format, ...) G_GNUC_PRINTF(5, 6);
/* For a name that is not known in @shape: "its place is …", "did you mean …"; g_free(). NULL when
 * there are more problems than are shown. */
char *vessel__parse_nearest(const VesselParse *parse, const VesselShape *shape, bool attributes,
                            const char *name, bool json);
/* The same where nothing is parsed. */
char *vessel__shape_nearest(const VesselShape *root, const VesselShape *shape, bool attributes,
                            const char *name, bool json);
/* Remembers that @name, which is not known in @shape, may be meant for what has the nearest name, so
 * that that is not called missing. Returns that if it is to stand in for it, else NULL. */
const VesselShape *vessel__parse_near(VesselParse *parse, VesselFill *fill,
                                      const VesselShape *shape, bool attribute, const char *name,
                                      bool json);
/* Sets a value from its text; @unit is for sizes. */
void vessel__parse_value(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                         const VesselPlace *place, VesselAt at, const char *text, const char *unit);
/* What belongs to one run of a domain is taken only from what we stored ourselves. */
void vessel__parse_drop_runtime(VesselParse *parse, VesselFill *fill, const VesselRow *row,
                                const VesselPlace *place, VesselAt at, void *member);
/* Appends to an ENUM_LIST. */
void vessel__parse_enum_item(VesselParse *parse, VesselFill *fill, const VesselRow *row,
                             const VesselPlace *place, VesselAt at, const char *text);
/* Marks as seen; false if it was already, which is then a problem. */
bool vessel__parse_once(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                        const VesselPlace *place, VesselAt at);
bool vessel__was_seen(const VesselFill *fill, const VesselShape *shape);
/* False, with a problem, if the row does not apply to this variant. */
bool vessel__parse_applies(VesselParse *parse, VesselFill *fill, const VesselRow *row,
                           const VesselPlace *place, VesselAt at);
/* Remembers the line, without a check. */
void vessel__parse_found(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                         VesselAt at);
/* Begins and ends a struct: @up is whose struct holds it, NULL for the first. */
VesselFill vessel__fill_begin(const VesselParse *parse, const VesselShape *shape, void *object,
                              const VesselFill *up, const VesselPlace *place, VesselAt at);
void vessel__fill_end(VesselParse *parse, VesselFill *fill);
/* What the element @shape, which is given, must have. */
void vessel__parse_needed(VesselParse *parse, const VesselFill *fill, const VesselShape *shape,
                          const VesselPlace *in, VesselAt at);
/* Where the next struct of an OBJECTS row goes; NULL, with a problem, if there are too many. */
void **vessel__parse_next(VesselParse *parse, VesselFill *fill, const VesselRow *row,
                          const VesselPlace *place, VesselAt at);
/* A new item at the end of a LIST. NULL, with a problem, if the list is full. */
void *vessel__parse_item(VesselParse *parse, VesselFill *fill, const VesselRow *row,
                         const VesselPlace *place, VesselAt at, int kind);

/* Keeps what is not known; @in is the place of the element around it. */
#define VESSEL_LEFTOVERS_MAX 1000
#define VESSEL_LEFTOVER_BYTES_MAX (8u << 20)
void vessel__parse_leftover(VesselParse *parse, VesselFill *fill, const VesselPlace *in,
                            VesselAt at, bool attribute, const char *name, const char *uri,
                            const char *text);

/* Whether there is room for @text; false is a problem. */
bool vessel__parse_keep(VesselParse *parse, const VesselPlace *place, VesselAt at,
                        const char *text);

/* Whether @name is a plain XML name, without a prefix. */
bool vessel__name_is_plain(const char *name);

/* "unknown" and "foreign" of JSON: what the formatter makes of leftovers. False if @key is none. */
bool vessel__parse_json_leftovers(VesselParse *parse, VesselFill *fill, const char *key,
                                  const VesselJson *json);
/* At the end of a struct: what of it has no place is a problem. */
void vessel__parse_json_settle(VesselParse *parse, VesselFill *fill);
/* The one element that @json, a string, holds, as it can stand alone; NULL if it is none, or one
 * that @known has. *name and *uri (may be NULL) get what it is called. */
char *vessel__parse_json_element(const VesselJson *json, const VesselShape *known, char **name,
                                 char **uri);

void *vessel__parse_xml(VesselParse *parse, const VesselShape *shape, const char *text,
                        size_t length);
void *vessel__parse_json(VesselParse *parse, const VesselShape *shape, const char *text,
                         size_t length);

#endif
