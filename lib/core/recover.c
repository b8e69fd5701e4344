/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/recover.h"
#include "base/file.h"
#include "core/domain.h"
#include "core/operations.h"
#include "core/registry.h"
#include "core/states.h"
#include "kit/launch.h"
#include "sys/cgroup.h"
#include "sys/exit.h"
#include "sys/scope.h"
#include <time.h>

#define RETRY_MS 1
#define ADOPT_MS 10000
#define GROUP_MS 1000

bool vessel__live_is_claimed(const VesselLive *live)
{
    return live->warden.pid || live->guest.pid;
}

/* ---- what there is ---- */

typedef enum {
    GUEST_DEAD,
    GUEST_ALIVE,
    GUEST_ELSEWHERE, /* its processes are in another PID namespace, where its warden lives */
} GuestIs;

/* Of a domain whose warden is not to be seen. State of another boot is worth nothing, and of
 * another PID namespace only as long as somebody holds the lock: with a namespace its processes
 * die. */
static GuestIs look_at(VesselHost *host, const char *uuid, const VesselLive *live)
{
    const VesselProcess *known = live->warden.pid ? &live->warden : &live->guest;
    if (!g_str_equal(known->boot_id, vessel__boot_id()))
        return GUEST_DEAD;
    if (known->pidns == vessel__pidns())
        return vessel__process_alive(&live->guest) ? GUEST_ALIVE : GUEST_DEAD;
    vessel_autofd int dir = -1;
    VesselHolder holder;
    if (vessel__store_folder(host->store, uuid, &dir, NULL) || dir < 0)
        return GUEST_DEAD;
    return vessel__lock_peek(dir, VESSEL__RUN_WARDEN_LOCK, &holder, NULL) == 1 ? GUEST_ELSEWHERE
                                                                               : GUEST_DEAD;
}

static int fail_elsewhere(const VesselDomainRecord *record, const VesselLive *live,
                          VesselError **err)
{
    vessel__fail(err, VESSEL_ERROR_INCOMPATIBLE,
                 "domain \"%s\" is looked after in another PID namespace (%" G_GUINT64_FORMAT
                 "; this program is in %" G_GUINT64_FORMAT ")",
                 record->name, live->warden.pidns, vessel__pidns());
    vessel__error_hint(err, "make this call from the container or namespace that started it");
    return VESSEL_ERROR_INCOMPATIBLE;
}

/* ---- recording an end that no warden saw ---- */

static bool stays(const char *name)
{
    return g_str_equal(name, VESSEL__RUN_STATE) || g_str_equal(name, VESSEL__RUN_OP_LOCK) ||
           g_str_equal(name, VESSEL__RUN_WARDEN_LOCK);
}

static void clean_folder(int dir)
{
    g_auto(GStrv) names = NULL;
    if (dir < 0 || vessel__list_dir(dir, ".", 4096, &names, NULL))
        return;
    for (char **name = names; *name; name++) {
        if (!stays(*name))
            vessel__remove_tree(dir, *name, NULL);
    }
}

/* A warden that was killed in the middle of a start may have made its group and not recorded it:
 * the name follows from what it recorded before. */
static VesselCgroup *find_group(VesselHost *host, const VesselJson *live)
{
    const VesselJson *record = vessel__json_get(live, "cgroup");
    VesselCgroup *group = NULL;
    g_autofree char *name = g_strdup_printf("%s-%d", vessel__json_get_string(live, "uuid", ""),
                                            (int)vessel__json_get_int(live, "id", -1));
    if (vessel__json_length(record) > 0)
        vessel__cgroup_open(record, &group, NULL);
    else if (vessel__json_get(live, "operation"))
        vessel__cgroup_find_named(vessel__store_root_id(host->store), name, &group, NULL);
    return group;
}

/* The record of what is left: the next start, or the end of the domain, tries again. NULL: nothing.
 * What was to become the guest ends a moment after its warden. */
static VesselJson *remove_group(VesselHost *host, const VesselJson *live, VesselDeadline deadline)
{
    g_autoptr(VesselError) error = NULL;
    g_autoptr(VesselCgroup) group = find_group(host, live);
    if (!group || vessel__cgroup_remove_by(
                      group, vessel__deadline_min(deadline, vessel__deadline_after(GROUP_MS)),
                      &error) == VESSEL_OK)
        return NULL;
    vessel_log(host->log, VESSEL__LOG_INFO, "recover", "%s", vessel_error_message(error));
    return vessel__cgroup_to_json(group);
}

