/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt as a peer, loaded at run time so that nothing here needs it to build. The prototypes are
 * those of <libvirt/libvirt-domain.h>, -host.h and -event.h. */
#ifndef VESSEL_BENCH_LIBVIRT_H
#define VESSEL_BENCH_LIBVIRT_H

#include <stdbool.h>

typedef void *Conn;
typedef void *Dom;

typedef struct {
    Conn (*virConnectOpen)(const char *);
    int (*virConnectClose)(Conn);
    Dom (*virDomainDefineXML)(Conn, const char *);
    char *(*virDomainGetXMLDesc)(Dom, unsigned); /* free() */
    Dom (*virDomainLookupByName)(Conn, const char *);
    int (*virDomainCreate)(Dom);
    Dom (*virDomainCreateXML)(Conn, const char *, unsigned);
    int (*virDomainDestroy)(Dom);
    int (*virDomainUndefine)(Dom);
    int (*virDomainFree)(Dom);
    int (*virConnectListAllDomains)(Conn, Dom **, unsigned);
    int (*virConnectGetAllDomainStats)(Conn, unsigned, void ***, unsigned);
    void (*virDomainStatsRecordListFree)(void **);
    const char *(*virGetLastErrorMessage)(void);
    int (*virConnectDomainEventRegisterAny)(Conn, Dom, int, void (*)(void), void *,
                                            void (*)(void *));
    int (*virEventRegisterDefaultImpl)(void);
    int (*virEventRunDefaultImpl)(void);
} Libvirt;

/* False where it is not installed. */
bool libvirt_load(Libvirt *vir);
Conn libvirt_open(const Libvirt *vir, const char *uri);

#endif
