/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sys/netlink.h"
#include "base/file.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#define AT_ONCE 100      /* requests: their answers must fit into the socket's buffer */
#define ANSWER_MAX 98304 /* an interface has up to 64 KiB of names */

typedef struct {
    size_t offset;
    const char *at;
    char *what;
} Request;

struct VesselNetlink {
    int fd;
    GByteArray *text;
    GArray *requests;
    uint32_t
        base; /* the number of the first of them: an answer to an earlier one is none of ours */
};

static void clear_request(void *data)
{
    g_free(((Request *)data)->what);
}

int vessel__netlink_open(VesselNetlink **result, VesselError **err)
{
    int on = 1;
    vessel_autofd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    *result = NULL;
    if (fd < 0)
        return vessel__fail_errno(err, errno, "a netlink socket");
    /* An error without its request, but with the kernel's words: older kernels have neither. */
    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    VesselNetlink *netlink = g_new0(VesselNetlink, 1);
    netlink->fd = vessel__steal_fd(&fd);
    netlink->text = g_byte_array_new();
    netlink->requests = g_array_new(FALSE, FALSE, sizeof(Request));
    g_array_set_clear_func(netlink->requests, clear_request);
    *result = netlink;
    return 0;
}

void vessel__netlink_free(VesselNetlink *netlink)
{
    if (!netlink)
        return;
    close(netlink->fd);
    g_byte_array_unref(netlink->text);
    g_array_unref(netlink->requests);
    g_free(netlink);
}

/* ---- writing ---- */

/* Everything begins at a multiple of four. */
static void append(VesselNetlink *netlink, const void *data, size_t size)
{
    static const uint8_t zeros[NLMSG_ALIGNTO];
    if (size > 0)
        g_byte_array_append(netlink->text, data, (guint)size);
    g_byte_array_append(netlink->text, zeros, (guint)(NLMSG_ALIGN(size) - size));
}

static struct nlmsghdr *header_of(const VesselNetlink *netlink, guint number)
{
    const Request *request = &g_array_index(netlink->requests, Request, number);
    return (struct nlmsghdr *)(void *)(netlink->text->data + request->offset);
}

static void grown(VesselNetlink *netlink)
{
    struct nlmsghdr *last = header_of(netlink, netlink->requests->len - 1);
    last->nlmsg_len = (uint32_t)(netlink->text->data + netlink->text->len - (guint8 *)last);
}

void vessel__netlink_begin(VesselNetlink *netlink, int type, int flags, const void *header,
                           size_t size, const char *at, const char *format, ...)
{
    Request request = {.offset = netlink->text->len, .at = at};
    struct nlmsghdr head = {.nlmsg_type = (uint16_t)type,
                            .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags),
                            .nlmsg_seq = netlink->base + netlink->requests->len};
    va_list args;
    va_start(args, format);
    request.what = g_strdup_vprintf(format, args);
    va_end(args);
    g_array_append_val(netlink->requests, request);
    append(netlink, &head, sizeof head);
    append(netlink, header, size);
    grown(netlink);
}

void vessel__netlink_put(VesselNetlink *netlink, int attribute, const void *data, size_t size)
{
    struct rtattr head = {.rta_type = (uint16_t)attribute, .rta_len = (uint16_t)RTA_LENGTH(size)};
    append(netlink, &head, sizeof head);
    append(netlink, data, size);
    grown(netlink);
}

void vessel__netlink_put_u32(VesselNetlink *netlink, int attribute, uint32_t value)
{
    vessel__netlink_put(netlink, attribute, &value, sizeof value);
}

void vessel__netlink_put_string(VesselNetlink *netlink, int attribute, const char *text)
{
    vessel__netlink_put(netlink, attribute, text, strlen(text) + 1);
}

size_t vessel__netlink_nest(VesselNetlink *netlink, int attribute, const void *header, size_t size)
{
    size_t nest = netlink->text->len;
    vessel__netlink_put(netlink, attribute, header, size);
    return nest;
}

void vessel__netlink_end(VesselNetlink *netlink, size_t nest)
{
    struct rtattr *head = (struct rtattr *)(void *)(netlink->text->data + nest);
    head->rta_len = (uint16_t)(netlink->text->len - nest);
}

/* ---- sending ---- */

static const struct rtattr *find(const struct rtattr *attribute, size_t length, int type)
{
    for (; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length))
        if ((attribute->rta_type & NLA_TYPE_MASK) == type)
            return attribute;
    return NULL;
}

