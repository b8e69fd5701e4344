/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest sees: defaults, addresses and the checks of the QEMU family, without a QEMU. */
#include "qemu/address.h"
#include "qemu/family.h"
#include "tests/unit/filled.h"

#define HEAD(type, machine)                                                                        \
    "<domain type='" type "'><name>x</name><memory unit='MiB'>64</memory><os><type arch='x86_64' " \
    "machine='" machine "'>hvm</type></os>"

static VesselDriverHost no_host = {.cache_fd = -1}; /* nothing can be probed */

static VesselDomainDef *parse(const char *text)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    VesselDomainDef *def = NULL;
    VesselError *err = NULL;
    vessel__domain_def_parse(text, strlen(text), 0, &def, problems, NULL);
    vessel__problems_to_error(problems, "the definition", &err);
    vt_no_error(err);
    vessel__domain_def_defaults(def);
    vessel__qemu_defaults(VESSEL_QEMU_TCG, &no_host, def, &err);
    vt_no_error(err);
    return def;
}

static VesselProblems *check(const VesselDomainDef *def, VesselQemuAccel accel)
{
    VesselProblems *problems = vessel__problems_new();
    vessel__domain_def_check_support(def, vessel__qemu_support, "emulator", problems);
    vessel__qemu_check(accel, &no_host, def, problems);
    return problems;
}

static void expect_fine(const char *text)
{
    g_autoptr(VesselDomainDef) def = parse(text);
    g_autoptr(VesselProblems) problems = check(def, VESSEL_QEMU_TCG);
    VesselError *err = NULL;
    vessel__problems_to_error(problems, "the definition", &err);
    vt_no_error(err);
}

/* Exactly one problem, at that path. */
static void expect(const char *text, int code, const char *path)
{
    g_autoptr(VesselDomainDef) def = parse(text);
    g_autoptr(VesselProblems) problems = check(def, VESSEL_QEMU_TCG);
    for (guint i = 0; i < vessel__problems_count(problems); i++) {
        const VesselError *problem = vessel__problems_get(problems, i);
        if (strcmp(vessel_error_path(problem), path) != 0 || vessel_error_code(problem) != code)
            fail_msg("%s: %s (%s), expected %s", vessel_error_path(problem),
                     vessel_error_message(problem),
                     vessel_error_code_name(vessel_error_code(problem)), path);
    }
    if (vessel__problems_count(problems) != 1)
        fail_msg("%u problems, one at %s was expected", vessel__problems_count(problems), path);
}

static char *place(const VesselDomainDef *def, VesselDeviceKind kind, guint index)
{
    const VesselDevice *device = vessel__domain_def_device(def, kind, index);
    assert_non_null(device);
    const VesselAddress *a = vessel__device_common(device)->address;
    assert_non_null(a);
    return g_strdup_printf("%02x:%02x.%x", (unsigned)a->bus.value, (unsigned)a->slot.value,
                           (unsigned)a->function.value);
}
#define assert_place(def, kind, index, wanted)                                                     \
    do {                                                                                           \
        g_autofree char *is_ = place(def, kind, index);                                            \
        assert_string_equal(is_, wanted);                                                          \
    } while (0)

#define VIRTIO_DISK(name, rest)                                                                    \
    "<disk type='file' device='disk'><source file='/d/" name "'/><target dev='" name               \
    "' bus='virtio'/>" rest "</disk>"
#define NIC(model, rest) "<interface type='user'><model type='" model "'/>" rest "</interface>"
#define AT(bus, slot, function, rest)                                                              \
    "<address type='pci' domain='0x0000' bus='" bus "' slot='" slot "' function='" function        \
    "'" rest "/>"

