/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes of the metadata of a definition, by namespace; everything else of it stays byte for byte.
 */
#ifndef VESSEL_MODEL_EDIT_H
#define VESSEL_MODEL_EDIT_H

#include "base/error.h"

/* 1 and the element of namespace @uri as it can stand alone (g_free), 0 if there is none. @inner is
 * VesselDomainDef.metadata and may be NULL. */
int vessel__metadata_find(const char *inner, const char *uri, char **element, VesselError **err);
/* The same metadata with the element of namespace @uri replaced, added, or (@element NULL) removed;
 * *result NULL if nothing is left. An element without a namespace is put into @uri, with @prefix if
 * there is one. invalid-definition: it is no well-formed element; invalid-argument: it is in
 * another namespace, or the prefix is none. */
int vessel__metadata_replace(const char *inner, const char *uri, const char *prefix,
                             const char *element, char **result, VesselError **err);

/* invalid-argument unless a definition can carry @text as its @what. */
int vessel__metadata_check_text(const char *text, const char *what, VesselError **err);

#endif
