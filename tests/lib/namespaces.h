/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Namespaces that a container had, of every kind, and whether the kernel still has them: by its
 * file handles of namespaces (Linux 6.18), which are never used again as their numbers are, and
 * which find also what no process is in. Where there are none, by what keeps one in sight of this
 * case: a mount, a descriptor. */
#ifndef VESSEL_TESTS_LIB_NAMESPACES_H
#define VESSEL_TESTS_LIB_NAMESPACES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define VT_NAMESPACES_MAX 256

typedef struct {
    const char *kind;   /* "mnt" */
    uint64_t number;    /* of its inode */
    int type;           /* of the handle */
    unsigned length;    /* 0: this kernel has none */
    uint64_t handle[3]; /* aligned as the kernel reads it */
} VtNamespace;

/* Nothing in it points elsewhere, so it may be shared between a process and its forks. */
typedef struct {
    size_t count;
    VtNamespace all[VT_NAMESPACES_MAX];
} VtNamespaces;

/* Those of @pid that are not this process's own, unless they are in it; one that ends meanwhile may
 * be left out. */
void vt_namespaces_note(VtNamespaces *all, pid_t pid);
/* Within ten seconds none of them is there; @all is empty then. */
void vt_namespaces_gone_at(VtNamespaces *all, const char *file, int line);
#define vt_namespaces_gone(all) vt_namespaces_gone_at((all), __FILE__, __LINE__)

#endif