static void test_q35_addresses(void **state)
{
    (void)state;
    g_autoptr(VesselDomainDef) def =
        parse(HEAD("qemu", "q35") "<devices>" VIRTIO_DISK("vda", "") NIC("virtio", "")
                  NIC("e1000", "") "<disk type='file' device='cdrom'><target dev='sda' "
                                   "bus='sata'/></disk></devices></domain>");
    /* disk, interface and balloon behind ports 1 to 3 at 00:02.0-2; e1000 on the root bus */
    assert_place(def, VESSEL_DEVICE_DISK, 0, "01:00.0");
    assert_place(def, VESSEL_DEVICE_INTERFACE, 0, "02:00.0");
    assert_place(def, VESSEL_DEVICE_MEMBALLOON, 0, "03:00.0");
    assert_place(def, VESSEL_DEVICE_INTERFACE, 1, "00:03.0");
    guint ports = 0;
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        if (!vessel__qemu_is_root_port(device))
            continue;
        const VesselAddress *a = device->controller->common.address;
        assert_int_equal(a->slot.value, 2);
        assert_int_equal(a->function.value, ports);
        assert_int_equal(a->multifunction == VESSEL_TRI_YES, ports == 0);
        assert_int_equal(device->controller->index.value, ++ports);
    }
    assert_int_equal(ports, 3);
}

static void test_pc_addresses(void **state)
{
    (void)state;
    g_autoptr(VesselDomainDef) def = parse(
        HEAD("qemu", "pc") "<devices>" VIRTIO_DISK("vda", AT("0x00", "0x04", "0x0", ""))
            VIRTIO_DISK("vdb", "") NIC("e1000", "") "<disk type='file' device='cdrom'><target "
                                                    "dev='hdc'/></disk></devices></domain>");
    assert_place(def, VESSEL_DEVICE_DISK, 0, "00:04.0");
    assert_place(def, VESSEL_DEVICE_DISK, 1, "00:03.0");
    assert_place(def, VESSEL_DEVICE_INTERFACE, 0, "00:05.0");
    const VesselAddress *cd =
        vessel__domain_def_device(def, VESSEL_DEVICE_DISK, 2)->disk->common.address;
    assert_int_equal(cd->bus.value, 1); /* hdc: master of the second */
    assert_int_equal(cd->unit.value, 0);
}

static void test_many_devices(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(HEAD("qemu", "q35") "<devices>");
    for (int i = 0; i < 100; i++)
        g_string_append(text, NIC("virtio", ""));
    g_string_append(text, "</devices></domain>");
    expect_fine(text->str);
    g_string_assign(text, HEAD("qemu", "pc") "<devices>");
    for (int i = 0; i < 29; i++) /* 00:03 to 00:1f, and the balloon */
        g_string_append(text, NIC("virtio", ""));
    g_string_append(text, "</devices></domain>");
    expect(text->str, VESSEL_ERROR_INVALID_DEFINITION, "/domain/devices/memballoon");
}

static void test_what_goes_with_a_kernel(void **state)
{
    (void)state;
#define OS(rest)                                                                                   \
    "<domain type='qemu'><name>x</name><memory unit='MiB'>64</memory><os><type arch='x86_64' "     \
    "machine='q35'>hvm</type>" rest "</os></domain>"
    expect(OS("<initrd>/i</initrd>"), VESSEL_ERROR_INVALID_DEFINITION, "/domain/os/initrd");
    expect(OS("<cmdline>c</cmdline>"), VESSEL_ERROR_INVALID_DEFINITION, "/domain/os/cmdline");
    expect_fine(OS("<kernel>/k</kernel><initrd>/i</initrd><cmdline>c</cmdline>"));
    expect_fine(OS("<kernel/><initrd></initrd><cmdline/>"));
}

/* Defaults of a definition that went through them change nothing: neither in memory nor by its
 * text. */
