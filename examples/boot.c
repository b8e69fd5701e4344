/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boots a guest from a domain XML file and takes it through its whole life: open a host, define,
 * start, watch the console, ask how it is, shut it down by its power button, undefine.
 *
 *   boot --root DIR DOMAIN.xml
 *   boot --root DIR --kernel FILE --initrd FILE      (writes DIR/demo.xml and uses that)
 *
 * Needs nothing but libvessel: cc boot.c $(pkg-config --cflags --libs vessel) */
#include <errno.h>
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

#define GREETING "vessel-guest: ready"
#define BOOT_SECONDS 120
#define SHUTDOWN_SECONDS 60

typedef struct {
    VesselHost *host;
    VesselDomain *domain;
    VesselEventStream *events;
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

    printf("[%6.2f s] ", seconds());
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

static int complain(const char *what, const char *file)
{
    fprintf(stderr, "error: %s %s: %s\n", what, file, strerror(errno));
    return -1;
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

static int write_definition(const char *path, const char *kernel, const char *initrd)
{
    FILE *file = fopen(path, "we");

    if (!file)
        return complain("cannot write", path);
    fputs("<domain type='auto'>\n"
          "  <name>demo</name>\n"
          "  <memory unit='MiB'>256</memory>\n"
          "  <vcpu>1</vcpu>\n"
          "  <os>\n"
          "    <type arch='x86_64' machine='q35'>hvm</type>\n"
          "    <kernel>",
          file);
    write_escaped(file, kernel);
    fputs("</kernel>\n    <initrd>", file);
    write_escaped(file, initrd);
    /* no_timer_check: the emulator on a busy host fails that check of the kernel's. */
    fputs("</initrd>\n"
          "    <cmdline>console=ttyS0 no_timer_check</cmdline>\n"
          "  </os>\n"
          "  <features><acpi/><apic/></features>\n"
          "  <on_poweroff>destroy</on_poweroff>\n"
          "  <devices>\n"
          "    <serial type='pty'/>\n"
          "    <console type='pty'/>\n"
          "  </devices>\n"
          "</domain>\n",
          file);
    if (ferror(file) | fclose(file))
        return complain("cannot write", path);
    return 0;
}

static char *read_file(const char *path)
{
    static char text[1 << 20];
    FILE *file = fopen(path, "re");
    size_t length;

    if (!file || (length = fread(text, 1, sizeof(text) - 1, file), ferror(file))) {
        complain("cannot read", path);
        if (file)
            fclose(file);
        return NULL;
    }
    fclose(file);
    text[length] = '\0';
    return text;
}

/* ---- one step each ---- */

/* The root holds all that Vessel keeps. A program with this URI, and no other, sees the guest. */
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

static int print_events(Demo *demo)
{
    VesselEvent *event = NULL;
    VesselError *err = NULL;
    int got;

    while ((got = vessel_event_stream_next(demo->events, 0, &event, &err)) > 0) {
        const char *reason = vessel_event_reason(event);

        printf("           event %llu: %s%s%s\n", (unsigned long long)vessel_event_number(event),
               vessel_event_kind(event), reason ? ", " : "", reason ? reason : "");
        vessel_event_free(event);
    }
    return got < 0 ? failed(err) : 0;
}

static int start(Demo *demo, const char *definition)
{
    VesselDomainInfo *info = NULL;
    VesselError *err = NULL;

    if (vessel_domain_define(demo->host, definition, NULL, &demo->domain, &err) < 0)
        return failed(err);
    if (vessel_domain_start(demo->domain, NULL, NULL, &err) < 0 ||
        vessel_domain_info(demo->domain, &info, &err) < 0)
        return failed(err);
    step("defined and started: %s, id %d, run by %s", info->name, info->id, info->driver);
    vessel_domain_info_free(info);
    return print_events(demo);
}

/* Copies the console to our output, to the end of the line that has @word. */
static int show_until(int console, const char *word)
{
    char line[512] = "";
    size_t length = 0;
    double deadline = seconds() + BOOT_SECONDS;

    for (;;) {
        struct pollfd waiting = {.fd = console, .events = POLLIN};
        int left = (int)((deadline - seconds()) * 1000);
        char byte;

        if (left <= 0 || poll(&waiting, 1, left) == 0) {
            fprintf(stderr, "error: no \"%s\" on the console in %d s\n", word, BOOT_SECONDS);
            return -1;
        }
        if (read(console, &byte, 1) != 1) {
            fprintf(stderr, "error: the console ended before \"%s\"\n", word);
            return -1;
        }
        putchar(byte);
        if (byte == '\n' && strstr(line, word))
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
    step("the guest's console:");
    result = show_until(console, GREETING);
    close(console);
    return result;
}

static int report(Demo *demo)
{
    VesselDomainInfo *info = NULL;
    VesselError *err = NULL;

    if (vessel_domain_info(demo->domain, &info, &err) < 0)
        return failed(err);
    step("state %s (%s), CPU time %.2f s, memory %llu of %llu KiB",
         vessel_domain_state_name(info->state), info->reason, (double)info->cpu_time_ns / 1e9,
         (unsigned long long)info->memory_kib, (unsigned long long)info->max_memory_kib);
    vessel_domain_info_free(info);
    return print_events(demo);
}

static int shut_down(Demo *demo)
{
    VesselDomainOptions options = VESSEL_DOMAIN_OPTIONS_INIT;
    VesselError *err = NULL;

    step("pressing the power button");
    if (vessel_domain_shutdown(demo->domain, NULL, &err) < 0)
        return failed(err);
    options.timeout_ms = SHUTDOWN_SECONDS * 1000;
    if (vessel_domain_wait(demo->domain, VESSEL_DOMAIN_SHUT_OFF, &options, &err) < 0)
        return failed(err);
    step("it is shut off");
    if (vessel_domain_undefine(demo->domain, NULL, &err) < 0)
        return failed(err);
    step("undefined");
    return print_events(demo);
}

/* Leaves nothing behind, whatever went wrong before. */
static void clean_up(Demo *demo)
{
    if (demo->domain) {
        vessel_domain_destroy(demo->domain, NULL, NULL);
        vessel_domain_undefine(demo->domain, NULL, NULL);
        vessel_domain_unref(demo->domain);
    }
    vessel_event_stream_unref(demo->events);
    vessel_host_unref(demo->host);
}

static int run(const char *root, const char *definition)
{
    Demo demo = {0};
    int result = -1;

    if (open_host(&demo, root) == 0 && start(&demo, definition) == 0 && watch_console(&demo) == 0 &&
        report(&demo) == 0)
        result = shut_down(&demo);
    clean_up(&demo);
    return result;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"root", required_argument, NULL, 'r'},
                                            {"kernel", required_argument, NULL, 'k'},
                                            {"initrd", required_argument, NULL, 'i'},
                                            {NULL, 0, NULL, 0}};
    char kernel[PATH_MAX] = "", initrd[PATH_MAX] = "", root[PATH_MAX] = "", xml[PATH_MAX + 16];
    const char *definition;
    int option;

    clock_gettime(CLOCK_MONOTONIC, &began);
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == '?')
            return 2;
        if (option == 'r' && mkdir(optarg, 0700) < 0 && errno != EEXIST)
            return complain("cannot make", optarg), 1;
        if (!realpath(optarg, option == 'r' ? root : option == 'k' ? kernel : initrd))
            return complain("cannot find", optarg), 1;
    }
    if (!*root || (*kernel && *initrd ? optind != argc : optind + 1 != argc)) {
        fprintf(stderr, "usage: boot --root DIR (DOMAIN.xml | --kernel FILE --initrd FILE)\n");
        return 2;
    }
    snprintf(xml, sizeof(xml), "%s/demo.xml", root);
    if (*kernel && write_definition(xml, kernel, initrd) < 0)
        return 1;
    definition = read_file(*kernel ? xml : argv[optind]);
    return definition && run(root, definition) == 0 ? 0 : 1;
}
