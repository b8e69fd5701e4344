/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_DOMAIN_H
#define VESSEL_DOMAIN_H

#include <stddef.h>
#include <stdint.h>
#include <vessel/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** VesselDomainState: what a domain is doing. There is no "starting": a domain that is being
 * started is shut off and has a job. The values are bits, so that a set of states can be waited
 * for. */
typedef enum VesselDomainState {
    VESSEL_DOMAIN_RUNNING = 1 << 0, /**< running */
    VESSEL_DOMAIN_PAUSED = 1 << 1,  /**< paused */
    VESSEL_DOMAIN_IN_SHUTDOWN =
        1 << 2,                      /**< in shutdown: powered off, its hypervisor not ended yet */
    VESSEL_DOMAIN_SHUT_OFF = 1 << 3, /**< shut off */
    VESSEL_DOMAIN_CRASHED = 1 << 4,  /**< crashed: the guest panicked and is kept */
    VESSEL_DOMAIN_PMSUSPENDED = 1 << 5 /**< pmsuspended: suspended by the guest itself */
} VesselDomainState;

/** VesselDomainListFlags: for vessel_domain_list(); within a group any, between groups all. */
typedef enum VesselDomainListFlags {
    VESSEL_DOMAIN_LIST_ACTIVE = 1 << 0,      /**< running, paused, … */
    VESSEL_DOMAIN_LIST_INACTIVE = 1 << 1,    /**< shut off */
    VESSEL_DOMAIN_LIST_PERSISTENT = 1 << 2,  /**< with a definition */
    VESSEL_DOMAIN_LIST_TRANSIENT = 1 << 3,   /**< without */
    VESSEL_DOMAIN_LIST_RUNNING = 1 << 4,     /**< state running */
    VESSEL_DOMAIN_LIST_PAUSED = 1 << 5,      /**< state paused */
    VESSEL_DOMAIN_LIST_SHUT_OFF = 1 << 6,    /**< state shut off */
    VESSEL_DOMAIN_LIST_OTHER = 1 << 7,       /**< any other state */
    VESSEL_DOMAIN_LIST_AUTOSTART = 1 << 8,   /**< marked for autostart */
    VESSEL_DOMAIN_LIST_NO_AUTOSTART = 1 << 9 /**< not marked */
} VesselDomainListFlags;

/** VesselDomainDefineFlags: for vessel_domain_define() and vessel_domain_create(). */
typedef enum VesselDomainDefineFlags {
    VESSEL_DOMAIN_DEFINE_LENIENT =
        1 << 0,                       /**< unknown elements and attributes are kept, not refused */
    VESSEL_DOMAIN_DEFINE_NEW = 1 << 1 /**< fail with `exists` instead of replacing a definition */
} VesselDomainDefineFlags;

/** VesselDomainStartFlags: for vessel_domain_start() and vessel_domain_create(). */
typedef enum VesselDomainStartFlags {
    VESSEL_DOMAIN_START_PAUSED = 1 << 0,     /**< paused: do not let its vCPUs run yet */
    VESSEL_DOMAIN_START_AUTODESTROY = 1 << 1 /**< autodestroy: destroy it when this program ends or
                                                  closes the host */
} VesselDomainStartFlags;

/** VesselDomainAffect: which definition a change is for. */
typedef enum VesselDomainAffect {
    VESSEL_DOMAIN_AFFECT_CURRENT = 0,   /**< the one in force if it runs, else the next start's */
    VESSEL_DOMAIN_AFFECT_LIVE = 1 << 0, /**< the one in force */
    VESSEL_DOMAIN_AFFECT_NEXT = 1 << 1  /**< that of the next start */
} VesselDomainAffect;

/** VesselDomainChangeFlags: for vessel_domain_change(), beside VesselDomainAffect bits. */
typedef enum VesselDomainChangeFlags {
    VESSEL_DOMAIN_CHANGE_DRY_RUN = 1 << 2, /**< dry-run: only say what would be changed */
    VESSEL_DOMAIN_CHANGE_LENIENT =
        1 << 3 /**< lenient: unknown elements and attributes are kept, not refused */
} VesselDomainChangeFlags;

