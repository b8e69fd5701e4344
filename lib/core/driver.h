/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver interface: small tables by capability, each beginning with its size. A missing table
 * or slot means unsupported; from that fact alone come "supports?", the error text, the matrix in
 * the documents and the skips of the contract suite. Dispatch (core) checks, locks and records; a
 * slot just does it. */
#ifndef VESSEL_CORE_DRIVER_H
#define VESSEL_CORE_DRIVER_H

#include "kit/guest.h"
#include "kit/launch.h"
#include "kit/report.h"
#include "model/domain.h"
#include <vessel/domain.h>
#include <vessel/exec.h>
#include <vessel/stats.h>

#define VESSEL__DRIVER_ABI 1

/* Where the truth about a domain's state is. */
typedef enum {
    VESSEL_TRUTH_WARDEN,  /* state.json, written by its warden */
    VESSEL_TRUTH_BACKEND, /* a remote host: asked before a state is checked */
    VESSEL_TRUTH_PROCESS, /* this program: dispatch records what a slot achieved */
} VesselTruth;

typedef struct {
    size_t size;
    /* 1 if domains of this driver can run here, 0 with *why_not (g_free) otherwise. @host_arch etc.
     * come from @options: {type, arch, machine}, each may be NULL. Cheap; may be called often. */
    int (*usable)(VesselDriverHost *host, const char *arch, const char *machine, char **why_not);
    /* The driver's half of the phases. defaults: fills in what the guest will see (machine version,
     * controllers, PCI addresses, MACs, aliases are not kept); stable when run on its own result.
     */
    int (*defaults)(VesselDriverHost *host, VesselDomainDef *def, VesselError **err);
    void (*check)(VesselDriverHost *host, const VesselDomainDef *def, VesselProblems *problems);
    /* Files, devices and memory that a start would need (also `validate --host`). */
    void (*check_start)(VesselDriverHost *host, const VesselDomainDef *def,
                        VesselProblems *problems);
    /* <guest> elements of the capabilities document: array of {arch, wordsize, emulator, os_type,
     * machines: [{name, canonical, max_cpus}], types: ["kvm"]}; core writes the XML. */
    int (*capabilities)(VesselDriverHost *host, VesselJson **guests, VesselError **err);
    /* The <domainCapabilities> document's content for one type/arch/machine (NULL = default). */
    int (*domain_capabilities)(VesselDriverHost *host, const char *emulator, const char *arch,
                               const char *machine, char **xml, VesselError **err);
    void (*report)(VesselDriverHost *host, VesselReport *report); /* rows of `doctor` */
    void (*close)(VesselDriverHost *host); /* forgets what it cached for this host */
    /* What only a definition in force has: the devices' aliases, names that the start with that @id
     * makes in the kernel. On the copy that becomes it. */
    void (*in_force)(VesselDriverHost *host, VesselDomainDef *def, int id);
    /* A definition of @uuid is stored by now; or none is any more, and the domain still runs, if
     * @runs, or has ended for good. For what belongs to a definition and is not in it. */
    void (*kept)(VesselDriverHost *host, const char *uuid, bool is_kept, bool runs);
} VesselHostOps;

typedef struct {
    size_t size;
    int (*start)(VesselGuest *guest, const VesselStartArgs *args, VesselError **err);
    int (*shutdown)(VesselGuest *guest, VesselError **err);
    int (*destroy)(VesselGuest *guest, VesselError **err);
    int (*reboot)(VesselGuest *guest, VesselError **err);
    int (*reset)(VesselGuest *guest, VesselError **err);
    int (*suspend)(VesselGuest *guest, VesselError **err);
    int (*resume)(VesselGuest *guest, VesselError **err);
    /* The definition in force was changed in ways no device notices (title, metadata, name). */
    int (*definition_changed)(VesselGuest *guest, const char *xml, const char *kind,
                              VesselError **err);
    int (*renamed)(VesselGuest *guest, const char *new_name, VesselError **err);
    void (*forget)(VesselGuest *guest); /* frees *guest->data */
} VesselLifecycleOps;

