/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/domain.h"
#include "core/dispatch.h"
#include "core/states.h"

int vessel_domain_define(VesselHost *host, const char *text,
                         const VesselDomainDefineOptions *options, VesselDomain **result,
                         VesselError **err)
{
    if (result)
        *result = NULL;
    return vessel__domain_define(host, text, options, result, err);
}

int vessel_domain_create(VesselHost *host, const char *text,
                         const VesselDomainCreateOptions *options, VesselJob **job,
                         VesselDomain **result, VesselError **err)
{
    if (job)
        *job = NULL;
    if (result)
        *result = NULL;
    return vessel__domain_create(host, text, options, job, result, err);
}

int vessel_domain_undefine(VesselDomain *domain, const VesselDomainOptions *options,
                           VesselError **err)
{
    return vessel__domain_undefine(domain, options, err);
}

int vessel_domain_list(VesselHost *host, uint32_t flags, VesselDomain ***domains, size_t *count,
                       VesselError **err)
{
    if (domains)
        *domains = NULL;
    if (count)
        *count = 0;
    return vessel__domain_list(host, flags, domains, count, err);
}

void vessel_domain_list_free(VesselDomain **domains)
{
    vessel__domain_list_free(domains);
}

int vessel_domain_lookup_by_name(VesselHost *host, const char *name, VesselDomain **result,
                                 VesselError **err)
{
    if (result)
        *result = NULL;
    return vessel__domain_lookup_by_name(host, name, result, err);
}

int vessel_domain_lookup_by_uuid(VesselHost *host, const char *uuid, VesselDomain **result,
                                 VesselError **err)
{
    if (result)
        *result = NULL;
    return vessel__domain_lookup_by_uuid(host, uuid, result, err);
}

int vessel_domain_lookup_by_id(VesselHost *host, int id, VesselDomain **result, VesselError **err)
{
    if (result)
        *result = NULL;
    return vessel__domain_lookup_by_id(host, id, result, err);
}

VesselDomain *vessel_domain_ref(VesselDomain *domain)
{
    return vessel__domain_ref(domain);
}

void vessel_domain_unref(VesselDomain *domain)
{
    vessel__domain_unref(domain);
}

VesselHost *vessel_domain_get_host(VesselDomain *domain)
{
    return vessel__handle_is(domain, VESSEL__MAGIC_DOMAIN) ? domain->host : NULL;
}

const char *vessel_domain_get_uuid(VesselDomain *domain)
{
    return vessel__handle_is(domain, VESSEL__MAGIC_DOMAIN) ? domain->uuid : NULL;
}

int vessel_domain_name(VesselDomain *domain, char **name, VesselError **err)
{
    if (name)
        *name = NULL;
    return vessel__domain_name(domain, name, err);
}

int vessel_domain_id(VesselDomain *domain, int *id, VesselError **err)
{
    if (id)
        *id = -1;
    return vessel__domain_id(domain, id, err);
}

int vessel_domain_state(VesselDomain *domain, char **reason, VesselError **err)
{
    if (reason)
        *reason = NULL;
    return vessel__domain_state(domain, reason, err);
}

const char *vessel_domain_state_name(int state)
{
    return vessel__state_name(state);
}

int vessel_domain_info(VesselDomain *domain, VesselDomainInfo **info, VesselError **err)
{
    if (info)
        *info = NULL;
    return vessel__domain_info(domain, info, err);
}

void vessel_domain_info_free(VesselDomainInfo *info)
{
    vessel__domain_info_free(info);
}

int vessel_domain_xml(VesselDomain *domain, uint32_t flags, char **xml, VesselError **err)
{
    if (xml)
        *xml = NULL;
    return vessel__domain_xml(domain, flags, xml, err);
}

int vessel_domain_start(VesselDomain *domain, const VesselDomainStartOptions *options,
                        VesselJob **job, VesselError **err)
{
    if (job)
        *job = NULL;
    return vessel__domain_start(domain, options, job, err);
}

int vessel_domain_shutdown(VesselDomain *domain, const VesselDomainOptions *options,
                           VesselError **err)
{
    return vessel__domain_simple(domain, VESSEL_OP_DOMAIN_SHUTDOWN, options, err);
}

int vessel_domain_destroy(VesselDomain *domain, const VesselDomainOptions *options,
                          VesselError **err)
{
    return vessel__domain_destroy(domain, options, err);
}

int vessel_domain_reboot(VesselDomain *domain, const VesselDomainOptions *options,
                         VesselError **err)
{
    return vessel__domain_simple(domain, VESSEL_OP_DOMAIN_REBOOT, options, err);
}

int vessel_domain_reset(VesselDomain *domain, const VesselDomainOptions *options, VesselError **err)
{
    return vessel__domain_simple(domain, VESSEL_OP_DOMAIN_RESET, options, err);
}

int vessel_domain_suspend(VesselDomain *domain, const VesselDomainOptions *options,
                          VesselError **err)
{
    return vessel__domain_simple(domain, VESSEL_OP_DOMAIN_SUSPEND, options, err);
}

int vessel_domain_resume(VesselDomain *domain, const VesselDomainOptions *options,
                         VesselError **err)
{
    return vessel__domain_simple(domain, VESSEL_OP_DOMAIN_RESUME, options, err);
}

int vessel_domain_rename(VesselDomain *domain, const char *name, const VesselDomainOptions *options,
                         VesselError **err)
{
    return vessel__domain_rename(domain, name, options, err);
}

int vessel_domain_change(VesselDomain *domain, const char *text,
                         const VesselDomainChangeOptions *options, VesselError **err)
{
    return vessel__domain_change(domain, text, options, err);
}

int vessel_domain_set_autostart(VesselDomain *domain, int autostart,
                                const VesselDomainOptions *options, VesselError **err)
{
    return vessel__domain_set_autostart(domain, autostart, options, err);
}

int vessel_domain_set_metadata(VesselDomain *domain, int kind, const char *text, const char *prefix,
                               const char *uri, const VesselDomainMetadataOptions *options,
                               VesselError **err)
{
    return vessel__domain_set_metadata(domain, kind, text, prefix, uri, options, err);
}

int vessel_domain_metadata(VesselDomain *domain, int kind, const char *uri, uint32_t affect,
                           char **text, VesselError **err)
{
    if (text)
        *text = NULL;
    return vessel__domain_metadata(domain, kind, uri, affect, text, err);
}

int vessel_domain_wait(VesselDomain *domain, uint32_t states, const VesselDomainOptions *options,
                       VesselError **err)
{
    return vessel__domain_wait(domain, states, options, err);
}

int vessel_domain_open_console(VesselDomain *domain, const VesselDomainConsoleOptions *options,
                               int *fd, VesselError **err)
{
    if (fd)
        *fd = -1;
    return vessel__domain_open_console(domain, options, fd, err);
}

int vessel_domain_open_log(VesselDomain *domain, int *fd, VesselError **err)
{
    if (fd)
        *fd = -1;
    return vessel__domain_open_log(domain, fd, err);
}
