/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lives of containers by libvirt's lxc driver: one for each line of standard input, answered with
 * its nanoseconds (see lxc.h). */
#include "bench/figure.h"
#include "bench/libvirt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/var/lib/libvirt/bench" /* on a memory file system that ends with the daemon */
#define IDS 1901199360U                 /* as in runtimes.c */

static const char xml[] =
    "<domain type='lxc'><name>life</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>"
    "<os><type>exe</type><init>/inside</init><initarg>exit</initarg></os>"
    "<features><privnet/></features>"
    "<idmap><uid start='0' target='1901199360' count='65536'/>"
    "<gid start='0' target='1901199360' count='65536'/></idmap>"
    "<devices><filesystem type='mount'><source dir='" FOLDER "'/><target dir='/'/></filesystem>"
    "<console type='pty'/></devices></domain>";

static Libvirt vir;
static bool ended;

/* It shows files by the ids that they have: the container's root needs one of its own. */
static void make_root(const char *program)
{
    static const char *const names[] = {"", "proc", "sys", "dev", "inside"};
    g_autofree char *text = NULL;
    gsize length;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(FOLDER, names[i], NULL);
        if (strcmp(names[i], "inside") != 0 && mkdir(path, 0755) < 0)
            bench_die("%s: %s", path, g_strerror(errno));
        if (strcmp(names[i], "inside") == 0 &&
            (!g_file_get_contents(program, &text, &length, NULL) ||
             !g_file_set_contents_full(path, text, (gssize)length, G_FILE_SET_CONTENTS_NONE, 0755,
                                       NULL)))
            bench_die("%s cannot be copied", program);
        if (chown(path, IDS, IDS) < 0)
            bench_die("%s: %s", path, g_strerror(errno));
    }
}

static int hear(Conn conn, Dom dom, int event, int detail, void *data)
{
    (void)conn, (void)dom, (void)detail, (void)data;
    ended |= event == 5; /* VIR_DOMAIN_EVENT_STOPPED */
    return 0;
}

static bool live(Conn conn)
{
    ended = false;
    int64_t begin = clock_ns();
    Dom dom = vir.virDomainCreateXML(conn, xml, 0);
    if (!dom)
        return false;
    while (!ended)
        if (vir.virEventRunDefaultImpl() < 0)
            return false;
    printf("%.0f\n", (double)(clock_ns() - begin));
    vir.virDomainFree(dom);
    return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
    char line[8];
    if (argc != 2)
        bench_die("usage: with-libvirtd peer-lxc STATIC-PROGRAM");
    if (!libvirt_load(&vir))
        return 77;
    make_root(argv[1]);
    vir.virEventRegisterDefaultImpl();
    Conn conn = vir.virConnectOpen("lxc:///system");
    if (!conn)
        return 77; /* without its lxc driver */
    vir.virConnectDomainEventRegisterAny(conn, NULL, 0, (void (*)(void))hear, NULL, NULL);
    puts("0");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin))
        if (!live(conn))
            bench_die("libvirt_lxc: %s", vir.virGetLastErrorMessage());
    vir.virConnectClose(conn);
    return 0;
}
