/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profiles of system calls as filters: what is answered, and what is refused with its line. */
#include "container/profile/profile.h"
#include "tests/lib/guest.h"
#include "tests/unit/bpf.h"

#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>

#define BIT(cap) (UINT64_C(1) << (cap))
#define ALLOWED SECCOMP_RET_ALLOW
#define ERROR(number) (SECCOMP_RET_ERRNO | (number))

/* What is needed to start anything. */
#define NEEDED                                                                                     \
    "{\"names\": [\"capset\", \"chdir\", \"close\", \"execve\", \"execveat\", \"exit_group\","     \
    " \"prctl\", \"rt_sigprocmask\", \"setgroups\", \"setresgid\", \"setresuid\", \"wait4\"],"     \
    " \"action\": \"SCMP_ACT_ALLOW\"}"
#define CLONE "{\"names\": [\"clone\"], \"action\": \"SCMP_ACT_ALLOW\"},"

static int compile(const char *text, uint64_t kept, GByteArray **program, VesselError **err)
{
    g_autoptr(VesselJson) json = NULL;
    *program = NULL;
    int code = vessel__json_parse(text, strlen(text), NULL, "web.json", &json, err);
    return code < 0 ? code : vessel__profile_compile(json, "web.json", kept, program, err);
}

/* What the filter of @text says to the call @name. */
static uint32_t ask_on(uint32_t processor, const char *text, uint64_t kept, const char *name,
                       uint64_t first, uint64_t second)
{
    g_autoptr(GByteArray) program = NULL;
    VesselError *err = NULL;
    struct seccomp_data data = {.nr = seccomp_syscall_resolve_name_arch(processor, name),
                                .arch = processor,
                                .args = {first, second}};
    compile(text, kept, &program, &err);
    vt_no_error(err);
    assert_true(data.nr >= 0);
    return vt_bpf((const struct sock_filter *)(const void *)program->data,
                  program->len / sizeof(struct sock_filter), &data);
}

static uint32_t ask(const char *text, uint64_t kept, const char *name, uint64_t first,
                    uint64_t second)
{
    return ask_on(seccomp_arch_native(), text, kept, name, first, second);
}

static void test_actions(void **state)
{
    static const char text[] =
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38, \"comment\": \"web\","
        " \"syscalls\": [" CLONE NEEDED ","
        "  {\"names\": [\"read\", \"write\", \"no_such_call\"], \"action\": \"SCMP_ACT_ALLOW\"},"
        "  {\"name\": \"mkdir\", \"action\": \"SCMP_ACT_ERRNO\", \"args\": null},"
        "  {\"name\": \"rmdir\", \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 7},"
        "  {\"name\": \"link\", \"action\": \"SCMP_ACT_ERRNO\", \"errno\": \"ENOENT\"},"
        "  {\"name\": \"mount\", \"action\": \"SCMP_ACT_KILL_PROCESS\"},"
        "  {\"name\": \"umount2\", \"action\": \"SCMP_ACT_KILL\"},"
        "  {\"name\": \"chroot\", \"action\": \"SCMP_ACT_LOG\"},"
        "  {\"name\": \"ptrace\", \"action\": \"SCMP_ACT_TRAP\"},"
        "  {\"name\": \"kill\", \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 38}]}";
    static const struct {
        const char *call;
        uint32_t answer;
    } rows[] = {{"read", ALLOWED},
                {"write", ALLOWED},
                {"getpid", ERROR(38)},
                {"kill", ERROR(38)},
                {"mkdirat", ERROR(38)},
                {"mount", SECCOMP_RET_KILL_PROCESS},
                {"umount2", SECCOMP_RET_KILL_THREAD},
                {"chroot", SECCOMP_RET_LOG},
                {"ptrace", SECCOMP_RET_TRAP}};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(ask(text, 0, rows[i].call, 0, 0), rows[i].answer);
#ifdef __x86_64__ /* others have no such calls */
    assert_int_equal(ask(text, 0, "mkdir", 0, 0), ERROR(1));
    assert_int_equal(ask(text, 0, "rmdir", 0, 0), ERROR(7));
    assert_int_equal(ask(text, 0, "link", 0, 0), ERROR(2));
#endif
}

