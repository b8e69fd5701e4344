/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <dns> of a network. */
#include "model/check-document.h"
#include "model/network.h"

#define LIVE VESSEL_ROW_LIVE

static const char *const protocols[] = {"", "tcp", "udp", NULL};

/* Such as _dmarc.example.com. */
static char *read_record(const char *text)
{
    return strpbrk(text, " ,") ? NULL : vessel__form_name_any.read(text);
}

static const VesselForm form_record = {
    "the name of a record: not empty, without blanks, commas or control characters",
    "[^ ,\\p{Cc}]+", read_record};

static char *read_service(const char *text)
{
    for (const char *p = text; *p; p++) {
        if (!g_ascii_isalnum(*p) && !strchr("_-+/*", *p))
            return NULL;
    }
    return *text ? g_strdup(text) : NULL;
}

static const VesselForm form_service = {"letters, digits and '_', '-', '+', '/', '*'",
                                        "[a-zA-Z0-9_\\-+/*]+", read_service};

static const VesselRow forwarder_rows[] = {
    VESSEL_STRING(VesselDnsForwarder, addr, "@addr", &vessel__form_ip, 45, VESSEL_ROW_KEY,
                  "DNS server that is asked",
                  .otherwise = "none: what is not known here is not answered"),
    VESSEL_STRING(VesselDnsForwarder, domain, "@domain", &vessel__form_host, 255, VESSEL_ROW_KEY,
                  "for names of this domain", .otherwise = "all names"),
    {.path = NULL},
};

static const VesselTable forwarder_table =
    VESSEL_LINES_TABLE(VesselDnsForwarder, "forwarder", forwarder_rows);

static const VesselRow txt_rows[] = {
    VESSEL_STRING(VesselDnsTxt, name, "@name", &form_record, 255,
                  VESSEL_ROW_REQUIRED | LIVE | VESSEL_ROW_KEY, "name of a TXT record"),
    VESSEL_STRING(VesselDnsTxt, value, "@value", &vessel__form_line, 4096,
                  VESSEL_ROW_REQUIRED | LIVE, "its value; several have commas between them"),
    {.path = NULL},
};

static const VesselTable txt_table = VESSEL_LINES_TABLE(VesselDnsTxt, "txt", txt_rows);

static const VesselRow srv_rows[] = {
    VESSEL_STRING(VesselDnsSrv, service, "@service", &form_service, 255,
                  VESSEL_ROW_REQUIRED | LIVE | VESSEL_ROW_KEY, "service of an SRV record"),
    VESSEL_ENUM(VesselDnsSrv, protocol, "@protocol", protocols,
                VESSEL_ROW_REQUIRED | LIVE | VESSEL_ROW_KEY, "its protocol"),
    VESSEL_STRING(VesselDnsSrv, domain, "@domain", &vessel__form_host, 255, LIVE | VESSEL_ROW_KEY,
                  "domain the service is of", .otherwise = "that of the network"),
    VESSEL_STRING(VesselDnsSrv, target, "@target", &vessel__form_name_any, 255,
                  LIVE | VESSEL_ROW_KEY, "server that has the service",
                  .otherwise = "there is no such service"),
    VESSEL_NUMBER(VesselDnsSrv, port, "@port", 1, 65535, LIVE, "its port"),
    VESSEL_NUMBER(VesselDnsSrv, priority, "@priority", 0, 65535, LIVE,
                  "servers with the smallest are asked first", .preset = "0"),
    VESSEL_NUMBER(VesselDnsSrv, weight, "@weight", 0, 65535, LIVE,
                  "of several with one priority, how often it is taken", .preset = "0"),
    {.path = NULL},
};

static const VesselTable srv_table = VESSEL_LINES_TABLE(VesselDnsSrv, "srv", srv_rows);

static const VesselRow name_rows[] = {
    VESSEL_STRING(VesselDnsName, name, "", &vessel__form_host, 255, LIVE | VESSEL_ROW_KEY,
                  "a name of the host"),
    {.path = NULL},
};

static const VesselTable name_table = VESSEL_PART_TABLE(VesselDnsName, "hostname", name_rows);

static const VesselRow host_rows[] = {
    VESSEL_STRING(VesselDnsHost, ip, "@ip", &vessel__form_ip, 45,
                  VESSEL_ROW_REQUIRED | LIVE | VESSEL_ROW_KEY, "address of a host"),
    VESSEL_OBJECTS(VesselDnsHost, names, "hostname", &name_table, 256, LIVE, "its names"),
    {.path = NULL},
};

static const VesselTable host_table = VESSEL_LINES_TABLE(VesselDnsHost, "host", host_rows);

static const VesselRow dns_rows[] = {
    VESSEL_SWITCH(VesselDns, enable, "@enable", vessel__no_yes, 0, "whether there is a DNS server",
                  .preset = "yes"),
    VESSEL_SWITCH(VesselDns, forward_plain_names, "@forwardPlainNames", vessel__no_yes, 0,
                  "whether other servers are asked for names without a dot", .preset = "yes"),
    VESSEL_OBJECTS(VesselDns, forwarders, "forwarder", &forwarder_table, 1024, 0,
                   "other DNS servers", .otherwise = "the host's"),
    VESSEL_OBJECTS(VesselDns, txts, "txt", &txt_table, 4096, LIVE, "TXT records"),
    VESSEL_OBJECTS(VesselDns, srvs, "srv", &srv_table, 4096, LIVE, "SRV records"),
    VESSEL_OBJECTS(VesselDns, hosts, "host", &host_table, 65535, LIVE, "hosts and their names"),
    {.path = NULL},
};

const VesselTable vessel__dns_table = VESSEL_LINES_TABLE(VesselDns, "dns", dns_rows);
