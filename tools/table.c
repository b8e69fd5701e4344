/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every command and option there is. Names and meanings are virsh's where virsh has them; an option
 * of virsh that is not here is refused, never ignored. */
#include "tool.h"

#include <string.h>

#define FLAG(name, help)                                                                           \
    {                                                                                              \
        name, TOOL_FLAG, 0, NULL, NULL, help                                                       \
    }
#define TEXT(name, value, help)                                                                    \
    {                                                                                              \
        name, TOOL_TEXT, 0, value, NULL, help                                                      \
    }
#define ARGUMENT(name, value, help)                                                                \
    {                                                                                              \
        name, TOOL_TEXT, TOOL_POSITIONAL | TOOL_REQUIRED, value, NULL, help                        \
    }
#define DOMAIN ARGUMENT("domain", "DOMAIN", "name, UUID or id of the domain")
#define TIMEOUT                                                                                    \
    {                                                                                              \
        "timeout", TOOL_SECONDS, 0, "SECONDS", NULL,                                               \
            "give up after this time (default: 30; none: never)"                                   \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, TOOL_FLAG, 0, NULL, NULL, NULL                                                       \
    }
#define MODE                                                                                       \
    {                                                                                              \
        "mode", TOOL_WORD, 0, "MODE", "acpi", "how the guest is asked: its power button"           \
    }
#define AFFECT                                                                                     \
    FLAG("live", "the definition in force"), FLAG("config", "the definition of the next start"),   \
        FLAG("current", "the one in force if it runs, else that of the next start (default)")

static const ToolOption domain_options[] = {DOMAIN, END};
static const ToolOption change_options[] = {DOMAIN, TIMEOUT, END};
static const ToolOption no_options[] = {END};

static const ToolOption autostart_options[] = {
    DOMAIN, FLAG("disable", "do not start it at boot any more"), TIMEOUT, END};

static const ToolOption autostart_all_options[] = {
    FLAG("again", "even if it was done in this boot already"), TIMEOUT, END};

static const ToolOption console_options[] = {
    DOMAIN,
    TEXT("devname", "ALIAS", "the serial or console device, by its alias (default: the first)"),
    FLAG("force", "take the place of whoever may write now"),
    FLAG("safe", "only if two writers cannot meet (they never can)"),
    FLAG("readonly", "only watch; any number may"),
    TIMEOUT,
    END};

#define CHECKS                                                                                     \
    FLAG("validate", "check against the schema (always done)"),                                    \
        FLAG("lenient", "keep unknown elements and attributes instead of refusing them")
#define STARTING                                                                                   \
    FLAG("console", "attach to the console once it runs"),                                         \
        FLAG("paused", "do not let its vCPUs run yet"),                                            \
        FLAG("autodestroy", "destroy it when this command ends, which then waits for its end")
#define XML_FILE ARGUMENT("file", "FILE", "a definition, XML or JSON; - is standard input")

static const ToolOption change_whole_options[] = {
    DOMAIN,
    ARGUMENT("file", "FILE", "its whole definition, XML or JSON; - is standard input"),
    AFFECT,
    FLAG("dry-run", "only say what would be changed, and what cannot be while it runs"),
    FLAG("lenient", "keep unknown elements and attributes instead of refusing them"),
    TIMEOUT,
    END};

#define SIZED "a number of KiB, or with a suffix: 512M, 2GiB"

static const ToolOption setmem_options[] = {DOMAIN, ARGUMENT("size", "SIZE", SIZED), AFFECT, TIMEOUT,
                                            END};

static const ToolOption setvcpus_options[] = {
    DOMAIN,
    {"count", TOOL_NUMBER, TOOL_POSITIONAL | TOOL_REQUIRED, "COUNT", NULL, "how many"},
    FLAG("maximum", "of a machine, the most it can have"),
    AFFECT,
    TIMEOUT,
    END};

