/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/definition.h"
#include "core/registry.h"
#include "model/document.h"

VesselDefinition *vessel__definition_new(VesselDomainDef *def)
{
    VesselDefinition *definition = g_new0(VesselDefinition, 1);
    atomic_init(&definition->refs, 1u);
    definition->def = def;
    return definition;
}

VesselDefinition *vessel__definition_ref(VesselDefinition *definition)
{
    atomic_fetch_add_explicit(&definition->refs, 1u, memory_order_relaxed);
    return definition;
}

void vessel__definition_unref(VesselDefinition *definition)
{
    if (!definition || atomic_fetch_sub_explicit(&definition->refs, 1u, memory_order_acq_rel) != 1u)
        return;
    vessel__domain_def_free(definition->def);
    vessel_error_free(definition->problem);
    g_free(definition);
}

VesselDefinition *vessel__definition_load(const char *text, size_t length)
{
    VesselDomainDef *def = NULL;
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    vessel__domain_def_parse(text, length, VESSEL_PARSE_STORED, &def, problems, NULL);
    VesselDefinition *definition = vessel__definition_new(def);
    vessel__problems_to_error(problems, "the stored definition", &definition->problem);
    if (!def && !definition->problem)
        vessel__fail(&definition->problem, VESSEL_ERROR_CORRUPT,
                     "the stored text is no domain definition");
    return definition;
}

static void parsed_free(void *parsed)
{
    vessel__definition_unref(parsed);
}

VesselDefinition *vessel__definition_of(VesselDomainRecord *record)
{
    VesselDefinition *definition = atomic_load(&record->parsed);
    if (definition || !record->full)
        return definition;
    VesselDefinition *loaded = vessel__definition_load(record->full, strlen(record->full));
    void *expected = NULL;
    /* The same function for everybody, so that whoever wins it is right. */
    record->parsed_free = parsed_free;
    if (atomic_compare_exchange_strong(&record->parsed, &expected, (void *)loaded))
        return loaded;
    vessel__definition_unref(loaded);
    return expected;
}

void vessel__prepared_clear(VesselPrepared *prepared)
{
    g_clear_pointer(&prepared->record, vessel__record_unref);
    g_clear_pointer(&prepared->definition, vessel__definition_unref);
    g_clear_pointer(&prepared->warnings, vessel_error_free);
}

static bool has_problem_at(const VesselProblems *problems, const char *path)
{
    for (guint i = 0; path && i < vessel__problems_count(problems); i++) {
        const VesselError *problem = vessel__problems_get(problems, i);
        if (problem && g_strcmp0(vessel_error_path(problem), path) == 0)
            return true;
    }
    return false;
}

/* What a driver says, with the line of its path; not what is said about that place already. */
static void add_at_line(VesselProblems *problems, const VesselDomainDef *def,
                        const VesselError *problem)
{
    const char *path = vessel_error_path(problem);
    if (has_problem_at(problems, path))
        return;
    VesselError *copy = vessel__error_copy(problem);
    if (path && !vessel_error_line(copy))
        vessel__error_at(&copy, NULL, vessel__domain_def_line(def, path), 0);
    vessel__problems_add_error(problems, copy);
    vessel_error_free(copy);
}

/* The text could not be parsed as it stands. What can be said about the rest of it is said in the
 * same answer. */
static void check_the_rest(void *rest, VesselProblems *problems, void *data)
{
    const VesselDomainDef *def = rest;
    VesselHost *host = data;
    const VesselDriver *driver = NULL;
    vessel__domain_def_check(def, problems);
    if (vessel__driver_for_type(host, def->type, def->os_arch, def->os_machine, &driver, NULL,
                                NULL) == VESSEL_OK &&
        driver->support)
        vessel__domain_def_check_support(def, driver->support, driver->name, problems);
}

void vessel__definition_check(VesselHost *host, const VesselDriver *driver,
                              const VesselDomainDef *def, VesselProblems *problems)
{
    vessel__domain_def_check(def, problems);
    if (driver->support)
        vessel__domain_def_check_support(def, driver->support, driver->name, problems);
    if (!vessel_driver_has(driver, host, check))
        return;
    g_autoptr(VesselProblems) own = vessel__problems_new();
    driver->host->check(vessel__host_for_driver(host), def, own);
    for (guint i = 0; i < vessel__problems_count(own) && vessel__problems_get(own, i); i++)
        add_at_line(problems, def, vessel__problems_get(own, i));
}

void vessel__definition_check_start(VesselHost *host, const VesselDriver *driver,
                                    const VesselDomainDef *def, VesselProblems *problems)
{
    g_autofree char *why_not = NULL;
    if (vessel_driver_has(driver, host, check_start))
        driver->host->check_start(vessel__host_for_driver(host), def, problems);
    else if (vessel__driver_usable(host, driver, def->os_arch, def->os_machine, &why_not) <= 0)
        vessel__problems_add(problems, VESSEL_ERROR_MISSING_FEATURE, "/domain/@type", 0, 0,
                             "`vessel doctor` says what is missing and what to do",
                             "%s cannot run guests here: %s", driver->name,
                             why_not ? why_not : "no reason was given");
}

/* A definition without a UUID is that of the domain with its name, if there is one. */
static int settle_uuid(VesselHost *host, VesselDomainDef *def, VesselError **err)
{
    g_autoptr(VesselError) error = NULL;
    if (def->uuid || !def->name)
        return VESSEL_OK;
    g_autoptr(VesselDomainRecord) record = vessel__store_find_name(host->store, def->name, &error);
    if (error)
        return vessel__error_steal(err, g_steal_pointer(&error));
    if (record)
        def->uuid = g_strdup(record->uuid);
    return VESSEL_OK;
}

