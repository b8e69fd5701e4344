/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs of other people that link the library: each is the test program itself, executed anew
 * with the name of what it is to be. On its side there is no cmocka; what goes wrong it says on a
 * descriptor of its own, since nothing may come out of its standard output. */
#ifndef VESSEL_TESTS_LIB_PROGRAM_H
#define VESSEL_TESTS_LIB_PROGRAM_H

#include "tests/lib/guest.h"

/* ---- the program's side ---- */

typedef struct {
    const char *name;
    void (*run)(void);
} VtProgram;
/* Runs the one that the arguments name and ends; returns if they name none. */
void vt_program_main(int argc, char **argv, const VtProgram *programs, size_t count);

extern const char *vt_program_root; /* the directory of its root */
void vt_wrong(int line, const char *format, ...) G_GNUC_PRINTF(2, 3) G_GNUC_NORETURN;
void vt_check_error(int line, const char *what, VesselError *err);

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            vt_wrong(__LINE__, __VA_ARGS__);                                                       \
    } while (0)

/* A call that is to succeed; `err` in it is its error. */
#define GOOD(call)                                                                                 \
    do {                                                                                           \
        VesselError *err = NULL;                                                                   \
        if ((call) < 0)                                                                            \
            vt_check_error(__LINE__, #call, err);                                                  \
    } while (0)

/* A call that is to fail with @wanted. */
#define FAILS(wanted, call)                                                                        \
    do {                                                                                           \
        VesselError *err = NULL;                                                                   \
        int got = (call);                                                                          \
        CHECK(got == (wanted) && vessel_error_code(err) == (wanted), "%s gave %s instead of %s",   \
              #call, vessel_error_code_name(got), vessel_error_code_name(wanted));                 \
        vessel_error_free(err);                                                                    \
    } while (0)

VesselHost *vt_program_open(const char *dir);
VesselDomain *vt_program_define(VesselHost *host, const char *name);
void vt_program_start(VesselDomain *domain);
/* Destroys, undefines, and drops the reference. */
void vt_program_finish(VesselDomain *domain);
/* A guest's whole life in this program; checks that it leaves the process as it was: settings,
 * descriptors, threads. */
void vt_program_whole_life(void);
int vt_count_entries(const char *dir);
int vt_thread_count(void);
void vt_limit_descriptors(size_t limit);

/* ---- the test's side ---- */

/* Runs it to its end; fails if it complained, wrote anything on its output, or left something. */
void vt_run_program(const char *name);

#define VT_PROGRAM(name)                                                                           \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        vt_need_root();                                                                            \
        vt_run_program(#name);                                                                     \
    }

#endif
