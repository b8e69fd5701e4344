/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/check.h"
#include "model/device.h"
#include "model/things.h"

#define ON_PCI VESSEL_WHEN(VESSEL_CONTROLLER_PCI)
#define ON_USB VESSEL_WHEN(VESSEL_CONTROLLER_USB)
#define ON_VIRTIO_SERIAL VESSEL_WHEN(VESSEL_CONTROLLER_VIRTIO_SERIAL)
#define ON_XENBUS VESSEL_WHEN(VESSEL_CONTROLLER_XENBUS)
#define ABI VESSEL_ROW_GUEST_ABI

static const char *const controller_types[] = {
    "", "ide", "fdc", "scsi", "sata", "virtio-serial", "ccid", "usb", "pci", "isa", "xenbus", NULL};
static const char *const controller_models[] = {
    "",
    [VESSEL_CONTROLLER_MODEL_PCI_ROOT] = "pci-root",
    [VESSEL_CONTROLLER_MODEL_PCIE_ROOT] = "pcie-root",
    [VESSEL_CONTROLLER_MODEL_PCI_BRIDGE] = "pci-bridge",
    [VESSEL_CONTROLLER_MODEL_DMI_TO_PCI_BRIDGE] = "dmi-to-pci-bridge",
    [VESSEL_CONTROLLER_MODEL_PCIE_TO_PCI_BRIDGE] = "pcie-to-pci-bridge",
    [VESSEL_CONTROLLER_MODEL_PCIE_ROOT_PORT] = "pcie-root-port",
    [VESSEL_CONTROLLER_MODEL_PCIE_SWITCH_UPSTREAM_PORT] = "pcie-switch-upstream-port",
    [VESSEL_CONTROLLER_MODEL_PCIE_SWITCH_DOWNSTREAM_PORT] = "pcie-switch-downstream-port",
    [VESSEL_CONTROLLER_MODEL_PCI_EXPANDER_BUS] = "pci-expander-bus",
    [VESSEL_CONTROLLER_MODEL_PCIE_EXPANDER_BUS] = "pcie-expander-bus",
    [VESSEL_CONTROLLER_MODEL_AUTO] = "auto",
    [VESSEL_CONTROLLER_MODEL_BUSLOGIC] = "buslogic",
    [VESSEL_CONTROLLER_MODEL_LSILOGIC] = "lsilogic",
    [VESSEL_CONTROLLER_MODEL_LSISAS1068] = "lsisas1068",
    [VESSEL_CONTROLLER_MODEL_LSISAS1078] = "lsisas1078",
    [VESSEL_CONTROLLER_MODEL_VMPVSCSI] = "vmpvscsi",
    [VESSEL_CONTROLLER_MODEL_IBMVSCSI] = "ibmvscsi",
    [VESSEL_CONTROLLER_MODEL_VIRTIO_SCSI] = "virtio-scsi",
    [VESSEL_CONTROLLER_MODEL_NCR53C90] = "ncr53c90",
    [VESSEL_CONTROLLER_MODEL_DC390] = "dc390",
    [VESSEL_CONTROLLER_MODEL_AM53C974] = "am53c974",
    [VESSEL_CONTROLLER_MODEL_VIRTIO_TRANSITIONAL] = "virtio-transitional",
    [VESSEL_CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL] = "virtio-non-transitional",
    [VESSEL_CONTROLLER_MODEL_VIRTIO] = "virtio",
    [VESSEL_CONTROLLER_MODEL_PIIX3] = "piix3",
    [VESSEL_CONTROLLER_MODEL_PIIX4] = "piix4",
    [VESSEL_CONTROLLER_MODEL_ICH6] = "ich6",
    [VESSEL_CONTROLLER_MODEL_NONE] = "none",
    [VESSEL_CONTROLLER_MODEL_PIIX3_UHCI] = "piix3-uhci",
    [VESSEL_CONTROLLER_MODEL_PIIX4_UHCI] = "piix4-uhci",
    [VESSEL_CONTROLLER_MODEL_EHCI] = "ehci",
    [VESSEL_CONTROLLER_MODEL_ICH9_EHCI1] = "ich9-ehci1",
    [VESSEL_CONTROLLER_MODEL_ICH9_UHCI1] = "ich9-uhci1",
    [VESSEL_CONTROLLER_MODEL_ICH9_UHCI2] = "ich9-uhci2",
    [VESSEL_CONTROLLER_MODEL_ICH9_UHCI3] = "ich9-uhci3",
    [VESSEL_CONTROLLER_MODEL_VT82C686B_UHCI] = "vt82c686b-uhci",
    [VESSEL_CONTROLLER_MODEL_PCI_OHCI] = "pci-ohci",
    [VESSEL_CONTROLLER_MODEL_NEC_XHCI] = "nec-xhci",
    [VESSEL_CONTROLLER_MODEL_QEMU_XHCI] = "qemu-xhci",
    [VESSEL_CONTROLLER_MODEL_QUSB1] = "qusb1",
    [VESSEL_CONTROLLER_MODEL_QUSB2] = "qusb2",
    NULL,
};
static const char *const pci_models[] = {"",
                                         "spapr-pci-host-bridge",
                                         "pci-bridge",
                                         "i82801b11-bridge",
                                         "pcie-pci-bridge",
                                         "ioh3420",
                                         "pcie-root-port",
                                         "x3130-upstream",
                                         "xio3130-downstream",
                                         "pxb",
                                         "pxb-pcie",
                                         NULL};

