/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vessel-warden: what the library starts to look after one guest. Descriptor 3 is a connected
 * socket whose first request says what this process is to be. */
#include "config.h"

#include "warden/warden.h"

#include <stdio.h>
#include <sys/socket.h>

int vessel__warden_main(void);

int main(int argc, char **argv)
{
    int type = 0;
    socklen_t size = sizeof type;
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("vessel-warden " PACKAGE_VERSION);
        return 0;
    }
    if (argc != 1 || getsockopt(VESSEL__WIRE_FD, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
        type != SOCK_SEQPACKET) {
        fputs("vessel-warden is started by libvessel, see vessel-warden(8)\n", stderr);
        return 2;
    }
    return vessel__warden_main();
}
