/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of lib/model share. */
#ifndef VESSEL_TESTS_UNIT_MODEL_H
#define VESSEL_TESTS_UNIT_MODEL_H

#include "base/error.h"
#include "tests/lib/vt.h"

/* One line for each problem: path, line, column, message, (hint), [cause]. g_free() */
static inline char *describe(const VesselProblems *problems)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < vessel__problems_count(problems) && i < VESSEL__PROBLEMS_MAX; i++) {
        const VesselError *one = vessel__problems_get(problems, i);
        const char *path = vessel_error_path(one), *hint = vessel_error_hint(one);
        g_string_append_printf(text, "%s:%d:%d: %s", path ? path : "", vessel_error_line(one),
                               vessel_error_column(one), vessel_error_message(one));
        if (hint)
            g_string_append_printf(text, " (%s)", hint);
        if (vessel_error_cause(one))
            g_string_append_printf(text, " [%s]", vessel_error_cause(one));
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

/* Whether a place without indices is in a document that stands whole inside another. */
static inline bool is_in_other_document(const char *path)
{
    return strstr(path, "snapshot/domain/") || strstr(path, "checkpoint/domain/") ||
           strstr(path, "/inactiveDomain/");
}

/* Fails with the vector's name, which a bare assertion would not tell. */
static inline void must_equal(const char *vector, const char *what, const char *found,
                              const char *wanted)
{
    if (strcmp(found, wanted) == 0)
        return;
    print_message("# %s: %s\n# found:\n%s# wanted:\n%s", vector, what, found, wanted);
    fail();
}

#endif