/* From guest->def to @to, which is in force afterwards: all of it, or nothing. */
typedef struct {
    const VesselDomainDef *to;
    const char *xml;         /* @to, as it is to be kept */
    const VesselJson *paths; /* what differs */
} VesselChange;

typedef struct {
    size_t size;
    /* What can be changed while it runs, each path with all that is in it; ends with NULL. NULL:
     * whatever the model says so of (LIVE). Title, description and metadata need no path. */
    const char *const *paths;
    int (*change)(VesselGuest *guest, const VesselChange *change, VesselError **err);
} VesselChangeOps;

typedef struct {
    size_t size;
    /* @device: alias, or NULL for the first. The descriptor is a connected stream socket. */
    int (*open)(VesselGuest *guest, const char *device, unsigned flags, int *fd, VesselError **err);
} VesselConsoleOps;

/* Where a program that was started in a guest is watched. @socket: SOCK_SEQPACKET, JSON messages:
 * {"signal": N} to it is for the program; from it comes {"status": N} or {"signal": N} when the
 * program has ended, and then its end. Whoever closes it ends the program. @terminal: its
 * terminal's far end, or -1. */
typedef struct {
    int socket, terminal;
} VesselExecChannel;

/* Files into a guest or out of it. */
typedef struct {
    bool in;
    const char *inside, *local; /* paths; see vessel_domain_copy_in() */
    uint64_t max_bytes;
    int64_t idle_ms; /* so long nothing may move; negative: for ever */
} VesselCopy;

typedef struct {
    size_t size;
    /* Returns once the program runs. @options is whole and checked. */
    int (*exec)(VesselGuest *guest, const char *const *argv, const VesselExecOptions *options,
                VesselExecChannel *channel, VesselError **err);
    /* Returns at its end. @notes: how much, and what was left out; g_free. */
    int (*copy)(VesselGuest *guest, const VesselCopy *copy, char **notes, VesselError **err);
} VesselExecOps;

/* Where a stats slot puts what it read, per guest. Keys in virsh domstats' words. */
typedef struct VesselStatsSink VesselStatsSink;
void vessel__stats_put_u64(VesselStatsSink *sink, const char *key, uint64_t value);
void vessel__stats_put_i64(VesselStatsSink *sink, const char *key, int64_t value);
void vessel__stats_put_string(VesselStatsSink *sink, const char *key, const char *value);
/* A key that cannot be read is left out and named with its reason. */
void vessel__stats_put_error(VesselStatsSink *sink, const char *key, const VesselError *err);
/* The item did not answer in time: its values are the last known, this old. */
void vessel__stats_put_age(VesselStatsSink *sink, int64_t age_ms, const VesselError *why);
typedef struct {
    size_t size;
    /* A batch: all guests of this driver in one bulk call. @groups: VESSEL_STATS_* bits. */
    void (*collect)(VesselGuest *const *guests, VesselStatsSink *const *sinks, size_t count,
                    unsigned groups, VesselDeadline deadline);
    /* CPU time without asking the guest (info). */
    int (*cpu_time)(VesselGuest *guest, uint64_t *cpu_ns, VesselError **err);
} VesselStatsOps;

typedef struct VesselDriver {
    size_t size;
    unsigned abi;             /* VESSEL__DRIVER_ABI */
    const char *name;         /* "kvm": what records and `info` say */
    const char *const *types; /* words of /domain/@type that it runs */
    VesselTruth truth;
    bool mock;                    /* belongs to mock: hosts */
    const VesselSupport *support; /* definition paths it honours; ends with path NULL */
    const VesselHostOps *host;
    const VesselLifecycleOps *lifecycle;
    const VesselConsoleOps *console;
    const VesselStatsOps *stats;
    const VesselExecOps *exec;
    const VesselChangeOps *change;
} VesselDriver;

/* True if @driver has that slot. */
#define vessel_driver_has(driver, table, slot)                                                     \
    ((driver)->table &&                                                                            \
     (driver)->table->size >=                                                                      \
         offsetof(__typeof__(*(driver)->table), slot) + sizeof((driver)->table->slot) &&           \
     (driver)->table->slot)

/* Generated by configure from its list of drivers; ends with NULL. */
extern const VesselDriver *const vessel__drivers[];

#endif
