/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The difference of two definitions of one kind. */
#ifndef VESSEL_MODEL_DIFF_H
#define VESSEL_MODEL_DIFF_H

#include "model/kinds.h"

/* An array of changes, in the order of the rows, as described at vessel_definition_diff(). What
 * only a running domain has is no difference. */
VesselJson *vessel__diff(const VesselKind *kind, const void *a, const void *b);
/* The same, but an element that only one of the two has, and that does not repeat, is told value by
 * value: each has its own path. */
VesselJson *vessel__diff_values(const VesselKind *kind, const void *a, const void *b);

/* What stands in a list, beside its index there. Which of the first (taken in order) is which of
 * the second: by what the user named it, by being the same, by its keys, and then by its turn,
 * unless their keys say otherwise. */
typedef struct {
    const VesselShape *shape; /* NULL: the body is a string */
    const VesselRow *row;     /* of the string, may be NULL */
    const char *element;
    guint index; /* from 1 among its kind; 0 if it is the only one */
    const void *body;
    char *key;   /* values of its KEY rows, NULL if it has none */
    guint other; /* its place in the other list, or VESSEL_DIFF_NONE */
    bool moved;  /* of the second: the order is another */
} VesselDiffItem;
#define VESSEL_DIFF_NONE G_MAXUINT
void vessel__diff_match(GArray *a, GArray *b); /* of VesselDiffItem, of one kind of element */
GArray *vessel__diff_items_new(void);
void vessel__diff_items_add(GArray *items, VesselDiffItem item);

#endif
