/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/dispatch.h"
#include "core/domain.h"

int vessel__domain_open_console(VesselDomain *domain, const VesselDomainConsoleOptions *given,
                                int *fd, VesselError **err)
{
    VesselDomainConsoleOptions options = VESSEL_DOMAIN_CONSOLE_OPTIONS_INIT;
    vessel_inside VesselHost *inside = NULL;
    g_auto(VesselCall) call = {.folder = -1, .log_fd = -1};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__need(fd != NULL, "fd", err);
    if (!code)
        code = vessel__options_read(given, "options", &options, sizeof options, err);
    if (!code)
        code = vessel__flags_check(options.flags,
                                   VESSEL_DOMAIN_CONSOLE_FORCE | VESSEL_DOMAIN_CONSOLE_READONLY,
                                   "flags", err);
    if (code)
        return code;
    VesselHow how = {.deadline = vessel__host_deadline(inside, options.timeout_ms)};
    code = vessel__call_begin(&call, inside, domain->uuid,
                              vessel__op(VESSEL_OP_DOMAIN_OPEN_CONSOLE), &how, err);
    if (!code)
        code = vessel__call_guest(&call, err);
    return code ? code
                : call.driver->console->open(&call.guest, options.device, options.flags, fd, err);
}

int vessel__domain_open_log(VesselDomain *domain, int *fd, VesselError **err)
{
    vessel_inside VesselHost *inside = NULL;
    g_autoptr(VesselDomainRecord) record = NULL;
    g_auto(VesselNow) now = {0};
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__need(fd != NULL, "fd", err);
    if (!code)
        code = vessel__domain_record(inside, domain->uuid, &record, &now, err);
    if (code)
        return code;
    if (inside->mock)
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "a mock host keeps no log of \"%s\"",
                            record->name);
    return vessel__store_log_read(inside->store, record->name, fd, err);
}
