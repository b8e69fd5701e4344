/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the command writes: messages, tables and errors, in words or as JSON. */
#include "tool.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool tool_color(int fd)
{
    const char *off = g_getenv("NO_COLOR");

    return isatty(fd) && !(off && *off) && g_strcmp0(g_getenv("TERM"), "dumb") != 0;
}

char *tool_shown(const char *text, bool lines)
{
    GString *shown = g_string_new(NULL);

    while (*text) {
        gunichar character = g_utf8_get_char_validated(text, -1);
        bool valid = character < (gunichar)-2;
        size_t length = valid ? (size_t)(g_utf8_next_char(text) - text) : 1;
        bool control = character < 0x20 || (character >= 0x7f && character < 0xa0);

        if (valid && (!control || (lines && (*text == '\n' || *text == '\t'))))
            g_string_append_len(shown, text, (gssize)length);
        else
            for (size_t i = 0; i < length; i++)
                g_string_append_printf(shown, "\\x%02x", (unsigned char)text[i]);
        text += length;
    }
    return g_string_free(shown, FALSE);
}

static void print_line(FILE *to, const char *text)
{
    g_autofree char *shown = tool_shown(text, false);

    fprintf(to, "%s\n", shown);
}

void tool_line(FILE *to, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    print_line(to, text);
}

static void print_error_word(void)
{
    fputs(tool_color(STDERR_FILENO) ? "\033[1;31merror:\033[0m " : "error: ", stderr);
}

int tool_error(const ToolCall *call, VesselError *error)
{
    g_autoptr(VesselError) err = error;
    tool_autofree char *text = call->json ? vessel_error_json(err) : vessel_error_text(err);

    fflush(stdout);
    if (call->json) {
        fprintf(stderr, "%s\n", text);
        return TOOL_FAILED;
    }
    g_autofree char *shown = tool_shown(text, true);
    print_error_word();
    fputs(shown, stderr);
    if (call->file && vessel_error_line(err) > 0 && strcmp(call->file, "-") != 0) {
        g_autofree char *file = tool_shown(call->file, false);
        fprintf(stderr, "  file: %s\n", file);
    }
    return TOOL_FAILED;
}

char *tool_fail_json(const char *code, const char *message, const char *path, const char *hint)
{
    yajl_gen json = tool_json_new();

    tool_json_object(json, NULL);
    tool_json_string(json, "code", code);
    tool_json_string(json, "message", message);
    tool_json_string(json, "hint", hint);
    tool_json_string(json, "path", path);
    tool_json_string(json, "outcome", "not-done");
    tool_json_bool(json, "retryable", false);
    tool_json_close_object(json);
    return tool_json_take(json);
}

/* An error of the command itself, in the same two forms. */
static void print_own_error(const ToolCall *call, const char *code, const char *message,
                            const char *path, const char *hint)
{
    fflush(stdout);
    if (call->json) {
        g_autofree char *text = tool_fail_json(code, message, path, hint);

        fprintf(stderr, "%s\n", text);
        return;
    }
    print_error_word();
    print_line(stderr, message);
    if (path)
        tool_line(stderr, "  at: %s", path);
    if (hint)
        tool_line(stderr, "  hint: %s", hint);
}

int tool_fail(const ToolCall *call, const char *code, const char *path, const char *hint,
              const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    print_own_error(call, code, message, path, hint);
    return TOOL_FAILED;
}

int tool_usage(const ToolCall *call, const char *hint, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    print_own_error(call, "invalid-argument", message, NULL, hint);
    return TOOL_USAGE;
}

void tool_warn(const ToolCall *call, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    fflush(stdout);
    if (call->json) {
        yajl_gen json = tool_json_new();
        g_autofree char *text = NULL;

        tool_json_object(json, NULL);
        tool_json_string(json, "warning", message);
        tool_json_close_object(json);
        text = tool_json_take(json);
        fprintf(stderr, "%s\n", text);
        return;
    }
    tool_line(stderr, "warning: %s", message);
}

