/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/error.h"

#include "base/json.h"

#include <stdarg.h>

struct VesselError {
    int code;
    char *message, *hint, *path, *holder, *cause;
    int line, column;
    VesselOutcome outcome;
    bool retryable;
    GPtrArray *problems; /* of VesselError *; NULL if there are none */
};

static const struct {
    int code;
    const char *name;
} code_names[] = {
    {VESSEL_OK, "ok"},
    {VESSEL_ERROR_INVALID_ARGUMENT, "invalid-argument"},
    {VESSEL_ERROR_INVALID_DEFINITION, "invalid-definition"},
    {VESSEL_ERROR_NOT_FOUND, "not-found"},
    {VESSEL_ERROR_EXISTS, "exists"},
    {VESSEL_ERROR_WRONG_STATE, "wrong-state"},
    {VESSEL_ERROR_BUSY, "busy"},
    {VESSEL_ERROR_UNSUPPORTED, "unsupported"},
    {VESSEL_ERROR_DENIED, "denied"},
    {VESSEL_ERROR_MISSING_FEATURE, "missing-feature"},
    {VESSEL_ERROR_NO_RESOURCE, "no-resource"},
    {VESSEL_ERROR_NO_SPACE, "no-space"},
    {VESSEL_ERROR_TIMEOUT, "timeout"},
    {VESSEL_ERROR_CANCELLED, "cancelled"},
    {VESSEL_ERROR_CLOSED, "closed"},
    {VESSEL_ERROR_FORKED, "forked"},
    {VESSEL_ERROR_INCOMPATIBLE, "incompatible"},
    {VESSEL_ERROR_GUEST_REFUSED, "guest-refused"},
    {VESSEL_ERROR_HYPERVISOR_DIED, "hypervisor-died"},
    {VESSEL_ERROR_OUTCOME_UNKNOWN, "outcome-unknown"},
    {VESSEL_ERROR_EVENTS_LOST, "events-lost"},
    {VESSEL_ERROR_IO, "io"},
    {VESSEL_ERROR_PROTOCOL, "protocol"},
    {VESSEL_ERROR_CORRUPT, "corrupt"},
    {VESSEL_ERROR_BUG, "bug"},
};

static const char *const outcome_names[] = {"not-done", "done", "unknown", NULL};

const char *vessel_error_code_name(int code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(code_names); i++)
        if (code_names[i].code == code)
            return code_names[i].name;
    return NULL;
}

int vessel__error_code_from_name(const char *name)
{
    for (size_t i = 0; name && i < G_N_ELEMENTS(code_names); i++)
        if (!strcmp(code_names[i].name, name))
            return code_names[i].code;
    return 0;
}

static VesselError *error_new(int code, char *message)
{
    VesselError *err = g_new0(VesselError, 1);
    err->code = code;
    err->message = message;
    return err;
}

void vessel_error_free(VesselError *err)
{
    if (!err)
        return;
    g_free(err->message);
    g_free(err->hint);
    g_free(err->path);
    g_free(err->holder);
    g_free(err->cause);
    if (err->problems)
        g_ptr_array_unref(err->problems);
    g_free(err);
}

int vessel__fail(VesselError **err, int code, const char *format, ...)
{
    if (!err)
        return code;
    va_list args;
    va_start(args, format);
    vessel_error_free(*err);
    *err = error_new(code, g_strdup_vprintf(format, args));
    va_end(args);
    return code;
}

static int code_of_errno(int errnum)
{
    switch (errnum) {
    case EACCES:
    case EPERM:
    case EROFS:
        return VESSEL_ERROR_DENIED;
    case ENOENT:
    case ENOTDIR:
        return VESSEL_ERROR_NOT_FOUND;
    case EEXIST:
        return VESSEL_ERROR_EXISTS;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return VESSEL_ERROR_NO_SPACE;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
        return VESSEL_ERROR_NO_RESOURCE;
    case ETIMEDOUT:
        return VESSEL_ERROR_TIMEOUT;
    case ENOSYS:
    case EOPNOTSUPP:
        return VESSEL_ERROR_UNSUPPORTED;
    default:
        return VESSEL_ERROR_IO;
    }
}

int vessel__fail_errno(VesselError **err, int errnum, const char *format, ...)
{
    int code = code_of_errno(errnum);
    if (!err)
        return code;
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    vessel_error_free(*err);
    /* Not strerror(): its words follow the program's locale. */
    const char *words = strerrordesc_np(errnum);
    *err = error_new(code, words ? g_strdup_printf("%s: %s", text, words)
                                 : g_strdup_printf("%s: error %d", text, errnum));
    return code;
}

