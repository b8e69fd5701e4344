/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_HOST_H
#define VESSEL_HOST_H

#include <stddef.h>
#include <stdint.h>
#include <vessel/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** VesselHostLogLevel: for VesselHostOpenOptions.log_level. */
typedef enum VesselHostLogLevel {
    VESSEL_LOG_ERROR = 0,   /**< error */
    VESSEL_LOG_WARNING = 1, /**< warning */
    VESSEL_LOG_INFO = 2,    /**< info */
    VESSEL_LOG_DEBUG = 3    /**< debug */
} VesselHostLogLevel;

/**
 * VesselHostOpenOptions: how a host is opened. Initialise with VESSEL_HOST_OPEN_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: the host's default deadline of calls that change something, 0 = 30,000, negative =
 *     none
 * @query_timeout_ms: the same for calls that ask guests and change nothing (statistics)
 * @flags: must be 0
 * @log_fd: descriptor for log lines (JSON), borrowed until the host is closed; -1 = none
 * @log_level: a VesselHostLogLevel
 * @helper_dir: (nullable) the directory of vessel-warden, before any other place
 * @program: (nullable) the name this program is called by in records of who did what; NULL = its
 *     process name
 *
 * Since: 0.1.0
 */
typedef struct VesselHostOpenOptions {
    size_t size;
    int64_t timeout_ms;
    int64_t query_timeout_ms;
    uint32_t flags;
    int log_fd;
    int log_level;
    const char *helper_dir;
    const char *program;
} VesselHostOpenOptions;
/** VESSEL_HOST_OPEN_OPTIONS_INIT: the defaults. */
#define VESSEL_HOST_OPEN_OPTIONS_INIT                                                              \
    {                                                                                              \
        sizeof(VesselHostOpenOptions), 0, 0, 0, -1, 0, NULL, NULL                                  \
    }

/**
 * vessel_host_open:
 * @uri: (nullable): "local:", "local:?root=/abs/dir", "mock:", "mock:?fixture=NAME"; NULL or "" is
 *     $VESSEL_URI, else "local:"
 * @options: (nullable): NULL for the defaults
 * @host: (out): the host, to be released with vessel_host_unref()
 * @err: (out) (optional): the error
 *
 * Opens one state root of the local machine, or a mock host that has all of it in memory. Any
 * number of hosts may be open in one process. `local:` without a root uses /var/lib/vessel and
 * /run/vessel as root, the XDG directories for others. The mock's fixtures are "empty" (the
 * default) and "default" (one running domain "test").
 *
 * Errors: invalid-argument (bad URI, unknown query key, relative root), denied (the root belongs to
 * somebody else), incompatible, corrupt, no-space, io, unsupported (a filesystem that cannot lock).
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_open(const char *uri, const VesselHostOpenOptions *options,
                                VesselHost **host, VesselError **err);

/**
 * vessel_host_ref:
 * @host: the host
 *
 * Returns: (transfer full): @host with one more reference.
 * Since: 0.1.0
 */
VESSEL_API VesselHost *vessel_host_ref(VesselHost *host);

/**
 * vessel_host_unref:
 * @host: (nullable) (transfer full): the host
 *
 * Drops a reference. The last one closes the host as vessel_host_close() does. In a forked child it
 * frees memory and touches nothing else.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_host_unref(VesselHost *host);

/**
 * vessel_host_close:
 * @host: the host
 * @err: (out) (optional): the error
 *
 * Ends the host now, whatever references are left: jobs of this program on it are cancelled, its
 * threads joined (at most 5 s), guests tied to this handle by autodestroy are destroyed, all others
 * run on. Every later call on it or its domains, jobs and streams fails with `closed`.
 *
 * Errors: forked; timeout (a job could not be ended in 5 s and was left to itself).
 * Returns: 0 (also when it was closed before) or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_close(VesselHost *host, VesselError **err);

/**
 * vessel_host_get_uri:
 * @host: the host
 *
 * Returns: (borrowed) the canonical URI, valid as long as the host.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_host_get_uri(VesselHost *host);

/**
 * vessel_host_hostname:
 * @host: the host
 * @name: (out) (transfer full): the node's name (uname(2)), to be freed with vessel_free()
 * @err: (out) (optional): the error
 *
 * Tells the name of this machine.
 *
 * Errors: closed, forked.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_hostname(VesselHost *host, char **name, VesselError **err);

/**
 * VesselNodeInfo: the physical machine.
 *
 * @size: sizeof of this structure, set by the caller
 * @arch: "x86_64"
 * @model: the CPU's model name
 * @memory_kib: memory in KiB
 * @cpus: active CPUs
 * @mhz: clock rate, 0 if unknown
 * @nodes: NUMA nodes
 * @sockets: CPU sockets per node
 * @cores: cores per socket
 * @threads: threads per core
 *
 * Since: 0.1.0
 */