static void test_defaults_are_stable(void **state)
{
    static const char *const machines[] = {"q35", "pc", "microvm"};
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
        g_autofree char *text = g_strdup_printf(
            "<domain type='auto'><name>x</name><memory unit='MiB'>64</memory><os><type "
            "arch='x86_64' "
            "machine='%s'>hvm</type></os><devices>" VIRTIO_DISK("vda", "")
                NIC("virtio", "") "%s"
                                  "<console type='pty'/><console type='pty'/><memballoon "
                                  "model='virtio'/></devices></domain>",
            machines[i],
            i == 2 ? ""
                   : NIC("e1000",
                         "") "<interface type='user'/><disk type='file' device='cdrom'><target "
                             "dev='hdb'/></disk>");
        VesselError *err = NULL;
        g_autoptr(VesselDomainDef) once = parse(text), copy = vessel__domain_def_copy(once);
        g_autofree char *xml = vessel__domain_def_format_xml(once, 0);
        vessel__qemu_defaults(VESSEL_QEMU_KVM, &no_host, copy, &err);
        vt_no_error(err);
        assert_true(vessel__domain_def_equal(once, copy));
        g_autoptr(VesselDomainDef) again = parse(xml);
        g_autofree char *second = vessel__domain_def_format_xml(again, 0);
        assert_string_equal(xml, second);
        expect_fine(xml);
        assert_int_equal(once->cpu_mode, VESSEL_CPU_MODE_MAXIMUM);
    }
}

static void look_at(const char *text, GHashTable *out)
{
    g_autoptr(VesselDomainDef) after = parse(text);
    note_filled(text, after, out);
}

/* What rows call DRIVER_FILLED is what this driver fills in, and nothing else is. */
static void test_rows_tell_what_is_filled_in(void **state)
{
    g_autoptr(GHashTable) out = g_hash_table_new(NULL, NULL);
    (void)state;
    look_at("<domain type='auto'><name>x</name><memory>65536</memory><devices><disk><source "
            "file='/a'/><target dev='vda'/></disk><disk device='cdrom'><target dev='sda'/>"
            "</disk><interface type='user'/><serial/><console/><console/></devices></domain>",
            out);
    look_at(HEAD("kvm", "q35") "<devices><controller type='pci' model='pcie-root-port'/>"
                               "<memballoon model='virtio'/></devices></domain>",
            out);
    all_must_be_filled(out, vessel__qemu_support);
}

static void test_aliases_are_no_difference(void **state)
{
    (void)state;
    g_autoptr(VesselDomainDef) def = parse(HEAD("qemu", "q35") "<devices>" NIC(
        "virtio", "<alias name='ua-x'/>") NIC("virtio", "") "</devices></domain>");
    g_autoptr(VesselDomainDef) live = vessel__domain_def_copy(def);
    vessel__qemu_assign_aliases(live);
    VesselInterface *nics[] = {
        vessel__domain_def_device(live, VESSEL_DEVICE_INTERFACE, 0)->interface,
        vessel__domain_def_device(live, VESSEL_DEVICE_INTERFACE, 1)->interface};
    assert_string_equal(nics[0]->common.alias, "ua-x");
    assert_string_equal(nics[1]->common.alias, "net1");
    assert_true(vessel__domain_def_equal(def, live));
    g_clear_pointer(&nics[0]->common.alias, g_free);
    assert_false(vessel__domain_def_equal(def, live));
}

static void test_console_and_serial_are_one(void **state)
{
    (void)state;
    g_autoptr(VesselDomainDef) a =
        parse(HEAD("qemu", "pc") "<devices><serial type='pty'/></devices></domain>");
    assert_non_null(vessel__domain_def_device(a, VESSEL_DEVICE_CONSOLE, 0));
    g_autoptr(VesselDomainDef) b =
        parse(HEAD("qemu", "pc") "<devices><console type='pty'/></devices></domain>");
    assert_non_null(vessel__domain_def_device(b, VESSEL_DEVICE_SERIAL, 0));
    g_autoptr(VesselDomainDef) c = parse(HEAD(
        "qemu",
        "pc") "<devices><console type='pty'><target type='virtio'/></console></devices></domain>");
    assert_null(vessel__domain_def_device(c, VESSEL_DEVICE_SERIAL, 0));
    g_autoptr(VesselDomainDef) d = parse(HEAD("qemu", "pc") "<devices/></domain>");
    assert_null(vessel__domain_def_device(d, VESSEL_DEVICE_CONSOLE, 0));
}

#define Q35(devices) HEAD("qemu", "q35") "<devices>" devices "</devices></domain>"
#define PC(devices) HEAD("qemu", "pc") "<devices>" devices "</devices></domain>"
#define MICROVM(devices) HEAD("qemu", "microvm") "<devices>" devices "</devices></domain>"
#define DEV "/domain/devices/"

