/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes to a warden from outside. Lines of the input are a client's messages, those that begin
 * with '>' what QEMU's monitor says, with '#' what the guest writes on its console. Whatever comes,
 * the warden lives, every request with a number is answered, and all of it is freed. */
#include "config.h"

#include "base/file.h"
#include "qemu/engine.h"
#include "warden/warden.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char plan[] =
    "{\"uuid\": \"6f9c2a34-8f8f-4a6e-9a0c-0d6a3b1c2d3e\", \"name\": \"fuzz\", \"id\": 1,"
    " \"engine\": \"qemu\", \"actions\": {\"poweroff\": \"restart\", \"reboot\": \"preserve\","
    " \"crash\": \"preserve\"}, \"plan\": {\"vcpus\": 1, \"memory_kib\": 1024, \"balloon\": true,"
    " \"power_button\": true, \"blocks\": [{\"node\": \"disk0\", \"qdev\": \"d0\", \"target\": "
    "\"vda\"}]}}";

typedef struct {
    VesselWarden *warden;
    QemuEngine *engine;
    int client, monitor, console;
    char *folder;
} World;

static void nothing(void *data, const VesselJson *json)
{
    (void)data;
    (void)json;
}

static void lost(void *data, const VesselError *err)
{
    (void)data;
    (void)err;
}

static void ready(void *data)
{
    vessel__loop_quit(((World *)data)->warden->loop);
}

static void ready_never(void *data)
{
    (void)data;
}

static void turn(World *world)
{
    VesselTimer *timer = vessel__timer_new(world->warden->loop, ready, world);
    vessel__timer_set(timer, vessel__now_ms());
    vessel__loop_run(world->warden->loop);
    vessel__timer_free(timer);
    vessel__loop_resume(world->warden->loop);
}

static void make_engine(World *world)
{
    static const QemuMonitorHooks hooks = {nothing, vessel__qemu_event, lost};
    VesselWarden *warden = world->warden;
    QemuEngine *engine = world->engine = g_new0(QemuEngine, 1);
    int ends[2];
    engine->warden = warden;
    engine->child.status_fd = engine->output_fd = engine->identity_lock = -1;
    engine->monitor = vessel__qemu_monitor_new(warden->loop, 65536, &hooks, engine);
    engine->reset_timer = vessel__timer_new(warden->loop, vessel__qemu_reset_done, engine);
    engine->connect_timer = vessel__timer_new(warden->loop, ready_never, world);
    vessel__warden_set_engine_data(warden, engine);
    if (vessel__socket_pair(SOCK_STREAM, ends, NULL) < 0)
        abort();
    vessel__qemu_monitor_attach(engine->monitor, ends[0]);
    world->monitor = ends[1];
    vessel__console_add(warden, "serial0");
    if (vessel__socket_pair(SOCK_STREAM, ends, NULL) < 0)
        abort();
    vessel__console_attach(warden, "serial0", ends[0]);
    world->console = ends[1];
}

static void open_world(World *world)
{
    char epoch[VESSEL__EPOCH_SIZE];
    int ends[2];
    VesselWarden *warden = world->warden = vessel__warden_new(NULL);
    world->folder = g_dir_make_tmp("vt-fuzz-XXXXXX", NULL);
    warden->folder = open(world->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (vessel__json_parse(plan, strlen(plan), NULL, "plan", &warden->args, NULL) < 0 ||
        vessel__eventlog_create(warden->folder, epoch, NULL) < 0 ||
        vessel__eventwriter_open(warden->folder, &warden->events, NULL) < 0 ||
        vessel__socket_pair(SOCK_SEQPACKET, ends, NULL) < 0)
        abort();
    warden->engine = vessel__engine_find("qemu");
    warden->name = g_strdup("fuzz");
    g_strlcpy(warden->uuid, "6f9c2a34-8f8f-4a6e-9a0c-0d6a3b1c2d3e", sizeof warden->uuid);
    warden->state = "running";
    warden->reason = g_strdup("booted");
    make_engine(world);
    vessel__server_add(warden->server, ends[0]);
    world->client = ends[1];
}

static void close_world(World *world)
{
    close(world->client);
    close(world->monitor);
    close(world->console);
    turn(world);
    vessel__qemu_monitor_finish(world->engine->monitor);
    vessel__warden_free(world->warden);
    vessel__remove_tree(AT_FDCWD, world->folder, NULL);
    g_free(world->folder);
}

static void drain(int fd)
{
    char waste[65536];
    while (recv(fd, waste, sizeof waste, MSG_DONTWAIT) > 0)
        continue;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    World world = {0};
    g_autofree char *text = g_strndup((const char *)data, MIN(size, 60000));
    g_auto(GStrv) lines = g_strsplit(text, "\n", 200);
    open_world(&world);
    for (int i = 0; lines[i] && !world.warden->over; i++) {
        int fd = *lines[i] == '>' ? world.monitor : *lines[i] == '#' ? world.console : world.client;
        const char *line = lines[i] + (fd != world.client);
        g_autofree char *whole = g_strconcat(line, fd == world.client ? "" : "\n", NULL);
        if (*whole)
            send(fd, whole, strlen(whole), MSG_NOSIGNAL | MSG_DONTWAIT);
        turn(&world);
        drain(world.client);
        drain(world.monitor);
        drain(world.console);
    }
    close_world(&world);
    return 0;
}
