/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be asked of a running guest. Each is one command; the answer finishes the request. */
#include "qemu/engine.h"

typedef struct {
    QemuEngine *engine;
    VesselRequest *request;
    uint64_t id;
    void (*done)(QemuEngine *engine, VesselRequest *request); /* answered well; finishes it */
    bool *busy; /* engine->stopping or ->resuming, or NULL */
} Op;

/* Why QEMU died is in what it said last. */
static VesselError *with_last_words(QemuEngine *engine, const VesselError *err)
{
    VesselError *copy = vessel__error_copy(err);
    g_autofree char *words = vessel_error_code(err) == VESSEL_ERROR_HYPERVISOR_DIED
                                 ? vessel__warden_last_output(engine->warden)
                                 : NULL;
    vessel__error_cause(&copy, words);
    return copy;
}

static void op_answered(void *data, const VesselJson *answer, const VesselError *err)
{
    Op *op = data;
    (void)answer;
    if (op->busy)
        *op->busy = false;
    if (err)
        vessel__request_failed(op->request, with_last_words(op->engine, err));
    else
        op->done(op->engine, op->request);
    g_free(op);
}

/* Not sent yet (QEMU has not greeted since it was adopted): then it never will be. */
static void op_late(VesselWarden *warden, VesselRequest *request)
{
    Op *op = vessel__request_data(request);
    VesselError *err = NULL;
    (void)warden;
    if (!vessel__qemu_monitor_cancel(op->engine->monitor, op->id)) {
        vessel__request_late(request);
        return;
    }
    vessel__fail(&err, VESSEL_ERROR_TIMEOUT, "QEMU does not answer; \"%s\" was not sent",
                 vessel__request_op(request));
    vessel__error_retryable(&err, true);
    if (op->busy)
        *op->busy = false;
    g_free(op);
    vessel__request_failed(request, err);
}

static Op *op_new(VesselWarden *warden, VesselRequest *request, bool *busy,
                  void (*done)(QemuEngine *engine, VesselRequest *request))
{
    Op *op = g_new0(Op, 1);
    *op =
        (Op){.engine = vessel__qemu_engine(warden), .request = request, .done = done, .busy = busy};
    if (busy)
        *busy = true;
    vessel__request_set_data(request, op);
    vessel__request_on_deadline(request, op_late);
    return op;
}

static void run(VesselWarden *warden, VesselRequest *request, const char *command, bool *busy,
                void (*done)(QemuEngine *engine, VesselRequest *request))
{
    Op *op = op_new(warden, request, busy, done);
    op->id = vessel__qemu_monitor_send(op->engine->monitor, command, NULL, op_answered, op);
}

static void suspended(QemuEngine *engine, VesselRequest *request)
{
    vessel__warden_enter(engine->warden, "paused", "user", "domain.suspended", request, NULL);
    vessel__request_done(request, NULL);
}

static void op_suspend(VesselWarden *warden, VesselRequest *request)
{
    run(warden, request, "stop", &vessel__qemu_engine(warden)->stopping, suspended);
}

static void resumed(QemuEngine *engine, VesselRequest *request)
{
    vessel__warden_enter(engine->warden, "running", "unpaused", "domain.resumed", request, NULL);
    vessel__request_done(request, NULL);
}

static void op_resume(VesselWarden *warden, VesselRequest *request)
{
    run(warden, request, "cont", &vessel__qemu_engine(warden)->resuming, resumed);
}

static void was_reset(QemuEngine *engine, VesselRequest *request)
{
    engine->powered_off = false;
    vessel__warden_event(engine->warden, "domain.reset", "user", request, NULL);
    vessel__request_done(request, NULL);
}

static void op_reset(VesselWarden *warden, VesselRequest *request)
{
    Op *op = op_new(warden, request, NULL, was_reset);
    op->id = vessel__qemu_system_reset(op->engine, op_answered, op);
}

static void power_button_pressed(QemuEngine *engine, VesselRequest *request)
{
    bool reboot = strcmp(vessel__request_op(request), VESSEL__OP_REBOOT) == 0;
    vessel__warden_event(engine->warden, "domain.shutdown-requested", reboot ? "reboot" : "user",
                         request, NULL);
    vessel__request_done(request, NULL);
}

/* A PC has a button for "off" alone: for a reboot it is remembered, also by an adopter, what is to
 * follow. */
static void press_power_button(VesselWarden *warden, VesselRequest *request, bool reboot)
{
    VesselJson *state = vessel__warden_engine_state(warden);
    VesselError *err = NULL;
    if (!vessel__json_get_bool(vessel__warden_plan(warden), "power_button", false)) {
        vessel__fail(&err, VESSEL_ERROR_UNSUPPORTED, "this machine has no power button");
        vessel__error_hint(&err, "give it <features><acpi/></features>, or use destroy or reset");
        vessel__request_failed(request, err);
        return;
    }
    vessel__json_set(state, "reboot_wanted", reboot ? vessel__json_new_bool(true) : NULL);
    vessel__json_set_string(state, "shutdown_author", vessel__request_author(request));
    if (vessel__warden_save(warden, &err) < 0) {
        vessel__request_failed(request, err);
        return;
    }
    run(warden, request, "system_powerdown", NULL, power_button_pressed);
}

static void op_shutdown(VesselWarden *warden, VesselRequest *request)
{
    press_power_button(warden, request, false);
}

static void op_reboot(VesselWarden *warden, VesselRequest *request)
{
    press_power_button(warden, request, true);
}

const VesselEngineOp vessel__qemu_ops[] = {
    {VESSEL__OP_SUSPEND, true, op_suspend},
    {VESSEL__OP_RESUME, true, op_resume},
    {VESSEL__OP_SHUTDOWN, true, op_shutdown},
    {VESSEL__OP_REBOOT, true, op_reboot},
    {VESSEL__OP_RESET, true, op_reset},
    {VESSEL__OP_STATS, false, vessel__qemu_stats},
    {0},
};
