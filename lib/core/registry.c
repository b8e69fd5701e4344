/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/registry.h"
#include "base/words.h"

#define TYPE_PATH "/domain/@type"

const VesselDriver *vessel__driver_by_name(const char *name)
{
    for (guint i = 0; vessel__drivers[i]; i++) {
        if (g_str_equal(vessel__drivers[i]->name, name))
            return vessel__drivers[i];
    }
    return NULL;
}

const VesselDriver *vessel__driver_at(const VesselHost *host, guint index)
{
    for (guint i = 0; vessel__drivers[i]; i++) {
        if (vessel__drivers[i]->mock == host->mock && index-- == 0)
            return vessel__drivers[i];
    }
    return NULL;
}

static const VesselDriver *by_word(const VesselHost *host, const char *word)
{
    const VesselDriver *driver;
    for (guint i = 0; (driver = vessel__driver_at(host, i)); i++) {
        if (word && vessel__word_find(driver->types, word) >= 0)
            return driver;
    }
    return NULL;
}

int vessel__driver_usable(VesselHost *host, const VesselDriver *driver, const char *arch,
                          const char *machine, char **why_not)
{
    *why_not = NULL;
    if (!driver->host || !vessel_driver_has(driver, host, usable))
        return 1;
    return driver->host->usable(vessel__host_for_driver(host), arch, machine, why_not);
}

static int resolve_auto(VesselHost *host, const char *arch, const char *machine,
                        const VesselDriver **driver, char **why, VesselError **err)
{
    const VesselDriver *kvm = by_word(host, "kvm");
    const VesselDriver *emulator = by_word(host, "emulator");
    g_autofree char *reason = NULL;
    if (!kvm) {
        reason = g_strdup("this build has no kvm driver");
    } else if (vessel__kvm_kind(&reason) == VESSEL_KVM_HARDWARE) {
        g_clear_pointer(&reason, g_free);
        if (vessel__driver_usable(host, kvm, arch, machine, &reason) > 0) {
            g_free(reason);
            reason = g_strdup("hardware virtualisation is usable");
            emulator = kvm;
        }
    }
    if (!emulator) {
        vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "nothing in this build can run type \"auto\"");
        vessel__error_at(err, TYPE_PATH, 0, 0);
        vessel__error_cause(err, reason);
        return VESSEL_ERROR_UNSUPPORTED;
    }
    if (why)
        *why = g_strdup_printf("type auto runs with %s: %s", emulator->name,
                               reason ? reason : "no reason was given");
    *driver = emulator;
    return VESSEL_OK;
}

/* The words of the model that a definition for this host may say, "auto" among them. */
static char *types_here(VesselHost *host, const char *wrong)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    const char *word;
    for (int i = 1; (word = vessel__domain_word(TYPE_PATH, i)); i++) {
        bool automatic = i == VESSEL_DOMAIN_TYPE_AUTO && by_word(host, "emulator");
        if (host->mock || automatic || by_word(host, word))
            g_ptr_array_add(words, (gpointer)word);
    }
    g_ptr_array_add(words, NULL);
    const char *nearest = wrong ? vessel__word_nearest((VesselWords)words->pdata, wrong) : NULL;
    g_autofree char *all = vessel__words_join((VesselWords)words->pdata, 16);
    return g_strdup_printf("%s%s%sTypes that run here: %s", nearest ? "Did you mean " : "",
                           nearest ? nearest : "", nearest ? "? " : "", *all ? all : "none");
}