static const ToolOption memtune_options[] = {
    DOMAIN,
    TEXT("hard-limit", "SIZE", "the most memory; " SIZED "; -1: no limit"),
    TEXT("soft-limit", "SIZE", "the most memory when the host is short of it"),
    TEXT("swap-hard-limit", "SIZE", "the most of memory and swap together"),
    AFFECT,
    TIMEOUT,
    END};

static const ToolOption schedinfo_options[] = {
    DOMAIN,
    {"set", TOOL_TEXT, TOOL_POSITIONAL | TOOL_MANY, "NAME=VALUE", NULL,
     "one of those that are shown"},
    AFFECT,
    TIMEOUT,
    END};

static const ToolOption numatune_options[] = {
    DOMAIN,
    TEXT("mode", "MODE", "strict, preferred, interleave or restrictive"),
    TEXT("nodeset", "LIST", "the host's nodes: 0-1,3"),
    AFFECT,
    TIMEOUT,
    END};

#define BY_DEVICE(name, what) TEXT(name, "LIST", what " of each device: DEVICE,N,…; 0: no limit")
static const ToolOption blkiotune_options[] = {
    DOMAIN,
    TEXT("weight", "N", "its share of the host's disks"),
    BY_DEVICE("device-weights", "the same"),
    BY_DEVICE("device-read-iops-sec", "reads in a second"),
    BY_DEVICE("device-write-iops-sec", "writes in a second"),
    BY_DEVICE("device-read-bytes-sec", "bytes read in a second"),
    BY_DEVICE("device-write-bytes-sec", "bytes written in a second"),
    AFFECT,
    TIMEOUT,
    END};

static const ToolOption vcpupin_options[] = {
    DOMAIN,
    {"vcpu", TOOL_NUMBER, TOOL_POSITIONAL, "N", NULL, "only that one"},
    {"cpulist", TOOL_TEXT, TOOL_POSITIONAL, "LIST", NULL, "the host's CPUs: 0-3,^2; r: all"},
    AFFECT,
    TIMEOUT,
    END};

static const ToolOption cp_options[] = {
    ARGUMENT("source", "SOURCE", "DOMAIN:PATH, or a path here (./ before one that has a colon)"),
    ARGUMENT("target", "TARGET", "likewise; one of the two is in a container"),
    {"max-size", TOOL_MIB, 0, "MIB", NULL,
     "how much may be copied, holes of files counted (default: 65536)"},
    {"timeout", TOOL_SECONDS, 0, "SECONDS", NULL,
     "give up after this time (default: when nothing moves for 30)"},
    END};

static const ToolOption create_options[] = {XML_FILE, STARTING, CHECKS, TIMEOUT, END};

static const ToolOption define_options[] = {
    XML_FILE, CHECKS, FLAG("new", "fail if it is defined already instead of replacing it"), TIMEOUT,
    END};

static const ToolOption start_options[] = {DOMAIN, STARTING, TIMEOUT, END};

static const ToolOption desc_options[] = {
    DOMAIN,
    AFFECT,
    FLAG("title", "the title instead of the description"),
    FLAG("edit", "edit it with $VISUAL or $EDITOR"),
    TIMEOUT,
    {"new-desc", TOOL_TEXT, TOOL_POSITIONAL | TOOL_MANY, "TEXT", NULL,
     "what to set it to (words are joined by blanks; an empty one removes it)"},
    END};

static const ToolOption metadata_options[] = {
    DOMAIN,
    ARGUMENT("uri", "URI", "namespace of the element"),
    AFFECT,
    FLAG("edit", "edit it with $VISUAL or $EDITOR"),
    TEXT("key", "PREFIX", "namespace prefix to write it with"),
    TEXT("set", "XML", "the element to store"),
    FLAG("remove", "remove the element"),
    TIMEOUT,
    END};

static const ToolOption domrename_options[] = {DOMAIN, ARGUMENT("new-name", "NAME", "the new name"),
                                               TIMEOUT, END};

