/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel_definition_diff(): elements of lists are told apart by what names them, not by where they
 * stand. */
#include "tests/lib/vt.h"

#include <vessel/vessel.h>

#include "model/diff.h"
#include "model/domain.h"

/* "PATH CHANGE NAME<IN live next visible", one line for each change. */
static char *changes_of(const char *from, const char *to)
{
    g_autoptr(VesselJson) all = NULL;
    char *json = NULL;
    VesselError *err = NULL;
    GString *text = g_string_new(NULL);

    vessel_definition_diff(from, to, NULL, &json, &err);
    vt_no_error(err);
    vessel__json_parse(json, strlen(json), NULL, "the differences", &all, &err);
    vt_no_error(err);
    vessel_free(json);
    const VesselJson *changes = vessel__json_get(all, "changes");
    for (size_t i = 0; i < vessel__json_length(changes); i++) {
        const VesselJson *one = vessel__json_at(changes, i);
        const char *name = vessel__json_get_string(one, "name", NULL);
        const char *in = vessel__json_get_string(one, "in", NULL);
        g_string_append_printf(
            text, "%s %s%s%s%s%s %s%s\n", vessel__json_get_string(one, "path", ""),
            vessel__json_get_string(one, "change", ""), name ? " " : "", name ? name : "",
            in ? " in " : "", in ? in : "",
            vessel__json_get_bool(one, "live", false) ? "live" : "next",
            vessel__json_get_bool(one, "guest_visible", false) ? " visible" : "");
    }
    return g_string_free(text, FALSE);
}

