/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How errors are made inside the library and the helper. Public side: include/vessel/error.h */
#ifndef VESSEL_BASE_ERROR_H
#define VESSEL_BASE_ERROR_H

#include "base/common.h"
#include <vessel/error.h>

typedef struct VesselJson VesselJson;

/* Makes *err (which must be NULL or point to NULL) and returns @code, so that a function can end in
 * `return vessel__fail(err, VESSEL_ERROR_X, "...", ...)`. @err may be NULL. */
int vessel__fail(VesselError **err, int code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The same for a failed system call: the code follows from @errnum (EACCES, EPERM: denied; ENOENT:
 * not-found; EEXIST: exists; ENOSPC, EDQUOT, EFBIG: no-space; ENOMEM, EMFILE, ENFILE, EAGAIN of
 * fork: no-resource; ETIMEDOUT: timeout; ENOSYS, EOPNOTSUPP: unsupported; EROFS: denied; others:
 * io), ": strerror" is added. */
int vessel__fail_errno(VesselError **err, int errnum, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Further facts on an error that was just made. Each does nothing when err or *err is NULL. A fact
 * that is there already is kept (the innermost knows best), except by vessel__error_prefix. */
void vessel__error_hint(VesselError **err, const char *format, ...) G_GNUC_PRINTF(2, 3);
void vessel__error_at(VesselError **err, const char *path, int line, int column);
/* The same, whatever was there: the place in a definition instead of the file it names, since it is
 * the definition that the reader can change. */
void vessel__error_move(VesselError **err, const char *path);
void vessel__error_cause(VesselError **err, const char *cause);
void vessel__error_holder(VesselError **err, const char *holder);
void vessel__error_outcome(VesselError **err, VesselOutcome outcome);
void vessel__error_retryable(VesselError **err, bool retryable);
/* "PREFIX: old message": context, added outward. */
void vessel__error_prefix(VesselError **err, const char *format, ...) G_GNUC_PRINTF(2, 3);

VesselError *vessel__error_copy(const VesselError *err);
/* Hands @from over to *to (frees it when @to is NULL); returns its code. */
int vessel__error_steal(VesselError **to, VesselError *from);
/* The wire form (that of vessel_error_json) and back; unknown members are ignored. */
VesselJson *vessel__error_to_json(const VesselError *err);
VesselError *vessel__error_from_json(const VesselJson *json);
int vessel__error_code_from_name(const char *name); /* 0 if unknown */

/* All problems of a definition, collected in one pass. */
#define VESSEL__PROBLEMS_MAX 100
typedef struct VesselProblems VesselProblems;
VesselProblems *vessel__problems_new(void);
void vessel__problems_free(VesselProblems *problems);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselProblems, vessel__problems_free)
/* @hint may be NULL. @code is usually invalid-definition; unsupported for what a driver would not
 * honour. Past the cap they are only counted. */
void vessel__problems_add(VesselProblems *problems, int code, const char *path, int line,
                          int column, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(7, 8);
void vessel__problems_add_error(VesselProblems *problems, const VesselError *err);
guint vessel__problems_count(const VesselProblems *problems);
const VesselError *vessel__problems_get(const VesselProblems *problems, guint index);
/* Says where one of them is, whatever was known before. */
void vessel__problems_place(VesselProblems *problems, guint index, int line, int column);
/* In the order of their lines and columns; those of no line come last. */
void vessel__problems_sort(VesselProblems *problems);
/* 0 if there are none; otherwise makes *err, with the problems in it. One problem alone is still
 * `invalid-definition` (or `unsupported` if every problem is) with that problem's message. */
int vessel__problems_to_error(const VesselProblems *problems, const char *what, VesselError **err);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselError, vessel_error_free)

/* GLib ends the program when memory runs out. Where the size is somebody else's choice, this is asked
 * before a text of @length bytes is worked on: `no-resource` when what that takes cannot be had. */
int vessel__memory_check(size_t length, const char *what, VesselError **err);

#endif
