/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/document.h"
#include "core/definition.h"
#include "model/diff.h"
#include "model/document.h"
#include "model/domain-shape.h"
#include "model/explain.h"
#include "model/reference.h"
#include "model/schema-files.h"

static int read_options(const VesselDefinitionOptions *given, uint32_t known,
                        VesselDefinitionOptions *options, VesselError **err)
{
    *options = (VesselDefinitionOptions)VESSEL_DEFINITION_OPTIONS_INIT;
    int code = vessel__options_read(given, "options", options, sizeof *options, err);
    if (!code && options->warnings)
        *options->warnings = NULL;
    return code ? code : vessel__flags_check(options->flags, known, "options.flags", err);
}

/* What was let pass, for who asked; @code is what the call returns. */
static int with_warnings(const VesselDefinitionOptions *options, const VesselProblems *warnings,
                         int code)
{
    if (code == VESSEL_OK && options->warnings)
        vessel__problems_to_error(warnings, "the definition", options->warnings);
    return code;
}

static unsigned parse_flags(const VesselDefinitionOptions *options)
{
    return options->flags & VESSEL_DEFINITION_LENIENT ? VESSEL_PARSE_LENIENT : 0;
}

int vessel__definition_validate(const char *text, const VesselDefinitionOptions *given,
                                VesselError **err)
{
    VesselDefinitionOptions options;
    const VesselKind *kind = NULL;
    int code = vessel__need(text != NULL, "text", err);
    if (!code)
        code =
            read_options(given, VESSEL_DEFINITION_LENIENT | VESSEL_DEFINITION_HOST, &options, err);
    if (!code && (options.flags & VESSEL_DEFINITION_HOST))
        code = vessel__need(options.host != NULL, "options.host", err);
    if (!code)
        code = vessel__document_kind(text, options.kind, &kind, err);
    if (code)
        return code;
    g_autoptr(VesselProblems) warnings = vessel__problems_new();
    /* The one kind that drivers have a say in. */
    if (!options.host || kind->shape != vessel__domain_shape) {
        code = vessel__document_validate(text, options.kind, parse_flags(&options), warnings, err);
        return with_warnings(&options, warnings, code);
    }
    uint32_t flags = (options.flags & VESSEL_DEFINITION_LENIENT ? VESSEL_VALIDATE_LENIENT : 0) |
                     (options.flags & VESSEL_DEFINITION_HOST ? VESSEL_VALIDATE_HOST : 0);
    code = vessel__host_validate(options.host, text, flags, warnings, err);
    return with_warnings(&options, warnings, code);
}

int vessel__definition_convert(const char *text, int form, const VesselDefinitionOptions *given,
                               char **result, VesselError **err)
{
    VesselDefinitionOptions options;
    VesselDocument document __attribute__((cleanup(vessel__document_clear))) = {0};
    int code = vessel__need(text != NULL, "text", err);
    if (!code)
        code = vessel__need(result != NULL, "result", err);
    if (!code)
        code = vessel__need(form == VESSEL_DEFINITION_XML || form == VESSEL_DEFINITION_JSON, "form",
                            err);
    if (!code)
        code = read_options(given, VESSEL_DEFINITION_LENIENT | VESSEL_DEFINITION_LIBVIRT, &options,
                            err);
    if (code)
        return code;
    bool libvirt = (options.flags & VESSEL_DEFINITION_LIBVIRT) != 0;
    if (libvirt && form != VESSEL_DEFINITION_XML)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "libvirt has no JSON definitions");
    g_autoptr(VesselProblems) warnings = vessel__problems_new();
    code = vessel__document_parse(text, options.kind, parse_flags(&options), "the definition",
                                  &document, warnings, err);
    if (!code)
        code = vessel__document_format(
            &document, form == VESSEL_DEFINITION_JSON ? VESSEL_DOCUMENT_JSON : VESSEL_DOCUMENT_XML,
            libvirt, result, err);
    return with_warnings(&options, warnings, code);
}

