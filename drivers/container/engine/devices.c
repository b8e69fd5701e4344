/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of devices of a container: the v1 controller `devices`, or a BPF program on its v2
 * group. That program is so small that it is written here, instruction by instruction. */
#include "container/engine/devices.h"
#include "base/file.h"
#include "container/engine/state.h"
#include "sys/cgroup.h"

#include <linux/bpf.h>
#include <stdio.h>
#include <sys/syscall.h>

/* devices.txt of the kernel's documentation. /dev/console is one of the terminals here, never 5:1.
 */
const ContainerDevice vessel__container_devices[] = {
    {"null", false, 1, 3},
    {"zero", false, 1, 5},
    {"full", false, 1, 7},
    {"random", false, 1, 8},
    {"urandom", false, 1, 9},
    {"tty", false, 5, 0},
    {NULL, false, 5, 2}, /* ptmx */
    {NULL, false, 136, CONTAINER_DEVICE_ANY},
};
const size_t vessel__container_devices_count = G_N_ELEMENTS(vessel__container_devices);

/* ---- the program ---- */

/* Registers, once the context is read; the context itself is in 1. */
enum { ANSWER, CONTEXT, TYPE, ACCESS, MAJOR, MINOR };

static void add(GArray *program, uint8_t code, unsigned to, unsigned from, int16_t offset,
                int32_t value)
{
    struct bpf_insn instruction = {.code = code,
                                   .dst_reg = (uint8_t)(to & 15),
                                   .src_reg = (uint8_t)(from & 15),
                                   .off = offset,
                                   .imm = value};
    g_array_append_val(program, instruction);
}

static void load(GArray *program, unsigned to, size_t offset)
{
    add(program, BPF_LDX | BPF_MEM | BPF_W, to, CONTEXT, (int16_t)offset, 0);
}

static void answer(GArray *program, bool yes)
{
    add(program, BPF_ALU64 | BPF_MOV | BPF_K, ANSWER, 0, 0, yes);
    add(program, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Jumps over the next @count instructions unless the register has that value. */
static void unless(GArray *program, unsigned reg, uint32_t value, int16_t count)
{
    add(program, BPF_JMP | BPF_JNE | BPF_K, reg, 0, count, (int32_t)value);
}

static void add_rule(GArray *program, const ContainerDevice *device)
{
    bool any = device->minor == CONTAINER_DEVICE_ANY;
    unless(program, TYPE, device->block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, any ? 3 : 4);
    unless(program, MAJOR, device->major, any ? 2 : 3);
    if (!any)
        unless(program, MINOR, device->minor, 2);
    answer(program, true);
}

void vessel__container_device_program(const ContainerDevice *devices, size_t count, GArray *program)
{
    load(program, TYPE, offsetof(struct bpf_cgroup_dev_ctx, access_type));
    add(program, BPF_ALU64 | BPF_MOV | BPF_X, ACCESS, TYPE, 0, 0);
    add(program, BPF_ALU64 | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
    add(program, BPF_ALU64 | BPF_RSH | BPF_K, ACCESS, 0, 0, 16);
    load(program, MAJOR, offsetof(struct bpf_cgroup_dev_ctx, major));
    load(program, MINOR, offsetof(struct bpf_cgroup_dev_ctx, minor));
    add(program, BPF_ALU64 | BPF_AND | BPF_K, ACCESS, 0, 0, BPF_DEVCG_ACC_MKNOD);
    unless(program, ACCESS, BPF_DEVCG_ACC_MKNOD, 2);
    answer(program, false);
    for (size_t i = 0; i < count; i++)
        add_rule(program, &devices[i]);
    answer(program, false);
}

/* ---- v2 ---- */

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
    return (int)syscall(SYS_bpf, command, attr, sizeof *attr);
}

static int load_program(const GArray *program)
{
    union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                           .insns = (uint64_t)(uintptr_t)program->data,
                           .insn_cnt = program->len,
                           .license = (uint64_t)(uintptr_t) "LGPL",
                           .prog_name = "vessel_devices"};
    return bpf(BPF_PROG_LOAD, &attr);
}

/* The kernel's sum of a program's instructions. */
static bool tag_of(int program, uint8_t tag[BPF_TAG_SIZE])
{
    struct bpf_prog_info info = {0};
    union bpf_attr attr = {.info = {.bpf_fd = (uint32_t)program,
                                    .info_len = sizeof info,
                                    .info = (uint64_t)(uintptr_t)&info}};
    if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) < 0)
        return false;
    memcpy(tag, info.tag, BPF_TAG_SIZE);
    return true;
}