/* What the kernel says beside the number; NULL: nothing. */
static char *words_of(const struct nlmsghdr *answer)
{
    size_t skip = NLMSG_ALIGN(sizeof(struct nlmsgerr));
    const struct nlmsgerr *error = NLMSG_DATA(answer);
    if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS))
        return NULL;
    if (!(answer->nlmsg_flags & NLM_F_CAPPED))
        skip += NLMSG_ALIGN(error->msg.nlmsg_len) - NLMSG_ALIGN(sizeof(struct nlmsghdr));
    if (answer->nlmsg_len < NLMSG_HDRLEN + skip)
        return NULL;
    const struct rtattr *words =
        find((const struct rtattr *)(const void *)((const char *)error + skip),
             answer->nlmsg_len - NLMSG_HDRLEN - skip, NLMSGERR_ATTR_MSG);
    return words ? g_strndup(RTA_DATA(words), RTA_PAYLOAD(words)) : NULL;
}

/* Which of the requests it answers; as many as there are: none. */
static guint answered(const VesselNetlink *netlink, const struct nlmsghdr *answer)
{
    return MIN(answer->nlmsg_seq - netlink->base, netlink->requests->len);
}

static void refused(const VesselNetlink *netlink, const struct nlmsghdr *answer, VesselError **err)
{
    const struct nlmsgerr *error = NLMSG_DATA(answer);
    if (error->error == 0 || *err)
        return;
    const Request *request = &g_array_index(netlink->requests, Request, answered(netlink, answer));
    g_autofree char *words = words_of(answer);
    if (error->error == -ENODEV)
        vessel__fail(err, VESSEL_ERROR_NOT_FOUND, "%s: there is no such interface", request->what);
    else if (error->error == -EADDRINUSE || error->error == -EBUSY)
        vessel__fail(err, VESSEL_ERROR_BUSY, "%s: %s", request->what, g_strerror(-error->error));
    else
        vessel__fail_errno(err, -error->error, "%s", request->what);
    if (words)
        vessel__error_cause(err, words);
    if (request->at)
        vessel__error_at(err, request->at, 0, 0);
}

/* The kernel has answered when it returns from the send. */
static int receive(VesselNetlink *netlink, char *answer, size_t *length, VesselError **err)
{
    ssize_t got = recv(netlink->fd, answer, ANSWER_MAX, MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0)
        return vessel__fail_errno(err, errno, "the kernel's answer by netlink");
    if (got > ANSWER_MAX)
        return vessel__fail(err, VESSEL_ERROR_PROTOCOL,
                            "the kernel's answer by netlink is too long");
    *length = (size_t)got;
    return 0;
}

static void read_link(const struct nlmsghdr *answer, VesselLink *link)
{
    const struct ifinfomsg *info = NLMSG_DATA(answer);
    const struct rtattr *all = IFLA_RTA(info);
    size_t length = IFLA_PAYLOAD(answer);
    const struct rtattr *mtu = find(all, length, IFLA_MTU);
    const struct rtattr *stats = find(all, length, IFLA_STATS64);
    const struct rtattr *name = find(all, length, IFLA_IFNAME);
    const struct rtattr *permanent = find(all, length, IFLA_PERM_ADDRESS);
    const struct rtattr *more = find(all, length, IFLA_LINKINFO);
    const struct rtattr *kind =
        more ? find(RTA_DATA(more), RTA_PAYLOAD(more), IFLA_INFO_KIND) : NULL;
    const struct rtattr *names = find(all, length, IFLA_PROP_LIST);
    const struct rtattr *alternative =
        names ? find(RTA_DATA(names), RTA_PAYLOAD(names), IFLA_ALT_IFNAME) : NULL;
    link->index = (unsigned)info->ifi_index;
    if (mtu && RTA_PAYLOAD(mtu) >= sizeof link->mtu)
        memcpy(&link->mtu, RTA_DATA(mtu), sizeof link->mtu);
    if (stats)
        memcpy(&link->counters, RTA_DATA(stats), MIN(RTA_PAYLOAD(stats), sizeof link->counters));
    if (name)
        g_strlcpy(link->name, RTA_DATA(name), MIN(RTA_PAYLOAD(name), sizeof link->name));
    if (kind)
        g_strlcpy(link->kind, RTA_DATA(kind), MIN(RTA_PAYLOAD(kind), sizeof link->kind));
    if (alternative)
        g_strlcpy(link->alternative, RTA_DATA(alternative),
                  MIN(RTA_PAYLOAD(alternative), sizeof link->alternative));
    for (size_t i = 0; permanent && i < MIN(RTA_PAYLOAD(permanent), VESSEL__LINK_ADDRESS_MAX); i++)
        g_snprintf(link->permanent + 2 * i, 3, "%02x", ((const uint8_t *)RTA_DATA(permanent))[i]);
}

