/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* state.json and the domain's events, which the warden alone writes while it lives.
 *
 * A change of state is never lost: state.json carries the event that belongs to it ("announce")
 * until the event is in the log, so that whoever comes after a killed warden can append it. */
#include "base/file.h"
#include "warden/warden.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#define STATE_FILE "state.json"
#define STATE_MAX (1024 * 1024)
#define NOTES_MAX 32
#define SAVE_RETRY_MS 1000
#define SPARE_FILE "state.spare"
#define SPARE_SIZE (16 * 1024)

static uint64_t namespace_inode(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (uint64_t)st.st_ino : 0;
}

static void set_process(VesselJson *json, const char *key, const VesselProcess *process)
{
    if (process->pid > 0)
        vessel__json_set(json, key, vessel__process_to_json(process));
}

static void copy_member(VesselJson *to, const char *key, const VesselJson *value)
{
    if (value)
        vessel__json_set(to, key, vessel__json_copy(value));
}

static void describe_place(VesselWarden *warden, VesselJson *json)
{
    vessel__json_set_uint(json, "mntns", namespace_inode("/proc/self/ns/mnt"));
    vessel__json_set_uint(json, "netns", namespace_inode("/proc/self/ns/net"));
    if (warden->cgroup)
        vessel__json_set(json, "cgroup", vessel__cgroup_to_json(warden->cgroup));
    vessel__json_set_string(json, "scope", warden->scope_name);
}

static VesselJson *describe(VesselWarden *warden)
{
    VesselJson *json = vessel__json_new_object();
    vessel__json_set_int(json, "version", VESSEL__WIRE_VERSION);
    vessel__json_set_string(json, "uuid", warden->uuid);
    vessel__json_set_string(json, "name", warden->name);
    vessel__json_set_int(json, "id", warden->id);
    vessel__json_set_string(json, "driver",
                            vessel__json_get_string(warden->args, "driver", warden->engine->name));
    vessel__json_set_string(json, "engine", warden->engine->name);
    vessel__json_set_string(json, "state", warden->state);
    vessel__json_set_string(json, "reason", warden->reason);
    vessel__json_set_string(json, "since", warden->since);
    vessel__json_set_string(json, "started", *warden->started ? warden->started : NULL);
    vessel__json_set_string(json, "boot_id", vessel__boot_id());
    vessel__json_set_string(json, "operation", warden->operation);
    set_process(json, "warden", &warden->self);
    set_process(json, "guest", &warden->guest);
    describe_place(warden, json);
    if (vessel__json_length(warden->notes) > 0)
        copy_member(json, "notes", warden->notes);
    copy_member(json, "actions", vessel__json_get(warden->args, "actions"));
    set_process(json, "autodestroy", &warden->owner);
    vessel__json_set_bool(json, "transient",
                          vessel__json_get_bool(warden->args, "transient", false));
    if (warden->memory_kib)
        vessel__json_set_uint(json, "memory_kib", warden->memory_kib);
    copy_member(json, "exit", warden->exit_status);
    copy_member(json, "engine_state", warden->engine_state);
    copy_member(json, "announce", warden->announce);
    return json;
}

/* Room for one more state.json, taken while there is some: on a full disk a guest can still be
 * suspended, resumed and ended, and what the file says is true. */
static void keep_spare(VesselWarden *warden)
{
    if (warden->spare_fd >= 0)
        return;
    vessel_autofd int fd =
        openat(warden->folder, SPARE_FILE, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && fallocate(fd, 0, 0, SPARE_SIZE) == 0)
        warden->spare_fd = vessel__steal_fd(&fd);
    else
        unlinkat(warden->folder, SPARE_FILE, 0);
}

/* The file that it replaces is the room for the next. An adopter uses its predecessor's. */
static bool save_in_spare(VesselWarden *warden, const char *text, size_t length)
{
    keep_spare(warden);
    vessel_autofd int fd = vessel__steal_fd(&warden->spare_fd);
    if (fd < 0 || length > SPARE_SIZE)
        return false;
    return pwrite(fd, text, length, 0) == (ssize_t)length && ftruncate(fd, (off_t)length) == 0 &&
           renameat(warden->folder, SPARE_FILE, warden->folder, STATE_FILE) == 0;
}

