/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One end of a copy: in a container, as what join.c brings in, or outside of it as
 *
 * vessel-init copy send|receive PATH MAX_BYTES
 *   Descriptors: 3 a socket to the library, 4 the pipe to the other end, 5 /proc.
 *
 * On the socket, JSON messages to the library: {"moved":N} now and then; {"left_out":PATH}; at last
 * {"done":true,"files":N,"left_out_count":N}, or {"step":"copy","what":WORD,"path":PATH,"errno":N},
 * or {"step":"cut"} if the other end has the reason. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "container/init/copy.h"
#include "base/depth.h"
#include "container/init/init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TELL_EVERY_NS 200000000
#define SHOWN_MAX 6000
#define ENTRY_COSTS 512 /* towards the limit, as in a tar archive */
#define DESCRIPTORS (2 * VESSEL__DEPTH_MAX + 64)

static struct {
    char path[SHOWN_MAX];
    uint64_t moved, max, files, left_out;
    struct timespec told;
} now;

/* ---- messages ---- */

/* How many bytes at @text are one character of UTF-8; 0: none. */
static size_t character(const unsigned char *text)
{
    size_t length = *text < 0x80                    ? 1
                    : *text >= 0xc2 && *text < 0xe0 ? 2
                    : *text >= 0xe0 && *text < 0xf0 ? 3
                    : *text >= 0xf0 && *text < 0xf5 ? 4
                                                    : 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* As the inside of a JSON string. A name may be any bytes: what is no text becomes a "?". */
static void escape(const char *text, char *out, size_t room)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at && room > 8) {
        size_t length = character(at), put = length;
        if (length == 1 && (*at < 0x20 || *at == '"' || *at == '\\' || *at == 0x7f))
            put = (size_t)snprintf(out, room, "\\u%04x", *at);
        else if (length)
            memcpy(out, at, length);
        else
            put = 1, *out = '?';
        at += length ? length : 1;
        out += put;
        room -= put;
    }
    *out = '\0';
}

static const char *shown_path(void)
{
    static char text[6 * SHOWN_MAX + 16];
    escape(now.path, text, sizeof text);
    return text;
}

static void __attribute__((noreturn)) give_up(const char *message)
{
    undo_copy();
    say(message, -1);
    _exit(FAILED);
}

void fail_copy(const char *what)
{
    int errnum = errno ? errno : EIO;
    char message[7 * SHOWN_MAX];
    snprintf(message, sizeof message,
             "{\"step\":\"copy\",\"what\":\"%s\",\"path\":\"%s\",\"errno\":%d}", what, shown_path(),
             errnum);
    give_up(message);
}

void fail_cut(void)
{
    give_up("{\"step\":\"cut\"}");
}

void leave_out(const char *why)
{
    char message[7 * SHOWN_MAX];
    if (now.left_out++ >= NAMED_MAX)
        return;
    snprintf(message, sizeof message, "{\"left_out\":\"%s (%s)\"}", shown_path(), why);
    say(message, -1);
}

static void tell_end(void)
{
    char message[128];
    snprintf(message, sizeof message, "{\"done\":true,\"files\":%llu,\"left_out_count\":%llu}",
             (unsigned long long)now.files, (unsigned long long)now.left_out);
    say(message, -1);
}

/* ---- where it is ---- */

size_t show(const char *name)
{
    size_t length = strlen(now.path);
    bool apart = *name && length > 0 && now.path[length - 1] != '/';
    snprintf(now.path + length, sizeof now.path - length, "%s%s", apart ? "/" : "", name);
    now.files++;
    count(ENTRY_COSTS);
    return length;
}

void unshow(size_t before)
{
    now.path[before] = '\0';
}

static void __attribute__((noreturn)) fail_limit(void)
{
    errno = EFBIG;
    fail_copy("limit");
}

void check_size(uint64_t size)
{
    if (size > now.max)
        fail_limit();
}

void count(uint64_t bytes)
{
    struct timespec at;
    char message[64];
    if (bytes > now.max - now.moved)
        fail_limit();
    now.moved += bytes;
    clock_gettime(CLOCK_MONOTONIC, &at);
    if ((at.tv_sec - now.told.tv_sec) * 1000000000LL + at.tv_nsec - now.told.tv_nsec <
        TELL_EVERY_NS)
        return;
    now.told = at;
    snprintf(message, sizeof message, "{\"moved\":%llu}", (unsigned long long)now.moved);
    say(message, -1);
}

/* ---- the two ways ---- */

int copy_files(char **argv)
{
    struct rlimit files;
    signal(SIGPIPE, SIG_IGN);
    now.max = strtoull(argv[2], NULL, 10);
    snprintf(now.path, sizeof now.path, "%s", argv[1]);
    /* A directory that is in work is open, and so are those it is in. */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < DESCRIPTORS) {
        files.rlim_cur = files.rlim_max < DESCRIPTORS ? files.rlim_max : DESCRIPTORS;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (strcmp(argv[0], "send") == 0)
        send_tree(argv[1]);
    else
        receive_tree(argv[1]);
    tell_end();
    return 0;
}

/* The caller's end of the socket closes: SIGIO, which nobody handles. It may have closed before. */
static void end_with_the_caller(void)
{
    struct pollfd caller = {.fd = SOCKET};
    sigset_t none;
    signal(SIGIO, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    fcntl(SOCKET, F_SETOWN, getpid());
    fcntl(SOCKET, F_SETFL, fcntl(SOCKET, F_GETFL) | O_ASYNC);
    if (poll(&caller, 1, 0) > 0)
        _exit(FAILED);
}

int copy_outside(char **argv)
{
    prctl(PR_SET_NAME, "vessel-init", 0, 0, 0);
    end_with_the_caller();
    if (dup2(SOCKET + 1, STREAM) < 0 || dup2(SOCKET + 2, PROC) < 0)
        return FAILED;
    close(SOCKET + 1);
    close(SOCKET + 2);
    return copy_files(argv + 2);
}
