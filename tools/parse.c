/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From argv to a call, by the table. Options of a command may stand before or after its arguments,
 * arguments may be given by name (--domain NAME), and "--" ends the options, as in virsh. */
#include "tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t option_count(const ToolOption *options)
{
    size_t count = 0;

    while (options[count].name)
        count++;
    return count;
}

/* Damerau's distance: a swapped pair of letters is one mistake. Words are short. */
static size_t distance(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b);
    g_autofree size_t *rows = g_new0(size_t, 3 * (n + 1));
    size_t *before = rows, *last = rows + n + 1, *now = rows + 2 * (n + 1);

    for (size_t j = 0; j <= n; j++)
        last[j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t *spare = before;

        now[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t changed = last[j - 1] + (a[i - 1] != b[j - 1]);

            now[j] = MIN(changed, MIN(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = MIN(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
        now = spare;
    }
    return last[n];
}

const char *tool_nearest(const char *word, const char *const *known, size_t count)
{
    const char *best = NULL;
    size_t best_distance = MAX(2, strlen(word) / 3) + 1;

    if (strlen(word) > 64)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(word, known[i]);

        if (d < best_distance || (!best && strlen(word) > 2 && g_str_has_prefix(known[i], word))) {
            best = known[i];
            best_distance = MIN(d, best_distance);
        }
    }
    return best;
}

static const char *nearest_option(const ToolCommand *command, const char *name)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new();

    for (const ToolOption *option = command->options; option->name; option++)
        g_ptr_array_add(known, (char *)option->name);
    for (const ToolOption *option = tool_globals; option->name; option++)
        g_ptr_array_add(known, (char *)option->name);
    return tool_nearest(name, (const char *const *)known->pdata, known->len);
}

/* Whoever gives a command to be run gives its options with it. */
static bool runs_another(const ToolCall *call)
{
    return call->command && !strcmp(call->command->name, "exec");
}

static int unknown_option(const ToolCall *call, const char *arg)
{
    g_autofree char *name = g_strndup(arg + 2, strcspn(arg + 2, "="));
    const char *nearest = nearest_option(call->command, name);
    const char *own = runs_another(call) ? "; the program's own follow a --" : "";
    g_autofree char *hint =
        nearest ? g_strdup_printf("did you mean --%s? `vessel help %s` lists its options%s",
                                  nearest, call->command->name, own)
                : g_strdup_printf("`vessel help %s` lists its options%s", call->command->name, own);

    return tool_usage(call, hint, "command '%s' does not have option --%s", call->command->name,
                      name);
}

static int unknown_command(const ToolCall *call, const char *name)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    g_autofree char *hint = NULL;
    const char *nearest;

    for (const ToolCommand *command = tool_commands; command->name; command++)
        g_ptr_array_add(known, (char *)command->name);
    nearest = tool_nearest(name, (const char *const *)known->pdata, known->len);
    hint = nearest ? g_strdup_printf("did you mean '%s'?", nearest)
                   : g_strdup("`vessel help` lists the commands");
    return tool_usage(call, hint, "unknown command '%s'", name);
}

static bool word_known(const char *words, const char *word)
{
    g_auto(GStrv) known = g_strsplit(words, " ", -1);

    return g_strv_contains((const char *const *)known, word);
}

static bool number_valid(const char *text)
{
    char *end;

    errno = 0;
    strtoull(text, &end, 10);
    return g_ascii_isdigit(*text) && !*end && !errno;
}

/* 0 would be the library's word for its default. */
static bool mib_valid(uint64_t mib)
{
    return mib > 0 && mib <= UINT64_MAX >> 20;
}

/* Seconds as milliseconds; false if @text is neither a positive number nor "none". */
static bool seconds_parse(const char *text, int64_t *ms)
{
    char *end;
    double value;

    if (!strcmp(text, "none")) {
        *ms = -1;
        return true;
    }
    value = g_ascii_strtod(text, &end);
    if (!(g_ascii_isdigit(*text) || *text == '.') || *end || !(value < 1e12))
        return false;
    *ms = (int64_t)(value * 1000 + 0.999);
    return *ms > 0;
}

