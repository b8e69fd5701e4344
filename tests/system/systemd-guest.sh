# SPDX-License-Identifier: LGPL-2.1-or-later
# For scripts that try the product on a host with systemd, whatever this one is: a Debian in an emulated
# guest (tests/guest/systemd), run by the product itself. They source it.
. "$(dirname "${BASH_SOURCE[0]}")/../lib/tap.sh"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
vessel=("$build_dir/vessel" -c "local:?root=$scratch/root")
leave() {
    "${vessel[@]}" destroy inside >/dev/null 2>&1
    rm -rf "$scratch"
}
trap leave EXIT

# need_guest NAME: ends the script, with one case that is skipped, where it cannot be had.
need_guest() {
    local why=
    [ "$(id -u)" -eq 0 ] || why="needs root"
    command -v mkfs.ext4 >/dev/null || why="mkfs.ext4 is not installed"
    [ -e "$build_dir/guest/systemd.img" ] || why="tests/guest/systemd made no guest/systemd.img"
    [ -z "$why" ] || { skip "$1" "$why"; finish; }
}

# make_disks SCRIPT: the product and that script, as the guest's second disk; the first is a copy, since its
# system writes.
make_disks() {
    rm -rf "$scratch/vt" "$scratch"/*.img
    mkdir "$scratch/vt"
    cp "$build_dir/vessel" "$build_dir/vessel-warden" "$build_dir/vessel-init" \
        "$build_dir/tests/lib/inside" "$here/systemd-common.sh" "$scratch/vt"
    cp "$here/$1" "$scratch/vt/run"
    chmod 755 "$scratch/vt" "$scratch/vt"/*
    truncate -s 64M "$scratch/vt.img"
    check "the second disk" mkfs.ext4 -q -F -O ^has_journal -d "$scratch/vt" "$scratch/vt.img"
    cp --sparse=always "$build_dir/guest/systemd.img" "$scratch/system.img"
}

# One vCPU: two would wait for each other while the host runs other tests. no_timer_check: docs/hosts.md.
define_host() { # WORDS for its kernel and its systemd
    cat >"$scratch/inside.xml" <<END
<domain type='emulator'><name>inside</name><memory unit='MiB'>1024</memory><vcpu>1</vcpu>
<os><type machine='q35'>hvm</type><kernel>$build_dir/guest/vmlinuz</kernel>
<initrd>$build_dir/guest/initrd.img</initrd>
<cmdline>console=ttyS0 quiet no_timer_check vt.root=/dev/vda systemd.show_status=0 $1</cmdline></os>
<features><acpi/></features>
<devices><serial type='pty'/><memballoon model='none'/>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='$scratch/system.img'/>
<target dev='vda' bus='virtio'/></disk>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='$scratch/vt.img'/>
<target dev='vdb' bus='virtio'/><readonly/></disk></devices></domain>
END
    check "the host is defined" "${vessel[@]}" define "$scratch/inside.xml"
}

# try_inside SCRIPT WORDS [NAME]: boots it; each line of the guest's is a case here, as it comes.
try_inside() {
    local ended=false line name=${3:-inside}
    make_disks "$1"
    define_host "$2"
    echo "# silence 300"
    check "the host starts" "${vessel[@]}" start inside
    : >"$scratch/console"
    while read -r -t 200 line; do
        line=${line%$'\r'}
        echo "$line" >>"$scratch/console"
        case $line in
        "VT ok "*) ok "$name: ${line#VT ok }" ;;
        "VT not ok "*) not_ok "$name: ${line#VT not ok }" ;;
        "VT # "*) echo "# ${line#VT # }" ;;
        "VT end") ended=true && break ;;
        *"Kernel panic"*) break ;; # it stays there
        esac
    done < <(timeout 400 "${vessel[@]}" console inside --readonly </dev/null 2>&1)
    if $ended; then
        ok "$name: it came to its end"
    else
        not_ok "$name: it came to its end" "$(tail -n 20 "$scratch/console")"
    fi
    "${vessel[@]}" destroy inside >/dev/null 2>&1
}