typedef struct VesselNodeInfo {
    size_t size;
    char arch[32];
    char model[64];
    uint64_t memory_kib;
    uint32_t cpus;
    uint32_t mhz;
    uint32_t nodes;
    uint32_t sockets;
    uint32_t cores;
    uint32_t threads;
} VesselNodeInfo;

/**
 * vessel_host_node_info:
 * @host: the host
 * @info: (inout): filled; its size must be set
 * @err: (out) (optional): the error
 *
 * Tells the facts about this machine.
 *
 * Errors: closed, forked, invalid-argument, io.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_node_info(VesselHost *host, VesselNodeInfo *info, VesselError **err);

/**
 * vessel_host_capabilities:
 * @host: the host
 * @xml: (out) (transfer full): a `<capabilities>` document
 * @err: (out) (optional): the error
 *
 * Tells what this host can run. The first call may probe hypervisor binaries (up to 120 ms each).
 *
 * Errors: closed, forked, timeout, missing-feature (the helper was not found).
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_capabilities(VesselHost *host, char **xml, VesselError **err);

/**
 * VesselDomainSpec: which kind of guest a question is about. Initialise with
 * VESSEL_DOMAIN_SPEC_INIT; NULL members mean the host's default.
 *
 * @size: sizeof of this structure
 * @type: (nullable) a word of /domain/@type, "kvm"
 * @arch: (nullable) "x86_64"
 * @machine: (nullable) "q35"
 * @emulator: (nullable) path of the hypervisor's binary
 *
 * Since: 0.1.0
 */
typedef struct VesselDomainSpec {
    size_t size;
    const char *type;
    const char *arch;
    const char *machine;
    const char *emulator;
} VesselDomainSpec;
/** VESSEL_DOMAIN_SPEC_INIT: the defaults. */
#define VESSEL_DOMAIN_SPEC_INIT                                                                    \
    {                                                                                              \
        sizeof(VesselDomainSpec), NULL, NULL, NULL, NULL                                           \
    }

/**
 * vessel_host_domain_capabilities:
 * @host: the host
 * @spec: (nullable): the kind of guest
 * @xml: (out) (transfer full): a `<domainCapabilities>` document
 * @err: (out) (optional): the error
 *
 * Tells what one kind of guest can have.
 *
 * Errors: closed, forked, unsupported (no driver for the type or machine), missing-feature (the
 * hypervisor is not installed), timeout.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_domain_capabilities(VesselHost *host, const VesselDomainSpec *spec,
                                               char **xml, VesselError **err);

/**
 * vessel_host_supports:
 * @host: the host
 * @operation: the name of a public function without `vessel_`, a flag after a dot:
 *     "domain_suspend", "domain_start.paused"
 * @spec: (nullable): the kind of guest
 * @why_not: (out) (optional) (transfer full) (nullable): the reason for a no
 * @err: (out) (optional): the error
 *
 * Tells whether an operation can work for one kind of guest.
 *
 * Errors: closed, forked, invalid-argument (no such operation).
 * Returns: 1 yes, 0 no, or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_supports(VesselHost *host, const char *operation,
                                    const VesselDomainSpec *spec, char **why_not,
                                    VesselError **err);

/**
 * vessel_host_doctor:
 * @host: the host
 * @json: (out) (transfer full): an array of {name, status, message, remedy}; status is pass, warn
 * or fail
 * @err: (out) (optional): the error
 *
 * Checks what this machine can do and what stands in the way, each with a remedy.
 *
 * Errors: closed, forked.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_doctor(VesselHost *host, char **json, VesselError **err);

/** VesselValidateFlags: for vessel_host_validate(). */
typedef enum VesselValidateFlags {
    VESSEL_VALIDATE_LENIENT = 1 << 0, /**< unknown elements are warnings */
    VESSEL_VALIDATE_HOST = 1 << 1     /**< also what a start would need: files, devices, memory */
} VesselValidateFlags;

/**
 * vessel_host_validate:
 * @host: the host
 * @text: a domain definition, XML or JSON
 * @flags: VesselValidateFlags
 * @err: (out) (optional): the error, with all problems
 *
 * Checks everything that vessel_domain_define() would check, without defining.
 *
 * Errors: invalid-definition, unsupported, closed, forked.
 * Returns: 0 if it is fine, or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_validate(VesselHost *host, const char *text, uint32_t flags,
                                    VesselError **err);

/**
 * VesselHostAutostartOptions: for vessel_host_autostart(). Initialise with
 * VESSEL_HOST_AUTOSTART_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: deadline of each start
 * @flags: VesselHostAutostartFlags
 *
 * Since: 0.1.0
 */
