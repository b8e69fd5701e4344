/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"
#include "qemu/address.h"
#include "qemu/plan.h"

#include <stdarg.h>

char *vessel__qemu_escape(const char *value)
{
    GString *text = g_string_new(NULL);
    for (; *value; value++) {
        if (*value == ',')
            g_string_append_c(text, ',');
        g_string_append_c(text, *value);
    }
    return g_string_free(text, FALSE);
}

void vessel__qemu_arg(VesselQemuBuild *build, const char *option, const char *format, ...)
{
    va_list args;
    g_ptr_array_add(build->argv, g_strdup(option));
    if (!format)
        return;
    va_start(args, format);
    g_ptr_array_add(build->argv, g_strdup_vprintf(format, args));
    va_end(args);
}

void vessel__qemu_arg_json(VesselQemuBuild *build, const char *option, VesselJson *json)
{
    g_autofree char *text = vessel__json_format(json, false);
    vessel__qemu_arg(build, option, "%s", text);
    vessel__json_free(json);
}

static int add_number(VesselQemuBuild *build, VesselJson *list, const char *name)
{
    VesselJson *entry = vessel__json_new_object();
    vessel__json_set_string(entry, "name", name);
    vessel__json_set_int(entry, "number", build->next_number);
    vessel__json_append(list, entry);
    return build->next_number++;
}

int vessel__qemu_send_fd(VesselQemuBuild *build, const char *name, int fd)
{
    vessel__launch_add_fd(build->launch, name, fd);
    build->descriptors++;
    return add_number(build, build->fds, name);
}

int vessel__qemu_listen(VesselQemuBuild *build, const char *socket)
{
    return add_number(build, build->listen, socket);
}

/* ---- the machine ---- */

static void add_machine(VesselQemuBuild *build)
{
    const VesselDomainDef *def = build->def;
    const char *acpi = def->acpi == VESSEL_TRI_YES ? "on" : "off"; /* as libvirt: absent is off */
    g_autofree char *name = vessel__qemu_escape(def->os_machine);
    if (build->kind == VESSEL_QEMU_MACHINE_MICROVM)
        /* Everything that is `auto` is said, so that both accelerators show the guest the same. */
        vessel__qemu_arg(build, "-machine",
                         "%s,acpi=%s,dump-guest-core=off,isa-serial=on,rtc=on,pit=on,pic=on,"
                         "ioapic2=off,pcie=off",
                         name, acpi);
    else
        vessel__qemu_arg(build, "-machine", "%s,usb=off,dump-guest-core=off,acpi=%s", name, acpi);
    vessel__qemu_arg(build, "-accel", build->runner->accel == VESSEL_QEMU_KVM ? "kvm" : "tcg");
}

static void add_cpu(VesselQemuBuild *build)
{
    const VesselDomainDef *def = build->def;
    const char *migratable = vessel__domain_word("/domain/cpu/@migratable", def->cpu_migratable);
    const char *model = build->runner->accel == VESSEL_QEMU_KVM ? "host" : "max";
    uint64_t most = vessel__number(def->vcpus, 1), now = vessel__number(def->vcpus_current, most);
    if (def->cpu_mode == VESSEL_CPU_MODE_ABSENT)
        /* QEMU's own default, said so that it stays. */
        model = strcmp(def->os_arch, "i686") == 0 ? "qemu32" : "qemu64";
    else if (def->cpu_mode == VESSEL_CPU_MODE_MAXIMUM)
        model = "max";
    /* KVM without hardware offers IA32_ARCH_CAPABILITIES and then does not let QEMU set it. */
    bool no_capabilities = build->runner->soft_kvm && def->cpu_mode != VESSEL_CPU_MODE_ABSENT;
    vessel__qemu_arg(build, "-cpu", "%s%s%s%s", model, migratable ? ",migratable=" : "",
                     migratable ? migratable : "", no_capabilities ? ",arch-capabilities=off" : "");
    vessel__qemu_arg(build, "-smp",
                     "cpus=%" G_GUINT64_FORMAT ",maxcpus=%" G_GUINT64_FORMAT
                     ",sockets=%" G_GUINT64_FORMAT ",cores=1,threads=1",
                     now, most, most);
    vessel__qemu_arg(build, "-m", "size=%" G_GUINT64_FORMAT "k",
                     vessel__number(def->memory_kib, 0));
}

typedef int (*OpenFn)(const char *file, const char *path, int *fd, VesselError **err);

static int add_boot_file(VesselQemuBuild *build, const char *option, const char *name,
                         const char *file, OpenFn open_file, VesselError **err)
{
    g_autofree char *path = g_strconcat("/domain/os/", name, NULL);
    int fd, code;
    if (!file)
        return 0;
    code = open_file(file, path, &fd, err);
    if (code == 0) /* fopen() of QEMU's takes no /dev/fdset */
        vessel__qemu_arg(build, option, "/proc/self/fd/%d", vessel__qemu_send_fd(build, name, fd));
    return code;
}

