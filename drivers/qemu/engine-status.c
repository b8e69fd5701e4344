/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What QEMU reports, turned into states, reasons and events, and what the definition wants done
 * when the guest powers off, reboots or crashes. */
#include "qemu/engine.h"

#define RESET_ECHO_MS 1000

/* ---- restarting: a reset of the same process ---- */

static void restarted(void *data, const VesselJson *answer, const VesselError *err)
{
    QemuEngine *engine = data;
    VesselWarden *warden = engine->warden;
    (void)answer;
    engine->resuming = false;
    if (vessel__warden_ending(warden))
        return;
    if (err) {
        VesselJson *detail = vessel__json_new_object();
        vessel__json_set(detail, "error", vessel__error_to_json(err));
        vessel__warden_end_guest(warden, "failed", NULL, NULL, detail);
        return;
    }
    VesselJson *detail = vessel__json_new_object();
    vessel__json_set_string(detail, "requested_by", engine->restart.author);
    engine->powered_off = false;
    vessel__warden_enter(warden, "running", "booted", "domain.rebooted", NULL, detail);
}

static void reset_answered(void *data, const VesselJson *answer, const VesselError *err)
{
    QemuEngine *engine = data;
    if (!err)
        return; /* it goes on with the RESET event */
    engine->restart.wanted = false;
    restarted(engine, answer, err);
}

/* With on_reboot other than restart QEMU takes every reset for a power-off, our own too. */
static bool reset_is_poweroff(const QemuEngine *engine)
{
    return strcmp(vessel__warden_action(engine->warden, "reboot"), "restart") != 0;
}

/* Power-off and panic pause it by its command line; a reset is one unless told otherwise. QEMU
 * reads its monitor byte by byte, so what need not be said is not. */
void vessel__qemu_send_actions(QemuEngine *engine, QemuReplyFn fn)
{
    if (!reset_is_poweroff(engine))
        return;
    VesselJson *actions = vessel__json_new_object();
    vessel__json_set_string(actions, "reboot", "shutdown");
    vessel__qemu_monitor_send(engine->monitor, "set-action", actions, fn, engine);
}

void vessel__qemu_reset_done(void *data)
{
    vessel__qemu_send_actions(data, NULL);
}

uint64_t vessel__qemu_system_reset(QemuEngine *engine, QemuReplyFn fn, void *data)
{
    if (reset_is_poweroff(engine)) { /* until a while after the RESET event */
        VesselJson *arguments = vessel__json_new_object();
        vessel__json_set_string(arguments, "reboot", "reset");
        vessel__qemu_monitor_send(engine->monitor, "set-action", arguments, NULL, NULL);
    }
    return vessel__qemu_monitor_send(engine->monitor, "system_reset", NULL, fn, data);
}

static void restart(QemuEngine *engine, const char *reason, const char *author)
{
    engine->restart.wanted = true;
    engine->restart.reason = reason;
    g_free(engine->restart.author);
    engine->restart.author = g_strdup(author);
    vessel__qemu_system_reset(engine, reset_answered, engine);
}

/* ---- the definition's actions ---- */

static void set_flag(VesselWarden *warden, const char *flag, VesselJson *value)
{
    vessel__json_set(vessel__warden_engine_state(warden), flag, value);
}

/* A power-off that was asked for as a reboot, in a machine without a way to ask for that. */
static void guest_powered_off(QemuEngine *engine, bool reset)
{
    VesselWarden *warden = engine->warden;
    VesselJson *state = vessel__warden_engine_state(warden);
    if (engine->powered_off || vessel__warden_ending(warden))
        return;
    engine->powered_off = true;
    bool reboot = reset || vessel__json_get_bool(state, "reboot_wanted", false);
    g_autofree char *author = g_strdup(vessel__json_get_string(state, "shutdown_author", NULL));
    const char *action = vessel__warden_action(warden, reboot ? "reboot" : "poweroff");
    set_flag(warden, "reboot_wanted", NULL);
    set_flag(warden, "shutdown_author", NULL);
    vessel__warden_log(warden, "the guest %s: %s", reboot ? "reboots" : "powered off", action);
    if (strcmp(action, "restart") == 0)
        restart(engine, "guest", author);
    else if (strcmp(action, "preserve") == 0)
        vessel__warden_enter(warden, "in-shutdown", "shutdown", "domain.suspended", NULL, NULL);
    else
        vessel__warden_end_guest(warden, "shutdown", author, NULL, NULL);
}

