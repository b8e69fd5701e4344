/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bad hypervisors. The first argument says which; the monitor listens at descriptor 20, the first
 * console at 21, as in the rig's plans. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MONITOR 20
#define CONSOLE 21

static const char greeting[] = "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, "
                               "\"major\": 7}, \"package\": \"fake\"},"
                               " \"capabilities\": []}}\r\n";

static void say(int fd, const char *text)
{
    size_t length = strlen(text);
    while (length > 0) {
        ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);
        if (sent <= 0)
            exit(3);
        text += sent;
        length -= (size_t)sent;
    }
}

/* Listening descriptors are non-blocking. */
static int take_client(int listener)
{
    struct pollfd poller = {.fd = listener, .events = POLLIN};
    for (;;) {
        poll(&poller, 1, -1);
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0)
            return fd;
    }
}

static void wait_forever(void)
{
    for (;;)
        pause();
}

static long id_of(const char *line)
{
    const char *id = strstr(line, "\"id\"");
    return id ? strtol(id + strcspn(id, "0123456789"), NULL, 10) : 0;
}

static void answer(int fd, const char *line)
{
    char reply[256];
    const char *value =
        strstr(line, "query-status") ? "{\"status\": \"running\", \"running\": true}" : "{}";
    snprintf(reply, sizeof reply, "{\"return\": %s, \"id\": %ld}\r\n", value, id_of(line));
    say(fd, reply);
}

/* A monitor that says yes to everything until it hears @until; returns the id of that. */
static long serve(int fd, const char *until)
{
    FILE *in = fdopen(dup(fd), "r");
    char *line = NULL;
    size_t room = 0;
    long last = 0;
    say(fd, greeting);
    while (getline(&line, &room, in) > 0) {
        last = id_of(line);
        if (until && strstr(line, until))
            break;
        answer(fd, line);
    }
    free(line);
    fclose(in);
    return last;
}

/* Events that a guest in trouble causes, each after the command that the test sends for it. */
static void serve_trouble(int fd)
{
    FILE *in = fdopen(dup(fd), "r");
    char *line = NULL, reply[256];
    const char *status = "running";
    size_t room = 0;
    say(fd, greeting);
    while (getline(&line, &room, in) > 0) {
        snprintf(reply, sizeof reply, "{\"return\": {\"status\": \"%s\"}, \"id\": %ld}\r\n", status,
                 id_of(line));
        say(fd, reply);
        if (strstr(line, "system_powerdown")) { /* the disk is full */
            status = "io-error";
            say(fd, "{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"device\": \"\", \"node-name\": "
                    "\"disk0\", \"operation\": \"write\", \"action\": \"stop\", \"nospace\": true, "
                    "\"reason\": \"No space left on device\"}}\r\n"
                    "{\"event\": \"STOP\"}\r\n");
        } else if (strstr(line, "\"cont\"")) {
            status = "running";
            say(fd, "{\"event\": \"RESUME\"}\r\n");
        } else if (strstr(line, "\"stop\"")) {
            say(fd, "{\"event\": \"STOP\"}\r\n{\"event\": \"UNHEARD_OF\", \"data\": {}}\r\n");
        } else if (strstr(line, "system_reset")) { /* the kernel panics */
            status = "guest-panicked";
            say(fd, "{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\"}}\r\n"
                    "{\"event\": \"STOP\"}\r\n");
        }
    }
    free(line);
    fclose(in);
}

/* A guest whose kernel panics when its power button is pressed, and that can be reset. */
static void serve_panic(int fd)
{
    FILE *in = fdopen(dup(fd), "r");
    char *line = NULL, reply[256];
    const char *status = "running";
    size_t room = 0;
    say(fd, greeting);
    while (getline(&line, &room, in) > 0) {
        snprintf(reply, sizeof reply, "{\"return\": {\"status\": \"%s\"}, \"id\": %ld}\r\n", status,
                 id_of(line));
        say(fd, reply);
        if (strstr(line, "system_powerdown")) {
            status = "guest-panicked";
            say(fd, "{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\"}}\r\n"
                    "{\"event\": \"STOP\"}\r\n");
        } else if (strstr(line, "system_reset")) {
            status = "paused";
            say(fd, "{\"event\": \"RESET\", \"data\": {\"guest\": false, \"reason\": "
                    "\"host-qmp-system-reset\"}}\r\n");
        } else if (strstr(line, "\"cont\"")) {
            status = "running";
            say(fd, "{\"event\": \"RESUME\"}\r\n");
        }
    }
    free(line);
    fclose(in);
}

static void flood(void)
{
    int console = take_client(CONSOLE);
    char line[64];
    for (long i = 0; i < 20000; i++) { /* 400 kB */
        snprintf(line, sizeof line, "line %012ld\r\n", i);
        say(console, line);
    }
    say(console, "the end\r\n");
}

static void be(const char *what)
{
    if (strcmp(what, "exits") == 0) {
        fputs("fake: machine type 'abacus' is not supported\n", stderr);
        exit(1);
    }
    if (strcmp(what, "hangs") == 0)
        wait_forever();
    if (strcmp(what, "stubborn") == 0) {
        signal(SIGTERM, SIG_IGN);
        serve(take_client(MONITOR), NULL);
        wait_forever();
    }
    int fd = take_client(MONITOR);
    if (strcmp(what, "garbage") == 0) {
        say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
    } else if (strcmp(what, "impatient") == 0) {
        say(fd, "{\"return\": {}, \"id\": 1}\r\n");
    } else if (strcmp(what, "endless") == 0) {
        for (;;)
            say(fd, "\"endless endless endless endless endless endless endless endless");
    } else if (strcmp(what, "panics") == 0) {
        serve_panic(fd);
    } else if (strcmp(what, "troubled") == 0) {
        serve_trouble(fd);
    } else if (strcmp(what, "silent") == 0) {
        say(fd, greeting);
    } else if (strcmp(what, "refuses") == 0) {
        char reply[128];
        snprintf(
            reply, sizeof reply,
            "{\"error\": {\"class\": \"GenericError\", \"desc\": \"not today\"}, \"id\": %ld}\r\n",
            serve(fd, "\"cont\""));
        say(fd, reply);
    } else if (strcmp(what, "dies") == 0) {
        serve(fd, "\"stop\"");
        fputs("fake: assertion failed\n", stderr);
        abort();
    } else if (strcmp(what, "babbles") == 0) {
        serve(fd, "\"stop\"");
        say(fd, "{]\r\n");
    } else if (strcmp(what, "closes") == 0) {
        serve(fd, "\"stop\"");
        close(fd);
    } else if (strcmp(what, "floods") == 0) {
        if (fork() == 0) {
            flood();
            wait_forever();
        }
        serve(fd, NULL);
    } else if (strcmp(what, "shouts") == 0) {
        if (fork() == 0) {
            for (int i = 0; i < 200000; i++) /* 3.6 MB of stderr */
                fputs("fake: warning 123\n", stderr);
            wait_forever();
        }
        serve(fd, NULL);
    }
    wait_forever();
}

int main(int argc, char **argv)
{
    be(argc > 1 ? argv[1] : "hangs");
    return 0;
}
