/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks of a disk: what goes with its bus, its kind and its name. */
#include "model/device-disk-rows.h"

#define BUS "/domain/devices/disk/target/@bus"

static bool is_raw(const VesselDisk *disk)
{
    return disk->format <= VESSEL_FORMAT_RAW;
}

static void check_address(const VesselCheck *check, const VesselDevice *device)
{
    const VesselDisk *disk = device->disk;
    const VesselAddress *address = disk->common.address;
    bool drive = disk->bus == VESSEL_DISK_BUS_IDE || disk->bus == VESSEL_DISK_BUS_FDC ||
                 disk->bus == VESSEL_DISK_BUS_SCSI || disk->bus == VESSEL_DISK_BUS_SATA;
    bool is_drive = address && address->type == VESSEL_ADDRESS_DRIVE;
    bool is_usb = address && address->type == VESSEL_ADDRESS_USB;

    if (!address || !address->type)
        return;
    if ((drive && !is_drive) || (disk->bus == VESSEL_DISK_BUS_USB && !is_usb))
        vessel__check_problem(check, device, "/address/@type", NULL,
                              "a disk on the bus '%s' has no address of this type",
                              vessel__domain_word(BUS, (int)disk->bus));
}

/* A unit that is handed over as it is. */
static void check_lun(const VesselCheck *check, const VesselDevice *device)
{
    const VesselDisk *disk = device->disk;
    const VesselDiskSource *source = disk->source;
    const VesselReservations *reservations = source ? source->reservations : NULL;
    bool lun = disk->device == VESSEL_DISK_DEVICE_LUN;

    if (lun && !is_raw(disk))
        vessel__check_problem(check, device, "/driver/@type", "use raw",
                              "the device 'lun' has no format");
    if (lun && source && vessel__check_count(source->slices))
        vessel__check_problem(check, device, "/source/slices", NULL,
                              "the device 'lun' is used as a whole");
    if (lun && (disk->encryption || (source && source->encryption)))
        vessel__check_problem(check, device,
                              disk->encryption ? "/encryption" : "/source/encryption", NULL,
                              "the device 'lun' is not encrypted here");
    if (!lun && reservations)
        vessel__check_problem(check, device, "/source/reservations", NULL,
                              "reservations are for the device 'lun'");
    if (reservations && reservations->managed == VESSEL_TRI_NO && !reservations->source_path)
        vessel__check_problem(check, device, "/source/reservations/source", NULL,
                              "reservations that are not managed need the socket of who does");
}

/* The server has both ends of such a disk: what is told of one of them is for nobody. */
static void check_vhostuser(const VesselCheck *check, const VesselDevice *device)
{
    const VesselDisk *disk = device->disk;
    const struct {
        const char *below;
        bool given;
    } options[] = {
        {"/@snapshot", disk->snapshot > 1},
        {"/driver/@cache", disk->cache > VESSEL_CACHE_DEFAULT},
        {"/driver/@error_policy", disk->error_policy != 0},
        {"/driver/@rerror_policy", disk->rerror_policy != 0},
        {"/driver/@io", disk->io != 0},
        {"/driver/@ioeventfd", disk->ioeventfd != VESSEL_TRI_ABSENT},
        {"/driver/@copy_on_read", disk->copy_on_read != VESSEL_TRI_ABSENT},
        {"/driver/@discard", disk->discard != 0},
        {"/driver/@iothread", disk->iothread.set},
        {"/driver/@detect_zeroes", disk->detect_zeroes != 0},
        {"/driver/metadata_cache", disk->metadata_cache.set},
        {"/iotune", disk->iotune != NULL},
        {"/backingStore", disk->backing && disk->backing->type},
        {"/encryption", disk->encryption != NULL},
        {"/readonly", disk->readonly != VESSEL_TRI_ABSENT},
        {"/shareable", disk->shareable != VESSEL_TRI_ABSENT},
        {"/transient", disk->transient != VESSEL_TRI_ABSENT},
        {"/serial", disk->serial != NULL},
        {"/wwn", disk->wwn != NULL},
        {"/vendor", disk->vendor != NULL},
        {"/product", disk->product != NULL},
        {"/auth", disk->auth != NULL},
        {"/geometry", disk->geometry != NULL},
        {"/blockio", disk->logical_block_size.set || disk->physical_block_size.set},
    };
    for (size_t i = 0; disk->type == VESSEL_DISK_VHOSTUSER && i < G_N_ELEMENTS(options); i++) {
        if (options[i].given)
            vessel__check_problem(check, device, options[i].below, NULL,
                                  "a disk of the type 'vhostuser' has none: its server decides");
    }
}

/* The letters count from a to z, aa, ab … and must give a number. */
static bool is_countable(const char *letters, size_t length)
{
    uint64_t number = 0;
    for (size_t i = 0; i < length; i++) {
        number = (number + (i > 0)) * 26 + (uint64_t)(letters[i] - 'a');
        if (number > INT32_MAX)
            return false;
    }
    return true;
}

static void check_name(const VesselCheck *check, const VesselDevice *device)
{
    const VesselDisk *disk = device->disk;
    const char *name = disk->target;
    size_t letters = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz") : 0;
    bool foreign = disk->bus == VESSEL_DISK_BUS_XEN || disk->bus == VESSEL_DISK_BUS_UML ||
                   disk->bus == VESSEL_DISK_BUS_ABSENT;

    if (foreign || letters < 3)
        return;
    if (name[letters] && strspn(name + letters, "0123456789") == strlen(name + letters))
        vessel__check_problem(check, device, "/target/@dev", "leave out the number",
                              "'%s' is a partition, and a disk has the name of one", name);
    else if (!is_countable(name + 2, letters - 2))
        vessel__check_problem(check, device, "/target/@dev", NULL,
                              "'%s' is the name of no disk: there are not so many", name);
}

static void check_use(const VesselCheck *check, const VesselDevice *device)
{
    const VesselDisk *disk = device->disk;
    const VesselDiskSource *source = disk->source;
    bool media =
        disk->device == VESSEL_DISK_DEVICE_CDROM || disk->device == VESSEL_DISK_DEVICE_FLOPPY;
    const char *policy = source ? vessel__domain_word("/domain/devices/disk/source/@startupPolicy",
                                                      source->startup_policy)
                                : NULL;

    if (disk->removable && disk->bus && disk->bus != VESSEL_DISK_BUS_USB)
        vessel__check_problem(check, device, "/target/@removable", NULL,
                              "only a disk on the bus 'usb' is told to be removable");
    if (!media && policy && strcmp(policy, "requisite") == 0)
        vessel__check_problem(check, device, "/source/@startupPolicy", "use optional or mandatory",
                              "'requisite' is for cdrom and floppy drives");
    if (disk->shareable && !disk->readonly && !is_raw(disk))
        vessel__check_problem(check, device, "/shareable", "use the format raw",
                              "an image with a format of its own has one writer");
}

void vessel__check_disk(const VesselCheck *check, const VesselDevice *device)
{
    check_address(check, device);
    check_lun(check, device);
    check_vhostuser(check, device);
    check_name(check, device);
    check_use(check, device);
}
