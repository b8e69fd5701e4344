#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the vectors of the unit test `model` are written as is valid for libvirt's own schemas.
. "$(dirname "$0")/../lib/tap.sh"
schemas=/usr/share/libvirt/schemas
data=$(dirname "$0")/data
if ! [ -r "$schemas/domain.rng" ] || ! command -v xmllint >/dev/null; then
    skip "dumps are valid for libvirt's schemas" "libvirt's schemas or xmllint are not installed"
    finish
fi

# KIND SCHEMA [VECTOR…]: all vectors of a kind but those named.
check_kind() {
    local kind=$1 schema=$schemas/$2.rng except=" ${*:3} " xml name problems
    for xml in "$data/$kind"/*.xml; do
        name=$(basename "$xml" .xml)
        case $name in bad-* | lenient* | libvirt-9* | tolerated) continue ;; esac
        case $except in *" $name "*) continue ;; esac
        [ -f "$data/$kind/$name.out" ] && xml=$data/$kind/$name.out
        problems=$(xmllint --noout --relaxng "$schema" "$xml" 2>&1)
        if [ $? -eq 0 ]; then ok "$kind/$name"; else not_ok "$kind/$name" "$problems"; fi
    done
}

# tolerated: what libvirt's parser takes, and its schema does not. foreign, lenient: keep what libvirt does not know. full, minimal, spellings: without <os> or with
# values libvirt's schema does not have. libvirt-9: what came after 9.0. limits: what the documentation
# allows and the schema does not. namespaces-vessel: elements of ours.
check_kind domain domain foreign full minimal spellings limits namespaces-vessel
# What the documentation has and the schema has not.
check_kind storage-pool storagepool dir-source iscsi-secret-type
check_kind network network
check_kind network-port networkport
check_kind volume storagevol
# A driver of a network disk, a state that libvirt reads and writes, and a domain without a type as
# the documentation has it.
check_kind snapshot domainsnapshot beyond-schema untyped-domain
check_kind checkpoint domaincheckpoint
check_kind backup domainbackup
check_kind secret secret
finish
