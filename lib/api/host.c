/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/autostart.h"
#include "core/capabilities.h"
#include "core/definition.h"
#include "core/registry.h"
#include "core/rootfs.h"

int vessel_host_open(const char *uri, const VesselHostOpenOptions *options, VesselHost **host,
                     VesselError **err)
{
    return vessel__host_open(uri, options, host, err);
}

VesselHost *vessel_host_ref(VesselHost *host)
{
    return vessel__host_ref(host);
}

void vessel_host_unref(VesselHost *host)
{
    vessel__host_unref(host);
}

int vessel_host_close(VesselHost *host, VesselError **err)
{
    return vessel__host_close(host, err);
}

const char *vessel_host_get_uri(VesselHost *host)
{
    return vessel__handle_is(host, VESSEL__MAGIC_HOST) ? host->uri : NULL;
}

int vessel_host_hostname(VesselHost *host, char **name, VesselError **err)
{
    if (name)
        *name = NULL;
    return vessel__host_hostname(host, name, err);
}

int vessel_host_node_info(VesselHost *host, VesselNodeInfo *info, VesselError **err)
{
    return vessel__host_node_info(host, info, err);
}

int vessel_host_capabilities(VesselHost *host, char **xml, VesselError **err)
{
    if (xml)
        *xml = NULL;
    return vessel__host_capabilities(host, xml, err);
}

int vessel_host_domain_capabilities(VesselHost *host, const VesselDomainSpec *spec, char **xml,
                                    VesselError **err)
{
    if (xml)
        *xml = NULL;
    return vessel__host_domain_capabilities(host, spec, xml, err);
}

int vessel_host_supports(VesselHost *host, const char *operation, const VesselDomainSpec *spec,
                         char **why_not, VesselError **err)
{
    if (why_not)
        *why_not = NULL;
    return vessel__host_supports(host, operation, spec, why_not, err);
}

int vessel_host_doctor(VesselHost *host, char **json, VesselError **err)
{
    if (json)
        *json = NULL;
    return vessel__host_doctor(host, json, err);
}

int vessel_host_validate(VesselHost *host, const char *text, uint32_t flags, VesselError **err)
{
    return vessel__host_validate(host, text, flags, NULL, err);
}

int vessel_host_autostart(VesselHost *host, const VesselHostAutostartOptions *options,
                          VesselJob **job, VesselError **err)
{
    if (job)
        *job = NULL;
    return vessel__host_autostart(host, options, job, err);
}

int vessel_host_stop_all(VesselHost *host, const VesselHostStopOptions *options, VesselJob **job,
                         VesselError **err)
{
    if (job)
        *job = NULL;
    return vessel__host_stop_all(host, options, job, err);
}

int vessel_host_import_rootfs(VesselHost *host, const char *const *files,
                              const VesselHostImportOptions *options, VesselJob **job, char **path,
                              VesselError **err)
{
    if (job)
        *job = NULL;
    if (path)
        *path = NULL;
    return vessel__host_import_rootfs(host, files, options, job, path, err);
}
