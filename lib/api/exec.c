/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/copy.h"
#include "core/exec.h"

int vessel_domain_exec(VesselDomain *domain, const char *const *argv,
                       const VesselExecOptions *options, VesselExec **exec, VesselError **err)
{
    if (exec)
        *exec = NULL;
    return vessel__domain_exec(domain, argv, options, exec, err);
}

int vessel_exec_wait(VesselExec *exec, int64_t timeout_ms, int *status, int *signal,
                     VesselError **err)
{
    if (status)
        *status = 0;
    if (signal)
        *signal = 0;
    return vessel__exec_wait(exec, timeout_ms, status, signal, err);
}

int vessel_exec_signal(VesselExec *exec, int signal, VesselError **err)
{
    return vessel__exec_signal(exec, signal, err);
}

int vessel_exec_fd(VesselExec *exec, VesselError **err)
{
    return vessel__exec_fd(exec, err);
}

int vessel_exec_terminal(VesselExec *exec, VesselError **err)
{
    return vessel__exec_terminal(exec, err);
}

int vessel_exec_resize(VesselExec *exec, uint32_t rows, uint32_t columns, VesselError **err)
{
    return vessel__exec_resize(exec, rows, columns, err);
}

VesselExec *vessel_exec_ref(VesselExec *exec)
{
    return vessel__exec_ref(exec);
}

void vessel_exec_unref(VesselExec *exec)
{
    vessel__exec_unref(exec);
}

int vessel_domain_copy_in(VesselDomain *domain, const char *from, const char *to,
                          const VesselDomainCopyOptions *options, VesselJob **job,
                          VesselError **err)
{
    if (job)
        *job = NULL;
    return vessel__domain_copy(domain, VESSEL_OP_DOMAIN_COPY_IN, from, to, options, job, err);
}

int vessel_domain_copy_out(VesselDomain *domain, const char *from, const char *to,
                           const VesselDomainCopyOptions *options, VesselJob **job,
                           VesselError **err)
{
    if (job)
        *job = NULL;
    return vessel__domain_copy(domain, VESSEL_OP_DOMAIN_COPY_OUT, from, to, options, job, err);
}