bool vessel__qemu_tells_tsc(const VesselDomainDef *def, VesselQemuAccel accel)
{
    return accel == VESSEL_QEMU_TCG && def->kernel && def->acpi == VESSEL_TRI_YES &&
           vessel__qemu_machine_kind(def->os_machine) == VESSEL_QEMU_MACHINE_MICROVM;
}

static void add_cmdline(VesselQemuBuild *build)
{
    const VesselDomainDef *def = build->def;
    unsigned khz = vessel__qemu_tells_tsc(def, build->runner->accel) ? build->runner->tsc_khz : 0;
    /* In front, so that the definition's own word counts. */
    if (khz)
        vessel__qemu_arg(build, "-append", "tsc_early_khz=%u%s%s", khz, def->cmdline ? " " : "",
                         def->cmdline ? def->cmdline : "");
    else if (def->cmdline)
        vessel__qemu_arg(build, "-append", "%s", def->cmdline);
}

static int add_boot(VesselQemuBuild *build, VesselError **err)
{
    const VesselDomainDef *def = build->def;
    vessel__qemu_arg(build, "-rtc", "base=%s",
                     def->clock_offset == VESSEL_CLOCK_LOCALTIME ? "localtime" : "utc");
    vessel__qemu_arg(build, "-boot", "strict=on");
    int code = add_boot_file(build, "-kernel", "kernel", def->kernel, vessel__qemu_file_open, err);
    if (code == 0)
        code = add_boot_file(build, "-initrd", "initrd", def->initrd, vessel__qemu_file_copy, err);
    if (code == 0)
        add_cmdline(build);
    return code;
}

static void add_frame(VesselQemuBuild *build, const char *binary)
{
    g_autofree char *name = vessel__qemu_escape(build->def->name);
    vessel__qemu_arg(build, binary, NULL); /* without a /proc, QEMU finds its modules by it */
    vessel__qemu_arg(build, "-name", "guest=%s,debug-threads=on", name);
    vessel__qemu_arg(build, "-S", NULL);
    vessel__qemu_arg(build, "-nodefaults", NULL);
    vessel__qemu_arg(build, "-no-user-config", NULL);
    vessel__qemu_arg(build, "-sandbox",
                     "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
    vessel__qemu_arg(build, "-no-shutdown", NULL);
    vessel__qemu_arg(build, "-action", "panic=pause");
    vessel__qemu_arg(build, "-msg", "timestamp=on");
    vessel__qemu_arg(build, "-display", "none");
    vessel__qemu_arg(build, "-uuid", "%s", build->def->uuid);
    vessel__qemu_arg(build, "-chardev", "socket,id=monitor,fd=%d,server=on,wait=off",
                     vessel__qemu_listen(build, VESSEL__QEMU_MONITOR));
    vessel__qemu_arg(build, "-mon", "chardev=monitor,mode=control");
}

/* ---- all of it ---- */

/* The default one first: what the first <console> stands for. */
static VesselJson *order_consoles(VesselQemuBuild *build)
{
    const VesselDevice *console = vessel__domain_def_device(build->def, VESSEL_DEVICE_CONSOLE, 0);
    const VesselDevice *serial = console ? vessel__qemu_console_serial(build->def, console) : NULL;
    const VesselDevice *first = serial ? serial : console;
    const char *alias = first ? first->chardev->common.alias : "";
    VesselJson *ordered = vessel__json_new_array();
    for (int pass = 0; pass < 2; pass++)
        VESSEL_JSON_FOREACH (entry, build->consoles)
            if (pass != (strcmp(vessel__json_get_string(entry, "alias", ""), alias) == 0))
                vessel__json_append(ordered, vessel__json_copy(entry));
    g_clear_pointer(&build->consoles, vessel__json_free);
    return ordered;
}

static void write_plan(VesselQemuBuild *build)
{
    const VesselDomainDef *def = build->def;
    VesselJson *plan = vessel__launch_plan(build->launch), *argv = vessel__json_new_array();
    const VesselDevice *balloon = vessel__domain_def_device(def, VESSEL_DEVICE_MEMBALLOON, 0);
    bool has_balloon = balloon && balloon->balloon->model == VESSEL_BALLOON_VIRTIO;
    uint64_t memory = vessel__number(def->memory_kib, 0);
    uint64_t current = vessel__number(def->current_memory_kib, memory);
    for (guint i = 0; i < build->argv->len; i++)
        vessel__json_append_string(argv, build->argv->pdata[i]);
    vessel__json_set_string(plan, "binary", build->runner->binary);
    vessel__json_set_string(plan, "version", build->runner->version);
    vessel__json_set_string(plan, "accel", build->runner->accel == VESSEL_QEMU_KVM ? "kvm" : "tcg");
    vessel__json_set(plan, "argv", argv);
    vessel__json_set(plan, "fds", build->fds);
    vessel__json_set(plan, "listen", build->listen);
    vessel__json_set(plan, "consoles", order_consoles(build));
    vessel__json_set(plan, "blocks", build->blocks);
    vessel__json_set(plan, "interfaces", build->interfaces);
    vessel__json_set_uint(plan, "vcpus",
                          vessel__number(def->vcpus_current, vessel__number(def->vcpus, 1)));
    vessel__json_set_uint(plan, "memory_kib", memory);
    vessel__json_set_bool(plan, "balloon", has_balloon);
    if (has_balloon && current < memory)
        vessel__json_set_uint(plan, "current_kib", current);
    vessel__json_set_bool(plan, "power_button", def->acpi == VESSEL_TRI_YES);
    vessel__json_set_bool(plan, "proc", def->kernel != NULL);
    vessel__qemu_confine(plan, build->runner->binary, build->runner->accel, def);
}

/* The chains of all disks in their order; an element is NULL where a problem was added. */
static GPtrArray *open_chains(const VesselDomainDef *def, VesselProblems *problems)
{
    GPtrArray *chains = g_ptr_array_new_with_free_func((GDestroyNotify)vessel__qemu_chain_free);
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        VesselQemuChain *chain = NULL;
        if (device->kind != VESSEL_DEVICE_DISK)
            continue;
        vessel__qemu_chain_open(def, device, problems, &chain);
        g_ptr_array_add(chains, chain);
    }
    return chains;
}