/** VesselDomainXmlFlags: for vessel_domain_xml(). */
typedef enum VesselDomainXmlFlags {
    VESSEL_DOMAIN_XML_INACTIVE = 1 << 0, /**< the next start's definition, even if it runs */
    VESSEL_DOMAIN_XML_SECURE = 1 << 1,   /**< with secrets */
    VESSEL_DOMAIN_XML_GIVEN = 1 << 2,    /**< the text as it was given to define, byte for byte */
    VESSEL_DOMAIN_XML_JSON = 1 << 3      /**< as JSON */
} VesselDomainXmlFlags;

/** VesselDomainConsoleFlags: for vessel_domain_open_console(). */
typedef enum VesselDomainConsoleFlags {
    VESSEL_DOMAIN_CONSOLE_FORCE = 1 << 0,   /**< take the place of the present writer */
    VESSEL_DOMAIN_CONSOLE_READONLY = 1 << 1 /**< only watch; any number may */
} VesselDomainConsoleFlags;

/** VesselDomainMetadataKind: for vessel_domain_set_metadata(). */
typedef enum VesselDomainMetadataKind {
    VESSEL_DOMAIN_METADATA_TITLE = 1,       /**< title: one line */
    VESSEL_DOMAIN_METADATA_DESCRIPTION = 2, /**< description */
    VESSEL_DOMAIN_METADATA_ELEMENT = 3      /**< element: an XML element of a namespace of yours */
} VesselDomainMetadataKind;

/**
 * VesselDomainDefineOptions: for vessel_domain_define(). Initialise with
 * VESSEL_DOMAIN_DEFINE_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: deadline: 0 = the host's default, negative = none
 * @flags: VesselDomainDefineFlags
 * @warnings: (out) (nullable) (transfer full): where to put what was let pass, as
 *     VesselDefinitionOptions has it
 *
 * Since: 0.1.0
 */
typedef struct VesselDomainDefineOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
    VesselError **warnings;
} VesselDomainDefineOptions;
/** VESSEL_DOMAIN_DEFINE_OPTIONS_INIT: the defaults. */
#define VESSEL_DOMAIN_DEFINE_OPTIONS_INIT                                                          \
    {                                                                                              \
        sizeof(VesselDomainDefineOptions), 0, 0, NULL                                              \
    }

/**
 * VesselDomainMetadataOptions: for vessel_domain_set_metadata(). Initialise with
 * VESSEL_DOMAIN_METADATA_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: deadline: 0 = the host's default, negative = none
 * @flags: VesselDomainAffect bits
 *
 * Since: 0.1.0
 */
typedef struct VesselDomainMetadataOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
} VesselDomainMetadataOptions;
/** VESSEL_DOMAIN_METADATA_OPTIONS_INIT: the defaults. */
#define VESSEL_DOMAIN_METADATA_OPTIONS_INIT                                                        \
    {                                                                                              \
        sizeof(VesselDomainMetadataOptions), 0, 0                                                  \
    }

/**
 * VesselDomainChangeOptions: for vessel_domain_change(). Initialise with
 * VESSEL_DOMAIN_CHANGE_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: deadline: 0 = the host's default, negative = none
 * @flags: VesselDomainAffect and VesselDomainChangeFlags bits
 * @from: (nullable) the definition that the text was made of, as vessel_domain_xml() gave it (with
 *     VESSEL_DOMAIN_XML_SECURE): if it is another by now nothing is changed, and the error is `busy`
 *     and retryable
 * @plan: (out) (nullable) (transfer full): what is changed, as JSON, to be freed with vessel_free()
 *
 * Since: 0.1.0
 */
typedef struct VesselDomainChangeOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
    const char *from;
    char **plan;
} VesselDomainChangeOptions;
/** VESSEL_DOMAIN_CHANGE_OPTIONS_INIT: the defaults. */
#define VESSEL_DOMAIN_CHANGE_OPTIONS_INIT                                                          \
    {                                                                                              \
        sizeof(VesselDomainChangeOptions), 0, 0, NULL, NULL                                        \
    }