static const VesselRow controller_rows[] = {
    VESSEL_ENUM(VesselController, type, "@type", controller_types,
                VESSEL_ROW_REQUIRED | ABI | VESSEL_ROW_KEY, "what can be connected to it"),
    VESSEL_NUMBER(VesselController, index, "@index", 0, UINT32_MAX,
                  ABI | VESSEL_ROW_KEY | VESSEL_ROW_DRIVER_FILLED,
                  "its number among the controllers of this type",
                  .otherwise = "the smallest that is free"),
    VESSEL_ENUM(VesselController, model, "@model", controller_models, ABI, "device model",
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselController, ports, "@ports", 1, INT32_MAX, ABI, "how many ports it has",
                  .when = ON_VIRTIO_SERIAL | ON_USB, .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselController, vectors, "@vectors", 0, INT32_MAX, ABI, "interrupt vectors",
                  .when = ON_VIRTIO_SERIAL, .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselController, max_grant_frames, "@maxGrantFrames", 0, INT32_MAX, ABI,
                  "how many pages the guest may grant", .when = ON_XENBUS,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselController, max_event_channels, "@maxEventChannels", 0, INT32_MAX, ABI,
                  "how many event channels there may be", .when = ON_XENBUS,
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselController, queues, "driver/@queues", 0, UINT32_MAX, ABI,
                  "how many queues it has; one for each virtual CPU is fastest",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselController, cmd_per_lun, "driver/@cmd_per_lun", 0, UINT32_MAX, ABI,
                  "how many commands may wait for one unit", .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselController, max_sectors, "driver/@max_sectors", 0, UINT32_MAX, ABI,
                  "how many blocks of 512 bytes one command may move", .otherwise = VESSEL_ITS_OWN),
    VESSEL_SWITCH(VesselController, ioeventfd, "driver/@ioeventfd", vessel__off_on, 0,
                  "the virtual CPU goes on while a thread of the host does the I/O",
                  .otherwise = VESSEL_ITS_OWN),
    VESSEL_NUMBER(VesselController, iothread, "driver/@iothread", 0, UINT32_MAX, 0,
                  "number of the I/O thread that serves it",
                  .otherwise = "the hypervisor's main loop"),
    VESSEL_DEVICE_VIRTIO_ROWS(VesselController),
    VESSEL_NUMBER(VesselController, master_startport, "master/@startport", 0, UINT32_MAX, ABI,
                  "first port of the master that this companion has", .when = ON_USB,
                  .otherwise = "what goes with the model"),
    VESSEL_ENUM(VesselController, model_name, "model/@name", pci_models, ABI | VESSEL_ROW_NEEDED,
                "device the hypervisor makes of it", .when = ON_PCI,
                .otherwise = "what goes with the model"),
    VESSEL_NUMBER(VesselController, target_chassis_nr, "target/@chassisNr", 1, 255,
                  ABI | VESSEL_ROW_ANY_BASE, "chassis number of a PCI bridge", .when = ON_PCI,
                  .otherwise = "one that is free"),
    VESSEL_NUMBER(VesselController, target_chassis, "target/@chassis", 0, 255,
                  ABI | VESSEL_ROW_ANY_BASE | VESSEL_ROW_DRIVER_FILLED,
                  "chassis of a PCI Express port", .when = ON_PCI, .otherwise = "one that is free"),
    VESSEL_HEX(VesselController, target_port, "target/@port", 1, 255,
               ABI | VESSEL_ROW_DRIVER_FILLED, "port number of a PCI Express port", .when = ON_PCI,
               .otherwise = "one that is free"),
    VESSEL_NUMBER(VesselController, target_bus_nr, "target/@busNr", 1, 254,
                  ABI | VESSEL_ROW_ANY_BASE, "first bus number of an expander", .when = ON_PCI,
                  .otherwise = "one that is free"),
    VESSEL_NUMBER(VesselController, target_index, "target/@index", 0, 30, ABI | VESSEL_ROW_ANY_BASE,
                  "turn of a root among those of a pSeries guest", .when = ON_PCI,
                  .otherwise = "one that is free"),
    VESSEL_SWITCH(VesselController, target_hotplug, "target/@hotplug", vessel__off_on, ABI,
                  "whether devices may be plugged in while the guest runs", .when = ON_PCI,
                  .preset = "on"),
    VESSEL_NUMBER(VesselController, target_node, "target/node", 0, INT32_MAX, ABI,
                  "the guest's NUMA node that its devices belong to", .when = ON_PCI,
                  .otherwise = "none"),
    VESSEL_SIZE(VesselController, pcihole64_kib, "pcihole64", 0, VESSEL_KIB_MAX, ABI,
                "addresses above 4 GiB that a root keeps for devices", .when = ON_PCI,
                .otherwise = VESSEL_ITS_OWN),
    VESSEL_DEVICE_ROWS(VesselController),
    {.path = NULL},
};