static int check_value(const ToolCall *call, const ToolOption *option, const char *value)
{
    int64_t ms;

    if (option->kind == TOOL_SECONDS && !seconds_parse(value, &ms))
        return tool_usage(call, "a positive number of seconds such as 30 or 0.5, or none",
                          "--%s cannot be '%s'", option->name, value);
    if (option->kind == TOOL_NUMBER && !number_valid(value))
        return tool_usage(call, "a whole number", "--%s cannot be '%s'", option->name, value);
    if (option->kind == TOOL_MIB && (!number_valid(value) || !mib_valid(strtoull(value, NULL, 10))))
        return tool_usage(call, "a whole number of MiB, at least 1", "--%s cannot be '%s'",
                          option->name, value);
    if (option->kind == TOOL_WORD && !word_known(option->words, value)) {
        g_autofree char *hint = g_strdup_printf("known: %s", option->words);

        return tool_usage(call, hint, "--%s cannot be '%s'", option->name, value);
    }
    return TOOL_DONE;
}

static int add_value(ToolCall *call, size_t index, const char *value)
{
    const ToolOption *option = &call->command->options[index];
    GPtrArray **values = &call->values[index];
    int status;

    if (*values && !(option->flags & TOOL_MANY))
        return tool_usage(call, NULL, "--%s was given twice", option->name);
    if (!*values)
        *values = g_ptr_array_new_with_free_func(g_free);
    if (option->kind == TOOL_WORD && (option->flags & TOOL_MANY)) {
        g_auto(GStrv) words = g_strsplit(value, ",", -1);

        for (char **word = words; *word; word++) {
            if ((status = check_value(call, option, *word)) != TOOL_DONE)
                return status;
            g_ptr_array_add(*values, g_strdup(*word));
        }
        return TOOL_DONE;
    }
    if ((status = check_value(call, option, value)) != TOOL_DONE)
        return status;
    g_ptr_array_add(*values, g_strdup(value));
    return TOOL_DONE;
}

/* The next positional argument goes to the first one that has none, or that may have many. */
static int add_positional(ToolCall *call, const char *value)
{
    for (size_t i = 0; call->command->options[i].name; i++) {
        const ToolOption *option = &call->command->options[i];

        if ((option->flags & TOOL_POSITIONAL) && (!call->values[i] || (option->flags & TOOL_MANY)))
            return add_value(call, i, value);
    }
    return tool_usage(call, NULL, "command '%s' does not know what to do with '%s'",
                      call->command->name, value);
}

static int set_escape(ToolCall *call, const char *value)
{
    if (value[0] == '^' && value[1] >= '@' && value[1] <= '_' && !value[2])
        call->escape = (char)(value[1] ^ 0x40);
    else if (value[0] == '^' && g_ascii_islower(value[1]) && !value[2])
        call->escape = (char)(g_ascii_toupper(value[1]) ^ 0x40);
    else if (value[0] && (unsigned char)value[0] < 0x80 && !value[1])
        call->escape = value[0];
    else
        return tool_usage(call, "one character, or ^ and a letter such as ^]",
                          "--escape cannot be '%s'", value);
    return TOOL_DONE;
}

static int set_global(ToolCall *call, const ToolOption *option, const char *value)
{
    if (!strcmp(option->name, "connect")) {
        g_free(call->uri);
        call->uri = g_strdup(value);
    } else if (!strcmp(option->name, "escape")) {
        return set_escape(call, value);
    } else if (!strcmp(option->name, "json")) {
        call->json = true;
    } else if (!strcmp(option->name, "quiet")) {
        call->quiet = true;
    } else if (!strcmp(option->name, "help")) {
        call->want_help = true;
    } else if (!strcmp(option->name, "version")) {
        call->want_version = true;
    }
    return TOOL_DONE;
}

/* "--NAME", "--NAME=VALUE" or "-S" against @option; *value is set to what follows "=" or -S. */
static bool matches(const ToolOption *option, bool global, const char *arg, const char **value)
{
    size_t length = strlen(option->name);

    *value = NULL;
    if (g_str_has_prefix(arg, "--")) {
        if (strncmp(arg + 2, option->name, length) || (arg[2 + length] && arg[2 + length] != '='))
            return false;
        *value = arg[2 + length] ? arg + 3 + length : NULL;
        return true;
    }
    if (!global || !option->words || arg[1] != option->words[0])
        return false;
    *value = arg[2] ? arg + 2 : NULL;
    return option->kind != TOOL_FLAG || !*value;
}

static const ToolOption *find(const ToolOption *options, bool global, const char *arg,
                              const char **value)
{
    for (const ToolOption *option = options; option && option->name; option++) {
        if (matches(option, global, arg, value))
            return option;
    }
    return NULL;
}

