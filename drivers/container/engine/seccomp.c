/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The container's filter, loaded. */
#include "container/engine/seccomp.h"
#include "container/engine/engine.h"

#include <sys/prctl.h>

static int load(struct sock_filter *program, size_t length, VesselError **err)
{
    struct sock_fprog filter = {.len = (unsigned short)length, .filter = program};
    if (length > BPF_MAXINSNS)
        return vessel__fail(err, VESSEL_ERROR_CORRUPT, "the filter of system calls is too long");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0)
        return 0;
    int code = vessel__fail_errno(err, errno, "the filter of system calls");
    if (errno == EINVAL)
        vessel__error_hint(err, "the host's kernel must have CONFIG_SECCOMP_FILTER");
    return code;
}

/* To be called with CAP_SYS_ADMIN, since an init's container is without no_new_privs. */
int vessel__container_filter(const ContainerInside *inside, VesselError **err)
{
    const VesselJson *plan = inside->spawn->plan, *said = vessel__json_get(plan, "seccomp");
    const char *own = vessel__json_get_string(said, "program", NULL);
    g_autofree void *program = NULL;
    gsize size = vessel__seccomp_length * sizeof(struct sock_filter);
    if (said && !own)
        return 0;
    if (own) {
        program = g_base64_decode(own, &size);
    } else {
        program = g_malloc(size);
        vessel__seccomp_fill(program, vessel__json_get_uint(plan, "capabilities", 0));
    }
    return load(program, size / sizeof(struct sock_filter), err);
}