static void guest_crashed(QemuEngine *engine)
{
    VesselWarden *warden = engine->warden;
    const char *action = vessel__warden_action(warden, "crash");
    if (vessel__warden_ending(warden) || engine->restart.wanted)
        return;
    vessel__warden_log(warden, "the guest crashed: %s", action);
    if (strcmp(action, "restart") == 0)
        restart(engine, "panicked", NULL);
    else if (strcmp(action, "preserve") == 0)
        vessel__warden_enter(warden, "crashed", "panicked", "domain.crashed", NULL, NULL);
    else
        vessel__warden_end_guest(warden, "crashed", NULL, NULL, NULL);
}

/* ---- the state, as QEMU has it ---- */

static const struct {
    const char *status, *state, *reason, *kind;
} known[] = {
    {"running", "running", "unpaused", "domain.resumed"},
    {"paused", "paused", "user", "domain.suspended"},
    {"prelaunch", "paused", "user", "domain.suspended"},
    {"io-error", "paused", "ioerror", "domain.suspended"},
    {"watchdog", "paused", "watchdog", "domain.suspended"},
    {"internal-error", "crashed", "internal-error", "domain.crashed"},
    {"suspended", "pmsuspended", "guest", "domain.suspended"},
};

void vessel__qemu_apply_status(QemuEngine *engine, const VesselJson *answer)
{
    VesselWarden *warden = engine->warden;
    const char *status = vessel__json_get_string(answer, "status", "");
    const char *state = vessel__warden_state(warden);
    if (vessel__warden_ending(warden) || vessel__warden_start_request(warden))
        return;
    if (strcmp(status, "shutdown") == 0) {
        if (strcmp(state, "in-shutdown") != 0) /* preserved, and known */
            guest_powered_off(engine, false);
        return;
    }
    if (strcmp(status, "guest-panicked") == 0) {
        if (strcmp(state, "crashed") != 0)
            guest_crashed(engine);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strcmp(known[i].status, status) != 0)
            continue;
        if (strcmp(state, known[i].state) != 0)
            vessel__warden_enter(warden, known[i].state, known[i].reason, known[i].kind, NULL,
                                 NULL);
        return;
    }
    vessel__warden_log(warden, "QEMU is in state \"%s\"", status);
}

static void status_answered(void *data, const VesselJson *answer, const VesselError *err)
{
    QemuEngine *engine = data;
    if (!err && !engine->restart.wanted)
        vessel__qemu_apply_status(engine, answer);
}

void vessel__qemu_ask_status(QemuEngine *engine, QemuReplyFn then)
{
    vessel__qemu_monitor_send(engine->monitor, "query-status", NULL, then ? then : status_answered,
                              engine);
}

/* ---- events ---- */

static void on_shutdown(QemuEngine *engine, const VesselJson *data)
{
    VesselWarden *warden = engine->warden;
    const char *reason = vessel__json_get_string(data, "reason", "");
    if (vessel__json_get_bool(data, "guest", false)) {
        guest_powered_off(engine, strcmp(reason, "guest-reset") == 0);
        return;
    }
    if (vessel__warden_ending(warden))
        return;
    /* Somebody else on the host ended QEMU. */
    VesselJson *detail = vessel__json_new_object();
    vessel__json_set_string(detail, "cause", reason);
    vessel__warden_end_guest(warden, "destroyed", NULL, NULL, detail);
}

/* SeaBIOS on q35 finds after a reset that it has run before and resets once or twice more: what the
 * guest does at once after a reset belongs to that one. */
static void on_reset(QemuEngine *engine, const VesselJson *data)
{
    int64_t now = vessel__now_ms(), before = engine->last_reset_ms;
    bool by_guest = vessel__json_get_bool(data, "guest", false);
    bool echo = by_guest && before && now - before < RESET_ECHO_MS;
    engine->last_reset_ms = now;
    if (reset_is_poweroff(engine)) {
        vessel__timer_set(engine->reset_timer, now + RESET_ECHO_MS);
        if (by_guest && !echo) { /* while resets were allowed for another reason */
            guest_powered_off(engine, true);
            return;
        }
    }
    if (engine->restart.wanted) {
        engine->restart.wanted = false;
        engine->resuming = true;
        vessel__qemu_monitor_send(engine->monitor, "cont", NULL, restarted, engine);
    } else if (by_guest && !echo) {
        vessel__warden_event(engine->warden, "domain.rebooted", "guest", NULL, NULL);
    } else if (!by_guest) {
        /* A guest that had crashed or powered off now stands before its first instruction. */
        engine->powered_off = false;
        vessel__qemu_ask_status(engine, NULL);
    }
}