/* One option at argv[*i] (and its value after it). */
static int parse_option(ToolCall *call, int argc, char **argv, int *i)
{
    const char *arg = argv[*i], *value = NULL;
    const ToolOption *options = call->command ? call->command->options : NULL;
    const ToolOption *option = find(options, false, arg, &value);
    bool global = !option;

    if (!option)
        option = find(tool_globals, true, arg, &value);
    if (!option && call->command && g_str_has_prefix(arg, "--"))
        return unknown_option(call, arg);
    if (!option)
        return tool_usage(call,
                          runs_another(call) ? "the program's own options follow a --"
                                             : "`vessel help` lists the options",
                          "unknown option '%s'", arg);
    if (option->kind == TOOL_FLAG && value)
        return tool_usage(call, NULL, "--%s does not take a value", option->name);
    if (option->kind != TOOL_FLAG && !value) {
        if (*i + 1 >= argc)
            return tool_usage(call, NULL, "--%s needs a value (%s)", option->name, option->value);
        value = argv[++*i];
    }
    if (global)
        return set_global(call, option, value);
    return add_value(call, (size_t)(option - options), value ? value : "");
}

static int check_required(const ToolCall *call)
{
    for (size_t i = 0; call->command->options[i].name; i++) {
        const ToolOption *option = &call->command->options[i];

        if ((option->flags & TOOL_REQUIRED) && !call->values[i]) {
            g_autofree char *synopsis = tool_synopsis(call->command, " ");
            g_autofree char *hint = g_strdup_printf("usage: vessel %s", synopsis);

            return tool_usage(call, hint, "command '%s' needs %s", call->command->name,
                              option->value);
        }
    }
    return TOOL_DONE;
}

static int parse_argument(ToolCall *call, const char *arg)
{
    if (call->command)
        return add_positional(call, arg);
    call->command = tool_command_find(arg);
    if (!call->command)
        return unknown_command(call, arg);
    call->values = g_new0(GPtrArray *, option_count(call->command->options));
    return TOOL_DONE;
}

int tool_parse(ToolCall *call, int argc, char **argv)
{
    bool options_end = false;
    int status = TOOL_DONE;

    call->escape = ']' ^ 0x40;
    /* An error found before --json was reached is to be JSON, too. */
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        call->json |= !strcmp(argv[i], "--json");
    for (int i = 1; i < argc && status == TOOL_DONE; i++) {
        if (!options_end && !strcmp(argv[i], "--"))
            options_end = true;
        else if (!options_end && argv[i][0] == '-' && argv[i][1])
            status = parse_option(call, argc, argv, &i);
        else
            status = parse_argument(call, argv[i]);
    }
    if (status != TOOL_DONE || call->want_help || call->want_version)
        return status;
    if (!call->command)
        return tool_usage(call, "`vessel help` lists the commands", "no command was given");
    return check_required(call);
}

void tool_call_clear(ToolCall *call)
{
    for (size_t i = 0; call->command && call->values && call->command->options[i].name; i++)
        g_clear_pointer(&call->values[i], g_ptr_array_unref);
    g_clear_pointer(&call->values, g_free);
    g_clear_pointer(&call->uri, g_free);
    g_clear_pointer(&call->name, g_free);
    g_clear_pointer(&call->host, vessel_host_unref);
}

/* ---- what was given ---- */

GPtrArray *tool_many(const ToolCall *call, const char *name)
{
    for (size_t i = 0; call->command->options[i].name; i++) {
        if (!strcmp(call->command->options[i].name, name))
            return call->values[i];
    }
    /* Reading an option that the table does not have is a mistake in the program. */
    g_error("command '%s' has no option '%s'", call->command->name, name);
}

bool tool_flag(const ToolCall *call, const char *name)
{
    return tool_many(call, name) != NULL;
}

const char *tool_text(const ToolCall *call, const char *name)
{
    GPtrArray *values = tool_many(call, name);

    return values ? g_ptr_array_index(values, 0) : NULL;
}

uint64_t tool_number(const ToolCall *call, const char *name, uint64_t otherwise)
{
    const char *text = tool_text(call, name);

    return text ? strtoull(text, NULL, 10) : otherwise;
}

uint64_t tool_mib(const ToolCall *call, const char *name)
{
    return tool_number(call, name, 0) << 20;
}

int64_t tool_timeout(const ToolCall *call)
{
    const char *text = tool_text(call, "timeout");
    int64_t ms = 0;

    if (text)
        seconds_parse(text, &ms);
    return ms;
}

int tool_exclusive(const ToolCall *call, const char *const *names)
{
    const char *first = NULL;

    for (; *names; names++) {
        if (!tool_flag(call, *names))
            continue;
        if (first)
            return tool_usage(call, NULL, "--%s and --%s exclude each other", first, *names);
        first = *names;
    }
    return TOOL_DONE;
}
