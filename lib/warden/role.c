/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this process is to be: a new guest's warden, an adopter, or a prober. */
#include "config.h"

#include "base/file.h"
#include "sys/spawn.h"
#include "warden/warden.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define FIRST_REQUEST_MS 30000
#define PLAN_FILE "plan.json"
#define PLAN_MAX (8 * 1024 * 1024)

int vessel__warden_main(void);

/* ---- what engines ask ---- */

VesselLoop *vessel__warden_loop(VesselWarden *warden)
{
    return warden->loop;
}

const VesselJson *vessel__warden_args(VesselWarden *warden)
{
    return warden->args;
}

const VesselJson *vessel__warden_plan(VesselWarden *warden)
{
    const VesselJson *plan = vessel__json_get(warden->args, "plan");
    return plan ? plan : warden->args;
}

const char *vessel__warden_uuid(VesselWarden *warden)
{
    return warden->uuid;
}

const char *vessel__warden_name(VesselWarden *warden)
{
    return warden->name;
}

int vessel__warden_folder(VesselWarden *warden)
{
    return warden->folder;
}

const char *vessel__warden_action(VesselWarden *warden, const char *what)
{
    const char *otherwise = strcmp(what, "reboot") == 0 ? "restart" : "destroy";
    return vessel__json_get_string(vessel__json_get(warden->args, "actions"), what, otherwise);
}

void *vessel__warden_engine_data(VesselWarden *warden)
{
    return warden->engine_data;
}

void vessel__warden_set_engine_data(VesselWarden *warden, void *data)
{
    warden->engine_data = data;
}

void vessel__warden_log(VesselWarden *warden, const char *format, ...)
{
    if (!warden->log)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    vessel__domainlog_line(warden->log, text);
}

void vessel__warden_log_output(VesselWarden *warden, const char *data, size_t length)
{
    vessel__domainlog_output(warden->log, data, length);
}

char *vessel__warden_last_output(VesselWarden *warden)
{
    return vessel__domainlog_tail(warden->log);
}

const VesselEngine *vessel__engine_find(const char *name)
{
    for (int i = 0; vessel__engines[i]; i++)
        if (strcmp(vessel__engines[i]->name, name) == 0)
            return vessel__engines[i];
    return NULL;
}

/* ---- making one ---- */

VesselWarden *vessel__warden_new(VesselJson *notes)
{
    VesselWarden *warden = g_new0(VesselWarden, 1);
    warden->loop = vessel__loop_new();
    warden->folder = warden->guest_pidfd = warden->owner_pidfd = -1;
    warden->spare_fd = -1;
    warden->log = vessel__domainlog_new(-1);
    warden->consoles = g_ptr_array_new();
    warden->destroyers = g_ptr_array_new();
    warden->notes = notes ? notes : vessel__json_new_array();
    warden->engine_state = vessel__json_new_object();
    warden->state = "shut-off";
    warden->id = -1;
    warden->server = vessel__server_new(warden);
    return warden;
}

void vessel__warden_free(VesselWarden *warden)
{
    if (warden->engine && warden->engine->free)
        warden->engine->free(warden);
    vessel__server_free(warden->server);
    vessel__consoles_free(warden);
    vessel__place_free(warden);
    vessel__domainlog_free(warden->log);
    vessel__lock_release(warden->lock);
    vessel__eventwriter_free(warden->events);
    vessel__json_free(warden->args);
    vessel__json_free(warden->notes);
    vessel__json_free(warden->engine_state);
    vessel__json_free(warden->exit_status);
    vessel__json_free(warden->announce);
    vessel__close_fd(&warden->folder);
    vessel__close_fd(&warden->spare_fd);
    vessel__close_fd(&warden->guest_pidfd);
    vessel__close_fd(&warden->owner_pidfd);
    g_ptr_array_unref(warden->consoles);
    g_ptr_array_unref(warden->destroyers);
    g_free(warden->name);
    g_free(warden->reason);
    g_free(warden->end.reason);
    g_free(warden->end.author);
    g_free(warden->end.request);
    vessel__json_free(warden->end.detail);
    vessel_error_free(warden->start_error);
    vessel__loop_free(warden->loop);
    g_free(warden);
}