const VesselTable vessel__controller_table = {
    .name = "controller",
    VESSEL_DEVICE_TABLE(VesselController),
    .rows = controller_rows,
    .tag = "@type",
};

/* The first and the last model of a type. */
static const struct {
    VesselControllerModel first, last;
} models_of[] = {
    [VESSEL_CONTROLLER_PCI] = {VESSEL_CONTROLLER_MODEL_PCI_ROOT,
                               VESSEL_CONTROLLER_MODEL_PCIE_EXPANDER_BUS},
    [VESSEL_CONTROLLER_SCSI] = {VESSEL_CONTROLLER_MODEL_AUTO,
                                VESSEL_CONTROLLER_MODEL_VIRTIO_NON_TRANSITIONAL},
    [VESSEL_CONTROLLER_VIRTIO_SERIAL] = {VESSEL_CONTROLLER_MODEL_VIRTIO_TRANSITIONAL,
                                         VESSEL_CONTROLLER_MODEL_VIRTIO},
    [VESSEL_CONTROLLER_IDE] = {VESSEL_CONTROLLER_MODEL_PIIX3, VESSEL_CONTROLLER_MODEL_ICH6},
    [VESSEL_CONTROLLER_USB] = {VESSEL_CONTROLLER_MODEL_NONE, VESSEL_CONTROLLER_MODEL_QUSB2},
    [VESSEL_CONTROLLER_XENBUS] = {VESSEL_CONTROLLER_MODEL_ABSENT, VESSEL_CONTROLLER_MODEL_ABSENT},
};

static void check_model(const VesselCheck *check, const VesselDevice *device, const char *type)
{
    const VesselController *controller = device->controller;
    if (!controller->model || (controller->model >= models_of[controller->type].first &&
                               controller->model <= models_of[controller->type].last))
        return;
    vessel__check_problem(
        check, device, "/@model", NULL, "there is no %s controller of the model '%s'", type,
        vessel__domain_word("/domain/devices/controller/@model", (int)controller->model));
}

static void check_pci(const VesselCheck *check, const VesselDevice *device)
{
    const VesselController *controller = device->controller;
    bool root = controller->model == VESSEL_CONTROLLER_MODEL_PCIE_ROOT ||
                controller->model == VESSEL_CONTROLLER_MODEL_PCI_ROOT;
    uint64_t index = vessel__number(controller->index, 0);
    guint nodes = vessel__check_count(check->def->numa_cells);

    if (index > 255)
        vessel__check_problem(check, device, "/@index", NULL,
                              "a PCI controller is a bus, and its number is at most 255");
    if (controller->target_index.set && controller->index.set &&
        (controller->target_index.value == 0) != (index == 0))
        vessel__check_problem(check, device, "/target/@index", NULL,
                              "the controller with the index 0, and only that, has the target 0");
    if (controller->target_node.set && controller->index.set && index == 0)
        vessel__check_problem(check, device, "/target/node", NULL,
                              "the controller with the index 0 belongs to no NUMA node");
    else if (controller->target_node.set && nodes && controller->target_node.value >= nodes)
        vessel__check_problem(check, device, "/target/node", "the nodes are in cpu/numa",
                              "the guest has no NUMA node %" G_GUINT64_FORMAT,
                              controller->target_node.value);
    if (root && controller->common.address)
        vessel__check_problem(check, device, "/address", NULL, "a root has no address");
    if (controller->pcihole64_kib.set && !root)
        vessel__check_problem(check, device, "/pcihole64", NULL,
                              "only pci-root and pcie-root have a pcihole64");
}

