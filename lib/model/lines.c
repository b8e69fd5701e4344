/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a path back to the line where it stood. */
#include "model/shape.h"

typedef struct {
    const VesselShape *shape;
    const void *object;
    const int *lines;
    int line;
} Walk;

static void enter_table(Walk *walk, const VesselShape *shape, const void *object)
{
    int **lines = object ? vessel__lines(shape->table, object) : NULL;
    walk->shape = vessel__shape_inside(shape);
    walk->object = object;
    walk->lines = lines ? *lines : NULL;
}

static bool enter_item(Walk *walk, const VesselPathPart *part)
{
    const VesselList *list = walk->shape->row->list;
    const GPtrArray *items = *(GPtrArray *const *)vessel__member(walk->object, walk->shape->row);
    guint which = 0, index = part->index;

    while (list->variants[which].element && strcmp(list->variants[which].element, part->name) != 0)
        which++;
    for (guint i = 0; items && list->variants[which].element && i < items->len; i++) {
        const char *item = items->pdata[i];
        if (*(const int *)(item + list->kind_offset) != list->variants[which].kind || --index > 0)
            continue;
        walk->line = *(const int *)(item + list->line_offset);
        if (!list->variants[which].table)
            return false;
        enter_table(walk, walk->shape->variants[which], *(void *const *)(item + list->body_offset));
        return true;
    }
    return false;
}

/* What no row knows is the end of the way. */
static bool enter_leftover(Walk *walk, const VesselPathPart *part)
{
    GPtrArray **leftovers =
        walk->shape->table ? vessel__leftovers(walk->shape->table, walk->object) : NULL;
    for (guint i = 0; leftovers && *leftovers && i < (*leftovers)->len; i++) {
        const VesselLeftover *one = (*leftovers)->pdata[i];
        if (!*one->path && one->line && one->attribute == part->attribute &&
            strcmp(one->name, part->name) == 0) {
            walk->line = one->line;
            break;
        }
    }
    return false;
}

/* One of several elements has no line of its own, but that of the first thing in it. */
static int first_line(const int *lines)
{
    int first = 0;
    for (int i = 1; lines && i <= lines[0]; i++) {
        if (lines[i] && (!first || lines[i] < first))
            first = lines[i];
    }
    return first;
}

static bool enter(Walk *walk, const VesselPathPart *part)
{
    if (walk->shape->variants)
        return enter_item(walk, part);
    const VesselShape *child = part->attribute ? vessel__shape_attribute(walk->shape, part->name)
                                               : vessel__shape_element(walk->shape, part->name);
    if (!child)
        return enter_leftover(walk, part);
    if (walk->lines && walk->lines[child->index + 1])
        walk->line = walk->lines[child->index + 1];
    if (!child->object) {
        walk->shape = child;
        return true;
    }
    const void *object = *(void *const *)vessel__member(walk->object, child->row);
    if (object && child->row->kind == VESSEL_KIND_OBJECTS) {
        const GPtrArray *objects = object;
        object =
            part->index > 0 && part->index <= objects->len ? objects->pdata[part->index - 1] : NULL;
    }
    if (!object)
        return false;
    enter_table(walk, child->object, object);
    int line = child->row->kind == VESSEL_KIND_OBJECTS ? first_line(walk->lines) : 0;
    if (line)
        walk->line = line;
    return true;
}

int vessel__schema_line(const VesselShape *shape, const void *object, const char *path)
{
    Walk walk = {0};
    VesselPathPart part = {0};

    enter_table(&walk, shape, object);
    if (!vessel__path_next(&path, &part) || strcmp(part.name, shape->name) != 0)
        return 0;
    if (walk.lines)
        walk.line = walk.lines[walk.lines[0]];
    while (vessel__path_next(&path, &part) && enter(&walk, &part))
        ;
    return walk.line;
}
