/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The states of a domain: their words, and libvirt's numbers for statistics. Which operation may
 * run in which of them is in operations.c. */
#ifndef VESSEL_CORE_STATES_H
#define VESSEL_CORE_STATES_H

#include "base/common.h"
#include <vessel/domain.h>

/* A domain that has a guest. */
#define VESSEL__STATES_ACTIVE                                                                      \
    (VESSEL_DOMAIN_RUNNING | VESSEL_DOMAIN_PAUSED | VESSEL_DOMAIN_IN_SHUTDOWN |                    \
     VESSEL_DOMAIN_CRASHED | VESSEL_DOMAIN_PMSUSPENDED)
#define VESSEL__STATES_ALL (VESSEL__STATES_ACTIVE | VESSEL_DOMAIN_SHUT_OFF)

const char *vessel__state_name(int state); /* "shut off"; NULL for no single state */
const char *vessel__state_word(int state); /* "shut-off", as in JSON */
/* "running or paused"; g_free(). */
char *vessel__states_text(unsigned states);
/* virDomainState and the reason's number beside it, as `virsh domstats` prints them. */
int vessel__state_number(int state);
int vessel__state_reason_number(int state, const char *reason);

#endif
