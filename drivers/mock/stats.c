/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mock/mock.h"

/* A mock's vCPUs are always busy. */
static uint64_t busy_ns(VesselMockGuest *mock)
{
    pthread_mutex_lock(&mock->lock);
    uint64_t busy = mock->busy_ns;
    if (mock->running)
        busy += (uint64_t)(vessel__now_ns() - mock->since_ns);
    pthread_mutex_unlock(&mock->lock);
    return busy;
}

static uint64_t vcpus_of(const VesselGuest *guest)
{
    return guest->def ? vessel__number(guest->def->vcpus, 1) : 1;
}

int vessel__mock_cpu_time(VesselGuest *guest, uint64_t *cpu_ns, VesselError **err)
{
    VesselMockGuest *mock = vessel__mock_guest(guest);
    if (!mock)
        return vessel__fail(err, VESSEL_ERROR_WRONG_STATE, "domain \"%s\" does not run",
                            guest->name);
    *cpu_ns = busy_ns(mock);
    return VESSEL_OK;
}

static void put_vcpus(VesselStatsSink *sink, const VesselGuest *guest, uint64_t busy)
{
    char key[32];
    uint64_t count = vcpus_of(guest);
    vessel__stats_put_u64(sink, "vcpu.current", count);
    vessel__stats_put_u64(sink, "vcpu.maximum", count);
    for (uint64_t i = 0; i < count; i++) {
        g_snprintf(key, sizeof key, "vcpu.%u.state", (unsigned)i);
        vessel__stats_put_i64(sink, key, 1);
        g_snprintf(key, sizeof key, "vcpu.%u.time", (unsigned)i);
        vessel__stats_put_u64(sink, key, busy / count);
    }
}

/* Devices are counted and named; they never do anything. */
static void put_devices(VesselStatsSink *sink, const VesselGuest *guest, VesselDeviceKind kind,
                        const char *prefix)
{
    static const char *const disk_keys[] = {"rd.reqs", "rd.bytes", "wr.reqs", "wr.bytes", NULL};
    static const char *const net_keys[] = {"rx.bytes", "rx.pkts", "tx.bytes", "tx.pkts", NULL};
    char key[48];
    guint count = 0;
    const VesselDevice *device;
    for (; guest->def && (device = vessel__domain_def_device(guest->def, kind, count)); count++) {
        bool disk = kind == VESSEL_DEVICE_DISK;
        const char *name = disk ? device->disk->target : device->interface->target;
        g_snprintf(key, sizeof key, "%s.%u.name", prefix, count);
        vessel__stats_put_string(sink, key, name ? name : "mock");
        for (const char *const *one = disk ? disk_keys : net_keys; *one; one++) {
            g_snprintf(key, sizeof key, "%s.%u.%s", prefix, count, *one);
            vessel__stats_put_u64(sink, key, 0);
        }
    }
    g_snprintf(key, sizeof key, "%s.count", prefix);
    vessel__stats_put_u64(sink, key, count);
}

static void collect_one(const VesselGuest *guest, VesselStatsSink *sink, unsigned groups,
                        uint64_t busy)
{
    if (groups & VESSEL_STATS_CPU) {
        vessel__stats_put_u64(sink, "cpu.time", busy);
        vessel__stats_put_u64(sink, "cpu.user", busy);
        vessel__stats_put_u64(sink, "cpu.system", 0);
    }
    if ((groups & VESSEL_STATS_BALLOON) && guest->def) {
        uint64_t most = vessel__number(guest->def->memory_kib, 0);
        vessel__stats_put_u64(sink, "balloon.current",
                              vessel__number(guest->def->current_memory_kib, most));
        vessel__stats_put_u64(sink, "balloon.maximum", most);
    }
    if (groups & VESSEL_STATS_VCPU)
        put_vcpus(sink, guest, busy);
    if (groups & VESSEL_STATS_BLOCK)
        put_devices(sink, guest, VESSEL_DEVICE_DISK, "block");
    if (groups & VESSEL_STATS_INTERFACE)
        put_devices(sink, guest, VESSEL_DEVICE_INTERFACE, "net");
}

void vessel__mock_collect(VesselGuest *const *guests, VesselStatsSink *const *sinks, size_t count,
                          unsigned groups, VesselDeadline deadline)
{
    (void)deadline;
    for (size_t i = 0; i < count; i++) {
        VesselMockGuest *mock = vessel__mock_guest(guests[i]);
        if (mock)
            collect_one(guests[i], sinks[i], groups, busy_ns(mock));
    }
}