static void test_address_conflicts(void **state)
{
    (void)state;
    int invalid = VESSEL_ERROR_INVALID_DEFINITION;
    expect(PC(NIC("virtio", AT("0x00", "0x05", "0x0", ""))
                  NIC("virtio", AT("0x00", "0x05", "0x0", ""))),
           invalid, DEV "interface[2]/address");
    expect(PC(NIC("virtio", AT("0x00", "0x01", "0x0", ""))), invalid,
           DEV "interface[1]/address/@slot");
    expect(Q35(NIC("virtio", AT("0x00", "0x1f", "0x3", ""))), invalid,
           DEV "interface[1]/address/@slot");
    expect(Q35(NIC("virtio", AT("0x00", "0x05", "0x1", ""))), invalid,
           DEV "interface[1]/address/@function");
    expect(Q35(NIC("virtio", AT("0x00", "0x05", "0x0", ""))
                   NIC("virtio", AT("0x00", "0x05", "0x1", ""))),
           invalid, DEV "interface[2]/address/@function");
    expect_fine(Q35(NIC("virtio", AT("0x00", "0x05", "0x0", " multifunction='on'"))
                        NIC("virtio", AT("0x00", "0x05", "0x1", ""))));
    expect_fine(Q35(NIC("virtio", AT("0x07", "0x00", "0x0", "")))); /* its port is made */
    expect(Q35(NIC("virtio", AT("0x01", "0x01", "0x0", ""))), invalid,
           DEV "interface[1]/address/@slot");
    expect(Q35(NIC("e1000", AT("0x01", "0x00", "0x0", ""))), invalid,
           DEV "interface[1]/address/@bus");
    expect(PC(NIC("virtio", AT("0x01", "0x00", "0x0", ""))), invalid,
           DEV "interface[1]/address/@bus");
    expect(PC(NIC("virtio", AT("0xff", "0x00", "0x0", ""))), invalid,
           DEV "interface[1]/address/@bus");
    expect(Q35("<controller type='pci' index='1' model='pcie-root-port'/><controller type='pci' "
               "index='1' "
               "model='pcie-root-port'/>"),
           invalid, DEV "controller[2]/@index");
    expect(PC("<controller type='pci' index='0' model='pcie-root'/>"), invalid,
           DEV "controller[1]/@model");
    expect(Q35("<controller type='pci' index='1' model='pcie-root'/>" NIC("virtio", "")), invalid,
           DEV "controller[1]/@model");
    expect(PC("<disk type='file' device='cdrom'><target dev='hda'/><address type='drive' "
              "controller='0' bus='0' "
              "target='0' unit='0'/></disk><disk type='file' device='cdrom'><target "
              "dev='hdb'/><address type='drive' "
              "controller='0' bus='0' target='0' unit='0'/></disk>"),
           invalid, DEV "disk[2]/address");
    expect(MICROVM(NIC("virtio", AT("0x00", "0x05", "0x0", ""))), invalid,
           DEV "interface[1]/address/@type");
}

