/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kinds of document there are, one row for each: what handles documents of any kind needs no
 * branch for one. */
#ifndef VESSEL_MODEL_KINDS_H
#define VESSEL_MODEL_KINDS_H

#include "model/schema.h"

typedef struct {
    const char *word; /* of options, reference pages and the API: "domain", "storage-pool" */
    const char *root; /* the document's element: "domain", "pool" */
    const char *doc;
    const VesselShape *(*shape)(void);
    void (*defaults)(void *def); /* NULL: there are none */
    /* Of what was parsed without problems. NULL: the rows say everything. */
    void (*check)(const void *def, VesselProblems *problems);
} VesselKind;

extern const VesselKind vessel__kinds[]; /* ends with word NULL */

/* NULL if there is none of that word, or with that element. */
const VesselKind *vessel__kind_find(const char *word);
const VesselKind *vessel__kind_of_root(const char *root);
/* The kind of the whole document that an element of @row (may be NULL) is; NULL if it is none. */
const VesselKind *vessel__kind_inside(const VesselRow *row);
/* By the first element of XML, without reading further; NULL for what has none, and for JSON, whose
 * outermost object has no name. */
const VesselKind *vessel__kind_of_text(const char *text, size_t length);

#endif
