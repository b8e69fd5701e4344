/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/tree.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TREE_MAX 4096

typedef struct {
    pid_t pid, parent;
    char state;
} Process;

void tree_adopt(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

static bool process_read(pid_t pid, Process *process, char *name, size_t size)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t got = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[got] = '\0';
    /* The name may contain anything, brackets too. */
    char *open = strchr(text, '('), *end = strrchr(text, ')');
    int parent = 0;
    if (!open || !end || sscanf(end + 1, " %c %d", &process->state, &parent) != 2)
        return false;
    process->pid = pid;
    process->parent = parent;
    if (name)
        snprintf(name, size, "%.*s", (int)(end - open - 1), open + 1);
    return true;
}

static size_t process_all(Process *all, size_t max)
{
    DIR *proc = opendir("/proc");
    size_t count = 0;
    if (!proc)
        return 0;
    for (struct dirent *entry; count < max && (entry = readdir(proc));) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && process_read(pid, &all[count], NULL, 0))
            count++;
    }
    closedir(proc);
    return count;
}

size_t tree_list(pid_t *pids, size_t max)
{
    static Process all[TREE_MAX * 4];
    pid_t family[TREE_MAX] = {getpid()};
    size_t total = process_all(all, TREE_MAX * 4), found = 1, listed = 0;

    for (size_t at = 0; at < found; at++) {
        for (size_t i = 0; i < total && found < TREE_MAX; i++) {
            if (all[i].parent != family[at])
                continue;
            family[found++] = all[i].pid;
            if (all[i].state != 'Z' && all[i].state != 'X' && listed < max)
                pids[listed++] = all[i].pid;
        }
    }
    return listed;
}

void tree_describe(const pid_t *pids, size_t count, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && used < size; i++) {
        Process process;
        char name[64];
        if (process_read(pids[i], &process, name, sizeof name))
            used += (size_t)snprintf(text + used, size - used, "%spid %d (%s)", used ? ", " : "",
                                     (int)pids[i], name);
    }
}

int tree_kill(void)
{
    static pid_t pids[TREE_MAX];
    for (int round = 0; round < 500; round++) {
        size_t count = tree_list(pids, TREE_MAX);
        for (size_t i = 0; i < count; i++)
            kill(pids[i], SIGKILL);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        if (count == 0)
            return 0;
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    return -1;
}
