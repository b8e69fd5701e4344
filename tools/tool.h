/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The `vessel` command. One table (table.c) says which commands and options there are; parsing,
 * help, completion and the man page come from it. A command is a function that gets a parsed call,
 * with the host open if it needs one, and returns an exit status. */
#ifndef VESSEL_TOOL_H
#define VESSEL_TOOL_H

#include <glib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <vessel/vessel.h>
#include <yajl/yajl_gen.h>
#include <yajl/yajl_tree.h>

/* interfaces: 0 done, 1 failed, 2 wrong usage. */
enum { TOOL_DONE = 0, TOOL_FAILED = 1, TOOL_USAGE = 2 };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselHost, vessel_host_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselDomain, vessel_domain_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselDomainInfo, vessel_domain_info_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselError, vessel_error_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselEvent, vessel_event_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselEventStream, vessel_event_stream_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselExec, vessel_exec_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselJob, vessel_job_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VesselStats, vessel_stats_free)

static inline void tool_free_string(char **text)
{
    vessel_free(*text);
}
/* For strings that the library handed out. */
#define tool_autofree __attribute__((cleanup(tool_free_string)))

/* ---- the table (table.c) ---- */

typedef enum {
    TOOL_FLAG,    /* present or not */
    TOOL_TEXT,    /* a string; its value's name (DOMAIN, FILE …) says how it is completed */
    TOOL_NUMBER,  /* a whole number from 0 */
    TOOL_MIB,     /* a whole number of MiB from 1; tool_mib() */
    TOOL_SECONDS, /* a positive number, or "none" */
    TOOL_WORD,    /* one of words; several joined by commas where TOOL_MANY */
} ToolKind;

typedef enum {
    TOOL_POSITIONAL = 1 << 0, /* may also stand without its name, in the order of the table */
    TOOL_REQUIRED = 1 << 1,
    TOOL_MANY = 1 << 2, /* may be given several times */
} ToolOptionFlags;

typedef struct {
    const char *name; /* without "--"; NULL ends the list */
    ToolKind kind;
    unsigned flags;
    const char *value; /* what help calls the value */
    const char *words; /* TOOL_WORD: separated by blanks */
    const char *help;
} ToolOption;

typedef struct ToolCall ToolCall;

typedef struct {
    const char *name; /* NULL ends the list */
    const char *group;
    const char *summary;
    const char *text; /* what it does, for help and the man page; NULL = the summary says it all */
    int (*run)(ToolCall *call);
    bool no_host;
    const ToolOption *options;
    int failure; /* the exit status of all that fails here, where 1 and 2 are a program's; 0: none */
} ToolCommand;

typedef struct {
    const char *name;
    const char *title;
} ToolGroup;

extern const ToolCommand tool_commands[];
extern const ToolGroup tool_groups[];
extern const ToolOption tool_globals[]; /* with a short form in words */
extern const char *const tool_event_kinds[];
const ToolCommand *tool_command_find(const char *name);

/* ---- a call (parse.c) ---- */

struct ToolCall {
    const ToolCommand *command;
    GPtrArray **values; /* for each option of the command, its values; NULL where not given */
    VesselHost *host;
    char *uri;
    char *name; /* of the domain, when it was found: a transient one may end under our hands */
    const char *file; /* that a definition was read from, for what is wrong at a line of it */
    char escape;      /* that leaves the console */
    bool json;
    bool quiet;
    bool want_help;
    bool want_version;
};

/* 0, or TOOL_USAGE with the error printed. */
int tool_parse(ToolCall *call, int argc, char **argv);
void tool_call_clear(ToolCall *call);

/* What was given; the name must be in the table. */
bool tool_flag(const ToolCall *call, const char *name);
const char *tool_text(const ToolCall *call, const char *name);
GPtrArray *tool_many(const ToolCall *call, const char *name);
uint64_t tool_number(const ToolCall *call, const char *name, uint64_t otherwise);
/* In bytes; 0 when not given. */
uint64_t tool_mib(const ToolCall *call, const char *name);
/* Milliseconds for an options struct: 0 when not given, -1 for none. */
int64_t tool_timeout(const ToolCall *call);
/* 0, or TOOL_USAGE when two options of @names (NULL-terminated) were given. */
int tool_exclusive(const ToolCall *call, const char *const *names);
/* The known word nearest to @word, or NULL when none is near. */
const char *tool_nearest(const char *word, const char *const *known, size_t count);

/* ---- domains and files (common.c) ---- */

/* The host of --connect; for commands that the table says need none until they do. */
int tool_open(ToolCall *call);
/* NAME, UUID or id; from the option "domain". */
int tool_domain(ToolCall *call, VesselDomain **domain);
int tool_domain_find(ToolCall *call, const char *word, VesselDomain **domain);
/* A whole file, "-" is standard input; at most 8 MiB and a byte, so that the library can say that a
 * definition is too large. */
