/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VESSEL_CORE_ROOTFS_H
#define VESSEL_CORE_ROOTFS_H

#include "core/host.h"

int vessel__host_import_rootfs(VesselHost *host, const char *const *files,
                               const VesselHostImportOptions *options, VesselJob **job, char **path,
                               VesselError **err);

#endif