static const struct {
    const char *what, *around, *from, *to, *changes;
} cases[] = {
    {"DHCP hosts: one goes, one comes, one has another address",
     "<network><name>n</name><bridge name='b'/><ip address='192.0.2.1' prefix='24'><dhcp>%s</dhcp>"
     "</ip></network>",
     "<host mac='52:54:00:00:00:01' ip='192.0.2.11'/><host mac='52:54:00:00:00:02' "
     "ip='192.0.2.12'/>"
     "<host mac='52:54:00:00:00:03' ip='192.0.2.13'/>",
     "<host mac='52:54:00:00:00:04' ip='192.0.2.14'/><host mac='52:54:00:00:00:02' "
     "ip='192.0.2.12'/>"
     "<host mac='52:54:00:00:00:03' ip='192.0.2.33'/>",
     "/network/ip[1]/dhcp/host[1] removed 52:54:00:00:00:01 in 192.0.2.1 live\n"
     "/network/ip[1]/dhcp/host[1] added 52:54:00:00:00:04 in 192.0.2.1 live\n"
     "/network/ip[1]/dhcp/host[3]/@ip changed in 52:54:00:00:00:03 live\n"},
    {"DHCP hosts without a MAC address go by their names",
     "<network><name>n</name><bridge name='b'/><ip family='ipv6' address='2001:db8::1' prefix='64'>"
     "<dhcp>%s</dhcp></ip></network>",
     "<host name='a' ip='2001:db8::a'/><host name='b' ip='2001:db8::b'/>",
     "<host name='b' ip='2001:db8::bb'/>",
     "/network/ip[1]/dhcp/host[1] removed a in 2001:db8::1 live\n"
     "/network/ip[1]/dhcp/host[1]/@ip changed in b live\n"},
    {"DNS", "<network><name>n</name><bridge name='b'/><dns>%s</dns></network>",
     "<host ip='192.0.2.1'><hostname>a</hostname><hostname>b</hostname></host>"
     "<srv service='s' protocol='tcp' domain='d' target='t' port='1'/>",
     "<srv service='s' protocol='tcp' domain='d' target='t' port='2'/>"
     "<host ip='192.0.2.1'><hostname>b</hostname></host>",
     "/network/dns/srv[1]/@port changed in s tcp d t live\n"
     "/network/dns/host[1]/hostname[1] removed a in 192.0.2.1 live\n"},
    {"port groups change places and one changes",
     "<network><name>n</name><bridge name='b'/>%s"
     "</network>",
     "<portgroup name='a'/><portgroup name='b' default='yes'/>",
     "<portgroup name='b'/><portgroup name='a'/>",
     "/network/portgroup[1] moved b live\n"
     "/network/portgroup[1]/@default removed in b live\n"},
    {"host devices are what they are in the host",
     "<domain type='kvm'><name>a</name><memory>1</memory><devices>%s</devices></domain>",
     "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='1' "
     "slot='2' function='0'/></source></hostdev><hostdev mode='subsystem' type='usb'><source>"
     "<vendor id='0x1234'/><product id='0x0001'/></source></hostdev>",
     "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product id='0x0001'/>"
     "</source></hostdev><hostdev mode='subsystem' type='pci' managed='no'><source><address "
     "domain='0' bus='1' slot='2' function='0'/></source></hostdev>",
     "/domain/devices/hostdev[1] moved usb 0x1234 0x0001 next visible\n"
     "/domain/devices/hostdev[2]/@managed changed in pci 0x0000 0x01 0x02 0x0 next\n"},
    {"kinds among each other have no order",
     "<domain type='kvm'><name>a</name><memory>1</memory><devices>%s</devices></domain>",
     "<sound model='ac97'/><disk><source file='/a'/><target dev='vda'/></disk><serial/>",
     "<serial/><disk><source file='/a'/><target dev='vda'/></disk><sound model='ac97'/>", ""},
    {"devices without a name go by their address",
     "<domain type='kvm'><name>a</name><memory>1</memory><devices>%s</devices></domain>",
     "<sound model='ac97'><address type='pci' slot='4'/></sound>"
     "<sound model='ich6'><address type='pci' slot='5'/></sound>",
     "<sound model='ich9'><address type='pci' slot='5'/></sound>",
     "/domain/devices/sound[1] removed pci 0x04 next visible\n"
     "/domain/devices/sound[1]/@model changed in pci 0x05 next visible\n"},
    {"and without one by their turn, also if only one of two has it",
     "<domain type='kvm'><name>a</name><memory>1</memory><devices>%s</devices></domain>",
     "<rng model='virtio'><backend model='random'/></rng>",
     "<rng model='virtio'><rate bytes='9'/><backend model='random'/><address type='pci' slot='5'/>"
     "</rng>",
     "/domain/devices/rng[1]/rate added in pci 0x05 next\n"
     "/domain/devices/rng[1]/address added in pci 0x05 next visible\n"},
    {"two with one name: the same stays the same",
     "<domain type='kvm'><name>a</name><memory>1</memory><devices><interface type='user'>"
     "<mac address='52:54:00:00:00:01'/><backend type='passt'/>%s</interface></devices></domain>",
     "<portForward proto='tcp'><range start='1'/></portForward>"
     "<portForward proto='tcp'><range start='2'/></portForward>",
     "<portForward proto='tcp'><range start='2'/></portForward>",
     "/domain/devices/interface[1]/portForward[1] removed tcp in 52:54:00:00:00:01 next\n"},
    {"pins and threads",
     "<domain type='kvm'><name>a</name><memory>1</memory><vcpu>4</vcpu>%s"
     "</domain>",
     "<iothreads>2</iothreads><cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='1' cpuset='1'/>"
     "<iothreadpin iothread='1' cpuset='0'/><vcpusched vcpus='0' scheduler='idle'/></cputune>",
     "<iothreads>2</iothreads><cputune><vcpupin vcpu='1' cpuset='3'/>"
     "<iothreadpin iothread='2' cpuset='0'/><vcpusched vcpus='1' scheduler='idle'/></cputune>",
     "/domain/cputune/vcpupin[1] removed 0 live\n"
     "/domain/cputune/vcpupin[1]/@cpuset changed in 1 live\n"
     "/domain/cputune/iothreadpin[1] removed 1 live\n"
     "/domain/cputune/iothreadpin[1] added 2 live\n"
     "/domain/cputune/vcpusched[1] removed 0 next\n"
     "/domain/cputune/vcpusched[1] added 1 next\n"},
    {"a running domain is renamed too", "<domain type='kvm'>%s<memory>1</memory></domain>",
     "<name>a</name>", "<name>b</name>", "/domain/name changed live\n"},
    {"arguments are what they are by their turn",
     "<domain type='lxc'><name>a</name><memory>1</memory><os><type>exe</type><init>/i</init>%s</os>"
     "</domain>",
     "<initarg>a</initarg><initarg>b</initarg>", "<initarg>a</initarg><initarg>c</initarg>",
     "/domain/os/initarg[2] changed next visible\n"},
    {"disks of a backup, of a checkpoint, of a snapshot",
     "<domainbackup><disks>%s</disks>"
     "</domainbackup>",
     "<disk name='vda' backup='no'/><disk name='vdb' backup='no'/>",
     "<disk name='vdb' backup='yes'/>",
     "/domainbackup/disks/disk[1] removed vda next\n"
     "/domainbackup/disks/disk[1]/@backup changed in vdb next\n"},
    {"a checkpoint", "<domaincheckpoint><disks>%s</disks></domaincheckpoint>",
     "<disk name='vda'/><disk name='vdb'/>", "<disk name='vdb' checkpoint='no'/><disk name='vda'/>",
     "/domaincheckpoint/disks/disk[1] moved vdb next\n"
     "/domaincheckpoint/disks/disk[1]/@checkpoint added in vdb next\n"},
    {"a snapshot", "<domainsnapshot><disks>%s</disks></domainsnapshot>",
     "<disk name='vda' snapshot='no'/>",
     "<disk name='vdb' snapshot='no'/><disk name='vda' snapshot='internal'/>",
     "/domainsnapshot/disks/disk[1] added vdb next\n"
     "/domainsnapshot/disks/disk[2]/@snapshot changed in vda next\n"},
    {"servers and devices of a pool",
     "<pool type='iscsi'><name>p</name><source><host name='h'/>%s</source><target>"
     "<path>/dev/disk/by-path</path></target></pool>",
     "<device path='iqn.2013-06.a:b'/>", "<device path='iqn.2013-06.a:c'/>",
     "/pool/source/device[1] removed iqn.2013-06.a:b next\n"
     "/pool/source/device[1] added iqn.2013-06.a:c next\n"},
    {"the same rows may be live in one place and not in another",
     "<network><name>n</name><bridge name='b'/>%s</network>",
     "<bandwidth><inbound average='1'/></bandwidth><portgroup name='a'><bandwidth>"
     "<inbound average='1'/></bandwidth></portgroup>",
     "<bandwidth><inbound average='2'/></bandwidth><portgroup name='a'><bandwidth>"
     "<inbound average='2'/></bandwidth></portgroup>",
     "/network/bandwidth/inbound/@average changed next\n"
     "/network/portgroup[1]/bandwidth/inbound/@average changed in a live\n"},
    {"only media are changed in a running domain",
     "<domain type='kvm'><name>a</name><memory>1</memory><devices>%s</devices></domain>",
     "<disk type='file'><source file='/a'/><target dev='vda'/></disk>"
     "<disk type='file' device='cdrom'><source file='/a'/><target dev='sda' tray='open'/></disk>"
     "<disk type='file' device='floppy'><target dev='fda'/></disk>"
     "<disk type='file' device='cdrom'><source file='/a'/><target dev='sdb'/></disk>"
     "<disk type='file'><source file='/a'/><target dev='sdc'/></disk>",
     "<disk type='file'><source file='/b' startupPolicy='optional'/><target dev='vda'/></disk>"
     "<disk type='block' device='cdrom'><source dev='/b'/><target dev='sda'/></disk>"
     "<disk type='file' device='floppy'><source file='/b'/><target dev='fda'/></disk>"
     "<disk type='file' device='disk'><source file='/b'/><target dev='sdb'/></disk>"
     "<disk type='file' device='cdrom'><source file='/b'/><target dev='sdc'/></disk>",
     "/domain/devices/disk[1]/source/@file changed in vda next\n"
     "/domain/devices/disk[1]/source/@startupPolicy added in vda next\n"
     "/domain/devices/disk[2]/@type changed in sda live\n"
     "/domain/devices/disk[2]/source/@file removed in sda live\n"
     "/domain/devices/disk[2]/source/@dev added in sda live\n"
     "/domain/devices/disk[2]/target/@tray removed in sda live\n"
     "/domain/devices/disk[3]/source added in fda live\n"
     "/domain/devices/disk[4]/@device changed in sdb next visible\n"
     "/domain/devices/disk[4]/source/@file changed in sdb next\n"
     "/domain/devices/disk[5]/@device added in sdc next visible\n"
     "/domain/devices/disk[5]/source/@file changed in sdc next\n"},
    {"VLANs of an interface",
     "<domain type='kvm'><name>a</name><memory>1</memory><devices><interface type='bridge'>"
     "<mac address='52:54:00:00:00:01'/><source bridge='b'/>%s</interface></devices></domain>",
     "<vlan><tag id='1'/><tag id='2'/></vlan>", "<vlan><tag id='2'/><tag id='3'/></vlan>",
     "/domain/devices/interface[1]/vlan/tag[1] removed 1 in 52:54:00:00:00:01 live\n"
     "/domain/devices/interface[1]/vlan/tag[2] added 3 in 52:54:00:00:00:01 live\n"},
    {"cookies are secret",
     "<domain type='kvm'><name>a</name><memory>1</memory><devices><disk type='network'><source "
     "protocol='https' name='i'><host name='h'/><cookies>%s</cookies></source><target dev='vda'/>"
     "</disk></devices></domain>",
     "<cookie name='a'>1</cookie>", "<cookie name='a'>2</cookie><cookie name='b'>3</cookie>",
     "/domain/devices/disk[1]/source/cookies/cookie[1] changed in a next\n"
     "/domain/devices/disk[1]/source/cookies/cookie[2] added b in vda next\n"},
};