char *tool_read_file(ToolCall *call, const char *path);
/* The same without printing: *error is the error as JSON (g_free) if it returns NULL. */
char *tool_read_file_or_why(const char *path, char **error);
/* "Domain 'NAME' WHAT" unless --quiet; with --json the domain as an object. */
int tool_domain_done(ToolCall *call, VesselDomain *domain, const char *what);
/* --live, --config, --current as VesselDomainAffect bits. */
int tool_affect(ToolCall *call, uint32_t *affect);
/* Whether @expression selects something in @xml. */
bool tool_xpath_finds(const char *xml, const char *expression);
/* --xpath: prints what @expression selects in @xml. */
int tool_print_xpath(ToolCall *call, const char *xml, const char *expression, bool wrap);

/* ---- output (output.c, json.c) ---- */

/* For a terminal: control characters (C0, DEL, C1) and what is no UTF-8 as \xNN, for names of files,
 * messages and reasons may come from a guest, a container or an archive. To be freed with g_free().
 * @lines: line breaks and tabs stay. All that is printed in words goes through here; JSON is escaped
 * by its own rules. Not documents (XML as it is stored) and not what is connected with a program:
 * console and exec. */
char *tool_shown(const char *text, bool lines);
/* A line of such text, its end added. */
void tool_line(FILE *to, const char *format, ...) G_GNUC_PRINTF(2, 3);

int tool_error(const ToolCall *call, VesselError *err); /* prints and frees it; TOOL_FAILED */
int tool_fail(const ToolCall *call, const char *code, const char *path, const char *hint,
              const char *format, ...) G_GNUC_PRINTF(5, 6); /* TOOL_FAILED */
