/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A change of the definition in force that the guest feels: all of it or nothing, whatever is
 * killed in the middle.
 *
 * What is begun is in change.json: {"xml": the definition afterwards, "plan" and "was": members of
 * the engine's plan as they will be and as they were, "undo": what takes it back, "event"}. The
 * moment at which domain.xml is that definition decides: an adopter that finds change.json goes on
 * from there, or takes back what was done before. */
#include "base/file.h"
#include "warden/warden.h"

#define CHANGE_FILE "change.json"
#define DOMAIN_FILE "domain.xml"
#define CHANGE_MAX (64 * 1024 * 1024)

static VesselJson *engine_plan(VesselWarden *warden)
{
    return (VesselJson *)vessel__warden_plan(warden);
}

/* Puts the members of @members into the plan. What the plan has no more is null in them. */
static int set_plan(VesselWarden *warden, const VesselJson *members, VesselError **err)
{
    VesselJson *plan = engine_plan(warden);
    for (size_t i = 0; i < vessel__json_length(members); i++) {
        const VesselJson *value = vessel__json_at(members, i);
        bool none = vessel__json_kind(value) == VESSEL_JSON_NULL;
        vessel__json_set(plan, vessel__json_key_at(members, i),
                         none ? NULL : vessel__json_copy(value));
    }
    if (vessel__json_get(members, "memory_kib"))
        vessel__warden_set_memory(warden, vessel__json_get_uint(members, "memory_kib", 0));
    return vessel__save_plan(warden, err);
}

static VesselJson *plan_before(VesselWarden *warden, const VesselJson *members)
{
    VesselJson *was = vessel__json_new_object();
    for (size_t i = 0; i < vessel__json_length(members); i++) {
        const char *key = vessel__json_key_at(members, i);
        const VesselJson *value = vessel__json_get(engine_plan(warden), key);
        vessel__json_set(was, key, value ? vessel__json_copy(value) : vessel__json_new_null());
    }
    return was;
}

static void copy_member(VesselJson *to, const char *key, const VesselJson *from)
{
    const VesselJson *value = vessel__json_get(from, key);
    if (value)
        vessel__json_set(to, key, vessel__json_copy(value));
}

static VesselJson *describe(VesselWarden *warden, const VesselRequest *request)
{
    const VesselJson *args = vessel__request_args(request);
    VesselJson *record = vessel__json_new_object(), *detail = vessel__json_new_object();
    copy_member(record, "xml", args);
    copy_member(record, "plan", args);
    copy_member(record, "undo", args);
    vessel__json_set(record, "was", plan_before(warden, vessel__json_get(args, "plan")));
    vessel__json_set_string(detail, "definition", "live");
    copy_member(detail, "paths", args);
    vessel__json_set(record, "event",
                     vessel__state_event(warden, "domain.changed", "updated",
                                         vessel__request_author(request),
                                         vessel__request_id_text(request), detail));
    return record;
}

static int save(VesselWarden *warden, const char *name, const char *text, VesselError **err)
{
    return vessel__replace_file(warden->folder, name, text, strlen(text), 0600,
                                VESSEL_REPLACE_QUICK, err);
}

/* As it was before, as far as the guest lets us. */
static void take_back(VesselWarden *warden, const VesselJson *record)
{
    g_autoptr(VesselError) guest = NULL, file = NULL;
    if (warden->engine->change(warden, vessel__json_get(record, "undo"), &guest) < 0)
        vessel__warden_note(warden, "a change could not be taken back: %s",
                            vessel_error_message(guest));
    if (set_plan(warden, vessel__json_get(record, "was"), &file) == 0)
        unlinkat(warden->folder, CHANGE_FILE, 0);
    else /* change.json stays: who comes after us takes it back */
        vessel__warden_log(warden, "plan.json: %s", vessel_error_message(file));
    vessel__warden_save(warden, NULL);
}

static int carry_out(VesselWarden *warden, const VesselJson *record, const VesselJson *set,
                     VesselError **err)
{
    g_autofree char *text = vessel__json_format(record, false);
    int code = save(warden, CHANGE_FILE, text, err);
    if (code < 0)
        return code;
    code = warden->engine->change(warden, set, err);
    if (code == 0)
        code = set_plan(warden, vessel__json_get(record, "plan"), err);
    if (code == 0)
        code = save(warden, DOMAIN_FILE, vessel__json_get_string(record, "xml", ""), err);
    if (code < 0)
        take_back(warden, record);
    return code;
}

void vessel__change(VesselWarden *warden, VesselRequest *request)
{
    const VesselJson *args = vessel__request_args(request);
    VesselError *err = NULL;
    int code = 0;
    if (!vessel__json_get_string(args, "xml", NULL))
        code = vessel__fail(&err, VESSEL_ERROR_INVALID_ARGUMENT, "\"change\" needs xml");
    else if (!warden->engine->change)
        code = vessel__fail(&err, VESSEL_ERROR_UNSUPPORTED,
                            "nothing of a guest of the engine \"%s\" can be changed while it runs",
                            warden->engine->name);
    if (code < 0) {
        vessel__request_failed(request, err);
        return;
    }
    g_autoptr(VesselJson) record = describe(warden, request);
    code = carry_out(warden, record, vessel__json_get(args, "set"), &err);
    if (code < 0) {
        vessel__warden_log(warden, "a change was refused: %s", vessel_error_message(err));
        vessel__request_failed(request, err);
        return;
    }
    vessel__warden_log(warden, "changed by %s", vessel__request_author(request));
    vessel__warden_save(warden, NULL);
    vessel__state_append(warden, vessel__json_get(record, "event"));
    unlinkat(warden->folder, CHANGE_FILE, 0);
    vessel__request_done(request, NULL);
}

void vessel__change_recover(VesselWarden *warden)
{
    g_autofree char *text = NULL, *xml = NULL;
    g_autoptr(VesselJson) record = NULL;
    g_autoptr(VesselError) err = NULL;
    int code = vessel__read_file(warden->folder, CHANGE_FILE, CHANGE_MAX, &text, NULL, &err);
    if (code == VESSEL_ERROR_NOT_FOUND)
        return;
    if (code == 0)
        code = vessel__json_parse(text, strlen(text), NULL, CHANGE_FILE, &record, &err);
    if (code == 0)
        code = vessel__read_file(warden->folder, DOMAIN_FILE, CHANGE_MAX, &xml, NULL, &err);
    if (code < 0 || !warden->engine->change) {
        vessel__warden_note(warden, "a change was cut off by the death of the warden: %s",
                            err ? vessel_error_message(err) : "this engine knows none");
        return;
    }
    bool made = strcmp(xml, vessel__json_get_string(record, "xml", "")) == 0;
    vessel__warden_log(warden, "a change was cut off by the death of its warden: %s",
                       made ? "it was made" : "taken back");
    if (!made) {
        take_back(warden, record);
        return;
    }
    if (set_plan(warden, vessel__json_get(record, "plan"), NULL) < 0)
        return; /* the next adopter's, then */
    vessel__warden_save(warden, NULL);
    vessel__state_append_once(warden, vessel__json_get(record, "event"));
    unlinkat(warden->folder, CHANGE_FILE, 0);
}
