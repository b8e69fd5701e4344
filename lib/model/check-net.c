/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cross checks of what interfaces, networks and their ports have in common. */
#include "model/check.h"

void vessel__check_vlan(const VesselWhere *where, const VesselVlan *vlan)
{
    guint count = vlan ? vessel__check_count(vlan->tag) : 0, native = 0;
    if (!vlan)
        return;
    for (guint i = 0; i < count; i++)
        native += ((const VesselVlanTag *)vlan->tag->pdata[i])->native_mode != 0;
    if (count == 0)
        vessel__where_problem(where, "/tag", NULL, "a vlan has at least one tag");
    if (vlan->trunk == VESSEL_TRI_NO && (count > 1 || native > 0))
        vessel__where_problem(where, "/@trunk", "leave it out, or use trunk='yes'", "%s is a trunk",
                              count > 1 ? "more than one tag" : "a native VLAN");
    if (native > 1)
        vessel__where_problem(where, "/tag", NULL, "only one VLAN can be the native one");
}

static void check_rates(const VesselWhere *where, const char *below,
                        const VesselBandwidthRates *rates)
{
    if (!rates || rates->average.set)
        return;
    if (rates->peak.set || rates->burst.set)
        vessel__where_problem(where, below, NULL, "peak and burst need an average");
    else if (!rates->floor.set)
        vessel__where_problem(where, below, NULL, "there is neither an average nor a floor");
}

void vessel__check_bandwidth(const VesselWhere *where, const VesselBandwidth *bandwidth,
                             const char *no_floor)
{
    if (!bandwidth)
        return;
    check_rates(where, "/inbound", bandwidth->inbound);
    check_rates(where, "/outbound", bandwidth->outbound);
    if (bandwidth->outbound && bandwidth->outbound->floor.set)
        vessel__where_problem(where, "/outbound/@floor", NULL,
                              "only what comes in can have a floor");
    if (no_floor && bandwidth->inbound && bandwidth->inbound->floor.set)
        vessel__where_problem(where, "/inbound/@floor", NULL, "%s", no_floor);
}
