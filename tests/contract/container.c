/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/lib/container.h"
#include "tests/contract/suite.h"

static char *body(void)
{
    g_autofree char *root = vt_container_root("suite");
    g_autofree char *rest = vt_container_body(root, "<initarg>wait</initarg>", "");
    return g_strconcat("  <vcpu>1</vcpu>\n", rest, NULL);
}

/* Its guest is a program that ends when it is asked to. */
const Contract contract = {.type = "container",
                           .guest_obeys = true,
                           .body = body,
                           .prepare = vt_container_prepare,
                           .os_type = "exe",
                           .console = "console0",
                           .interface = "<interface type='bridge'><source bridge='b'/></interface>",
                           .no_machine = "leave",
                           .libvirt = "lxc"};

int main(void)
{
    return suite_main();
}
