/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench/runtimes.h"
#include "base/file.h"
#include "bench/figure.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUNDLE "/mnt/bundle"
/* A runtime may give its standard streams to the container's root: not the host's own. */
#define NULL_DEVICE "/mnt/null"
#define GROUP "vessel-bench"

static const char config[] =
    "{'ociVersion':'1.0.0','root':{'path':'rootfs'},'hostname':'bench',"
    "'process':{'terminal':false,'user':{'uid':0,'gid':0},'args':['/inside','%s'],"
    "'env':['PATH=/bin'],'cwd':'/','noNewPrivileges':true,'capabilities':{"
    "'bounding':['CAP_KILL','CAP_CHOWN'],'effective':['CAP_KILL','CAP_CHOWN'],"
    "'permitted':['CAP_KILL','CAP_CHOWN']}},'mounts':["
    "{'destination':'/proc','type':'proc','source':'proc'},"
    "{'destination':'/dev','type':'tmpfs','source':'tmpfs','options':['nosuid','mode=755']},"
    "{'destination':'/dev/pts','type':'devpts','source':'devpts',"
    "'options':['nosuid','noexec','newinstance','ptmxmode=0666','mode=0620']},"
    "{'destination':'/dev/shm','type':'tmpfs','source':'shm','options':['nosuid','nodev']},"
    "{'destination':'/sys','type':'sysfs','source':'sysfs','options':['nosuid','nodev','ro']}],"
    "'linux':{'uidMappings':[{'containerID':0,'hostID':1901199360,'size':65536}],"
    "'gidMappings':[{'containerID':0,'hostID':1901199360,'size':65536}],"
    "'cgroupsPath':'/" GROUP "/%s','resources':{'devices':[{'allow':false,'access':'rwm'}],"
    "'pids':{'limit':2048}},'namespaces':[{'type':'user'},{'type':'mount'},{'type':'pid'},"
    "{'type':'uts'},{'type':'ipc'},{'type':'network'},{'type':'cgroup'}],"
    "'maskedPaths':['/proc/acpi','/proc/kcore','/proc/keys','/proc/timer_list','/proc/scsi',"
    "'/sys/firmware'],'readonlyPaths':['/proc/asound','/proc/bus','/proc/fs','/proc/irq',"
    "'/proc/sys','/proc/sysrq-trigger']}}";

static void write_bundle(const char *name, const char *argument)
{
    g_autofree char *text = g_strdup_printf(config, argument, name);
    for (char *at = text; *at; at++)
        if (*at == '\'')
            *at = '"';
    if (!g_file_set_contents(BUNDLE "/config.json", text, -1, NULL))
        bench_die(BUNDLE "/config.json cannot be written");
}

/* In the process whose mounts they are. */
static void make_mounts(const char *name, const char *root, const char *argument)
{
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("bench", "/mnt", "tmpfs", 0, "mode=0755") < 0 ||
        mknod(NULL_DEVICE, S_IFCHR | 0600, makedev(1, 3)) < 0 ||
        g_mkdir_with_parents(BUNDLE "/rootfs", 0755) < 0 ||
        mount(root, BUNDLE "/rootfs", NULL, MS_BIND, NULL) < 0)
        bench_die("the mounts of %s: %s", name, g_strerror(errno));
    umount2("/sys/fs/cgroup/unified", MNT_DETACH);
    write_bundle(name, argument);
}

void runtime_open(Runtime *runtime, const char *name, const char *root, const char *argument)
{
    char path[64], byte;
    int ready[2], end[2];
    *runtime = (Runtime){.name = name, .program = g_find_program_in_path(name), .mounts = -1};
    if (!runtime->program)
        return;
    if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(end, O_CLOEXEC) < 0)
        bench_die("pipe: %s", g_strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        close(end[1]);
        make_mounts(name, root, argument);
        (void)!write(ready[1], "", 1);
        (void)!read(end[0], &byte, 1);
        _exit(0);
    }
    close(ready[1]);
    close(end[0]);
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", pid);
    if (pid < 0 || read(ready[0], &byte, 1) != 1 ||
        (runtime->mounts = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        bench_die("the mounts of %s", name);
    close(ready[0]);
    close(end[1]);
    waitpid(pid, NULL, 0);
}

static void run_in_child(const Runtime *runtime, const char *id)
{
    int null = -1;
    if (setns(runtime->mounts, CLONE_NEWNS) == 0)
        null = open(NULL_DEVICE, O_RDWR | O_CLOEXEC);
    for (int i = 0; i < 3; i++)
        if (null < 0 || dup2(null, i) < 0)
            _exit(126);
    if (chdir(BUNDLE) < 0)
        _exit(126);
    execl(runtime->program, runtime->name, "run", id, NULL);
    _exit(127);
}

double runtime_run(Runtime *runtime)
{
    int status = -1;
    g_autofree char *id = g_strdup_printf("vessel-bench-%d-%u", getpid(), runtime->runs++);
    int64_t begin = clock_ns();
    pid_t pid = fork();
    if (pid == 0)
        run_in_child(runtime, id);
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
        bench_die("%s run ended with 0x%x", runtime->name, status);
    return (double)(clock_ns() - begin);
}

void runtime_close(Runtime *runtime)
{
    g_autoptr(GDir) dir = g_dir_open("/sys/fs/cgroup", 0, NULL);
    const char *controller;
    while (runtime->runs && dir && (controller = g_dir_read_name(dir))) {
        g_autofree char *group = g_build_filename("/sys/fs/cgroup", controller, GROUP, NULL);
        rmdir(group);
    }
    if (runtime->mounts >= 0)
        close(runtime->mounts);
    g_free(runtime->program);
}
