/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* kill -9 of the program, of the warden, and of the guest, at each step of each operation. A tracer
 * (ptrace) runs the one that is to die up to its Nth system call; N goes over all of them, or as
 * many as the time allows. Whatever was killed when, the next program finds a root in order: a
 * domain that is running or shut off, no process too many, nothing lost that was acknowledged,
 * events that tell one story. */
#ifndef VESSEL_TESTS_SYSTEM_MATRIX_H
#define VESSEL_TESTS_SYSTEM_MATRIX_H

#include "tests/lib/guest.h"
#include "tests/lib/namespaces.h"

#include <stdatomic.h>

#define NAME "guest"
#define OTHER "other"

/* What a victim does. */
typedef enum {
    DEFINE,
    UNDEFINE,
    RENAME,
    RENAME_LIVE,
    START,
    SHUTDOWN,
    DESTROY,
    EXEC,
    CHANGE
} Operation;
extern const char *const matrix_words[];

/* How far it came; shared with it. */
typedef struct {
    atomic_int returned; /* the call is over */
    int code;            /* what it gave */
    atomic_long calls;   /* system calls of the one who was to die, when it ended by itself */
    atomic_int killed, reached;
    VtNamespaces namespaces; /* of the life in which somebody dies */
} Shared;
extern Shared *shared;
extern int shared_fd;

/* Who dies. The guest in a start: at its own steps, from its birth on; else at the warden's. In an
 * exec, in which no warden has a part: at the program's; or the two processes that bring a program
 * into the container, outside of it and inside, at their own. */
typedef enum { PROGRAM, WARDEN, GUEST, JOINER, JOINED } Victim;

/* What it does it to; set before anything else. */
typedef struct {
    char *(*xml)(const char *name);
    void (*prepare)(void);                 /* once in a case; may be NULL */
    void (*started)(VesselDomain *domain); /* waits until it is up; may be NULL */
    void (*again)(VesselDomain *domain);   /* before it is started again; may be NULL */
    void (*left)(void);                    /* it is undefined: what is left? May be NULL */
    char *(*changed)(const char *name);    /* CHANGE: what it is to become */
    /* CHANGE: it is that, or what it was, and must be that if @acknowledged. */
    void (*check)(VesselDomain *domain, bool acknowledged);
    int budget_s;    /* of a case's 60 */
    int shutdown_ms; /* what it takes at most to obey */
} MatrixKind;
extern MatrixKind matrix_kind;

/* The program's main(): the victim's, if the arguments say so, else that of the cases. */
bool matrix_is_victim(int argc, char **argv);
int matrix_victim_main(char **argv);

/* One operation, many times: @who dies at one step after another. @probed: what is known of the
 * hypervisor is kept from round to round. */
void matrix_sweep(Operation operation, Victim who, bool probed);

/* Its parts. */
void matrix_share(void);
void matrix_prepare(Operation operation, bool probed);
pid_t matrix_start_victim(Operation operation);
/* Lets @victim go on until its @at-th system call, where it is held; it goes on when the tracer,
 * which is returned, dies. */
pid_t matrix_start_holder(pid_t victim, long at);
/* Returns whether the target was killed before the call was over. */
bool matrix_round_at(Operation operation, Victim who, bool probed, long at);
VesselDomain *matrix_find(VesselHost *host, const char *name);
void matrix_check_usable(VesselDomain *domain);
void matrix_check_events(VesselHost *host, guint defined, guint undefined, guint renamed);

#endif
