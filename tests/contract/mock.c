/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/contract/suite.h"

const Contract contract = {.mock = true, .no_machine = "mock", .type = "mock", .guest_obeys = true};

int main(void)
{
    return suite_main();
}
