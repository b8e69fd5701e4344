/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the rows say of a path, for people and programs. */
#ifndef VESSEL_MODEL_EXPLAIN_H
#define VESSEL_MODEL_EXPLAIN_H

#include "model/kinds.h"

/* A driver, for whom a path says whether he honours it. */
typedef struct {
    const char *name; /* NULL ends a list */
    const VesselSupport *support;
} VesselHonour;

/* @path in either spelling, with indices or without: "/domain/devices/disk/target/@bus",
 * "domain.devices.disk.target.bus"; "" or "/" for the kinds there are. The object is described at
 * vessel_definition_explain(). A piece of a path will do if only one place ends with it. not-found,
 * with the nearest names or those that are meant, if there is no such path or more than one. */
int vessel__explain(const char *path, const VesselHonour *drivers, VesselJson **json,
                    VesselError **err);

/* The parts of a path without indices; behind the prefix of a namespace one of its own begins. */
char **vessel__explain_parts(const char *path, bool json);
/* The path that ends with @piece, "disk/target" or "disk.target"; NULL if none does; not-found with
 * the first of them in the hint if several do. g_free(). */
int vessel__explain_whole(const char *piece, char **path, VesselError **err);

/* One word: "number", "size" … */
const char *vessel__row_type(const VesselRow *row);
/* What it takes, in words: "a whole number from 1 to 255"; g_free(). */
char *vessel__row_takes(const VesselRow *row);
/* What holds if it is left out, and who writes it in: "1, filled in at define"; g_free(). NULL if
 * nothing does. */
char *vessel__row_if_left_out(const VesselRow *row);
/* The preset of a row as the value that JSON has; NULL if it has none. */
VesselJson *vessel__row_preset(const VesselRow *row);
/* Flags and the names that the tools give them. */
typedef struct {
    unsigned flag;
    const char *name; /* NULL ends the list */
    const char *meaning;
} VesselRowMark;
extern const VesselRowMark vessel__row_marks[];
/* What @mark means for a place, in words; NULL if it has not got it; g_free(). */
char *vessel__place_note(const VesselRowPlace *place, const VesselRowMark *mark);
/* The words of @tag for which @row is; NULL if for all. An array of borrowed words, NULL at its end.
 */
GPtrArray *vessel__row_when(const VesselRow *row, const VesselRow *tag);

/* Whether a driver honours @path in documents of @root ("/domain"), and then which words. */
bool vessel__honours(const VesselHonour *driver, const char *root, const char *path,
                     const VesselRow *row, VesselWords *words);
/* Whether a driver with these rows honours @path, and then which words (NULL: all). @row is NULL
 * for a container. */
bool vessel__support_has(const VesselSupport *support, const char *path, const VesselRow *row,
                         VesselWords *words);

#endif