/* Docker's way to write a mask is without valueTwo; several of one argument are alternatives. */
static void test_arguments(void **state)
{
    static const char text[] =
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"syscalls\": [" NEEDED ","
        "  {\"names\": [\"clone\"], \"action\": \"SCMP_ACT_ALLOW\","
        "   \"args\": [{\"index\": 0, \"value\": 2114060288, \"op\": \"SCMP_CMP_MASKED_EQ\"}]},"
        "  {\"names\": [\"socket\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": ["
        "     {\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"},"
        "     {\"index\": 0, \"value\": 2, \"op\": \"SCMP_CMP_EQ\"}]},"
        "  {\"names\": [\"kill\"], \"action\": \"SCMP_ACT_ALLOW\", \"args\": ["
        "     {\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_GT\"},"
        "     {\"index\": 1, \"value\": 9, \"op\": \"SCMP_CMP_NE\"}]}]}";
    (void)state;
    assert_int_equal(ask(text, 0, "clone", SIGCHLD, 0), ALLOWED);
    assert_int_equal(ask(text, 0, "clone", CLONE_NEWUSER | SIGCHLD, 0), ERROR(1));
    assert_int_equal(ask(text, 0, "socket", AF_UNIX, 0), ALLOWED);
    assert_int_equal(ask(text, 0, "socket", AF_INET, 0), ALLOWED);
    assert_int_equal(ask(text, 0, "socket", AF_INET6, 0), ERROR(1));
    assert_int_equal(ask(text, 0, "kill", 5, 15), ALLOWED);
    assert_int_equal(ask(text, 0, "kill", 1, 15), ERROR(1));
    assert_int_equal(ask(text, 0, "kill", 5, 9), ERROR(1));
}

/* By capability, processor and kernel; and other processors of the host's. */
static void test_conditions(void **state)
{
    static const char text[] =
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\","
        " \"archMap\": [{\"architecture\": \"SCMP_ARCH_X86_64\","
        "    \"subArchitectures\": [\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"]},"
        "   {\"architecture\": \"SCMP_ARCH_AARCH64\", \"subArchitectures\": [\"SCMP_ARCH_ARM\"]},"
        "   {\"architecture\": \"SCMP_ARCH_RISCV64\", \"subArchitectures\": null}],"
        " \"syscalls\": [" CLONE NEEDED ","
        "  {\"names\": [\"mount\"], \"action\": \"SCMP_ACT_ALLOW\","
        "   \"includes\": {\"caps\": [\"CAP_SYS_ADMIN\", \"CAP_CHOWN\"]}},"
        "  {\"names\": [\"chroot\"], \"action\": \"SCMP_ACT_ALLOW\","
        "   \"excludes\": {\"caps\": [\"CAP_SYS_ADMIN\", \"CAP_CHOWN\"]}},"
        "  {\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\","
        "   \"includes\": {\"arches\": [\"amd64\", \"arm64\"], \"minKernel\": \"4.8\"}},"
        "  {\"names\": [\"write\"], \"action\": \"SCMP_ACT_ALLOW\","
        "   \"includes\": {\"minKernel\": \"400.8\"}},"
        "  {\"names\": [\"dup\"], \"action\": \"SCMP_ACT_ALLOW\","
        "   \"excludes\": {\"arches\": [\"s390x\"], \"minKernel\": \"400.8\"}},"
        "  {\"names\": [\"dup3\"], \"action\": \"SCMP_ACT_ALLOW\","
        "   \"includes\": {\"arches\": [\"s390x\"], \"caps\": [], \"minKernel\": null}}]}";
    uint64_t both = BIT(CAP_SYS_ADMIN) | BIT(CAP_CHOWN);
    (void)state;
    assert_int_equal(ask(text, both, "mount", 0, 0), ALLOWED);
    assert_int_equal(ask(text, BIT(CAP_CHOWN), "mount", 0, 0), ERROR(1));
    assert_int_equal(ask(text, BIT(CAP_CHOWN), "chroot", 0, 0), ERROR(1));
    assert_int_equal(ask(text, BIT(CAP_KILL), "chroot", 0, 0), ALLOWED);
    assert_int_equal(ask(text, 0, "read", 0, 0), ALLOWED);
    assert_int_equal(ask(text, 0, "write", 0, 0), ERROR(1));
    assert_int_equal(ask(text, 0, "dup", 0, 0), ALLOWED);
    assert_int_equal(ask(text, 0, "dup3", 0, 0), ERROR(1));