int vessel__driver_for_type(VesselHost *host, VesselDomainType type, const char *arch,
                            const char *machine, const VesselDriver **driver, char **why,
                            VesselError **err)
{
    if (why)
        *why = NULL;
    *driver = host->mock ? vessel__driver_at(host, 0) : NULL;
    if (*driver)
        return VESSEL_OK;
    if (!host->mock && (type == VESSEL_DOMAIN_TYPE_AUTO || type == VESSEL_DOMAIN_TYPE_ABSENT))
        return resolve_auto(host, arch, machine, driver, why, err);
    const char *word = vessel__domain_word(TYPE_PATH, (int)type);
    if (type == VESSEL_DOMAIN_TYPE_MOCK || type == VESSEL_DOMAIN_TYPE_TEST) {
        vessel__fail(err, VESSEL_ERROR_INVALID_DEFINITION, "type \"%s\" does not run on %s", word,
                     host->uri);
        vessel__error_at(err, TYPE_PATH, 0, 0);
        vessel__error_hint(err, "the mock is a host, not a guest: open \"mock:\" instead");
        return VESSEL_ERROR_INVALID_DEFINITION;
    }
    *driver = by_word(host, word);
    if (*driver)
        return VESSEL_OK;
    g_autofree char *hint = types_here(host, NULL);
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "no driver of this build runs type \"%s\"",
                 word ? word : "?");
    vessel__error_at(err, TYPE_PATH, 0, 0);
    vessel__error_hint(err, "%s", hint);
    return VESSEL_ERROR_UNSUPPORTED;
}

int vessel__type_from_word(VesselHost *host, const char *word, VesselDomainType *type,
                           VesselError **err)
{
    *type = VESSEL_DOMAIN_TYPE_ABSENT;
    if (!word)
        return VESSEL_OK;
    const char *known;
    for (int i = 1; (known = vessel__domain_word(TYPE_PATH, i)); i++) {
        if (g_str_equal(known, word)) {
            *type = (VesselDomainType)i;
            return VESSEL_OK;
        }
    }
    g_autofree char *hint = types_here(host, word);
    vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "there is no domain type \"%s\"", word);
    vessel__error_hint(err, "%s", hint);
    return VESSEL_ERROR_UNSUPPORTED;
}

static int say_no(char **why_not, char *reason)
{
    if (why_not)
        *why_not = reason;
    else
        g_free(reason);
    return 0;
}

static bool has_helper(VesselHost *host, const char *name)
{
    const char *folder = vessel__host_for_driver(host)->helper_dir;
    g_autofree char *path = folder ? g_build_filename(folder, name, NULL) : NULL;
    return path && access(path, X_OK) == 0;
}

int vessel__host_supports(VesselHost *host, const char *operation, const VesselDomainSpec *given,
                          char **why_not, VesselError **err)
{
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    VesselDomainType type;
    g_autoptr(VesselError) error = NULL;
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__enter(host, &inside, err);
    if (!code)
        code = vessel__need(operation != NULL, "operation", err);
    if (!code)
        code = vessel__options_read(given, "spec", &spec, sizeof spec, err);
    if (code)
        return code;
    const VesselOp *op = vessel__op_find(operation);
    if (!op) {
        vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "there is no operation \"%s\"", operation);
        const char *nearest = vessel__op_nearest(operation);
        if (nearest)
            vessel__error_hint(err, "did you mean \"%s\"?", nearest);
        return VESSEL_ERROR_INVALID_ARGUMENT;
    }
    if (op->files && host->mock)
        return say_no(why_not, g_strdup("a mock host keeps no files"));
    if (op->helper && !has_helper(host, op->helper))
        return say_no(why_not, g_strdup_printf("built without %s", op->helper));
    if (op->changes_definition && vessel__store_is_readonly(host->store))
        return say_no(why_not, g_strdup_printf("the root of %s is read-only", host->uri));
    if (!vessel__op_needs_slot(op))
        return 1;
    const VesselDriver *driver = NULL;
    if (vessel__type_from_word(host, spec.type, &type, &error) ||
        vessel__driver_for_type(host, type, spec.arch, spec.machine, &driver, NULL, &error))
        return say_no(why_not, g_strdup(vessel_error_message(error)));
    if (!vessel__op_slot(op, driver))
        return say_no(why_not, g_strdup_printf("the %s driver has no %s", driver->name, op->name));
    g_autofree char *reason = NULL;
    int usable = vessel__driver_usable(host, driver, spec.arch, spec.machine, &reason);
    return usable > 0 ? 1 : say_no(why_not, g_steal_pointer(&reason));
}
