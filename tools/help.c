/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* help: the table in words. */
#include "tool.h"

#include <stdio.h>
#include <string.h>

/* One option in a synopsis: "[--all]", "[--timeout SECONDS]", "DOMAIN", "FILE…". */
static void append_option(GString *text, const ToolOption *option)
{
    const char *more = option->flags & TOOL_MANY ? "..." : "";

    if ((option->flags & TOOL_POSITIONAL) && (option->flags & TOOL_REQUIRED))
        g_string_append_printf(text, "%s%s", option->value, more);
    else if (option->flags & TOOL_POSITIONAL)
        g_string_append_printf(text, "[%s%s]", option->value, more);
    else if (option->kind == TOOL_FLAG)
        g_string_append_printf(text, "[--%s]", option->name);
    else
        g_string_append_printf(text, "[--%s %s]%s", option->name, option->value, more);
}

char *tool_synopsis(const ToolCommand *command, const char *separator)
{
    GString *text = g_string_new(command->name);

    /* Arguments first, as they are mostly written. */
    for (const ToolOption *option = command->options; option->name; option++) {
        if ((option->flags & TOOL_POSITIONAL) && (option->flags & TOOL_REQUIRED)) {
            g_string_append(text, separator);
            append_option(text, option);
        }
    }
    for (const ToolOption *option = command->options; option->name; option++) {
        if (!((option->flags & TOOL_POSITIONAL) && (option->flags & TOOL_REQUIRED))) {
            g_string_append(text, separator);
            append_option(text, option);
        }
    }
    return g_string_free(text, FALSE);
}

static void print_option(const ToolOption *option, bool global)
{
    g_autoptr(GString) left = g_string_new(NULL);

    if (global && option->words)
        g_string_append_printf(left, "-%s, ", option->words);
    if (option->flags & TOOL_POSITIONAL)
        g_string_append_printf(left, "[--%s] %s", option->name, option->value);
    else
        g_string_append_printf(left, "--%s%s%s", option->name, option->value ? " " : "",
                               option->value ? option->value : "");
    printf("    %-24s %s\n", left->str, option->help);
    if (option->kind == TOOL_WORD)
        printf("    %-24s one of: %s\n", "", option->words);
}

static void print_wrapped(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    size_t column = 0;

    for (char **word = words; *word; word++) {
        size_t length = (size_t)g_utf8_strlen(*word, -1);

        if (column && column + 1 + length > 76) {
            putchar('\n');
            column = 0;
        }
        printf("%s%s", column ? " " : "    ", *word);
        column += length + (column ? 1 : 4);
    }
    putchar('\n');
}

static void print_globals(void)
{
    printf("\n  OPTIONS OF EVERY COMMAND\n");
    for (const ToolOption *option = tool_globals; option->name; option++)
        print_option(option, true);
}

void tool_help_command(const ToolCommand *command)
{
    g_autofree char *synopsis = tool_synopsis(command, " ");

    printf("  NAME\n    %s - %s\n\n  SYNOPSIS\n    %s\n", command->name, command->summary,
           synopsis);
    if (command->text) {
        printf("\n  DESCRIPTION\n");
        print_wrapped(command->text);
    }
    if (command->options->name)
        printf("\n  OPTIONS\n");
    for (const ToolOption *option = command->options; option->name; option++)
        print_option(option, false);
    print_globals();
}

static void print_group(const ToolGroup *group)
{
    printf(" %s (help keyword '%s'):\n", group->title, group->name);
    for (const ToolCommand *command = tool_commands; command->name; command++) {
        if (!strcmp(command->group, group->name))
            printf("    %-16s %s\n", command->name, command->summary);
    }
    putchar('\n');
}

void tool_help_overview(void)
{
    printf("vessel [OPTION]... COMMAND [ARGUMENT]...\n\n");
    for (const ToolGroup *group = tool_groups; group->name; group++)
        print_group(group);
    printf("`vessel help COMMAND` explains one of them. Options of every command:\n");
    for (const ToolOption *option = tool_globals; option->name; option++)
        print_option(option, true);
}

static int help_topic(ToolCall *call, const char *topic)
{
    const ToolCommand *command = tool_command_find(topic);
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    const char *nearest;
    g_autofree char *hint = NULL;

    if (command) {
        tool_help_command(command);
        return TOOL_DONE;
    }
    for (const ToolGroup *group = tool_groups; group->name; group++) {
        if (!strcmp(group->name, topic)) {
            print_group(group);
            return TOOL_DONE;
        }
    }
    for (command = tool_commands; command->name; command++)
        g_ptr_array_add(known, (char *)command->name);
    nearest = tool_nearest(topic, (const char *const *)known->pdata, known->len);
    hint = nearest ? g_strdup_printf("did you mean '%s'?", nearest) : NULL;
    return tool_usage(call, hint, "no command or group of commands is called '%s'", topic);
}

int cmd_help(ToolCall *call)
{
    const char *topic = tool_text(call, "command"), *format = tool_text(call, "format");

    if (format && strcmp(format, "text")) {
        if (topic || call->json)
            return tool_usage(call, NULL, "--format is for all commands, and not JSON");
        return tool_print_format(call, format);
    }
    if (call->json && topic)
        return tool_usage(call, NULL, "--json is for all commands");
    if (call->json)
        tool_print_table_json();
    else if (topic)
        return help_topic(call, topic);
    else
        tool_help_overview();
    return TOOL_DONE;
}
