/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Namespaces of their own that elements directly in a document may have, such as those of
 * <qemu:commandline>. Each is a struct with a table like any other, whose elements stand in the
 * document itself, behind a prefix; in JSON it is a member of that name. What is in no namespace
 * that is known is foreign, and kept as it came.
 *
 * A driver declares the namespace it honours in its own folder as
 *     const VesselNamespace vessel__namespace_NAME = {…};
 * and is named in configure.ac, which makes the list of them. That is all constant: whatever reads
 * a definition knows the same ones, with or without a host. */
#ifndef VESSEL_MODEL_NAMESPACES_H
#define VESSEL_MODEL_NAMESPACES_H

#include "model/schema.h"

typedef struct VesselNamespace {
    const char *uri;
    const char *prefix;          /* the usual one: of paths and JSON, and where none is given */
    const VesselTable *document; /* in which its elements stand */
    /* Its rows are elements, none of them REQUIRED. */
    const VesselTable *table;
    const char *doc;
} VesselNamespace;

/* Those of the drivers, made by configure, and those that no driver has; both end with NULL. */
extern const VesselNamespace *const vessel__driver_namespaces[];
extern const VesselNamespace *const vessel__libvirt_namespaces[];

/* Those of one kind of document: an OBJECT row for each. */
typedef struct {
    const VesselTable *document;
    guint count;
    const VesselNamespace *spaces[VESSEL_NAMESPACES_MAX];
    VesselRow rows[VESSEL_NAMESPACES_MAX];
} VesselNamespaces;
const VesselNamespaces *vessel__namespaces_of(const VesselTable *document);

/* What @document, a struct of the namespace's document, has of it; NULL if nothing. */
const void *vessel__namespace_get(const VesselNamespace *space, const void *document);

/* For vessel__schema_copy(), _free(), _equal(). */
void vessel__namespaces_copy(const VesselTable *document, const void *from, void *to);
void vessel__namespaces_free(const VesselTable *document, void *object);
bool vessel__namespaces_equal(const VesselTable *document, const void *a, const void *b);

#endif
