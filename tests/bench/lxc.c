/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bench/lxc.h"
#include "bench/figure.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static double answer_of(Lxc *lxc)
{
    char line[64];
    return fgets(line, sizeof line, lxc->from) ? g_ascii_strtod(line, NULL) : -1;
}

void lxc_open(Lxc *lxc, const char *script, const char *peer, const char *program)
{
    int to[2], from[2];
    *lxc = (Lxc){0};
    if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
        bench_die("pipe: %s", g_strerror(errno));
    lxc->pid = fork();
    if (lxc->pid == 0) {
        if (dup2(to[0], 0) < 0 || dup2(from[1], 1) < 0)
            _exit(126);
        execl(script, script, peer, program, NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    lxc->to = fdopen(to[1], "w");
    lxc->from = fdopen(from[0], "r");
    if (lxc->pid < 0 || !lxc->to || !lxc->from)
        bench_die("%s: %s", script, g_strerror(errno));
    if (answer_of(lxc) < 0) /* its first line says that it is ready */
        lxc_close(lxc);
}

double lxc_run(Lxc *lxc)
{
    fputs("\n", lxc->to);
    fflush(lxc->to);
    double took = answer_of(lxc);
    if (took < 0)
        bench_die("libvirt_lxc: no container came to its end");
    return took;
}

void lxc_close(Lxc *lxc)
{
    if (lxc->pid <= 0)
        return;
    fclose(lxc->to); /* its end */
    fclose(lxc->from);
    waitpid(lxc->pid, NULL, 0);
    *lxc = (Lxc){0};
}
