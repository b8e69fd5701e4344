/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_EXEC_H
#define VESSEL_EXEC_H

#include <stddef.h>
#include <stdint.h>
#include <vessel/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** VesselExecFlags: for vessel_domain_exec(). */
typedef enum VesselExecFlags {
    VESSEL_EXEC_TTY = 1 << 0 /**< tty: a terminal is its standard input, output and error */
} VesselExecFlags;

/**
 * VesselExecOptions: for vessel_domain_exec(). Initialise with VESSEL_EXEC_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: deadline of the program's start: 0 = the host's default, negative = none
 * @flags: VesselExecFlags
 * @user: (nullable): USER or USER:GROUP, names that the container knows or numbers; NULL = that of
 * the container's own program
 * @cwd: (nullable): the directory that it starts in; NULL = that of the container's own program
 * @env: (nullable): NULL-terminated array of NAME=VALUE, beside the environment of the container's
 * own program
 * @stdin_fd: what becomes its standard input; negative = nothing to read. Not taken over
 * @stdout_fd: what becomes its standard output; negative = nobody reads it
 * @stderr_fd: what becomes its standard error; negative = nobody reads it
 * @rows: of its terminal; 0 = 24
 * @columns: of its terminal; 0 = 80
 *
 * The container gets these very descriptors, and may keep them: give it a pipe, not your terminal.
 * They may not be directories. With VESSEL_EXEC_TTY they must be negative.
 *
 * Since: 0.1.0
 */
typedef struct VesselExecOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
    const char *user;
    const char *cwd;
    const char *const *env;
    int stdin_fd;
    int stdout_fd;
    int stderr_fd;
    uint32_t rows;
    uint32_t columns;
} VesselExecOptions;
/** VESSEL_EXEC_OPTIONS_INIT: the defaults. */
#define VESSEL_EXEC_OPTIONS_INIT                                                                   \
    {                                                                                              \
        sizeof(VesselExecOptions), 0, 0, NULL, NULL, NULL, -1, -1, -1, 0, 0                        \
    }

/**
 * vessel_domain_exec:
 * @domain: the domain
 * @argv: NULL-terminated array: the program, looked for in the container's PATH if it has no slash,
 * and its arguments
 * @options: (nullable): NULL for the defaults
 * @exec: (out): the program, which runs
 * @err: (out) (optional): the error; its path is "argv" where the program itself could not be
 * executed
 *
 * Runs another program in a running container: in its namespaces and control groups, with the
 * capabilities, limits and the filter of system calls of the container's own program. Any number
 * may run at once. The program ends when the last reference to @exec goes, also because the calling
 * program ends: it and its process group get SIGKILL. What it started and left to itself is the
 * container's.
 *
 * Errors: closed, forked, wrong-state (the domain does not run, or is paused), not-found (the
 * program, user, group or directory), denied, invalid-argument, unsupported, timeout, no-resource.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_exec(VesselDomain *domain, const char *const *argv,
                                  const VesselExecOptions *options, VesselExec **exec,
                                  VesselError **err);

/**
 * vessel_exec_wait:
 * @exec: the program
 * @timeout_ms: 0 = the host's default, -1 = for ever
 * @status: (out) (optional): its exit status, or 128 and the signal that ended it
 * @signal: (out) (optional): the signal that ended it, or 0
 * @err: (out) (optional): the error
 *
 * Waits until it has ended. May be called again, and by several threads.
 *
 * Errors: timeout (the program goes on), closed, forked, outcome-unknown (it ended, and what it was
 * watched by was killed before it could tell how).
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_exec_wait(VesselExec *exec, int64_t timeout_ms, int *status, int *signal,
                                VesselError **err);

/**
 * vessel_exec_signal:
 * @exec: the program
 * @signal: a signal's number
 * @err: (out) (optional): the error
 *
 * Sends a signal to it and to what is in its process group. A program that has ended is no error.
 * While the container is suspended the signal waits.
 *
 * Errors: closed, forked, invalid-argument (no such signal), busy (it takes no more signals now).
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_exec_signal(VesselExec *exec, int signal, VesselError **err);

/**
 * vessel_exec_fd:
 * @exec: the program
 * @err: (out) (optional): the error
 *
 * Gives a descriptor to wait for its end with poll(2). Nothing but vessel_exec_wait() may read it.
 *
 * Errors: closed, forked.
 * Returns: a descriptor, borrowed, that polls readable once the program has ended, or a negative
 * VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_exec_fd(VesselExec *exec, VesselError **err);

/**
 * vessel_exec_terminal:
 * @exec: the program
 * @err: (out) (optional): the error
 *
 * Gives the far end of its terminal (VESSEL_EXEC_TTY): what is written is typed, what is read is
 * shown. Reading fails with EIO when nobody has the terminal open any more.
 *
 * Errors: closed, forked, unsupported (it has no terminal).
 * Returns: a descriptor, borrowed and non-blocking, or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_exec_terminal(VesselExec *exec, VesselError **err);

/**
 * vessel_exec_resize:
 * @exec: the program
 * @rows: of its terminal, 1 to 65535
 * @columns: of its terminal, 1 to 65535
 * @err: (out) (optional): the error
 *
 * Changes the size of its terminal; the program gets SIGWINCH.
 *
 * Errors: closed, forked, invalid-argument, unsupported (it has no terminal).
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_exec_resize(VesselExec *exec, uint32_t rows, uint32_t columns,
                                  VesselError **err);

/**
 * vessel_exec_ref:
 * @exec: the program
 *
 * Returns: (transfer full): @exec with one more reference.
 * Since: 0.1.0
 */
