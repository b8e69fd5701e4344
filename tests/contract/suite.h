/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract suite: what every driver must do behind the public API. A program says which host
 * and which type of domain; what the driver does not have is skipped by vessel_host_supports()
 * alone. */
#ifndef VESSEL_TESTS_CONTRACT_SUITE_H
#define VESSEL_TESTS_CONTRACT_SUITE_H

#include "tests/lib/vt.h"
#include <vessel/vessel.h>

typedef struct {
    bool mock;        /* each host is a world of its own, and nothing is on a disk */
    const char *type; /* of /domain/@type */
    bool guest_obeys; /* the suite's guest reacts to its power button */
    /* A guest that is no PC; NULL and "": the words of one. */
    char *(*body)(void); /* <vcpu>, <os>, <devices> */
    void (*prepare)(void); /* before a host is opened */
    const char *os_type, *console;
    const char *no_machine; /* the hint about a machine type that it has not */
    const char *interface;  /* one that it honours, without a MAC address; NULL: of type user */
    const char *libvirt;    /* libvirt's word for the type, if it has another */
} Contract;

/* Set by the program before suite_main. */
extern const Contract contract;
int suite_main(void);

/* Opens the case's host: for a real one always the same root. */
VesselHost *suite_host(void);
/* Ends the case as skipped where the driver does not have @operation. */
void suite_need(VesselHost *host, const char *operation);
/* A definition; @extra goes into it as it is. The caller frees. */
char *suite_xml(const char *name, const char *uuid, const char *extra);
VesselDomain *suite_define(VesselHost *host, const char *name);
void suite_start(VesselDomain *domain);
int suite_state(VesselDomain *domain);

/* The next event of that kind within 10 s, which must come; those before it are passed over. */
VesselEvent *suite_event(VesselEventStream *stream, const char *kind);

extern const struct CMUnitTest suite_hosts[], suite_definitions[], suite_lives[], suite_events[],
    suite_jobs[], suite_facts[], suite_threads[], suite_changes[];

#endif