/* The same as JSON (g_free), not printed. */
char *tool_fail_json(const char *code, const char *message, const char *path, const char *hint);
int tool_usage(const ToolCall *call, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(3, 4); /* TOOL_USAGE */
void tool_warn(const ToolCall *call, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The problems of a definition, @word before each message. @file may be NULL. */
void tool_problems(FILE *to, const char *file, const char *word, const VesselError *err);
/* With --lenient: what only a running domain has is no news where it is left out; what is kept
 * without being known is what --lenient asks for. */
void tool_warnings(const ToolCall *call, FILE *to, const char *file, const VesselError *warnings);
void tool_say(const ToolCall *call, const char *format, ...)
    G_GNUC_PRINTF(2, 3); /* a line, unless --quiet or --json */
bool tool_color(int fd);
int tool_flush(const ToolCall *call, int status); /* at the end: output that could not be written */

/* A table as virsh prints it. Rows of columns. */
typedef struct ToolTable ToolTable;
ToolTable *tool_table_new(const char *const *titles);
void tool_table_row(ToolTable *table, ...) G_GNUC_NULL_TERMINATED;
void tool_table_print(ToolTable *table, const ToolCall *call); /* and frees it */

/* One JSON document on a line of standard output. A NULL key is an element of an array; a NULL
 * string is left out. */
yajl_gen tool_json_new(void);
void tool_json_object(yajl_gen json, const char *key);
void tool_json_array(yajl_gen json, const char *key);
void tool_json_close_object(yajl_gen json);
void tool_json_close_array(yajl_gen json);
void tool_json_string(yajl_gen json, const char *key, const char *value);
void tool_json_int(yajl_gen json, const char *key, int64_t value);
void tool_json_bool(yajl_gen json, const char *key, bool value);
void tool_json_raw(yajl_gen json, const char *key, const char *text); /* JSON already */
void tool_json_state(yajl_gen json, int state);
void tool_json_print(yajl_gen json); /* and frees it */
char *tool_json_take(yajl_gen json); /* the text (g_free); frees @json */
void tool_json_quote(GString *to, const char *text);

/* What the library says as JSON. Of an object a member of that type, its text, NULL without; how many
 * an array has. */
yajl_val tool_tree_member(yajl_val object, const char *name, yajl_type type);
const char *tool_tree_text(yajl_val object, const char *name);
size_t tool_tree_length(yajl_val array);
/* @definition (NULL: {}) with the merge patch @patch (RFC 7396), g_free() (merge.c). */
char *tool_merge(yajl_val definition, const char *patch);

/* ---- a definition, changed in part (change.c) ---- */

/* --live and --config, or what is current: both or one of the two. */
int tool_affected(ToolCall *call, VesselDomain *domain, uint32_t *affect);
/* As JSON (vessel_free), with what is secret; NULL: printed why not. */
char *tool_definition(ToolCall *call, VesselDomain *domain, uint32_t affect);
/* @definition as it shall be, g_free(); NULL: printed why not. */
typedef char *(*ToolEdit)(ToolCall *call, yajl_val definition);
/* Makes that of what --live and --config say; again, if another one changed it meanwhile. */
int tool_change(ToolCall *call, VesselDomain *domain, ToolEdit edit);
bool tool_is_container(yajl_val definition);

/* ---- helpers of more than one command ---- */

/* SIGINT and SIGTERM of a command that stays with a domain: the first asks it to shut down, another
 * destroys it (run.c). */
typedef struct {
    int fd; /* readable when there was one */
    unsigned heard;
    bool left; /* the console, before its end: the domain runs on */
} ToolEnding;
void tool_ending_heard(ToolCall *call, ToolEnding *ending, VesselDomain *domain);

/* Changes as vessel_definition_diff() has them, as text. */
void tool_print_changes(yajl_val changes);

/* Opens the console of @domain and stays until it ends or the user leaves (console.c). @resume: it
 * was started paused, so that nothing is said before the console is open. @ending: NULL for a command
 * that signals end. */
int tool_console(ToolCall *call, VesselDomain *domain, const char *device, uint32_t flags,
                 bool resume, ToolEnding *ending);
/* Standard input, if it is a terminal, as a raw one until _normal or this command's end. */
int tool_terminal_raw(ToolCall *call);
void tool_terminal_normal(void);
/* Lets the user edit *@text (g_free); *@changed tells whether it is another (editor.c). */
int tool_edit(ToolCall *call, const char *suffix, char **text, bool *changed);
/* Whether the host's report has a row @name that is no pass; what it says (g_free). */
bool tool_doctor_warns(ToolCall *call, const char *name, char **message, char **remedy);
/* Help as text (help.c) and in the forms that the build installs (formats.c). */
void tool_help_overview(void);
void tool_help_command(const ToolCommand *command);
char *tool_synopsis(const ToolCommand *command, const char *separator);
int tool_print_format(ToolCall *call, const char *format);
void tool_print_table_json(void);

/* ---- the commands ---- */

int cmd_autostart(ToolCall *call);
int cmd_autostart_all(ToolCall *call);
int cmd_capabilities(ToolCall *call);
int cmd_change(ToolCall *call);
int cmd_console(ToolCall *call);
int cmd_convert(ToolCall *call);
int cmd_cp(ToolCall *call);
int cmd_create(ToolCall *call);
int cmd_define(ToolCall *call);
int cmd_desc(ToolCall *call);
int cmd_destroy(ToolCall *call);
int cmd_diff(ToolCall *call);
int cmd_doctor(ToolCall *call);
int cmd_domblklist(ToolCall *call);
int cmd_domcapabilities(ToolCall *call);
int cmd_domid(ToolCall *call);
int cmd_domif_getlink(ToolCall *call);
int cmd_domif_setlink(ToolCall *call);
int cmd_domiflist(ToolCall *call);
int cmd_dominfo(ToolCall *call);
int cmd_domjobabort(ToolCall *call);
int cmd_domjobinfo(ToolCall *call);
int cmd_domname(ToolCall *call);
int cmd_domrename(ToolCall *call);
int cmd_domstate(ToolCall *call);
int cmd_domstats(ToolCall *call);
int cmd_domuuid(ToolCall *call);
int cmd_dumpxml(ToolCall *call);
int cmd_edit(ToolCall *call);
int cmd_event(ToolCall *call);
int cmd_exec(ToolCall *call);
int cmd_explain(ToolCall *call);
int cmd_help(ToolCall *call);
int cmd_hostname(ToolCall *call);
int cmd_list(ToolCall *call);
int cmd_log(ToolCall *call);
int cmd_metadata(ToolCall *call);
int cmd_nodeinfo(ToolCall *call);
int cmd_reboot(ToolCall *call);
int cmd_reset(ToolCall *call);
int cmd_resume(ToolCall *call);
int cmd_rootfs_import(ToolCall *call);
int cmd_run(ToolCall *call);
int cmd_schema(ToolCall *call);
int cmd_setmem(ToolCall *call);
int cmd_setvcpus(ToolCall *call);
int cmd_shutdown(ToolCall *call);
int cmd_start(ToolCall *call);
int cmd_stop_all(ToolCall *call);
int cmd_suspend(ToolCall *call);
int cmd_tune(ToolCall *call);
int cmd_undefine(ToolCall *call);
int cmd_uri(ToolCall *call);
int cmd_validate(ToolCall *call);
int cmd_vcpupin(ToolCall *call);
int cmd_version(ToolCall *call);
int cmd_wait(ToolCall *call);

#endif
