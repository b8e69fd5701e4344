/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What went through a container's interfaces. */
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

/* What its end outside received the container sent. Nobody inside can say otherwise. */
static int read_outside(VesselNetlink *netlink, const char *name, uint64_t counters[COUNTERS],
                        VesselError **err)
{
    VesselLink link;
    int code = vessel__netlink_link(netlink, name, &link, err);
    const struct rtnl_link_stats64 *end = &link.counters;
    const uint64_t turned[COUNTERS] = {end->tx_bytes,   end->tx_packets, end->tx_errors,
                                       end->tx_dropped, end->rx_bytes,   end->rx_packets,
                                       end->rx_errors,  end->rx_dropped};
    memcpy(counters, turned, sizeof turned);
    return code;
}

/* One that has no end outside, by the table of the container's namespace, @table. */
static int read_inside(const char *table, const char *name, uint64_t counters[COUNTERS],
                       VesselError **err)
{
    g_auto(GStrv) lines = g_strsplit(table ? table : "", "\n", 0);
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

static void put_one(const uint64_t counters[COUNTERS], guint number, VesselJson *stats)
{
    for (guint i = 0; i < COUNTERS; i++) {
        g_autofree char *key = g_strdup_printf("net.%u.%s", number, keys[i]);
        vessel__json_set_uint(stats, key, counters[i]);
    }
}

static void put_error(VesselError *err, guint number, VesselJson *errors)
{
    for (guint i = 0; i < COUNTERS; i++) {
        g_autofree char *key = g_strdup_printf("net.%u.%s", number, keys[i]);
        vessel__json_set(errors, key, vessel__error_to_json(err));
    }
}

void vessel__container_put_interfaces(VesselWarden *warden, VesselJson *stats, VesselJson *errors)
{
    const VesselJson *list = vessel__json_get(vessel__warden_plan(warden), "interfaces");
    g_autofree char *path = g_strdup_printf("/proc/%d/net/dev", vessel__warden_guest(warden)->pid);
    g_autofree char *table = NULL;
    g_autoptr(VesselNetlink) netlink = NULL;
    guint number = 0;
    vessel__json_set_uint(stats, "net.count", vessel__json_length(list));
    if (vessel__json_length(list) == 0 || vessel__netlink_open(&netlink, NULL) < 0)
        return;
    vessel__read_file(AT_FDCWD, path, TABLE_MAX, &table, NULL, NULL);
    VESSEL_JSON_FOREACH (interface, list) {
        const char *outside = vessel__json_get_string(interface, "host", NULL);
        const char *inside = vessel__json_get_string(interface, "name", "");
        g_autofree char *key = g_strdup_printf("net.%u.name", number);
        g_autoptr(VesselError) err = NULL;
        uint64_t counters[COUNTERS] = {0};
        vessel__json_set_string(stats, key, outside ? outside : inside);
        int code = outside ? read_outside(netlink, outside, counters, &err)
                           : read_inside(table, inside, counters, &err);
        if (code == 0)
            put_one(counters, number, stats);
        else
            put_error(err, number, errors);
        number++;
    }
}