static void save_again(void *data)
{
    VesselWarden *warden = data;
    if (warden->announce_owed && vessel__state_append(warden, warden->announce) == 0) {
        warden->announce_owed = false;
        g_clear_pointer(&warden->announce, vessel__json_free);
    }
    vessel__warden_save(warden, NULL);
}

static void try_again_later(VesselWarden *warden)
{
    if (!warden->save_timer)
        warden->save_timer = vessel__timer_new(warden->loop, save_again, warden);
    vessel__timer_set(warden->save_timer, vessel__deadline_after(SAVE_RETRY_MS));
}

/* From the moment that its end is in state.json, whoever looks for a transient domain takes away
 * what is left of it, the folder too. */
static bool is_swept(const VesselWarden *warden)
{
    struct stat st;
    return warden->self.pid == 0 && fstat(warden->folder, &st) == 0 && st.st_nlink == 0;
}

int vessel__warden_save(VesselWarden *warden, VesselError **err)
{
    if (warden->over)
        return 0;
    g_autoptr(VesselJson) json = describe(warden);
    g_autofree char *text = vessel__json_format(json, true);
    g_autoptr(VesselError) why = NULL;
    int code = vessel__replace_file(warden->folder, STATE_FILE, text, strlen(text), 0600,
                                    VESSEL_REPLACE_QUICK, &why);
    if (code == VESSEL_ERROR_NO_SPACE && save_in_spare(warden, text, strlen(text)))
        code = 0;
    if (code < 0 && is_swept(warden))
        return 0;
    if (code < 0) {
        vessel__warden_log(warden, "state.json: %s", vessel_error_message(why));
        try_again_later(warden);
        return vessel__error_steal(err, g_steal_pointer(&why));
    }
    if (!warden->operation) /* a start has better things to do */
        keep_spare(warden);
    if (warden->announce_owed)
        try_again_later(warden);
    else if (warden->save_timer)
        vessel__timer_set(warden->save_timer, VESSEL_DEADLINE_NEVER);
    return 0;
}

int vessel__state_load(VesselWarden *warden, VesselJson **json, VesselError **err)
{
    g_autofree char *text = NULL;
    size_t length = 0;
    *json = NULL;
    int code = vessel__read_file(warden->folder, STATE_FILE, STATE_MAX, &text, &length, err);
    return code < 0 ? code : vessel__json_parse(text, length, NULL, STATE_FILE, json, err);
}

VesselJson *vessel__state_event(VesselWarden *warden, const char *kind, const char *reason,
                                const char *author, const char *request, VesselJson *detail)
{
    char now[32];
    VesselJson *event = vessel__json_new_object(), *object = vessel__json_new_object();
    vessel__time_format(vessel__realtime_us(), now);
    vessel__json_set_string(event, "kind", kind);
    vessel__json_set_string(event, "time", now);
    vessel__json_set_string(object, "type", "domain");
    vessel__json_set_string(object, "name", warden->name);
    vessel__json_set_string(object, "uuid", warden->uuid);
    vessel__json_set(event, "object", object);
    vessel__json_set_string(event, "reason", reason);
    vessel__json_set_string(event, "author", author);
    vessel__json_set_string(event, "request", request);
    if (detail)
        vessel__json_set(event, "detail", detail);
    return event;
}

int vessel__state_append(VesselWarden *warden, const VesselJson *event)
{
    g_autoptr(VesselError) err = NULL;
    int code = vessel__eventwriter_append(warden->events, event, NULL, &err);
    if (code < 0)
        vessel__warden_log(warden, "event %s: %s", vessel__json_get_string(event, "kind", "?"),
                           vessel_error_message(err));
    return code;
}

void vessel__state_finish_announcement(VesselWarden *warden, const VesselJson *json)
{
    vessel__state_append_once(warden, vessel__json_get(json, "announce"));
}