/* One of several messages. True: it is the end of a request. */
static bool take(const VesselNetlink *netlink, const struct nlmsghdr *answer, VesselLink *link,
                 VesselError **why)
{
    bool error = answer->nlmsg_type == NLMSG_ERROR;
    size_t least = error ? sizeof(struct nlmsgerr) : sizeof(struct ifinfomsg);
    if (answered(netlink, answer) == netlink->requests->len ||
        answer->nlmsg_len < NLMSG_LENGTH(least))
        return false;
    if (error)
        refused(netlink, answer, why);
    else if (link && answer->nlmsg_type == RTM_NEWLINK)
        read_link(answer, link);
    return error;
}

/* Requests from @first up to @last. What they answer is told by @why; the rest is an error of ours.
 */
static int exchange(VesselNetlink *netlink, guint first, guint last, VesselLink *link,
                    VesselError **why, VesselError **err)
{
    size_t begin = g_array_index(netlink->requests, Request, first).offset;
    size_t end = last < netlink->requests->len
                     ? g_array_index(netlink->requests, Request, last).offset
                     : netlink->text->len;
    g_autofree char *answer = g_malloc(ANSWER_MAX);
    if (send(netlink->fd, netlink->text->data + begin, end - begin, 0) < 0)
        return vessel__fail_errno(err, errno, "asking the kernel by netlink");
    while (first < last) {
        size_t length = 0;
        int code = receive(netlink, answer, &length, err);
        if (code < 0)
            return code;
        const struct nlmsghdr *one = (const struct nlmsghdr *)(const void *)answer;
        for (; NLMSG_OK(one, length); one = NLMSG_NEXT(one, length))
            first += take(netlink, one, link, why);
    }
    return 0;
}

/* All that was begun. @link: what one of them asked for. */
static int talk(VesselNetlink *netlink, VesselLink *link, VesselError **err)
{
    g_autoptr(VesselError) why = NULL;
    guint count = netlink->requests->len;
    int code = 0;
    for (guint i = 0; i < count && code == 0; i += AT_ONCE)
        code = exchange(netlink, i, MIN(i + AT_ONCE, count), link, &why, err);
    g_byte_array_set_size(netlink->text, 0);
    g_array_set_size(netlink->requests, 0);
    netlink->base += count;
    if (code == 0 && why)
        code = vessel__error_steal(err, g_steal_pointer(&why));
    return code;
}

int vessel__netlink_send(VesselNetlink *netlink, VesselError **err)
{
    return talk(netlink, NULL, err);
}

int vessel__netlink_link(VesselNetlink *netlink, const char *name, VesselLink *link,
                         VesselError **err)
{
    struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
    *link = (VesselLink){0};
    vessel__netlink_begin(netlink, RTM_GETLINK, 0, &info, sizeof info, NULL, "the interface %s",
                          name);
    vessel__netlink_put_string(netlink, IFLA_IFNAME, name);
    return talk(netlink, link, err);
}

int vessel__netlink_link_at(VesselNetlink *netlink, unsigned index, VesselLink *link,
                            VesselError **err)
{
    struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index};
    *link = (VesselLink){0};
    vessel__netlink_begin(netlink, RTM_GETLINK, 0, &info, sizeof info, NULL, "the interface %u",
                          index);
    return talk(netlink, link, err);
}

void vessel__netlink_begin_unname(VesselNetlink *netlink, const VesselLink *link)
{
    struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = (int)link->index};
    vessel__netlink_begin(netlink, RTM_DELLINKPROP, 0, &info, sizeof info, NULL,
                          "taking another name off the interface");
    size_t names = vessel__netlink_nest(netlink, IFLA_PROP_LIST | NLA_F_NESTED, NULL, 0);
    vessel__netlink_put_string(netlink, IFLA_ALT_IFNAME, link->alternative);
    vessel__netlink_end(netlink, names);
}

bool vessel__mac_parse(const char *text, uint8_t mac[6])
{
    for (size_t i = 0; text && i < 6; i++) {
        int high = g_ascii_xdigit_value(text[0]),
            low = high < 0 ? -1 : g_ascii_xdigit_value(text[1]);
        if (low < 0 || text[2] != (i < 5 ? ':' : '\0'))
            return false;
        mac[i] = (uint8_t)(high << 4 | low);
        text += 3;
    }
    return text != NULL;
}
