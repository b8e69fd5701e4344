/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a profile to a filter, as other container engines do it, but that what is not understood is
 * refused: a word that is misspelt could let more through than was meant. */
#include "container/profile/profile.h"

#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#define ARGUMENTS 6
#define ERRNO_MAX 4095 /* the kernel's */
#define DOCUMENT_KEYS                                                                              \
    "defaultAction", "defaultErrnoRet", "defaultErrno", "archMap", "architectures", "syscalls",    \
        "flags", "listenerPath", "listenerMetadata", "comment"
#define RULE_KEYS                                                                                  \
    "names", "name", "action", "errnoRet", "errno", "args", "includes", "excludes", "comment"

/* What it takes to become a program of the container's, once the filter is in force. */
static const char *const needed[] = {
    "capset", "chdir",          "clone",     "close",     "execve",    "execveat", "exit_group",
    "prctl",  "rt_sigprocmask", "setgroups", "setresgid", "setresuid", "wait4"};

typedef struct {
    const char *name;
    uint64_t kept;
    uint32_t usual; /* what is answered where no rule is */
    scmp_filter_ctx filter;
    bool allowed[G_N_ELEMENTS(needed)];
} Profile;

static int G_GNUC_PRINTF(4, 5) wrong(const Profile *profile, const VesselJson *where,
                                     VesselError **err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT, "%s:%d: %s", profile->name,
                        vessel__json_line(where), text);
}

static bool is_there(const VesselJson *value)
{
    return value && vessel__json_kind(value) != VESSEL_JSON_NULL;
}

/* Null is as good as nothing. */
static int check_kind(const Profile *profile, const VesselJson *value, VesselJsonKind kind,
                      const char *what, VesselError **err)
{
    static const char *const kinds[] = {
        [VESSEL_JSON_OBJECT] = "an object",
        [VESSEL_JSON_ARRAY] = "a list",
        [VESSEL_JSON_STRING] = "a word",
        [VESSEL_JSON_INT] = "a whole number from 0",
    };
    bool fits = !is_there(value) || vessel__json_kind(value) == kind;
    if (kind == VESSEL_JSON_INT && is_there(value))
        fits = vessel__json_kind(value) == VESSEL_JSON_UINT ||
               (vessel__json_kind(value) == VESSEL_JSON_INT && vessel__json_int(value, -1) >= 0);
    return fits ? 0 : wrong(profile, value, err, "%s is not %s", what, kinds[kind]);
}

static int check_keys(const Profile *profile, const VesselJson *object, const char *what,
                      const char *const *known, VesselError **err)
{
    int code = check_kind(profile, object, VESSEL_JSON_OBJECT, what, err);
    for (size_t i = 0; i < vessel__json_length(object) && code == 0; i++) {
        const char *key = vessel__json_key_at(object, i);
        if (!g_strv_contains(known, key))
            code = wrong(profile, vessel__json_at(object, i), err, "\"%s\" is not known in %s", key,
                         what);
    }
    return code;
}

/* ---- actions ---- */

static const struct {
    const char *word;
    uint32_t action;
} actions[] = {
    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
    {"SCMP_ACT_LOG", SCMP_ACT_LOG},
    {"SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0)},
    {"SCMP_ACT_TRACE", SCMP_ACT_TRACE(0)},
    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
    {"SCMP_ACT_KILL", SCMP_ACT_KILL},
    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
};

static const struct {
    const char *word;
    int number;
} errors[] = {
    {"EPERM", EPERM},   {"ENOSYS", ENOSYS}, {"EACCES", EACCES}, {"EINVAL", EINVAL},
    {"ENOENT", ENOENT}, {"EAGAIN", EAGAIN}, {"ENOMEM", ENOMEM}, {"EAFNOSUPPORT", EAFNOSUPPORT},
};

static int error_of(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(errors); i++)
        if (strcmp(errors[i].word, word) == 0)
            return errors[i].number;
    return 0;
}

/* EPERM where none is said; by the word, which podman writes beside the number, where it is known.
 */
static int read_errno(const Profile *profile, const VesselJson *number, const VesselJson *word,
                      uint32_t *result, VesselError **err)
{
    int code = check_kind(profile, number, VESSEL_JSON_INT, "the error's number", err);
    if (code == 0)
        code = check_kind(profile, word, VESSEL_JSON_STRING, "the error", err);
    if (code < 0)
        return code;
    uint64_t value = is_there(number) ? vessel__json_uint(number, 0) : EPERM;
    int named = is_there(word) ? error_of(vessel__json_string(word, "")) : 0;
    if (value > ERRNO_MAX)
        return wrong(profile, number, err, "there are errors up to %d", ERRNO_MAX);
    if (is_there(word) && !named && !is_there(number))
        return wrong(profile, word, err, "\"%s\" is not known: say its number",
                     vessel__json_string(word, ""));
    *result = named ? (uint32_t)named : (uint32_t)value;
    return 0;
}

