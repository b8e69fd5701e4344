/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_ERROR_H
#define VESSEL_ERROR_H

#include <stddef.h>
#include <stdint.h>
#include <vessel/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * VesselErrorCode: why a call failed.
 *
 * A call that fails returns one of these (they are negative) and stores the same value in the
 * error it hands out. The word in each comment is the name used in JSON, by the command and by the
 * bindings; see vessel_error_code_name().
 *
 * Since: 0.1.0
 */
typedef enum VesselErrorCode {
    VESSEL_OK = 0,                        /**< ok: no error */
    VESSEL_ERROR_INVALID_ARGUMENT = -1,   /**< invalid-argument: the call itself is wrong */
    VESSEL_ERROR_INVALID_DEFINITION = -2, /**< invalid-definition: see the list of problems */
    VESSEL_ERROR_NOT_FOUND = -3,          /**< not-found: no such domain, file, device, job */
    VESSEL_ERROR_EXISTS = -4,             /**< exists: the name or UUID is taken */
    VESSEL_ERROR_WRONG_STATE = -5,        /**< wrong-state: not possible in the present state */
    VESSEL_ERROR_BUSY = -6,               /**< busy: held by somebody; see the holder */
    VESSEL_ERROR_UNSUPPORTED = -7,        /**< unsupported: this driver or build cannot do it */
    VESSEL_ERROR_DENIED = -8,             /**< denied: permission is missing */
    VESSEL_ERROR_MISSING_FEATURE = -9,    /**< missing-feature: the host lacks a program/device */
    VESSEL_ERROR_NO_RESOURCE = -10,       /**< no-resource: memory, descriptors, processes */
    VESSEL_ERROR_NO_SPACE = -11,          /**< no-space: the disk or a quota is full */
    VESSEL_ERROR_TIMEOUT = -12,           /**< timeout: the deadline passed, nothing was sent */
    VESSEL_ERROR_CANCELLED = -13,         /**< cancelled: somebody cancelled the job */
    VESSEL_ERROR_CLOSED = -14,            /**< closed: the host handle was closed */
    VESSEL_ERROR_FORKED = -15,            /**< forked: the handle came across a fork() */
    VESSEL_ERROR_INCOMPATIBLE = -16,      /**< incompatible: another version uses this root */
    VESSEL_ERROR_GUEST_REFUSED = -17,     /**< guest-refused: the guest or hypervisor said no */
    VESSEL_ERROR_HYPERVISOR_DIED = -18,   /**< hypervisor-died: its last words are the cause */
    VESSEL_ERROR_OUTCOME_UNKNOWN = -19,   /**< outcome-unknown: deadline passed after sending */
    VESSEL_ERROR_EVENTS_LOST = -20,       /**< events-lost: the reader was away for too long */
    VESSEL_ERROR_IO = -21,                /**< io: the operating system reported an error */
    VESSEL_ERROR_PROTOCOL = -22,          /**< protocol: the other side spoke nonsense */
    VESSEL_ERROR_CORRUPT = -23,           /**< corrupt: stored data is damaged */
    VESSEL_ERROR_BUG = -24                /**< bug: a check on ourselves failed */
} VesselErrorCode;

/**
 * VesselOutcome: whether the thing asked for happened.
 *
 * Since: 0.1.0
 */
typedef enum VesselOutcome {
    VESSEL_OUTCOME_NOT_DONE = 0, /**< not-done: nothing changed */
    VESSEL_OUTCOME_DONE = 1,     /**< done: it happened, only reporting it failed */
    VESSEL_OUTCOME_UNKNOWN = 2   /**< unknown: the command was sent and no answer came in time */
} VesselOutcome;

/**
 * vessel_error_free:
 * @err: (nullable) (transfer full): the error
 *
 * Frees an error and everything borrowed from it. NULL is allowed.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_error_free(VesselError *err);

/**
 * vessel_error_code:
 * @err: (nullable): the error
 *
 * Returns: a VesselErrorCode; VESSEL_OK for NULL.
 * Since: 0.1.0
 */
