/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel_domain_change(): the whole definition as it shall be, of what runs, of the next start's,
 * or of both. What differs is found here; a driver is asked to do only what it said it can. */
#include "core/dispatch.h"
#include "core/domain.h"
#include "core/registry.h"
#include "model/diff.h"

#define LIVE "domain_change.live"
#define NEXT "domain_change.next"
#define ALL_FLAGS                                                                                  \
    (VESSEL_DOMAIN_AFFECT_LIVE | VESSEL_DOMAIN_AFFECT_NEXT | VESSEL_DOMAIN_CHANGE_DRY_RUN |        \
     VESSEL_DOMAIN_CHANGE_LENIENT)

typedef struct {
    VesselCall call;
    VesselPrepared prepared; /* what was given, with all that is filled in */
    const char *text;
    uint32_t flags;
    VesselDefinition *from;  /* what it was made of; NULL: nobody says */
    VesselDefinition *to;    /* as it is in force afterwards */
    VesselJson *live, *next; /* what differs; NULL: not meant */
} Whole;

static void whole_clear(Whole *whole)
{
    vessel__call_end(&whole->call);
    vessel__prepared_clear(&whole->prepared);
    g_clear_pointer(&whole->from, vessel__definition_unref);
    g_clear_pointer(&whole->to, vessel__definition_unref);
    vessel__json_free(whole->live);
    vessel__json_free(whole->next);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Whole, whole_clear)

/* ---- what differs ---- */

static VesselJson *differences(const VesselDomainDef *from, const VesselDomainDef *to)
{
    return vessel__diff_values(vessel__kind_find("domain"), from, to);
}

/* "/domain/devices/disk[2]/target/@dev" without the indices. */
static char *without_indices(const char *path)
{
    GString *plain = g_string_new(NULL);
    for (bool inside = false; *path; path++) {
        inside |= *path == '[';
        if (!inside)
            g_string_append_c(plain, *path);
        inside &= *path != ']';
    }
    return g_string_free(plain, FALSE);
}

static bool is_beneath(const char *path, const char *const *paths)
{
    for (; *paths; paths++) {
        size_t length = strlen(*paths);
        if (strncmp(path, *paths, length) == 0 && (path[length] == '/' || !path[length]))
            return true;
    }
    return false;
}

/* What no device notices is core's own matter. */
static bool is_live(const VesselDriver *driver, const VesselJson *change)
{
    static const char *const unnoticed[] = {"/domain/title", "/domain/description",
                                            "/domain/metadata", NULL};
    g_autofree char *path = without_indices(vessel__json_get_string(change, "path", ""));
    if (is_beneath(path, unnoticed))
        return true;
    if (!driver->change->paths)
        return vessel__json_get_bool(change, "live", false);
    return is_beneath(path, driver->change->paths);
}

static void add_refused(VesselProblems *problems, const VesselDriver *driver,
                        const VesselJson *change)
{
    const char *path = vessel__json_get_string(change, "path", NULL);
    const char *what = vessel__json_get_string(change, "change", "changed");
    const char *old = vessel__json_get_string(change, "old", NULL);
    const char *new = vessel__json_get_string(change, "new", NULL);
    bool values = strcmp(what, "changed") == 0 && old && new;
    g_autofree char *how =
        values ? g_strdup_printf("changed from \"%s\" to \"%s\"", old, new) : g_strdup(what);
    vessel__problems_add(problems, VESSEL_ERROR_UNSUPPORTED, path, 0, 0,
                         "change the definition of the next start alone (--config, "
                         "VESSEL_DOMAIN_AFFECT_NEXT)",
                         "this cannot be %s while the domain runs (%s)", how, driver->name);
}

static int check_live(Whole *whole, VesselError **err)
{
    const VesselDriver *driver = whole->call.driver;
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    VESSEL_JSON_FOREACH (change, whole->live) {
        bool live = is_live(driver, change);
        vessel__json_set_bool((VesselJson *)change, "live", live);
        if (!live)
            add_refused(problems, driver, change);
    }
    return vessel__definition_problems(whole->text, problems, err);
}

/* Somebody may have changed it since @whole->from was read. */
static int check_from(const Whole *whole, const VesselDomainDef *now, VesselError **err)
{
    const VesselDomainDef *from = whole->from ? whole->from->def : NULL;
    if (!from || vessel__domain_def_equal(from, now))
        return VESSEL_OK;
    vessel__fail(err, VESSEL_ERROR_BUSY, "domain \"%s\" was changed by somebody else meanwhile",
                 whole->call.record->name);
    vessel__error_hint(err, "read its definition again, and make the change in that");
    vessel__error_retryable(err, true);
    return VESSEL_ERROR_BUSY;
}

/* ---- the one in force ---- */