VESSEL_API VesselExec *vessel_exec_ref(VesselExec *exec);

/**
 * vessel_exec_unref:
 * @exec: (nullable) (transfer full): the program
 *
 * Drops a reference. With the last one a program that still runs is ended.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_exec_unref(VesselExec *exec);

/**
 * VesselDomainCopyOptions: for vessel_domain_copy_in() and vessel_domain_copy_out(). Initialise
 * with VESSEL_DOMAIN_COPY_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: deadline of the whole copy: 0 = as long as something moves within the host's
 * default, negative = none
 * @flags: must be 0
 * @max_bytes: how much may be copied, with holes of files and 512 bytes for each name; 0 = 64 GiB
 *
 * Since: 0.1.0
 */
typedef struct VesselDomainCopyOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
    uint64_t max_bytes;
} VesselDomainCopyOptions;
/** VESSEL_DOMAIN_COPY_OPTIONS_INIT: the defaults. */
#define VESSEL_DOMAIN_COPY_OPTIONS_INIT                                                            \
    {                                                                                              \
        sizeof(VesselDomainCopyOptions), 0, 0, 0                                                   \
    }

/**
 * vessel_domain_copy_in:
 * @domain: the domain
 * @from: a file, directory or link of the host
 * @to: where it goes in the container
 * @options: (nullable): NULL for the defaults
 * @job: (out) (optional): NULL waits here; otherwise the call returns at once. Its last phase says
 * how many files were copied and what was left out
 * @err: (out) (optional): the error
 *
 * Copies into a running container, as its root would with the file systems that are mounted there.
 * If @to is a directory, @from goes into it; else that is its new name. A directory whose name ends
 * with /. stands for what is in it. Files take the place of what has their name, directories are
 * joined; links are copied as links and nothing is written through one. What arrives is the root's
 * of the container; modes without setuid and setgid, times and holes are kept. FIFOs, sockets,
 * devices and file systems of the kernel are left out; one that is named itself is refused.
 * Directories may be 128 deep.
 *
 * Errors: closed, forked, wrong-state (the domain does not run, or is paused), not-found, exists (a
 * directory in a file's place, or the other way round), denied, no-space, invalid-argument,
 * unsupported, timeout, cancelled, io. What was copied by then stays, but for a file that is not
 * whole.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_copy_in(VesselDomain *domain, const char *from, const char *to,
                                     const VesselDomainCopyOptions *options, VesselJob **job,
                                     VesselError **err);

/**
 * vessel_domain_copy_out:
 * @domain: the domain
 * @from: a file, directory or link in the container
 * @to: where it goes on the host
 * @options: (nullable): NULL for the defaults
 * @job: (out) (optional): NULL waits here; otherwise the call returns at once. Its last phase says
 * how many files were copied and what was left out
 * @err: (out) (optional): the error
 *
 * The other way, by the same rules. What arrives is the caller's. A container that changes what is
 * copied meanwhile, or that does not let it be read, can make the copy fail and no more.
 *
 * Errors: as vessel_domain_copy_in().
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_copy_out(VesselDomain *domain, const char *from, const char *to,
                                      const VesselDomainCopyOptions *options, VesselJob **job,
                                      VesselError **err);

#ifdef __cplusplus
}
#endif

#endif