int vessel__recover_groups(VesselHost *host, const char *uuid, VesselDeadline deadline,
                           VesselError **err)
{
    g_autoptr(VesselLive) live = vessel__store_live(host->store, uuid);
    g_autoptr(VesselCgroup) group = live && live->json ? find_group(host, live->json) : NULL;
    return group ? vessel__cgroup_remove_by(group, deadline, err) : VESSEL_OK;
}

static VesselJson *ended_json(VesselHost *host, const VesselLive *live, const char *reason,
                              const VesselExit *how, VesselDeadline deadline)
{
    static const char *const gone[] = {"warden",    "guest",    "autodestroy", "engine_state",
                                       "operation", "announce", "memory_kib",  NULL};
    char now[32];
    VesselJson *json = vessel__json_copy(live->json);
    vessel__time_format(vessel__realtime_us(), now);
    for (guint i = 0; gone[i]; i++)
        vessel__json_set(json, gone[i], NULL);
    vessel__json_set_int(json, "id", -1);
    vessel__json_set_string(json, "state", vessel__state_word(VESSEL_DOMAIN_SHUT_OFF));
    vessel__json_set_string(json, "reason", reason);
    vessel__json_set_string(json, "since", now);
    if (how->known)
        vessel__json_set(json, "exit", vessel__exit_to_json(how));
    vessel__json_set(json, "cgroup", remove_group(host, live->json, deadline));
    return json;
}

static VesselJson *ended_event(const VesselDomainRecord *record, const char *kind,
                               const char *reason, const VesselHolder *author)
{
    char now[32];
    VesselJson *event = vessel__json_new_object(), *object = vessel__json_new_object();
    VesselJson *detail = vessel__json_new_object();
    g_autofree char *who = author ? vessel__holder_who(author) : NULL;
    vessel__time_format(vessel__realtime_us(), now);
    vessel__json_set_string(event, "kind", kind);
    vessel__json_set_string(event, "time", now); /* by which it is known to be in the log */
    vessel__json_set_string(object, "type", "domain");
    vessel__json_set_string(object, "name", record->name);
    vessel__json_set_string(object, "uuid", record->uuid);
    vessel__json_set(event, "object", object);
    vessel__json_set_string(event, "reason", reason);
    vessel__json_set_string(event, "author", who);
    vessel__json_set_bool(detail, "derived", true);
    vessel__json_set(event, "detail", detail);
    return event;
}

/* With warden.lock held. The state carries the event until it is in the log: whoever comes after a
 * killed one appends it. */
static int record_end(VesselHost *host, const VesselDomainRecord *record, const VesselLive *live,
                      int dir, const char *reason, const VesselHolder *author,
                      VesselDeadline deadline, VesselError **err)
{
    const VesselJson *pending = vessel__json_get(live->json, "announce");
    bool had_started = !vessel__json_get(live->json, "operation");
    VesselExit how = {.known = false, .status = -1};
    bool told = had_started && !author && vessel__exit_record_read(dir, &how);
    g_autofree char *own = told ? vessel__exit_reason(&how) : NULL; /* it ended by itself */
    g_autoptr(VesselJson) json = ended_json(host, live, own ? own : reason, &how, deadline);
    g_autoptr(VesselJson) event = ended_event(record, "domain.stopped", own ? own : reason, author);
    int code = VESSEL_OK;
    if (told)
        vessel__json_set((VesselJson *)vessel__json_get(event, "detail"), "exit",
                         vessel__exit_to_json(&how));
    clean_folder(dir); /* first: on a full disk this makes the room for what follows */
    if (pending)
        code = vessel__store_event_once(host->store, pending, err);
    if (!code && had_started) {
        g_autoptr(VesselJson) gap = ended_event(record, "host.gap", "warden-died", author);
        code = vessel__store_event(host->store, gap, NULL, err);
        vessel__json_set(json, "announce", vessel__json_copy(event));
    }
    if (!code)
        code = vessel__store_set_live(host->store, record->uuid, json, err);
    if (!code && had_started) {
        code = vessel__store_event(host->store, event, NULL, err);
        vessel__json_set(json, "announce", NULL);
    }
    if (!code && had_started)
        code = vessel__store_set_live(host->store, record->uuid, json, err);
    return code;
}

