/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_TYPES_H
#define VESSEL_TYPES_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define VESSEL_API __attribute__((visibility("default")))
#else
#define VESSEL_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** VESSEL_VERSION_NUMBER: the version of these headers, major * 1000000 + minor * 1000 + micro. */
#define VESSEL_VERSION_NUMBER 1000

/** VesselHost: an open handle on one state root, or on a mock. Reference-counted, any thread. */
typedef struct VesselHost VesselHost;
/** VesselDomain: a handle on one guest, a virtual machine or a container. */
typedef struct VesselDomain VesselDomain;
/** VesselJob: a handle on one long operation under way. */
typedef struct VesselJob VesselJob;
/** VesselExec: a handle on one program that was started in a container. */
typedef struct VesselExec VesselExec;
/** VesselEvent: something that happened, with a number. */
typedef struct VesselEvent VesselEvent;
/** VesselEventStream: a place in the numbered events of a host from which they are read on. */
typedef struct VesselEventStream VesselEventStream;
/** VesselStats: the statistics of one domain at one moment. */
typedef struct VesselStats VesselStats;
/** VesselError: what went wrong, where, why, and what to do. */
typedef struct VesselError VesselError;

/**
 * vessel_version:
 *
 * Returns: the version of the library that runs, in the form of VESSEL_VERSION_NUMBER.
 * Since: 0.1.0
 */
VESSEL_API uint32_t vessel_version(void);

/**
 * vessel_version_string:
 *
 * Returns: (borrowed) the version of the library that runs, "0.1.0".
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_version_string(void);

/**
 * vessel_free:
 * @memory: (nullable) (transfer full): a string that a call of this library handed out
 *
 * Frees it. NULL is allowed.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif
