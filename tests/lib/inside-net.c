/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests/lib/inside.c says of its networks, and does with them. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "tests/lib/inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of the cable, which the flags tell of only later. */
static bool has_carrier(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "/sys/class/net/%s/carrier", name);
    FILE *file = fopen(path, "re");
    bool yes = file && fgetc(file) == '1';
    if (file)
        fclose(file);
    return yes;
}

static void show_interface(const struct ifaddrs *at)
{
    char address[64] = "";
    const struct sockaddr_ll *link = (const void *)at->ifa_addr;
    struct ifreq request = {0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    strncpy(request.ifr_name, at->ifa_name, IFNAMSIZ - 1);
    if (!at->ifa_addr) {
        printf("interface %s\n", at->ifa_name);
    } else if (at->ifa_addr->sa_family == AF_PACKET) {
        ioctl(fd, SIOCGIFMTU, &request);
        printf("interface %s %02x:%02x:%02x:%02x:%02x:%02x mtu %d %s %s\n", at->ifa_name,
               link->sll_addr[0], link->sll_addr[1], link->sll_addr[2], link->sll_addr[3],
               link->sll_addr[4], link->sll_addr[5], request.ifr_mtu,
               at->ifa_flags & IFF_UP ? "up" : "down",
               has_carrier(at->ifa_name) ? "carrier" : "no-carrier");
    } else {
        bool six = at->ifa_addr->sa_family == AF_INET6;
        const void *bytes = six ? (const void *)&((struct sockaddr_in6 *)at->ifa_addr)->sin6_addr
                                : (const void *)&((struct sockaddr_in *)at->ifa_addr)->sin_addr;
        printf("address %s %s\n", at->ifa_name,
               inet_ntop(at->ifa_addr->sa_family, bytes, address, sizeof address));
    }
    close(fd);
}

/* "net [PORT]": says what it has, and answers whoever comes to the port. */
int show_network(char **argv)
{
    const char *port = argv[2];
    struct ifaddrs *list = NULL;
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    signal(SIGHUP, ignore);
    any.sin6_port = htons((unsigned short)atoi(port ? port : "0"));
    if (port && (bind(fd, (struct sockaddr *)&any, sizeof any) < 0 || listen(fd, 5) < 0))
        printf("port: %s\n", strerror(errno));
    getifaddrs(&list);
    for (struct ifaddrs *at = list; at; at = at->ifa_next)
        show_interface(at);
    show_file("/proc/net/route");
    show_file("/proc/net/ipv6_route");
    printf("that is all\n");
    while (port) {
        int one = accept(fd, NULL, NULL);
        (void)!write(one, "hello from inside\n", 18);
        close(one);
    }
    for (;;)
        pause();
    return 0;
}

/* "reach ADDRESS PORT": what is heard there. */
int reach(char **argv)
{
    char line[128] = "";
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((unsigned short)atoi(argv[3]))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, argv[2], &to.sin_addr);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        printf("reached: %s\n", strerror(errno));
    else if (read(fd, line, sizeof line - 1) >= 0)
        printf("reached: %s\n", line);
    printf("that is all\n");
    pause();
    return 0;
}

/* Says each time when it is plugged in or pulled out. */
int watch_cable(char **argv)
{
    bool was = false;
    signal(SIGHUP, ignore);
    for (int number = 0;; usleep(2000)) {
        bool is = has_carrier(argv[2]);
        if (number > 0 && is == was)
            continue;
        printf("cable %d: %s\n", number++, is ? "plugged in" : "pulled out");
        was = is;
    }
    return 0;
}

static void ask_kernel(int fd, unsigned long request, const char *name, const char *other,
                       int flags)
{
    struct ifreq words = {0};
    strncpy(words.ifr_name, name, IFNAMSIZ - 1);
    if (other)
        strncpy(words.ifr_newname, other, IFNAMSIZ - 1);
    else
        words.ifr_flags = (short)flags;
    try(name, ioctl(fd, request, &words));
}

/* A request about the interface @index; a new one is a bridge called @name. */
static void ask_netlink(unsigned short type, unsigned short flags, int index, const char *name)
{
    struct {
        struct nlmsghdr head;
        struct ifinfomsg info;
        struct rtattr called;
        char name[IFNAMSIZ];
        struct rtattr more, kind;
        char word[8];
    } request = {.head = {.nlmsg_len = name ? sizeof request : NLMSG_LENGTH(sizeof request.info),
                          .nlmsg_type = type,
                          .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | NLM_F_ACK | flags)},
                 .info = {.ifi_index = index},
                 .called = {RTA_LENGTH(IFNAMSIZ), IFLA_IFNAME},
                 .more = {RTA_LENGTH(RTA_LENGTH(8)), IFLA_LINKINFO},
                 .kind = {RTA_LENGTH(8), IFLA_INFO_KIND},
                 .word = "bridge"};
    struct {
        struct nlmsghdr head;
        struct nlmsgerr error;
        char rest[1024];
    } answer = {0};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    strncpy(request.name, name ? name : "", IFNAMSIZ - 1);
    if (send(fd, &request, request.head.nlmsg_len, 0) > 0 &&
        recv(fd, &answer, sizeof answer, 0) > 0)
        errno = -answer.error.error;
    try(name ? name : "delete", errno ? -1 : 0);
    close(fd);
}

/* What an init may do with an interface that it was given: call it @to; and make one of its own, a
 * bridge, that has its name (HOW "beside"), or its name and number ("instead"). */
int change_interface(char **argv)
{
    const char *name = argv[2], *to = argv[3], *how = argv[4];
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), index = (int)if_nametoindex(name);
    ask_kernel(fd, SIOCSIFFLAGS, name, NULL, 0);
    ask_kernel(fd, SIOCSIFNAME, name, to, 0);
    ask_kernel(fd, SIOCSIFFLAGS, to, NULL, IFF_UP);
    errno = 0;
    if (strcmp(how, "instead") == 0)
        ask_netlink(RTM_DELLINK, 0, index, NULL);
    if (strcmp(how, "rename") != 0)
        ask_netlink(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, strcmp(how, "instead") == 0 ? index : 0,
                    name);
    printf("changed\n");
    close(fd);
    return be_init(argv);
}