/* A group that is used for a second life has the program already, and takes 64 in all. */
static bool is_attached(int group, int program)
{
    uint32_t ids[64];
    uint8_t wanted[BPF_TAG_SIZE], tag[BPF_TAG_SIZE];
    union bpf_attr attr = {.query = {.target_fd = (uint32_t)group,
                                     .attach_type = BPF_CGROUP_DEVICE,
                                     .prog_ids = (uint64_t)(uintptr_t)ids,
                                     .prog_cnt = G_N_ELEMENTS(ids)}};
    if (!tag_of(program, wanted) || bpf(BPF_PROG_QUERY, &attr) < 0)
        return false;
    for (uint32_t i = 0; i < attr.query.prog_cnt; i++) {
        union bpf_attr by_id = {.prog_id = ids[i]};
        vessel_autofd int other = bpf(BPF_PROG_GET_FD_BY_ID, &by_id);
        if (other >= 0 && tag_of(other, tag) && memcmp(tag, wanted, BPF_TAG_SIZE) == 0)
            return true;
    }
    return false;
}

static int allow_v2(int group, const ContainerDevice *devices, size_t count, VesselError **err)
{
    g_autoptr(GArray) program = g_array_new(FALSE, FALSE, sizeof(struct bpf_insn));
    vessel__container_device_program(devices, count, program);
    vessel_autofd int fd = load_program(program);
    if (fd < 0)
        return vessel__fail_errno(err, errno, "a BPF program for devices");
    if (is_attached(group, fd))
        return 0;
    union bpf_attr attr = {.target_fd = (uint32_t)group,
                           .attach_bpf_fd = (uint32_t)fd,
                           .attach_type = BPF_CGROUP_DEVICE,
                           .attach_flags = BPF_F_ALLOW_MULTI};
    return bpf(BPF_PROG_ATTACH, &attr) < 0
               ? vessel__fail_errno(err, errno, "a BPF program for devices on the control group")
               : 0;
}

/* ---- v1 ---- */

static int write_v1(const VesselCgroup *group, const char *file, const char *value,
                    VesselError **err)
{
    const VesselCgroupWay way = {.v2 = false, .file = file, .value = value};
    return vessel__cgroup_set(group, &way, 1, err);
}

static int allow_v1(const VesselCgroup *group, const ContainerDevice *devices, size_t count,
                    VesselError **err)
{
    int code = write_v1(group, "devices.deny", "a", err);
    for (size_t i = 0; i < count && code == 0; i++) {
        char minor[16] = "*", rule[64];
        if (devices[i].minor != CONTAINER_DEVICE_ANY)
            g_snprintf(minor, sizeof minor, "%u", devices[i].minor);
        g_snprintf(rule, sizeof rule, "%c %u:%s rw", devices[i].block ? 'b' : 'c', devices[i].major,
                   minor);
        code = write_v1(group, "devices.allow", rule, err);
    }
    return code;
}

/* ---- either ---- */

/* Those of the definition as well. */
static GArray *list_devices(const VesselJson *plan)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(ContainerDevice));
    g_array_append_vals(list, vessel__container_devices, (guint)vessel__container_devices_count);
    VESSEL_JSON_FOREACH (mount, vessel__json_get(plan, "mounts")) {
        const VesselJson *device = vessel__json_get(mount, "device");
        ContainerDevice more = {NULL, vessel__json_get_bool(device, "block", false),
                                (uint32_t)vessel__json_get_uint(device, "major", 0),
                                (uint32_t)vessel__json_get_uint(device, "minor", 0)};
        if (device)
            g_array_append_val(list, more);
    }
    return list;
}

/* A user's container is let off: what its user may not open it may not either, and no user
 * namespace makes a node. For root it is the second wall behind mounts without devices: where it
 * cannot be had, the domain's info says so. */
void vessel__container_allow_devices(ContainerEngine *engine)
{
    VesselCgroup *group = NULL;
    g_autoptr(VesselError) why = NULL;
    if (geteuid() != 0)
        return;
    g_autoptr(GArray) list = list_devices(vessel__warden_plan(engine->warden));
    const ContainerDevice *devices = (const ContainerDevice *)(const void *)list->data;
    size_t count = list->len;
    int code = vessel__warden_need_cgroup(engine->warden, &group, &why);
    int v2 = code == 0 ? vessel__cgroup_v2_fd(group) : -1;
    if (code == 0)
        code = v2 >= 0 ? allow_v2(v2, devices, count, &why) : allow_v1(group, devices, count, &why);
    if (code < 0)
        vessel__warden_note(engine->warden,
                            "no list of devices holds the container back, mounts without devices "
                            "alone do: %s",
                            vessel_error_message(why));
}
