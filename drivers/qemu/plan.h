/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the planner (library) and the engine (helper) of the QEMU family share: the engine's part of
 * a launch plan.
 *
 * {"binary": "/usr/bin/qemu-system-x86_64", "version": "7.2.22", "accel": "kvm" | "tcg",
 *  "argv": ["/usr/bin/qemu-system-x86_64", "-nodefaults", …],
 *                                       whole, the binary first; descriptor numbers are final
 *  "fds": [{"name": "disk0.0", "number": 10}, …],       descriptors of the message → numbers in QEMU
 *  "listen": [{"name": "monitor.sock", "number": 20}, {"name": "serial0.sock", "number": 21}],
 *                                       sockets the engine makes in the runtime folder
 *  "consoles": [{"alias": "serial0", "socket": "serial0.sock"}, …]   first = default
 *  "blocks": [{"alias", "target", "node", "qdev", "path"}],   for stats, in order
 *  "interfaces": [{"alias", "netdev", "mac", "model"}],
 *  "vcpus": N, "memory_kib": N, "balloon": true|false, "power_button": true|false,
 *  "current_kib": N                     the balloon's target before the vCPUs run; only with a
 *                                       balloon and if less than memory_kib
 *  "identity": {"uid_base", "uid_count"} or absent     as root: take an unused one
 *  "devices": ["/dev/kvm", …]          device nodes the guest's own /dev must have
 *  "paths": ["/usr/share/qemu", …]     read-only view for the confined QEMU: all exist; a
 *                                       directory stands for what is beneath it
 *  "proc": true|false                   argv names files as /proc/self/fd/N (kernel, initrd), which
 *                                       needs a /proc there: fopen() takes no /dev/fdset/N
 *  "network": true|false                QEMU itself opens connections (a user interface): it stays in
 *                                       the network namespace of the one who started it
 * }
 *
 * A probe (vessel__helper_ask, VESSEL__OP_PROBE) asks a binary what it can do, without a guest:
 *  {"engine": "qemu", "binary": "/usr/bin/qemu-system-x86_64", "identity", "devices", "paths": as above,
 *   "queries": [{"execute": "query-machines", "arguments": {…} or absent}, …]}
 * The engine starts it with -machine none -nodefaults -no-user-config, all four sandbox denials and
 * the monitor on an inherited socket, sends the queries at once, ends it, and answers
 *  {"version": {"major", "minor", "micro"}, "package": …}      from the greeting
 * with the memory file {"replies": [{"return": …} or {"error": {"class", "desc"}}, …]} in the order
 * of the queries. A binary that ends, is silent or speaks nonsense is an error with its stderr as
 * cause.
 */
#ifndef VESSEL_QEMU_PLAN_H
#define VESSEL_QEMU_PLAN_H

#define VESSEL__QEMU_ENGINE "qemu"
#define VESSEL__QEMU_MONITOR "monitor.sock"

#endif
