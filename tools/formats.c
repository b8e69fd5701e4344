/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table in the forms that the build installs: the man page, completion for bash and zsh, JSON.
 */
#include "tool.h"

#include <stdio.h>
#include <string.h>

/* ---- vessel(1) ---- */

/* Text for troff: backslashes and hyphens are escaped, a line never begins with a control. */
static void man_text(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '^')
            fputs("\\(ha", stdout);
        else
            putchar(*text);
    }
}

static void man_option(const ToolOption *option, bool global)
{
    fputs(".TP\n.B ", stdout);
    if (global && option->words)
        printf("\\-%s, ", option->words);
    if (!(option->flags & TOOL_POSITIONAL)) {
        fputs("\\-\\-", stdout);
        man_text(option->name);
    }
    if (option->value)
        printf("%s\\fI%s\\fP", option->flags & TOOL_POSITIONAL ? "" : " ", option->value);
    putchar('\n');
    man_text(option->help);
    if (option->kind == TOOL_WORD) {
        fputs(" (one of: ", stdout);
        man_text(option->words);
        putchar(')');
    }
    putchar('\n');
}

static void man_command(const ToolCommand *command)
{
    g_autofree char *synopsis = tool_synopsis(command, " ");

    fputs(".SS ", stdout);
    man_text(synopsis);
    putchar('\n');
    man_text(command->text ? command->text : command->summary);
    putchar('\n');
    for (const ToolOption *option = command->options; option->name; option++)
        man_option(option, false);
}

static const char man_head[] =
    ".SH NAME\n"
    "vessel \\- run virtual machines and containers\n"
    ".SH SYNOPSIS\n"
    ".B vessel\n[\\fIOPTION\\fP]... \\fICOMMAND\\fP [\\fIARGUMENT\\fP]...\n"
    ".SH DESCRIPTION\n"
    "Defines, starts and looks after the guests of this machine by libvessel; no daemon is "
    "needed.\n"
    "Commands, their options and what they print are virsh's as far as virsh has them; an option\n"
    "that is not listed here is refused. A \\fIDOMAIN\\fP is a name, a UUID or the id of a "
    "running\n"
    "domain. A \\fIFILE\\fP of \\- is standard input. Arguments may also be given by name, as in\n"
    "\\-\\-domain \\fINAME\\fP, and \\-\\- ends the options.\n"
    ".SH OPTIONS\n";

