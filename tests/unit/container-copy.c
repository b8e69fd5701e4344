/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The end of a copy that gets what a container sends: whatever comes, it makes one name after the
 * other beneath its directory, or ends and says why. */
#include "base/file.h"
#include "base/json.h"
#include "container/init/copy.h"
#include "sys/socket.h"
#include "sys/spawn.h"
#include "tests/lib/vt.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#define ROUNDS 300

typedef struct {
    RecordKind kind;
    const char *text;
    size_t length;
    uint64_t size;
} Item;

#define NAME(word) word, sizeof(word) - 1

static void add_item(GString *stream, const Item *item)
{
    Record record = {
        .kind = item->kind, .mode = 06755, .size = item->size, .length = (uint32_t)item->length};
    g_string_append_len(stream, (const char *)&record, sizeof record);
    if (item->text)
        g_string_append_len(stream, item->text, (gssize)item->length);
}

static GString *make_stream(const Item *items)
{
    GString *stream = g_string_new(NULL);
    for (; items->kind; items++)
        add_item(stream, items);
    return stream;
}

/* ---- the other end ---- */

/* What it says last; the caller frees. */
static VesselJson *last_message(int socket)
{
    VesselJson *last = NULL;
    for (;;) {
        VesselJson *message = NULL;
        VesselError *err = NULL;
        size_t count = 0;
        int code = vessel__message_receive(socket, &message, NULL, 0, &count,
                                           vessel__deadline_after(10000), &err);
        if (code < 0) {
            vt_error(&err, VESSEL_ERROR_CLOSED);
            return last;
        }
        vessel__json_free(last);
        last = message;
    }
}

static VesselJson *receive(const GString *stream, const char *to)
{
    g_autofree char *path = g_build_filename(vt_build_dir(), "vessel-init", NULL);
    vessel_autofd int program = open(path, O_RDONLY | O_CLOEXEC);
    vessel_autofd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    VesselError *err = NULL;
    int sockets[2], pipes[2];
    pid_t pid;
    vessel__socket_pair(SOCK_SEQPACKET, sockets, &err);
    vt_no_error(err);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    const int fds[] = {sockets[1], pipes[0], proc};
    VesselSpawn spawn = {
        .exec_fd = program,
        .argv = (const char *const[]){"vessel-init", "copy", "receive", to, "1048576", NULL},
        .envp = (const char *const[]){NULL},
        .fds = fds,
        .fds_count = 3,
        .cgroup_fd = -1};
    vessel__spawn(&spawn, &pid, &err);
    vt_no_error(err);
    close(sockets[1]);
    close(pipes[0]);
    vessel__write_all(pipes[1], stream->str, stream->len); /* it may have seen enough before */
    close(pipes[1]);
    VesselJson *last = last_message(sockets[0]);
    close(sockets[0]);
    return last;
}

static const char *what_of(const VesselJson *message)
{
    const char *what = vessel__json_get_string(message, "what", NULL);
    return what ? what : vessel__json_get_string(message, "step", "done");
}

/* ---- what is well made ---- */

static const Item good[] = {
    {RECORD_DIRECTORY, NAME("top"), 0},
    {RECORD_FILE, NAME("file"), 0},
    {RECORD_DATA, NAME("text"), 0},
    {RECORD_DATA, NAME("end"), 100},
    {RECORD_FILE_END, NULL, 0, 103},
    {RECORD_DIRECTORY, NAME("below"), 0},
    {RECORD_LINK, NAME("link\0/etc"), 0},
    {RECORD_UP, NULL, 0, 0},
    {RECORD_UP, NULL, 0, 0},
    {RECORD_END, NULL, 0, 0},
    {0},
};

static void test_good(void **state)
{
    (void)state;
    g_autoptr(GString) stream = make_stream(good);
    g_autoptr(VesselJson) last = receive(stream, vt_root());
    g_autofree char *file = vt_path("top/file"), *link = vt_path("top/below/link");
    g_autofree char *target = NULL;
    struct stat st;
    assert_string_equal(what_of(last), "done");
    assert_int_equal(vessel__json_get_int(last, "files", 0), 4);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_size, 103);
    assert_int_equal(st.st_mode, S_IFREG | 0755); /* and nobody's */
    target = g_file_read_link(link, NULL);
    assert_string_equal(target, "/etc");
}

/* ---- what is not ---- */

