/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Filling structs from text: what XML and JSON have in common. */
#include "model/shape.h"

void vessel__at_resolve(const VesselParse *parse, VesselAt at, int *line, int *column)
{
    *line = vessel__json_line(at.json);
    if (column)
        *column = vessel__json_column(at.json);
    if (at.node) {
        size_t offset = at.node->start;
        if (at.attribute)
            offset = vessel__xml_attribute_offset(parse->xml, at.node, at.attribute);
        vessel__xml_position(parse->xml, offset, line, column);
    }
}

static void add(VesselParse *parse, VesselProblems *to, const VesselPlace *place, VesselAt at,
                const char *hint, const char *format, va_list list)
{
    int line, column;
    if (vessel__problems_count(to) >= VESSEL__PROBLEMS_MAX) {
        vessel__problems_add(to, VESSEL_ERROR_INVALID_DEFINITION, NULL, 0, 0, NULL, "one more");
        return;
    }
    vessel__at_resolve(parse, at, &line, &column);
    g_autofree char *path = vessel__place_path(place, true);
    g_autofree char *message = g_strdup_vprintf(format, list);
    vessel__problems_add(to, VESSEL_ERROR_INVALID_DEFINITION, path, line, column, hint, "%s",
                         message);
}

void vessel__parse_problem(VesselParse *parse, const VesselPlace *place, VesselAt at,
                           const char *hint, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    add(parse, parse->problems, place, at, hint, format, list);
    va_end(list);
}

void vessel__parse_warning(VesselParse *parse, const VesselPlace *place, VesselAt at,
                           const char *hint, const char *format, ...)
{
    va_list list;
    if (!parse->warnings)
        return;
    va_start(list, format);
    add(parse, parse->warnings, place, at, hint, format, list);
    va_end(list);
}

bool vessel__parse_once(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                        const VesselPlace *place, VesselAt at)
{
    uint64_t *word = &fill->seen[shape->index / 64], bit = UINT64_C(1) << (shape->index % 64);
    if (*word & bit) {
        vessel__parse_problem(parse, place, at, NULL, "'%s' is given more than once", shape->name);
        return false;
    }
    *word |= bit;
    vessel__parse_found(parse, fill, shape, at);
    return true;
}

void vessel__parse_found(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                         VesselAt at)
{
    int *line = fill->lines ? &fill->lines[shape->index + 1] : NULL;
    if (!line || *line)
        return;
    at.attribute = NULL; /* its element's will do, and is found at once */
    vessel__at_resolve(parse, at, line, NULL);
}

bool vessel__was_seen(const VesselFill *fill, const VesselShape *shape)
{
    return (fill->seen[shape->index / 64] >> (shape->index % 64)) & 1;
}

/* By its own name or by one that was meant to be it, or is inside of such a thing. */
static bool was_meant(const VesselFill *fill, const VesselShape *shape)
{
    for (; shape && shape != fill->shape; shape = shape->parent) {
        if ((fill->near[shape->index / 64] >> (shape->index % 64)) & 1)
            return true;
    }
    return false;
}

/* The words of the tag for which something applies: "file or block". */
static char *when_words(const VesselShape *table_shape, uint32_t when)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    VesselWords all = table_shape->tag->row->words;
    for (guint i = 1; all[i]; i++) {
        if ((when >> i) & 1)
            g_ptr_array_add(words, (gpointer)all[i]);
    }
    g_ptr_array_add(words, NULL);
    return vessel__words_join((VesselWords)words->pdata, 12);
}

static void refuse_variant(VesselParse *parse, VesselFill *fill, uint32_t when,
                           const VesselPlace *place, VesselAt at)
{
    const VesselShape *tag = fill->shape->tag;
    int value = *(const int *)((const char *)fill->object + fill->shape->tag_offset);
    g_autofree char *words = when_words(fill->shape, when);
    /* The tag itself is wrong, or missing, and that is the problem. */
    if (value == 0 && (vessel__was_seen(fill, tag) || was_meant(fill, tag) ||
                       (tag->row->flags & VESSEL_ROW_REQUIRED)))
        return;
    if (value == 0)
        vessel__parse_problem(parse, place, at, NULL, "'%s' is only for %s %s, but no %s is given",
                              place->name, tag->name, words, tag->name);
    else
        vessel__parse_problem(parse, place, at, NULL, "'%s' is only for %s %s, not for '%s'",
                              place->name, tag->name, words, tag->row->words[value]);
}