void vessel__error_hint(VesselError **err, const char *format, ...)
{
    if (!err || !*err || (*err)->hint)
        return;
    va_list args;
    va_start(args, format);
    (*err)->hint = g_strdup_vprintf(format, args);
    va_end(args);
}

void vessel__error_at(VesselError **err, const char *path, int line, int column)
{
    if (!err || !*err || ((*err)->path && (path || (*err)->line)))
        return;
    if (path)
        (*err)->path = g_strdup(path);
    (*err)->line = line;
    (*err)->column = column;
}

void vessel__error_move(VesselError **err, const char *path)
{
    if (!err || !*err)
        return;
    g_clear_pointer(&(*err)->path, g_free);
    (*err)->path = g_strdup(path);
    (*err)->line = (*err)->column = 0;
}

void vessel__error_cause(VesselError **err, const char *cause)
{
    if (err && *err && !(*err)->cause && cause && *cause)
        (*err)->cause = g_strdup(cause);
}

void vessel__error_holder(VesselError **err, const char *holder)
{
    if (err && *err && !(*err)->holder)
        (*err)->holder = g_strdup(holder);
}

void vessel__error_outcome(VesselError **err, VesselOutcome outcome)
{
    if (err && *err)
        (*err)->outcome = outcome;
}

void vessel__error_retryable(VesselError **err, bool retryable)
{
    if (err && *err)
        (*err)->retryable = retryable;
}

void vessel__error_prefix(VesselError **err, const char *format, ...)
{
    if (!err || !*err)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *prefix = g_strdup_vprintf(format, args);
    va_end(args);
    char *message = g_strdup_printf("%s: %s", prefix, (*err)->message);
    g_free((*err)->message);
    (*err)->message = message;
}

VesselError *vessel__error_copy(const VesselError *err)
{
    if (!err)
        return NULL;
    VesselError *copy = error_new(err->code, g_strdup(err->message));
    copy->hint = g_strdup(err->hint);
    copy->path = g_strdup(err->path);
    copy->holder = g_strdup(err->holder);
    copy->cause = g_strdup(err->cause);
    copy->line = err->line;
    copy->column = err->column;
    copy->outcome = err->outcome;
    copy->retryable = err->retryable;
    for (guint i = 0; err->problems && i < err->problems->len; i++) {
        if (!copy->problems)
            copy->problems = g_ptr_array_new_with_free_func((GDestroyNotify)vessel_error_free);
        g_ptr_array_add(copy->problems, vessel__error_copy(err->problems->pdata[i]));
    }
    return copy;
}

int vessel__error_steal(VesselError **to, VesselError *from)
{
    int code = from ? from->code : VESSEL_OK;
    if (to && from) {
        vessel_error_free(*to);
        *to = from;
    } else {
        vessel_error_free(from);
    }
    return code;
}

int vessel_error_code(const VesselError *err)
{
    return err ? err->code : VESSEL_OK;
}

const char *vessel_error_message(const VesselError *err)
{
    return err ? err->message : "no error"; /* never NULL, as promised */
}

const char *vessel_error_hint(const VesselError *err)
{
    return err ? err->hint : NULL;
}

const char *vessel_error_path(const VesselError *err)
{
    return err ? err->path : NULL;
}

int vessel_error_line(const VesselError *err)
{
    return err ? err->line : 0;
}

int vessel_error_column(const VesselError *err)
{
    return err ? err->column : 0;
}

const char *vessel_error_holder(const VesselError *err)
{
    return err ? err->holder : NULL;
}

const char *vessel_error_cause(const VesselError *err)
{
    return err ? err->cause : NULL;
}

int vessel_error_outcome(const VesselError *err)
{
    return err ? (int)err->outcome : (int)VESSEL_OUTCOME_DONE;
}

int vessel_error_retryable(const VesselError *err)
{
    return err ? err->retryable : 0;
}

size_t vessel_error_problem_count(const VesselError *err)
{
    return err && err->problems ? err->problems->len : 0;
}

const VesselError *vessel_error_problem(const VesselError *err, size_t index)
{
    return index < vessel_error_problem_count(err) ? err->problems->pdata[index] : NULL;
}