VESSEL_API int vessel_error_code(const VesselError *err);

/**
 * vessel_error_code_name:
 * @code: a VesselErrorCode
 *
 * Returns: (borrowed) the word of the code as used in JSON and by the command, for example
 * "wrong-state"; NULL for a number that is no code.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_error_code_name(int code);

/**
 * vessel_error_message:
 * @err: the error
 *
 * Returns: (borrowed) one English sentence without a final full stop; never NULL.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_error_message(const VesselError *err);

/**
 * vessel_error_hint:
 * @err: the error
 *
 * Returns: (borrowed) (nullable) what to do about it.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_error_hint(const VesselError *err);

/**
 * vessel_error_path:
 * @err: the error
 *
 * Returns: (borrowed) (nullable) the place at fault: a path in the definition such as
 * "/domain/devices/disk[2]/source/@file", or a file of the host.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_error_path(const VesselError *err);

/**
 * vessel_error_line:
 * @err: the error
 *
 * Returns: the line (from 1) in the text that was given, 0 if that does not apply.
 * Since: 0.1.0
 */
VESSEL_API int vessel_error_line(const VesselError *err);

/**
 * vessel_error_column:
 * @err: the error
 *
 * Returns: the column (from 1) in the text that was given, 0 if that is not known.
 * Since: 0.1.0
 */
VESSEL_API int vessel_error_column(const VesselError *err);

/**
 * vessel_error_holder:
 * @err: the error
 *
 * Returns: (borrowed) (nullable) who holds the thing that is busy, what for and since when, in
 * words: "pid 4711 (virt-panel), domain_start since 2026-11-21T08:00:00Z".
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_error_holder(const VesselError *err);

/**
 * vessel_error_cause:
 * @err: the error
 *
 * Returns: (borrowed) (nullable) the hypervisor's or the operating system's own words; may have
 * several lines.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_error_cause(const VesselError *err);

/**
 * vessel_error_outcome:
 * @err: the error
 *
 * Returns: a VesselOutcome.
 * Since: 0.1.0
 */
VESSEL_API int vessel_error_outcome(const VesselError *err);

/**
 * vessel_error_retryable:
 * @err: the error
 *
 * Returns: 1 if the same call may succeed later without anybody changing anything, else 0.
 * Since: 0.1.0
 */
VESSEL_API int vessel_error_retryable(const VesselError *err);

/**
 * vessel_error_problem_count:
 * @err: the error
 *
 * Counts the problems of a definition. An `invalid-definition` carries every problem that was
 * found in one pass (at most 100). An error of another code has none.
 *
 * Returns: how many there are.
 * Since: 0.1.0
 */
VESSEL_API size_t vessel_error_problem_count(const VesselError *err);

/**
 * vessel_error_problem:
 * @err: the error
 * @index: from 0
 *
 * Returns: (borrowed) (nullable) one problem, itself an error; NULL if @index is out of range.
 * Since: 0.1.0
 */
VESSEL_API const VesselError *vessel_error_problem(const VesselError *err, size_t index);

/**
 * vessel_error_text:
 * @err: the error
 *
 * Everything the error says, for a person: "MESSAGE", then indented lines `at:`, `hint:`,
 * `cause:`, `held by:` as far as there are any, then the problems.
 *
 * Returns: (transfer full) (nullable) text to be freed with vessel_free(); NULL for NULL.
 * Since: 0.1.0
 */
VESSEL_API char *vessel_error_text(const VesselError *err);

/**
 * vessel_error_json:
 * @err: the error
 *
 * Returns: (transfer full) (nullable) the error as one JSON object on one line with the members
 * code, message, hint, path, line, column, holder, cause, outcome, retryable and problems, those
 * that do not apply left out; to be freed with vessel_free().
 * Since: 0.1.0
 */
VESSEL_API char *vessel_error_json(const VesselError *err);

#ifdef __cplusplus
}
#endif

#endif