static void on_stop(QemuEngine *engine, const VesselJson *data)
{
    (void)data;
    if (!engine->stopping && !engine->powered_off && !engine->restart.wanted)
        vessel__qemu_ask_status(engine, NULL);
}

static void on_resume(QemuEngine *engine, const VesselJson *data)
{
    (void)data;
    if (!engine->resuming && !engine->restart.wanted)
        vessel__qemu_ask_status(engine, NULL);
}

static void on_panic(QemuEngine *engine, const VesselJson *data)
{
    vessel__warden_event(engine->warden, "domain.guest-panic", "panicked", NULL,
                         data ? vessel__json_copy(data) : NULL);
    guest_crashed(engine);
}

/* Which of the definition's disks it is. */
static const VesselJson *find_block(QemuEngine *engine, const VesselJson *data)
{
    const char *device = vessel__json_get_string(data, "device", "");
    const char *node = vessel__json_get_string(data, "node-name", "");
    VESSEL_JSON_FOREACH (block, vessel__json_get(vessel__warden_plan(engine->warden), "blocks")) {
        const char *qdev = vessel__json_get_string(block, "qdev", "");
        if ((*qdev && strcmp(qdev, device) == 0) ||
            (*node && strcmp(vessel__json_get_string(block, "node", ""), node) == 0))
            return block;
    }
    return NULL;
}

/* The pause that may follow is the STOP event's business. */
static void on_block_error(QemuEngine *engine, const VesselJson *data)
{
    static const char *const facts[] = {"alias", "target", "path"};
    static const char *const words[] = {"operation", "action", "reason"};
    const VesselJson *block = find_block(engine, data);
    VesselJson *detail = vessel__json_new_object();
    for (size_t i = 0; i < G_N_ELEMENTS(facts); i++)
        vessel__json_set_string(detail, facts[i], vessel__json_get_string(block, facts[i], NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        vessel__json_set_string(detail, words[i], vessel__json_get_string(data, words[i], NULL));
    vessel__json_set_bool(detail, "no_space", vessel__json_get_bool(data, "nospace", false));
    vessel__warden_event(engine->warden, "domain.disk-error",
                         vessel__json_get_string(data, "action", NULL), NULL, detail);
}

static void on_watchdog(QemuEngine *engine, const VesselJson *data)
{
    vessel__warden_event(engine->warden, "domain.watchdog",
                         vessel__json_get_string(data, "action", NULL), NULL, NULL);
}

static void on_suspend(QemuEngine *engine, const VesselJson *data)
{
    (void)data;
    vessel__warden_enter(engine->warden, "pmsuspended", "guest", "domain.suspended", NULL, NULL);
}

static void on_wakeup(QemuEngine *engine, const VesselJson *data)
{
    (void)data;
    vessel__warden_enter(engine->warden, "running", "wakeup", "domain.resumed", NULL, NULL);
}

static void on_balloon(QemuEngine *engine, const VesselJson *data)
{
    vessel__warden_set_memory(engine->warden, vessel__json_get_uint(data, "actual", 0) / 1024);
    vessel__warden_save(engine->warden, NULL);
}

static const struct {
    const char *name;
    void (*fn)(QemuEngine *engine, const VesselJson *data);
} events[] = {
    {"SHUTDOWN", on_shutdown},
    {"RESET", on_reset},
    {"STOP", on_stop},
    {"RESUME", on_resume},
    {"GUEST_PANICKED", on_panic},
    {"BLOCK_IO_ERROR", on_block_error},
    {"WATCHDOG", on_watchdog},
    {"SUSPEND", on_suspend},
    {"WAKEUP", on_wakeup},
    {"BALLOON_CHANGE", on_balloon},
};

/* While the start is under way nothing is announced yet, and what is being ended has nothing more
 * to say. */
void vessel__qemu_event(void *data, const char *name, const VesselJson *event_data)
{
    QemuEngine *engine = data;
    if (vessel__warden_ending(engine->warden))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++)
        if (strcmp(events[i].name, name) == 0)
            events[i].fn(engine, event_data);
}