/**
 * VesselDomainConsoleOptions: for vessel_domain_open_console(). Initialise with
 * VESSEL_DOMAIN_CONSOLE_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: deadline: 0 = the host's default, negative = none
 * @flags: VesselDomainConsoleFlags
 * @device: (nullable) alias of a serial or console device; NULL = the first
 *
 * Since: 0.1.0
 */
typedef struct VesselDomainConsoleOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
    const char *device;
} VesselDomainConsoleOptions;
/** VESSEL_DOMAIN_CONSOLE_OPTIONS_INIT: the defaults. */
#define VESSEL_DOMAIN_CONSOLE_OPTIONS_INIT                                                         \
    {                                                                                              \
        sizeof(VesselDomainConsoleOptions), 0, 0, NULL                                             \
    }

/**
 * VesselDomainStartOptions: for vessel_domain_start(). Initialise with
 * VESSEL_DOMAIN_START_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: deadline: 0 = the host's default, negative = none
 * @flags: VesselDomainStartFlags
 *
 * Since: 0.1.0
 */
typedef struct VesselDomainStartOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
} VesselDomainStartOptions;
/** VESSEL_DOMAIN_START_OPTIONS_INIT: the defaults. */
#define VESSEL_DOMAIN_START_OPTIONS_INIT                                                           \
    {                                                                                              \
        sizeof(VesselDomainStartOptions), 0, 0                                                     \
    }

/**
 * VesselDomainCreateOptions: for vessel_domain_create(). Initialise with
 * VESSEL_DOMAIN_CREATE_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: deadline: 0 = the host's default, negative = none
 * @flags: VesselDomainStartFlags
 * @define_flags: VesselDomainDefineFlags
 * @warnings: (out) (nullable) (transfer full): where to put what was let pass, as
 *     VesselDefinitionOptions has it
 *
 * Since: 0.1.0
 */
typedef struct VesselDomainCreateOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
    uint32_t define_flags;
    VesselError **warnings;
} VesselDomainCreateOptions;
/** VESSEL_DOMAIN_CREATE_OPTIONS_INIT: the defaults. */
#define VESSEL_DOMAIN_CREATE_OPTIONS_INIT                                                          \
    {                                                                                              \
        sizeof(VesselDomainCreateOptions), 0, 0, 0, NULL                                           \
    }

/**
 * VesselDomainOptions: for calls on a domain that may wait and have no options of their own.
 * Initialise with VESSEL_DOMAIN_OPTIONS_INIT.
 *
 * @size: sizeof of this structure
 * @timeout_ms: deadline: 0 = the host's default, negative = none
 * @flags: must be 0
 *
 * Since: 0.1.0
 */
typedef struct VesselDomainOptions {
    size_t size;
    int64_t timeout_ms;
    uint32_t flags;
} VesselDomainOptions;
/** VESSEL_DOMAIN_OPTIONS_INIT: the defaults. */
#define VESSEL_DOMAIN_OPTIONS_INIT                                                                 \
    {                                                                                              \
        sizeof(VesselDomainOptions), 0, 0                                                          \
    }

