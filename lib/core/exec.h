/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs that were started in containers: each is the socket of what watches it (VesselExecOps). */
#ifndef VESSEL_CORE_EXEC_H
#define VESSEL_CORE_EXEC_H

#include "core/handle.h"
#include <vessel/exec.h>

int vessel__domain_exec(VesselDomain *domain, const char *const *argv,
                        const VesselExecOptions *options, VesselExec **exec, VesselError **err);
VesselExec *vessel__exec_ref(VesselExec *exec);
void vessel__exec_unref(VesselExec *exec);
int vessel__exec_wait(VesselExec *exec, int64_t timeout_ms, int *status, int *signal,
                      VesselError **err);
int vessel__exec_signal(VesselExec *exec, int signal, VesselError **err);
int vessel__exec_fd(VesselExec *exec, VesselError **err);
int vessel__exec_terminal(VesselExec *exec, VesselError **err);
int vessel__exec_resize(VesselExec *exec, uint32_t rows, uint32_t columns, VesselError **err);

#endif