bool vessel__parse_applies(VesselParse *parse, VesselFill *fill, const VesselRow *row,
                           const VesselPlace *place, VesselAt at)
{
    bool applies = vessel__shape_applies(fill->shape, row, fill->object);
    if (!applies)
        refuse_variant(parse, fill, row->when, place, at);
    return applies;
}

/* The same for the row that was taken of several in one place. */
static bool some_row_applies(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                             const VesselRow *row, const VesselPlace *place, VesselAt at)
{
    uint32_t when = row->when;
    if (vessel__shape_applies(fill->shape, row, fill->object))
        return true;
    for (guint i = 1; i < shape->row_count; i++)
        when |= shape->rows[i]->when;
    refuse_variant(parse, fill, when, place, at);
    /* It stands for what was meant. */
    return (parse->flags & VESSEL_PARSE_STAND_IN) && row->kind == VESSEL_KIND_STRING;
}

static char *words_hint(VesselWords words, const char *word)
{
    const char *nearest = vessel__word_nearest(words, word);
    if (nearest)
        return g_strdup_printf("did you mean '%s'?", nearest);
    g_autofree char *all = vessel__words_join(words, 24);
    return g_strdup_printf("known here: %s", all);
}

static int find_word(VesselParse *parse, const VesselRow *row, const VesselPlace *place,
                     VesselAt at, const char *text)
{
    g_autofree char *bare = NULL;
    VesselShown shown;
    int value = vessel__word_find(row->words, text);
    if (value < 0) {
        bare = g_strstrip(g_strdup(text));
        value = vessel__word_find(row->words, bare);
    }
    if (value > 0)
        return value;
    /* words[0] stands for "absent" */
    g_autofree char *hint = words_hint(row->words + 1, bare ? bare : text);
    vessel__parse_problem(parse, place, at, hint, "%s '%s' is not known", place->name,
                          vessel__shown(text, shown));
    if (!(parse->flags & VESSEL_PARSE_STAND_IN))
        return 0;
    const char *nearest = vessel__word_nearest(row->words + 1, bare ? bare : text);
    return nearest ? vessel__word_find(row->words, nearest) : 1;
}

/* Some text of that form, which nothing else in the definition is likely to be. */
static char *sample_of(const VesselForm *form)
{
    static const char *const samples[] = {"stand-in",
                                          "/stand-in",
                                          "16",
                                          "hvm",
                                          "vdzz",
                                          "0600",
                                          "KiB",
                                          "0000000000000001",
                                          "02:00:00:5a:5a:5a",
                                          "233.252.0.250",
                                          "1.1",
                                          "2000-01-01T00:00:00",
                                          "00000000-5a5a-4a5a-8a5a-5a5a5a5a5a5a"};
    char *sample = form ? NULL : g_strdup(samples[0]);
    for (size_t i = 0; !sample && i < G_N_ELEMENTS(samples); i++)
        sample = form->read(samples[i]);
    return sample;
}

/* In place of what is wrong or missing, if something is to stand there. */
static void stand_in(const VesselParse *parse, const VesselRow *row, void *member)
{
    if (!(parse->flags & VESSEL_PARSE_STAND_IN) || vessel__value_present(row, member))
        return;
    switch (row->kind) {
    case VESSEL_KIND_STRING:
        *(char **)member = sample_of(row->form);
        break;
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
    case VESSEL_KIND_SIZE:
        *(VesselNumber *)member = (VesselNumber){row->max, true};
        break;
    case VESSEL_KIND_ENUM:
    case VESSEL_KIND_SWITCH:
    case VESSEL_KIND_PRESENCE:
        *(int *)member = 1;
        break;
    default: /* what is inside has its own */
        break;
    }
}

static bool read_digits(const char *digits, int base, uint64_t *value)
{
    const char *known = base == 8 ? "01234567" : "0123456789abcdefABCDEF";
    size_t length = strspn(digits, known);
    if (length == 0 || length > (base == 8 ? 21 : 16) || digits[length])
        return false;
    *value = g_ascii_strtoull(digits, NULL, (guint)base);
    return true;
}