/**
 * vessel_domain_define:
 * @host: the host
 * @text: the definition, XML or (beginning with "{") JSON
 * @options: (nullable): NULL for the defaults
 * @result: (out): the domain, to be released with vessel_domain_unref()
 * @err: (out) (optional): the error
 *
 * Makes a persistent domain, or replaces the definition of the one with the same UUID and name.
 * When the call returns the definition is on disk. A running domain keeps the definition in force
 * until its next start. What the guest sees and the text leaves out, such as a MAC address, is made
 * up and recorded: vessel_domain_xml() has it, and defining that again changes nothing, while the
 * text without it makes it up anew. Event: domain.defined.
 *
 * Errors: closed, forked, invalid-definition (with all problems), unsupported (an element the
 * driver would not honour, by path), exists (the name belongs to another UUID or the UUID to
 * another name), busy, denied (read-only), no-space.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_define(VesselHost *host, const char *text,
                                    const VesselDomainDefineOptions *options, VesselDomain **result,
                                    VesselError **err);

/**
 * vessel_domain_create:
 * @host: the host
 * @text: the definition, XML or (beginning with "{") JSON
 * @options: (nullable): NULL for the defaults
 * @job: (out) (optional): NULL waits here; otherwise the call returns at once with a job
 * @result: (out): the domain, to be released with vessel_domain_unref()
 * @err: (out) (optional): the error
 *
 * Starts a transient domain: it has no definition once it is shut off. With @job, *@result is set
 * at once.
 *
 * Errors: closed, forked, those of vessel_domain_define() and vessel_domain_start().
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_create(VesselHost *host, const char *text,
                                    const VesselDomainCreateOptions *options, VesselJob **job,
                                    VesselDomain **result, VesselError **err);

/**
 * vessel_domain_undefine:
 * @domain: the domain
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error
 *
 * Removes the definition. A running domain becomes transient. Event: domain.undefined.
 *
 * Errors: closed, forked, not-found, wrong-state (it is transient), busy, denied, no-space.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_undefine(VesselDomain *domain, const VesselDomainOptions *options,
                                      VesselError **err);

/**
 * vessel_domain_list:
 * @host: the host
 * @flags: VesselDomainListFlags, 0 = all
 * @domains: (out) (transfer full): NULL-terminated array, sorted by name, to be freed with
 * vessel_domain_list_free()
 * @count: (out) (optional): how many
 * @err: (out) (optional): the error
 *
 * Lists domains. Answers from memory: no guest is asked.
 *
 * Errors: closed, forked, invalid-argument, corrupt, io.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_list(VesselHost *host, uint32_t flags, VesselDomain ***domains,
                                  size_t *count, VesselError **err);

/**
 * vessel_domain_list_free:
 * @domains: (nullable) (transfer full): the array
 *
 * Frees the array and drops its references.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_domain_list_free(VesselDomain **domains);

/**
 * vessel_domain_lookup_by_name:
 * @host: the host
 * @name: the name
 * @result: (out): the domain, to be released with vessel_domain_unref()
 * @err: (out) (optional): the error
 *
 * Finds a domain by its name.
 *
 * Errors: closed, forked, not-found (with the nearest name).
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_lookup_by_name(VesselHost *host, const char *name,
                                            VesselDomain **result, VesselError **err);

/**
 * vessel_domain_lookup_by_uuid:
 * @host: the host
 * @uuid: the UUID, in any usual spelling
 * @result: (out): the domain, to be released with vessel_domain_unref()
 * @err: (out) (optional): the error
 *
 * Finds a domain by its UUID.
 *
 * Errors: closed, forked, invalid-argument, not-found.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_lookup_by_uuid(VesselHost *host, const char *uuid,
                                            VesselDomain **result, VesselError **err);

/**
 * vessel_domain_lookup_by_id:
 * @host: the host
 * @id: the number it was given when it was started
 * @result: (out): the domain, to be released with vessel_domain_unref()
 * @err: (out) (optional): the error
 *
 * Finds a running domain by its id.
 *
 * Errors: closed, forked, not-found.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_lookup_by_id(VesselHost *host, int id, VesselDomain **result,
                                          VesselError **err);

/**
 * vessel_domain_ref:
 * @domain: the domain
 *
 * Returns: (transfer full): @domain with one more reference.
 * Since: 0.1.0
 */
VESSEL_API VesselDomain *vessel_domain_ref(VesselDomain *domain);

/**
 * vessel_domain_unref:
 * @domain: (nullable) (transfer full): the domain
 *
 * Drops a reference to the handle; the domain itself is not touched.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_domain_unref(VesselDomain *domain);

/**
 * vessel_domain_get_host:
 * @domain: the domain
 *
 * Returns: (borrowed) its host.
 * Since: 0.1.0
 */
VESSEL_API VesselHost *vessel_domain_get_host(VesselDomain *domain);

