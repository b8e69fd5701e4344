/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/namespaces.h"

#include <pthread.h>

/* Kinds of document that have any. */
#define DOCUMENTS_MAX 8

static VesselNamespaces documents[DOCUMENTS_MAX];

static VesselNamespaces *find(const VesselTable *document)
{
    VesselNamespaces *all = documents;
    while (all < documents + DOCUMENTS_MAX && all->document && all->document != document)
        all++;
    g_assert(all < documents + DOCUMENTS_MAX);
    return all;
}

static void add(const VesselNamespace *space)
{
    VesselNamespaces *all = find(space->document);
    g_assert(space->document->namespaces && all->count < VESSEL_NAMESPACES_MAX);
    all->document = space->document;
    all->spaces[all->count] = space;
    all->rows[all->count] = (VesselRow){
        .path = g_strconcat(space->prefix, ":", NULL),
        .kind = VESSEL_KIND_OBJECT,
        .flags = VESSEL_ROW_NAMESPACE | VESSEL_ROW_HOLLOW,
        .offset = space->document->namespaces + all->count * sizeof(VesselNamespaced) +
                  offsetof(VesselNamespaced, body),
        .table = space->table,
        .doc = space->doc,
    };
    all->count++;
}

static void collect(void)
{
    for (guint i = 0; vessel__libvirt_namespaces[i]; i++)
        add(vessel__libvirt_namespaces[i]);
    for (guint i = 0; vessel__driver_namespaces[i]; i++)
        add(vessel__driver_namespaces[i]);
}

const VesselNamespaces *vessel__namespaces_of(const VesselTable *document)
{
    static const VesselNamespaces none;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (!document->namespaces)
        return &none;
    pthread_once(&once, collect);
    return find(document);
}

static VesselNamespaced *members(const VesselTable *document, const void *object)
{
    return (VesselNamespaced *)((char *)object + document->namespaces);
}

const void *vessel__namespace_get(const VesselNamespace *space, const void *document)
{
    const VesselNamespaces *all = vessel__namespaces_of(space->document);
    guint i = 0;
    while (i < all->count && all->spaces[i] != space)
        i++;
    return i < all->count ? members(space->document, document)[i].body : NULL;
}

void vessel__namespaces_copy(const VesselTable *document, const void *from, void *to)
{
    const VesselNamespaces *all = vessel__namespaces_of(document);
    for (guint i = 0; i < all->count; i++) {
        const VesselNamespaced *one = &members(document, from)[i];
        members(document, to)[i] = (VesselNamespaced){
            vessel__schema_copy(all->spaces[i]->table, one->body), g_strdup(one->prefix)};
    }
}

void vessel__namespaces_free(const VesselTable *document, void *object)
{
    const VesselNamespaces *all = vessel__namespaces_of(document);
    for (guint i = 0; i < all->count; i++) {
        VesselNamespaced *one = &members(document, object)[i];
        vessel__schema_free(all->spaces[i]->table, one->body);
        g_free(one->prefix);
    }
}

bool vessel__namespaces_equal(const VesselTable *document, const void *a, const void *b)
{
    const VesselNamespaces *all = vessel__namespaces_of(document);
    for (guint i = 0; i < all->count; i++) {
        if (!vessel__schema_equal(all->spaces[i]->table, members(document, a)[i].body,
                                  members(document, b)[i].body))
            return false;
    }
    return true;
}