static int read_action(const Profile *profile, const VesselJson *object, const char *key,
                       const char *number_key, const char *word_key, uint32_t *action,
                       VesselError **err)
{
    const VesselJson *value = vessel__json_get(object, key);
    const char *word = vessel__json_string(value, "");
    uint32_t number = 0;
    int code = read_errno(profile, vessel__json_get(object, number_key),
                          vessel__json_get(object, word_key), &number, err);
    if (code < 0)
        return code;
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (strcmp(actions[i].word, word) != 0)
            continue;
        bool numbered =
            actions[i].action == SCMP_ACT_ERRNO(0) || actions[i].action == SCMP_ACT_TRACE(0);
        *action = actions[i].action | (numbered ? number : 0);
        return 0;
    }
    if (!is_there(value))
        return wrong(profile, object, err, "\"%s\" is missing", key);
    if (strcmp(word, "SCMP_ACT_NOTIFY") == 0)
        return wrong(profile, value, err, "%s needs somebody who answers: there is none", word);
    return wrong(profile, value, err, "%s is no action", word);
}

/* ---- processors ---- */

static int add_architecture(const Profile *profile, const VesselJson *word, VesselError **err)
{
    static const char prefix[] = "SCMP_ARCH_";
    const char *text = vessel__json_string(word, "");
    g_autofree char *name =
        g_ascii_strdown(g_str_has_prefix(text, prefix) ? text + strlen(prefix) : "", -1);
    uint32_t token = *name ? seccomp_arch_resolve_name(name) : 0;
    if (token == 0)
        return wrong(profile, word, err, "\"%s\" is no processor", text);
    int errnum = -seccomp_arch_add(profile->filter, token);
    return errnum && errnum != EEXIST
               ? wrong(profile, word, err, "%s: %s", text, g_strerror(errnum))
               : 0;
}

static bool is_native(const char *text)
{
    g_autofree char *name =
        g_ascii_strdown(g_str_has_prefix(text, "SCMP_ARCH_") ? text + 10 : "", -1);
    return *name && seccomp_arch_resolve_name(name) == seccomp_arch_native();
}

/* The host's own is there already; of the map, what goes with that. */
static int add_architectures(const Profile *profile, const VesselJson *document, VesselError **err)
{
    static const char *const known[] = {"architecture", "subArchitectures", NULL};
    const VesselJson *list = vessel__json_get(document, "architectures");
    const VesselJson *map = vessel__json_get(document, "archMap");
    int code = check_kind(profile, list, VESSEL_JSON_ARRAY, "architectures", err);
    if (code == 0)
        code = check_kind(profile, map, VESSEL_JSON_ARRAY, "archMap", err);
    if (code == 0 && vessel__json_length(list) > 0 && vessel__json_length(map) > 0)
        code = wrong(profile, map, err, "\"architectures\" and \"archMap\" exclude each other");
    VESSEL_JSON_FOREACH (word, list)
        if (code == 0)
            code = add_architecture(profile, word, err);
    VESSEL_JSON_FOREACH (entry, map) {
        const VesselJson *subs = vessel__json_get(entry, "subArchitectures");
        if (code == 0)
            code = check_keys(profile, entry, "archMap", known, err);
        if (code == 0)
            code = check_kind(profile, subs, VESSEL_JSON_ARRAY, "subArchitectures", err);
        if (!is_native(vessel__json_get_string(entry, "architecture", "")))
            continue;
        VESSEL_JSON_FOREACH (sub, subs)
            if (code == 0)
                code = add_architecture(profile, sub, err);
    }
    return code;
}

/* ---- for whom a rule is ---- */

