#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A host with systemd and pure cgroup v2, whatever this one is: a Debian in an emulated guest
# (tests/guest/systemd), run by the product itself, in which systemd-inside.sh tries it.
. "$(dirname "$0")/../lib/tap.sh"
here=$(cd "$(dirname "$0")" && pwd)
name="Vessel under systemd and cgroup v2"

[ "$(id -u)" -eq 0 ] || { skip "$name" "needs root"; finish; }
command -v mkfs.ext4 >/dev/null || { skip "$name" "mkfs.ext4 is not installed"; finish; }
[ -e "$build_dir/guest/systemd.img" ] ||
    { skip "$name" "tests/guest/systemd made no guest/systemd.img"; finish; }

vessel=("$build_dir/vessel" -c "local:?root=$scratch/root")
leave() {
    "${vessel[@]}" destroy inside >/dev/null 2>&1
    rm -rf "$scratch"
}
trap leave EXIT

# The product, as the guest's second disk; the first is a copy, since its system writes.
mkdir "$scratch/vt"
cp "$build_dir/vessel" "$build_dir/vessel-warden" "$build_dir/vessel-init" \
    "$build_dir/tests/lib/inside" "$scratch/vt"
cp "$here/systemd-inside.sh" "$scratch/vt/run"
chmod 755 "$scratch/vt" "$scratch/vt"/*
truncate -s 64M "$scratch/vt.img"
check "the second disk" mkfs.ext4 -q -F -O ^has_journal -d "$scratch/vt" "$scratch/vt.img"
cp --sparse=always "$build_dir/guest/systemd.img" "$scratch/system.img"

# One vCPU: two would wait for each other while the host runs other tests. no_timer_check: docs/hosts.md.
cat >"$scratch/inside.xml" <<END
<domain type='emulator'><name>inside</name><memory unit='MiB'>1024</memory><vcpu>1</vcpu>
<os><type machine='q35'>hvm</type><kernel>$build_dir/guest/vmlinuz</kernel>
<initrd>$build_dir/guest/initrd.img</initrd>
<cmdline>console=ttyS0 quiet no_timer_check vt.root=/dev/vda systemd.show_status=0</cmdline></os>
<features><acpi/></features>
<devices><serial type='pty'/><memballoon model='none'/>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='$scratch/system.img'/>
<target dev='vda' bus='virtio'/></disk>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='$scratch/vt.img'/>
<target dev='vdb' bus='virtio'/><readonly/></disk></devices></domain>
END
check "the host is defined" "${vessel[@]}" define "$scratch/inside.xml"
echo "# silence 300"
check "the host starts" "${vessel[@]}" start inside

# Each line of the guest's is a case here, as it comes.
ended=false
while read -r -t 200 line; do
    line=${line%$'\r'}
    echo "$line" >>"$scratch/console"
    case $line in
    "VT ok "*) ok "inside: ${line#VT ok }" ;;
    "VT not ok "*) not_ok "inside: ${line#VT not ok }" ;;
    "VT # "*) echo "# ${line#VT # }" ;;
    "VT end") ended=true ;;
    *"Kernel panic"*) break ;; # it stays there
    esac
done < <(timeout 400 "${vessel[@]}" console inside --readonly </dev/null 2>&1)
if $ended; then
    ok "it came to its end"
else
    not_ok "it came to its end" "$(tail -n 20 "$scratch/console")"
fi
finish