static const ToolOption dumpxml_options[] = {
    DOMAIN,
    FLAG("inactive", "the definition of the next start, even if it runs"),
    FLAG("security-info", "with secrets"),
    FLAG("given", "the text as it was given to define, byte for byte"),
    TEXT("xpath", "EXPRESSION", "only what this XPath expression selects"),
    FLAG("wrap", "one root element around what --xpath selects"),
    END};

static const ToolOption edit_options[] = {
    DOMAIN, FLAG("skip-validate", "the same as --lenient"),
    FLAG("lenient", "keep unknown elements and attributes instead of refusing them"), TIMEOUT, END};

static const ToolOption exec_options[] = {
    DOMAIN,
    FLAG("tty", "with a terminal of its own, which this one shows"),
    TEXT("user", "USER[:GROUP]", "names that the container knows, or numbers"),
    {"env", TOOL_TEXT, TOOL_MANY, "NAME=VALUE", NULL, "beside the container's own environment"},
    TEXT("cwd", "DIR", "the directory that it starts in"),
    {"timeout", TOOL_SECONDS, 0, "SECONDS", NULL, "end it after this time (default: none)"},
    {"command", TOOL_TEXT, TOOL_POSITIONAL | TOOL_REQUIRED | TOOL_MANY, "COMMAND", NULL,
     "the program, looked for in the container's PATH, and its arguments (after --)"},
    END};

static const ToolOption log_options[] = {
    DOMAIN,
    FLAG("follow", "go on as it grows, until the domain has ended"),
    {"lines", TOOL_NUMBER, 0, "N", NULL, "only the last N lines"},
    END};

static const ToolOption rootfs_import_options[] = {
    {"file", TOOL_TEXT, TOOL_POSITIONAL | TOOL_REQUIRED | TOOL_MANY, "FILE", NULL,
     "tar archives; several are the layers of an image, the lowest first; - is standard input"},
    TEXT("name", "NAME", "what it is called (default: the first file's name without .tar.xz)"),
    {"max-size", TOOL_MIB, 0, "MIB", NULL,
     "what they may be unpacked, holes of files counted (default: 65536)"},
    {"timeout", TOOL_SECONDS, 0, "SECONDS", NULL, "give up after this time (default: none)"},
    END};

static const ToolOption run_options[] = {
    XML_FILE, FLAG("console", "attach to the console, from the first byte on"),
    FLAG("rm", "destroy it when this command ends"), TIMEOUT, END};

static const ToolOption power_options[] = {DOMAIN, MODE, TIMEOUT, END};

static const ToolOption shutdown_options[] = {
    DOMAIN, MODE, FLAG("wait", "wait until it is shut off"), TIMEOUT, END};

static const ToolOption stop_all_options[] = {{"timeout", TOOL_SECONDS, 0, "SECONDS", NULL,
                                               "time to shut down by themselves (none: for ever)"},
                                              END};

#define KIND                                                                                       \
    TEXT("kind", "KIND", "what the text defines, if it is JSON: domain … (default: domain)")

static const ToolOption convert_options[] = {
    ARGUMENT("file", "FILE", "a definition, XML or JSON; - is standard input"),
    {"to", TOOL_WORD, TOOL_REQUIRED, "FORM", "xml json", "the form it is written in"},
    KIND,
    FLAG("lenient", "keep unknown elements and attributes, with a warning for each"),
    FLAG("libvirt", "libvirt's words in place of ours; fails where it has none"),
    END};

static const ToolOption schema_options[] = {
    TEXT("rng", "KIND", "RELAX NG in its XML syntax, for definitions in XML"),
    TEXT("json-schema", "KIND", "JSON Schema, for definitions in JSON"),
    TEXT("markdown", "KIND", "a reference page"), TEXT("man", "KIND", "the same as a manual page"),
    END};

