#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs inside the Debian of tests/guest/systemd, where that has booted with cgroup v1, or hybrid: the limits of a
# container are in its scope where systemd has made that, and beside systemd's groups where it has not.
. /vt/systemd-common.sh

# The groups of WHO, by controller. All this forks little: it is emulated.
declare -A group
look_at() { # WHO
    local names path name
    group=()
    while IFS=: read -r _ names path; do
        for name in ${names//,/ }; do
            group[$name]=$path
        done
    done <"/proc/$(pid_of "$1")/cgroup"
}
stands_in() { # PATTERN CONTROLLER…
    local controller
    for controller in "${@:2}"; do
        [[ ${group[$controller]} =~ ^$1$ ]] || { echo "$controller: ${group[$controller]}"; return 1; }
    done
}
file_is() { # FILE VALUE
    local controller=${1#../} path
    controller=${controller%%.*}
    path=/sys/fs/cgroup/$controller${group[$controller]}/$1
    [ "$(<"$path")" = "$2" ] || { echo "$path: $(<"$path")"; false; }
}
opens_as_it() { # DEVICE: for a process in its group
    (echo 0 >"/sys/fs/cgroup/devices${group[devices]}/tasks" && exec 3<"$1")
}
cannot_open() {
    ! opens_as_it "$1" 2>/tmp/said && grep 'not permitted' /tmp/said
}
# What it prints until a line has PATTERN.
until_it_says() { # PATTERN COMMAND in it
    local try said=1
    /vt/vessel -c "local:?root=$root" exec g -- "${@:2}" </dev/null >/tmp/said 2>&1 &
    for try in $(seq 150); do
        ! grep -e "$1" /tmp/said || { said=0; break; }
        sleep 0.2
    done
    kill $!
    cat /tmp/said
    return $said
}
half_a_processor() {
    until_it_says "that is all" /inside burn &&
        awk '$1 == "burnt:" { exit !($2 < $4 * 0.75) }' /tmp/said
}
nothing_left() {
    local try
    for try in $(seq 50); do
        [ -n "$(find /sys/fs/cgroup -name 'vessel-*')" ] || return 0
        sleep 0.2
    done
    find /sys/fs/cgroup -name 'vessel-*'
    false
}
warden_stands() {
    look_at warden && stands_in "$scope" $by_systemd && stands_in / $by_us
}
no_limit_of_the_scope() {
    look_at guest && file_is ../pids.max max && file_is ../memory.limit_in_bytes 9223372036854771712
}
# Each limit where it is, and its processes too.
all_stands() { # MEMORY QUOTA
    look_at guest && stands_in "$scope/guest" $by_systemd && stands_in "$ours" $by_us && file_is memory.limit_in_bytes "$1" && file_is cpu.cfs_quota_us "$2" && file_is pids.max 20 &&
        file_is cpu.shares 512 && file_is cpuset.cpus 0 && file_is blkio.throttle.write_bps_device "$disk 1048576" &&
        cannot_open /dev/vda
}
by_systemd="cpu cpuacct memory pids devices blkio name=systemd"
by_us="cpuset freezer"
scope='/.*/vessel-[^/]*\.scope'
ours='/vessel-[^/.]*'
disk=$(cat /sys/block/vda/dev)

check "doctor sees cgroup v1" bash -c "/vt/vessel doctor | grep -E 'PASS cgroups: layout v1'"
make_container /root/web "<memory unit='MiB'>16</memory><vcpu cpuset='0'>1</vcpu>
<cputune><shares>512</shares><period>50000</period><quota>25000</quota></cputune>
<blkiotune><device><path>/dev/vda</path><write_bytes_sec>1048576</write_bytes_sec></device></blkiotune>" /tmp/web.xml lose-child
sed -i "s|<domain type='container'>|<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>|
s|</domain>|<vessel:pids max='20'/></domain>|" /tmp/web.xml
check "define a container" vessel define /tmp/web.xml
check "start it from a service" in_service start g
check "it outlives the service" state_is running
check "its warden is in the scope, and in none of its groups" warden_stands
check "its limits" all_stands 16777216 25000
check "the scope has no limit of its own" no_limit_of_the_scope
check "a child is killed for memory" log_says "out of memory"
look_at guest
check "it may open a device of its list" opens_as_it /dev/null
check "half a processor is all it gets" half_a_processor
check "a fork bomb ends at its limit" until_it_says "processes: 1[0-9] " /inside bomb
check "processes are counted" stat_says "x.pids.current=[1-9]"
check "more memory" bash -c "/vt/vessel -c 'local:?root=$root' setmaxmem g 64M && /vt/vessel -c 'local:?root=$root' setmem g 32M"
check "another share of the processor" vessel schedinfo g vcpu_quota=10000
check "its limits then" all_stands 33554432 10000
check "systemd reads its units again" systemctl daemon-reload
check "and arranges the slice" systemctl set-property --runtime system.slice MemoryAccounting=yes CPUWeight=50 BlockIOAccounting=yes
check "and starts a service there" systemd-run --quiet --wait -p MemoryMax=64M -p TasksMax=50 -p CPUQuota=50% -p DeviceAllow=/dev/null true
check "systemd executes itself again" systemctl daemon-reexec
check "its limits are what they were" all_stands 33554432 10000
check "suspend" vessel suspend g
kill -9 "$(pid_of warden)"
check "resume, from a service, by another warden" in_service resume g
check "which outlives the service" state_is running
check "and is in the scope" warden_stands
first=$(pid_of guest)
check "reset" vessel reset g
check "another life of it" is_another "$first"
check "its limits in that" all_stands 33554432 10000
check "destroy it" vessel destroy g
check "no scope of it is left" no_scopes
check "no group of it is left" nothing_left
check "start it once more" vessel start g
kill -9 "$(pid_of warden)" "$(pid_of guest)"
check "killed with its warden, it is off" state_is "shut off"
check "nothing of that is left" nothing_left
vessel undefine g

# A machine has no groups of its own, and its wardens are in the scope with it.
check "define a machine" vessel define /tmp/guest.xml
check "start that from a service" in_service start g --paused
kill -9 "$(pid_of warden)"
check "resume it, from a service, by another warden" in_service resume g
check "which is in the machine's scope" warden_stands
check "destroy the machine" vessel destroy g
check "no group of the machine is left" nothing_left
vessel undefine g

# An ordinary user, to whom v1 delegates nothing.
root=/home/vt/root
vessel() {
    runuser -u vt -- env HOME=/home/vt XDG_RUNTIME_DIR=/run/user/1500 VESSEL_HELPER_DIR=/vt \
        /vt/vessel -c "local:?root=$root" "$@"
}
loginctl enable-linger vt
for _ in $(seq 100); do
    [ -S /run/user/1500/systemd/private ] && break
    sleep 0.3
done
make_container /home/vt/web "<vcpu cpuset='0'>1</vcpu>" /tmp/user.xml wait
chown -R vt: /home/vt/web
check "a user defines one with a limit" vessel define /tmp/user.xml
check "it is refused by its path" refused "at: /domain/vcpu" start g
check "with the reason" grep "no controller of cgroup v1 to users" /tmp/said
vessel undefine g
echo "VT end"