/* Decimal; hexadecimal and, from a leading 0 on, octal too where addresses are. A number in JSON is
 * decimal always. */
static bool read_number(const VesselParse *parse, const VesselRow *row, const char *text,
                        uint64_t *value)
{
    g_autofree char *bare = NULL;
    bool bare_hex = parse->xml && (row->flags & VESSEL_ROW_BARE_HEX);
    bool any_base = row->kind == VESSEL_KIND_HEX || (row->flags & VESSEL_ROW_ANY_BASE);
    if (!any_base && vessel__parse_u64(text, value))
        return true;
    bare = g_strstrip(g_strdup(text));
    if (bare_hex && read_digits(bare, 16, value))
        return true;
    if (any_base && !bare_hex && *bare == '0' && read_digits(bare, 8, value))
        return true;
    if (!bare_hex && vessel__parse_u64(bare, value))
        return true;
    return any_base && g_str_has_prefix(bare, "0x") && read_digits(bare + 2, 16, value);
}

static void set_number(VesselParse *parse, const VesselRow *row, const VesselPlace *place,
                       VesselAt at, const char *text, VesselNumber *number)
{
    uint64_t value;
    VesselShown shown;
    bool read = read_number(parse, row, text, &value);
    if (read && value >= row->min && value <= row->max)
        *number = (VesselNumber){value, true};
    else if (row->min == row->max)
        vessel__parse_problem(parse, place, at, NULL,
                              "%s '%s' is not right: it must be %" G_GUINT64_FORMAT, place->name,
                              vessel__shown(text, shown), row->min);
    else if (row->kind == VESSEL_KIND_HEX)
        vessel__parse_problem(parse, place, at, NULL,
                              "%s '%s' is not a number from 0x%" G_GINT64_MODIFIER
                              "x to 0x%" G_GINT64_MODIFIER "x",
                              place->name, vessel__shown(text, shown), row->min, row->max);
    else
        vessel__parse_problem(parse, place, at, NULL,
                              "%s '%s' is not a whole number from %" G_GUINT64_FORMAT
                              " to %" G_GUINT64_FORMAT,
                              place->name, vessel__shown(text, shown), row->min, row->max);
}

static bool read_size(const VesselRow *row, const char *text, const char *unit, uint64_t *size,
                      const char **why)
{
    return row->bytes ? vessel__size_parse_bytes(text, unit, size, why)
                      : vessel__size_parse(text, unit, size, why);
}

static void set_size(VesselParse *parse, const VesselRow *row, const VesselPlace *place,
                     VesselAt at, const char *text, const char *unit, VesselNumber *number)
{
    bool apart = unit && *unit;
    uint64_t size = 0;
    const char *why = NULL;
    VesselShown shown;
    if (unit && !read_size(row, "0", unit, &size, &why)) {
        VesselPlace unit_place = {place->attribute ? place->up : place, "unit", 0, true};
        g_autofree char *hint = words_hint(vessel__size_units, unit);
        vessel__parse_problem(parse, &unit_place, at, hint, "unit '%s' is not known",
                              vessel__shown(unit, shown));
        /* The number is looked at all the same: as one of the smallest unit. */
        if (!read_size(row, text, vessel__size_units[0], &size, &why))
            vessel__parse_problem(parse, place, at, NULL, "%s '%s' %s", place->name,
                                  vessel__shown(text, shown), why);
        return;
    }
    if (!read_size(row, text, unit, &size, &why))
        vessel__parse_problem(parse, place, at, NULL, "%s '%s%s%s' %s", place->name,
                              vessel__shown(text, shown), apart ? " " : "", apart ? unit : "", why);
    else if (size < row->min || size > row->max)
        vessel__parse_problem(parse, place, at, NULL, "%s '%s%s%s' is too %s", place->name,
                              vessel__shown(text, shown), apart ? " " : "", apart ? unit : "",
                              size < row->min ? "small" : "large");
    else
        *number = (VesselNumber){size, true};
}

