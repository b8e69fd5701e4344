#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A host with systemd and pure cgroup v2, in which systemd-inside.sh tries the product.
. "$(dirname "$0")/systemd-guest.sh"
need_guest "Vessel under systemd and cgroup v2"
try_inside systemd-inside.sh ""
finish
