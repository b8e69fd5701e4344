#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# build/vessel runs from a build tree that nobody can write, as any user, without installation.
. "$(dirname "$0")/../lib/tap.sh"

if [ "$(id -u)" -ne 0 ]; then
    skip "the command runs from a read-only tree" "needs root"
    finish
fi

# In a mount namespace where the build tree is at /mnt/build, read-only, reachable by everybody.
in_readonly_tree() {
    unshare --mount --propagation private sh -c '
        mount -t tmpfs -o mode=755 vt /mnt && mkdir /mnt/build /mnt/home && chown 47998 /mnt/home &&
        mount --bind "$0" /mnt/build && mount -o remount,ro,bind /mnt/build && cd / &&
        exec setpriv --reuid 47998 --regid 47998 --clear-groups --inh-caps=-all \
            env -i PATH=/usr/bin:/bin HOME=/mnt/home "$@"' "$build_dir" "$@"
}

check "vessel version" in_readonly_tree /mnt/build/vessel version
check "vessel list on the mock" in_readonly_tree env VESSEL_URI=mock: /mnt/build/vessel list --all
check "vessel list on a root of the user's own" \
    in_readonly_tree env VESSEL_URI=local:?root=/mnt/home/root /mnt/build/vessel list --all
finish