/* The descriptors that make a process a warden. */
static int take_belongings(VesselWarden *warden, VesselRequest *request, VesselError **err)
{
    vessel_autofd int events = vessel__request_take_fd(request, "events");
    int log = vessel__request_take_fd(request, "log");
    int lock = vessel__request_take_fd(request, "warden.lock");
    warden->folder = vessel__request_take_fd(request, "runtime");
    if (lock >= 0)
        warden->lock = vessel__lock_adopt(lock);
    if (log >= 0) {
        vessel__domainlog_free(warden->log);
        warden->log = vessel__domainlog_new(log);
    }
    if (events < 0 || !warden->lock || warden->folder < 0)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL,
                            "\"%s\" needs the descriptors warden.lock, runtime and events",
                            vessel__request_op(request));
    int code = vessel__eventwriter_open(events, &warden->events, err);
    if (code == 0)
        code = vessel__process_self(&warden->self, err);
    if (code == 0) {
        VesselHolder holder;
        vessel__holder_self("warden", &holder);
        vessel__lock_set_holder(warden->lock, &holder);
    }
    return code;
}

/* Of most engines nothing that is executed from here needs any privilege that is not there. */
static void confine_first(const VesselEngine *engine)
{
    if (!engine->new_privileges)
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int read_identity(VesselWarden *warden, VesselError **err)
{
    const char *uuid = vessel__json_get_string(warden->args, "uuid", "");
    const char *name = vessel__json_get_string(warden->args, "engine", "");
    const VesselJson *owner = vessel__json_get(warden->args, "autodestroy");
    if (strlen(uuid) != VESSEL__UUID_LENGTH)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "the plan has no uuid");
    g_strlcpy(warden->uuid, uuid, sizeof warden->uuid);
    warden->name = g_strdup(vessel__json_get_string(warden->args, "name", uuid));
    warden->id = (int)vessel__json_get_int(warden->args, "id", -1);
    warden->memory_kib =
        vessel__json_get_uint(vessel__json_get(warden->args, "plan"), "memory_kib", 0);
    if (owner && !vessel__process_from_json(owner, &warden->owner))
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL, "\"autodestroy\" is no process");
    warden->engine = vessel__engine_find(name);
    if (!warden->engine)
        return vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                            "this vessel-warden has no engine \"%s\"", name);
    confine_first(warden->engine);
    return 0;
}

static void turn_away(VesselWarden *warden, VesselRequest *request, VesselError *err)
{
    vessel__request_failed(request, err);
    vessel__server_drain(warden->server);
}

/* ---- start ---- */

/* What an earlier guest of this domain left. It must not live: then this would be no start. */
static int settle_past(VesselWarden *warden, VesselDeadline deadline, VesselError **err)
{
    g_autoptr(VesselJson) past = NULL;
    VesselProcess guest;
    if (vessel__state_load(warden, &past, NULL) < 0)
        return 0; /* none, or damaged: the locks say that nobody is there */
    if (vessel__process_from_json(vessel__json_get(past, "guest"), &guest) &&
        vessel__process_alive(&guest))
        return vessel__fail(err, VESSEL_ERROR_WRONG_STATE,
                            "the domain's guest runs already as pid %d", guest.pid);
    vessel__state_finish_announcement(warden, past);
    return vessel__place_sweep(warden, past, deadline, err);
}

int vessel__save_plan(VesselWarden *warden, VesselError **err)
{
    g_autofree char *text = vessel__json_format(warden->args, false);
    return vessel__replace_file(warden->folder, PLAN_FILE, text, strlen(text), 0600,
                                VESSEL_REPLACE_QUICK, err);
}

static int prepare_start(VesselWarden *warden, VesselRequest *request, VesselError **err)
{
    int code = take_belongings(warden, request, err);
    if (code == 0)
        code = vessel__request_take_lock(request, true, err);
    if (code == 0)
        code = read_identity(warden, err);
    if (code == 0)
        code = settle_past(warden, vessel__request_deadline(request), err);
    if (code == 0)
        code = vessel__save_plan(warden, err);
    if (code == 0)
        code = vessel__warden_save(warden, err); /* its number: what is made has that in its name */
    if (code == 0)
        code = vessel__server_listen(warden->server, err);
    return code;
}