/* @before: what it is to replace, or NULL. */
static int fill_in(VesselHost *host, VesselDomainDef *def, const VesselDriver *driver,
                   const VesselDomainDef *before, VesselError **err)
{
    int code = settle_uuid(host, def, err);
    if (code)
        return code;
    if (before)
        vessel__domain_def_keep(def, before);
    vessel__domain_def_defaults(def);
    if (!vessel_driver_has(driver, host, defaults))
        return VESSEL_OK;
    return driver->host->defaults(vessel__host_for_driver(host), def, err);
}

int vessel__definition_problems(const char *text, VesselProblems *problems, VesselError **err)
{
    vessel__document_locate(vessel__kind_find("domain"), text, problems);
    return vessel__problems_to_error(problems, "the definition", err);
}

/* From the text to a definition with everything filled in and checked. */
static int complete(VesselHost *host, const char *text, uint32_t flags,
                    const VesselDomainDef *before, VesselDomainDef **result,
                    const VesselDriver **driver, VesselProblems *warnings, VesselError **err)
{
    g_autoptr(VesselDomainDef) def = NULL;
    g_autoptr(VesselError) error = NULL;
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    unsigned how = flags & VESSEL_DOMAIN_DEFINE_LENIENT ? VESSEL_PARSE_LENIENT : 0;
    vessel__domain_def_parse(text, strlen(text), how, &def, problems, warnings);
    if (!def || vessel__problems_count(problems))
        vessel__document_check_rest(vessel__kind_find("domain"), text, check_the_rest, host,
                                    problems);
    int code = vessel__definition_problems(text, problems, err);
    if (code)
        return code;
    if (!def)
        return vessel__fail(err, VESSEL_ERROR_BUG, "a text was refused without a reason");
    if (vessel__driver_for_type(host, def->type, def->os_arch, def->os_machine, driver, NULL,
                                &error)) {
        add_at_line(problems, def, error);
        vessel__domain_def_defaults(def);
        vessel__domain_def_check(def, problems);
        return vessel__definition_problems(text, problems, err);
    }
    /* Defaults that cannot be made are one problem among the others. */
    code = fill_in(host, def, *driver, before, &error);
    if (code && code != VESSEL_ERROR_INVALID_DEFINITION && code != VESSEL_ERROR_UNSUPPORTED)
        return vessel__error_steal(err, g_steal_pointer(&error));
    vessel__definition_check(host, *driver, def, problems);
    if (code && !vessel_error_problem_count(error))
        add_at_line(problems, def, error);
    for (size_t i = 0; code && i < vessel_error_problem_count(error); i++)
        add_at_line(problems, def, vessel_error_problem(error, i));
    code = vessel__definition_problems(text, problems, err);
    if (!code)
        *result = g_steal_pointer(&def);
    return code;
}

int vessel__definition_prepare(VesselHost *host, const char *text, uint32_t flags,
                               VesselPrepared *prepared, VesselError **err)
{
    return vessel__definition_prepare_change(host, text, flags, NULL, prepared, err);
}

int vessel__definition_prepare_change(VesselHost *host, const char *text, uint32_t flags,
                                      const VesselDomainDef *before, VesselPrepared *prepared,
                                      VesselError **err)
{
    g_autoptr(VesselDomainDef) def = NULL;
    g_autoptr(VesselProblems) warnings = vessel__problems_new();
    *prepared = (VesselPrepared){0};
    int code = complete(host, text, flags, before, &def, &prepared->driver, warnings, err);
    if (code)
        return code;
    vessel__problems_to_error(warnings, "the definition", &prepared->warnings);
    VesselDomainRecord *record = vessel__record_new(def->uuid, def->name, prepared->driver->name);
    record->persistent = true;
    record->given = g_strdup(text);
    record->full = vessel__domain_def_format_xml(def, VESSEL_FORMAT_SECRET);
    prepared->definition = vessel__definition_new(g_steal_pointer(&def));
    record->parsed_free = parsed_free;
    atomic_store(&record->parsed, (void *)vessel__definition_ref(prepared->definition));
    prepared->record = record;
    return VESSEL_OK;
}

VesselDomainRecord *vessel__record_with(const VesselDomainRecord *old, VesselDomainDef *def)
{
    VesselDomainRecord *record = vessel__record_copy(old);
    g_free(record->name);
    record->name = g_strdup(def->name);
    g_free(record->full);
    record->full = vessel__domain_def_format_xml(def, VESSEL_FORMAT_SECRET);
    record->parsed_free = parsed_free;
    atomic_store(&record->parsed, (void *)vessel__definition_new(def));
    return record;
}

int vessel__host_validate(VesselHost *host, const char *text, uint32_t flags,
                          VesselProblems *warnings, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselDomainDef) def = NULL;
    const VesselDriver *driver = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(text != NULL, "text", err);
    if (!code)
        code = vessel__flags_check(flags, VESSEL_VALIDATE_LENIENT | VESSEL_VALIDATE_HOST, "flags",
                                   err);
    if (!code)
        code =
            complete(host, text, flags & VESSEL_VALIDATE_LENIENT ? VESSEL_DOMAIN_DEFINE_LENIENT : 0,
                     NULL, &def, &driver, warnings, err);
    if (code || !(flags & VESSEL_VALIDATE_HOST))
        return code;
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    vessel__definition_check_start(host, driver, def, problems);
    return vessel__definition_problems(text, problems, err);
}
