/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole life of a container by libvirt's lxc driver, in a libvirtd of this benchmark's own
 * (with-libvirtd): the program peer-lxc is beside that, and asked for one life at a time. */
#ifndef VESSEL_BENCH_LXC_H
#define VESSEL_BENCH_LXC_H

#include "base/common.h"

#include <stdio.h>
#include <sys/types.h>

typedef struct {
    pid_t pid; /* 0: libvirt's lxc driver is not installed, or does not work here */
    FILE *to, *from;
} Lxc;

/* @script: with-libvirtd; @program: that of each container. */
void lxc_open(Lxc *lxc, const char *script, const char *peer, const char *program);
/* From the call that starts it to the event that it has ended, in ns. */
double lxc_run(Lxc *lxc);
void lxc_close(Lxc *lxc);

#endif
