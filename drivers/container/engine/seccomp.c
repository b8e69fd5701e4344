/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's filter, loaded. */
#include "container/engine/seccomp.h"
#include "container/engine/engine.h"

#include <sys/prctl.h>

/* To be called with CAP_SYS_ADMIN, since an init's container is without no_new_privs. */
int vessel__container_filter(const ContainerInside *inside, VesselError **err)
{
    uint64_t kept = vessel__json_get_uint(inside->spawn->plan, "capabilities", 0);
    g_autofree struct sock_filter *program = g_new(struct sock_filter, vessel__seccomp_length);
    struct sock_fprog filter = {.len = (unsigned short)vessel__seccomp_length, .filter = program};
    vessel__seccomp_fill(program, kept);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0)
        return 0;
    int code = vessel__fail_errno(err, errno, "the filter of system calls");
    if (errno == EINVAL)
        vessel__error_hint(err, "the host's kernel must have CONFIG_SECCOMP_FILTER");
    return code;
}