/* In the order of the kernel's numbers. */
static const char *const capabilities[] = {"CAP_CHOWN",
                                           "CAP_DAC_OVERRIDE",
                                           "CAP_DAC_READ_SEARCH",
                                           "CAP_FOWNER",
                                           "CAP_FSETID",
                                           "CAP_KILL",
                                           "CAP_SETGID",
                                           "CAP_SETUID",
                                           "CAP_SETPCAP",
                                           "CAP_LINUX_IMMUTABLE",
                                           "CAP_NET_BIND_SERVICE",
                                           "CAP_NET_BROADCAST",
                                           "CAP_NET_ADMIN",
                                           "CAP_NET_RAW",
                                           "CAP_IPC_LOCK",
                                           "CAP_IPC_OWNER",
                                           "CAP_SYS_MODULE",
                                           "CAP_SYS_RAWIO",
                                           "CAP_SYS_CHROOT",
                                           "CAP_SYS_PTRACE",
                                           "CAP_SYS_PACCT",
                                           "CAP_SYS_ADMIN",
                                           "CAP_SYS_BOOT",
                                           "CAP_SYS_NICE",
                                           "CAP_SYS_RESOURCE",
                                           "CAP_SYS_TIME",
                                           "CAP_SYS_TTY_CONFIG",
                                           "CAP_MKNOD",
                                           "CAP_LEASE",
                                           "CAP_AUDIT_WRITE",
                                           "CAP_AUDIT_CONTROL",
                                           "CAP_SETFCAP",
                                           "CAP_MAC_OVERRIDE",
                                           "CAP_MAC_ADMIN",
                                           "CAP_SYSLOG",
                                           "CAP_WAKE_ALARM",
                                           "CAP_BLOCK_SUSPEND",
                                           "CAP_AUDIT_READ",
                                           "CAP_PERFMON",
                                           "CAP_BPF",
                                           "CAP_CHECKPOINT_RESTORE",
                                           NULL};

static bool is_kept(const Profile *profile, const char *word)
{
    for (size_t i = 0; capabilities[i]; i++)
        if (g_ascii_strcasecmp(capabilities[i], word) == 0)
            return profile->kept >> i & 1;
    return false; /* newer than we are: nobody keeps it */
}

/* Profiles have the names of Go. */
static bool is_ours(const char *word)
{
    static const struct {
        const char *word;
        uint32_t token;
    } names[] = {{"amd64", SCMP_ARCH_X86_64}, {"arm64", SCMP_ARCH_AARCH64}};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i].word, word) == 0)
            return names[i].token == seccomp_arch_native();
    return false;
}

static int read_kernel(const Profile *profile, const VesselJson *word, bool *new_enough,
                       VesselError **err)
{
    struct utsname host;
    unsigned major = 0, minor = 0, wanted_major = 0, wanted_minor = 0;
    if (uname(&host) < 0 || sscanf(host.release, "%u.%u", &major, &minor) != 2)
        major = 0;
    if (sscanf(vessel__json_string(word, ""), "%u.%u", &wanted_major, &wanted_minor) != 2)
        return wrong(profile, word, err, "minKernel is no version such as \"4.8\"");
    *new_enough = major > wanted_major || (major == wanted_major && minor >= wanted_minor);
    return 0;
}

typedef struct {
    bool caps_all, caps_any, arch, kernel; /* of those that are named; none named: see @has */
    bool has_caps, has_arch, has_kernel;
} Condition;

static int read_condition(const Profile *profile, const VesselJson *object, Condition *found,
                          VesselError **err)
{
    static const char *const known[] = {"caps", "arches", "minKernel", NULL};
    const VesselJson *caps = vessel__json_get(object, "caps");
    const VesselJson *arches = vessel__json_get(object, "arches");
    const VesselJson *kernel = vessel__json_get(object, "minKernel");
    *found = (Condition){.caps_all = true};
    int code = check_keys(profile, object, "includes and excludes", known, err);
    if (code == 0)
        code = check_kind(profile, caps, VESSEL_JSON_ARRAY, "caps", err);
    if (code == 0)
        code = check_kind(profile, arches, VESSEL_JSON_ARRAY, "arches", err);
    VESSEL_JSON_FOREACH (cap, caps) {
        bool kept = is_kept(profile, vessel__json_string(cap, ""));
        found->has_caps = true;
        found->caps_all &= kept;
        found->caps_any |= kept;
    }
    VESSEL_JSON_FOREACH (arch, arches) {
        found->has_arch = true;
        found->arch |= is_ours(vessel__json_string(arch, ""));
    }
    found->has_kernel = is_there(kernel);
    return code == 0 && found->has_kernel ? read_kernel(profile, kernel, &found->kernel, err)
                                          : code;
}

/* All that it includes, and nothing that it excludes. */
static int read_applies(const Profile *profile, const VesselJson *rule, bool *applies,
                        VesselError **err)
{
    Condition in, out;
    int code = read_condition(profile, vessel__json_get(rule, "includes"), &in, err);
    if (code == 0)
        code = read_condition(profile, vessel__json_get(rule, "excludes"), &out, err);
    *applies = code == 0 && in.caps_all && (!in.has_arch || in.arch) &&
               (!in.has_kernel || in.kernel) && !out.caps_any && !out.arch && !out.kernel;
    return code;
}

/* ---- rules ---- */