void vessel__state_append_once(VesselWarden *warden, const VesselJson *event)
{
    g_autoptr(VesselError) err = NULL;
    if (event && vessel__eventwriter_append_once(warden->events, event, &err) < 0)
        vessel__warden_log(warden, "an event is lost: %s: %s",
                           vessel__json_get_string(event, "kind", "?"), vessel_error_message(err));
}

/* The announcement is off the file once it is made. Left for the end of the round: nobody waits for
 * it. */
static void announced(void *data)
{
    VesselWarden *warden = data;
    if (warden->announce_owed) /* by then it is another */
        return;
    g_clear_pointer(&warden->announce, vessel__json_free);
    vessel__warden_save(warden, NULL);
}

void vessel__state_enter(VesselWarden *warden, const char *state, const char *reason,
                         VesselJson *event)
{
    char *old = warden->reason;
    warden->state = state;
    warden->reason = g_strdup(reason);
    g_free(old);
    vessel__time_format(vessel__realtime_us(), warden->since);
    g_clear_pointer(&warden->announce, vessel__json_free);
    warden->announce = event;
    warden->announce_owed = false;
    vessel__warden_save(warden, NULL);
    if (!event)
        return;
    warden->announce_owed = vessel__state_append(warden, event) < 0;
    if (warden->announce_owed)
        try_again_later(warden);
    else
        vessel__loop_defer(warden->loop, announced, warden);
}

void vessel__warden_enter(VesselWarden *warden, const char *state, const char *reason,
                          const char *kind, const VesselRequest *request, VesselJson *detail)
{
    if (warden->start_request && warden->start_request == request) {
        warden->start_request = NULL;
        warden->operation = NULL;
        vessel__time_format(vessel__realtime_us(), warden->started);
    }
    vessel__state_enter(warden, state, reason,
                        vessel__state_event(warden, kind, reason, vessel__request_author(request),
                                            vessel__request_id_text(request), detail));
    vessel__warden_log(warden, "%s (%s)%s%s", state, reason, request ? " by " : "",
                       request ? vessel__request_author(request) : "");
}

void vessel__warden_event(VesselWarden *warden, const char *kind, const char *reason,
                          const VesselRequest *request, VesselJson *detail)
{
    g_autoptr(VesselJson) event =
        vessel__state_event(warden, kind, reason, vessel__request_author(request),
                            vessel__request_id_text(request), detail);
    vessel__state_append(warden, event);
}

const char *vessel__warden_state(VesselWarden *warden)
{
    return warden->state;
}

const char *vessel__warden_reason(VesselWarden *warden)
{
    return warden->reason;
}

VesselJson *vessel__warden_engine_state(VesselWarden *warden)
{
    return warden->engine_state;
}

void vessel__warden_set_memory(VesselWarden *warden, uint64_t memory_kib)
{
    warden->memory_kib = memory_kib;
}

void vessel__warden_note(VesselWarden *warden, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *note = g_strdup_vprintf(format, args);
    va_end(args);
    VESSEL_JSON_FOREACH (known, warden->notes)
        if (strcmp(vessel__json_string(known, ""), note) == 0)
            return;
    if (vessel__json_length(warden->notes) < NOTES_MAX)
        vessel__json_append_string(warden->notes, note);
    vessel__warden_log(warden, "note: %s", note);
}

/* The definition in force got another title, description or metadata: the file that says what runs
 * follows. */
void vessel__definition_changed(VesselWarden *warden, VesselRequest *request)
{
    const VesselJson *args = vessel__request_args(request);
    const char *xml = vessel__json_get_string(args, "xml", NULL);
    VesselError *err = NULL;
    int code = xml ? vessel__replace_file(warden->folder, "domain.xml", xml, strlen(xml), 0600,
                                          VESSEL_REPLACE_QUICK, &err)
                   : vessel__fail(&err, VESSEL_ERROR_INVALID_ARGUMENT, "\"definition\" needs xml");
    if (code < 0) {
        vessel__request_failed(request, err);
        return;
    }
    VesselJson *detail = vessel__json_new_object();
    vessel__json_set_string(detail, "what", vessel__json_get_string(args, "kind", NULL));
    vessel__warden_event(warden, "domain.changed", "live", request, detail);
    vessel__request_done(request, NULL);
}