static const char man_foot[] =
    ".SH CONTAINERS\n"
    "A domain of type container (lxc is the same) is defined, started, watched and ended by the\n"
    "commands that are there for machines. Its root file system is a directory, which\n"
    "rootfs\\-import makes of tar archives:\n"
    ".PP\n.nf\n"
    "vessel rootfs\\-import busybox.tar \\-\\-name hello\n"
    "vessel run hello.xml \\-\\-console\n"
    ".fi\n.PP\n"
    "where hello.xml is\n"
    ".PP\n.nf\n"
    "<domain type='container'>\n"
    "  <name>hello</name>\n"
    "  <os><type>exe</type><init>/bin/sh</init></os>\n"
    "  <devices>\n"
    "    <filesystem type='mount'>\n"
    "      <source dir='\\fIDIRECTORY\\fP'/><target dir='/'/>\n"
    "    </filesystem>\n"
    "    <console type='pty'/>\n"
    "  </devices>\n"
    "</domain>\n"
    ".fi\n.PP\n"
    "run ends with the program's exit status, and so does exec, which runs another one in a\n"
    "container that is running; cp takes files in and out. An ordinary user can have containers\n"
    "where the kernel lets users make namespaces; doctor says whether it does.\n"
    ".SH OUTPUT\n"
    "With \\-\\-json a command prints one JSON document on standard output; lists are arrays;\n"
    "event and log \\-\\-follow print one document a line. Otherwise an error is \"error: "
    "MESSAGE\"\n"
    "and indented lines at:, hint:, cause:, held by: as far as there are any; as JSON it is one\n"
    "object on standard error. Colour is used on a terminal only. Control characters in names,\n"
    "messages and logs, which may come from a guest, a container or an archive, are printed as\n"
    "\\exNN; definitions, console and exec are printed as they are.\n"
    ".SS JSON\n"
    "What does not apply is left out. States have hyphens (shut\\-off).\n"
    ".TP\n.B a command that changes a domain\n"
    "{uuid, name, id, state, reason, persistent} of that domain afterwards\n"
    ".TP\n.B list, dominfo\n"
    "(an array of) {name, uuid, id, title, state, reason, type, driver, os_type, max_memory_kib,\n"
    "memory_kib, vcpus, cpu_time_ns, persistent, autostart, autodestroy, changed, notes}\n"
    ".TP\n.B domid, domname, domuuid, domstate, uri, hostname, desc, metadata\n"
    "an object with the value by its name\n"
    ".TP\n.B domstats\n"
    "an array of {name, uuid, age_ms, error, stats: {KEY: value}}\n"
    ".TP\n.B domblklist, domiflist\n"
    "an array of {type, device, target, source} and {interface, type, source, model, mac}\n"
    ".TP\n.B domif\\-getlink\n"
    "{interface, state}\n"
    ".TP\n.B dumpxml\n"
    "the definition\n"
    ".TP\n.B capabilities, domcapabilities\n"
    "{xml}\n"
    ".TP\n.B domjobinfo\n"
    "{id, operation, object, author, started, state, progress, phase}, or null\n"
    ".TP\n.B validate\n"
    "an array of {file, valid, error, warnings}\n"
    ".TP\n.B doctor\n"
    "an array of {name, status, message, remedy}\n"
    ".TP\n.B event\n"
    "{epoch, number, time, kind, object: {type, name, uuid}, reason, author, ...} a line\n"
    ".TP\n.B log\n"
    "an array of lines; with \\-\\-follow a string a line\n"
    ".TP\n.B an error\n"
    "{code, message, hint, path, line, column, holder, cause, outcome, retryable, problems}; a\n"
    "warning is {warning}\n"
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\ndone\n"
    ".TP\n.B 1\nfailed; validate: there are problems; wait, event: the time was over\n"
    ".TP\n.B 2\nwrong usage\n"
    ".SH ENVIRONMENT\n"
    ".TP\n.B VESSEL_URI\nthe host, unless \\-\\-connect says it\n"
    ".TP\n.B VESSEL_LOG\n\\fILEVEL\\fP[,\\fIFACILITY\\fP...][:\\fIFILE\\fP]: log lines as JSON\n"
    ".TP\n.B VESSEL_HELPER_DIR\nwhere vessel\\-warden is\n"
    ".TP\n.B NO_COLOR\nno colour\n"
    ".TP\n.B VISUAL, EDITOR\nthe editor of edit, desc and metadata\n"
    ".SH SEE ALSO\n"
    ".BR libvessel (3),\n.BR vessel\\-warden (8)\n";

static void print_man(void)
{
    printf(".TH VESSEL 1 \"\" \"vessel %s\" \"User Commands\"\n", vessel_version_string());
    fputs(man_head, stdout);
    for (const ToolOption *option = tool_globals; option->name; option++)
        man_option(option, true);
    for (const ToolGroup *group = tool_groups; group->name; group++) {
        printf(".SH COMMANDS: %s\n", group->title);
        for (const ToolCommand *command = tool_commands; command->name; command++) {
            if (!strcmp(command->group, group->name))
                man_command(command);
        }
    }
    fputs(man_foot, stdout);
}

/* ---- completion ---- */

/* What completes a value, by its name in the table. */
static const struct {
    const char *value;
    const char *bash, *zsh;
} completions[] = {
    {"DOMAIN", "_vessel_domains", "_vessel_domains"},
    {"FILE", "_vessel_files", "_files"},
    {"COMMAND", "_vessel_commands", "_vessel_commands"},
    {"KIND", "_vessel_kinds", "_vessel_kinds"},
};

static const char *completer(const ToolOption *option, bool zsh)
{
    for (size_t i = 0; option->value && i < G_N_ELEMENTS(completions); i++) {
        if (!strcmp(option->value, completions[i].value))
            return zsh ? completions[i].zsh : completions[i].bash;
    }
    return NULL;
}