static int read_argument(const Profile *profile, const VesselJson *json, struct scmp_arg_cmp *arg,
                         VesselError **err)
{
    static const char *const known[] = {"index", "value", "valueTwo", "op", NULL};
    static const char *const numbers[] = {"index", "value", "valueTwo"};
    static const struct {
        const char *word;
        enum scmp_compare op;
    } ops[] = {{"SCMP_CMP_NE", SCMP_CMP_NE},
               {"SCMP_CMP_LT", SCMP_CMP_LT},
               {"SCMP_CMP_LE", SCMP_CMP_LE},
               {"SCMP_CMP_EQ", SCMP_CMP_EQ},
               {"SCMP_CMP_GE", SCMP_CMP_GE},
               {"SCMP_CMP_GT", SCMP_CMP_GT},
               {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}};
    const char *word = vessel__json_get_string(json, "op", "");
    uint64_t index = vessel__json_get_uint(json, "index", 0);
    int code = check_keys(profile, json, "args", known, err);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers) && code == 0; i++)
        code = check_kind(profile, vessel__json_get(json, numbers[i]), VESSEL_JSON_INT, numbers[i],
                          err);
    if (code == 0 && index >= ARGUMENTS)
        code = wrong(profile, json, err, "a system call has %d arguments, from 0", ARGUMENTS);
    if (code < 0)
        return code;
    for (size_t i = 0; i < G_N_ELEMENTS(ops); i++)
        if (strcmp(ops[i].word, word) == 0) {
            *arg = (struct scmp_arg_cmp){.arg = (unsigned)index,
                                         .op = ops[i].op,
                                         .datum_a = vessel__json_get_uint(json, "value", 0),
                                         .datum_b = vessel__json_get_uint(json, "valueTwo", 0)};
            return 0;
        }
    return wrong(profile, json, err, "\"%s\" is no comparison", word);
}

/* Several of one argument are rules of their own, as other engines have it; else all must hold. */
static int add_call(const Profile *profile, const VesselJson *where, uint32_t action, int number,
                    const struct scmp_arg_cmp *args, unsigned count, VesselError **err)
{
    unsigned seen = 0;
    bool twice = false;
    int errnum = 0;
    for (unsigned i = 0; i < count; i++) {
        twice |= seen >> args[i].arg & 1;
        seen |= 1u << args[i].arg;
    }
    if (!twice)
        errnum = -seccomp_rule_add_array(profile->filter, action, number, count, args);
    for (unsigned i = 0; twice && i < count && errnum == 0; i++)
        errnum = -seccomp_rule_add_array(profile->filter, action, number, 1, &args[i]);
    return errnum == 0
               ? 0
               : wrong(profile, where, err, "%s: %s", vessel__json_string(where, ""),
                       errnum == EEXIST ? "another rule says otherwise" : g_strerror(errnum));
}

static bool is_lenient(uint32_t action)
{
    return action == SCMP_ACT_ALLOW || action == SCMP_ACT_LOG;
}

/* Whatever its arguments: none of these is a matter of those. */
static void note_needed(Profile *profile, const char *name, uint32_t action, bool always)
{
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
        if (strcmp(needed[i], name) == 0 && (always || is_lenient(action)))
            profile->allowed[i] = is_lenient(action);
}

static int check_needed(const Profile *profile, const VesselJson *document, VesselError **err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
        if (!profile->allowed[i])
            return wrong(profile, document, err,
                         "%s is not allowed, which it takes to start the container's program",
                         needed[i]);
    return 0;
}

/* A name that libseccomp has never heard of cannot be asked about by number: where the profile
 * allows it that is one call less, where it forbids it all would be let through. */
static int add_name(Profile *profile, const VesselJson *name, uint32_t action,
                    const struct scmp_arg_cmp *args, unsigned count, VesselError **err)
{
    int code = check_kind(profile, name, VESSEL_JSON_STRING, "a name", err);
    if (code < 0)
        return code;
    note_needed(profile, vessel__json_string(name, ""), action, count == 0);
    int number = seccomp_syscall_resolve_name(vessel__json_string(name, ""));
    if (number != __NR_SCMP_ERROR)
        return add_call(profile, name, action, number, args, count, err);
    if (!is_lenient(profile->usual) || is_lenient(action))
        return 0;
    const struct scmp_version *version = seccomp_version();
    return wrong(profile, name, err,
                 "\"%s\" is not known to libseccomp %u.%u.%u, and would be allowed",
                 vessel__json_string(name, ""), version->major, version->minor, version->micro);
}

