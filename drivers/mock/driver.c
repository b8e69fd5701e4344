/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mock/mock.h"

VesselMockGuest *vessel__mock_guest(VesselGuest *guest)
{
    return __atomic_load_n((VesselMockGuest **)guest->data, __ATOMIC_ACQUIRE);
}

/* ---- what a mock host says of itself ---- */

static int mock_usable(VesselDriverHost *host, const char *arch, const char *machine,
                       char **why_not)
{
    (void)host;
    (void)arch;
    (void)machine;
    (void)why_not;
    return 1;
}

static int mock_capabilities(VesselDriverHost *host, VesselJson **guests, VesselError **err)
{
    static const char text[] = "[{\"arch\": \"x86_64\", \"wordsize\": 64, \"os_type\": \"hvm\","
                               " \"machines\": [{\"name\": \"mock\", \"max_cpus\": 4096}],"
                               " \"types\": [\"mock\", \"test\"]}]";
    (void)host;
    return vessel__json_parse(text, sizeof text - 1, NULL, "capabilities", guests, err);
}

static int mock_domain_capabilities(VesselDriverHost *host, const char *emulator, const char *arch,
                                    const char *machine, char **xml, VesselError **err)
{
    (void)host;
    (void)emulator;
    bool arch_known = !arch || g_str_equal(arch, "x86_64");
    if (!arch_known || (machine && !g_str_equal(machine, "mock"))) {
        vessel__fail(err, VESSEL_ERROR_UNSUPPORTED, "the mock driver has no %s \"%s\"",
                     arch_known ? "machine type" : "architecture", arch_known ? machine : arch);
        vessel__error_hint(err, "Use %s, which is all it has", arch_known ? "mock" : "x86_64");
        return VESSEL_ERROR_UNSUPPORTED;
    }
    *xml = g_strdup("<domainCapabilities>\n"
                    "  <domain>mock</domain>\n"
                    "  <machine>mock</machine>\n"
                    "  <arch>x86_64</arch>\n"
                    "  <vcpu max='4096'/>\n"
                    "</domainCapabilities>\n");
    return VESSEL_OK;
}

static void mock_report(VesselDriverHost *host, VesselReport *report)
{
    (void)host;
    vessel__report_pass(report, "mock", "a mock host needs nothing of this machine");
}

/* ---- a guest's life ---- */

/* NULL: the domain was undefined by another thread meanwhile. */
static void run(VesselMockGuest *mock, bool running)
{
    int64_t now = vessel__now_ns();
    if (!mock)
        return;
    pthread_mutex_lock(&mock->lock);
    if (mock->running)
        mock->busy_ns += (uint64_t)(now - mock->since_ns);
    mock->since_ns = now;
    mock->running = running;
    pthread_mutex_unlock(&mock->lock);
}

/* The steps of a start, for those who watch its job. */
static int pretend(VesselOperation *operation, VesselError **err)
{
    static const char *const steps[] = {"making the machine", "letting it run"};
    for (int i = 0; i < 2; i++) {
        if (operation->cancelled && operation->cancelled(operation->data))
            return vessel__fail(err, VESSEL_ERROR_CANCELLED, "the start was cancelled");
        if (operation->progress)
            operation->progress(operation->data, 40 + 30 * i, steps[i]);
    }
    return VESSEL_OK;
}

static int mock_start(VesselGuest *guest, const VesselStartArgs *args, VesselError **err)
{
    VesselMockGuest *mock = vessel__mock_guest(guest);
    int code = pretend(guest->operation, err);
    if (code)
        return code;
    if (!mock) {
        mock = g_new0(VesselMockGuest, 1);
        pthread_mutex_init(&mock->lock, NULL);
        mock->host = guest->host;
        __atomic_store_n((VesselMockGuest **)guest->data, mock, __ATOMIC_RELEASE);
    }
    pthread_mutex_lock(&mock->lock);
    mock->busy_ns = 0;
    mock->running = false;
    pthread_mutex_unlock(&mock->lock);
    run(mock, !args->paused);
    return VESSEL_OK;
}