static void run_start(VesselWarden *warden, VesselRequest *request)
{
    VesselError *err = NULL;
    warden->args = vessel__json_copy(vessel__request_args(request));
    warden->reason = g_strdup("unknown");
    warden->operation = "domain_start";
    vessel__time_format(vessel__realtime_us(), warden->since);
    if (prepare_start(warden, request, &err) < 0) {
        /* Nothing was recorded and nothing is there. */
        vessel__server_close(warden->server);
        vessel__lock_release(g_steal_pointer(&warden->lock));
        warden->over = true;
        turn_away(warden, request, err);
        return;
    }
    warden->start_request = request;
    int owner = vessel__request_take_fd(request, "owner");
    if (warden->owner.pid > 0 && vessel__guest_watch_owner(warden, owner, &err) < 0) {
        vessel__warden_abort_start(warden, request, err);
        return;
    }
    warden->engine->start(warden, request);
}

/* ---- adopt ---- */

static int load_plan(VesselWarden *warden, VesselError **err)
{
    g_autofree char *text = NULL;
    size_t length = 0;
    int code = vessel__read_file(warden->folder, PLAN_FILE, PLAN_MAX, &text, &length, err);
    return code < 0 ? code : vessel__json_parse(text, length, NULL, PLAN_FILE, &warden->args, err);
}

static const char *constant_state(const char *state)
{
    static const char *const states[] = {"running",  "paused",  "in-shutdown",
                                         "shut-off", "crashed", "pmsuspended"};
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(states[i], state) == 0)
            return states[i];
    return "running";
}

static void take_over_state(VesselWarden *warden, const VesselJson *state)
{
    const VesselJson *own = vessel__json_get(state, "engine_state");
    const VesselJson *notes = vessel__json_get(state, "notes");
    const char *name = vessel__json_get_string(state, "name", NULL);
    warden->state = constant_state(vessel__json_get_string(state, "state", ""));
    warden->reason = g_strdup(vessel__json_get_string(state, "reason", "unknown"));
    warden->memory_kib = vessel__json_get_uint(state, "memory_kib", warden->memory_kib);
    g_strlcpy(warden->since, vessel__json_get_string(state, "since", ""), sizeof warden->since);
    g_strlcpy(warden->started, vessel__json_get_string(state, "started", ""),
              sizeof warden->started);
    if (vessel__json_get(state, "operation"))
        warden->operation = "domain_start";
    if (name) {
        g_free(warden->name);
        warden->name = g_strdup(name);
    }
    if (own) {
        vessel__json_free(warden->engine_state);
        warden->engine_state = vessel__json_copy(own);
    }
    if (notes) {
        vessel__json_free(warden->notes);
        warden->notes = vessel__json_copy(notes);
    }
    vessel__process_from_json(vessel__json_get(state, "guest"), &warden->guest);
}

static int prepare_adoption(VesselWarden *warden, VesselRequest *request, VesselJson **state,
                            VesselError **err)
{
    int code = take_belongings(warden, request, err);
    if (code == 0)
        code = vessel__state_load(warden, state, err);
    if (code == 0)
        code = load_plan(warden, err);
    if (code == 0)
        code = read_identity(warden, err);
    return code;
}

static void announce_gap(VesselWarden *warden)
{
    VesselJson *detail = vessel__json_new_object();
    vessel__json_set_string(detail, "what",
                            "the warden was replaced: events and console output of "
                            "the meantime may be missing");
    vessel__warden_event(warden, "host.gap", "adopted", NULL, detail);
}

/* A warden that was killed in the middle of a start: what it began is taken back, so that the
 * domain is shut off and not a third thing. */
static void undo_start(VesselWarden *warden, VesselRequest *request)
{
    vessel__warden_log(warden, "the start was cut off by the death of its warden: taken back");
    g_ptr_array_add(warden->destroyers, request);
    vessel__warden_end_guest(warden, "failed", NULL, NULL, NULL);
    if (warden->guest_pidfd >= 0)
        warden->engine->kill(warden, true);
}

