/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devices that a container may open; whatever node it may come by, no other is opened. */
#ifndef VESSEL_CONTAINER_ENGINE_DEVICES_H
#define VESSEL_CONTAINER_ENGINE_DEVICES_H

#include "base/common.h"

#define CONTAINER_DEVICE_ANY UINT32_MAX /* of a major number's minor ones */

typedef struct {
    const char *name; /* its node in /dev, bound from the host; NULL: it is none of those */
    bool block;
    uint32_t major, minor;
} ContainerDevice;

/* What every container has. */
extern const ContainerDevice vessel__container_devices[];
extern const size_t vessel__container_devices_count;

/* Appends (to a GArray of struct bpf_insn) a program of type BPF_PROG_TYPE_CGROUP_DEVICE that lets
 * these be read and written, and nothing be made. */
void vessel__container_device_program(const ContainerDevice *devices, size_t count,
                                      GArray *program);

#endif
