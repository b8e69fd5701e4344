/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interfaces of the host that are the container's for its life. An init may call them as it likes,
 * and others by their names: what is given back is known by its number inside, its kind and the
 * address it was built with, which are written down before anything of the container runs.
 *
 * Of a virtual one the container can make another like that, when it has deleted it or moved it on.
 * So a packet socket is bound to each, which receives nothing: the kernel unbinds it when that very
 * one goes, whatever has its number then. */
#include "base/file.h"
#include "container/engine/state.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>

#define RECORD "moved"        /* in state.json: the plan's "moved", as they are inside */
#define OTHERS_MAX 4096       /* the kernel lets one have 64 KiB of them */
#define OTHER_NAME "vessel%d" /* the kernel puts the lowest number there that is free */

static const VesselJson *moved_of(const ContainerEngine *engine)
{
    return vessel__json_get(vessel__warden_plan(engine->warden), "moved");
}

static const char *source_of(const VesselJson *interface)
{
    return vessel__json_get_string(interface, "source", "");
}

static void close_bound(void *fd)
{
    vessel__close_fd(fd);
}

static int packet_sockets(size_t count, GArray **sockets, VesselError **err)
{
    *sockets = g_array_new(FALSE, FALSE, sizeof(int));
    g_array_set_clear_func(*sockets, close_bound);
    for (size_t i = 0; i < count; i++) {
        int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
        if (fd < 0) {
            int code =
                vessel__fail_errno(err, errno, "a packet socket, by which an interface is known");
            vessel__error_hint(err, "they are CONFIG_PACKET of this kernel; modprobe af_packet");
            return code;
        }
        g_array_append_val(*sockets, fd);
    }
    return 0;
}

/* A socket is of the namespace that it was made in, and keeps that. */
static int open_inside(ContainerEngine *engine, VesselError **err)
{
    vessel_autofd int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0)
        return vessel__fail_errno(err, errno, "the host's network namespace");
    if (setns(vessel__warden_guest_pidfd(engine->warden), CLONE_NEWNET) < 0)
        return vessel__fail_errno(err, errno, "the container's network namespace");
    int code = vessel__netlink_open(&engine->inside, err);
    if (code == 0)
        code = packet_sockets(vessel__json_length(moved_of(engine)), &engine->bound, err);
    if (setns(home, CLONE_NEWNET) < 0) /* a warden may not go on in there */
        abort();
    return code;
}

void vessel__container_forget_moved(ContainerEngine *engine)
{
    g_clear_pointer(&engine->inside, vessel__netlink_free);
    g_clear_pointer(&engine->bound, g_array_unref);
}

/* ---- who it is ---- */

static int bind_to(ContainerEngine *engine, size_t number, unsigned index, VesselError **err)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)index};
    int fd = g_array_index(engine->bound, int, number);
    return bind(fd, (const struct sockaddr *)&to, sizeof to) == 0
               ? 0
               : vessel__fail_errno(err, errno, "a packet socket on interface %u", index);
}

/* Of no kind the container can make none. */
static bool never_left(const ContainerEngine *engine, size_t number, const VesselLink *link)
{
    struct sockaddr_ll to = {0};
    socklen_t size = sizeof to;
    int fd = g_array_index(engine->bound, int, number);
    return !link->kind[0] || (getsockname(fd, (struct sockaddr *)&to, &size) == 0 &&
                              to.sll_ifindex == (int)link->index);
}

/* Its number in the plan. */
static size_t write_down(ContainerEngine *engine, const VesselLink *link)
{
    VesselJson *state = vessel__warden_engine_state(engine->warden);
    const VesselJson *before = vessel__json_get(state, RECORD);
    VesselJson *list = before ? vessel__json_copy(before) : vessel__json_new_array();
    VesselJson *record = vessel__json_new_object();
    vessel__json_set_uint(record, "index", link->index);
    vessel__json_set_string(record, "kind", link->kind);
    vessel__json_set_string(record, "address", link->permanent);
    vessel__json_append(list, record);
    vessel__json_set(state, RECORD, list);
    return vessel__json_length(list) - 1;
}

/* As it was written down; @bound: it is that very one. */
static int find(ContainerEngine *engine, size_t number, bool bound, VesselLink *link,
                VesselError **err)
{
    const VesselJson *list = vessel__json_get(vessel__warden_engine_state(engine->warden), RECORD);
    const VesselJson *record = vessel__json_at(list, number);
    const char *name = source_of(vessel__json_at(moved_of(engine), number));
    unsigned index = (unsigned)vessel__json_get_uint(record, "index", 0);
    if (!engine->inside || index == 0)
        return vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "where %s is was not written down", name);
    int code = vessel__netlink_link_at(engine->inside, index, link, err);
    if (code == 0 &&
        (strcmp(link->kind, vessel__json_get_string(record, "kind", "")) != 0 ||
         strcmp(link->permanent, vessel__json_get_string(record, "address", "")) != 0 ||
         (bound && !never_left(engine, number, link))))
        code = vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "interface %u in the container is another",
                            index);
    if (code < 0)
        vessel__error_prefix(err, "%s is not in the container any more", name);
    return code;
}

