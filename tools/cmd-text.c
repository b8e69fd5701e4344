/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Texts kept with a domain (desc, metadata) and its log. */
#include "tool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- title, description, metadata ---- */

/* Which text, of which definition. */
typedef struct {
    VesselDomain *domain;
    int kind;
    const char *what; /* in messages */
    const char *key;  /* in JSON */
    const char *uri, *prefix;
    uint32_t affect;
} Text;

static int set_text(ToolCall *call, const Text *text, const char *value)
{
    VesselDomainMetadataOptions options = VESSEL_DOMAIN_METADATA_OPTIONS_INIT;
    VesselError *err = NULL;

    options.timeout_ms = tool_timeout(call);
    options.flags = text->affect;
    if (vessel_domain_set_metadata(text->domain, text->kind, value && *value ? value : NULL,
                                   text->prefix, text->uri, &options, &err) < 0)
        return tool_error(call, err);
    if (call->json)
        return tool_domain_done(call, text->domain, NULL);
    tool_say(call, "%s updated successfully", text->what);
    return TOOL_DONE;
}

/* NULL with *status TOOL_DONE: there is none. */
static char *get_text(ToolCall *call, const Text *text, int *status)
{
    VesselError *err = NULL;
    char *value = NULL;
    /* Both definitions cannot be shown at once; the one in force is what --live means first. */
    uint32_t affect =
        text->affect & VESSEL_DOMAIN_AFFECT_LIVE ? VESSEL_DOMAIN_AFFECT_LIVE : text->affect;

    *status = TOOL_DONE;
    if (vessel_domain_metadata(text->domain, text->kind, text->uri, affect, &value, &err) == 0)
        return value;
    if (vessel_error_code(err) == VESSEL_ERROR_NOT_FOUND)
        vessel_error_free(err);
    else
        *status = tool_error(call, err);
    return NULL;
}

static int edit_text(ToolCall *call, const Text *text, const char *suffix)
{
    int status;
    tool_autofree char *value = get_text(call, text, &status);
    g_autofree char *edited = g_strdup_printf("%s\n", value ? value : "");
    bool changed;

    if (status == TOOL_DONE)
        status = tool_edit(call, suffix, &edited, &changed);
    if (status != TOOL_DONE)
        return status;
    g_strchomp(edited);
    if (!g_strcmp0(edited, value ? value : "")) {
        tool_say(call, "%s not changed", text->what);
        return TOOL_DONE;
    }
    return set_text(call, text, edited);
}

static void print_text_json(const Text *text, const char *value)
{
    yajl_gen json = tool_json_new();

    tool_json_object(json, NULL);
    tool_json_string(json, text->key, value);
    tool_json_close_object(json);
    tool_json_print(json);
}

static int show_desc(ToolCall *call, const Text *text)
{
    int status;
    tool_autofree char *name = NULL, *value = get_text(call, text, &status);
    g_autofree char *shown = NULL;

    if (status != TOOL_DONE)
        return status;
    if (call->json) {
        print_text_json(text, value);
    } else if (value) {
        shown = tool_shown(value, true);
        puts(shown);
    } else {
        if (vessel_domain_name(text->domain, &name, NULL) < 0)
            return tool_fail(call, "not-found", NULL, NULL, "the domain is gone");
        tool_say(call, "No %s for domain: %s", text->key, name);
    }
    return TOOL_DONE;
}

int cmd_desc(ToolCall *call)
{
    GPtrArray *words = tool_many(call, "new-desc");
    bool title = tool_flag(call, "title");
    Text text = {.kind = title ? VESSEL_DOMAIN_METADATA_TITLE : VESSEL_DOMAIN_METADATA_DESCRIPTION,
                 .what = title ? "Domain title" : "Domain description",
                 .key = title ? "title" : "description"};
    g_autoptr(VesselDomain) domain = NULL;
    int status = tool_affect(call, &text.affect);

    if (status == TOOL_DONE && words && tool_flag(call, "edit"))
        status = tool_usage(call, NULL, "--edit goes without a text");
    if (status == TOOL_DONE)
        status = tool_domain(call, &domain);
    if (status != TOOL_DONE)
        return status;
    text.domain = domain;
    if (words) {
        g_autofree char *joined = NULL;

        g_ptr_array_add(words, NULL);
        joined = g_strjoinv(" ", (char **)words->pdata);
        return set_text(call, &text, joined);
    }
    return tool_flag(call, "edit") ? edit_text(call, &text, ".txt") : show_desc(call, &text);
}

static int show_metadata(ToolCall *call, const Text *text)
{
    int status;
    tool_autofree char *value = get_text(call, text, &status);

    if (status != TOOL_DONE)
        return status;
    if (!value)
        return tool_fail(call, "not-found", NULL, NULL, "the domain has no element of namespace %s",
                         text->uri);
    if (call->json)
        print_text_json(text, value);
    else
        puts(value);
    return TOOL_DONE;
}

