/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/operations.h"
#include "base/words.h"
#include "core/states.h"
#include "kit/rootfs.h"

#define LIFECYCLE(slot) offsetof(VesselDriver, lifecycle), offsetof(VesselLifecycleOps, slot)
#define CONSOLE(slot) offsetof(VesselDriver, console), offsetof(VesselConsoleOps, slot)
#define EXEC(slot) offsetof(VesselDriver, exec), offsetof(VesselExecOps, slot)
#define LIVE(slot) offsetof(VesselDriver, change), offsetof(VesselChangeOps, slot)
#define STATS(slot) offsetof(VesselDriver, stats), offsetof(VesselStatsOps, slot)
#define HOST(slot) offsetof(VesselDriver, host), offsetof(VesselHostOps, slot)
#define NO_SLOT 0, 0

#define RUNNING VESSEL_DOMAIN_RUNNING
#define PAUSED VESSEL_DOMAIN_PAUSED
#define SHUT_OFF VESSEL_DOMAIN_SHUT_OFF
#define ACTIVE VESSEL__STATES_ACTIVE
/* A guest that can be talked to: it has not powered off yet. */
#define ALIVE (ACTIVE & ~(unsigned)VESSEL_DOMAIN_IN_SHUTDOWN)

#define CHANGE VESSEL_WAITS_CHANGE
#define QUERY VESSEL_WAITS_QUERY
#define NEVER VESSEL_WAITS_NEVER
#define ALONE VESSEL_DURING_NOTHING
#define ALWAYS VESSEL_DURING_ALL
#define DEFINITION .changes_definition = true