/* ---- adoption ---- */

static int adopt(VesselHost *host, VesselDomainRecord *record, const VesselLive *live, int dir,
                 VesselLock **lock, VesselDeadline deadline, VesselError **err)
{
    vessel_autofd int log_fd = -1;
    int code = vessel__store_log(host->store, record->name, &log_fd, err);
    if (code)
        return code;
    VesselOperation operation = {
        .name = "domain_adopt",
        .deadline = deadline,
        .op_lock_fd = -1,
        .warden_lock_fd = vessel__lock_fd(*lock),
        .runtime_fd = dir,
        .events_fd = vessel__store_events_fd(host->store),
        .log_fd = log_fd,
    };
    vessel__random_hex(8, operation.request);
    vessel__host_author(host, operation.name, &operation.author);
    VesselGuest guest = {
        .host = vessel__host_for_driver(host),
        .uuid = record->uuid,
        .name = record->name,
        .driver = live->driver,
        .id = live->id,
        .state = live->json,
        .dir = dir,
        .operation = &operation,
    };
    vessel_log(host->log, VESSEL__LOG_WARNING, "recover",
               "the warden of \"%s\" (pid %d) is dead and its guest lives: starting another",
               record->name, live->warden.pid);
    code = vessel__warden_adopt(&guest, err);
    if (operation.handed_over)
        vessel__lock_hand_over(g_steal_pointer(lock));
    return code;
}

/* ---- one attempt ---- */

/* Takes the right to write the domain's live state, looks again, and does what is to be done.
 * `busy`: somebody else is at it. */
static int settle(VesselHost *host, VesselDomainRecord *record, const char *reason,
                  const VesselHolder *author, VesselDeadline lock_deadline, VesselDeadline deadline,
                  VesselError **err)
{
    vessel_autofd int dir = -1;
    g_autoptr(VesselLock) lock = NULL;
    VesselHolder holder;
    int code = vessel__store_folder(host->store, record->uuid, &dir, err);
    if (code || dir < 0)
        return code;
    vessel__host_author(host, "recovery", &holder);
    code = vessel__lock_take(dir, VESSEL__RUN_WARDEN_LOCK, &holder, lock_deadline, &lock, err);
    if (code)
        return code;
    g_autoptr(VesselLive) live = vessel__store_live(host->store, record->uuid);
    if (!live || !vessel__live_is_claimed(live) || vessel__process_alive(&live->warden))
        return VESSEL_OK;
    GuestIs is = look_at(host, record->uuid, live);
    if (is == GUEST_ALIVE)
        return adopt(host, record, live, dir, &lock, deadline, err);
    /* That we have the lock says that nobody has it elsewhere. */
    return record_end(host, record, live, dir, reason, author, deadline, err);
}

void vessel__recover_kick(VesselHost *host, VesselDomainRecord *record, VesselNow *now)
{
    VesselLive *live = now->live;
    GuestIs is = look_at(host, record->uuid, live);
    if (is == GUEST_ELSEWHERE)
        return;
    if (is == GUEST_DEAD) {
        if (now->state != VESSEL_DOMAIN_SHUT_OFF)
            now->reason = "failed";
        now->state = VESSEL_DOMAIN_SHUT_OFF;
        now->id = -1;
    }
    if (vessel__store_is_readonly(host->store) || !vessel__entry_may_kick(host, record->uuid))
        return;
    /* Now or not at all: who reads does not wait, and what fails is found again by the next one. */
    g_autoptr(VesselError) error = NULL;
    VesselDeadline at_once = vessel__now_ms();
    if (settle(host, record, "failed", NULL, at_once, at_once, &error))
        vessel_log(host->log, VESSEL__LOG_INFO, "recover", "\"%s\": %s", record->name,
                   vessel_error_message(error));
}

