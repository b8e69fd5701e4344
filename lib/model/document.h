/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be done with the text of a document of any kind without a host. */
#ifndef VESSEL_MODEL_DOCUMENT_H
#define VESSEL_MODEL_DOCUMENT_H

#include "model/kinds.h"

/* What was read, with its kind. */
typedef struct {
    const VesselKind *kind;
    void *def; /* NULL: nothing */
} VesselDocument;
void vessel__document_clear(VesselDocument *document);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VesselDocument, vessel__document_clear)

/* The kind that @word names; without one that of the text's first element, or "domain" where the
 * text does not say (JSON) or is no document at all. */
int vessel__document_kind(const char *text, const char *word, const VesselKind **kind,
                          VesselError **err);
/* The kind of that word: invalid-argument, with those there are, if there is none. */
int vessel__document_kind_find(const char *word, const VesselKind **kind, VesselError **err);

/* Only the form: words, ranges, what is known. @flags as for vessel__domain_def_parse(). @what is
 * what the error calls the text. @warnings may be NULL. */
int vessel__document_parse(const char *text, const char *word, unsigned flags, const char *what,
                           VesselDocument *document, VesselProblems *warnings, VesselError **err);
typedef void (*VesselDocumentChecker)(void *def, VesselProblems *problems, void *data);
/* What else is to be said of a text that has @problems already: what @check finds in the rest of it.
 * Left out is what only comes of them ("a cmdline needs a kernel", of which the path is wrong): what
 * is found when nothing stands for what is wrong, but not with something right in its place. */
void vessel__document_check_rest(const VesselKind *kind, const char *text,
                                 VesselDocumentChecker check, void *data,
                                 VesselProblems *problems);
/* Gives those problems that have no column yet the line and column of their path in @text, and
 * brings all in the order of the text. */
void vessel__document_locate(const VesselKind *kind, const char *text, VesselProblems *problems);
/* The form and the core's cross checks, all problems at once. */
int vessel__document_validate(const char *text, const char *word, unsigned flags,
                              VesselProblems *warnings, VesselError **err);

typedef enum { VESSEL_DOCUMENT_XML, VESSEL_DOCUMENT_JSON } VesselDocumentForm;
/* As text (g_free). @libvirt: libvirt's words in place of ours, `unsupported` with all that have
 * none; XML alone. */
int vessel__document_format(const VesselDocument *document, VesselDocumentForm form, bool libvirt,
                            char **text, VesselError **err);

#endif
