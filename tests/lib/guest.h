/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hosts and small guests through the public calls, and what is left of them in the system. */
#ifndef VESSEL_TESTS_LIB_GUEST_H
#define VESSEL_TESTS_LIB_GUEST_H

#include "tests/lib/vt.h"

#include <sys/types.h>
#include <vessel/vessel.h>

/* "local:?root=DIR", encoded; the caller frees. */
char *vt_uri(const char *dir);
/* The directory that this case's hosts share: vt_root()/root. */
const char *vt_state(void);
VesselHost *vt_open_at(const char *dir);
VesselHost *vt_open(void); /* on vt_state() */

/* A q35 machine of 32 MiB on the emulator. Without a disk: it is up in no time and idles in its
 * firmware. With tests/guest's boot sector: it greets, obeys the power button, and "p" on its
 * serial port powers it off. @emulator may be NULL. The caller frees. */
char *vt_idle_xml(const char *name, const char *emulator);
char *vt_bootsect_xml(const char *name);
VesselDomain *vt_define_xml(VesselHost *host, const char *xml);
VesselDomain *vt_define(VesselHost *host, const char *name); /* vt_idle_xml */

void vt_start(VesselDomain *domain);
void vt_destroy(VesselDomain *domain);
void vt_undefine(VesselDomain *domain);
int vt_state_of(VesselDomain *domain);
void vt_expect_state(VesselDomain *domain, int state, const char *reason); /* @reason may be NULL */

/* Reads from a console until @text was there. */
void vt_read_until(int fd, const char *text, int timeout_ms);

/* Who looks after a running domain and who runs it, as its state.json says; 0 = nobody. */
typedef struct {
    pid_t warden, guest;
} VtPids;
VtPids vt_pids(const char *dir, const char *uuid);

/* All events of @host so far, from the beginning of its log: VesselEvent; unref the array. */
GPtrArray *vt_events(VesselHost *host);
guint vt_count_events(GPtrArray *events, const char *kind, const char *uuid);

/* Living processes that this case started and that are not below it any more (wardens, guests). */
size_t vt_strangers(pid_t *pids, size_t max);
/* Within five seconds there is none, no control group and no mount of this case's roots. */
void vt_nothing_left_at(const char *file, int line);
#define vt_nothing_left() vt_nothing_left_at(__FILE__, __LINE__)
/* Waits until that process is gone or a zombie. */
void vt_gone_at(pid_t pid, int timeout_ms, const char *file, int line);
#define vt_gone(pid, timeout_ms) vt_gone_at((pid), (timeout_ms), __FILE__, __LINE__)

int64_t vt_now_us(void);
/* Text of an error or "no error"; the caller frees with vessel_free(). */
char *vt_text(const VesselError *err);
/* err's code must be one of @codes (ends with 0); says what it is otherwise. Does not free it. */
void vt_one_of_at(const VesselError *err, const int *codes, const char *file, int line);
#define vt_one_of(err, ...) vt_one_of_at((err), (const int[]){__VA_ARGS__, 0}, __FILE__, __LINE__)
/* One of the error's texts (message, hint, path, holder, cause, or that of its problems) contains
 * @part. @which: 'm', 'h', 'p', 'w' (holder), 'c'. */
void vt_says_at(const VesselError *err, char which, const char *part, const char *file, int line);
#define vt_says(err, which, part) vt_says_at((err), (which), (part), __FILE__, __LINE__)

#endif
