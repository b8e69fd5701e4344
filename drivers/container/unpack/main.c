/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel-unpack: tar archives beneath a directory. It is a program of its own because it reads what
 * somebody else made: libarchive and four libraries beneath it are neither in the caller's program
 * nor in anything that looks after a guest, and a deadline or a kill ends it.
 *
 * vessel-unpack MAX_BYTES NAME…
 *   The names are those of the archives, for errors. Descriptors: 3 a socket to the library, 4 the
 * directory, 5… the archives, the lowest layer first.
 *
 * On the socket, JSON messages to the library: {"percent":N}, any number of them, then
 * {"files":N,"bytes":N,"left_out":[WORDS],"left_out_count":N} or {"error":{…}}. When the socket's
 * other end closes, this ends. */
#include "container/reader.h"
#include "container/unpack/unpack.h"
#include "sys/socket.h"
#include "sys/spawn.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>

enum { SOCKET = 3, DIRECTORY, ARCHIVES };

#define ANSWER_MS 10000
/* A dictionary of xz or zstd may be as large as its header says. */
#define MEMORY_MAX (2ull << 30)
#define DESCRIPTORS_MAX 1024
#define BIT(capability) (UINT64_C(1) << (capability))

typedef struct {
    uint64_t before, total; /* bytes of the archives, as they are stored; 0: not known */
    int percent;
} Progress;

static void send_message(const VesselJson *message)
{
    vessel__message_send(SOCKET, message, NULL, 0, vessel__deadline_after(ANSWER_MS), NULL);
}

static void show_progress(uint64_t read, void *data)
{
    Progress *progress = data;
    g_autoptr(VesselJson) message = NULL;
    int percent = progress->total
                      ? (int)(MIN(progress->before + read, progress->total) * 100 / progress->total)
                      : 0;
    if (percent <= progress->percent)
        return;
    progress->percent = percent;
    message = vessel__json_new_object();
    vessel__json_set_int(message, "percent", percent);
    send_message(message);
}

/* Whoever wanted this is gone: SIGIO, which nobody handles. They may have gone before. */
static void end_with_the_caller(void)
{
    struct pollfd caller = {.fd = SOCKET};
    fcntl(SOCKET, F_SETOWN, getpid());
    fcntl(SOCKET, F_SETFL, fcntl(SOCKET, F_GETFL) | O_ASYNC);
    if (poll(&caller, 1, 0) > 0)
        _exit(1);
}

static uint64_t stored_size(int count)
{
    uint64_t total = 0;
    struct stat st;
    for (int i = 0; i < count; i++) {
        if (fstat(ARCHIVES + i, &st) < 0 || !S_ISREG(st.st_mode))
            return 0;
        total += (uint64_t)st.st_size;
    }
    return total;
}

static int unpack_all(VesselUnpack *unpack, char **names, int count, VesselError **err)
{
    Progress progress = {.total = stored_size(count)};
    struct stat st;
    int code = 0;
    unpack->progress = show_progress;
    unpack->data = &progress;
    for (int i = 0; i < count && code == 0; i++) {
        g_autoptr(GHashTable) made = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        unpack->is_upper = i > 0;
        unpack->made = made;
        code = vessel__unpack_layer(unpack, ARCHIVES + i, err);
        if (code < 0)
            vessel__error_prefix(err, "%s", names[i]);
        progress.before += fstat(ARCHIVES + i, &st) == 0 ? (uint64_t)st.st_size : 0;
    }
    if (code == 0 && unpack->files == 0) {
        code = vessel__fail(err, VESSEL_ERROR_CORRUPT, "%s: there is nothing in it", names[0]);
    }
    return code < 0 ? code : vessel__unpack_finish(unpack, err);
}

static int run(const char *max_bytes, char **names, int count, VesselJson *answer,
               VesselError **err)
{
    g_autoptr(GHashTable) folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GHashTable) depths = g_hash_table_new(NULL, NULL);
    VesselUnpack unpack = {.root = DIRECTORY,
                           .max_bytes = g_ascii_strtoull(max_bytes, NULL, 10),
                           .owner = geteuid() == 0,
                           .depths = depths,
                           .folders = folders,
                           .left_out = vessel__json_new_array()};
    /* Root here is to give files to their owners, and nothing else. */
    const VesselReader reader = {.directory = DIRECTORY,
                                 .capabilities = BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) |
                                                 BIT(CAP_FOWNER) | BIT(CAP_FSETID) |
                                                 BIT(CAP_SETFCAP),
                                 .memory_bytes = MEMORY_MAX,
                                 .file_bytes = unpack.max_bytes,
                                 .descriptors = DESCRIPTORS_MAX};
    vessel__json_set(answer, "left_out", unpack.left_out);
    int code = vessel__reader_confine(&reader, err);
    if (code == 0)
        code = unpack_all(&unpack, names, count, err);
    vessel__json_set_uint(answer, "files", unpack.files);
    vessel__json_set_uint(answer, "bytes", unpack.bytes);
    vessel__json_set_uint(answer, "left_out_count", unpack.left_out_count);
    return code;
}

int main(int argc, char **argv)
{
    g_autoptr(VesselError) err = NULL;
    g_autoptr(VesselJson) answer = vessel__json_new_object();
    if (argc < 3 || fcntl(DIRECTORY, F_GETFD) < 0) {
        fputs("vessel-unpack is started by Vessel\n", stderr);
        return 2;
    }
    vessel__json_free(vessel__helper_reset("vessel-unpack"));
    umask(0); /* modes are the archive's */
    end_with_the_caller();
    if (run(argv[1], argv + 2, argc - 2, answer, &err) < 0)
        vessel__json_set(answer, "error", vessel__error_to_json(err));
    send_message(answer);
    return err ? 1 : 0;
}
