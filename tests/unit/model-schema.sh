#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the vectors of the unit test `model` are written as is valid for libvirt's own schema.
. "$(dirname "$0")/../lib/tap.sh"
schema=/usr/share/libvirt/schemas/domain.rng
if ! [ -r "$schema" ] || ! command -v xmllint >/dev/null; then
    skip "dumps are valid for libvirt's schema" "libvirt's schema or xmllint is not installed"
    finish
fi
vectors=$(dirname "$0")/../unit/data/domain
# foreign, lenient: keep what libvirt does not know. full, minimal, spellings: without <os> or with
# values libvirt's schema does not have. libvirt-9: what came after 9.0. limits: what the documentation
# allows and the schema does not.
for xml in "$vectors"/*.xml; do
    name=$(basename "$xml" .xml)
    case $name in bad-* | foreign | lenient* | full | minimal | spellings | libvirt-9* | limits) continue ;; esac
    [ -f "$vectors/$name.out" ] && xml=$vectors/$name.out
    problems=$(xmllint --noout --relaxng "$schema" "$xml" 2>&1)
    if [ $? -eq 0 ]; then ok "$name"; else not_ok "$name" "$problems"; fi
done
finish