static const char bash_head[] =
    "# bash completion for vessel; made from its table of commands\n"
    "_vessel_words() { COMPREPLY=($(compgen -W \"$1\" -- \"$cur\")); }\n"
    "_vessel_list() {\n"
    "    local before=\n"
    "    [[ $cur != *,* ]] || before=${cur%,*},\n"
    "    COMPREPLY=($(compgen -P \"$before\" -W \"$1\" -- \"${cur##*,}\"))\n"
    "}\n"
    "_vessel_domains() { local IFS=$'\\n'; COMPREPLY=($(compgen -W \"$(\n"
    "    \"${COMP_WORDS[0]}\" ${uri:+\"--connect=$uri\"} list --all --name 2>/dev/null)\" -- "
    "\"$cur\")); "
    "}\n"
    "_vessel_kinds() { _vessel_words \"$(\"${COMP_WORDS[0]}\" event --list)\"; }\n"
    "_vessel_files() { COMPREPLY=($(compgen -f -- \"$cur\")); compopt -o filenames; }\n"
    "_vessel()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= uri= i\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        -c|--connect) uri=${COMP_WORDS[++i]} ;;\n"
    "        -e|--escape) ((++i)) ;;\n"
    "        -*) ;;\n"
    "        *) command=${COMP_WORDS[i]}; break ;;\n"
    "        esac\n"
    "    done\n"
    "    case $prev in\n"
    "    -c|--connect) _vessel_words 'local: mock:'; return ;;\n"
    "    -e|--escape) return ;;\n"
    "    esac\n"
    "    case $command:$prev in\n";

static void bash_value(const ToolCommand *command, const ToolOption *option)
{
    const char *function = completer(option, false);

    if (option->kind == TOOL_FLAG)
        return;
    printf("    %s:--%s) ", command->name, option->name);
    if (option->kind == TOOL_WORD)
        printf("_vessel_%s '%s'; ", option->flags & TOOL_MANY ? "list" : "words", option->words);
    else if (function)
        printf("%s; ", function);
    printf("return ;;\n");
}

static void bash_command(const ToolCommand *command)
{
    printf("    %s)\n        case $cur in\n        -*) _vessel_words '", command->name);
    for (const ToolOption *option = command->options; option->name; option++)
        printf("--%s ", option->name);
    for (const ToolOption *option = tool_globals; option->name; option++)
        printf("%s--%s", option == tool_globals ? "" : " ", option->name);
    printf("' ;;\n");
    for (const ToolOption *option = command->options; option->name; option++) {
        if ((option->flags & TOOL_POSITIONAL) && completer(option, false)) {
            printf("        *) %s ;;\n", completer(option, false));
            break;
        }
    }
    printf("        esac ;;\n");
}

static void print_bash(void)
{
    fputs(bash_head, stdout);
    for (const ToolCommand *command = tool_commands; command->name; command++) {
        for (const ToolOption *option = command->options; option->name; option++)
            bash_value(command, option);
    }
    printf("    esac\n    case $command in\n    '')\n        case $cur in\n        -*) "
           "_vessel_words '");
    for (const ToolOption *option = tool_globals; option->name; option++)
        printf("%s--%s", option == tool_globals ? "" : " ", option->name);
    printf("' ;;\n        *) _vessel_commands ;;\n        esac ;;\n");
    for (const ToolCommand *command = tool_commands; command->name; command++)
        bash_command(command);
    printf("    esac\n}\n_vessel_commands() { _vessel_words '");
    for (const ToolCommand *command = tool_commands; command->name; command++)
        printf("%s%s", command == tool_commands ? "" : " ", command->name);
    printf("'; }\ncomplete -F _vessel vessel\n");
}

/* In single quotes for the shell, with what _arguments would take as its own escaped. */
static void zsh_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void zsh_value(const ToolOption *option)
{
    const char *function = completer(option, true);

    if (option->kind == TOOL_FLAG)
        return;
    printf(":%s:", option->value);
    if (option->kind == TOOL_WORD)
        printf(option->flags & TOOL_MANY ? "_values -s , value %s" : "(%s)", option->words);
    else if (function)
        fputs(function, stdout);
    else
        putchar(' ');
}

static void zsh_option(const ToolOption *option, bool global)
{
    printf(" \\\n            '%s", option->flags & TOOL_MANY ? "*" : "");
    printf("--%s%s[", option->name, option->kind == TOOL_FLAG ? "" : "=");
    zsh_text(option->help);
    putchar(']');
    if (global && option->value)
        printf(":%s: ", option->value);
    else
        zsh_value(option);
    putchar('\'');
}

