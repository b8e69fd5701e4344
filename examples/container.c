/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes a container from a tar archive through its whole life: unpack the archive, define, start,
 * watch the console, run other programs in it, ask how it is, shut it down, undefine.
 *
 *   container --root DIR ROOTFS.tar        (there must be a /bin/sh in the archive)
 *
 * As root, or as an ordinary user where the kernel lets users make user namespaces. Ends with 77
 * where this host has no containers.
 *
 * Needs nothing but libvessel: cc container.c $(pkg-config --cflags --libs vessel) */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <vessel/vessel.h>

#define GREETING "container: ready"
#define SECONDS 30
#define NO_CONTAINERS 77

typedef struct {
    VesselHost *host;
    VesselDomain *domain;
    VesselEventStream *events;
    char *rootfs;
} Demo;

static struct timespec began;

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began.tv_sec) + (double)(now.tv_nsec - began.tv_nsec) / 1e9;
}

__attribute__((format(printf, 1, 2))) static void step(const char *format, ...)
{
    va_list args;

    printf("[%7.3f s] ", seconds());
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

/* Every call that can fail hands out an error that says what, where, why and what to do. */
static int failed(VesselError *err)
{
    char *text = vessel_error_text(err);

    fprintf(stderr, "error: %s\n", text ? text : "no reason given");
    vessel_free(text);
    vessel_error_free(err);
    return -1;
}

static int print_events(Demo *demo)
{
    VesselEvent *event = NULL;
    VesselError *err = NULL;
    int got;

    while ((got = vessel_event_stream_next(demo->events, 0, &event, &err)) > 0) {
        const char *kind = vessel_event_kind(event), *reason = vessel_event_reason(event);

        if (strncmp(kind, "domain.", 7) == 0)
            printf("            event %llu: %s%s%s\n",
                   (unsigned long long)vessel_event_number(event), kind, reason ? ", " : "",
                   reason ? reason : "");
        vessel_event_free(event);
    }
    return got < 0 ? failed(err) : 0;
}

/* ---- the definition ---- */

static void write_escaped(FILE *file, const char *text)
{
    for (; *text; text++) {
        if (strchr("&<>'\"", *text))
            fprintf(file, "&#%d;", *text);
        else
            fputc(*text, file);
    }
}

/* A container's name must be its own in this root. The shell is process 2: process 1 is Vessel's
 * own small init, which passes the signal of a shutdown on. */
static char *make_definition(const char *rootfs)
{
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);

    if (!file)
        return NULL;
    fprintf(file,
            "<domain type='container'>\n"
            "  <name>demo-container-%d</name>\n"
            "  <os>\n"
            "    <type>exe</type>\n"
            "    <init>/bin/sh</init>\n"
            "    <initarg>-c</initarg>\n"
            "    <initarg>trap 'exit 0' TERM; echo \"" GREETING
            ", $(hostname) is $(id -un)\"; while :; do sleep 9 &amp; wait; done</initarg>\n"
            "  </os>\n"
            "  <devices>\n"
            "    <filesystem type='mount'>\n"
            "      <source dir='",
            (int)getpid());
    write_escaped(file, rootfs);
    fputs("'/>\n"
          "      <target dir='/'/>\n"
          "    </filesystem>\n"
          "    <console type='pty'/>\n"
          "  </devices>\n"
          "</domain>\n",
          file);
    if (fclose(file) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---- one step each ---- */

static int has_containers(Demo *demo)
{
    VesselDomainSpec spec = VESSEL_DOMAIN_SPEC_INIT;
    VesselError *err = NULL;
    char *why_not = NULL;
    int answer;

    spec.type = "container";
    answer = vessel_host_supports(demo->host, "domain_start", &spec, &why_not, &err);
    if (answer < 0)
        return failed(err);
    if (answer == 0)
        fprintf(stderr, "this host has no containers: %s\n", why_not ? why_not : "no reason given");
    vessel_free(why_not);
    return answer;
}

/* The root holds all that Vessel keeps. A program with this URI, and no other, sees the container.
 */
static int open_host(Demo *demo, const char *root)
{
    char uri[3 * PATH_MAX + 32] = "local:?root=";
    size_t length = strlen(uri);
    VesselError *err = NULL;

    for (; *root && length < sizeof(uri) - 4; root++)
        length += (size_t)snprintf(uri + length, 4, strchr("%&#+? ", *root) ? "%%%02X" : "%c",
                                   (unsigned char)*root);
    if (vessel_host_open(uri, NULL, &demo->host, &err) < 0)
        return failed(err);
    step("host open: %s, libvessel %s", vessel_host_get_uri(demo->host), vessel_version_string());
    if (vessel_host_subscribe(demo->host, NULL, &demo->events, &err) < 0)
        return failed(err);
    return 0;
}

static int unpack(Demo *demo, const char *archive)
{
    const char *const files[] = {archive, NULL};
    VesselHostImportOptions options = VESSEL_HOST_IMPORT_OPTIONS_INIT;
    VesselError *err = NULL;
    char name[32];

    snprintf(name, sizeof(name), "demo-%d", (int)getpid());
    options.name = name;
    if (vessel_host_import_rootfs(demo->host, files, &options, NULL, &demo->rootfs, &err) < 0)
        return failed(err);
    step("root file system: %s", demo->rootfs);
    return 0;
}

static int start(Demo *demo)
{
    char *definition = make_definition(demo->rootfs);
    VesselDomainInfo *info = NULL;
    VesselError *err = NULL;
    double asked;
    int result = -1;

    if (!definition) {
        fprintf(stderr, "error: %s\n", strerror(errno));
        return -1;
    }
    if (vessel_domain_define(demo->host, definition, NULL, &demo->domain, &err) == 0 &&
        (asked = seconds(), vessel_domain_start(demo->domain, NULL, NULL, &err)) == 0) {
        asked = seconds() - asked;
        result = vessel_domain_info(demo->domain, &info, &err);
    }
    free(definition);
    if (result < 0)
        return failed(err);
    step("started in %.1f ms: %s, id %d, run by %s", asked * 1000, info->name, info->id,
         info->driver);
    vessel_domain_info_free(info);
    return print_events(demo);
}

/* Copies what comes to our output: to the end of the line that has @word, or to the end of all. */
static int show(int from, const char *word)
{
    char line[512] = "";
    size_t length = 0;
    double deadline = seconds() + SECONDS;

    for (;;) {
        struct pollfd waiting = {.fd = from, .events = POLLIN};
        int left = (int)((deadline - seconds()) * 1000);
        char byte;

        if (left <= 0 || poll(&waiting, 1, left) == 0) {
            fprintf(stderr, "error: nothing more in %d s\n", SECONDS);
            return -1;
        }
        if (read(from, &byte, 1) != 1) {
            if (word)
                fprintf(stderr, "error: the console ended before \"%s\"\n", word);
            return word ? -1 : 0;
        }
        putchar(byte);
        if (byte == '\n' && word && strstr(line, word))
            return 0;
        if (byte == '\n' || length == sizeof(line) - 1)
            length = 0;
        else
            line[length++] = byte;
        line[length] = '\0';
    }
}

static int watch_console(Demo *demo)
{
    VesselDomainConsoleOptions options = VESSEL_DOMAIN_CONSOLE_OPTIONS_INIT;
    VesselError *err = NULL;
    int console, result;

    options.flags = VESSEL_DOMAIN_CONSOLE_READONLY;
    if (vessel_domain_open_console(demo->domain, &options, &console, &err) < 0)
        return failed(err);
    step("the container's console:");
    result = show(console, GREETING);
    close(console);
    return result;
}

/* Another program beside the container's own. It writes into a pipe: what a container is given it
 * may keep, so never give it your own terminal. */
static int run_inside(Demo *demo, const char *command)
{
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    VesselExecOptions options = VESSEL_EXEC_OPTIONS_INIT;
    VesselExec *exec = NULL;
    VesselError *err = NULL;
    int ends[2], status = -1, result;

    if (pipe(ends) < 0) {
        fprintf(stderr, "error: %s\n", strerror(errno));
        return -1;
    }
    options.stdout_fd = options.stderr_fd = ends[1];
    step("in it, `%s`:", command);
    result = vessel_domain_exec(demo->domain, argv, &options, &exec, &err);
    close(ends[1]);
    if (result < 0)
        failed(err);
    else if ((result = show(ends[0], NULL)) == 0 &&
             (result = vessel_exec_wait(exec, 0, &status, NULL, &err)) < 0)
        failed(err);
    close(ends[0]);
    vessel_exec_unref(exec);
    if (result == 0)
        step("it ended with %d", status);
    return result < 0 || status != 0 ? -1 : 0;
}

static int report(Demo *demo)
{
    VesselDomainInfo *info = NULL;
    VesselError *err = NULL;

    if (vessel_domain_info(demo->domain, &info, &err) < 0)
        return failed(err);
    step("state %s (%s)", vessel_domain_state_name(info->state), info->reason);
    vessel_domain_info_free(info);
    return 0;
}

static int shut_down(Demo *demo)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselError *err = NULL;

    step("asking it to end");
    if (vessel_domain_shutdown(demo->domain, NULL, &err) < 0)
        return failed(err);
    options.timeout_ms = SECONDS * 1000;
    if (vessel_domain_wait(demo->domain, VESSEL_DOMAIN_SHUT_OFF, &options, &err) < 0)
        return failed(err);
    step("it is shut off");
    if (vessel_domain_undefine(demo->domain, NULL, &err) < 0)
        return failed(err);
    step("undefined");
    return print_events(demo);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

/* Leaves nothing behind, whatever went wrong before. */
static void clean_up(Demo *demo)
{
    if (demo->domain) {
        vessel_domain_destroy(demo->domain, NULL, NULL);
        vessel_domain_undefine(demo->domain, NULL, NULL);
        vessel_domain_unref(demo->domain);
    }
    if (demo->rootfs && nftw(demo->rootfs, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        fprintf(stderr, "error: cannot remove %s: %s\n", demo->rootfs, strerror(errno));
    vessel_free(demo->rootfs);
    vessel_event_stream_unref(demo->events);
    vessel_host_unref(demo->host);
}

static int run(const char *root, const char *archive)
{
    Demo demo = {0};
    int result = 1, able = 0;

    if (open_host(&demo, root) == 0 && (able = has_containers(&demo)) == 1 &&
        unpack(&demo, archive) == 0 && start(&demo) == 0 && watch_console(&demo) == 0 &&
        run_inside(&demo, "id; ps -o pid,user,args") == 0 && report(&demo) == 0 &&
        shut_down(&demo) == 0)
        result = 0;
    else if (demo.events && able == 0)
        result = NO_CONTAINERS;
    clean_up(&demo);
    return result;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"root", required_argument, NULL, 'r'},
                                            {NULL, 0, NULL, 0}};
    char root[PATH_MAX] = "";
    int option;

    clock_gettime(CLOCK_MONOTONIC, &began);
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?')
            return 2;
        if ((mkdir(optarg, 0700) < 0 && errno != EEXIST) || !realpath(optarg, root)) {
            fprintf(stderr, "error: %s: %s\n", optarg, strerror(errno));
            return 1;
        }
    }
    if (!*root || optind + 1 != argc) {
        fprintf(stderr, "usage: container --root DIR ROOTFS.tar\n");
        return 2;
    }
    return run(root, argv[optind]);
}