/* clang-format off */
static const VesselOp rows[] = {
    /* A definition is changed in one transaction: what is under way has its own copy. */
    [VESSEL_OP_DOMAIN_DEFINE] = {"domain_define", NO_SLOT, 0, CHANGE, ALWAYS, DEFINITION},
    [VESSEL_OP_DOMAIN_CREATE] = {"domain_create", LIFECYCLE(start), SHUT_OFF, CHANGE, ALONE,
        DEFINITION, .becomes = RUNNING, .reason = "booted", .event = "domain.started"},
    [VESSEL_OP_DOMAIN_UNDEFINE] = {"domain_undefine", NO_SLOT, 0, CHANGE, ALONE, DEFINITION},
    [VESSEL_OP_DOMAIN_START] = {"domain_start", LIFECYCLE(start), SHUT_OFF, CHANGE, ALONE,
        .becomes = RUNNING, .reason = "booted", .event = "domain.started"},
    [VESSEL_OP_DOMAIN_SHUTDOWN] = {"domain_shutdown", LIFECYCLE(shutdown), RUNNING | PAUSED, CHANGE,
        ALONE, .becomes = SHUT_OFF, .reason = "shutdown", .event = "domain.stopped"},
    [VESSEL_OP_DOMAIN_DESTROY] = {"domain_destroy", LIFECYCLE(destroy), ACTIVE, CHANGE, ALWAYS,
        .becomes = SHUT_OFF, .reason = "destroyed", .event = "domain.stopped"},
    [VESSEL_OP_DOMAIN_REBOOT] = {"domain_reboot", LIFECYCLE(reboot), RUNNING | PAUSED, CHANGE,
        ALONE, .event = "domain.rebooted"},
    [VESSEL_OP_DOMAIN_RESET] = {"domain_reset", LIFECYCLE(reset), ALIVE, CHANGE, ALONE,
        .event = "domain.reset"},
    [VESSEL_OP_DOMAIN_SUSPEND] = {"domain_suspend", LIFECYCLE(suspend), RUNNING, CHANGE, ALONE,
        .becomes = PAUSED, .reason = "user", .event = "domain.suspended"},
    [VESSEL_OP_DOMAIN_RESUME] = {"domain_resume", LIFECYCLE(resume), PAUSED, CHANGE, ALONE,
        .becomes = RUNNING, .reason = "unpaused", .event = "domain.resumed"},
    [VESSEL_OP_DOMAIN_RENAME] = {"domain_rename", NO_SLOT, 0, CHANGE, ALONE, DEFINITION},
    [VESSEL_OP_DOMAIN_SET_AUTOSTART] = {"domain_set_autostart", NO_SLOT, 0, CHANGE, ALWAYS,
        DEFINITION},
    [VESSEL_OP_DOMAIN_SET_METADATA] = {"domain_set_metadata", NO_SLOT, 0, CHANGE, ALONE},
    [VESSEL_OP_DOMAIN_CHANGE] = {"domain_change", NO_SLOT, 0, CHANGE, ALONE},
    [VESSEL_OP_DOMAIN_OPEN_CONSOLE] = {"domain_open_console", CONSOLE(open), ALIVE, CHANGE, ALWAYS},
    [VESSEL_OP_DOMAIN_EXEC] = {"domain_exec", EXEC(exec), RUNNING, CHANGE, ALWAYS},
    [VESSEL_OP_DOMAIN_COPY_IN] = {"domain_copy_in", EXEC(copy), RUNNING, CHANGE, ALWAYS},
    [VESSEL_OP_DOMAIN_COPY_OUT] = {"domain_copy_out", EXEC(copy), RUNNING, CHANGE, ALWAYS},
    [VESSEL_OP_DOMAIN_OPEN_LOG] = {"domain_open_log", NO_SLOT, 0, NEVER, ALWAYS, .files = true},
    [VESSEL_OP_DOMAIN_STATS] = {"domain_stats", STATS(collect), 0, QUERY, ALWAYS},
    [VESSEL_OP_DOMAIN_INFO] = {"domain_info", NO_SLOT, 0, NEVER, ALWAYS},
    [VESSEL_OP_HOST_AUTOSTART] = {"host_autostart", LIFECYCLE(start), 0, CHANGE, ALWAYS,
        DEFINITION},
    [VESSEL_OP_HOST_STOP_ALL] = {"host_stop_all", LIFECYCLE(destroy), 0, CHANGE, ALWAYS},
    [VESSEL_OP_HOST_IMPORT_ROOTFS] = {"host_import_rootfs", NO_SLOT, 0, NEVER, ALWAYS,
        .files = true, .helper = VESSEL__UNPACK_NAME},
    [VESSEL_OP_HOST_CAPABILITIES] = {"host_capabilities", NO_SLOT, 0, QUERY, ALWAYS},
    [VESSEL_OP_HOST_DOMAIN_CAPABILITIES] = {"host_domain_capabilities", HOST(domain_capabilities),
        0, QUERY, ALWAYS},
    [VESSEL_OP_HOST_STATS] = {"host_stats", STATS(collect), 0, QUERY, ALWAYS},
    [VESSEL_OP_HOST_VALIDATE] = {"host_validate", NO_SLOT, 0, QUERY, ALWAYS},
    {"host_validate.host", HOST(check_start), 0, QUERY, ALWAYS},
    {"host_validate.lenient", NO_SLOT, 0, QUERY, ALWAYS},
    {"domain_define.lenient", NO_SLOT, 0, CHANGE, ALWAYS, DEFINITION},
    {"domain_define.new", NO_SLOT, 0, CHANGE, ALWAYS, DEFINITION},
    {"domain_create.paused", LIFECYCLE(start), SHUT_OFF, CHANGE, ALONE, DEFINITION},
    {"domain_create.autodestroy", LIFECYCLE(start), SHUT_OFF, CHANGE, ALONE, DEFINITION},
    {"domain_start.paused", LIFECYCLE(start), SHUT_OFF, CHANGE, ALONE},
    {"domain_start.autodestroy", LIFECYCLE(start), SHUT_OFF, CHANGE, ALONE},
    {"domain_open_console.force", CONSOLE(open), ALIVE, CHANGE, ALWAYS},
    {"domain_open_console.readonly", CONSOLE(open), ALIVE, CHANGE, ALWAYS},
    {"domain_exec.tty", EXEC(exec), RUNNING, CHANGE, ALWAYS},
    {"domain_set_metadata.live", LIFECYCLE(definition_changed), ACTIVE, CHANGE, ALONE},
    {"domain_set_metadata.next", NO_SLOT, 0, CHANGE, ALONE, DEFINITION},
    {"domain_change.live", LIVE(change), ACTIVE, CHANGE, ALONE},
    {"domain_change.next", NO_SLOT, 0, CHANGE, ALONE, DEFINITION},
    {"domain_change.dry_run", NO_SLOT, 0, NEVER, ALONE},
    {"domain_change.lenient", NO_SLOT, 0, CHANGE, ALONE},
    {"domain_metadata", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_list", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_lookup_by_name", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_lookup_by_uuid", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_lookup_by_id", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_name", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_id", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_state", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_xml", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_xml.inactive", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_xml.secure", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_xml.given", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_xml.json", NO_SLOT, 0, NEVER, ALWAYS},
    {"domain_wait", NO_SLOT, 0, CHANGE, ALWAYS},
    {"definition_validate", NO_SLOT, 0, NEVER, ALWAYS},
    {"definition_validate.host", HOST(check_start), 0, QUERY, ALWAYS},
    {"definition_convert", NO_SLOT, 0, NEVER, ALWAYS},
    {"definition_schema", NO_SLOT, 0, NEVER, ALWAYS},
    {"definition_explain", NO_SLOT, 0, NEVER, ALWAYS},
    {"definition_diff", NO_SLOT, 0, NEVER, ALWAYS},
    {"host_hostname", NO_SLOT, 0, NEVER, ALWAYS},
    {"host_node_info", NO_SLOT, 0, NEVER, ALWAYS},
    {"host_doctor", NO_SLOT, 0, NEVER, ALWAYS},
    {"host_subscribe", NO_SLOT, 0, NEVER, ALWAYS},
    {"job_list", NO_SLOT, 0, NEVER, ALWAYS},
    {"job_lookup_by_id", NO_SLOT, 0, NEVER, ALWAYS},
    {"job_lookup_by_domain", NO_SLOT, 0, NEVER, ALWAYS},
    {"job_state", NO_SLOT, 0, NEVER, ALWAYS},
    {"job_wait", NO_SLOT, 0, CHANGE, ALWAYS},
    {"job_cancel", NO_SLOT, 0, NEVER, ALWAYS},
};
/* clang-format on */

const VesselOp *vessel__op(VesselOpId id)
{
    return &rows[id];
}

const VesselOp *vessel__op_find(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_str_equal(rows[i].name, name))
            return &rows[i];
    }
    return NULL;
}

const VesselOp *vessel__ops(guint *count)
{
    *count = G_N_ELEMENTS(rows);
    return rows;
}

const char *vessel__op_nearest(const char *name)
{
    const char *words[G_N_ELEMENTS(rows) + 1] = {NULL};
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        words[i] = rows[i].name;
    return vessel__word_nearest(words, name);
}

bool vessel__op_needs_slot(const VesselOp *op)
{
    return op->table != 0;
}

VesselSlot vessel__op_slot(const VesselOp *op, const VesselDriver *driver)
{
    if (!op->table || driver->size < op->table + sizeof(void *))
        return NULL;
    const char *table = *(const char *const *)((const char *)driver + op->table);
    /* Each table begins with its size. */
    if (!table || *(const size_t *)table < op->slot + sizeof(VesselSlot))
        return NULL;
    return *(const VesselSlot *)(table + op->slot);
}
