/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device.h"

#define ABI VESSEL_ROW_GUEST_ABI
#define ON_QXL VESSEL_WHEN(VESSEL_VIDEO_QXL)
#define ON_VIRTIO VESSEL_WHEN(VESSEL_VIDEO_VIRTIO)
#define HAS_RESOLUTION                                                                             \
    (VESSEL_WHEN(VESSEL_VIDEO_VGA) | ON_QXL | VESSEL_WHEN(VESSEL_VIDEO_BOCHS) |                    \
     VESSEL_WHEN(VESSEL_VIDEO_GOP) | ON_VIRTIO)

static const char *const types[] = {"",       "vga", "cirrus", "vmvga", "xen",   "vbox", "qxl",
                                    "virtio", "gop", "none",   "bochs", "ramfb", NULL};
static const char *const drivers[] = {"", "qemu", "vhostuser", NULL};
static const char *const vgaconfs[] = {"", "io", "on", "off", NULL};

static const VesselRow resolution_rows[] = {
    VESSEL_NUMBER(VesselResolution, x, "@x", 1, UINT32_MAX, VESSEL_ROW_REQUIRED | ABI,
                  "width, in pixels"),
    VESSEL_NUMBER(VesselResolution, y, "@y", 1, UINT32_MAX, VESSEL_ROW_REQUIRED | ABI,
                  "height, in pixels"),
    {.path = NULL},
};

static const VesselTable resolution_table =
    VESSEL_PART_TABLE(VesselResolution, "resolution", resolution_rows);

static const VesselRow model_rows[] = {
    VESSEL_ENUM(VesselVideoModel, type, "@type", types, VESSEL_ROW_REQUIRED | ABI, "device model"),
    VESSEL_NUMBER(VesselVideoModel, ram, "@ram", 0, UINT32_MAX, ABI,
                  "size of the primary region, in KiB", .when = ON_QXL,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselVideoModel, vram, "@vram", 0, UINT32_MAX, ABI,
                  "video memory, of qxl the secondary region, in KiB", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselVideoModel, vram64, "@vram64", 0, UINT32_MAX, ABI,
                  "size of the secondary region with 64-bit addresses, in KiB", .when = ON_QXL,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselVideoModel, vgamem, "@vgamem", 0, UINT32_MAX, ABI,
                  "framebuffer of VGA modes, in KiB", .when = ON_QXL, .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselVideoModel, heads, "@heads", 0, UINT32_MAX, ABI, "how many screens it has",
                  .preset = "1"),
    VESSEL_SWITCH(VesselVideoModel, primary, "@primary", vessel__no_yes, ABI,
                  "whether the guest begins with it", .otherwise = "the first one is"),
    VESSEL_SWITCH(VesselVideoModel, blob, "@blob", vessel__off_on, ABI,
                  "memory is shared with the host instead of copied", .when = ON_VIRTIO,
                  .preset = "off"),
    VESSEL_SWITCH(VesselVideoModel, accel3d, "acceleration/@accel3d", vessel__no_yes, ABI,
                  "whether there is 3D acceleration", .preset = "no"),
    VESSEL_SWITCH(VesselVideoModel, accel2d, "acceleration/@accel2d", vessel__no_yes, ABI,
                  "whether there is 2D acceleration", .preset = "no"),
    VESSEL_STRING(VesselVideoModel, rendernode, "acceleration/@rendernode", &vessel__form_path,
                  4095, VESSEL_ROW_HOSTPATH, "the host's device that a vhostuser driver draws with",
                  .otherwise = "one that the program chooses"),
    VESSEL_OBJECT(VesselVideoModel, resolution, "resolution", &resolution_table, ABI,
                  "smallest resolution", .when = HAS_RESOLUTION, .otherwise = VESSEL_ITS_OWN),
    {.path = NULL},
};

static const VesselTable model_table =
    VESSEL_PART_TABLE(VesselVideoModel, "model", model_rows, .tag = "@type");