static const ToolOption diff_options[] = {
    ARGUMENT("from", "FILE", "a definition, XML or JSON, or the name of a domain; - is standard input"),
    ARGUMENT("to", "FILE", "another of the same kind"),
    FLAG("inactive", "of a domain the definition of its next start, even if it runs"),
    KIND,
    FLAG("lenient", "let unknown elements and attributes pass"),
    END};

static const ToolOption explain_options[] = {
    {"path", TOOL_TEXT, TOOL_POSITIONAL, "PATH", NULL,
     "/domain/devices/disk/target/@bus, or domain.devices.disk.target.bus as in JSON (default: the "
     "kinds there are)"},
    END};

static const ToolOption validate_options[] = {
    {"file", TOOL_TEXT, TOOL_POSITIONAL | TOOL_REQUIRED | TOOL_MANY, "FILE", NULL,
     "definitions, XML or JSON; - is standard input"},
    FLAG("host", "also whether this host can run and start a domain: driver, files, devices, memory"),
    KIND,
    FLAG("lenient", "let unknown elements and attributes pass, with a warning for each"),
    END};

static const ToolOption wait_options[] = {
    DOMAIN,
    {"state", TOOL_WORD, TOOL_MANY, "STATE",
     "running paused in-shutdown shut-off crashed pmsuspended",
     "any of these ends the wait (default: shut-off)"},
    TIMEOUT,
    END};

static const ToolOption domblklist_options[] = {
    DOMAIN, FLAG("inactive", "of the next start"),
    FLAG("details", "also the type of the source and the kind of device"), END};

#define INTERFACE ARGUMENT("interface", "INTERFACE", "its MAC address, or its end outside")
static const ToolOption domif_getlink_options[] = {DOMAIN, INTERFACE,
                                                   FLAG("config", "of the next start"), END};

static const ToolOption domif_setlink_options[] = {
    DOMAIN,
    INTERFACE,
    {"state", TOOL_WORD, TOOL_POSITIONAL | TOOL_REQUIRED, "STATE", "up down",
     "whether its cable is plugged in"},
    FLAG("print-xml", "only print the interface as it would be"),
    AFFECT,
    TIMEOUT,
    END};

static const ToolOption domiflist_options[] = {DOMAIN, FLAG("inactive", "of the next start"), END};

static const ToolOption domstate_options[] = {DOMAIN, FLAG("reason", "also why"), END};

static const ToolOption domstats_options[] = {
    FLAG("state", "state.*"),
    FLAG("cpu-total", "cpu.*"),
    FLAG("balloon", "balloon.*"),
    FLAG("vcpu", "vcpu.*"),
    FLAG("interface", "net.*"),
    FLAG("block", "block.*"),
    FLAG("list-active", "only active domains"),
    FLAG("list-inactive", "only inactive domains"),
    FLAG("list-persistent", "only domains with a definition"),
    FLAG("list-transient", "only domains without one"),
    FLAG("list-running", "only running domains"),
    FLAG("list-paused", "only paused domains"),
    FLAG("list-shutoff", "only domains that are shut off"),
    FLAG("list-other", "only domains in other states"),
    FLAG("raw", "values as they are (always so)"),
    {"timeout", TOOL_SECONDS, 0, "SECONDS", NULL,
     "take the last values of guests that have not answered by then (default: 2)"},
    {"domain", TOOL_TEXT, TOOL_POSITIONAL | TOOL_MANY, "DOMAIN", NULL,
     "name, UUID or id (default: all domains)"},
    END};

static const ToolOption list_options[] = {FLAG("inactive", "inactive domains"),
                                          FLAG("all", "active and inactive domains"),
                                          FLAG("transient", "domains without a definition"),
                                          FLAG("persistent", "domains with a definition"),
                                          FLAG("state-running", "running domains"),
                                          FLAG("state-paused", "paused domains"),
                                          FLAG("state-shutoff", "domains that are shut off"),
                                          FLAG("state-other", "domains in other states"),
                                          FLAG("autostart", "domains marked for autostart"),
                                          FLAG("no-autostart", "domains not marked for autostart"),
                                          FLAG("uuid", "print UUIDs"),
                                          FLAG("name", "print names"),
                                          FLAG("id", "print ids"),
                                          FLAG("table", "print a table (default)"),
                                          FLAG("title", "with the titles"),
                                          END};

