/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words that the library (lib/kit) and the helper (lib/warden) share. JSON messages over
 * SOCK_SEQPACKET, see sys/socket.h.
 *
 * Greeting, first message on every connection, by the warden:
 *   {"vessel-warden": 1, "version": "0.1.0", "features": ["stats", "console", …], "uuid": …}
 * Request:  {"id": N, "op": WORD, "author": {"pid", "name", "uid", "operation"}, "request": "16 hex",
 *            "timeout_ms": N or absent, "args": {…}, "fds": ["op.lock", …]}   names of the descriptors
 * Reply:    {"id": N, "ok": {…}, "fds": […]}  or  {"id": N, "error": {…as vessel_error_json…}}
 * Arguments or an answer too large for a message come in a memory file instead, as the descriptor
 * named "args" or "ok". Unknown members are ignored, an unknown op is answered `unsupported`; within a major version
 * members are only added.
 *
 * A request that changes the guest carries the operation lock ("op.lock"): the warden owns it from
 * then on and releases it when the operation is over, however late. When the requester's deadline
 * ("timeout_ms") passes first, the requester gets outcome-unknown; the late result becomes an event
 * of the operation's usual kind whose detail has the request's id ("request"), or, if it failed,
 * {"kind": "job.ended", "request": …, "error": …}.
 *
 * The helper is started with one connected socket as descriptor 3; the first request on it says
 * what it is to be: "start" or "adopt" (a warden), or "probe" (answers and leaves).
 */
#ifndef VESSEL_SYS_WIRE_H
#define VESSEL_SYS_WIRE_H

#define VESSEL__WIRE_VERSION 1
#define VESSEL__WIRE_FD 3

/* Ops. start: args = the plan (lib/kit/launch.h); fds: warden.lock op.lock runtime events log
 * [owner] and those the plan names. adopt: args {} ; fds: warden.lock runtime events log. */
#define VESSEL__OP_START "start"
#define VESSEL__OP_ADOPT "adopt"
#define VESSEL__OP_PROBE "probe"
#define VESSEL__OP_SUSPEND "suspend"
#define VESSEL__OP_RESUME "resume"
#define VESSEL__OP_SHUTDOWN "shutdown"
#define VESSEL__OP_REBOOT "reboot"
#define VESSEL__OP_RESET "reset"
#define VESSEL__OP_DESTROY "destroy"   /* ok when the guest is gone and state.json says so; args
                                       [{cancel: true}]: a start is taken back by its requester */
#define VESSEL__OP_CONSOLE "console"   /* args {device, force, readonly}; ok has fds ["console"] */
#define VESSEL__OP_STATS "stats"       /* args {groups: […]}; ok {stats: {KEY: value}, age_ms} */
#define VESSEL__OP_DEFINITION "definition" /* args {xml, kind}: the definition in force was changed */
#define VESSEL__OP_CHANGE "change"     /* args {xml: the definition in force afterwards, paths: what
                                       differs, plan: members of the engine's plan from then on (null:
                                       none), set, undo: for the engine} */
#define VESSEL__OP_RENAME "rename"     /* args {name}: of a running domain's bookkeeping; done at
                                       once, so the requester keeps the operation lock */

/* state.json, replaced whole by the warden:
 * {"version": 1, "uuid", "name", "id", "driver", "engine", "state": "running", "reason": "booted",
 *  "since": RFC 3339, "started": RFC 3339, "boot_id",
 *  "warden": {process}, "guest": {process},      each {"pid", "start", "pidns", "boot_id"}
 *  "mntns", "netns": inode numbers of the warden's namespaces,
 *  "cgroup": [directories], "scope": name, "notes": [sentences for the domain's info],
 *  "actions": {"poweroff", "reboot", "crash"}, "autodestroy": {process} or absent,
 *  "transient": bool, "memory_kib": current balloon target,
 *  "exit": {"status": N} or {"signal": N},       once it is shut off and we were the parent
 *  "engine_state": {…}                           what the engine needs to adopt,
 *  "operation": "domain_start"                   while a start is under way (the state is shut-off),
 *  "announce": {event}                           of this state, until it is in the log: whoever comes
 *                                                after a killed warden appends it}
 * The states are VesselDomainState's words with hyphens ("shut-off", "in-shutdown").
 * Once shut-off it stays (for the reason) without warden and guest, id -1; the other files of the
 * folder go, but for op.lock and warden.lock. */

/* The log's records (events): {"kind": "domain.started", "time": RFC 3339,
 *  "object": {"type": "domain", "name", "uuid"}, "reason": WORD, "author": "pid 12 (virt-panel)",
 *  "request": id, "detail": {…}} */

#endif