static void check_index(const VesselCheck *check, const VesselDevice *device, const char *type,
                        GHashTable *seen)
{
    const VesselController *controller = device->controller;
    /* A USB master and its companions are one bus and have the same index. */
    if (!controller->index.set || controller->type == VESSEL_CONTROLLER_USB)
        return;
    char *key = g_strdup_printf("%s %" G_GUINT64_FORMAT, type, controller->index.value);
    const VesselDevice *first = vessel__check_seen(seen, key, device);
    if (first)
        vessel__check_duplicate(check, device, first, "/@index", "the index");
}

/* Devices that need a USB bus. */
static bool is_usb(const VesselDevice *device)
{
    switch (device->kind) {
    case VESSEL_DEVICE_HUB:
        return true;
    case VESSEL_DEVICE_REDIRDEV:
        return device->redirdev->bus == VESSEL_REDIRDEV_BUS_USB;
    case VESSEL_DEVICE_INPUT:
        return device->input->bus == VESSEL_INPUT_BUS_USB;
    case VESSEL_DEVICE_DISK:
        return device->disk->bus == VESSEL_DISK_BUS_USB;
    case VESSEL_DEVICE_HOSTDEV:
        return device->hostdev->type == VESSEL_HOSTDEV_USB;
    default:
        return false;
    }
}

static void check_usb(const VesselCheck *check, const VesselDevice *device)
{
    const VesselController *controller = device->controller;
    bool xhci = controller->model == VESSEL_CONTROLLER_MODEL_NEC_XHCI ||
                controller->model == VESSEL_CONTROLLER_MODEL_QEMU_XHCI;
    bool companion = controller->model >= VESSEL_CONTROLLER_MODEL_ICH9_UHCI1 &&
                     controller->model <= VESSEL_CONTROLLER_MODEL_ICH9_UHCI3;

    if (xhci && vessel__number(controller->ports, 0) > 15)
        vessel__check_problem(check, device, "/@ports", NULL, "a controller has at most 15 ports");
    for (guint i = 0; companion && i < check->devices->len; i++) {
        const VesselDevice *other = check->devices->pdata[i];
        if (other->kind == VESSEL_DEVICE_CONTROLLER &&
            other->controller->type == VESSEL_CONTROLLER_USB &&
            other->controller->model == VESSEL_CONTROLLER_MODEL_ICH9_EHCI1 &&
            vessel__number(other->controller->index, 0) == vessel__number(controller->index, 0))
            return;
    }
    if (companion)
        vessel__check_problem(check, device, "/@model", "add an ich9-ehci1 with the same index",
                              "a companion needs the controller it goes with");
}

static void check_no_usb(const VesselCheck *check)
{
    for (guint i = 0; i < check->devices->len; i++) {
        if (is_usb(check->devices->pdata[i]))
            vessel__check_problem(check, check->devices->pdata[i], "",
                                  "take the USB controller with the model 'none' out",
                                  "a controller says that there is no USB");
    }
}

void vessel__check_controllers(const VesselCheck *check)
{
    g_autoptr(GHashTable) seen = vessel__check_new_seen();
    const VesselDevice *usb = NULL, *no_usb = NULL;

    for (guint i = 0; i < check->devices->len; i++) {
        const VesselDevice *device = check->devices->pdata[i];
        if (device->kind != VESSEL_DEVICE_CONTROLLER)
            continue;
        const VesselController *controller = device->controller;
        const char *type =
            vessel__domain_word("/domain/devices/controller/@type", (int)controller->type);
        check_model(check, device, type);
        check_index(check, device, type, seen);
        if (controller->type == VESSEL_CONTROLLER_PCI)
            check_pci(check, device);
        if (controller->type != VESSEL_CONTROLLER_USB)
            continue;
        check_usb(check, device);
        *(controller->model == VESSEL_CONTROLLER_MODEL_NONE ? &no_usb : &usb) = device;
    }
    if (no_usb)
        check_no_usb(check);
    if (usb && no_usb)
        vessel__check_problem(check, usb, "/@model", "take the one with the model 'none' out",
                              "another controller says that there is no USB");
}