#ifdef __x86_64__
    assert_int_equal(ask_on(SCMP_ARCH_X86, text, 0, "read", 0, 0), ALLOWED);
    assert_int_equal(ask_on(SCMP_ARCH_AARCH64, text, 0, "read", 0, 0), SECCOMP_RET_KILL_THREAD);
#endif
}

#define PROFILE(members) "{\n\"defaultAction\": \"SCMP_ACT_ERRNO\",\n" members "}"
#define RULE(members) PROFILE("\"syscalls\": [\n{\"action\": \"SCMP_ACT_ALLOW\", " members "}]")

static void test_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"[]", "web.json:1: a profile is an object"},
        {"{}", "web.json:1: \"defaultAction\" is missing"},
        {"{\n \"defaultAction\": \"ALLOW\"}", "web.json:2: ALLOW is no action"},
        {"{\"defaultAction\": 3}", "no action"},
        {"{\"defaultAction\": \"SCMP_ACT_NOTIFY\"}", "somebody who answers"},
        {PROFILE("\"defaultErrnoRet\": 5000"), "web.json:3: there are errors up to 4095"},
        {PROFILE("\"defaultErrnoRet\": -1"), "web.json:3: the error's number is not a whole"},
        {PROFILE("\"defaultErrno\": \"EWHAT\""), "\"EWHAT\" is not known"},
        {PROFILE("\"syscall\": []"), "web.json:3: \"syscall\" is not known in a profile"},
        {PROFILE("\"syscalls\": {}"), "syscalls is not a list"},
        {PROFILE("\"syscalls\": [3]"), "a rule of syscalls is not an object"},
        {PROFILE("\"flags\": [\"SECCOMP_FILTER_FLAG_TSYNC\"]"), "no flags"},
        {PROFILE("\"architectures\": [\"SCMP_ARCH_Z80\"]"), "\"SCMP_ARCH_Z80\" is no processor"},
        {PROFILE("\"architectures\": [\"x86\"]"), "\"x86\" is no processor"},
        {PROFILE("\"architectures\": [\"SCMP_ARCH_X86\"], \"archMap\": [{}]"),
         "exclude each other"},
        {PROFILE("\"archMap\": [{\"arch\": 1}]"), "\"arch\" is not known in archMap"},
        {RULE("\"names\": []"), "web.json:4: a rule has \"names\", or one \"name\""},
        {RULE("\"name\": \"read\", \"names\": [\"write\"]"), "a rule has \"names\""},
        {RULE("\"names\": [7]"), "a name is not a word"},
        {RULE("\"names\": \"read\""), "names is not a list"},
        {RULE("\"name\": \"read\", \"include\": {}"), "\"include\" is not known in a rule"},
        {RULE("\"name\": \"read\", \"includes\": {\"cap\": []}"), "\"cap\" is not known"},
        {RULE("\"name\": \"read\", \"includes\": {\"minKernel\": \"new\"}"), "no version"},
        {RULE("\"name\": \"read\", \"args\": [{\"index\": 6, \"op\": \"SCMP_CMP_EQ\"}]"),
         "has 6 arguments"},
        {RULE("\"name\": \"read\", \"args\": [{\"index\": 0, \"op\": \"=\"}]"), "no comparison"},
        {RULE("\"name\": \"read\", \"args\": [{\"index\": -1, \"op\": \"SCMP_CMP_EQ\"}]"),
         "index is not a whole number"},
        {RULE("\"name\": \"read\""), "web.json:1: capset is not allowed"},
        {PROFILE("\"syscalls\": [" NEEDED "]"), "clone is not allowed"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": ["
         "{\"name\": \"wait4\", \"action\": \"SCMP_ACT_KILL\"}]}",
         "wait4 is not allowed"},
        {"{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [\n"
         "{\"name\": \"no_such_call\", \"action\": \"SCMP_ACT_ERRNO\"}]}",
         "web.json:2: \"no_such_call\" is not known to libseccomp"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GByteArray *program = NULL;
        VesselError *err = NULL;
        if (compile(rows[i].text, 0, &program, &err) == 0)
            fail_msg("taken: %s", rows[i].text);
        vt_says(err, 'm', rows[i].says);
        assert_null(program);
        vt_error(&err, VESSEL_ERROR_INVALID_ARGUMENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actions), cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_conditions), cmocka_unit_test(test_refused)};
    return vt_main(tests);
}