int cmd_metadata(ToolCall *call)
{
    static const char *const exclusive[] = {"set", "edit", "remove", NULL};
    const char *set = tool_text(call, "set");
    Text text = {.kind = VESSEL_DOMAIN_METADATA_ELEMENT,
                 .what = "Metadata",
                 .key = "metadata",
                 .uri = tool_text(call, "uri"),
                 .prefix = tool_text(call, "key")};
    g_autoptr(VesselDomain) domain = NULL;
    int status = tool_affect(call, &text.affect);

    if (status == TOOL_DONE)
        status = tool_exclusive(call, exclusive);
    if (status == TOOL_DONE && (set || tool_flag(call, "edit")) && !text.prefix)
        status = tool_usage(call, NULL, "--set and --edit need --key");
    if (status == TOOL_DONE && !set && !tool_flag(call, "edit") && text.prefix)
        status = tool_usage(call, NULL, "--key goes with --set or --edit");
    if (status == TOOL_DONE)
        status = tool_domain(call, &domain);
    if (status != TOOL_DONE)
        return status;
    text.domain = domain;
    if (set || tool_flag(call, "remove"))
        return set_text(call, &text, set);
    return tool_flag(call, "edit") ? edit_text(call, &text, ".xml") : show_metadata(call, &text);
}

/* ---- log ---- */

#define FOLLOW_MS 200
#define LOG_LIMIT (16u << 20) /* the log is turned over at 1 MiB */

/* Appends what there is to read now. */
static int read_rest(ToolCall *call, int fd, GString *text)
{
    char buffer[65536];
    ssize_t got;

    while (text->len < LOG_LIMIT && (got = read(fd, buffer, sizeof(buffer))) != 0) {
        if (got < 0 && errno != EINTR)
            return tool_fail(call, "io", NULL, NULL, "cannot read the log: %s", g_strerror(errno));
        if (got > 0)
            g_string_append_len(text, buffer, got);
    }
    return TOOL_DONE;
}

/* Prints whole lines and keeps the rest; with @all also a last line without its end. */
static void print_lines(ToolCall *call, GString *text, bool all, yajl_gen array)
{
    char *start = text->str, *end;

    while ((end = strchr(start, '\n')) || (all && *start)) {
        g_autofree char *line = end ? g_strndup(start, (gsize)(end - start)) : g_strdup(start);

        if (array) {
            tool_json_string(array, NULL, line);
        } else if (call->json) {
            yajl_gen json = tool_json_new();

            tool_json_string(json, NULL, line);
            tool_json_print(json);
        } else {
            g_autofree char *shown = tool_shown(line, true);

            puts(shown);
        }
        start = end ? end + 1 : start + strlen(start);
    }
    g_string_erase(text, 0, start - text->str);
    fflush(stdout);
}

static void keep_last(GString *text, uint64_t lines)
{
    char *at = text->str + text->len;

    if (lines && at > text->str && at[-1] == '\n')
        at--;
    while (lines && at > text->str) {
        if (at[-1] == '\n' && !--lines)
            break;
        at--;
    }
    if (lines == 0)
        g_string_erase(text, 0, at - text->str);
}

static bool has_ended(VesselDomain *domain)
{
    int state = vessel_domain_state(domain, NULL, NULL);

    return state < 0 || state == VESSEL_DOMAIN_SHUT_OFF;
}

/* False when nobody reads what is written any more: head has had enough, and is not to wait for our
 * next line. */
static bool pause_between_looks(void)
{
    struct pollfd reader = {.fd = STDOUT_FILENO};

    if (poll(&reader, 1, FOLLOW_MS) <= 0 || !(reader.revents & POLLERR))
        return true;
    raise(SIGPIPE);
    return false;
}

/* Until the domain has ended. The log is turned over by renaming: the old file is read to its end,
 * then the new one is opened. That of a transient domain goes with it, and we have it open. */
static int follow(ToolCall *call, VesselDomain *domain, int *fd, GString *text)
{
    for (bool ended = has_ended(domain); !ended;) {
        struct stat now, next;
        int fresh = -1, status = TOOL_DONE;

        if (!pause_between_looks())
            return TOOL_FAILED;
        ended = has_ended(domain); /* and all of it is in the file */
        if (vessel_domain_open_log(domain, &fresh, NULL) < 0)
            fresh = -1;
        if (fresh >= 0 && fstat(*fd, &now) == 0 && fstat(fresh, &next) == 0 &&
            (now.st_ino != next.st_ino || now.st_dev != next.st_dev)) {
            status = read_rest(call, *fd, text);
            close(*fd);
            *fd = fresh;
        } else if (fresh >= 0) {
            close(fresh);
        }
        if (status == TOOL_DONE)
            status = read_rest(call, *fd, text);
        if (status != TOOL_DONE)
            return status;
        print_lines(call, text, ended, NULL);
        if (ferror(stdout))
            return TOOL_FAILED; /* which the end of all commands tells */
    }
    return TOOL_DONE;
}

int cmd_log(ToolCall *call)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(VesselDomain) domain = NULL;
    bool following = tool_flag(call, "follow");
    yajl_gen array = call->json && !following ? tool_json_new() : NULL;
    VesselError *err = NULL;
    int fd = -1, status = tool_domain(call, &domain);

    if (status == TOOL_DONE && vessel_domain_open_log(domain, &fd, &err) < 0)
        status = tool_error(call, err);
    if (status == TOOL_DONE)
        status = read_rest(call, fd, text);
    if (status == TOOL_DONE) {
        if (tool_flag(call, "lines"))
            keep_last(text, tool_number(call, "lines", 0));
        if (array)
            tool_json_array(array, NULL);
        print_lines(call, text, !following, array);
        if (array) {
            tool_json_close_array(array);
            tool_json_print(g_steal_pointer(&array));
        }
    }
    if (status == TOOL_DONE && following)
        status = follow(call, domain, &fd, text);
    if (fd >= 0)
        close(fd);
    g_clear_pointer(&array, yajl_gen_free);
    return status;
}
