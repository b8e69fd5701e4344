/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <blkiotune>: shares of the host's disks. */
#include "model/things.h"

static const VesselRow blkio_device_rows[] = {
    VESSEL_STRING(VesselBlkioDevice, path, "path", &vessel__form_path, 4095,
                  VESSEL_ROW_REQUIRED | VESSEL_ROW_HOSTPATH | VESSEL_ROW_KEY, "the host's device"),
    VESSEL_NUMBER(VesselBlkioDevice, weight, "weight", 10, 1000, VESSEL_ROW_LIVE,
                  "weight against other domains", .otherwise = "that of the domain"),
    VESSEL_NUMBER(VesselBlkioDevice, read_iops_sec, "read_iops_sec", 0, UINT32_MAX, VESSEL_ROW_LIVE,
                  "reads in a second at most", .otherwise = "no limit"),
    VESSEL_NUMBER(VesselBlkioDevice, write_iops_sec, "write_iops_sec", 0, UINT32_MAX,
                  VESSEL_ROW_LIVE, "writes in a second at most", .otherwise = "no limit"),
    VESSEL_NUMBER(VesselBlkioDevice, read_bytes_sec, "read_bytes_sec", 0, UINT64_MAX,
                  VESSEL_ROW_LIVE, "bytes read in a second at most", .otherwise = "no limit"),
    VESSEL_NUMBER(VesselBlkioDevice, write_bytes_sec, "write_bytes_sec", 0, UINT64_MAX,
                  VESSEL_ROW_LIVE, "bytes written in a second at most", .otherwise = "no limit"),
    {.path = NULL},
};

const VesselTable vessel__blkio_device_table =
    VESSEL_PART_TABLE(VesselBlkioDevice, "device", blkio_device_rows);

static const VesselRow blkiotune_rows[] = {
    VESSEL_NUMBER(VesselBlkiotune, weight, "weight", 10, 1000, VESSEL_ROW_LIVE,
                  "weight against other domains", .otherwise = VESSEL_ITS_OWN),
    VESSEL_OBJECTS(VesselBlkiotune, device, "device", &vessel__blkio_device_table, 256,
                   VESSEL_ROW_LIVE, "the same for one device"),
    {.path = NULL},
};

const VesselTable vessel__blkiotune_table =
    VESSEL_PART_TABLE(VesselBlkiotune, "blkiotune", blkiotune_rows);
