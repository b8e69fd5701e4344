/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/vt.h"

#include "base/file.h"
#include "sys/socket.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

static int open_root(void)
{
    int fd = open(vt_root(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void pair(int ends[2])
{
    VesselError *err = NULL;
    vessel__socket_pair(SOCK_SEQPACKET, ends, &err);
    vt_no_error(err);
}

static void sockets_at_long_paths(void **state G_GNUC_UNUSED)
{
    VesselError *err = NULL;
    g_autoptr(GString) path = g_string_new(vt_root());
    while (path->len < 400)
        g_string_append(path, "/a-directory-with-quite-a-long-name");
    vessel__make_dirs(path->str, 0700, &err);
    vt_no_error(err);
    vessel_autofd int dir = open(path->str, O_PATH | O_DIRECTORY | O_CLOEXEC);
    vessel_autofd int listener = -1, client = -1;
    vessel__socket_listen(dir, "warden.sock", SOCK_SEQPACKET, &listener, &err);
    vt_no_error(err);
    struct stat st;
    assert_int_equal(fstatat(dir, "warden.sock", &st, 0), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0600);
    vessel__socket_connect(dir, "warden.sock", SOCK_SEQPACKET, vessel__deadline_after(1000),
                           &client, &err);
    vt_no_error(err);
    vessel_autofd int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(server >= 0);
    pid_t pid;
    uid_t uid;
    vessel__socket_peer(server, &pid, &uid, &err);
    vt_no_error(err);
    assert_int_equal(pid, getpid());
    assert_int_equal(uid, geteuid());
    g_string_append(path, "/warden.sock");
    vessel_autofd int by_path = -1;
    vessel__socket_connect(AT_FDCWD, path->str, SOCK_SEQPACKET, vessel__deadline_after(1000),
                           &by_path, &err);
    vt_no_error(err);
    /* An old one is replaced, anything else is not. */
    vessel_autofd int again = -1, other = -1;
    vessel__socket_listen(dir, "warden.sock", SOCK_SEQPACKET, &again, &err);
    vt_no_error(err);
    close(openat(dir, "file", O_CREAT | O_WRONLY, 0600));
    assert_int_equal(vessel__socket_listen(dir, "file", SOCK_STREAM, &other, &err),
                     VESSEL_ERROR_EXISTS);
    vt_error(&err, VESSEL_ERROR_EXISTS);
    g_autofree char *long_name = g_strnfill(120, 'n');
    assert_int_equal(vessel__socket_listen(dir, long_name, SOCK_STREAM, &other, &err),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
}

static void nobody_at_the_other_end(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    VesselError *err = NULL;
    int listener, fd = -1;
    assert_int_equal(vessel__socket_connect(dir, "s", SOCK_SEQPACKET, 0, &fd, &err),
                     VESSEL_ERROR_NOT_FOUND);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    vessel__socket_listen(dir, "s", SOCK_SEQPACKET, &listener, &err);
    vt_no_error(err);
    close(listener);
    assert_int_equal(vessel__socket_connect(dir, "s", SOCK_SEQPACKET, 0, &fd, &err),
                     VESSEL_ERROR_NOT_FOUND);
    vt_error(&err, VESSEL_ERROR_NOT_FOUND);
    assert_int_equal(fd, -1);
}

/* A listener that never accepts: its queue fills, and connecting has an end all the same. */
static void a_queue_that_is_full(void **state G_GNUC_UNUSED)
{
    vessel_autofd int dir = open_root();
    VesselError *err = NULL;
    int listener;
    vessel__socket_listen(dir, "s", SOCK_SEQPACKET, &listener, &err);
    vt_no_error(err);
    assert_int_equal(listen(listener, 1), 0);
    int result = 0;
    int64_t start = 0;
    for (int i = 0; i < 10 && result == 0; i++) {
        int fd;
        start = vessel__now_ms();
        result = vessel__socket_connect(dir, "s", SOCK_SEQPACKET, vessel__deadline_after(100), &fd,
                                        &err);
    }
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    assert_in_range(vessel__now_ms() - start, 90, 2000);
}

static void messages_with_descriptors(void **state G_GNUC_UNUSED)
{
    int ends[2], fds[VESSEL__MESSAGE_FDS], got[VESSEL__MESSAGE_FDS];
    VesselError *err = NULL;
    pair(ends);
    g_autofree char *path = vt_write("file", "x");
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = open(path, O_RDONLY | O_CLOEXEC);
    int before = vt_fd_count();
    g_autoptr(VesselJson) message = vessel__json_new_object();
    vessel__json_set_string(message, "op", "start");
    vessel__message_send(ends[0], message, fds, G_N_ELEMENTS(fds), 0, &err);
    vt_no_error(err);
    size_t count = 0;
    g_autoptr(VesselJson) back = NULL;
    vessel__message_receive(ends[1], &back, got, G_N_ELEMENTS(got), &count, 0, &err);
    vt_no_error(err);
    assert_int_equal(count, VESSEL__MESSAGE_FDS);
    assert_string_equal(vessel__json_get_string(back, "op", ""), "start");
    struct stat first, other;
    assert_int_equal(fstat(fds[0], &first), 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(fstat(got[i], &other), 0);
        assert_int_equal(first.st_ino, other.st_ino);
        assert_int_equal(fcntl(got[i], F_GETFD), FD_CLOEXEC);
        close(got[i]);
    }
    /* More than the receiver takes: all are closed. */
    for (size_t max = 0; max < 3; max++) {
        vessel__message_send(ends[0], message, fds, 3, 0, &err);
        vt_no_error(err);
        VesselJson *none = NULL;
        assert_int_equal(vessel__message_receive(ends[1], &none, got, max, &count, 0, &err),
                         VESSEL_ERROR_PROTOCOL);
        vt_error(&err, VESSEL_ERROR_PROTOCOL);
        assert_null(none);
        assert_int_equal(count, 0);
        assert_int_equal(vt_fd_count(), before);
    }
    int many[VESSEL__MESSAGE_FDS + 1] = {0};
    assert_int_equal(vessel__message_send(ends[0], message, many, G_N_ELEMENTS(many), 0, &err),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    /* So are those that come with nonsense. */
    char space[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = {0};
    struct iovec part = {(char *)"nonsense", 8};
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &fds[0], sizeof(int));
    assert_int_equal(sendmsg(ends[0], &header, 0), 8);
    VesselJson *none = NULL;
    assert_int_equal(vessel__message_receive(ends[1], &none, got, 4, &count, 0, &err),
                     VESSEL_ERROR_PROTOCOL);
    vt_error(&err, VESSEL_ERROR_PROTOCOL);
    assert_int_equal(vt_fd_count(), before);
}

static void a_receiver_at_its_limit(void **state G_GNUC_UNUSED)
{
    int ends[2], got[4], extra[3];
    size_t count;
    VesselError *err = NULL;
    pair(ends);
    for (size_t i = 0; i < G_N_ELEMENTS(extra); i++)
        extra[i] = dup(0);
    g_autoptr(VesselJson) message = vessel__json_new_object();
    vessel__message_send(ends[0], message, extra, 3, 0, &err);
    vt_no_error(err);
    struct rlimit usual, limit;
    getrlimit(RLIMIT_NOFILE, &usual);
    limit = (struct rlimit){(rlim_t)extra[2] + 2, usual.rlim_max};
    setrlimit(RLIMIT_NOFILE, &limit);
    VesselJson *none = NULL;
    int before = extra[2];
    assert_int_equal(vessel__message_receive(ends[1], &none, got, 4, &count, 0, &err),
                     VESSEL_ERROR_PROTOCOL);
    assert_int_equal(dup(0), before + 1); /* what had come was closed again */
    vt_error(&err, VESSEL_ERROR_PROTOCOL);
    setrlimit(RLIMIT_NOFILE, &usual);
}

static void waiting_has_an_end(void **state G_GNUC_UNUSED)
{
    int ends[2];
    VesselError *err = NULL;
    VesselJson *json = NULL;
    pair(ends);
    assert_int_equal(vessel__message_receive(ends[1], &json, NULL, 0, NULL, 0, &err),
                     VESSEL_ERROR_TIMEOUT);
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    int64_t start = vessel__now_ms();
    assert_int_equal(
        vessel__message_receive(ends[1], &json, NULL, 0, NULL, vessel__deadline_after(100), &err),
        VESSEL_ERROR_TIMEOUT);
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    assert_in_range(vessel__now_ms() - start, 99, 2000);
    g_autofree char *text = g_strnfill(60000, 'x');
    g_autoptr(VesselJson) message = vessel__json_new_string(text);
    int result = 0, sent = 0;
    while (result == 0 && sent < 1000) {
        result = vessel__message_send(ends[0], message, NULL, 0, 0, &err);
        sent++;
    }
    vt_error(&err, VESSEL_ERROR_TIMEOUT);
    for (int i = 1; i < sent; i++) {
        assert_int_equal(vessel__message_receive(ends[1], &json, NULL, 0, NULL, 0, &err), 0);
        assert_int_equal(strlen(vessel__json_string(json, "")), 60000);
        vessel__json_free(json);
    }
}

static void messages_have_a_size(void **state G_GNUC_UNUSED)
{
    int ends[2];
    VesselError *err = NULL;
    pair(ends);
    g_autofree char *longest = g_strnfill(VESSEL__MESSAGE_MAX - 2, 'x');
    g_autofree char *longer = g_strnfill(VESSEL__MESSAGE_MAX - 1, 'x');
    g_autoptr(VesselJson) fits = vessel__json_new_string(longest);
    g_autoptr(VesselJson) does_not = vessel__json_new_string(longer);
    vessel__message_send(ends[0], fits, NULL, 0, 0, &err);
    vt_no_error(err);
    VesselJson *json = NULL;
    vessel__message_receive(ends[1], &json, NULL, 0, NULL, 0, &err);
    vt_no_error(err);
    assert_string_equal(vessel__json_string(json, ""), longest);
    vessel__json_free(json);
    assert_int_equal(vessel__message_send(ends[0], does_not, NULL, 0, 0, &err),
                     VESSEL_ERROR_INVALID_ARGUMENT);
    vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    g_autofree char *raw = g_strnfill(VESSEL__MESSAGE_MAX + 1, ' ');
    assert_true(send(ends[0], raw, VESSEL__MESSAGE_MAX + 1, 0) > 0);
    assert_int_equal(vessel__message_receive(ends[1], &json, NULL, 0, NULL, 0, &err),
                     VESSEL_ERROR_PROTOCOL);
    vt_error(&err, VESSEL_ERROR_PROTOCOL);
}

static void the_other_end_may_go(void **state G_GNUC_UNUSED)
{
    int ends[2];
    VesselError *err = NULL;
    g_autoptr(VesselJson) message = vessel__json_new_object();
    pair(ends);
    vessel__message_send(ends[0], message, NULL, 0, 0, &err);
    vt_no_error(err);
    close(ends[0]);
    g_autoptr(VesselJson) last = NULL; /* what was sent before is still there */
    vessel__message_receive(ends[1], &last, NULL, 0, NULL, 0, &err);
    vt_no_error(err);
    VesselJson *none = NULL;
    assert_int_equal(
        vessel__message_receive(ends[1], &none, NULL, 0, NULL, VESSEL_DEADLINE_NEVER, &err),
        VESSEL_ERROR_CLOSED);
    vt_error(&err, VESSEL_ERROR_CLOSED);
    /* No SIGPIPE, which would end the case. */
    assert_int_equal(vessel__message_send(ends[1], message, NULL, 0, 0, &err), VESSEL_ERROR_CLOSED);
    vt_error(&err, VESSEL_ERROR_CLOSED);
}

/* One that answers and leaves may have a message of ours unread: its answer counts. */
static void a_last_word_is_heard(void **state G_GNUC_UNUSED)
{
    int ends[2];
    VesselError *err = NULL;
    g_autoptr(VesselJson) message = vessel__json_new_object();
    pair(ends);
    vessel__message_send(ends[1], message, NULL, 0, 0, &err);
    vt_no_error(err);
    vessel__message_send(ends[0], message, NULL, 0, 0, &err);
    vt_no_error(err);
    close(ends[0]);
    g_autoptr(VesselJson) last = NULL;
    vessel__message_receive(ends[1], &last, NULL, 0, NULL, 0, &err);
    vt_no_error(err);
    VesselJson *none = NULL;
    assert_int_equal(vessel__message_receive(ends[1], &none, NULL, 0, NULL, 0, &err),
                     VESSEL_ERROR_CLOSED);
    vt_error(&err, VESSEL_ERROR_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets_at_long_paths),   cmocka_unit_test(nobody_at_the_other_end),
        cmocka_unit_test(a_queue_that_is_full),    cmocka_unit_test(messages_with_descriptors),
        cmocka_unit_test(a_receiver_at_its_limit), cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(messages_have_a_size),    cmocka_unit_test(the_other_end_may_go),
        cmocka_unit_test(a_last_word_is_heard),
    };
    return vt_main(tests);
}