static char *fill(const char *around, const char *inside)
{
    const char *at = strstr(around, "%s");
    return g_strdup_printf("%.*s%s%s", (int)(at - around), around, inside, at + 2);
}

static void test_lists(void **state G_GNUC_UNUSED)
{
    guint wrong = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *from = fill(cases[i].around, cases[i].from);
        g_autofree char *to = fill(cases[i].around, cases[i].to);
        g_autofree char *found = changes_of(from, to), *none = changes_of(to, to);
        assert_string_equal(none, "");
        if (strcmp(found, cases[i].changes) == 0)
            continue;
        print_message("# %s: found:\n%s# wanted:\n%s", cases[i].what, found, cases[i].changes);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* What is secret is in no change. */
static void test_secrets(void **state G_GNUC_UNUSED)
{
    static const char around[] =
        "<domain type='kvm'><name>a</name><memory>1</memory><devices><disk type='network'><source "
        "protocol='https' name='i'><host name='h'/>%s</source><target dev='vda'/></disk></devices>"
        "</domain>";
    g_autofree char *from = fill(around, "<cookies><cookie name='a'>oldvalue</cookie></cookies>");
    g_autofree char *to = fill(around, "<cookies><cookie name='a'>newvalue</cookie>"
                                       "<cookie name='b'>addedvalue</cookie></cookies>");
    char *json = NULL;
    assert_int_equal(vessel_definition_diff(from, to, NULL, &json, NULL), 0);
    assert_null(strstr(json, "value"));
    vessel_free(json);
}

/* ---- value by value ---- */

static VesselDomainDef *parsed(const char *text)
{
    VesselDomainDef *def = NULL;
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    vessel__domain_def_parse(text, strlen(text), VESSEL_PARSE_STORED, &def, problems, NULL);
    return def;
}

/* Paths of what a comparison value by value tells, one in a line. */
static char *values_between(const VesselDomainDef *a, const VesselDomainDef *b)
{
    GString *paths = g_string_new(NULL);
    g_autoptr(VesselJson) changes = vessel__diff_values(vessel__kind_find("domain"), a, b);
    VESSEL_JSON_FOREACH (change, changes)
        g_string_append_printf(paths, "%s%s\n", vessel__json_get_string(change, "path", ""),
                               vessel__json_get_bool(change, "live", false) ? " live" : "");
    return g_string_free(paths, FALSE);
}

static void test_values(void **state G_GNUC_UNUSED)
{
    VesselDomainDef *plain = parsed("<domain type='lxc'><name>a</name><memory>1</memory></domain>");
    VesselDomainDef *more = parsed(
        "<domain type='lxc' xmlns:vessel='urn:vessel:domain:1.0'><name>a</name><memory>1</memory>"
        "<memtune><hard_limit>9</hard_limit></memtune><cputune><shares>9</shares>"
        "<vcpupin vcpu='0' cpuset='0'/></cputune><numatune><memory mode='strict' nodeset='0'/>"
        "</numatune><vessel:pids max='7'/></domain>");
    static const char wanted[] = "/domain/memtune/hard_limit live\n"
                                 "/domain/cputune/shares live\n"
                                 "/domain/cputune/vcpupin[1] live\n"
                                 "/domain/numatune/memory/@mode\n"
                                 "/domain/numatune/memory/@nodeset live\n"
                                 "/domain/vessel:pids/@max\n";
    g_autofree char *added = values_between(plain, more), *removed = values_between(more, plain);
    g_autofree char *none = values_between(more, more);
    assert_string_equal(added, wanted);
    assert_string_equal(removed, wanted);
    assert_string_equal(none, "");
    vessel__domain_def_free(plain);
    vessel__domain_def_free(more);
}

/* Whatever a definition has: to nothing of it and back, and no difference is left out. */
static void test_values_of_everything(void **state G_GNUC_UNUSED)
{
    g_autofree char *folder = g_build_filename(vt_source_dir(), "tests/unit/data/domain", NULL);
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    guint count = 0;
    assert_non_null(dir);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;
        VesselDomainDef *def = g_str_has_suffix(name, ".xml") && !g_str_has_prefix(name, "bad") &&
                                       g_file_get_contents(path, &text, NULL, NULL)
                                   ? parsed(text)
                                   : NULL;
        VesselDomainDef *none =
            parsed("<domain type='kvm'><name>a</name><memory>1</memory></domain>");
        if (def) {
            g_autofree char *there = values_between(none, def), *back = values_between(def, none);
            if (!*there || !*back)
                fail_msg("%s: no difference", name);
            count++;
        }
        vessel__domain_def_free(def);
        vessel__domain_def_free(none);
    }
    g_dir_close(dir);
    assert_true(count > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_values_of_everything),
    };
    return vt_main(tests);
}