void tool_say(const ToolCall *call, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    if (call->quiet || call->json)
        return;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    print_line(stdout, text);
}

int tool_flush(const ToolCall *call, int status)
{
    int closed;

    errno = 0;
    closed = ferror(stdout) | fflush(stdout);
    if (!closed)
        return status;
    return tool_fail(call, "io", NULL, NULL, "cannot write to standard output: %s",
                     errno ? g_strerror(errno) : "an earlier write failed");
}

/* ---- tables ---- */

struct ToolTable {
    GPtrArray *cells; /* row after row, the titles first */
    size_t columns;
};

ToolTable *tool_table_new(const char *const *titles)
{
    ToolTable *table = g_new0(ToolTable, 1);

    table->cells = g_ptr_array_new_with_free_func(g_free);
    for (; *titles; titles++) {
        g_ptr_array_add(table->cells, g_strdup(*titles));
        table->columns++;
    }
    return table;
}

/* As many cells as there are titles. */
void tool_table_row(ToolTable *table, ...)
{
    va_list cells;

    va_start(cells, table);
    for (size_t i = 0; i < table->columns; i++) {
        const char *cell = va_arg(cells, const char *);

        g_ptr_array_add(table->cells, tool_shown(cell ? cell : "", false));
    }
    va_end(cells);
}

static void print_row(const ToolTable *table, size_t row, const size_t *widths)
{
    for (size_t i = 0; i < table->columns; i++) {
        const char *cell = g_ptr_array_index(table->cells, row * table->columns + i);
        bool last = i + 1 == table->columns;
        int padding = last ? 0 : (int)(widths[i] + 2 - (size_t)g_utf8_strlen(cell, -1));

        printf(" %s%*s", cell, padding, "");
    }
    putchar('\n');
}

void tool_table_print(ToolTable *table, const ToolCall *call)
{
    g_autofree size_t *widths = g_new0(size_t, table->columns);
    size_t total = 0;

    for (size_t i = 0; i < table->cells->len; i++) {
        size_t width = (size_t)g_utf8_strlen(g_ptr_array_index(table->cells, i), -1);

        widths[i % table->columns] = MAX(widths[i % table->columns], width);
    }
    for (size_t i = 0; i < table->columns; i++)
        total += widths[i] + 3;
    if (!call->quiet) {
        print_row(table, 0, widths);
        for (size_t i = 0; i < total; i++)
            putchar('-');
        putchar('\n');
    }
    for (size_t row = 1; row * table->columns < table->cells->len; row++)
        print_row(table, row, widths);
    g_ptr_array_unref(table->cells);
    g_free(table);
}

/* ---- problems of a definition ---- */

static void print_problem(FILE *to, const char *file, const char *word, const VesselError *problem)
{
    const char *path = vessel_error_path(problem), *hint = vessel_error_hint(problem);
    const char *cause = vessel_error_cause(problem);

    g_autoptr(GString) place = g_string_new(file);

    if (file && vessel_error_line(problem))
        g_string_append_printf(place, ":%d", vessel_error_line(problem));
    if (file && vessel_error_line(problem) && vessel_error_column(problem))
        g_string_append_printf(place, ":%d", vessel_error_column(problem));
    tool_line(to, "%s%s%s%s", place->str, file ? ": " : "", word, vessel_error_message(problem));
    if (path)
        tool_line(to, "  at: %s", path);
    if (cause)
        tool_line(to, "  cause: %s", cause);
    if (hint)
        tool_line(to, "  hint: %s", hint);
}

void tool_problems(FILE *to, const char *file, const char *word, const VesselError *err)
{
    size_t count = vessel_error_problem_count(err);

    if (!count)
        print_problem(to, file, word, err);
    for (size_t i = 0; i < count; i++)
        print_problem(to, file, word, vessel_error_problem(err, i));
}

void tool_warnings(const ToolCall *call, FILE *to, const char *file, const VesselError *warnings)
{
    if (warnings && tool_flag(call, "lenient") && !call->quiet)
        tool_problems(to, file, "warning: ", warnings);
}