static int find_live(Whole *whole, VesselError **err)
{
    VesselCall *call = &whole->call;
    const VesselOp *op = vessel__op_find(LIVE);
    if (!call->driver || !vessel__op_slot(op, call->driver))
        return vessel__fail_no_slot(call, op, err);
    if (!(call->definition && call->definition->def))
        return vessel__fail(err, VESSEL_ERROR_CORRUPT,
                            "the definition in force of \"%s\" cannot be read", call->record->name);
    int code = check_from(whole, call->definition->def, err);
    if (code)
        return code;
    /* As at a start: what the store would have, and what only a definition in force has. */
    const char *full = whole->prepared.record->full;
    whole->to = vessel__definition_load(full, strlen(full));
    if (!whole->to->def)
        return vessel__error_steal(err, vessel__error_copy(whole->to->problem));
    if (vessel_driver_has(call->driver, host, in_force))
        call->driver->host->in_force(vessel__host_for_driver(call->host), whole->to->def,
                                     call->now.id);
    whole->live = differences(call->definition->def, whole->to->def);
    return check_live(whole, err);
}

static VesselJson *paths_of(const VesselJson *changes)
{
    VesselJson *paths = vessel__json_new_array();
    VESSEL_JSON_FOREACH (change, changes)
        vessel__json_append_string(paths, vessel__json_get_string(change, "path", ""));
    return paths;
}

/* Also what a warden says of its own. */
static VesselJson *event_of(const Whole *whole, const char *which, const VesselJson *changes)
{
    const VesselCall *call = &whole->call;
    VesselJson *event = vessel__domain_event(call->host, "domain.changed", call->record->uuid,
                                             call->record->name, "updated", call->op->name);
    VesselJson *detail = vessel__json_new_object();
    vessel__json_set_string(detail, "definition", which);
    vessel__json_set(detail, "paths", paths_of(changes));
    vessel__json_set(event, "detail", detail);
    return event;
}

static int change_live(Whole *whole, VesselError **err)
{
    VesselCall *call = &whole->call;
    const VesselDomainDef *to = whole->to->def;
    g_autofree char *xml =
        vessel__domain_def_format_xml(to, VESSEL_FORMAT_SECRET | VESSEL_FORMAT_RUNTIME);
    g_autoptr(VesselJson) paths = paths_of(whole->live);
    VesselChange change = {.to = to, .xml = xml, .paths = paths};
    int code = call->driver->change->change(&call->guest, &change, err);
    if (code || call->driver->truth != VESSEL_TRUTH_PROCESS)
        return code;
    code = vessel__in_force_set(call->host, call->record->uuid, call->folder, to, err);
    if (code)
        return code;
    g_autoptr(VesselJson) event = event_of(whole, "live", whole->live);
    return vessel__store_event(call->host->store, event, NULL, err);
}

/* ---- the next start's ---- */

static int find_next(Whole *whole, VesselError **err)
{
    VesselCall *call = &whole->call;
    VesselDefinition *now = vessel__definition_of(call->record);
    int code = vessel__refuse_readonly(call->host, vessel__op_find(NEXT), err);
    if (code)
        return code;
    if (!now || !now->def) /* whatever it is: it is replaced */
        return VESSEL_OK;
    whole->next = differences(now->def, whole->prepared.definition->def);
    return check_from(whole, now->def, err);
}

static int put_next(VesselHost *host, const VesselDomainRecord *old, void *data,
                    VesselDomainRecord **changed, VesselJson **event, VesselError **err)
{
    Whole *whole = data;
    VesselDomainRecord *record = whole->prepared.record;
    VesselDefinition *now = vessel__definition_of((VesselDomainRecord *)old);
    (void)host;
    int code = vessel__refuse_transient(old, whole->call.op, err);
    if (!code && now && now->def)
        code = check_from(whole, now->def, err);
    if (code ||
        (now && now->def && vessel__domain_def_equal(now->def, whole->prepared.definition->def)))
        return code;
    record->autostart = old->autostart;
    *changed = vessel__record_ref(record);
    *event = event_of(whole, "next", whole->next);
    return VESSEL_OK;
}

static int change_next(Whole *whole, VesselError **err)
{
    VesselCall *call = &whole->call;
    int code = vessel__change_record(call->host, call->record->uuid, call->op, put_next, whole,
                                     call->operation.deadline, err);
    if (!code)
        vessel__tell_kept(call->host, whole->prepared.record, true, true);
    return code;
}

/* ---- both ---- */

/* As it was, unless somebody has put another there meanwhile. */
static int put_back(VesselHost *host, const VesselDomainRecord *old, void *data,
                    VesselDomainRecord **changed, VesselJson **event, VesselError **err)
{
    Whole *whole = data;
    (void)host;
    (void)err;
    if (g_strcmp0(old->full, whole->prepared.record->full) != 0)
        return VESSEL_OK;
    *changed = vessel__record_ref(whole->call.record);
    *event = event_of(whole, "next", whole->next);
    return VESSEL_OK;
}

/* The store first, while the operation lock is ours: a warden that has changed its guest gives it
 * back by itself, and two programs that change both would leave a mixture. */
