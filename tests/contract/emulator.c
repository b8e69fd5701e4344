/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/contract/suite.h"

/* Its guest is the firmware alone, which finds nothing to boot and knows no power button. */
const Contract contract = {.type = "emulator", .libvirt = "qemu"};

int main(void)
{
    return suite_main();
}