/* "PATH:LINE:COLUMN" as far as they are known. */
static void append_place(GString *text, const VesselError *err)
{
    if (err->path)
        g_string_append(text, err->path);
    if (err->line)
        g_string_append_printf(text, "%s%d", err->path ? ":" : "line ", err->line);
    if (err->line && err->column)
        g_string_append_printf(text, ":%d", err->column);
}

/* Every line of @value gets the same indent. */
static void append_fact(GString *text, const char *name, const char *value)
{
    if (!value)
        return;
    g_auto(GStrv) lines = g_strsplit(value, "\n", -1);
    for (guint i = 0; lines[i]; i++)
        if (i == 0 || *lines[i])
            g_string_append_printf(text, "  %s %s\n", i == 0 ? name : "       ", lines[i]);
}

/* A line of it that looks like a fact, out of a name with line breaks, is no fact. */
static void append_message(GString *text, const char *message)
{
    for (const char *at = message; *at; at++) {
        g_string_append_c(text, *at);
        if (*at == '\n')
            g_string_append(text, "          ");
    }
}

char *vessel_error_text(const VesselError *err)
{
    if (!err)
        return NULL;
    GString *text = g_string_new(NULL);
    append_message(text, err->message);
    g_string_append_c(text, '\n');
    if (err->path || err->line) {
        g_string_append(text, "  at: ");
        append_place(text, err);
        g_string_append_c(text, '\n');
    }
    append_fact(text, "hint:", err->hint);
    append_fact(text, "cause:", err->cause);
    append_fact(text, "held by:", err->holder);
    /* One problem alone is the error itself. */
    size_t count = vessel_error_problem_count(err);
    for (size_t i = 0; count > 1 && i < count; i++) {
        const VesselError *problem = vessel_error_problem(err, i);
        g_string_append_printf(text, "  - %s", problem->path ? problem->path : "");
        if (problem->line)
            g_string_append_printf(text, " (line %d)", problem->line);
        g_string_append(text, ": ");
        append_message(text, problem->message);
        if (problem->hint)
            g_string_append_printf(text, " (%s)", problem->hint);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

VesselJson *vessel__error_to_json(const VesselError *err)
{
    VesselJson *json = vessel__json_new_object();
    vessel__json_set_string(json, "code", vessel_error_code_name(err->code));
    vessel__json_set_string(json, "message", err->message);
    vessel__json_set_string(json, "hint", err->hint);
    vessel__json_set_string(json, "path", err->path);
    if (err->line)
        vessel__json_set_int(json, "line", err->line);
    if (err->column)
        vessel__json_set_int(json, "column", err->column);
    vessel__json_set_string(json, "holder", err->holder);
    vessel__json_set_string(json, "cause", err->cause);
    vessel__json_set_string(json, "outcome", outcome_names[err->outcome]);
    vessel__json_set_bool(json, "retryable", err->retryable);
    if (vessel_error_problem_count(err)) {
        VesselJson *problems = vessel__json_new_array();
        for (size_t i = 0; i < vessel_error_problem_count(err); i++)
            vessel__json_append(problems, vessel__error_to_json(vessel_error_problem(err, i)));
        vessel__json_set(json, "problems", problems);
    }
    return json;
}

VesselError *vessel__error_from_json(const VesselJson *json)
{
    int code = vessel__error_code_from_name(vessel__json_get_string(json, "code", NULL));
    VesselError *err =
        error_new(code ? code : VESSEL_ERROR_PROTOCOL,
                  g_strdup(vessel__json_get_string(json, "message", "unknown error")));
    err->hint = g_strdup(vessel__json_get_string(json, "hint", NULL));
    err->path = g_strdup(vessel__json_get_string(json, "path", NULL));
    err->holder = g_strdup(vessel__json_get_string(json, "holder", NULL));
    err->cause = g_strdup(vessel__json_get_string(json, "cause", NULL));
    err->line = vessel__json_get_int(json, "line", 0);
    err->column = vessel__json_get_int(json, "column", 0);
    err->retryable = vessel__json_get_bool(json, "retryable", false);
    const char *outcome = vessel__json_get_string(json, "outcome", "not-done");
    for (int i = 0; outcome_names[i]; i++)
        if (!strcmp(outcome, outcome_names[i]))
            err->outcome = (VesselOutcome)i;
    const VesselJson *problems = vessel__json_get(json, "problems");
    for (size_t i = 0; i < MIN(vessel__json_length(problems), VESSEL__PROBLEMS_MAX); i++) {
        if (!err->problems)
            err->problems = g_ptr_array_new_with_free_func((GDestroyNotify)vessel_error_free);
        g_ptr_array_add(err->problems, vessel__error_from_json(vessel__json_at(problems, i)));
    }
    return err;
}

char *vessel_error_json(const VesselError *err)
{
    if (!err)
        return NULL;
    g_autoptr(VesselJson) json = vessel__error_to_json(err);
    return vessel__json_format(json, false);
}

struct VesselProblems {
    GPtrArray *list;
    guint dropped; /* past the cap */
};

VesselProblems *vessel__problems_new(void)
{
    VesselProblems *problems = g_new0(VesselProblems, 1);
    problems->list = g_ptr_array_new_with_free_func((GDestroyNotify)vessel_error_free);
    return problems;
}

void vessel__problems_free(VesselProblems *problems)
{
    if (!problems)
        return;
    g_ptr_array_unref(problems->list);
    g_free(problems);
}

static void problems_take(VesselProblems *problems, VesselError *err)
{
    if (problems->list->len < VESSEL__PROBLEMS_MAX) {
        g_ptr_array_add(problems->list, err);
    } else {
        problems->dropped++;
        vessel_error_free(err);
    }
}

void vessel__problems_add(VesselProblems *problems, int code, const char *path, int line,
                          int column, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    VesselError *err = error_new(code, g_strdup_vprintf(format, args));
    va_end(args);
    err->path = g_strdup(path);
    err->hint = g_strdup(hint);
    err->line = line;
    err->column = column;
    problems_take(problems, err);
}

void vessel__problems_add_error(VesselProblems *problems, const VesselError *err)
{
    problems_take(problems, vessel__error_copy(err));
}

guint vessel__problems_count(const VesselProblems *problems)
{
    return problems->list->len + problems->dropped;
}

const VesselError *vessel__problems_get(const VesselProblems *problems, guint index)
{
    return index < problems->list->len ? problems->list->pdata[index] : NULL;
}

void vessel__problems_place(VesselProblems *problems, guint index, int line, int column)
{
    VesselError *one = problems->list->pdata[index];
    one->line = line;
    one->column = column;
}

static int by_place(gconstpointer a, gconstpointer b)
{
    const VesselError *one = *(const VesselError *const *)a, *two = *(const VesselError *const *)b;
    int line = one->line > 0 ? one->line : INT_MAX, other = two->line > 0 ? two->line : INT_MAX;

    if (line != other)
        return line < other ? -1 : 1;
    return (one->column > two->column) - (one->column < two->column);
}

void vessel__problems_sort(VesselProblems *problems)
{
    g_ptr_array_sort(problems->list, by_place); /* a stable one */
}

/* The code of all, if it is the same; invalid-definition for a mixture. */
static int problems_code(const VesselProblems *problems)
{
    int code = vessel__problems_get(problems, 0)->code;
    for (guint i = 1; i < problems->list->len; i++)
        if (vessel__problems_get(problems, i)->code != code)
            return VESSEL_ERROR_INVALID_DEFINITION;
    return code;
}

int vessel__problems_to_error(const VesselProblems *problems, const char *what, VesselError **err)
{
    guint count = vessel__problems_count(problems);
    if (!count)
        return VESSEL_OK;
    const VesselError *first = vessel__problems_get(problems, 0);
    int code = problems_code(problems);
    if (!err)
        return code;
    VesselError *made = vessel__error_copy(first);
    made->code = code;
    if (count > 1) {
        g_free(made->message);
        made->message =
            g_strdup_printf("%s has %u problems, the first: %s", what, count, first->message);
    }
    made->problems = g_ptr_array_new_with_free_func((GDestroyNotify)vessel_error_free);
    for (guint i = 0; i < problems->list->len; i++)
        g_ptr_array_add(made->problems, vessel__error_copy(vessel__problems_get(problems, i)));
    return vessel__error_steal(err, made);
}

/* ---- memory ---- */

#define SMALL (64 * 1024)
#define TIMES 16 /* a tree, its problems and the texts that are made of it again */

int vessel__memory_check(size_t length, const char *what, VesselError **err)
{
    if (length <= SMALL)
        return VESSEL_OK;
    void *probe = length > SIZE_MAX / TIMES ? NULL : g_try_malloc(length * TIMES);
    if (!probe)
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE,
                            "%s: there is no memory to work on %zu bytes", what, length);
    *(volatile char *)probe = 0; /* or the compiler leaves both out */
    g_free(probe);
    return VESSEL_OK;
}