static const VesselRow video_rows[] = {
    VESSEL_ENUM(VesselVideo, driver, "driver/@name", drivers, 0,
                "who draws: the hypervisor, or a program beside it",
                .otherwise = "qemu where QEMU runs it"),
    VESSEL_ENUM(VesselVideo, vgaconf, "driver/@vgaconf", vgaconfs, ABI,
                "how a gop device answers to old VGA programs", .otherwise = VESSEL_ITS_OWN),
    VESSEL_DEVICE_VIRTIO_ROWS(VesselVideo),
    VESSEL_OBJECT(VesselVideo, model, "model", &model_table, ABI, "what it is",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_DEVICE_ROWS(VesselVideo),
    {.path = NULL},
};

const VesselTable vessel__video_table = {
    .name = "video",
    VESSEL_DEVICE_TABLE(VesselVideo),
    .rows = video_rows,
};

static void check_video(const VesselCheck *check, const VesselDevice *device)
{
    const VesselVideo *video = device->video;
    const VesselVirtioOptions *virtio = &video->virtio;
    const VesselVideoModel *model = video->model;
    bool vhostuser = video->driver == VESSEL_VIDEO_DRIVER_VHOSTUSER;

    if (vhostuser && model && model->type != VESSEL_VIDEO_VIRTIO)
        vessel__check_problem(check, device, "/driver/@name", "use the model 'virtio'",
                              "the driver 'vhostuser' is for the model 'virtio' only");
    if (!vhostuser && model && model->rendernode)
        vessel__check_problem(check, device, "/model/acceleration/@rendernode",
                              "use <driver name='vhostuser'/>",
                              "only the driver 'vhostuser' takes a device to draw with");
    if (model && model->type != VESSEL_VIDEO_VIRTIO &&
        (virtio->iommu || virtio->ats || virtio->packed || virtio->page_per_vq))
        vessel__check_problem(check, device, "/driver", "use the model 'virtio'",
                              "options of virtio are given, but the model is '%s'",
                              vessel__word_at(types, (int)model->type));
    if (model && model->type == VESSEL_VIDEO_RAMFB && video->common.address)
        vessel__check_problem(check, device, "/address", "leave the address out",
                              "a video device of the model 'ramfb' has no address");
}

/* The one the guest begins with: that which says so, else the first. */
static const VesselDevice *find_primary(const VesselCheck *check)
{
    const VesselDevice *first = NULL;
    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind != VESSEL_DEVICE_VIDEO)
            continue;
        if (device->video->model && device->video->model->primary == VESSEL_TRI_YES)
            return device;
        first = first ? first : device;
    }
    return first;
}

static void check_secondary(const VesselCheck *check, const VesselDevice *device,
                            const VesselDevice *primary)
{
    const VesselVideoModel *model = device->video->model;
    const VesselVideoModel *other = primary->video->model;
    g_autofree char *where = vessel__check_where(check, primary);

    if (model && model->primary == VESSEL_TRI_YES)
        vessel__check_problem(check, device, "/model/@primary", "only one can be the primary one",
                              "%s is the primary video device already", where);
    else if ((model && model->type == VESSEL_VIDEO_NONE) ||
             (other && other->type == VESSEL_VIDEO_NONE))
        vessel__check_problem(check, device, "/model/@type", "leave out one of the two",
                              "the model 'none' is for no video device at all, and there is %s",
                              where);
    else if (model && model->type != VESSEL_VIDEO_QXL && model->type != VESSEL_VIDEO_VIRTIO)
        vessel__check_problem(check, device, "/model/@type", "use qxl or virtio",
                              "'%s' can only be the primary video device, which is %s",
                              vessel__word_at(types, (int)model->type), where);
}

void vessel__check_videos(const VesselCheck *check)
{
    const VesselDevice *primary = find_primary(check);
    for (guint i = 0; primary && i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind != VESSEL_DEVICE_VIDEO)
            continue;
        check_video(check, device);
        if (device != primary)
            check_secondary(check, device, primary);
    }
}
