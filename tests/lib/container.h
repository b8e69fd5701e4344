/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Containers for tests: a root with one static program, tests/lib/inside.c, which does what its
 * argument says. */
#ifndef VESSEL_TESTS_LIB_CONTAINER_H
#define VESSEL_TESTS_LIB_CONTAINER_H

#include "tests/lib/guest.h"

/* As root: the file that says whose ids are whose is this case's alone (implies private mounts).
 * Part of vt_container_prepare(). */
void vt_container_registry(void);
/* Before a case's first host: where the files lie on an overlay (itself in a container, for
 * example), which the kernel maps for no other user namespace, vt_root() is a memory file system
 * from now on. */
void vt_container_prepare(void);
/* vt_container_prepare() and the case's host; skips where there are no containers. */
VesselHost *vt_container_host(void);
/* Of a definition that is refused, or whose start fails: the error, which the caller frees. */
VesselError *vt_container_fails(VesselHost *host, const char *xml);
/* Ends it, if it runs, and looks at what is left; the references go. */
void vt_container_done(VesselHost *host, VesselDomain *domain);
/* There is such an event whose document has @part in it; within five seconds there is. */
bool vt_container_has_event(VesselHost *host, const char *kind, const char *part);
void vt_container_event(VesselHost *host, const char *kind, const char *part);
/* For vt_wait(): a VesselDomain is shut off. */
bool vt_container_is_off(void *domain);
/* A directory @name in vt_root() with the program as /inside; made if it is not there. The caller
 * frees. */
char *vt_container_root(const char *name);
/* <os> with @os in it beside the init, and <devices> with @devices beside the root @root. */
char *vt_container_body(const char *root, const char *os, const char *devices);
/* The definition of "web" with that <os> and those <devices>; @more goes beside them. The caller
 * frees. */
char *vt_container_xml_of(const char *root, const char *os, const char *devices, const char *more);
/* A <filesystem> of a directory; the caller frees. */
char *vt_container_filesystem(const char *source, const char *target);
/* A whole definition of that kind: the program with the argument @word. The caller frees. */
/* Whether @path is on an overlay itself, as in most containers. */
bool vt_on_overlay(const char *path);
/* Whether no loop device of the host has the file @image (char *); for vt_wait(). */
bool vt_container_no_loop(void *image);
/* The case goes on on a host whose groups are all of v2, with mounts of its own; skips where there
 * is no such hierarchy. Needs root. */
void vt_container_v2(void);
/* Runs a program in it to its end: its exit status. */
int vt_container_exec(VesselDomain *domain, const char *const *argv);
/* A /tmp of this case's own, in memory: the host's may be of a kind that cannot be shown with other
 * owners, or be a layer. By root, before vt_as_user(). */
void vt_container_tmp(void);
char *vt_container_xml(const char *name, const char *word, const char *devices);
VesselDomain *vt_container_define(VesselHost *host, const char *name, const char *word);
/* A file of the guest's group: of v1's @controller (NULL: of v2); its path, or what is in it. NULL: it
 * has none there. The caller frees. */
char *vt_container_group_path(VesselDomain *domain, const char *controller, const char *name);
char *vt_container_group_file(VesselDomain *domain, const char *controller, const char *name);
/* What is in the file of the version that the group is of. */
void vt_container_expect_file(VesselDomain *domain, const char *controller, const char *v1,
                              const char *v1_value, const char *v2, const char *v2_value);
/* What a first console has said within a second or until @text was there; the caller frees. */
char *vt_container_says(VesselDomain *domain, const char *text);
void vt_container_await(VesselDomain *domain, const char *text);
/* A domain "web" that was started: its program is /inside with @args; @more is beside <os>. */
VesselDomain *vt_container_begin(VesselHost *host, const char *args, const char *more);
VtPids vt_container_pids(VesselDomain *domain);
/* The program, child of process 1. */
pid_t vt_container_program(VesselDomain *domain);
void vt_container_kill_warden(VesselDomain *domain);
/* Makes a call that only another warden can answer. */
void vt_container_have_adopted(VesselDomain *domain);
/* For vt_wait(): more lives than there were. */
typedef struct {
    VesselHost *host;
    guint before;
} VtLives;
VtLives vt_container_lives(VesselHost *host);
bool vt_container_lives_again(void *lives);
/* As root: newuidmap and newgidmap, the host's or ours, in the case's own mounts. */
void vt_container_newuidmap(void);
/* The same, and both are @program, whatever the host has; NULL: there are none. */
void vt_container_id_tools(const char *program, gssize length, mode_t mode);
/* To a file of the host that is there. */
bool vt_container_write(const char *path, const char *text);

#endif