static void set_string(VesselParse *parse, const VesselRow *row, const VesselPlace *place,
                       VesselAt at, const char *text, char **member)
{
    size_t length = strlen(text);
    VesselShown shown;
    if (length == 0 && (row->flags & VESSEL_ROW_BLANK))
        return;
    if (length > row->max) {
        vessel__parse_problem(parse, place, at, NULL,
                              "%s has %zu bytes, at most %" G_GUINT64_FORMAT " are allowed",
                              place->name, length, row->max);
        return;
    }
    /* XML text was checked whole; what came as JSON must be writable as XML too. */
    if (!parse->xml && !vessel__xml_valid_text(text, length, NULL)) {
        vessel__parse_problem(parse, place, at, NULL, "%s has a character that XML cannot carry",
                              place->name);
        return;
    }
    if (!row->form) {
        *member = g_strdup(text);
        return;
    }
    *member = row->form->read(text);
    if (!*member && (row->flags & VESSEL_ROW_SECRET))
        vessel__parse_problem(parse, place, at, NULL, "%s is not right: it must be %s", place->name,
                              row->form->wants);
    else if (!*member)
        vessel__parse_problem(parse, place, at, NULL, "%s '%s' is not right: it must be %s",
                              place->name, vessel__shown(text, shown), row->form->wants);
}

/* What was kept in an element goes with it. */
static void drop_leftovers(VesselFill *fill, const VesselPlace *place)
{
    GPtrArray *leftovers = fill->leftovers ? *fill->leftovers : NULL;
    if (!leftovers || leftovers->len == 0 || place->attribute || place == fill->leftovers_at)
        return;
    g_autofree char *path = vessel__place_relative(place, fill->leftovers_at);
    size_t length = strlen(path);
    for (guint i = leftovers->len; i > 0; i--) {
        const VesselLeftover *one = leftovers->pdata[i - 1];
        if (strncmp(one->path, path, length) == 0 && strchr("/", one->path[length]))
            g_ptr_array_remove_index(leftovers, i - 1);
    }
}

void vessel__parse_drop_runtime(VesselParse *parse, VesselFill *fill, const VesselRow *row,
                                const VesselPlace *place, VesselAt at, void *member)
{
    if (!(row->flags & VESSEL_ROW_RUNTIME) || (parse->flags & VESSEL_PARSE_STORED))
        return;
    if (!vessel__value_present(row, member) || (row->own && row->own(*(char **)member)))
        return;
    vessel__value_clear(row, member);
    drop_leftovers(fill, place);
    vessel__parse_warning(parse, place, at, NULL,
                          "'%s' is given by the running %s and was left out", place->name,
                          parse->root->name);
}

void vessel__parse_value(VesselParse *parse, VesselFill *fill, const VesselShape *shape,
                         const VesselPlace *place, VesselAt at, const char *text, const char *unit)
{
    const VesselRow *row = vessel__shape_row(shape, fill->object);
    void *member = vessel__member(fill->object, row);
    guint problems = vessel__problems_count(parse->problems);

    if ((row->flags & VESSEL_ROW_EMPTY) && vessel__xml_blank(text))
        return;
    if (!some_row_applies(parse, fill, shape, row, place, at))
        return;
    if (vessel__value_present(row, member)) {
        vessel__parse_problem(parse, place, at, NULL, "'%s' is given under another name too",
                              place->name);
        return;
    }
    switch (row->kind) {
    case VESSEL_KIND_STRING:
        set_string(parse, row, place, at, text, member);
        break;
    case VESSEL_KIND_NUMBER:
    case VESSEL_KIND_HEX:
        set_number(parse, row, place, at, text, member);
        break;
    case VESSEL_KIND_SIZE:
        set_size(parse, row, place, at, text, unit, member);
        break;
    case VESSEL_KIND_ENUM:
    case VESSEL_KIND_SWITCH:
        *(int *)member = find_word(parse, row, place, at, text);
        break;
    case VESSEL_KIND_PRESENCE:
        *(VesselTri *)member = VESSEL_TRI_YES;
        break;
    default:
        g_assert_not_reached();
    }
    if (shape == fill->shape && vessel__problems_count(parse->problems) > problems)
        fill->own_wrong = true;
    stand_in(parse, row, member);
    vessel__parse_drop_runtime(parse, fill, row, place, at, member);
}