/* A mock takes everything: that says nothing. */
static GArray *drivers_that_honour(void)
{
    GArray *drivers = g_array_new(TRUE, TRUE, sizeof(VesselHonour));
    for (const VesselDriver *const *one = vessel__drivers; *one; one++) {
        VesselHonour honour = {(*one)->name, (*one)->support};
        if (!(*one)->mock && honour.support)
            g_array_append_val(drivers, honour);
    }
    return drivers;
}

int vessel__definition_schema(const char *word, int form, char **result, VesselError **err)
{
    g_autoptr(GArray) drivers = drivers_that_honour();
    const VesselHonour *honours = (const VesselHonour *)drivers->data;
    const VesselKind *kind = NULL;
    int code = vessel__need(word != NULL, "kind", err);
    if (!code)
        code = vessel__need(result != NULL, "result", err);
    if (!code)
        code = vessel__need(form >= VESSEL_SCHEMA_RNG && form <= VESSEL_SCHEMA_MAN, "form", err);
    if (!code)
        code = vessel__document_kind_find(word, &kind, err);
    if (code)
        return code;
    *result = form == VESSEL_SCHEMA_RNG        ? vessel__schema_rng(kind)
              : form == VESSEL_SCHEMA_JSON     ? vessel__schema_json(kind)
              : form == VESSEL_SCHEMA_MARKDOWN ? vessel__reference_markdown(kind, honours)
                                               : vessel__reference_man(kind, honours);
    return VESSEL_OK;
}

int vessel__definition_explain(const char *path, char **json, VesselError **err)
{
    g_autoptr(GArray) drivers = drivers_that_honour();
    g_autoptr(VesselJson) explained = NULL;
    int code = vessel__need(path != NULL, "path", err);
    if (!code)
        code = vessel__need(json != NULL, "json", err);
    if (!code)
        code = vessel__explain(path, (const VesselHonour *)drivers->data, &explained, err);
    if (!code)
        *json = vessel__json_format(explained, false);
    return code;
}

/* One side of a comparison; its warnings say which it is. */
static int read_side(const char *text, const VesselDefinitionOptions *options, const char *what,
                     VesselDocument *document, VesselProblems *warnings, VesselError **err)
{
    g_autoptr(VesselProblems) own = vessel__problems_new();
    int code =
        vessel__document_parse(text, options->kind, parse_flags(options), what, document, own, err);
    for (guint i = 0; i < vessel__problems_count(own) && vessel__problems_get(own, i); i++) {
        g_autoptr(VesselError) one = vessel__error_copy(vessel__problems_get(own, i));
        vessel__error_prefix(&one, "%s", what);
        vessel__problems_add_error(warnings, one);
    }
    return code;
}

int vessel__definition_diff(const char *from, const char *to, const VesselDefinitionOptions *given,
                            char **json, VesselError **err)
{
    VesselDefinitionOptions options;
    VesselDocument a __attribute__((cleanup(vessel__document_clear))) = {0};
    VesselDocument b __attribute__((cleanup(vessel__document_clear))) = {0};
    g_autoptr(VesselProblems) warnings = vessel__problems_new();
    int code = vessel__need(from && to, "text", err);
    if (!code)
        code = vessel__need(json != NULL, "json", err);
    if (!code)
        code = read_options(given, VESSEL_DEFINITION_LENIENT, &options, err);
    if (!code)
        code = read_side(from, &options, "the first definition", &a, warnings, err);
    if (!code)
        code = read_side(to, &options, "the second definition", &b, warnings, err);
    if (code)
        return code;
    if (a.kind != b.kind)
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "the first defines a %s, the second a %s", a.kind->word, b.kind->word);
    g_autoptr(VesselJson) result = vessel__json_new_object();
    vessel__json_set_string(result, "kind", a.kind->word);
    vessel__json_set(result, "changes", vessel__diff(a.kind, a.def, b.def));
    *json = vessel__json_format(result, false);
    return with_warnings(&options, warnings, VESSEL_OK);
}
