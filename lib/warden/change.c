/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A change of the definition in force that the guest feels: all of it or nothing, whatever is
 * killed in the middle.
 *
 * What is begun is in change.json: {"xml": the definition afterwards, "plan" and "was": members of
 * the engine's plan as they will be and as they were, "undo": what takes it back, "event"}. The
 * moment at which domain.xml is that definition decides: an adopter that finds change.json goes on
 * from there, or takes back what was done before.
 *
 * The guest's part is done in another process (work.c): a kernel that makes room for a smaller
 * limit takes as long as its disks do. Meanwhile the guest can be looked at and destroyed; what
 * else changes it waits. Before the request's deadline it is killed, and what it did is taken back.
 */
#include "base/file.h"
#include "warden/warden.h"

#define CHANGE_FILE "change.json"
#define DOMAIN_FILE "domain.xml"
#define CHANGE_MAX (64 * 1024 * 1024)
#define BACK_MAX_MS 3000 /* of its time, at most a tenth, are for taking it back */

struct VesselChanging {
    VesselWarden *warden;
    VesselRequest *request; /* NULL: an adopter takes back what its predecessor began */
    VesselJson *record;
    VesselWork *work; /* NULL: none, since the guest is being ended */
    bool back;        /* it is being taken back, */
    VesselError *why; /* for this */
    VesselTimer *late;
    GPtrArray *waiting; /* requests that come after it */
};

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

/* ---- the end of one ---- */

static void changing_free(VesselChanging *changing)
{
    vessel__work_free(changing->work);
    vessel__timer_free(changing->late);
    vessel__json_free(changing->record);
    vessel_error_free(changing->why);
    g_ptr_array_unref(changing->waiting);
    g_free(changing);
}

/* @err (taken): why nothing was changed. */
static void finish(VesselChanging *changing, VesselError *err)
{
    VesselWarden *warden = changing->warden;
    g_autoptr(GPtrArray) waiting = g_steal_pointer(&changing->waiting);
    VesselRequest *request = changing->request;
    changing->waiting = g_ptr_array_new();
    warden->changing = NULL;
    changing_free(changing);
    if (!request)
        vessel_error_free(err);
    else if (err)
        vessel__request_failed(request, err);
    else
        vessel__request_done(request, NULL);
    for (guint i = 0; i < waiting->len; i++) {
        VesselRequest *next = g_ptr_array_index(waiting, i);
        vessel__request_on_deadline(next, NULL);
        vessel__server_run(warden, next);
    }
}

/* As it was before, as far as the guest let us. */
static void taken_back(void *data, VesselError *err)
{
    VesselChanging *changing = data;
    VesselWarden *warden = changing->warden;
    g_autoptr(VesselError) guest = err, file = NULL;
    changing->work = NULL;
    if (guest && warden->ending)
        return;
    if (guest)
        vessel__warden_note(warden, "a change could not be taken back: %s",
                            vessel_error_message(guest));
    if (set_plan(warden, vessel__json_get(changing->record, "was"), &file) == 0)
        unlinkat(warden->folder, CHANGE_FILE, 0);
    else /* change.json stays: who comes after us takes it back */
        vessel__warden_log(warden, "plan.json: %s", vessel_error_message(file));
    vessel__warden_save(warden, NULL);
    if (changing->why)
        vessel__warden_log(warden, "a change was refused: %s", vessel_error_message(changing->why));
    finish(changing, g_steal_pointer(&changing->why));
}

static void take_back(VesselChanging *changing)
{
    VesselWarden *warden = changing->warden;
    VesselError *err = NULL;
    changing->back = true;
    if (vessel__work_new(warden, warden->engine->change, vessel__json_get(changing->record, "undo"),
                         taken_back, changing, &changing->work, &err) < 0)
        taken_back(changing, err);
}

/* ---- the change itself ---- */

static int keep(VesselChanging *changing, VesselError **err)
{
    VesselWarden *warden = changing->warden;
    int code = set_plan(warden, vessel__json_get(changing->record, "plan"), err);
    return code < 0 ? code
                    : save(warden, DOMAIN_FILE,
                           vessel__json_get_string(changing->record, "xml", ""), err);
}

/* What was done in time, if only just, stands. */
static void made(void *data, VesselError *err)
{
    VesselChanging *changing = data;
    VesselWarden *warden = changing->warden;
    g_autoptr(VesselError) guest = err;
    changing->work = NULL;
    if (guest && warden->ending)
        return;
    if (!guest)
        g_clear_pointer(&changing->why, vessel_error_free);
    else if (!changing->why)
        changing->why = g_steal_pointer(&guest);
    if (changing->why || keep(changing, &changing->why) < 0) {
        take_back(changing);
        return;
    }
    vessel__warden_log(warden, "changed by %s", vessel__request_author(changing->request));
    vessel__warden_save(warden, NULL);
    vessel__state_append(warden, vessel__json_get(changing->record, "event"));
    unlinkat(warden->folder, CHANGE_FILE, 0);
    finish(changing, NULL);
}

/* If even that is not over at the deadline, the requester is told that it goes on. */
static void too_late(void *data)
{
    VesselChanging *changing = data;
    if (changing->back || !changing->work)
        return;
    vessel__fail(&changing->why, VESSEL_ERROR_TIMEOUT,
                 "domain \"%s\" could not be changed in time, and is as it was",
                 changing->warden->name);
    vessel__error_hint(&changing->why, "give it more time: a smaller limit of memory takes as long "
                                       "as writing out what is above it");
    vessel__error_retryable(&changing->why, true);
    vessel__work_kill(changing->work);
}

static void watch_the_clock(VesselChanging *changing)
{
    VesselDeadline deadline = vessel__request_deadline(changing->request);
    if (deadline == VESSEL_DEADLINE_NEVER)
        return;
    int64_t left = MAX(deadline - vessel__now_ms(), 0);
    changing->late = vessel__timer_new(changing->warden->loop, too_late, changing);
    vessel__timer_set(changing->late, deadline - MIN(left / 10, BACK_MAX_MS));
}

static VesselChanging *changing_new(VesselWarden *warden, VesselJson *record)
{
    VesselChanging *changing = g_new0(VesselChanging, 1);
    changing->warden = warden;
    changing->record = record;
    changing->waiting = g_ptr_array_new();
    warden->changing = changing;
    return changing;
}

static int check(VesselWarden *warden, const VesselJson *args, VesselError **err)
{
    if (!vessel__json_get_string(args, "xml", NULL))
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "\"change\" needs xml");
    if (!warden->engine->change)
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                            "nothing of a guest of the engine \"%s\" can be changed while it runs",
                            warden->engine->name);
    return 0;
}