static void end(VesselMockGuest *mock)
{
    if (!mock)
        return;
    run(mock, false);
    pthread_mutex_lock(&mock->lock);
    VesselMockConsole *console = g_steal_pointer(&mock->console);
    pthread_mutex_unlock(&mock->lock);
    if (console)
        vessel__mock_console_end(mock->host, console);
}

static int mock_end(VesselGuest *guest, VesselError **err)
{
    (void)err;
    end(vessel__mock_guest(guest));
    return VESSEL_OK;
}

static int mock_stay(VesselGuest *guest, VesselError **err)
{
    (void)guest;
    (void)err;
    return VESSEL_OK;
}

static int mock_suspend(VesselGuest *guest, VesselError **err)
{
    (void)err;
    run(vessel__mock_guest(guest), false);
    return VESSEL_OK;
}

static int mock_resume(VesselGuest *guest, VesselError **err)
{
    (void)err;
    run(vessel__mock_guest(guest), true);
    return VESSEL_OK;
}

static int mock_definition_changed(VesselGuest *guest, const char *xml, const char *kind,
                                   VesselError **err)
{
    (void)guest;
    (void)xml;
    (void)kind;
    (void)err;
    return VESSEL_OK;
}

static int mock_change(VesselGuest *guest, const VesselChange *change, VesselError **err)
{
    (void)guest;
    (void)change;
    (void)err;
    return VESSEL_OK;
}

static int mock_renamed(VesselGuest *guest, const char *new_name, VesselError **err)
{
    (void)guest;
    (void)new_name;
    (void)err;
    return VESSEL_OK;
}

static void mock_forget(VesselGuest *guest)
{
    VesselMockGuest *mock = vessel__mock_guest(guest);
    if (!mock)
        return;
    end(mock);
    pthread_mutex_destroy(&mock->lock);
    g_free(mock);
    *guest->data = NULL;
}

/* ---- the tables ---- */

static const char *const types[] = {"mock", "test", NULL};

/* It takes whatever the model knows. */
static const VesselSupport support[] = {{"/domain/*", NULL}, {NULL, NULL}};

static const VesselHostOps host_ops = {
    .size = sizeof(VesselHostOps),
    .usable = mock_usable,
    .capabilities = mock_capabilities,
    .domain_capabilities = mock_domain_capabilities,
    .report = mock_report,
    .close = vessel__mock_consoles_close,
};

static const VesselLifecycleOps lifecycle_ops = {
    .size = sizeof(VesselLifecycleOps),
    .start = mock_start,
    .shutdown = mock_end,
    .destroy = mock_end,
    .reboot = mock_stay,
    .reset = mock_stay,
    .suspend = mock_suspend,
    .resume = mock_resume,
    .definition_changed = mock_definition_changed,
    .renamed = mock_renamed,
    .forget = mock_forget,
};

static const VesselConsoleOps console_ops = {
    .size = sizeof(VesselConsoleOps),
    .open = vessel__mock_console_open,
};

static const VesselChangeOps change_ops = {
    .size = sizeof(VesselChangeOps),
    .change = mock_change,
};

static const VesselStatsOps stats_ops = {
    .size = sizeof(VesselStatsOps),
    .collect = vessel__mock_collect,
    .cpu_time = vessel__mock_cpu_time,
};

const VesselDriver vessel__driver_mock = {
    .size = sizeof(VesselDriver),
    .abi = VESSEL__DRIVER_ABI,
    .name = "mock",
    .types = types,
    .truth = VESSEL_TRUTH_PROCESS,
    .mock = true,
    .support = support,
    .host = &host_ops,
    .lifecycle = &lifecycle_ops,
    .console = &console_ops,
    .stats = &stats_ops,
    .change = &change_ops,
};
