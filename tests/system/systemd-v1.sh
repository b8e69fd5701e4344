#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Hosts with systemd and cgroup v1, alone and with a v2 hierarchy beside it (hybrid), in which
# systemd-v1-inside.sh tries the limits of containers.
. "$(dirname "$0")/systemd-guest.sh"
need_guest "Vessel under systemd and cgroup v1"
hybrid="systemd.unified_cgroup_hierarchy=0"
legacy="$hybrid systemd.legacy_systemd_cgroup_controller=1"
try_inside systemd-v1-inside.sh "$hybrid" hybrid
try_inside systemd-v1-inside.sh "$legacy" v1
finish