void vessel__change(VesselWarden *warden, VesselRequest *request)
{
    const VesselJson *args = vessel__request_args(request);
    VesselError *err = NULL;
    if (check(warden, args, &err) < 0) {
        vessel__request_failed(request, err);
        return;
    }
    VesselChanging *changing = changing_new(warden, describe(warden, request));
    g_autofree char *text = vessel__json_format(changing->record, false);
    changing->request = request;
    int code = save(warden, CHANGE_FILE, text, &err);
    if (code == 0)
        code = vessel__work_new(warden, warden->engine->change, vessel__json_get(args, "set"), made,
                                changing, &changing->work, &err);
    if (code < 0) {
        unlinkat(warden->folder, CHANGE_FILE, 0);
        finish(changing, err);
        return;
    }
    watch_the_clock(changing);
}

/* ---- who comes meanwhile ---- */

bool vessel__warden_changing(VesselWarden *warden)
{
    return warden->changing != NULL;
}

pid_t vessel__change_worker(const VesselWarden *warden)
{
    return warden->changing ? vessel__work_pid(warden->changing->work) : 0;
}

static void waited_too_long(VesselWarden *warden, VesselRequest *request)
{
    VesselError *err = NULL;
    g_ptr_array_remove(warden->changing->waiting, request);
    vessel__fail(&err, VESSEL_ERROR_TIMEOUT,
                 "a change that an earlier warden of \"%s\" began is still being taken back",
                 warden->name);
    vessel__error_retryable(&err, true);
    vessel__request_failed(request, err);
}

/* Who changes something has the operation lock; but an adopter takes back without. */
bool vessel__change_first(VesselWarden *warden, VesselRequest *request)
{
    if (!warden->changing)
        return false;
    g_ptr_array_add(warden->changing->waiting, request);
    vessel__request_on_deadline(request, waited_too_long);
    return true;
}

void vessel__change_stop(VesselWarden *warden)
{
    VesselChanging *changing = warden->changing;
    if (!changing)
        return;
    vessel__work_kill(changing->work);
    vessel__work_free(g_steal_pointer(&changing->work));
}

void vessel__change_over(VesselWarden *warden)
{
    VesselError *err = NULL;
    if (!warden->changing)
        return;
    vessel__fail(&err, VESSEL_ERROR_WRONG_STATE, "the domain was shut off while it was changed");
    finish(warden->changing, err);
}

/* ---- after a warden that was killed ---- */

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
    bool whole = strcmp(xml, vessel__json_get_string(record, "xml", "")) == 0;
    vessel__warden_log(warden, "a change was cut off by the death of its warden: %s",
                       whole ? "it was made" : "taken back");
    if (!whole) {
        take_back(changing_new(warden, g_steal_pointer(&record)));
        return;
    }
    if (set_plan(warden, vessel__json_get(record, "plan"), NULL) < 0)
        return; /* the next adopter's, then */
    vessel__warden_save(warden, NULL);
    vessel__state_append_once(warden, vessel__json_get(record, "event"));
    unlinkat(warden->folder, CHANGE_FILE, 0);
}