/**
 * vessel_domain_get_uuid:
 * @domain: the domain
 *
 * Returns: (borrowed) its UUID, 36 characters in lower case; it never changes.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_domain_get_uuid(VesselDomain *domain);

/**
 * vessel_domain_name:
 * @domain: the domain
 * @name: (out) (transfer full): its present name, to be freed with vessel_free()
 * @err: (out) (optional): the error
 *
 * Tells its present name; it may be renamed any time.
 *
 * Errors: closed, forked, not-found (it was undefined).
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_name(VesselDomain *domain, char **name, VesselError **err);

/**
 * vessel_domain_id:
 * @domain: the domain
 * @id: (out): its number, -1 if it is shut off
 * @err: (out) (optional): the error
 *
 * Tells the number of this start.
 *
 * Errors: closed, forked, not-found.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_id(VesselDomain *domain, int *id, VesselError **err);

/**
 * vessel_domain_state:
 * @domain: the domain
 * @reason: (out) (optional) (transfer full): why it is in that state ("booted", "user",
 * "destroyed", "exit:3"), to be freed with vessel_free()
 * @err: (out) (optional): the error
 *
 * Tells what it is doing and why. Never waits for the guest.
 *
 * Errors: closed, forked, not-found.
 * Returns: a VesselDomainState or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_state(VesselDomain *domain, char **reason, VesselError **err);

/**
 * vessel_domain_state_name:
 * @state: a VesselDomainState
 *
 * Returns: (borrowed) (nullable) "running", "shut off" … as virsh says it; NULL for no state.
 * Since: 0.1.0
 */
VESSEL_API const char *vessel_domain_state_name(int state);

/**
 * VesselDomainInfo: facts about a domain, from vessel_domain_info(). Strings belong to it.
 *
 * @size: sizeof of the structure in the library that made it
 * @name: its name
 * @uuid: its UUID
 * @id: its number, -1 if it is shut off
 * @state: a VesselDomainState
 * @reason: why it is in that state
 * @type: the type as defined, "auto"
 * @driver: what runs it, "emulator" (what `auto` came to)
 * @os_type: "hvm"
 * @max_memory_kib: memory in KiB, 0 = no limit (a container)
 * @memory_kib: memory it has now, in KiB; a container's limit
 * @vcpus: virtual CPUs
 * @cpu_time_ns: CPU time used since it was started, nanoseconds
 * @persistent: 1 if it has a definition
 * @autostart: 1 if it is marked
 * @autodestroy: 1 if it is tied to a program
 * @changed: 1 if the next start's definition differs from the one in force
 * @notes: (nullable) NULL-terminated array of sentences worth knowing ("runs in the control group
 * of the program that started it: …", problems of a stored definition)
 *
 * Since: 0.1.0
 */
typedef struct VesselDomainInfo {
    size_t size;
    const char *name;
    const char *uuid;
    int id;
    int state;
    const char *reason;
    const char *type;
    const char *driver;
    const char *os_type;
    uint64_t max_memory_kib;
    uint64_t memory_kib;
    uint32_t vcpus;
    uint64_t cpu_time_ns;
    int persistent;
    int autostart;
    int autodestroy;
    int changed;
    const char *const *notes;
} VesselDomainInfo;

/**
 * vessel_domain_info:
 * @domain: the domain
 * @info: (out) (transfer full): to be freed with vessel_domain_info_free()
 * @err: (out) (optional): the error
 *
 * Tells the facts about it. Never waits for the guest.
 *
 * Errors: closed, forked, not-found, io.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_info(VesselDomain *domain, VesselDomainInfo **info, VesselError **err);

/**
 * vessel_domain_info_free:
 * @info: (nullable) (transfer full): the facts
 *
 * Frees them and the strings that belong to them. NULL is allowed.
 *
 * Since: 0.1.0
 */
VESSEL_API void vessel_domain_info_free(VesselDomainInfo *info);

