/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the planner (library) and the engine (helper) of the container driver share: the engine's
 * part of a launch plan.
 *
 * {"kind": "program" | "init",         what "path" is: looked after by vessel-init, or process 1
 *  "path": "/bin/sh", "argv": ["/bin/sh", "-c", "true"], "env": ["PATH=/bin", …], "cwd": "/",
 *  "user": NAME or NUMBER, "group": likewise   of the container's own files; absent: its root
 *  "hostname": "web",
 *  "uids": [{"start": 0, "target": 100000, "count": 65536}, …], "gids": likewise
 *                                      the user namespace's maps: first id inside, outside, how many
 *  "ids": {"source": "/var/lib/vessel/container-ids", "records": [OFFSET, …], "length": N}
 *                                      which records of that file a warden keeps locked (range.c)
 *  "init": {"source": "/usr/libexec/vessel/vessel-init", "readonly": true},
 *  "root": {"source": "/srv/web", "readonly": bool, "idmapped": bool},
 *  "mounts": [{"fd": "mount0", "source": "/srv/data", "target": "/data", "readonly": bool,
 *              "idmapped": bool}                          a directory or file of the host
 *             or {"tmpfs": KIB, "target": "/run"}, …],    in order
 *  A root or mount may have, of a disk image or a block device, "image": {"type": "ext4", "writable":
 *  bool}; a mount of a device's node, "device": {"block": bool, "major": N, "minor": N, "mode": N}.
 *  Each of them may have "recursive": what is mounted beneath its source is seen, too; "noexec";
 *  "nosuid"; "atime": "relatime" | "noatime" | "strictatime".
 *  "layers": [{"fd": "layer0", "source": "/srv/more", "of": "/data", "upper": bool, "idmapped": bool}, …]
 *                                      of the root or mount with that target, which then has
 *                                      "overlay": {"size": KIB} (absent: no limit) and is the lowest;
 *                                      the topmost first. Without one that is "upper" (it has the
 *                                      directories upper and work) changes are kept in memory
 *  "interfaces": [{"at": PATH, "kind": "bridge" | "direct" | "user", "name": "eth0",
 *                  "host": its end outside (of a bridge), "source": the bridge, the interface below;
 *                  of user: its network, "mode": of a macvlan,
 *                  "mac": ADDRESS, "mtu": N or absent: the bridge's, "down": bool,
 *                  "ips": [{"at": PATH, "address": A, "prefix": N, "peer": A or absent}, …],
 *                  "routes": [{"at": PATH, "address": A, "prefix": N, "gateway": A, "metric": N}, …],
 *                  of user: "address": its own,
 *                  "forwards": [{"at": PATH, "proto": "tcp" | "udp", "address": A or absent: all,
 *                                "start": PORT, "count": N, "to": PORT inside}, …]},
 *                 …]
 *  "moved": [{"at": PATH, "kind": "hostdev", "name": "eth1", "source": "eth1", "ips", "routes"}, …]
 *                                      interfaces of the host, given back at the end
 *  "slirp": {"source": "/usr/bin/slirp4netns"}, or absent
 *  "capabilities": MASK                 of those that the container's root keeps
 *  "no_new_privs": bool
 *  "seccomp": {"program": BASE64}       the filter of system calls, or without a program none; absent:
 *                                      Vessel's own
 *  "rlimits": [{"at": PATH, "name": "nofile", "soft": N, "hard": N}, …], "oom_score": N
 *                                      of each process, where they are not the driver's own
 *  "time": [{"at": PATH, "clock": "monotonic", "seconds": N, "nanoseconds": N}, …]
 *                                      what its clocks are ahead of the host's; absent: they are those
 *  "console": "console0" or absent      a terminal that is standard input, output and error
 *  "limits": [{"of": "memory", "at": "/domain/memory", "optional": bool,
 *              "ways": [{"v2": bool, "file": FILE, "value": WORD, "none": WORD}, …]}, …]
 *                                      written to the container's control group: the first way whose
 *                                      file is there; an error is "at", optional ones are none;
 *                                      "none" is what takes it away
 *  "memory_kib": N, "vcpus": N         of the limits, for statistics; 0: none}
 *
 * A change of what runs (VESSEL__OP_CHANGE) has as "set" and "undo" {"limits": [as above],
 * "links": [{"at": PATH, "host": NAME, "down": bool}, …]}: those that are written, in their order, and
 * ends outside. "undo" has "undo": true.
 *
 * Each source has "at", the definition's path for errors, and "dev" and "ino", by which an adopter knows
 * the file again.
 *
 * The descriptors: "ids" (root's, with the locks), "slirp", "init" (vessel-init's file), "root", those of the mounts and of the layers. They stay
 * open in the warden, so that a restart finds the same files; that of an upper layer holds its lock.
 *
 * Between warden and child, JSON messages over a SOCK_SEQPACKET pair, each side's in this order:
 *   child:  {"apart": true}                             it is in all its namespaces but the mounts'
 *   warden: {"mapped": true}                            maps and limits are written; what root's container
 *                                                       sees of the host is staged (stage.c)
 *   warden: {"network": true}                           the interfaces are there; not without any
 *   child:  {"console": true}                           with the terminal's master and its own end
 *   child:  {"ready": true}                             nothing is left but to execute
 *   warden: {"go": true}
 *   child:  {"error": {…}}                              at any time, and ends
 * The socket then is vessel-init's descriptor 3, which answers with one JSON message as well:
 *   init:   {"errno": N}                                the program cannot be executed
 * The end of the socket says that it was. */
#ifndef VESSEL_CONTAINER_PLAN_H
#define VESSEL_CONTAINER_PLAN_H

#define VESSEL__CONTAINER_ENGINE "container"
#define VESSEL__CONTAINER_INIT "vessel-init" /* beside vessel-warden */

/* "of" of the limits whose order matters when they are changed. */
#define VESSEL__LIMIT_MEMORY "memory"
#define VESSEL__LIMIT_SOFT "soft"
#define VESSEL__LIMIT_SWAP "swap" /* and memory */
#define VESSEL__LIMIT_PERIOD "period"
#define VESSEL__LIMIT_QUOTA "quota"

#endif
