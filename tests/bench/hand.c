/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench/hand.h"

#include "base/file.h"
#include "bench/figure.h"
#include "sys/socket.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define DEADLINE_MS 20000

typedef struct {
    int fd, number;
} Give;

static int memory_file(const char *guest, const char *name)
{
    g_autofree char *path =
        g_build_filename(guest, !strcmp(name, "kernel") ? "vmlinuz" : "initrd.img", NULL);
    g_autofree char *text = NULL;
    size_t length;
    int fd;
    if (strcmp(name, "kernel") && strcmp(name, "initrd"))
        bench_die("the plan has a descriptor '%s', which is not made by hand", name);
    if (vessel__read_file(AT_FDCWD, path, 256 << 20, &text, &length, NULL) < 0 ||
        vessel__memfd(name, text, length, &fd, NULL) < 0)
        bench_die("%s: cannot be read", path);
    return fd;
}

static void give(GArray *gives, int fd, int number)
{
    /* Above every final number, so that none is overwritten before its turn. */
    Give one = {fcntl(fd, F_DUPFD_CLOEXEC, 200), number};
    close(fd);
    g_array_append_val(gives, one);
}

static GArray *make_descriptors(const VesselJson *plan, const char *guest, int dir)
{
    GArray *gives = g_array_new(FALSE, FALSE, sizeof(Give));
    VESSEL_JSON_FOREACH (entry, vessel__json_get(plan, "fds"))
        give(gives, memory_file(guest, vessel__json_get_string(entry, "name", "?")),
             (int)vessel__json_get_int(entry, "number", -1));
    VESSEL_JSON_FOREACH (entry, vessel__json_get(plan, "listen")) {
        int fd;
        if (vessel__socket_listen(dir, vessel__json_get_string(entry, "name", "?"), SOCK_STREAM,
                                  &fd, NULL) < 0)
            bench_die("cannot listen");
        give(gives, fd, (int)vessel__json_get_int(entry, "number", -1));
    }
    return gives;
}

static G_GNUC_NORETURN void child_exec(const VesselJson *plan, const GArray *gives,
                                       char *const *argv)
{
    uid_t uid =
        (uid_t)vessel__json_int(vessel__json_path(plan, "identity", "uid_base", NULL), 0) + 60000;
    int null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++)
        dup2(null, i);
    for (guint i = 0; i < gives->len; i++)
        dup2(g_array_index(gives, Give, i).fd, g_array_index(gives, Give, i).number);
    if (vessel__json_get(plan, "identity") && (setgroups(0, NULL) || setgid(uid) || setuid(uid)))
        _exit(126);
    execv(vessel__json_get_string(plan, "binary", ""), argv);
    _exit(127);
}

void hand_send(Hand *hand, const char *const *commands)
{
    for (guint i = 0; commands[i]; i++) {
        g_autofree char *text = vessel__qmp_command(commands[i], NULL, i + 1);
        if (vessel__write_all(hand->monitor, text, strlen(text)))
            bench_die("the monitor of QEMU by hand is gone");
    }
}

static void hand_read(Hand *hand)
{
    char buffer[65536];
    struct pollfd wait = {.fd = hand->monitor, .events = POLLIN};
    if (poll(&wait, 1, DEADLINE_MS) != 1)
        bench_die("QEMU by hand does not answer");
    ssize_t got = read(hand->monitor, buffer, sizeof buffer);
    if (got <= 0 || vessel__qmp_feed(hand->qmp, buffer, (size_t)got, NULL) < 0)
        bench_die("QEMU by hand ended");
}

/* Waits for the greeting (@kind) or for that many replies. */
static void hand_wait_for(Hand *hand, VesselQmpKind kind, guint count)
{
    while (count) {
        VesselQmpMessage message;
        int result = vessel__qmp_next(hand->qmp, &message, NULL);
        if (result < 0)
            bench_die("QEMU by hand speaks nonsense");
        if (result == 0) {
            hand_read(hand);
            continue;
        }
        count -=
            message.kind == kind || (kind == VESSEL_QMP_RETURN && message.kind == VESSEL_QMP_ERROR);
        vessel__qmp_message_clear(&message);
    }
}

void hand_await(Hand *hand, guint replies)
{
    hand_wait_for(hand, VESSEL_QMP_RETURN, replies);
}

void hand_command(Hand *hand, const char *const *commands)
{
    hand_send(hand, commands);
    hand_await(hand, g_strv_length((char **)commands));
}

void hand_start(const VesselJson *plan, const char *guest, const char *scratch, Hand *hand)
{
    g_autofree char *path = g_strdup_printf("%s/hand-XXXXXX", scratch);
    if (!g_mkdtemp(path))
        bench_die("%s: cannot be made", path);
    vessel_autofd int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    VESSEL_JSON_FOREACH (word, vessel__json_get(plan, "argv"))
        g_ptr_array_add(argv, (gpointer)vessel__json_string(word, ""));
    g_ptr_array_add(argv, NULL);
    g_autoptr(GArray) gives = make_descriptors(plan, guest, dir);
    hand->qmp = vessel__qmp_new(0);
    hand->pid = fork();
    if (hand->pid == 0)
        child_exec(plan, gives, (char *const *)argv->pdata);
    for (guint i = 0; i < gives->len; i++)
        close(g_array_index(gives, Give, i).fd);
    if (hand->pid < 0 ||
        vessel__socket_connect(dir, "monitor.sock", SOCK_STREAM,
                               vessel__deadline_after(DEADLINE_MS), &hand->monitor, NULL) < 0)
        bench_die("QEMU by hand cannot be started");
    fcntl(hand->monitor, F_SETFL, 0);
    hand_wait_for(hand, VESSEL_QMP_GREETING, 1);
    hand_command(hand, (const char *const[]){"qmp_capabilities", "cont", NULL});
}

void hand_end(Hand *hand, int signal)
{
    kill(hand->pid, signal);
    if (waitpid(hand->pid, NULL, 0) != hand->pid)
        bench_die("QEMU by hand cannot be awaited");
    close(hand->monitor);
    vessel__qmp_free(hand->qmp);
}