static int add_rule(Profile *profile, const VesselJson *rule, VesselError **err)
{
    static const char *const known[] = {RULE_KEYS, NULL};
    const VesselJson *names = vessel__json_get(rule, "names");
    const VesselJson *name = vessel__json_get(rule, "name");
    const VesselJson *list = vessel__json_get(rule, "args");
    struct scmp_arg_cmp args[ARGUMENTS * 4];
    unsigned count = 0;
    uint32_t action = 0;
    bool applies = false;
    int code = check_keys(profile, rule, "a rule of syscalls", known, err);
    if (code == 0)
        code = check_kind(profile, names, VESSEL_JSON_ARRAY, "names", err);
    if (code == 0)
        code = check_kind(profile, list, VESSEL_JSON_ARRAY, "args", err);
    if (code == 0 && (vessel__json_length(names) > 0) == is_there(name))
        code = wrong(profile, rule, err, "a rule has \"names\", or one \"name\"");
    if (code == 0)
        code = read_action(profile, rule, "action", "errnoRet", "errno", &action, err);
    if (code == 0)
        code = read_applies(profile, rule, &applies, err);
    if (code == 0 && vessel__json_length(list) > G_N_ELEMENTS(args))
        code = wrong(profile, list, err, "more than %zu comparisons", G_N_ELEMENTS(args));
    VESSEL_JSON_FOREACH (arg, list)
        if (code == 0)
            code = read_argument(profile, arg, &args[count++], err);
    if (code < 0 || !applies || action == profile->usual)
        return code;
    if (is_there(name))
        return add_name(profile, name, action, args, count, err);
    VESSEL_JSON_FOREACH (one, names)
        if (code == 0)
            code = add_name(profile, one, action, args, count, err);
    return code;
}

/* ---- the whole ---- */

static int make_rules(Profile *profile, const VesselJson *document, VesselError **err)
{
    const VesselJson *rules = vessel__json_get(document, "syscalls");
    const VesselJson *flags = vessel__json_get(document, "flags");
    int code = add_architectures(profile, document, err);
    if (code == 0 && vessel__json_length(flags) > 0)
        code = wrong(profile, flags, err, "no flags are honoured here");
    if (code == 0)
        code = check_kind(profile, rules, VESSEL_JSON_ARRAY, "syscalls", err);
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
        profile->allowed[i] = is_lenient(profile->usual);
    VESSEL_JSON_FOREACH (rule, rules)
        if (code == 0)
            code = add_rule(profile, rule, err);
    return code < 0 ? code : check_needed(profile, document, err);
}

static int export(const Profile *profile, GByteArray **program, VesselError **err)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint8 block[4096];
    ssize_t got = -1;
    int fd = memfd_create("filter", MFD_CLOEXEC);
    int errnum = fd < 0 ? errno : -seccomp_export_bpf(profile->filter, fd);
    if (errnum == 0 && lseek(fd, 0, SEEK_SET) < 0)
        errnum = errno;
    while (errnum == 0 && (got = read(fd, block, sizeof block)) > 0)
        g_byte_array_append(bytes, block, (guint)got);
    if (fd >= 0)
        close(fd);
    if (errnum != 0 || got < 0)
        return vessel__fail_errno(err, errnum ? errnum : errno, "%s", profile->name);
    if (bytes->len > BPF_MAXINSNS * sizeof(struct sock_filter))
        return vessel__fail(err, VESSEL_ERROR_INVALID_ARGUMENT,
                            "%s: the filter is longer than the %d instructions that the kernel "
                            "takes",
                            profile->name, BPF_MAXINSNS);
    *program = g_steal_pointer(&bytes);
    return 0;
}

int vessel__profile_compile(const VesselJson *document, const char *name, uint64_t kept,
                            GByteArray **program, VesselError **err)
{
    static const char *const known[] = {DOCUMENT_KEYS, NULL};
    Profile profile = {.name = name, .kept = kept};
    *program = NULL;
    if (vessel__json_kind(document) != VESSEL_JSON_OBJECT)
        return wrong(&profile, document, err, "a profile is an object");
    int code = check_keys(&profile, document, "a profile", known, err);
    if (code == 0)
        code = read_action(&profile, document, "defaultAction", "defaultErrnoRet", "defaultErrno",
                           &profile.usual, err);
    if (code < 0)
        return code;
    scmp_filter_ctx filter = profile.filter = seccomp_init(profile.usual);
    if (!filter)
        return vessel__fail(err, VESSEL_ERROR_NO_RESOURCE, "%s: libseccomp makes no filter", name);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    code = make_rules(&profile, document, err);
    if (code == 0)
        code = export(&profile, program, err);
    seccomp_release(filter);
    return code;
}
