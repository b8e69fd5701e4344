/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/domain.h"
#include "core/job.h"
#include "core/recover.h"
#include <poll.h>

#define LOOK_EVERY_MS 5

static bool is_start(const VesselHolder *holder)
{
    return g_str_has_prefix(holder->operation, "domain_start") ||
           g_str_has_prefix(holder->operation, "domain_create");
}

/* From here on the warden has it in hand, and destroy goes to the warden. */
static bool is_claimed(VesselHost *host, const char *uuid)
{
    g_autoptr(VesselLive) live = vessel__store_live(host->store, uuid);
    return live && vessel__live_is_claimed(live);
}

/* Somebody is at a start of it and no warden has claimed it yet: nothing runs, and nothing shall. A
 * program that lives is told to leave off. The warden of one that was killed cannot be told before
 * it can be reached: that moment is waited for. 1: look again, 0: nobody is at a start. */
static int call_off_start(VesselHost *host, const char *uuid, VesselDeadline deadline,
                          bool *called_off, VesselError **err)
{
    VesselHolder holder;
    if (vessel__store_op_peek(host->store, uuid, &holder, NULL) != 1 || !is_start(&holder))
        return is_claimed(host, uuid); /* by a start that ended just now */
    bool told = vessel__job_cancel_start(host, uuid);
    *called_off |= told;
    while (vessel__store_op_peek(host->store, uuid, &holder, NULL) == 1 &&
           (told || !is_claimed(host, uuid))) {
        if (vessel__deadline_passed(deadline)) {
            g_autofree char *text = vessel__holder_text(&holder);
            vessel__fail(err, VESSEL_ERROR_TIMEOUT, "the start that is under way does not end");
            vessel__error_holder(err, text);
            vessel__error_retryable(err, true);
            return VESSEL_ERROR_TIMEOUT;
        }
        poll(NULL, 0, LOOK_EVERY_MS);
    }
    return 1;
}

int vessel__destroy(VesselHost *host, const char *uuid, const VesselHow *how, VesselError **err)
{
    bool called_off = false;
    for (;;) {
        g_autoptr(VesselError) error = NULL;
        int code = vessel__run_simple(host, uuid, VESSEL_OP_DOMAIN_DESTROY, how, &error);
        /* A transient one that never came to run is gone with its start. */
        if (called_off && (code == VESSEL_ERROR_WRONG_STATE || code == VESSEL_ERROR_NOT_FOUND))
            return VESSEL_OK;
        if (code != VESSEL_ERROR_WRONG_STATE)
            return code ? vessel__error_steal(err, g_steal_pointer(&error)) : code;
        int found = call_off_start(host, uuid, how->deadline, &called_off, err);
        if (found < 0)
            return found;
        if (!found || vessel__deadline_passed(how->deadline))
            return vessel__error_steal(err, g_steal_pointer(&error));
    }
}

int vessel__domain_destroy(VesselDomain *domain, const VesselDomainOptions *given,
                           VesselError **err)
{
    VesselHow how = {0};
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code)
        code = vessel__how_read(inside, given, &how, err);
    if (code)
        return code;
    return vessel__destroy(inside, domain->uuid, &how, err);
}