/* All go in one message. */
static int check_descriptors(const VesselDomainDef *def, const GPtrArray *chains, VesselError **err)
{
    guint count = 2, disk = 0; /* kernel, initrd */
    for (guint i = 0; i < def->devices->len; i++) {
        const VesselDevice *device = def->devices->pdata[i];
        if (device->kind != VESSEL_DEVICE_DISK)
            continue;
        const VesselQemuChain *chain = chains->pdata[disk++];
        for (guint j = 0; j < chain->images->len; j++)
            count += 1 + (((VesselQemuImage *)chain->images->pdata[j])->write_fd >= 0);
        if (count <= VESSEL__QEMU_DESCRIPTORS_MAX)
            continue;
        g_autofree char *path = vessel__device_path(def, device);
        vessel__fail(err, VESSEL_ERROR_UNSUPPORTED,
                     "the images of the disks up to here need more than %d descriptors: two for "
                     "each disk, one if it is read-only, and one for each backing image",
                     VESSEL__QEMU_DESCRIPTORS_MAX);
        vessel__error_at(err, path, device->line, 0);
        vessel__error_hint(err,
                           "use fewer disks, or shorten backing chains with `qemu-img rebase`");
        return VESSEL_ERROR_UNSUPPORTED;
    }
    return 0;
}

int vessel__qemu_build(const VesselDomainDef *given, const VesselQemuRunner *runner,
                       VesselLaunch **result, VesselError **err)
{
    g_autoptr(VesselProblems) problems = vessel__problems_new();
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free), chains = NULL;
    g_autoptr(VesselDomainDef) def = vessel__domain_def_copy(given);
    g_autoptr(VesselLaunch) launch = NULL;
    *result = NULL;
    vessel__qemu_assign_aliases(def);
    chains = open_chains(def, problems);
    int code = vessel__problems_to_error(problems, "the domain's files", err);
    if (code == 0)
        code = check_descriptors(def, chains, err);
    if (code < 0)
        return code;
    launch = vessel__launch_new(VESSEL__QEMU_ENGINE);
    VesselQemuBuild build = {
        .def = def,
        .runner = runner,
        .kind = vessel__qemu_machine_kind(def->os_machine),
        .argv = argv,
        .launch = launch,
        .fds = vessel__json_new_array(),
        .listen = vessel__json_new_array(),
        .consoles = vessel__json_new_array(),
        .blocks = vessel__json_new_array(),
        .interfaces = vessel__json_new_array(),
        .next_number = VESSEL__QEMU_FIRST_NUMBER,
    };
    add_frame(&build, runner->binary);
    add_machine(&build);
    add_cpu(&build);
    code = add_boot(&build, err);
    if (code == 0)
        vessel__qemu_add_devices(&build, chains);
    write_plan(&build); /* owns the arrays from here on, whatever the code */
    if (code == 0)
        *result = g_steal_pointer(&launch);
    return code;
}