static const ToolOption event_options[] = {
    {"domain", TOOL_TEXT, TOOL_POSITIONAL, "DOMAIN", NULL, "only events of this domain"},
    {"event", TOOL_TEXT, TOOL_POSITIONAL, "KIND", NULL,
     "only this kind, or (ending in a dot) this family: domain."},
    FLAG("all", "events of every kind (default)"),
    FLAG("loop", "go on until the timeout or an interrupt instead of ending after one"),
    {"timeout", TOOL_SECONDS, 0, "SECONDS", NULL, "end after this time (default: none)"},
    TEXT("since", "EPOCH:NUMBER", "begin after this place instead of now"),
    FLAG("list", "list the kinds and leave"),
    FLAG("timestamp", "print when each happened"),
    END};

static const ToolOption domcapabilities_options[] = {
    TEXT("virttype", "TYPE", "type of the domain: kvm, emulator …"),
    TEXT("emulatorbin", "FILE", "path of the hypervisor"),
    TEXT("arch", "ARCH", "architecture of the guest"), TEXT("machine", "MACHINE", "machine type"),
    END};

static const ToolOption help_options[] = {
    {"command", TOOL_TEXT, TOOL_POSITIONAL, "COMMAND", NULL, "a command or a group of commands"},
    {"format", TOOL_WORD, 0, "FORMAT", "text man bash zsh",
     "man page or completion script instead of text"},
    END};

#define LONG_AUTODESTROY                                                                           \
    " With --autodestroy and without --console the command stays until the domain has ended or "   \
    "it "                                                                                          \
    "is interrupted."

#define LIVE_NOW "While it runs, only a container's can be changed."
#define TUNED "Without a value to set it shows them. " LIVE_NOW

const ToolGroup tool_groups[] = {{"domain", "Domain Management"}, {"monitor", "Domain Monitoring"},
                                 {"definition", "Definitions"},
                                 {"events", "Domain Events"},     {"host", "Host and Hypervisor"},
                                 {"vessel", "Vessel itself"},     {NULL, NULL}};

