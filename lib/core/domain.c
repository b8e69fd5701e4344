/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/domain.h"
#include "core/recover.h"

VesselDomain *vessel__domain_new(VesselHost *host, const char *uuid)
{
    VesselDomain *domain = g_new(VesselDomain, 1);
    vessel__handle_init(&domain->handle, VESSEL__MAGIC_DOMAIN);
    vessel__handle_ref(&host->handle);
    domain->host = host;
    domain->block = NULL;
    memcpy(domain->uuid, uuid, VESSEL__UUID_SIZE);
    return domain;
}

struct VesselDomainBlock {
    _Atomic size_t refs; /* handles that live, and the one who fills it */
    VesselHost *host;
    size_t used;
    VesselDomain domains[];
};

VesselDomainBlock *vessel__domain_block_new(VesselHost *host, size_t count)
{
    VesselDomainBlock *block =
        g_try_malloc(sizeof(VesselDomainBlock) + count * sizeof(VesselDomain));
    if (!block)
        return NULL;
    vessel__handle_ref(&host->handle);
    atomic_init(&block->refs, (size_t)1);
    block->host = host;
    block->used = 0;
    return block;
}

VesselDomain *vessel__domain_block_add(VesselDomainBlock *block, const char *uuid)
{
    VesselDomain *domain = &block->domains[block->used++];
    vessel__handle_init(&domain->handle, VESSEL__MAGIC_DOMAIN);
    domain->host = block->host;
    domain->block = block;
    memcpy(domain->uuid, uuid, VESSEL__UUID_SIZE);
    return domain;
}

static void block_unref(VesselDomainBlock *block, size_t count)
{
    if (atomic_fetch_sub_explicit(&block->refs, count, memory_order_acq_rel) != count)
        return;
    vessel__host_unref(block->host);
    g_free(block);
}

void vessel__domain_block_done(VesselDomainBlock *block)
{
    /* Nobody else has seen them yet. */
    atomic_fetch_add_explicit(&block->refs, block->used, memory_order_relaxed);
    block_unref(block, 1);
}

VesselDomain *vessel__domain_ref(VesselDomain *domain)
{
    if (!vessel__handle_is(domain, VESSEL__MAGIC_DOMAIN))
        return NULL;
    vessel__handle_ref(&domain->handle);
    return domain;
}

void vessel__domain_unref(VesselDomain *domain)
{
    if (!vessel__handle_is(domain, VESSEL__MAGIC_DOMAIN) || !vessel__handle_unref(&domain->handle))
        return;
    if (domain->block) {
        block_unref(domain->block, 1);
        return;
    }
    vessel__host_unref(domain->host);
    g_free(domain);
}

void vessel__domain_list_free(VesselDomain **domains)
{
    for (VesselDomain **domain = domains; domain && *domain; domain++)
        vessel__domain_unref(*domain);
    g_free(domains);
}

int vessel__domain_enter(VesselDomain *domain, VesselHost **inside, VesselError **err)
{
    int code = vessel__need(vessel__handle_is(domain, VESSEL__MAGIC_DOMAIN), "domain", err);
    return code ? code : vessel__enter(domain->host, inside, err);
}

int vessel__domain_record(VesselHost *host, const char *uuid, VesselDomainRecord **record,
                          VesselNow *now, VesselError **err)
{
    g_autoptr(VesselError) error = NULL;
    g_autoptr(VesselDomainRecord) found = vessel__store_find_uuid(host->store, uuid, &error);
    if (error)
        return vessel__error_steal(err, g_steal_pointer(&error));
    if (found) {
        g_autoptr(VesselLive) live = vessel__store_live(host->store, uuid);
        vessel__now(host, found, live, now);
        if (!vessel__is_leftover(host, found, now)) {
            *record = g_steal_pointer(&found);
            return VESSEL_OK;
        }
        vessel__now_clear(now);
        vessel__sweep_transient_kick(host, uuid);
    }
    return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "there is no domain %s any more", uuid);
}
