/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/states.h"

static const struct {
    int state;
    int number; /* virDomainState, libvirt-domain.h */
    const char *name, *word;
    const char *const *reasons; /* index = the number of the reason */
} states[] = {
    {VESSEL_DOMAIN_RUNNING, 1, "running", "running",
     (const char *const[]){"unknown", "booted", "migrated", "restored", "from snapshot", "unpaused",
                           "migration canceled", "save canceled", "wakeup", "crashed", "post-copy",
                           NULL}},
    {VESSEL_DOMAIN_PAUSED, 3, "paused", "paused",
     (const char *const[]){"unknown", "user", "migration", "save", "dump", "ioerror", "watchdog",
                           "from snapshot", "shutting down", "snapshot", "crashed", "starting up",
                           "post-copy", "post-copy failed", NULL}},
    {VESSEL_DOMAIN_IN_SHUTDOWN, 4, "in shutdown", "in-shutdown",
     (const char *const[]){"unknown", "user", NULL}},
    {VESSEL_DOMAIN_SHUT_OFF, 5, "shut off", "shut-off",
     (const char *const[]){"unknown", "shutdown", "destroyed", "crashed", "migrated", "saved",
                           "failed", "from snapshot", "daemon", NULL}},
    {VESSEL_DOMAIN_CRASHED, 6, "crashed", "crashed",
     (const char *const[]){"unknown", "panicked", NULL}},
    {VESSEL_DOMAIN_PMSUSPENDED, 7, "pmsuspended", "pmsuspended",
     (const char *const[]){"unknown", NULL}},
};

/* Reasons of our own, and libvirt's number that says most of them. */
static const struct {
    int state;
    const char *reason; /* with "…:" and a number after it */
    int number;
} own[] = {
    /* The guest has powered off, and the definition keeps it. */
    {VESSEL_DOMAIN_IN_SHUTDOWN, "shutdown", 1},
    /* The hypervisor cannot go on; libvirt has no word for it. */
    {VESSEL_DOMAIN_CRASHED, "internal-error", 0},
    {VESSEL_DOMAIN_PMSUSPENDED, "guest", 0},
    /* How a container's program ended. */
    {VESSEL_DOMAIN_SHUT_OFF, "exit:", 1},
    {VESSEL_DOMAIN_SHUT_OFF, "signal:", 3},
};

static int find(int state)
{
    for (guint i = 0; i < G_N_ELEMENTS(states); i++) {
        if (states[i].state == state)
            return (int)i;
    }
    return -1;
}

const char *vessel__state_name(int state)
{
    int i = find(state);
    return i < 0 ? NULL : states[i].name;
}

const char *vessel__state_word(int state)
{
    int i = find(state);
    return i < 0 ? NULL : states[i].word;
}

char *vessel__states_text(unsigned set)
{
    g_autoptr(GString) text = g_string_new(NULL);
    int left = __builtin_popcount(set & VESSEL__STATES_ALL);
    for (guint i = 0; i < G_N_ELEMENTS(states); i++) {
        if (!(set & (unsigned)states[i].state))
            continue;
        g_string_append(text, states[i].name);
        left--;
        if (left)
            g_string_append(text, left == 1 ? " or " : ", ");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

int vessel__state_number(int state)
{
    int i = find(state);
    return i < 0 ? 0 : states[i].number;
}

int vessel__state_reason_number(int state, const char *reason)
{
    int i = find(state);
    if (i < 0 || !reason)
        return 0;
    for (int n = 0; states[i].reasons[n]; n++) {
        if (g_str_equal(states[i].reasons[n], reason))
            return n;
    }
    for (guint n = 0; n < G_N_ELEMENTS(own); n++) {
        if (own[n].state == state && g_str_has_prefix(reason, own[n].reason))
            return own[n].number;
    }
    return 0;
}