const ToolCommand tool_commands[] = {
    {"autostart", "domain", "start a domain at boot", NULL, cmd_autostart, false,
     autostart_options},
    {"autostart-all", "domain", "start what is marked for autostart",
     "Starts what is marked, and what ran when stop-all was called, once a boot. The "
     "vessel-autostart "
     "unit calls it at boot.",
     cmd_autostart_all, false, autostart_all_options},
    {"blkiotune", "domain", "show or change a domain's share of the host's disks", TUNED, cmd_tune,
     false, blkiotune_options},
    {"change", "domain", "change a domain's definition to that in a file",
     "What differs is changed, all of it or nothing: of what runs (--live), as far as that can be done "
     "while it runs, of the next start (--config), or of both. The same file again does nothing.",
     cmd_change, false, change_whole_options},
    {"console", "domain", "connect to the guest's console",
     "Recent output comes first. Leave with ^] (see -e). All readers see the output, one may "
     "write. "
     "Where standard input is no terminal its bytes go to the guest as they are, and at its end "
     "the output is shown on until the console closes.",
     cmd_console, false, console_options},
    {"cp", "domain", "copy files into a running container or out of it",
     "A directory is copied with all that is in it: into TARGET if that is a directory or a link to "
     "one, else it gets that name in a directory that is there; SOURCE/. stands for what is in it. "
     "Directories are joined; a file or link of the same name is replaced, not written to, and a device "
     "is refused. Links are "
     "copied as links; SOURCE/ is what a link leads to. What arrives is yours, or that of the "
     "container's root, without setuid and setgid; times and holes are kept, owners, attributes and "
     "that two names are one file are not. FIFOs, sockets and devices are left out. Unlike docker cp "
     "and podman cp: the container must run, and what is mounted in it is seen; a TARGET that is a "
     "link to a file is replaced; there are no options to follow links or keep owners, and no - for "
     "a tar archive: vessel exec DOMAIN -- tar writes and reads one.",
     cmd_cp, false, cp_options},
    {"create", "domain", "start a transient domain from a file",
     "It has no definition once it is shut off." LONG_AUTODESTROY, cmd_create, false,
     create_options},
    {"define", "domain", "define (but do not start) a domain from a file",
     "Replaces the definition of the domain with the same name and UUID. A running domain keeps "
     "the definition in force until its next start.",
     cmd_define, false, define_options},
    {"desc", "domain", "show or set a domain's description or title", NULL, cmd_desc, false,
     desc_options},
    {"destroy", "domain", "end a domain at once", "Like pulling the plug.", cmd_destroy, false,
     change_options},
    {"domid", "domain", "print a domain's id", "Prints - for a domain that is shut off.", cmd_domid,
     false, domain_options},
    {"domif-setlink", "domain", "plug an interface's cable in, or pull it out",
     "Of the definition in force if the domain runs, else of that of the next start.",
     cmd_domif_setlink, false, domif_setlink_options},
    {"domjobabort", "domain", "cancel the job under way on a domain", NULL, cmd_domjobabort, false,
     domain_options},
    {"domjobinfo", "domain", "show the job under way on a domain", NULL, cmd_domjobinfo, false,
     domain_options},
    {"domname", "domain", "print a domain's name", NULL, cmd_domname, false, domain_options},
    {"domrename", "domain", "rename a domain", "A running domain may be renamed, too.",
     cmd_domrename, false, domrename_options},
    {"domuuid", "domain", "print a domain's UUID", NULL, cmd_domuuid, false, domain_options},
    {"dumpxml", "domain", "print a domain's definition",
     "The definition in force of a running domain, else that of the next start. With --json it is "
     "printed as JSON.",
     cmd_dumpxml, false, dumpxml_options},
    {"edit", "domain", "edit a domain's definition",
     "Runs $VISUAL or $EDITOR (else vi) on the definition of the next start and defines the "
     "result. What is wrong can be edited again.",
     cmd_edit, false, edit_options},
    {"exec", "domain", "run a program in a running container",
     "Exits as the program does: its status, or 128 and the signal that ended it; 127 where there "
     "is no such program, 126 where it cannot be executed, 125 for every other failure. The "
     "program ends with this command. The program's options follow a --.",
     cmd_exec, false, exec_options, 125},
    {"log", "domain", "print a domain's log",
     "The hypervisor's version, command line and messages, and the decisions of its warden.",
     cmd_log, false, log_options},
    {"memtune", "domain", "show or change a domain's limits of memory", TUNED, cmd_tune, false,
     memtune_options},
    {"metadata", "domain", "show or set an XML element kept with a domain", NULL, cmd_metadata,
     false, metadata_options},
    {"numatune", "domain", "show or change the host's nodes that a domain uses", TUNED, cmd_tune,
     false, numatune_options},
    {"reboot", "domain", "ask a guest to restart", NULL, cmd_reboot, false, power_options},
    {"reset", "domain", "reset a domain at once", "Like its reset button.", cmd_reset, false,
     change_options},
    {"resume", "domain", "let a suspended domain run on", NULL, cmd_resume, false, change_options},
    {"schedinfo", "domain", "show or change a domain's processor time", TUNED, cmd_tune, false,
     schedinfo_options},
    {"setmaxmem", "domain", "change the most memory a domain can have", NULL, cmd_tune, false,
     setmem_options},
    {"setmem", "domain", "change how much memory a domain has",
     "Of a container it is a limit. " LIVE_NOW, cmd_setmem, false, setmem_options},
    {"setvcpus", "domain", "change how many virtual CPUs a domain has",
     "Of a container it is a limit of processor time. " LIVE_NOW, cmd_setvcpus, false,
     setvcpus_options},
    {"shutdown", "domain", "ask a guest to shut down",
     "Returns when the guest was asked; with --wait, when it is shut off.", cmd_shutdown, false,
     shutdown_options},
    {"run", "domain", "start a transient domain from a file and exit as it does",
     "Stays until the domain has ended and exits as its first process did: its status, or 128 and the "
     "signal that ended it; 127 or 126 where <init> is not there or cannot be executed, 125 where "
     "something else failed. A machine has no such status: 0, 1 if it crashed, 137 if it was "
     "destroyed. SIGINT and SIGTERM (Ctrl-C where the console is no terminal) ask the domain to shut "
     "down, another one destroys it. Whoever leaves the console leaves the domain running, unless --rm.",
     cmd_run, false, run_options, 125},
    {"start", "domain", "start a domain", "Returns when its vCPUs run." LONG_AUTODESTROY, cmd_start,
     false, start_options},
    {"stop-all", "domain", "shut down all domains",
     "Asks all guests to shut down, destroys what has not ended in time, and remembers what ran "
     "for autostart-all. The vessel-autostart unit calls it when the machine goes down.",
     cmd_stop_all, false, stop_all_options},
    {"suspend", "domain", "stop a domain's vCPUs", "It stays in memory.", cmd_suspend, false,
     change_options},
    {"undefine", "domain", "remove a domain's definition",
     "A running domain goes on without one and is gone when it ends.", cmd_undefine, false,
     change_options},
    {"vcpupin", "domain", "show or change where a domain's virtual CPUs run",
     "A container has none: all of it runs on all that any is pinned to. " LIVE_NOW, cmd_vcpupin,
     false, vcpupin_options},
    {"wait", "domain", "wait until a domain is in a state",
     "Prints the state it has come to. Fails when the time is over.", cmd_wait, false,
     wait_options},

    {"domblklist", "monitor", "list a domain's disks", NULL, cmd_domblklist, false,
     domblklist_options},
    {"domif-getlink", "monitor", "tell whether an interface's cable is plugged in", NULL,
     cmd_domif_getlink, false, domif_getlink_options},
    {"domiflist", "monitor", "list a domain's network interfaces", NULL, cmd_domiflist, false,
     domiflist_options},
    {"dominfo", "monitor", "show facts about a domain", NULL, cmd_dominfo, false, domain_options},
    {"domstate", "monitor", "print a domain's state", NULL, cmd_domstate, false, domstate_options},
    {"domstats", "monitor", "print statistics of domains",
     "All guests are asked at once. Of one that does not answer in time (2 seconds, or --timeout) "
     "the last values are printed, with a note on standard error that says how old they are; it is "
     "not waited for again until it answers.",
     cmd_domstats, false, domstats_options},
    {"list", "monitor", "list domains",
     "Active domains unless told otherwise. Filters of one sort (state, persistence, autostart) "
     "add up, filters of different sorts narrow the list.",
     cmd_list, false, list_options},

    {"convert", "definition", "write a definition as XML or JSON",
     "Fills in nothing and leaves out only what belongs to a running domain.", cmd_convert, true,
     convert_options},
    {"diff", "definition", "compare two definitions",
     "Prints each change by its path, with the old value and the new, whether it can be made while "
     "the domain runs or waits for the next start, and whether the guest would notice. What is no "
     "file is looked for as a domain. As diff(1) it exits with 0 if they say the same, 1 if they "
     "differ and 2 if they could not be compared.",
     cmd_diff, true, diff_options},
    {"explain", "definition", "say what an element or attribute of a definition is",
     "Its meaning, what it takes, since when it is there, which drivers honour it, and everything "
     "there is in it. The end of a path, such as interface/mac, will do where no other ends with it.",
     cmd_explain, true, explain_options},
    {"schema", "definition", "print a schema file for a kind of definition",
     "Or its reference page. All are made from the rows that read definitions.", cmd_schema, true,
     schema_options},
    {"validate", "definition", "check definitions without defining them",
     "Prints all problems, each with file, line and column, and fails if there is any. Definitions "
     "of every kind. That one is right does not say that this host can run it: --host does.",
     cmd_validate, true, validate_options},

    {"event", "events", "wait for events",
     "Prints each with its place, EPOCH:NUMBER, from which --since goes on. Fails if none came. A KIND "
     "may be one of virsh's: lifecycle, reboot, watchdog, io-error, device-added …",
     cmd_event, true, event_options},

    {"capabilities", "host", "print what this host can run, as XML", NULL, cmd_capabilities, false,
     no_options},
    {"doctor", "host", "check what this machine can do and what stands in the way",
     "Prints PASS, WARN or FAIL with a remedy for each point. Fails if there is a FAIL.",
     cmd_doctor, false, no_options},
    {"domcapabilities", "host", "print what a kind of domain can have, as XML", NULL,
     cmd_domcapabilities, false, domcapabilities_options},
    {"hostname", "host", "print this machine's name", NULL, cmd_hostname, false, no_options},
    {"nodeinfo", "host", "show facts about this machine", NULL, cmd_nodeinfo, false, no_options},
    {"rootfs-import", "host", "make a container's root file system of tar archives",
     "Unpacks them beneath the state root and prints the directory, which a definition names as the "
     "source of <filesystem type='mount'>. Several archives are the layers of an image, the lowest "
     "first. Devices are left out; owners are kept as numbers if you are root. It is there as a "
     "whole or not at all; remove it with rm -r when no container needs it.",
     cmd_rootfs_import, false, rootfs_import_options},
    {"uri", "host", "print the canonical URI", NULL, cmd_uri, false, no_options},
    {"version", "host", "print versions", NULL, cmd_version, true, no_options},

    {"help", "vessel", "explain commands", "With --json the whole table of commands and options.",
     cmd_help, true, help_options},
    {NULL, NULL, NULL, NULL, NULL, false, NULL}};

