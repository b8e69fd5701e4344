/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What root of a container may do: a set of ours, and what <features><capabilities> says of it. */
#include "container/container.h"
#include "container/namespace.h"

#include <linux/capability.h>

#define POLICY "/domain/features/capabilities/@policy"
#define BIT(cap) (UINT64_C(1) << (cap))

/* What a program expects to have as root of a system of its own, and nothing that reaches out of
 * its namespaces; the set that other container engines give. */
#define CAPABILITIES                                                                               \
    (BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_KILL) |  \
     BIT(CAP_SETGID) | BIT(CAP_SETUID) | BIT(CAP_SETPCAP) | BIT(CAP_NET_BIND_SERVICE) |            \
     BIT(CAP_SYS_CHROOT) | BIT(CAP_SETFCAP) | BIT(CAP_AUDIT_WRITE))

/* An init system mounts, names and reboots what is its own. All of it ends at its namespaces. */
#define INIT_CAPABILITIES                                                                          \
    (BIT(CAP_SYS_ADMIN) | BIT(CAP_SYS_BOOT) | BIT(CAP_SYS_PTRACE) | BIT(CAP_SYS_NICE) |            \
     BIT(CAP_SYS_RESOURCE) | BIT(CAP_SYS_TTY_CONFIG) | BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW) |     \
     BIT(CAP_NET_BROADCAST) | BIT(CAP_IPC_OWNER) | BIT(CAP_IPC_LOCK) | BIT(CAP_LEASE) |            \
     BIT(CAP_LINUX_IMMUTABLE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_AUDIT_CONTROL))

/* All that the format has a name for. */
#define ENTRY(member, cap)                                                                         \
    {                                                                                              \
#member, offsetof(VesselCapabilities, member), cap                                         \
    }
static const struct {
    const char *name;
    size_t offset;
    unsigned cap;
} named[] = {
    ENTRY(audit_control, CAP_AUDIT_CONTROL),
    ENTRY(audit_write, CAP_AUDIT_WRITE),
    ENTRY(block_suspend, CAP_BLOCK_SUSPEND),
    ENTRY(chown, CAP_CHOWN),
    ENTRY(dac_override, CAP_DAC_OVERRIDE),
    ENTRY(dac_read_search, CAP_DAC_READ_SEARCH),
    ENTRY(fowner, CAP_FOWNER),
    ENTRY(fsetid, CAP_FSETID),
    ENTRY(ipc_lock, CAP_IPC_LOCK),
    ENTRY(ipc_owner, CAP_IPC_OWNER),
    ENTRY(kill, CAP_KILL),
    ENTRY(lease, CAP_LEASE),
    ENTRY(linux_immutable, CAP_LINUX_IMMUTABLE),
    ENTRY(mac_admin, CAP_MAC_ADMIN),
    ENTRY(mac_override, CAP_MAC_OVERRIDE),
    ENTRY(mknod, CAP_MKNOD),
    ENTRY(net_admin, CAP_NET_ADMIN),
    ENTRY(net_bind_service, CAP_NET_BIND_SERVICE),
    ENTRY(net_broadcast, CAP_NET_BROADCAST),
    ENTRY(net_raw, CAP_NET_RAW),
    ENTRY(setgid, CAP_SETGID),
    ENTRY(setfcap, CAP_SETFCAP),
    ENTRY(setpcap, CAP_SETPCAP),
    ENTRY(setuid, CAP_SETUID),
    ENTRY(sys_admin, CAP_SYS_ADMIN),
    ENTRY(sys_boot, CAP_SYS_BOOT),
    ENTRY(sys_chroot, CAP_SYS_CHROOT),
    ENTRY(sys_module, CAP_SYS_MODULE),
    ENTRY(sys_nice, CAP_SYS_NICE),
    ENTRY(sys_pacct, CAP_SYS_PACCT),
    ENTRY(sys_ptrace, CAP_SYS_PTRACE),
    ENTRY(sys_rawio, CAP_SYS_RAWIO),
    ENTRY(sys_resource, CAP_SYS_RESOURCE),
    ENTRY(sys_time, CAP_SYS_TIME),
    ENTRY(sys_tty_config, CAP_SYS_TTY_CONFIG),
    ENTRY(syslog, CAP_SYSLOG),
    ENTRY(wake_alarm, CAP_WAKE_ALARM),
};

static bool is_init(const VesselDomainDef *def)
{
    const VesselContainerNamespace *own = vessel__namespace_get(&vessel__namespace_container, def);
    return own && own->init_kind == VESSEL_INIT_INIT;
}

uint64_t vessel__container_capabilities(const VesselDomainDef *def)
{
    const VesselCapabilities *said = def->capabilities;
    uint64_t kept = is_init(def) ? CAPABILITIES | INIT_CAPABILITIES : CAPABILITIES;
    const char *policy = said ? vessel__domain_word(POLICY, said->policy) : NULL;
    bool allow = g_strcmp0(policy, "allow") == 0;
    if (allow || g_strcmp0(policy, "deny") == 0)
        kept = 0;
    for (size_t i = 0; said && i < G_N_ELEMENTS(named); i++) {
        VesselTri state = *(const VesselTri *)((const char *)said + named[i].offset);
        if (state == VESSEL_TRI_YES || (allow && state == VESSEL_TRI_ABSENT))
            kept |= BIT(named[i].cap);
        else if (state == VESSEL_TRI_NO)
            kept &= ~BIT(named[i].cap);
    }
    return kept;
}

static bool is_other(const char *user)
{
    return user && strcmp(user, "0") != 0 && strcmp(user, "root") != 0;
}

/* Process 1 becomes the user, and passes signals on to it, with what the container's root has. */
void vessel__container_check_capabilities(const VesselDomainDef *def, VesselProblems *problems)
{
    static const char *const needed[] = {"kill", "setgid", "setuid"};
    static const unsigned caps[] = {CAP_KILL, CAP_SETGID, CAP_SETUID};
    uint64_t kept = vessel__container_capabilities(def);
    bool other = is_other(def->inituser) || is_other(def->initgroup);
    for (size_t i = 0; other && i < G_N_ELEMENTS(needed); i++) {
        if (kept & BIT(caps[i]))
            continue;
        g_autofree char *path =
            g_strdup_printf("/domain/features/capabilities/%s/@state", needed[i]);
        vessel__container_refuse(def, problems, path,
                                 "with <inituser> or <initgroup> the container's root needs this "
                                 "capability to become that user and to end the program; what "
                                 "that user runs has none");
    }
}
