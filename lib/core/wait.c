/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/wait.h"
#include "core/dispatch.h"
#include "core/domain.h"
#include "core/states.h"

/* Events wake the one who waits; a warden that died without one is seen no later than this. */
#define LOOK_EVERY_MS 500

/* The state now; one that is gone is shut off. */
static int state_now(VesselHost *host, const char *uuid, VesselError **err)
{
    g_autoptr(VesselError) error = NULL;
    g_autoptr(VesselDomainRecord) record = NULL;
    g_auto(VesselNow) now = {0};
    int code = vessel__domain_record(host, uuid, &record, &now, &error);
    if (code == VESSEL_ERROR_NOT_FOUND)
        return VESSEL_DOMAIN_SHUT_OFF;
    return code ? vessel__error_steal(err, g_steal_pointer(&error)) : now.state;
}

static int drain(VesselStoreReader *reader, VesselError **err)
{
    for (;;) {
        g_autoptr(VesselJson) record = NULL;
        uint64_t number;
        int code = vessel__store_reader_next(reader, &record, &number, err);
        if (code || !record)
            return code;
    }
}

/* One that wakes from now on. What a spare one has missed is of no use, or an error that a new one
 * has not. */
static int open_reader(VesselHost *host, VesselStoreReader **reader, VesselError **err)
{
    *reader = __atomic_exchange_n(&host->spare_reader, NULL, __ATOMIC_ACQ_REL);
    if (*reader && drain(*reader, NULL) == 0)
        return 0;
    g_clear_pointer(reader, vessel__store_reader_free);
    return vessel__store_reader_open(host->store, NULL, 0, reader, err);
}

static void put_reader(VesselHost *host, VesselStoreReader *reader)
{
    vessel__store_reader_free(__atomic_exchange_n(&host->spare_reader, reader, __ATOMIC_ACQ_REL));
}

/* With @reader, which was there before the state was looked at. */
static int wait_with(VesselHost *host, VesselStoreReader *reader, const char *uuid, uint32_t states,
                     VesselDeadline deadline, bool (*cancelled)(void *data), void *data,
                     VesselError **err)
{
    int state, code;
    for (;;) {
        state = state_now(host, uuid, err);
        if (state < 0 || (states & (uint32_t)state))
            return state;
        if (vessel__deadline_passed(deadline))
            break;
        if (cancelled ? cancelled(data) : vessel__host_closed(host))
            return vessel__fail(err, cancelled ? VESSEL_ERROR_CANCELLED : VESSEL_ERROR_CLOSED,
                                cancelled ? "the wait was cancelled" : "the host was closed");
        VesselDeadline slice =
            vessel__deadline_min(deadline, vessel__deadline_after(LOOK_EVERY_MS));
        code = vessel__store_reader_wait(reader, cancelled ? -1 : host->closed_fd, slice, err);
        if (!code)
            code = drain(reader, err);
        if (code)
            return code;
    }
    g_autofree char *wanted = vessel__states_text(states);
    g_autoptr(VesselDomainRecord) record = vessel__store_find_uuid(host->store, uuid, NULL);
    vessel__fail(err, VESSEL_ERROR_TIMEOUT, "domain \"%s\" is still %s, not %s",
                 record ? record->name : uuid, vessel__state_name(state), wanted);
    vessel__error_retryable(err, true);
    return VESSEL_ERROR_TIMEOUT;
}

int vessel__wait_for(VesselHost *host, const char *uuid, uint32_t states, VesselDeadline deadline,
                     bool (*cancelled)(void *data), void *data, VesselError **err)
{
    VesselStoreReader *reader = NULL;
    int state = state_now(host, uuid, err);
    if (state < 0 || (states & (uint32_t)state))
        return state;
    int code = open_reader(host, &reader, err);
    if (code)
        return code;
    code = wait_with(host, reader, uuid, states, deadline, cancelled, data, err);
    put_reader(host, reader);
    return code;
}

int vessel__domain_wait(VesselDomain *domain, uint32_t states, const VesselDomainOptions *given,
                        VesselError **err)
{
    VesselHow how = {0};
    vessel_inside VesselHost *inside = NULL;
    int code = vessel__domain_enter(domain, &inside, err);
    if (!code && (!states || (states & ~(uint32_t)VESSEL__STATES_ALL)))
        code = vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "0x%x is no set of states", states);
    if (!code)
        code = vessel__how_read(inside, given, &how, err);
    if (code)
        return code;
    return vessel__wait_for(inside, domain->uuid, states, how.deadline, NULL, NULL, err);
}