static int change_both(Whole *whole, VesselError **err)
{
    VesselCall *call = &whole->call;
    g_autoptr(VesselError) why = NULL;
    bool stored = vessel__json_length(whole->next) > 0;
    int code = whole->flags & VESSEL_DOMAIN_AFFECT_NEXT ? change_next(whole, err) : VESSEL_OK;
    if (code || vessel__json_length(whole->live) == 0)
        return code;
    code = change_live(whole, &why);
    if (!code)
        return code;
    if (stored && vessel_error_outcome(why) == VESSEL_OUTCOME_NOT_DONE &&
        vessel__change_record(call->host, call->record->uuid, call->op, put_back, whole,
                              call->operation.deadline, NULL) != VESSEL_OK)
        vessel__error_prefix(&why, "the definition of the next start alone was changed");
    return vessel__error_steal(err, g_steal_pointer(&why));
}

static int check_same_domain(const Whole *whole, VesselError **err)
{
    const VesselDomainRecord *record = whole->call.record, *given = whole->prepared.record;
    bool name = g_str_equal(record->name, given->name);
    if (name && g_str_equal(record->uuid, given->uuid))
        return VESSEL_OK;
    vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                 "the definition is one of \"%s\" (%s), not of \"%s\" (%s)", given->name,
                 given->uuid, record->name, record->uuid);
    vessel__error_at(err, name ? "/domain/uuid" : "/domain/name", 0, 0);
    vessel__error_hint(err, name
                                ? "a UUID cannot be changed"
                                : "a name is changed by vessel_domain_rename() (vessel domrename)");
    return VESSEL_ERROR_INVALID_ARGUMENT;
}

/* From the text to a definition. */
static int prepare(Whole *whole, VesselError **err)
{
    VesselCall *call = &whole->call;
    bool live = whole->flags & VESSEL_DOMAIN_AFFECT_LIVE;
    bool lenient = whole->flags & VESSEL_DOMAIN_CHANGE_LENIENT;
    int code = live ? vessel__call_guest(call, err) : VESSEL_OK;
    if (code)
        return code;
    const VesselDefinition *before = live ? call->definition : vessel__definition_of(call->record);
    return vessel__definition_prepare_change(call->host, whole->text,
                                             lenient ? VESSEL_DOMAIN_DEFINE_LENIENT : 0,
                                             before ? before->def : NULL, &whole->prepared, err);
}

static int run(Whole *whole, VesselError **err)
{
    VesselCall *call = &whole->call;
    uint32_t affect = whole->flags & (VESSEL_DOMAIN_AFFECT_LIVE | VESSEL_DOMAIN_AFFECT_NEXT);
    int code = vessel__settle_affect(call->record, call->now.state, &affect, err);
    whole->flags |= affect;
    if (!code)
        code = prepare(whole, err);
    if (!code)
        code = check_same_domain(whole, err);
    if (!code && (affect & VESSEL_DOMAIN_AFFECT_NEXT))
        code = find_next(whole, err);
    if (!code && (affect & VESSEL_DOMAIN_AFFECT_LIVE))
        code = find_live(whole, err);
    if (code || (whole->flags & VESSEL_DOMAIN_CHANGE_DRY_RUN))
        return code;
    return change_both(whole, err);
}

static char *plan_text(Whole *whole)
{
    g_autoptr(VesselJson) plan = vessel__json_new_object();
    if (whole->live)
        vessel__json_set(plan, "live", g_steal_pointer(&whole->live));
    if (whole->next)
        vessel__json_set(plan, "next", g_steal_pointer(&whole->next));
    return vessel__json_format(plan, false);
}

static int read_from(const VesselDomainChangeOptions *options, Whole *whole, VesselError **err)
{
    if (!options->from)
        return VESSEL_OK;
    whole->from = vessel__definition_load(options->from, strlen(options->from));
    if (whole->from->def)
        return VESSEL_OK;
    vessel__error_steal(err, vessel__error_copy(whole->from->problem));
    vessel__error_prefix(err, "options.from");
    return VESSEL_ERROR_INVALID_ARGUMENT;
}

int vessel__domain_change(VesselDomain *domain, const char *text,
                          const VesselDomainChangeOptions *given, VesselError **err)
{
    VesselDomainChangeOptions options = VESSEL_DOMAIN_CHANGE_OPTIONS_INIT;
    vessel_inside VesselHost *inside = NULL;
    g_auto(Whole) whole = {.text = text, .call = {.folder = -1, .log_fd = -1}};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__need(text != NULL, "text", err);
    if (!code)
        code = vessel__options_read(given, "options", &options, sizeof options, err);
    if (!code && options.plan)
        *options.plan = NULL;
    if (!code)
        code = vessel__flags_check(options.flags, ALL_FLAGS, "flags", err);
    if (!code)
        code = read_from(&options, &whole, err);
    if (code)
        return code;
    VesselHow how = {.deadline = vessel__host_deadline(inside, options.timeout_ms)};
    whole.flags = options.flags;
    code = vessel__call_begin(&whole.call, inside, domain->uuid,
                              vessel__op(VESSEL_OP_DOMAIN_CHANGE), &how, err);
    if (code)
        return code;
    code = run(&whole, err);
    if (options.plan && (whole.live || whole.next))
        *options.plan = plan_text(&whole);
    return code;
}
