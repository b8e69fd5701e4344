/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain definition from anybody, XML or JSON: what is taken is written as text that is taken
 * again and is the same, in both forms; what is not taken has a problem to tell. */
#include "model/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static VesselDomainDef *parse(const char *text, size_t size, unsigned flags,
                              VesselProblems *problems)
{
    g_autoptr(VesselProblems) warnings = vessel__problems_new();
    VesselDomainDef *def = NULL;
    vessel__domain_def_parse(text, size, flags, &def, problems, warnings);
    if (!def && vessel__problems_count(problems) == 0)
        abort();
    for (guint i = 0; i < vessel__problems_count(problems) && i < VESSEL__PROBLEMS_MAX; i++) {
        const VesselError *problem = vessel__problems_get(problems, i);
        if (vessel_error_line(problem) < 0 || !*vessel_error_message(problem))
            abort();
    }
    return def;
}

static VesselDomainDef *parse_own(const char *text, unsigned flags)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    VesselDomainDef *def = parse(text, strlen(text), flags, problems);
    if (!def || (vessel__problems_count(problems) > 0 && !(flags & VESSEL_PARSE_STORED)))
        abort();
    return def;
}

static void check_xml(const VesselDomainDef *def, unsigned flags)
{
    g_autofree char *text = vessel__domain_def_format_xml(def, VESSEL_FORMAT_RUNTIME);
    g_autoptr(VesselDomainDef) again = parse_own(text, flags | VESSEL_PARSE_STORED);
    g_autofree char *second = vessel__domain_def_format_xml(again, VESSEL_FORMAT_RUNTIME);
    if (strcmp(text, second) != 0 || !vessel__domain_def_equal(def, again))
        abort();
    g_autofree char *plain = vessel__domain_def_format_xml(def, 0);
    if (!(flags & VESSEL_PARSE_STORED))
        vessel__domain_def_free(parse_own(plain, flags));
}

static void check_json(const VesselDomainDef *def, unsigned flags)
{
    g_autoptr(VesselJson) json = vessel__domain_def_format_json(def, VESSEL_FORMAT_RUNTIME);
    g_autofree char *text = vessel__json_format(json, false);
    g_autoptr(VesselDomainDef) again = parse_own(text, flags | VESSEL_PARSE_STORED);
    g_autoptr(VesselJson) json_again = vessel__domain_def_format_json(again, VESSEL_FORMAT_RUNTIME);
    g_autofree char *second = vessel__json_format(json_again, false);
    if (strcmp(text, second) != 0)
        abort();
}

static void try_flags(const char *text, size_t size, unsigned flags)
{
    static const VesselSupport nothing[] = {{NULL, NULL}};
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_autoptr(VesselDomainDef) def = parse(text, size, flags, problems);
    if (!def)
        return;
    g_autoptr(VesselDomainDef) copy = vessel__domain_def_copy(def);
    if (!vessel__domain_def_equal(def, copy))
        abort();
    vessel__domain_def_check(copy, problems);
    vessel__domain_def_check_support(copy, nothing, "none", problems);
    vessel__domain_def_defaults(copy);
    check_xml(def, flags);
    check_json(def, flags);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_flags((const char *)data, size, 0);
    try_flags((const char *)data, size, VESSEL_PARSE_LENIENT);
    try_flags((const char *)data, size, VESSEL_PARSE_STORED);
    return 0;
}