static void test_what_fits_no_machine(void **state)
{
    (void)state;
    int unsupported = VESSEL_ERROR_UNSUPPORTED, invalid = VESSEL_ERROR_INVALID_DEFINITION;
    expect(HEAD("qemu", "isapc") "</domain>", unsupported, "/domain/os/type/@machine");
    expect(Q35("<disk type='file'><source file='/x'/><target dev='hda' bus='ide'/></disk>"),
           unsupported, DEV "disk[1]/target/@bus");
    expect(MICROVM("<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>"),
           unsupported, DEV "disk[1]/target/@bus");
    expect(PC("<disk type='file'><source file='/x'/><target dev='sda'/></disk>"), unsupported,
           DEV "disk[1]/target/@bus");
    expect(PC("<disk type='file'><target dev='hda'/></disk>"), invalid, DEV "disk[1]/source");
    expect(MICROVM(NIC("e1000", "")), unsupported, DEV "interface[1]/model/@type");
    expect(PC(NIC("rtl8139", "")), unsupported, DEV "interface[1]/model/@type");
    expect(PC("<controller type='usb' model='qemu-xhci'/>"), unsupported,
           DEV "controller[1]/@model");
    expect_fine(PC("<controller type='usb' model='none'/>"));
    expect(PC("<console type='pty'/><console type='pty'><target type='serial'/></console>"),
           unsupported, DEV "console[2]/target/@type");
    expect(PC("<disk type='file'><driver type='raw' io='native'/><source file='/x'/><target "
              "dev='hda'/></disk>"),
           invalid, DEV "disk[1]/driver/@io");
    expect(PC("<disk type='file'><source file='/x'/><target dev='hda'/></disk><disk "
              "type='file'><source "
              "file='/x'/><target dev='hdb'/></disk>"),
           invalid, DEV "disk[2]/source");
    expect(PC("<serial type='pty'><target port='4'/></serial>"), unsupported,
           DEV "serial[1]/target/@port");
    expect(PC("<disk type='file'><source file='/x'/><target "
              "dev='hda'/><serial>123456789012345678901</serial></disk>"),
           invalid, DEV "disk[1]/serial");
    expect(HEAD("qemu", "pc") "<vcpu>256</vcpu></domain>", unsupported, "/domain/vcpu");
    expect(HEAD("qemu", "pc") "<cpu mode='host-passthrough'/></domain>", unsupported,
           "/domain/cpu/@mode");
    expect(HEAD("qemu", "pc") "<cpu mode='host-model'/></domain>", unsupported,
           "/domain/cpu/@mode");
    expect_fine(HEAD("auto", "pc") "<cpu mode='host-model'/></domain>");
    expect(HEAD("qemu", "microvm") "<currentMemory unit='MiB'>32</currentMemory></domain>", invalid,
           "/domain/currentMemory");
    expect("<domain type='qemu'><name>x</name><memory>1024</memory><os><type arch='sparc' "
           "machine='pc'>hvm</type>"
           "</os></domain>",
           unsupported, "/domain/os/type/@arch");
}

static void test_too_many_on_a_microvm(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(HEAD("qemu", "microvm") "<devices>");
    for (int i = 0; i < 8; i++)
        g_string_append(text, NIC("virtio", ""));
    g_autofree char *eight = g_strconcat(text->str, "</devices></domain>", NULL);
    g_autofree char *nine = g_strconcat(text->str, NIC("virtio", "") "</devices></domain>", NULL);
    expect_fine(eight);
    expect(nine, VESSEL_ERROR_INVALID_DEFINITION, DEV "interface[9]");
}

static void test_machine_kinds(void **state)
{
    (void)state;
    assert_int_equal(vessel__qemu_machine_kind("q35"), VESSEL_QEMU_MACHINE_Q35);
    assert_int_equal(vessel__qemu_machine_kind("pc-q35-rhel9.4.0"), VESSEL_QEMU_MACHINE_Q35);
    assert_int_equal(vessel__qemu_machine_kind("pc-i440fx-jammy"), VESSEL_QEMU_MACHINE_PC);
    assert_int_equal(vessel__qemu_machine_kind("microvm"), VESSEL_QEMU_MACHINE_MICROVM);
    assert_int_equal(vessel__qemu_machine_kind("virt"), VESSEL_QEMU_MACHINE_OTHER);
    assert_int_equal(vessel__qemu_machine_kind("q35,accel=kvm"), VESSEL_QEMU_MACHINE_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_q35_addresses),
        cmocka_unit_test(test_pc_addresses),
        cmocka_unit_test(test_many_devices),
        cmocka_unit_test(test_what_goes_with_a_kernel),
        cmocka_unit_test(test_defaults_are_stable),
        cmocka_unit_test(test_rows_tell_what_is_filled_in),
        cmocka_unit_test(test_aliases_are_no_difference),
        cmocka_unit_test(test_console_and_serial_are_one),
        cmocka_unit_test(test_address_conflicts),
        cmocka_unit_test(test_what_fits_no_machine),
        cmocka_unit_test(test_too_many_on_a_microvm),
        cmocka_unit_test(test_machine_kinds),
    };
    return vt_main(tests);
}