/**
 * vessel_domain_xml:
 * @domain: the domain
 * @flags: VesselDomainXmlFlags
 * @xml: (out) (transfer full): the definition
 * @err: (out) (optional): the error
 *
 * Writes its definition. The definition in force of a running domain, else that of the next start,
 * with everything that was filled in.
 *
 * Errors: closed, forked, not-found, wrong-state (INACTIVE of a transient domain), corrupt, io.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_xml(VesselDomain *domain, uint32_t flags, char **xml,
                                 VesselError **err);

/**
 * vessel_domain_start:
 * @domain: the domain
 * @options: (nullable): NULL for the defaults
 * @job: (out) (optional): NULL waits here; otherwise the call returns at once with a job
 * @err: (out) (optional): the error
 *
 * Starts it. When the call returns 0 its vCPUs run (unless PAUSED). A program killed meanwhile
 * leaves a running or a shut-off domain, never a third thing. Event: domain.started.
 *
 * Errors: closed, forked, not-found, wrong-state, busy, invalid-definition and not-found with the
 * path in the definition (a file that is missing), denied (which component, which permission),
 * missing-feature, no-resource, hypervisor-died, timeout, outcome-unknown, cancelled.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_start(VesselDomain *domain, const VesselDomainStartOptions *options,
                                   VesselJob **job, VesselError **err);

/**
 * vessel_domain_shutdown:
 * @domain: the domain
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error
 *
 * Asks the guest to shut down (the ACPI power button) and returns when the request was delivered.
 * Use vessel_domain_wait() to wait for the end. Events: domain.shutdown-requested, later
 * domain.stopped.
 *
 * Errors: closed, forked, not-found, wrong-state, busy, unsupported (the guest has no power
 * button), guest-refused, timeout, outcome-unknown.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_shutdown(VesselDomain *domain, const VesselDomainOptions *options,
                                      VesselError **err);

/**
 * vessel_domain_destroy:
 * @domain: the domain
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error
 *
 * Ends it at once, like pulling the plug; returns when its process is gone. Works during every
 * other operation and when neither guest nor warden answer. Event: domain.stopped.
 *
 * Errors: closed, forked, not-found, wrong-state, timeout, denied.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_destroy(VesselDomain *domain, const VesselDomainOptions *options,
                                     VesselError **err);

/**
 * vessel_domain_reboot:
 * @domain: the domain
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error
 *
 * Asks the guest to restart by itself (power button, then started again).
 *
 * Errors: closed, forked, not-found, wrong-state, busy, unsupported, guest-refused, timeout,
 * outcome-unknown.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_reboot(VesselDomain *domain, const VesselDomainOptions *options,
                                    VesselError **err);

/**
 * vessel_domain_reset:
 * @domain: the domain
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error
 *
 * Resets it at once, like the reset button. Event: domain.reset.
 *
 * Errors: closed, forked, not-found, wrong-state, busy, guest-refused, timeout, outcome-unknown.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_reset(VesselDomain *domain, const VesselDomainOptions *options,
                                   VesselError **err);

/**
 * vessel_domain_suspend:
 * @domain: the domain
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error
 *
 * Stops its vCPUs; it stays in memory. Event: domain.suspended.
 *
 * Errors: closed, forked, not-found, wrong-state, busy, guest-refused, timeout, outcome-unknown.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_suspend(VesselDomain *domain, const VesselDomainOptions *options,
                                     VesselError **err);

/**
 * vessel_domain_resume:
 * @domain: the domain
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error
 *
 * Lets its vCPUs run on. Event: domain.resumed.
 *
 * Errors: closed, forked, not-found, wrong-state, busy, guest-refused, timeout, outcome-unknown.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_resume(VesselDomain *domain, const VesselDomainOptions *options,
                                    VesselError **err);

/**
 * vessel_domain_rename:
 * @domain: the domain
 * @name: the new name
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error
 *
 * Gives it another name. A running domain is renamed too. Event: domain.renamed.
 *
 * Errors: closed, forked, not-found, invalid-argument, exists, busy, wrong-state (it is
 * transient), no-space.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_rename(VesselDomain *domain, const char *name,
                                    const VesselDomainOptions *options, VesselError **err);

/**
 * vessel_domain_set_autostart:
 * @domain: the domain
 * @autostart: 1 or 0
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error
 *
 * Marks it to be started by vessel_host_autostart(). Event: domain.changed.
 *
 * Errors: closed, forked, not-found, wrong-state (it is transient), busy, no-space.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_set_autostart(VesselDomain *domain, int autostart,
                                           const VesselDomainOptions *options, VesselError **err);

/**
 * vessel_domain_set_metadata:
 * @domain: the domain
 * @kind: a VesselDomainMetadataKind
 * @text: (nullable): the title, description or XML element; NULL removes it
 * @prefix: (nullable): namespace prefix of the element
 * @uri: (nullable): namespace URI of the element, required with ELEMENT
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error
 *
 * Sets the title, the description or an XML element. Event: domain.changed.
 *
 * Errors: closed, forked, not-found, invalid-argument, invalid-definition (no well-formed
 * element), wrong-state, busy, no-space.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_set_metadata(VesselDomain *domain, int kind, const char *text,
                                          const char *prefix, const char *uri,
                                          const VesselDomainMetadataOptions *options,
                                          VesselError **err);

/**
 * vessel_domain_metadata:
 * @domain: the domain
 * @kind: a VesselDomainMetadataKind
 * @uri: (nullable): namespace URI of the element
 * @affect: VesselDomainAffect, one of them
 * @text: (out) (transfer full): the text, to be freed with vessel_free()
 * @err: (out) (optional): the error
 *
 * Reads the title, the description or an XML element.
 *
 * Errors: closed, forked, not-found (there is none), invalid-argument, wrong-state.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_metadata(VesselDomain *domain, int kind, const char *uri,
                                      uint32_t affect, char **text, VesselError **err);

/**
 * vessel_domain_change:
 * @domain: the domain
 * @text: its whole definition as it shall be, XML or JSON
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error, with all problems
 *
 * Makes @text the domain's definition: the one in force (VESSEL_DOMAIN_AFFECT_LIVE), that of the next
 * start (VESSEL_DOMAIN_AFFECT_NEXT), or both; neither: the one in force if it runs, else the other.
 * What of a running domain differs is changed at once: all of it or nothing. If one of the
 * differences cannot be made while it runs, it is refused, with the path of each. What is the same
 * is left alone, so the same text again does nothing. Its name and UUID stay. Event: domain.changed.
 *
 * The plan is an object with the members live and next, as far as they are meant: arrays of changes,
 * as vessel_definition_diff() describes them, but for live, which here says whether this driver can
 * make it while the domain runs. It is there also if the change was refused.
 *
 * Errors: closed, forked, not-found, invalid-argument (it is another domain's), invalid-definition,
 * unsupported (not while it runs), wrong-state, busy, denied, no-space, guest-refused, timeout,
 * outcome-unknown.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_change(VesselDomain *domain, const char *text,
                                    const VesselDomainChangeOptions *options, VesselError **err);

/**
 * vessel_domain_wait:
 * @domain: the domain
 * @states: VesselDomainState bits: any of them ends the wait
 * @options: (nullable): NULL for the defaults
 * @err: (out) (optional): the error
 *
 * Waits until the domain is in one of @states. A transient domain that ends, or one that is
 * undefined, is shut off.
 *
 * Errors: closed, forked, timeout, invalid-argument, not-found.
 * Returns: the VesselDomainState reached or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_wait(VesselDomain *domain, uint32_t states,
                                  const VesselDomainOptions *options, VesselError **err);

/**
 * vessel_domain_open_console:
 * @domain: the domain
 * @options: (nullable): NULL for the defaults
 * @fd: (out): a connected stream socket, close-on-exec and non-blocking, to be closed by the
 * caller
 * @err: (out) (optional): the error
 *
 * Connects to a serial or console device. Recent output is replayed first. All readers see the
 * output; one may write. A writer whose place was taken (VESSEL_DOMAIN_CONSOLE_FORCE) goes on
 * reading; what it sends fails with EPIPE.
 *
 * Errors: closed, forked, not-found (no such device), wrong-state, busy (somebody writes),
 * unsupported, timeout.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_open_console(VesselDomain *domain,
                                          const VesselDomainConsoleOptions *options, int *fd,
                                          VesselError **err);

/**
 * vessel_domain_open_log:
 * @domain: the domain
 * @fd: (out): the log, opened for reading, to be closed by the caller
 * @err: (out) (optional): the error
 *
 * Opens its log for reading. The domain's log: the hypervisor's version, command line and
 * messages, the warden's decisions.
 *
 * Errors: closed, forked, not-found (it has never been started), io.
 * Returns: 0 or a negative VesselErrorCode.
 * Since: 0.1.0
 */
VESSEL_API int vessel_domain_open_log(VesselDomain *domain, int *fd, VesselError **err);

#ifdef __cplusplus
}
#endif

#endif