int vessel__container_moved_link(ContainerEngine *engine, size_t number, VesselLink *link,
                                 VesselError **err)
{
    return find(engine, number, true, link, err);
}

/* ---- there and back ---- */

/* To where the process @to is, and called @name there. */
static int move(VesselNetlink *netlink, unsigned index, pid_t to, const char *name,
                const VesselJson *interface, VesselError **err)
{
    struct ifinfomsg header = {.ifi_index = (int)index};
    vessel__netlink_begin(netlink, RTM_NEWLINK, 0, &header, sizeof header,
                          vessel__json_get_string(interface, "at", NULL), "moving the interface %s",
                          source_of(interface));
    vessel__netlink_put_string(netlink, IFLA_IFNAME, name);
    vessel__netlink_put_u32(netlink, IFLA_NET_NS_PID, (uint32_t)to);
    return vessel__netlink_send(netlink, err);
}

int vessel__container_move_in(ContainerEngine *engine, VesselNetlink *netlink,
                              const VesselJson *interface, unsigned index, VesselError **err)
{
    const char *name = source_of(interface);
    VesselLink link;
    int code = engine->inside ? 0 : open_inside(engine, err);
    if (code == 0)
        code = move(netlink, index, engine->child.pid, name, interface, err);
    if (code == 0)
        code = vessel__netlink_link(engine->inside, name, &link, err);
    if (code == 0)
        code = bind_to(engine, write_down(engine, &link), link.index, err);
    return code;
}

/* It comes under the name that it has, and gets its own then: the host is to see none that the
 * container made up. One that is up has to go down for that, before Linux 6.2. */
static int take_name_off(ContainerEngine *engine, unsigned index, VesselError **err)
{
    struct ifinfomsg header = {.ifi_index = (int)index, .ifi_change = IFF_UP};
    vessel__netlink_begin(engine->inside, RTM_NEWLINK, 0, &header, sizeof header, NULL,
                          "taking the interface down");
    vessel__netlink_begin(engine->inside, RTM_NEWLINK, 0, &header, sizeof header, NULL,
                          "another name for it");
    vessel__netlink_put_string(engine->inside, IFLA_IFNAME, OTHER_NAME);
    return vessel__netlink_send(engine->inside, err);
}

/* Others too: by one that the host has for something else it could not come, or the kernel would
 * bring it, under whatever name the container gave it. udev sets those of its own again. */
static int take_others_off(ContainerEngine *engine, size_t number, VesselLink *link,
                           VesselError **err)
{
    int code = 0;
    for (int i = 0; i < OTHERS_MAX && link->alternative[0] && code == 0; i++) {
        vessel__netlink_begin_unname(engine->inside, link);
        code = vessel__netlink_send(engine->inside, err);
        if (code == 0)
            code = vessel__container_moved_link(engine, number, link, err);
    }
    return code;
}

static void give_back(ContainerEngine *engine, size_t number)
{
    const VesselJson *interface = vessel__json_at(moved_of(engine), number);
    const char *name = source_of(interface);
    g_autoptr(VesselError) err = NULL;
    VesselLink link;
    int code = vessel__container_moved_link(engine, number, &link, &err);
    if (code == 0)
        code = take_others_off(engine, number, &link, &err);
    if (code == 0 && strcmp(link.name, name) != 0)
        code = take_name_off(engine, link.index, &err);
    if (code == 0)
        code = move(engine->inside, link.index, getpid(), name, interface, &err);
    if (code == VESSEL_ERROR_EXISTS) {
        vessel__warden_log(engine->warden,
                           "another interface of the host is called %s: what was moved in comes "
                           "back as vessel…",
                           name);
        code = move(engine->inside, link.index, getpid(), OTHER_NAME, interface, &err);
    }
    if (code < 0)
        vessel__warden_log(engine->warden, "%s does not come back: %s", name,
                           vessel_error_message(err));
}

void vessel__container_give_back(ContainerEngine *engine)
{
    VesselJson *state = vessel__warden_engine_state(engine->warden);
    size_t count = vessel__json_length(vessel__json_get(state, RECORD));
    for (size_t i = 0; i < count; i++)
        give_back(engine, i);
    vessel__json_set(state, RECORD, NULL);
    vessel__container_forget_moved(engine);
}

static int adopt_all(ContainerEngine *engine, VesselError **err)
{
    size_t count = vessel__json_length(moved_of(engine));
    int code = count > 0 ? open_inside(engine, err) : 0;
    for (size_t i = 0; i < count && code == 0; i++) {
        g_autoptr(VesselError) gone = NULL;
        VesselLink link;
        if (find(engine, i, false, &link, &gone) == 0)
            code = bind_to(engine, i, link.index, err);
    }
    return code;
}

void vessel__container_adopt_moved(ContainerEngine *engine)
{
    g_autoptr(VesselError) err = NULL;
    if (adopt_all(engine, &err) < 0)
        vessel__warden_log(engine->warden, "its interfaces will not come back: %s",
                           vessel_error_message(err));
}