static void adopt_guest(VesselWarden *warden, VesselRequest *request, const VesselJson *state)
{
    g_autoptr(VesselError) err = NULL;
    VesselExit how = {.known = false, .status = -1};
    vessel__state_finish_announcement(warden, state);
    vessel__place_adopt(warden, state);
    bool alive = warden->guest.pid > 0 && vessel__guest_adopt(warden, &err) == 0;
    if (!alive) {
        vessel__warden_log(warden, "adopted, and the guest is gone");
        g_ptr_array_add(warden->destroyers, request);
        if (vessel__exit_record_read(warden->folder, &how)) {
            warden->ending = true;
            warden->end.reason = vessel__exit_reason(&how);
        }
        vessel__guest_over(warden, &how);
        return;
    }
    if (warden->operation) {
        undo_start(warden, request);
        return;
    }
    vessel__warden_log(warden, "adopted guest pid %d", warden->guest.pid);
    /* Readers look at the state when they see the event, and not again. */
    vessel__warden_save(warden, NULL);
    announce_gap(warden);
    if (warden->owner.pid > 0 && vessel__guest_watch_owner(warden, -1, NULL) < 0) {
        g_autofree char *author = g_strdup_printf(
            "autodestroy: pid %d, which the domain was tied to, ended", warden->owner.pid);
        vessel__warden_end_guest(warden, "destroyed", author, NULL, NULL);
    }
    vessel__warden_save(warden, NULL);
    warden->engine->adopt(warden, request);
    vessel__change_recover(warden);
}

static void run_adoption(VesselWarden *warden, VesselRequest *request)
{
    VesselError *err = NULL;
    g_autoptr(VesselJson) state = NULL;
    int code = prepare_adoption(warden, request, &state, &err);
    if (code == 0 && strcmp(vessel__json_get_string(state, "boot_id", ""), vessel__boot_id()) != 0)
        code = vessel__fail(&err, VESSEL_ERROR_WRONG_STATE,
                            "the runtime folder is of another boot: there is nothing to adopt");
    if (code == 0) {
        take_over_state(warden, state);
        code = vessel__server_listen(warden->server, &err);
    }
    if (code < 0) {
        vessel__server_close(warden->server);
        vessel__lock_release(g_steal_pointer(&warden->lock));
        warden->over = true;
        turn_away(warden, request, err);
        return;
    }
    adopt_guest(warden, request, state);
}

/* ---- probe ---- */

static void run_probe(VesselWarden *warden, VesselRequest *request)
{
    const VesselJson *args = vessel__request_args(request);
    const char *name = vessel__json_get_string(args, "engine", "");
    const VesselEngine *engine = vessel__engine_find(name);
    VesselError *err = NULL;
    warden->args = vessel__json_copy(args);
    if (!engine || !engine->probe)
        vessel__fail(&err, VESSEL_ERROR_UNSUPPORTED, "this vessel-warden cannot probe \"%s\"",
                     name);
    else if (!vessel__server_leave(warden->server))
        vessel__fail(&err, VESSEL_ERROR_CLOSED, "nobody waits for the answer");
    if (err) {
        turn_away(warden, request, err);
        return;
    }
    warden->engine = engine;
    confine_first(engine);
    engine->probe(warden, request);
}

static void run_role(VesselWarden *warden, VesselRequest *request)
{
    const char *op = vessel__request_op(request);
    VesselError *err = NULL;
    if (strcmp(op, VESSEL__OP_START) == 0) {
        run_start(warden, request);
    } else if (strcmp(op, VESSEL__OP_ADOPT) == 0) {
        run_adoption(warden, request);
    } else if (strcmp(op, VESSEL__OP_PROBE) == 0) {
        run_probe(warden, request);
    } else {
        vessel__fail(&err, VESSEL_ERROR_UNSUPPORTED, "this vessel-warden cannot be \"%s\"", op);
        turn_away(warden, request, err);
    }
}

/* The one wait outside of the loop, before there is anything to look after. */
int vessel__warden_main(void)
{
    VesselWarden *warden = vessel__warden_new(vessel__helper_reset("vessel-warden"));
    VesselJson *message = NULL;
    int fds[VESSEL__MESSAGE_FDS], fd = VESSEL__WIRE_FD;
    size_t count = 0;
    int status = 1;
    if (vessel__message_receive(fd, &message, fds, G_N_ELEMENTS(fds), &count,
                                vessel__deadline_after(FIRST_REQUEST_MS), NULL) == 0) {
        VesselRequest *request = vessel__server_first(warden->server, fd, message, fds, count);
        if (request)
            run_role(warden, request);
        else
            vessel__server_drain(warden->server);
        vessel__loop_run(warden->loop);
        status = 0;
    }
    vessel__warden_free(warden);
    return status;
}
