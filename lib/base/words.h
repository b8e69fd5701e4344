/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Words and enums, and the nearest known word for one that is not. */
#ifndef VESSEL_BASE_WORDS_H
#define VESSEL_BASE_WORDS_H

#include "base/common.h"

/* The word of value i is words[i]; a NULL ends the list. */
typedef const char *const *VesselWords;

int vessel__word_find(VesselWords words, const char *word); /* -1 if it is none */
const char *vessel__word_at(VesselWords words, int value);  /* NULL if out of range */
guint vessel__words_count(VesselWords words);
/* The word most alike (restricted edit distance, at most a third of the length), or NULL. */
const char *vessel__word_nearest(VesselWords words, const char *word);
/* "a, b or c", for messages; g_free() it. At most @max words, then "…". */
char *vessel__words_join(VesselWords words, guint max);

/* What somebody else wrote, as a message quotes it: at most 100 bytes and "…", no control
 * characters (a terminal would obey them). @text itself if it is so already. */
typedef char VesselShown[112];
const char *vessel__shown(const char *text, VesselShown buffer);

/* A UUID in any of the forms libvirt takes (with or without hyphens, upper case) to the canonical
 * 36 characters; false if it is none. */
bool vessel__uuid_parse(const char *text, char uuid[VESSEL__UUID_SIZE]);
void vessel__uuid_generate(char uuid[VESSEL__UUID_SIZE]); /* version 4, from getrandom() */
/* @bytes random bytes as lower-case hex; out has room for 2 * bytes + 1. */
void vessel__random_hex(size_t bytes, char *out);

/* Whole-string decimal numbers; false on sign, blanks, overflow or rest. */
bool vessel__parse_u64(const char *text, uint64_t *value);
/* Of "SIGTERM", "SIGRTMIN+3" …: those by which a program is asked to end. 0: it is none of them. */
int vessel__signal_number(const char *name);
bool vessel__parse_i64(const char *text, int64_t *value);

#endif