void vessel__parse_enum_item(VesselParse *parse, VesselFill *fill, const VesselRow *row,
                             const VesselPlace *place, VesselAt at, const char *text)
{
    GArray **list = vessel__member(fill->object, row);
    int value = find_word(parse, row, place, at, text);
    if (!*list)
        *list = g_array_new(FALSE, FALSE, sizeof(int));
    if (value <= 0)
        return;
    if ((*list)->len >= row->max)
        vessel__parse_problem(parse, place, at, NULL, "more than %" G_GUINT64_FORMAT " are given",
                              row->max);
    else
        g_array_append_val(*list, value);
}

void **vessel__parse_next(VesselParse *parse, VesselFill *fill, const VesselRow *row,
                          const VesselPlace *place, VesselAt at)
{
    GPtrArray **objects = vessel__member(fill->object, row);
    if (!vessel__parse_applies(parse, fill, row, place, at))
        return NULL;
    if (!*objects)
        *objects = g_ptr_array_new();
    if ((*objects)->len >= row->max) {
        vessel__parse_problem(parse, place, at, NULL, "more than %" G_GUINT64_FORMAT " are given",
                              row->max);
        return NULL;
    }
    g_ptr_array_add(*objects, NULL);
    return &(*objects)->pdata[(*objects)->len - 1];
}

void *vessel__parse_item(VesselParse *parse, VesselFill *fill, const VesselRow *row,
                         const VesselPlace *place, VesselAt at, int kind)
{
    const VesselList *list = row->list;
    GPtrArray **items = vessel__member(fill->object, row);
    if (!*items)
        *items = g_ptr_array_new_with_free_func(list->free);
    if ((*items)->len >= list->max) {
        vessel__parse_problem(parse, place, at, NULL, "more than %u elements are given", list->max);
        return NULL;
    }
    char *item = g_malloc0(list->size);
    *(int *)(item + list->kind_offset) = kind;
    vessel__at_resolve(parse, at, (int *)(item + list->line_offset), NULL);
    g_ptr_array_add(*items, item);
    return item;
}

VesselFill vessel__fill_begin(const VesselParse *parse, const VesselShape *shape, void *object,
                              const VesselFill *up, const VesselPlace *place, VesselAt at)
{
    VesselFill fill = {
        .shape = vessel__shape_inside(shape), .object = object, .place = place, .at = at};
    int **lines = vessel__lines(shape->table, object);
    /* Nobody sees the text of the store. */
    if (lines && (!(parse->flags & VESSEL_PARSE_STORED) || (parse->flags & VESSEL_PARSE_LINES))) {
        /* How many there are, each, and the struct's own element. */
        fill.lines = *lines = g_new0(int, shape->shape_count + 2);
        fill.lines[0] = (int)shape->shape_count + 1;
        vessel__at_resolve(parse, at, &fill.lines[shape->shape_count + 1], NULL);
    }
    fill.leftovers = vessel__leftovers(shape->table, object);
    fill.leftovers_at = place;
    if (up && shape->tag_of_holder) {
        *(int *)((char *)object + shape->tag_offset) =
            *(const int *)((const char *)up->object + up->shape->tag_offset);
        if (vessel__was_seen(up, up->shape->tag)) /* if it was wrong, that is the problem */
            fill.seen[shape->tag->index / 64] |= UINT64_C(1) << (shape->tag->index % 64);
    }
    /* What is not known in one of several would not find its place again: it has no holder. */
    if (!fill.leftovers && up && !place->index) {
        fill.leftovers = up->leftovers;
        fill.leftovers_at = up->leftovers_at;
    }
    return fill;
}

static void missing(VesselParse *parse, const VesselFill *fill, const VesselShape *shape,
                    const VesselShape *leaf, const VesselPlace *below)
{
    if (was_meant(fill, leaf))
        return;
    /* Places are made from the top down, shapes know what is above them. */
    const VesselShape *next = leaf;
    while (next != shape && next->parent != shape)
        next = next->parent;
    if (next == shape) {
        vessel__parse_problem(parse, below, fill->at, NULL, "%s '%s' is missing",
                              leaf->attribute ? "the attribute" : "the element", leaf->name);
        return;
    }
    VesselPlace place = {below, next->name, 0, next->attribute};
    missing(parse, fill, next, leaf, &place);
}

