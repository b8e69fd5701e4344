/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench/libvirt.h"

#include "bench/figure.h"

#include <dlfcn.h>

static void load(void *library, const char *name, void **function)
{
    *function = dlsym(library, name);
    if (!*function)
        bench_die("libvirt.so.0 has no %s", name);
}

bool libvirt_load(Libvirt *vir)
{
    void *library = dlopen("libvirt.so.0", RTLD_NOW);
    if (!library)
        return false;
#define LOAD(name) load(library, #name, (void **)&vir->name)
    LOAD(virConnectOpen);
    LOAD(virConnectClose);
    LOAD(virDomainDefineXML);
    LOAD(virDomainGetXMLDesc);
    LOAD(virDomainLookupByName);
    LOAD(virDomainCreate);
    LOAD(virDomainCreateXML);
    LOAD(virDomainDestroy);
    LOAD(virDomainUndefine);
    LOAD(virDomainFree);
    LOAD(virConnectListAllDomains);
    LOAD(virConnectGetAllDomainStats);
    LOAD(virDomainStatsRecordListFree);
    LOAD(virGetLastErrorMessage);
    LOAD(virConnectDomainEventRegisterAny);
    LOAD(virEventRegisterDefaultImpl);
    LOAD(virEventRunDefaultImpl);
#undef LOAD
    return true;
}

Conn libvirt_open(const Libvirt *vir, const char *uri)
{
    Conn conn = vir->virConnectOpen(uri);
    if (!conn)
        bench_die("libvirt %s: %s", uri, vir->virGetLastErrorMessage());
    return conn;
}
