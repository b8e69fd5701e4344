/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What of a definition the kvm and emulator drivers honour. What is in no row is refused by its
 * path; what depends on more than one value is in check.c. A row goes in together with the code
 * that honours it. */
#include "qemu/family.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define ADDRESS(device, ...)                                                                       \
    {device "/address/@type", WORDS(__VA_ARGS__)}
#define PCI(device)                                                                                \
    {device "/address/@domain", NULL}, {device "/address/@bus", NULL},                             \
        {device "/address/@slot", NULL}, {device "/address/@function", NULL},                      \
        {device "/address/@multifunction", NULL}
#define DISK "/domain/devices/disk"
#define CONTROLLER "/domain/devices/controller"
#define INTERFACE "/domain/devices/interface"
#define SERIAL "/domain/devices/serial"
#define CONSOLE "/domain/devices/console"
#define BALLOON "/domain/devices/memballoon"
#define ACTIONS WORDS("destroy", "restart", "preserve")

const VesselSupport vessel__qemu_support[] = {
    {"/domain/@type", NULL},
    {"/domain/@id", NULL},
    {"/domain/name", NULL},
    {"/domain/uuid", NULL},
    {"/domain/title", NULL},
    {"/domain/description", NULL},
    {"/domain/metadata", NULL},
    {"/domain/memory", NULL},
    {"/domain/currentMemory", NULL},
    {"/domain/vcpu", NULL},
    {"/domain/vcpu/@placement", WORDS("static")},
    {"/domain/vcpu/@current", NULL},
    {"/domain/os/type", WORDS("hvm")},
    {"/domain/os/type/@arch", vessel__qemu_arches},
    {"/domain/os/type/@machine", NULL},
    {"/domain/os/boot/@dev", WORDS("hd", "cdrom", "network")},
    {"/domain/os/kernel", NULL},
    {"/domain/os/initrd", NULL},
    {"/domain/os/cmdline", NULL},
    {"/domain/features/acpi", NULL},
    {"/domain/features/apic", NULL},
    {"/domain/cpu/@mode", WORDS("host-passthrough", "host-model", "maximum")},
    {"/domain/cpu/@check", WORDS("none")},
    {"/domain/cpu/@migratable", NULL},
    {"/domain/clock/@offset", WORDS("utc", "localtime")},
    {"/domain/on_poweroff", ACTIONS},
    {"/domain/on_reboot", ACTIONS},
    {"/domain/on_crash", ACTIONS},
    {"/domain/devices/emulator", NULL},

    {DISK "/@type", WORDS("file", "block")},
    {DISK "/@device", WORDS("disk", "cdrom")},
    {DISK "/driver/@name", WORDS("qemu")},
    {DISK "/driver/@type", WORDS("raw", "qcow2")},
    {DISK "/driver/@cache", NULL},
    {DISK "/driver/@error_policy", NULL},
    {DISK "/driver/@io", WORDS("native", "threads")},
    {DISK "/driver/@discard", NULL},
    {DISK "/source/@file", NULL},
    {DISK "/source/@dev", NULL},
    {DISK "/source/@index", NULL},
    {DISK "/backingStore/@type", WORDS("file", "block")},
    {DISK "/backingStore/@index", NULL},
    {DISK "/backingStore/format/@type", WORDS("raw", "qcow2")},
    {DISK "/backingStore/source/@file", NULL},
    {DISK "/backingStore/source/@dev", NULL},
    {DISK "/backingStore/source/@index", NULL},
    {DISK "/target/@dev", NULL},
    {DISK "/target/@bus", WORDS("ide", "sata", "virtio")},
    {DISK "/readonly", NULL},
    {DISK "/shareable", NULL},
    {DISK "/serial", NULL},
    {DISK "/boot/@order", NULL},
    {DISK "/alias/@name", NULL},
    ADDRESS(DISK, "pci", "drive", "virtio-mmio"),
    PCI(DISK),
    {DISK "/address/@controller", NULL},
    {DISK "/address/@target", NULL},
    {DISK "/address/@unit", NULL},

    {CONTROLLER "/@type", WORDS("ide", "sata", "virtio-serial", "usb", "pci")},
    {CONTROLLER "/@index", NULL},
    {CONTROLLER "/@model", WORDS("pci-root", "pcie-root", "pcie-root-port", "none")},
    {CONTROLLER "/@ports", NULL},
    {CONTROLLER "/@vectors", NULL},
    {CONTROLLER "/model/@name", WORDS("pcie-root-port")},
    {CONTROLLER "/target/@chassis", NULL},
    {CONTROLLER "/target/@port", NULL},
    {CONTROLLER "/alias/@name", NULL},
    ADDRESS(CONTROLLER, "pci", "virtio-mmio"),
    PCI(CONTROLLER),

    {INTERFACE "/@type", WORDS("user")},
    {INTERFACE "/mac/@address", NULL},
    {INTERFACE "/model/@type", WORDS("virtio", "e1000")},
    {INTERFACE "/link/@state", WORDS("up")},
    {INTERFACE "/boot/@order", NULL},
    {INTERFACE "/alias/@name", NULL},
    ADDRESS(INTERFACE, "pci", "virtio-mmio"),
    PCI(INTERFACE),

    {SERIAL "/@type", WORDS("pty")},
    {SERIAL "/source/@path", NULL},
    {SERIAL "/target/@type", WORDS("isa-serial")},
    {SERIAL "/target/@port", NULL},
    {SERIAL "/target/model/@name", WORDS("isa-serial")},
    {SERIAL "/alias/@name", NULL},

    {CONSOLE "/@type", WORDS("pty")},
    {CONSOLE "/@tty", NULL},
    {CONSOLE "/source/@path", NULL},
    {CONSOLE "/target/@type", WORDS("serial", "virtio")},
    {CONSOLE "/target/@port", NULL},
    {CONSOLE "/alias/@name", NULL},
    ADDRESS(CONSOLE, "virtio-serial"),
    {CONSOLE "/address/@controller", NULL},
    {CONSOLE "/address/@bus", NULL},
    {CONSOLE "/address/@port", NULL},

    {BALLOON "/@model", WORDS("virtio", "none")},
    {BALLOON "/stats/@period", NULL},
    {BALLOON "/alias/@name", NULL},
    ADDRESS(BALLOON, "pci", "virtio-mmio"),
    PCI(BALLOON),

    {NULL, NULL},
};