static void zsh_command(const ToolCommand *command)
{
    printf("        %s)\n            _arguments", command->name);
    for (const ToolOption *option = command->options; option->name; option++) {
        if (!(option->flags & TOOL_POSITIONAL))
            zsh_option(option, false);
    }
    for (const ToolOption *option = tool_globals; option->name; option++)
        zsh_option(option, true);
    for (const ToolOption *option = command->options; option->name; option++) {
        if (option->flags & TOOL_POSITIONAL) {
            printf(" \\\n            '%s", option->flags & TOOL_MANY ? "*" : "");
            zsh_value(option);
            putchar('\'');
        }
    }
    printf(" ;;\n");
}

static void print_zsh(void)
{
    printf("#compdef vessel\n# zsh completion for vessel; made from its table of commands\n"
           "_vessel_domains() {\n"
           "    local -a names=(${(f)\"$(_call_program domains vessel list --all --name)\"})\n"
           "    compadd -a names\n}\n"
           "_vessel_kinds() {\n"
           "    local -a kinds=(${(f)\"$(_call_program kinds vessel event --list)\"})\n"
           "    compadd -a kinds\n}\n"
           "_vessel_commands() {\n    local -a commands=(");
    for (const ToolCommand *command = tool_commands; command->name; command++) {
        printf("\n        '%s:", command->name);
        zsh_text(command->summary);
        putchar('\'');
    }
    printf(")\n    _describe command commands\n}\n_vessel() {\n"
           "    local curcontext=$curcontext state line\n"
           "    _arguments -C");
    for (const ToolOption *option = tool_globals; option->name; option++)
        zsh_option(option, true);
    printf(" \\\n            '1:command:_vessel_commands' '*::argument:->arguments'\n"
           "    [[ $state == arguments ]] || return\n    case $words[1] in\n");
    for (const ToolCommand *command = tool_commands; command->name; command++)
        zsh_command(command);
    printf("    esac\n}\n_vessel \"$@\"\n");
}

int tool_print_format(ToolCall *call, const char *format)
{
    (void)call;
    if (!strcmp(format, "man"))
        print_man();
    else if (!strcmp(format, "bash"))
        print_bash();
    else
        print_zsh();
    return TOOL_DONE;
}

/* ---- JSON ---- */

static void json_option(yajl_gen json, const ToolOption *option, bool global)
{
    static const char *const kinds[] = {[TOOL_FLAG] = "flag",
                                        [TOOL_TEXT] = "text",
                                        [TOOL_NUMBER] = "number",
                                        [TOOL_MIB] = "number",
                                        [TOOL_SECONDS] = "seconds",
                                        [TOOL_WORD] = "word"};

    tool_json_object(json, NULL);
    tool_json_string(json, "name", option->name);
    tool_json_string(json, "kind", kinds[option->kind]);
    tool_json_string(json, "value", option->value);
    tool_json_string(json, global ? "short" : "words", option->words);
    tool_json_bool(json, "positional", option->flags & TOOL_POSITIONAL);
    tool_json_bool(json, "required", option->flags & TOOL_REQUIRED);
    tool_json_bool(json, "many", option->flags & TOOL_MANY);
    tool_json_string(json, "help", option->help);
    tool_json_close_object(json);
}

static void json_options(yajl_gen json, const ToolOption *options, bool global)
{
    tool_json_array(json, "options");
    for (const ToolOption *option = options; option->name; option++)
        json_option(json, option, global);
    tool_json_close_array(json);
}

void tool_print_table_json(void)
{
    yajl_gen json = tool_json_new();

    tool_json_object(json, NULL);
    json_options(json, tool_globals, true);
    tool_json_array(json, "commands");
    for (const ToolCommand *command = tool_commands; command->name; command++) {
        tool_json_object(json, NULL);
        tool_json_string(json, "name", command->name);
        tool_json_string(json, "group", command->group);
        tool_json_string(json, "summary", command->summary);
        tool_json_string(json, "text", command->text);
        json_options(json, command->options, false);
        tool_json_close_object(json);
    }
    tool_json_close_array(json);
    tool_json_close_object(json);
    tool_json_print(json);
}