void vessel__parse_needed(VesselParse *parse, const VesselFill *fill, const VesselShape *shape,
                          const VesselPlace *in, VesselAt at)
{
    for (guint i = 0; i < shape->attribute_count + shape->element_count; i++) {
        const VesselShape *child = i < shape->attribute_count
                                       ? shape->attributes[i]
                                       : shape->elements[i - shape->attribute_count];
        const VesselRow *row = child->row ? vessel__shape_row(child, fill->object) : NULL;
        bool needed = row && (row->flags & VESSEL_ROW_NEEDED) &&
                      vessel__shape_applies(fill->shape, row, fill->object);
        if (!needed || vessel__was_seen(fill, child) ||
            vessel__value_present(row, vessel__member(fill->object, row)))
            continue;
        VesselPlace place = {in, child->name, 0, child->attribute};
        stand_in(parse, row, vessel__member(fill->object, row));
        if (was_meant(fill, child))
            continue;
        vessel__parse_problem(parse, &place, at, NULL, "%s '%s' is missing",
                              child->attribute ? "the attribute" : "the element", child->name);
    }
}

static int leftovers_by_place(const void *a, const void *b)
{
    const VesselLeftover *x = *(VesselLeftover *const *)a, *y = *(VesselLeftover *const *)b;
    int order = strcmp(x->path, y->path);
    if (!order)
        order = (int)y->attribute - (int)x->attribute;
    return order ? order : (x->uri != NULL) - (y->uri != NULL);
}

/* Whether nothing else is REQUIRED of it. */
static bool stands_alone(const VesselFill *fill)
{
    return fill->alone && !vessel__was_seen(fill, fill->shape->tag) &&
           vessel__was_seen(fill, vessel__shape_element(fill->shape, fill->alone));
}

void vessel__fill_end(VesselParse *parse, VesselFill *fill)
{
    GPtrArray **own = vessel__leftovers(fill->shape->table, fill->object);
    if (own && *own)
        g_ptr_array_sort(*own, leftovers_by_place); /* stable: the rest keeps its order */
    if (stands_alone(fill))
        return;
    for (guint i = 0; i < fill->shape->required_count; i++) {
        const VesselShape *shape = fill->shape->required[i];
        bool own = shape == fill->shape; /* the text of the element itself */
        bool given =
            (own ? fill->own_wrong : vessel__was_seen(fill, shape)) || /* or under an old name */
            vessel__value_present(shape->row, vessel__member(fill->object, shape->row));
        if (given || !vessel__shape_applies(fill->shape, shape->row, fill->object))
            continue;
        missing(parse, fill, fill->shape, shape, fill->place);
        stand_in(parse, shape->row, vessel__member(fill->object, shape->row));
    }
}

bool vessel__parse_keep(VesselParse *parse, const VesselPlace *place, VesselAt at, const char *text)
{
    parse->kept += strlen(text);
    if (parse->kept <= VESSEL_LEFTOVER_BYTES_MAX)
        return true;
    vessel__parse_problem(parse, place, at, NULL, "more than %u bytes of unknown or foreign parts",
                          VESSEL_LEFTOVER_BYTES_MAX);
    return false;
}

void vessel__parse_leftover(VesselParse *parse, VesselFill *fill, const VesselPlace *in,
                            VesselAt at, bool attribute, const char *name, const char *uri,
                            const char *text)
{
    if (*fill->leftovers && (*fill->leftovers)->len >= VESSEL_LEFTOVERS_MAX) {
        vessel__parse_problem(parse, in, at, NULL, "more than %d unknown or foreign parts",
                              VESSEL_LEFTOVERS_MAX);
        return;
    }
    if (!vessel__parse_keep(parse, in, at, text))
        return;
    VesselLeftover *leftover = g_new(VesselLeftover, 1);
    int line = 0;
    if (fill->lines)
        vessel__at_resolve(parse, at, &line, NULL);
    *leftover = (VesselLeftover){vessel__place_relative(in, fill->leftovers_at),
                                 attribute,
                                 g_strdup(name),
                                 g_strdup(uri),
                                 g_strdup(text),
                                 line};
    if (!*fill->leftovers)
        *fill->leftovers = g_ptr_array_new_with_free_func((GDestroyNotify)vessel__leftover_free);
    g_ptr_array_add(*fill->leftovers, leftover);
}
