/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a definition the container driver honours. What is in no row is refused by its path; what
 * depends on more than one value is in check.c. A row goes in together with the code that honours
 * it. */
#include "container/container.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define ACTIONS WORDS("destroy", "restart")
#define FILESYSTEM "/domain/devices/filesystem"
#define CAPABILITY(name) "/domain/features/capabilities/" name "/@state"
#define CONSOLE "/domain/devices/console"
#define INTERFACE "/domain/devices/interface"
#define HOSTDEV "/domain/devices/hostdev"
/* clang-format off */
#define ADDRESSES(device) \
    {device "/ip/@address", NULL}, \
    {device "/ip/@family", NULL}, \
    {device "/ip/@prefix", NULL}, \
    {device "/ip/@peer", NULL}, \
    {device "/route/@address", NULL}, \
    {device "/route/@family", NULL}, \
    {device "/route/@prefix", NULL}, \
    {device "/route/@netmask", NULL}, \
    {device "/route/@gateway", NULL}, \
    {device "/route/@metric", NULL}
/* clang-format on */

const VesselSupport vessel__container_support[] = {
    {"/domain/@type", NULL},
    {"/domain/@id", NULL},
    {"/domain/name", NULL},
    {"/domain/uuid", NULL},
    {"/domain/title", NULL},
    {"/domain/description", NULL},
    {"/domain/metadata", NULL},
    {"/domain/memory", NULL},
    {"/domain/currentMemory", NULL},
    {"/domain/vcpu", NULL},
    {"/domain/vcpu/@placement", WORDS("static")},
    {"/domain/vcpu/@cpuset", NULL},
    {"/domain/memtune/hard_limit", NULL},
    {"/domain/memtune/soft_limit", NULL},
    {"/domain/memtune/swap_hard_limit", NULL},
    {"/domain/cputune/shares", NULL},
    {"/domain/cputune/period", NULL},
    {"/domain/cputune/quota", NULL},
    {"/domain/cputune/global_period", NULL},
    {"/domain/cputune/global_quota", NULL},
    {"/domain/cputune/vcpupin/@vcpu", NULL},
    {"/domain/cputune/vcpupin/@cpuset", NULL},
    {"/domain/numatune/memory/@mode", WORDS("strict")},
    {"/domain/numatune/memory/@placement", WORDS("static")},
    {"/domain/numatune/memory/@nodeset", NULL},
    {"/domain/blkiotune/weight", NULL},
    {"/domain/blkiotune/device/path", NULL},
    {"/domain/blkiotune/device/weight", NULL},
    {"/domain/blkiotune/device/read_iops_sec", NULL},
    {"/domain/blkiotune/device/write_iops_sec", NULL},
    {"/domain/blkiotune/device/read_bytes_sec", NULL},
    {"/domain/blkiotune/device/write_bytes_sec", NULL},
    {"/domain/os/type", WORDS("exe")},
    {"/domain/os/type/@arch", NULL},
    {"/domain/os/init", NULL},
    {"/domain/os/initarg", NULL},
    {"/domain/os/initenv", NULL},
    {"/domain/os/initenv/@name", NULL},
    {"/domain/os/initdir", NULL},
    {"/domain/os/inituser", NULL},
    {"/domain/os/initgroup", NULL},
    {"/domain/idmap/uid/@start", NULL},
    {"/domain/idmap/uid/@target", NULL},
    {"/domain/idmap/uid/@count", NULL},
    {"/domain/idmap/gid/@start", NULL},
    {"/domain/idmap/gid/@target", NULL},
    {"/domain/idmap/gid/@count", NULL},
    {"/domain/features/privnet", NULL},
    {"/domain/features/capabilities/@policy", NULL},
    {CAPABILITY("audit_control"), NULL},
    {CAPABILITY("audit_write"), NULL},
    {CAPABILITY("block_suspend"), NULL},
    {CAPABILITY("chown"), NULL},
    {CAPABILITY("dac_override"), NULL},
    {CAPABILITY("dac_read_search"), NULL},
    {CAPABILITY("fowner"), NULL},
    {CAPABILITY("fsetid"), NULL},
    {CAPABILITY("ipc_lock"), NULL},
    {CAPABILITY("ipc_owner"), NULL},
    {CAPABILITY("kill"), NULL},
    {CAPABILITY("lease"), NULL},
    {CAPABILITY("linux_immutable"), NULL},
    {CAPABILITY("mac_admin"), NULL},
    {CAPABILITY("mac_override"), NULL},
    {CAPABILITY("mknod"), NULL},
    {CAPABILITY("net_admin"), NULL},
    {CAPABILITY("net_bind_service"), NULL},
    {CAPABILITY("net_broadcast"), NULL},
    {CAPABILITY("net_raw"), NULL},
    {CAPABILITY("setgid"), NULL},
    {CAPABILITY("setfcap"), NULL},
    {CAPABILITY("setpcap"), NULL},
    {CAPABILITY("setuid"), NULL},
    {CAPABILITY("sys_admin"), NULL},
    {CAPABILITY("sys_boot"), NULL},
    {CAPABILITY("sys_chroot"), NULL},
    {CAPABILITY("sys_module"), NULL},
    {CAPABILITY("sys_nice"), NULL},
    {CAPABILITY("sys_pacct"), NULL},
    {CAPABILITY("sys_ptrace"), NULL},
    {CAPABILITY("sys_rawio"), NULL},
    {CAPABILITY("sys_resource"), NULL},
    {CAPABILITY("sys_time"), NULL},
    {CAPABILITY("sys_tty_config"), NULL},
    {CAPABILITY("syslog"), NULL},
    {CAPABILITY("wake_alarm"), NULL},
    {"/domain/clock/@offset", WORDS("utc")},
    {"/domain/on_poweroff", ACTIONS},
    {"/domain/on_reboot", ACTIONS},
    {"/domain/on_crash", ACTIONS},

    {"/domain/vessel:init/@kind", NULL},
    {"/domain/vessel:pids/@max", NULL},
    {"/domain/vessel:overlay/@target", NULL},
    {"/domain/vessel:overlay/@upper", NULL},
    {"/domain/vessel:overlay/size", NULL},
    {"/domain/vessel:overlay/@dir", NULL},
    {"/domain/vessel:overlay/lower/@dir", NULL},
    {"/domain/vessel:image/@target", NULL},
    {"/domain/vessel:image/@type", NULL},
    {"/domain/vessel:image/@writable", NULL},

    {FILESYSTEM "/@type", WORDS("mount", "bind", "ram", "template", "file", "block")},
    {FILESYSTEM "/@accessmode", WORDS("passthrough")},
    {FILESYSTEM "/driver/@type", WORDS("path", "loop")},
    {FILESYSTEM "/driver/@format", WORDS("raw")},
    {FILESYSTEM "/source/@dir", NULL},
    {FILESYSTEM "/source/@name", NULL},
    {FILESYSTEM "/source/@file", NULL},
    {FILESYSTEM "/source/@dev", NULL},
    {FILESYSTEM "/source/@usage", NULL},
    {FILESYSTEM "/source/@units", NULL},
    {FILESYSTEM "/target/@dir", NULL},
    {FILESYSTEM "/readonly", NULL},
    {FILESYSTEM "/alias/@name", NULL},

    {CONSOLE "/@type", WORDS("pty")},
    {CONSOLE "/@tty", NULL},
    {CONSOLE "/source/@path", NULL},
    {CONSOLE "/target/@type", WORDS("lxc")},
    {CONSOLE "/target/@port", NULL},
    {CONSOLE "/alias/@name", NULL},

    {INTERFACE "/@type", WORDS("bridge", "direct", "user")},
    {INTERFACE "/mac/@address", NULL},
    {INTERFACE "/source/@bridge", NULL},
    {INTERFACE "/source/@dev", NULL},
    {INTERFACE "/source/@mode", WORDS("vepa", "private", "bridge", "passthrough")},
    {INTERFACE "/target/@dev", NULL},
    {INTERFACE "/guest/@dev", NULL},
    {INTERFACE "/link/@state", NULL},
    {INTERFACE "/mtu/@size", NULL},
    ADDRESSES(INTERFACE),
    {INTERFACE "/portForward/@proto", NULL},
    {INTERFACE "/portForward/@address", NULL},
    {INTERFACE "/portForward/range/@start", NULL},
    {INTERFACE "/portForward/range/@end", NULL},
    {INTERFACE "/portForward/range/@to", NULL},
    {INTERFACE "/alias/@name", NULL},

    {HOSTDEV "/@mode", WORDS("capabilities")},
    {HOSTDEV "/@type", WORDS("storage", "misc", "net")},
    {HOSTDEV "/source/block", NULL},
    {HOSTDEV "/source/char", NULL},
    {HOSTDEV "/source/interface", NULL},
    ADDRESSES(HOSTDEV),
    {HOSTDEV "/alias/@name", NULL},

    {NULL, NULL},
};
