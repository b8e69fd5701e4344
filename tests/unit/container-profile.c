/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Profiles of system calls as filters: what is answered, and what is refused with its line. And
 * what vessel-seccomp may while it reads one, looked at while it waits for a pipe's next bytes. */
#include "container/profile/profile.h"
#include "sys/socket.h"
#include "sys/spawn.h"
#include "tests/lib/guest.h"
#include "tests/unit/bpf.h"
#include "tests/unit/confined.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
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

/* ---- the program ---- */

static bool is_reading(void *data)
{
    pid_t pid = *(pid_t *)data;
    g_autofree char *confined = vt_status_of(pid, "NoNewPrivs");
    g_autofree char *filtered = vt_status_of(pid, "Seccomp");
    return strcmp(confined, "1") == 0 && (VESSEL__SANITIZED || strcmp(filtered, "2") == 0);
}

/* The host's files are not there, and above the root is nothing. */
static void assert_shut_in(pid_t pid)
{
    g_autofree char *root = vt_of_process(pid, "root/."), *above = vt_of_process(pid, "root/.."),
                    *cwd = vt_of_process(pid, "cwd/.."), *caps = vt_status_of(pid, "CapPrm");
    g_autoptr(GDir) dir = g_dir_open(root, 0, NULL);
    assert_non_null(dir);
    assert_null(g_dir_read_name(dir));
    assert_true(vt_inode_of(root) != vt_inode_of("/"));
    assert_int_equal(vt_inode_of(root), vt_inode_of(above));
    assert_int_equal(vt_inode_of(root), vt_inode_of(cwd));
    assert_int_equal(g_ascii_strtoull(caps, NULL, 16), 0);
    for (int fd = 0; fd < 16; fd++) {
        g_autofree char *link = g_strdup_printf("/proc/%d/fd/%d", (int)pid, fd);
        struct stat st;
        assert_false(stat(link, &st) == 0 && S_ISDIR(st.st_mode));
    }
}

static void test_shut_in(void **state)
{
    (void)state;
    static const char text[] = "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": "
                               "[\"mkdir\"], \"action\": \"SCMP_ACT_KILL_PROCESS\"}]}";
    g_autofree char *path = g_build_filename(vt_build_dir(), "vessel-seccomp", NULL);
    const char *const argv[] = {path, "0", "web.json", NULL}, *const env[] = {NULL};
    g_autoptr(VesselJson) answer = NULL;
    VesselError *err = NULL;
    int ends[2], profile[2];
    size_t count = 0;
    pid_t pid = -1;
    vt_need_root();
    assert_int_equal(vessel__socket_pair(SOCK_SEQPACKET, ends, NULL), 0);
    assert_int_equal(pipe2(profile, O_CLOEXEC), 0);
    vessel_autofd int program = open(path, O_PATH | O_CLOEXEC);
    const int fds[] = {ends[1], profile[0]};
    VesselSpawn spawn = {
        .exec_fd = program, .argv = argv, .envp = env, .fds = fds, .fds_count = 2, .cgroup_fd = -1};
    vessel__spawn(&spawn, &pid, &err);
    vt_no_error(err);
    close(ends[1]);
    close(profile[0]);
    vt_wait(is_reading, &pid, 10000);
    assert_shut_in(pid);
    assert_int_equal(write(profile[1], text, strlen(text)), strlen(text));
    close(profile[1]);
    vessel__message_receive(ends[0], &answer, NULL, 0, &count, vessel__deadline_after(10000), &err);
    vt_no_error(err);
    assert_true(strlen(vessel__json_get_string(answer, "program", "")) > 0);
    close(ends[0]);
}

static const VtCall calls[] = {
    {"read", EBADF, SYS_read, {-1}},
    {"sendmsg", EBADF, SYS_sendmsg, {-1, 0, 0}},
    {"mmap", 0, SYS_mmap, {0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
    {"mmap code",
     EACCES,
     SYS_mmap,
     {0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
    {"mprotect code", EACCES, SYS_mprotect, {0, 4096, PROT_READ | PROT_EXEC}},
    {"openat", ENOSYS, SYS_openat, {AT_FDCWD, (long)"/", O_RDONLY}},
    {"openat2", ENOSYS, SYS_openat2, {AT_FDCWD}},
    {"open_by_handle_at", ENOSYS, SYS_open_by_handle_at, {0}},
    {"unlinkat", ENOSYS, SYS_unlinkat, {AT_FDCWD, (long)"/no such file", 0}},
    {"fchmodat", ENOSYS, SYS_fchmodat, {AT_FDCWD, (long)"/no such file", 0}},
    {"socket", ENOSYS, SYS_socket, {1, 1, 0}},
    {"recvmsg", ENOSYS, SYS_recvmsg, {-1, 0, 0}},
    {"execveat", ENOSYS, SYS_execveat, {0}},
    {"clone", ENOSYS, SYS_clone, {SIGCHLD}},
    {"kill", ENOSYS, SYS_kill, {0, 0}},
    {"fcntl", ENOSYS, SYS_fcntl, {0, F_SETOWN, 1}},
    {"prlimit64", ENOSYS, SYS_prlimit64, {0, RLIMIT_NOFILE, 0, 0}},
    {"ptrace", ENOSYS, SYS_ptrace, {0}},
    {"mount", ENOSYS, SYS_mount, {0}},
    {"ioctl", ENOSYS, SYS_ioctl, {0}},
    {"prctl", ENOSYS, SYS_prctl, {PR_GET_DUMPABLE}},
    {"setuid", ENOSYS, SYS_setuid, {0}},
};

static void test_calls(void **state)
{
    (void)state;
    vt_filter_answers(calls, G_N_ELEMENTS(calls));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_actions),    cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_conditions), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_shut_in),    cmocka_unit_test(test_calls)};
    return vt_main(tests);
}