static void pause_ms(int ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

int vessel__recover(VesselHost *host, VesselDomainRecord *record, VesselNow *now,
                    VesselDeadline deadline, VesselError **err)
{
    for (;;) {
        g_autoptr(VesselLive) live = vessel__store_live(host->store, record->uuid);
        g_autoptr(VesselError) error = NULL;
        const VesselDriver *driver;
        bool mine = !live || !vessel__live_is_claimed(live);
        vessel__now_clear(now);
        *now = (VesselNow){live ? vessel__live_ref(live) : NULL,
                           live ? live->state : VESSEL_DOMAIN_SHUT_OFF,
                           live && live->reason ? live->reason : "unknown",
                           live && live->state != VESSEL_DOMAIN_SHUT_OFF ? live->id : -1};
        driver = vessel__driver_of(record, now);
        if (mine || (driver && driver->truth != VESSEL_TRUTH_WARDEN) ||
            vessel__warden_lives(host, record->uuid, &live->warden))
            return VESSEL_OK;
        if (look_at(host, record->uuid, live) == GUEST_ELSEWHERE)
            return fail_elsewhere(record, live, err);
        VesselDeadline until = vessel__deadline_min(deadline, vessel__deadline_after(ADOPT_MS));
        int code = settle(host, record, "failed", NULL, vessel__now_ms(), until, &error);
        if (code && (code != VESSEL_ERROR_BUSY || vessel__deadline_passed(deadline))) {
            vessel__error_prefix(&error, "the warden of domain \"%s\" is dead", record->name);
            return vessel__error_steal(err, g_steal_pointer(&error));
        }
        if (code)
            pause_ms(RETRY_MS);
    }
}

int vessel__recover_ended(VesselHost *host, VesselDomainRecord *record, const char *reason,
                          const VesselHolder *author, VesselDeadline deadline, VesselError **err)
{
    for (;;) {
        g_autoptr(VesselError) error = NULL;
        g_autoptr(VesselLive) live = vessel__store_live(host->store, record->uuid);
        if (!live || !vessel__live_is_claimed(live))
            return VESSEL_OK;
        int code = settle(host, record, reason, author, vessel__now_ms(), deadline, &error);
        if (code && (code != VESSEL_ERROR_BUSY || vessel__deadline_passed(deadline)))
            return vessel__error_steal(err, g_steal_pointer(&error));
        if (code)
            pause_ms(RETRY_MS);
        else if (vessel__deadline_passed(deadline))
            return vessel__fail(err, VESSEL_ERROR_TIMEOUT,
                                "domain \"%s\" was destroyed and runs again", record->name);
    }
}

/* ---- transient domains ---- */

int vessel__sweep_transient(VesselHost *host, const char *uuid, VesselDeadline deadline,
                            VesselError **err)
{
    VesselTxn *txn = NULL;
    g_autoptr(VesselDomainRecord) record = vessel__store_find_uuid(host->store, uuid, NULL);
    g_auto(VesselNow) now = {0};
    if (!record || record->persistent)
        return VESSEL_OK;
    int code = vessel__recover(host, record, &now, deadline, err);
    if (code || now.state != VESSEL_DOMAIN_SHUT_OFF ||
        (now.live && vessel__live_is_claimed(now.live)))
        return code;
    code = vessel__recover_groups(host, uuid, deadline, err);
    if (code)
        return code;
    code = vessel__txn_begin(host->store, "sweep", deadline, &txn, err);
    if (code)
        return code;
    code = vessel__txn_delete_domain(txn, uuid, err);
    if (code) {
        vessel__txn_abort(txn);
        return code;
    }
    code = vessel__txn_commit(txn, err);
    if (code)
        return code;
    vessel__tell_kept(host, record, false, false);
    code = vessel__store_folder_remove(host->store, uuid, err);
    if (!code && vessel__store_is_memory(host->store))
        code = vessel__store_set_live(host->store, uuid, NULL, err);
    if (!code)
        vessel__entry_forget(host, uuid);
    return code;
}

void vessel__sweep_transient_kick(VesselHost *host, const char *uuid)
{
    g_autoptr(VesselOpLock) lock = NULL;
    g_autoptr(VesselError) error = NULL;
    VesselHolder holder;
    VesselDeadline at_once = vessel__now_ms();
    if (vessel__store_is_readonly(host->store))
        return;
    vessel__host_author(host, "sweep", &holder);
    if (vessel__store_op_lock(host->store, uuid, &holder, at_once, &lock, NULL))
        return;
    if (vessel__sweep_transient(host, uuid, at_once, &error))
        vessel_log(host->log, VESSEL__LOG_INFO, "recover", "transient %s: %s", uuid,
                   vessel_error_message(error));
}
