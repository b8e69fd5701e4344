/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Schema files made from the rows, and what their two forms share: a table whose rows depend on its
 * tag becomes a choice, one case for each set of tags for which the same rows apply. */
#ifndef VESSEL_MODEL_SCHEMA_FILES_H
#define VESSEL_MODEL_SCHEMA_FILES_H

#include "model/kinds.h"
#include "model/shape.h"

char *vessel__schema_rng(const VesselKind *kind);  /* RELAX NG, XML syntax; g_free() */
char *vessel__schema_json(const VesselKind *kind); /* JSON Schema 2020-12; g_free() */

typedef struct {
    int tag;       /* one of them; -1: all rows apply, and the tag is a row like others */
    uint32_t tags; /* bits 1 << value */
} VesselCase;

/* A table as a part of the schema with a name, once for each tag of the holder if it goes by that. */
typedef struct {
    const VesselShape *shape;
    int holder_tag;
    char *name;
} VesselPart;

/* All parts; it grows while they are being written, so count anew in each round. */
GPtrArray *vessel__parts_new(void);
/* The name of a part, which is added if it is not there. @holder is the case it stands in. */
const char *vessel__part_name(GPtrArray *parts, const VesselShape *shape, VesselCase holder);
/* The cases of a part, in the order of the tag's words; never empty. */
GArray *vessel__part_cases(const VesselPart *part);

/* The row of a place in one case; NULL if it has none there. */
const VesselRow *vessel__case_row(const VesselShape *shape, VesselCase one);
/* Whether the place may be there at all, and must be where what is around it is. */
bool vessel__case_allows(const VesselShape *shape, VesselCase one);
bool vessel__case_requires(const VesselShape *shape, VesselCase one);
/* Whether it is the tag, with words that the case narrows. */
bool vessel__case_is_tag(const VesselShape *shape, VesselCase one);

/* What a number in hexadecimal looks like, or NULL if the row takes none. */
const char *vessel__row_hex_pattern(const VesselRow *row);

/* The regular expression of a STRING, or NULL; g_free() */
char *vessel__row_pattern(const VesselRow *row);

/* A unit, as a regular expression of both schema languages. */
#define VESSEL_UNIT_PATTERN "[bB]([yY][tT][eE][sS]?)?|[kKmMgGtTpPeE]([iI]?[bB])?"

#endif