/* Options that any command takes, before or after its name; words is the short form. */
const ToolOption tool_globals[] = {
    {"connect", TOOL_TEXT, 0, "URI", "c",
     "the host: local:, local:?root=DIR, mock: (default: "
     "$VESSEL_URI, else local:)"},
    {"escape", TOOL_TEXT, 0, "CHAR", "e", "what leaves the console (default: ^])"},
    {"help", TOOL_FLAG, 0, NULL, "h", "help on the command"},
    {"json", TOOL_FLAG, 0, NULL, NULL,
     "one JSON document on standard output; errors are JSON, too"},
    {"quiet", TOOL_FLAG, 0, NULL, "q", "no messages and no table heads"},
    {"version", TOOL_FLAG, 0, NULL, "v", "print the version and leave"},
    END};

const char *const tool_event_kinds[] = {"domain.defined",
                                        "domain.undefined",
                                        "domain.renamed",
                                        "domain.changed",
                                        "domain.started",
                                        "domain.suspended",
                                        "domain.resumed",
                                        "domain.shutdown-requested",
                                        "domain.stopped",
                                        "domain.crashed",
                                        "domain.rebooted",
                                        "domain.reset",
                                        "domain.oom",
                                        "domain.device-added",
                                        "domain.device-removed",
                                        "domain.disk-error",
                                        "domain.watchdog",
                                        "domain.guest-panic",
                                        "domain.agent-connected",
                                        "domain.agent-disconnected",
                                        "job.started",
                                        "job.progress",
                                        "job.ended",
                                        "host.gap",
                                        "host.overflow",
                                        "host.driver-lost",
                                        NULL};

const ToolCommand *tool_command_find(const char *name)
{
    for (const ToolCommand *command = tool_commands; command->name; command++) {
        if (!strcmp(command->name, name))
            return command;
    }
    return NULL;
}
