/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the cross checks share. Those of one device stand in that device's file. */
#ifndef VESSEL_MODEL_CHECK_H
#define VESSEL_MODEL_CHECK_H

#include "model/check-document.h"
#include "model/domain.h"
#include "model/forms.h"

typedef struct {
    const VesselDomainDef *def;
    const GPtrArray *devices; /* never NULL */
    VesselProblems *problems;
    const char *root; /* where the domain stands in its document; NULL: it is the document */
} VesselCheck;

/* @below is the path from @device on, or from the domain if @device is NULL; @hint may be NULL. */
void vessel__check_problem(const VesselCheck *check, const VesselDevice *device, const char *below,
                           const char *hint, const char *format, ...) G_GNUC_PRINTF(5, 6);

/* The same of a whole path with indices, which is taken over. */
void vessel__check_at(const VesselCheck *check, char *path, const char *hint, const char *format,
                      ...) G_GNUC_PRINTF(4, 5);

/* "/domain/devices/… (line 7)": where @device stands, for a message; g_free() */
char *vessel__check_where(const VesselCheck *check, const VesselDevice *device);

/* An element that documents of several kinds have: what it needs is checked by one function. */
typedef struct {
    const VesselCheck *check;      /* of a domain: */
    const VesselDevice *device;    /* of it, or NULL; */
    const VesselDocumentCheck *in; /* or, without @check, of another document */
    const char *path;              /* from the device or the domain on; of another document whole */
} VesselWhere;
/* @below is the path from the element on; @hint may be NULL. */
void vessel__where_problem(const VesselWhere *where, const char *below, const char *hint,
                           const char *format, ...) G_GNUC_PRINTF(4, 5);

/* The <seclabel> in a source; NULL, there and below, is not checked. */
void vessel__check_labels(const VesselWhere *where, const GPtrArray *labels);
/* check-net.c */
void vessel__check_vlan(const VesselWhere *where, const VesselVlan *vlan);
/* @no_floor: why it has no floor, NULL if it may have one. */
void vessel__check_bandwidth(const VesselWhere *where, const VesselBandwidth *bandwidth,
                             const char *no_floor);

/* The elements of an OBJECTS member, which is NULL if there are none. */
static inline guint vessel__check_count(const GPtrArray *list)
{
    return list ? list->len : 0;
}

/* Gives the numbers of the canonical @list (may be NULL) to @owner, which is not 0, in @owners of
 * VESSEL_CPUS_MAX + 1. The first number that another has, who keeps it, or -1; @other is that one.
 */
int vessel__owners_claim(guint16 *owners, const char *list, guint owner, guint *other);
/* The highest number of a canonical list, -1 if it is NULL. */
int vessel__cpus_last(const char *list);

/* Remembers that @device has @key (taken over); the device that has it already, or NULL. A key that is
 * NULL is nobody's. */
GHashTable *vessel__check_new_seen(void);
const VesselDevice *vessel__check_seen(GHashTable *seen, char *key, const VesselDevice *device);
/* Remembers @key (taken over) in *@seen, which is made for the first; false if it was there
 * already. */
bool vessel__check_first(GHashTable **seen, char *key);
/* "@what is that of /domain/devices/… already" */
void vessel__check_duplicate(const VesselCheck *check, const VesselDevice *device,
                             const VesselDevice *first, const char *below, const char *what);

/* Checks of the files of their things. */
void vessel__check_addresses(const VesselCheck *check);
void vessel__check_audios(const VesselCheck *check);
void vessel__check_tpms(const VesselCheck *check);
void vessel__check_videos(const VesselCheck *check);
void vessel__check_graphics(const VesselCheck *check, const VesselDevice *device);
void vessel__check_iommu(const VesselCheck *check, const VesselDevice *device);
void vessel__check_panic(const VesselCheck *check, const VesselDevice *device);
void vessel__check_rng(const VesselCheck *check, const VesselDevice *device);
void vessel__check_shmem(const VesselCheck *check, const VesselDevice *device);
void vessel__check_cpu(const VesselCheck *check);      /* <vcpu>, <vcpus>, <cpu> */
void vessel__check_memory(const VesselCheck *check);   /* <memory>, <memoryBacking>, <memtune> */
void vessel__check_numa(const VesselCheck *check);     /* <cpu><numa>, <numatune> */
void vessel__check_tuning(const VesselCheck *check);   /* <iothreads>, <cputune>, <blkiotune> */
void vessel__check_os(const VesselCheck *check);       /* <os>, <sysinfo>, <clock>, <features> */
void vessel__check_security(const VesselCheck *check); /* <seclabel>, <keywrap>, <idmap>, <perf> */
void vessel__check_controllers(const VesselCheck *check);
void vessel__check_interfaces(const VesselCheck *check);
void vessel__check_chardevs(const VesselCheck *check);
void vessel__check_hostdevs(const VesselCheck *check);
void vessel__check_smartcards(const VesselCheck *check);
void vessel__check_redirdevs(const VesselCheck *check);
void vessel__check_inputs(const VesselCheck *check);
/* What the host's end of a character device needs. @above: from the device to the element the
 * source is in; @path_is_made: the path of a unix socket may be left out. */
void vessel__check_chardev_backend(const VesselCheck *check, const VesselDevice *device,
                                   const char *above, const VesselChardevBackend *backend,
                                   bool path_is_made);
/* Parts that several devices have. */
void vessel__check_ips(const VesselCheck *check, const VesselDevice *device, const char *above,
                       const GPtrArray *ips, const GPtrArray *routes);
void vessel__check_rom(const VesselCheck *check, const VesselDevice *device, const VesselRom *rom);
void vessel__check_disks(const VesselCheck *check);
void vessel__check_filesystems(const VesselCheck *check);
void vessel__check_memory_devices(const VesselCheck *check);

#endif