typedef struct VesselHostAutostartOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
} VesselHostAutostartOptions;
/** VESSEL_HOST_AUTOSTART_OPTIONS_INIT: the defaults. */
#define VESSEL_HOST_AUTOSTART_OPTIONS_INIT                                                         \
    {                                                                                              \
        sizeof(VesselHostAutostartOptions), 0, 0                                                   \
    }
/** VesselHostAutostartFlags: for vessel_host_autostart(). */
typedef enum VesselHostAutostartFlags {
    VESSEL_AUTOSTART_AGAIN = 1 << 0 /**< even if it was done in this boot already */
} VesselHostAutostartFlags;

/**
 * vessel_host_autostart:
 * @host: the host
 * @options: (nullable): NULL for the defaults
 * @job: (out) (optional): NULL waits here; otherwise the call returns at once
 * @err: (out) (optional): the error, with one problem for each domain that did not start
 *
 * Starts what is marked for autostart and what ran when vessel_host_stop_all() was called, once a
 * boot. A domain that fails does not keep others from starting.
 *
 * Errors: closed, forked, io; the code of the first domain that failed.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_autostart(VesselHost *host, const VesselHostAutostartOptions *options,
                                     VesselJob **job, VesselError **err);

/**
 * VesselHostStopOptions: for vessel_host_stop_all(). Initialise with VESSEL_HOST_STOP_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: how long guests may take to shut down by themselves; then they are destroyed. 0 =
 * the host's default, -1 = for ever
 * @flags: must be 0
 *
 * Since: 0.1.0
 */
typedef struct VesselHostStopOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
} VesselHostStopOptions;
/** VESSEL_HOST_STOP_OPTIONS_INIT: the defaults. */
#define VESSEL_HOST_STOP_OPTIONS_INIT                                                              \
    {                                                                                              \
        sizeof(VesselHostStopOptions), 0, 0                                                        \
    }

/**
 * vessel_host_stop_all:
 * @host: the host
 * @options: (nullable): NULL for the defaults
 * @job: (out) (optional): NULL waits here; otherwise the call returns at once
 * @err: (out) (optional): the error
 *
 * Shuts down every running domain, all at once, destroys what has not ended in time, and remembers
 * what ran for the next vessel_host_autostart().
 *
 * Errors: closed, forked, io.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_stop_all(VesselHost *host, const VesselHostStopOptions *options,
                                    VesselJob **job, VesselError **err);

/**
 * VesselHostImportOptions: for vessel_host_import_rootfs(). Initialise with
 * VESSEL_HOST_IMPORT_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: deadline of the whole import; 0 or negative = none: it can be cancelled
 * @flags: must be 0
 * @name: (nullable): what it is called: letters, digits and ._-+:@; NULL = the first file's name
 * without .tar and the like
 * @max_bytes: what the archives may be unpacked, all together, holes of files counted; 0 = 64 GiB
 *
 * Since: 0.1.0
 */
typedef struct VesselHostImportOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
    const char *name;
    uint64_t max_bytes;
} VesselHostImportOptions;
/** VESSEL_HOST_IMPORT_OPTIONS_INIT: the defaults. */
#define VESSEL_HOST_IMPORT_OPTIONS_INIT                                                            \
    {                                                                                              \
        sizeof(VesselHostImportOptions), 0, 0, NULL, 0                                             \
    }

/**
 * vessel_host_import_rootfs:
 * @host: the host
 * @files: NULL-terminated array: tar archives, plain or compressed (gzip, bzip2, xz, zstd, lzma,
 * lz4); more than one are the layers of an image, the lowest first
 * @options: (nullable): NULL for the defaults
 * @job: (out) (optional): NULL waits here; otherwise the call returns at once. Its last phase says
 * what was left out
 * @path: (out) (optional) (transfer full): the directory, to be freed with vessel_free(); with a
 * job it is there when that has ended
 * @err: (out) (optional): the error
 *
 * Makes a directory in the root's own of archives, for a container's root file system: a source of
 * `<filesystem type='mount'>`. Owners are taken as numbers, if the caller is root; else all of it
 * is the caller's, who may read it and go into all of its directories. Modes, setuid too, times,
 * user attributes and file capabilities are kept; the whiteouts of an image's layers (.wh.NAME) are
 * obeyed. Devices, other attributes and access control lists are left out. Directories may be 128
 * deep. It is there as a whole or, after an error or a kill, not at all. It is removed as any other
 * directory.
 *
 * Errors: exists (one of that name), corrupt (no tar archive, or one that leads out of itself),
 * no-space (the disk is full, or it is more than @max_bytes), not-found, denied, invalid-argument,
 * unsupported (built without libarchive; a mock host), timeout, cancelled, closed, forked, io.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_host_import_rootfs(VesselHost *host, const char *const *files,
                                         const VesselHostImportOptions *options, VesselJob **job,
                                         char **path, VesselError **err);

#ifdef __cplusplus
}
#endif

#endif
