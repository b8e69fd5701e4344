/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks of containers: kill -9 of the warden and of the container's first process at
 * each step of start and stop (matrix.h), for each kind of interface. Nothing is left, and an
 * interface of the host's is the host's again. */
#include "tests/lib/network.h"

#include "tests/system/matrix.h"

typedef struct {
    const char *name;
    const char *devices;
    void (*prepare)(void);
} Kind;

static void prepare_bridge(void)
{
    vt_net_bridge(1500);
}

static void prepare_user(void)
{
    vt_need_program("slirp4netns");
    vt_net_bridge(1500);
    vt_net_taps();
}

#define ADDRESS "<ip address='" VT_INSIDE "' prefix='24'/>"

static const Kind kinds[] = {
    {"bridge", VT_ON_BRIDGE(ADDRESS), prepare_bridge},
    {"macvlan", VT_ON_WIRE("<mac address='52:54:00:aa:bb:cc'/>" ADDRESS), vt_net_wire},
    {"moved_in", VT_WIRE_ITSELF(ADDRESS), vt_net_wire},
    {"user",
     VT_USER("<portForward proto='tcp' address='127.0.0.1'><range start='7001'/></portForward>"),
     prepare_user},
};

static const struct {
    Victim who;
    Operation operation;
    const char *words;
} deaths[] = {
    {WARDEN, START, "warden_killed_in_start"},     {WARDEN, SHUTDOWN, "warden_killed_in_shutdown"},
    {WARDEN, DESTROY, "warden_killed_in_destroy"}, {GUEST, START, "guest_killed_in_start"},
    {GUEST, SHUTDOWN, "guest_killed_in_shutdown"}, {GUEST, DESTROY, "guest_killed_in_destroy"},
};

#define DEATHS G_N_ELEMENTS(deaths)

/* This case's. */
static const Kind *kind = kinds;
static Victim who;

static char *definition(const char *name)
{
    return vt_container_xml(name, "obey", kind->devices);
}

static void prepare(void)
{
    vt_need_program("ip");
    vt_container_prepare();
    kind->prepare();
}

static void await_ready(VesselDomain *domain)
{
    g_autofree char *said = vt_container_says(domain, "ready");
    (void)said;
}

static bool is_back(void *data)
{
    (void)data;
    return if_nametoindex(VT_WIRE) != 0;
}

static bool is_gone(void *data)
{
    (void)data;
    return if_nametoindex(VT_WIRE "2") == 0;
}

/* With a warden goes, while it starts one or after its last word to it, the container; and with
 * both, unless another warden sees it, a virtual interface that was in it. */
static void have_wire(VesselDomain *domain)
{
    if (vt_state_of(domain) != VESSEL_DOMAIN_SHUT_OFF || kind->prepare != vt_net_wire)
        return;
    if (who == WARDEN && !is_back(NULL)) {
        vt_wait(is_gone, NULL, 5000);
        vt_net_new_wire();
    }
    vt_wait(is_back, NULL, 5000);
}

/* The kernel has a number for each other one that an interface of this one reaches into. */
static bool no_namespaces(void *data)
{
    g_autofree char *said = NULL;
    (void)data;
    assert_true(g_spawn_command_line_sync("ip netns list-id", &said, NULL, NULL, NULL));
    return strstr(said, "nsid") == NULL;
}

static void nothing_left(void)
{
    vt_wait(vt_net_no_ends, NULL, 5000);
    vt_wait(no_namespaces, NULL, 5000);
}

static void killed(void **state)
{
    size_t number = GPOINTER_TO_SIZE(*state);
    kind = &kinds[number / DEATHS];
    who = deaths[number % DEATHS].who;
    matrix_sweep(deaths[number % DEATHS].operation, who, true);
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[G_N_ELEMENTS(kinds) * DEATHS];
    matrix_kind = (MatrixKind){.xml = definition,
                               .prepare = prepare,
                               .started = await_ready,
                               .again = have_wire,
                               .left = nothing_left,
                               .budget_s = 1,
                               .shutdown_ms = 300};
    if (matrix_is_victim(argc, argv))
        return matrix_victim_main(argv);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        tests[i] = (struct CMUnitTest){
            .name = g_strdup_printf("%s_%s", kinds[i / DEATHS].name, deaths[i % DEATHS].words),
            .test_func = killed,
            .initial_state = GSIZE_TO_POINTER(i)};
    return vt_main(tests);
}
