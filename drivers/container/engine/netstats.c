/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What went through a container's interfaces, as the container sees it: those of the plan's
 * "interfaces", then those of its "moved". */
#include "base/file.h"
#include "container/engine/state.h"
#include "sys/netlink.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#define TABLE_MAX (64 * 1024)
#define COUNTERS 8

static const char *const keys[COUNTERS] = {"rx.bytes", "rx.pkts", "rx.errs", "rx.drop",
                                           "tx.bytes", "tx.pkts", "tx.errs", "tx.drop"};

typedef struct {
    VesselWarden *warden;
    VesselNetlink *netlink; /* of the host */
    char *table;            /* of the container's namespace, which an init could falsify */
    VesselJson *stats, *errors;
} Reading;

/* What its end outside received the container sent. Nobody inside can say otherwise. */
static int read_outside(const Reading *reading, const char *name, uint64_t counters[COUNTERS],
                        VesselError **err)
{
    VesselLink link;
    int code = vessel__netlink_link(reading->netlink, name, &link, err);
    const struct rtnl_link_stats64 *end = &link.counters;
    const uint64_t turned[COUNTERS] = {end->tx_bytes,   end->tx_packets, end->tx_errors,
                                       end->tx_dropped, end->rx_bytes,   end->rx_packets,
                                       end->rx_errors,  end->rx_dropped};
    memcpy(counters, turned, sizeof turned);
    return code;
}

/* One of the host's own, by its number in the container. It has counted since it is there. */
static int read_moved(const Reading *reading, size_t number, uint64_t counters[COUNTERS],
                      VesselError **err)
{
    VesselLink link = {0};
    int code =
        vessel__container_moved_link(vessel__container_engine(reading->warden), number, &link, err);
    const struct rtnl_link_stats64 *own = &link.counters;
    const uint64_t plain[COUNTERS] = {own->rx_bytes,   own->rx_packets, own->rx_errors,
                                      own->rx_dropped, own->tx_bytes,   own->tx_packets,
                                      own->tx_errors,  own->tx_dropped};
    memcpy(counters, plain, sizeof plain);
    return code;
}

/* One that has no end outside. */
static int read_inside(const Reading *reading, const char *name, uint64_t counters[COUNTERS],
                       VesselError **err)
{
    g_auto(GStrv) lines = g_strsplit(reading->table ? reading->table : "", "\n", 0);
    for (char **line = lines; *line; line++) {
        char *start = g_strchug(*line), *colon = strchr(start, ':');
        uint64_t *to = counters;
        if (!colon || (size_t)(colon - start) != strlen(name) ||
            strncmp(start, name, strlen(name)) != 0)
            continue;
        if (sscanf(colon + 1,
                   "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %*u %*u %*u %*u %" SCNu64
                   " %" SCNu64 " %" SCNu64 " %" SCNu64,
                   &to[0], &to[1], &to[2], &to[3], &to[4], &to[5], &to[6], &to[7]) == COUNTERS)
            return 0;
    }
    return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "the container has no interface \"%s\"", name);
}

static void put(const Reading *reading, guint number, const char *name,
                const uint64_t counters[COUNTERS], const VesselError *err)
{
    g_autofree char *name_key = g_strdup_printf("net.%u.name", number);
    vessel__json_set_string(reading->stats, name_key, name);
    for (guint i = 0; i < COUNTERS; i++) {
        g_autofree char *key = g_strdup_printf("net.%u.%s", number, keys[i]);
        if (err)
            vessel__json_set(reading->errors, key, vessel__error_to_json(err));
        else
            vessel__json_set_uint(reading->stats, key, counters[i]);
    }
}

static void put_interface(const Reading *reading, guint number, const VesselJson *interface)
{
    const char *outside = vessel__json_get_string(interface, "host", NULL);
    const char *inside = vessel__json_get_string(interface, "name", "");
    uint64_t counters[COUNTERS] = {0};
    g_autoptr(VesselError) err = NULL;
    if (outside)
        read_outside(reading, outside, counters, &err);
    else
        read_inside(reading, inside, counters, &err);
    put(reading, number, outside ? outside : inside, counters, err);
}

static void put_moved(const Reading *reading, guint number, size_t of_moved,
                      const VesselJson *interface)
{
    uint64_t counters[COUNTERS] = {0};
    g_autoptr(VesselError) err = NULL;
    read_moved(reading, of_moved, counters, &err);
    put(reading, number, vessel__json_get_string(interface, "source", ""), counters, err);
}

void vessel__container_put_interfaces(VesselWarden *warden, VesselJson *stats, VesselJson *errors)
{
    const VesselJson *plan = vessel__warden_plan(warden);
    const VesselJson *list = vessel__json_get(plan, "interfaces");
    const VesselJson *moved = vessel__json_get(plan, "moved");
    size_t own = vessel__json_length(list), count = own + vessel__json_length(moved);
    g_autofree char *path = g_strdup_printf("/proc/%d/net/dev", vessel__warden_guest(warden)->pid);
    g_autofree char *table = NULL;
    g_autoptr(VesselNetlink) netlink = NULL;
    vessel__json_set_uint(stats, "net.count", count);
    if (count == 0 || vessel__netlink_open(&netlink, NULL) < 0)
        return;
    vessel__read_file(AT_FDCWD, path, TABLE_MAX, &table, NULL, NULL);
    const Reading reading = {warden, netlink, table, stats, errors};
    for (size_t i = 0; i < count; i++)
        if (i < own)
            put_interface(&reading, (guint)i, vessel__json_at(list, i));
        else
            put_moved(&reading, (guint)i, i - own, vessel__json_at(moved, i - own));
}