static void test_hostile(void **state)
{
    (void)state;
    g_autofree char *outside = vt_path("outside"), *into = vt_path("into"),
                    *way = vt_path("into/way"), *evil = vt_path("outside/evil");
    char nul[] = "a\0b";
    g_autofree char *long_name = g_strnfill(300, 'n');
    assert_int_equal(mkdir(outside, 0700), 0);
    assert_int_equal(mkdir(into, 0700), 0);
    assert_int_equal(symlink(outside, way), 0);
    const struct {
        const char *what;
        Item items[6];
    } cases[] = {
        {"record", {{RECORD_FILE, NAME("../evil"), 0}, {RECORD_FILE_END}, {RECORD_END}}},
        {"record", {{RECORD_FILE, NAME(".."), 0}, {RECORD_FILE_END}, {RECORD_END}}},
        {"record", {{RECORD_FILE, NAME(""), 0}, {RECORD_FILE_END}, {RECORD_END}}},
        {"record", {{RECORD_FILE, nul, 3, 0}, {RECORD_FILE_END}, {RECORD_END}}},
        {"record", {{RECORD_FILE, long_name, 300, 0}, {RECORD_FILE_END}, {RECORD_END}}},
        {"record", {{RECORD_LINK, NAME("link"), 0}, {RECORD_END}}}, /* that leads nowhere */
        {"record", {{RECORD_UP}, {RECORD_END}}},
        {"record", {{RECORD_DATA, NAME("x"), 0}}},
        {"record", {{'?'}}},
        {"record", {{RECORD_DIRECTORY, NAME("d"), 0}, {RECORD_UP}, {RECORD_UP}, {RECORD_UP}}},
        {"record", {{RECORD_DIRECTORY, NAME("d"), 0}, {RECORD_FILE, NAME("/evil"), 0}}},
        {"record", {{RECORD_FILE, NAME("f"), 0}, {RECORD_FILE, NAME("g"), 0}}},
        {"record", {{RECORD_FILE, NAME("f"), 0}, {RECORD_DATA, NAME("x"), UINT64_MAX}}},
        {"record", {{RECORD_FILE, NAME("f"), 0}, {RECORD_FILE_END, NULL, 0, UINT64_MAX}}},
        {"record", {{RECORD_FILE, NULL, CHUNK + 1, 0}}},
        {"limit", {{RECORD_FILE, NAME("f"), 0}, {RECORD_FILE_END, NULL, 0, 1 << 20}}}, /* a hole */
        {"limit", {{RECORD_FILE, NAME("f"), 0}, {RECORD_DATA, NAME("x"), (1 << 20) + 1}}},
        {"cut", {{RECORD_FILE, NAME("f"), 0}, {RECORD_DATA, NAME("x"), 0}}},
        {"cut", {{RECORD_DIRECTORY, NAME("d"), 0}, {RECORD_UP}}},
        {"directory", {{RECORD_DIRECTORY, NAME("way"), 0}, {RECORD_FILE, NAME("evil"), 0}}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Item items[G_N_ELEMENTS(cases[i].items) + 1] = {{0}};
        memcpy(items, cases[i].items, sizeof cases[i].items);
        g_autoptr(GString) stream = make_stream(items);
        g_autoptr(VesselJson) last = receive(stream, into);
        if (strcmp(what_of(last), cases[i].what) != 0)
            fail_msg("case %zu: %s", i, what_of(last));
        g_autofree char *half = vt_path("into/f");
        assert_false(g_file_test(half, G_FILE_TEST_EXISTS));
        assert_false(g_file_test(evil, G_FILE_TEST_EXISTS));
    }
}

/* Bytes of a good one are changed: it ends, and beside its directory there is nothing. */
static void test_changed(void **state)
{
    (void)state;
    g_autoptr(GRand) chance = g_rand_new_with_seed(42);
    g_autoptr(GString) stream = make_stream(good);
    for (int i = 0; i < ROUNDS; i++) {
        g_autofree char *into = vt_path("into");
        g_autoptr(GString) changed = g_string_new_len(stream->str, (gssize)stream->len);
        g_auto(GStrv) beside = NULL;
        assert_int_equal(mkdir(into, 0700), 0);
        for (int k = g_rand_int_range(chance, 1, 4); k > 0; k--)
            changed->str[g_rand_int_range(chance, 0, (gint32)changed->len)] =
                (char)g_rand_int_range(chance, 0, 256);
        vessel__json_free(receive(changed, into));
        vessel__list_dir(AT_FDCWD, vt_root(), 16, &beside, NULL);
        assert_int_equal(g_strv_length(beside), 1);
        vessel__remove_tree(AT_FDCWD, into, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_changed),
    };
    signal(SIGPIPE, SIG_IGN);
    return vt_main(tests);
}
