#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs inside the Debian of tests/guest/systemd, where that has booted with pure cgroup v2.
. /vt/systemd-common.sh
cpu_time() {
    vessel domstats g --cpu-total | grep -q 'cpu.time=[1-9]'
}

check "doctor sees pure cgroup v2" bash -c "/vt/vessel doctor | grep -E 'PASS cgroups: .*v2'"
check "doctor sees systemd" bash -c "/vt/vessel doctor | grep 'PASS systemd'"
check "define" vessel define /tmp/guest.xml
check "start from a service" in_service start g --paused
check "the guest outlives the service" state_is paused
check "the guest is in a scope of its own" in_scope guest
check "the warden too" in_scope warden
check "neither is in the service" in_no_service guest
check "CPU time of a guest in v2" cpu_time
kill -9 "$(pid_of warden)"
check "a dead warden is replaced" vessel resume g
check "the guest runs" state_is running
check "destroy" vessel destroy g
check "no scope is left" no_scopes

# A container, which has a group of its own beneath its scope.
in_group() { # WHO NAME
    grep -q "/vessel-[^/]*\.scope/$2\$" "/proc/$(pid_of "$1")/cgroup" || { cat "/proc/$(pid_of "$1")/cgroup"; false; }
}
file_is() { # FILE VALUE
    local path
    path=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid_of guest)/cgroup")/$1
    [ "$(cat "$path")" = "$2" ] || { cat "$path"; false; }
}
opens_as_it() { # DEVICE: for a process in its group
    (echo "$BASHPID" >"/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid_of guest)/cgroup")/cgroup.procs" &&
        exec 3<"$1")
}
cannot_open() {
    ! opens_as_it "$1" 2>/tmp/said && grep 'not permitted' /tmp/said
}
oom_of_child='<memory unit="MiB">16</memory><memtune><soft_limit unit="MiB">16</soft_limit><swap_hard_limit unit="MiB">16</swap_hard_limit></memtune>'
vessel undefine g
make_container /root/web "$oom_of_child<vcpu cpuset='0'>1</vcpu><cputune><shares>512</shares><period>50000</period><quota>25000</quota></cputune>
<blkiotune><device><path>/dev/vda</path><write_bytes_sec>1048576</write_bytes_sec></device></blkiotune>" /tmp/web.xml lose-child
check "define a container" vessel define /tmp/web.xml
check "start it" vessel start g
check "its warden is in a group" in_group warden warden
check "it is in another" in_group guest guest
check "memory.max" file_is memory.max 16777216
check "memory.high" file_is memory.high 16777216
check "memory.swap.max" file_is memory.swap.max 0
check "cpu.max" file_is cpu.max "25000 50000"
check "cpu.weight" file_is cpu.weight 20
check "cpuset.cpus" file_is cpuset.cpus 0
check "io.max" file_is io.max "$(cat /sys/block/vda/dev) rbps=max wbps=1048576 riops=max wiops=max"
check "pids.max" file_is pids.max 2048
check "it may open a device of its list" opens_as_it /dev/null
check "and no other" cannot_open /dev/vda
check "a child is killed for memory" log_says "out of memory"
check "it runs on" state_is running
check "its working set" stat_says "balloon.rss="
check "processes are counted" stat_says "x.pids.current=[1-9]"
check "who was killed is counted" stat_says "x.oom.killed=1"
# While it runs: the limit of memory and swap first, since that is never below that of memory.
io_is() { # VALUE
    file_is io.max "${1:+$(cat /sys/block/vda/dev) $1}"
}
check "more memory and swap" vessel memtune g --swap-hard-limit 48M --soft-limit 24M
check "memory.swap.max then" file_is memory.swap.max 33554432
check "memory.high then" file_is memory.high 25165824
check "room for more memory" vessel setmaxmem g 64M
check "more memory" vessel setmem g 32M
check "memory.max then" file_is memory.max 33554432
check "memory.swap.max of what is left" file_is memory.swap.max 16777216
check "less than it uses" refused "less than the container uses" setmem g 4
check "memory.max stays" file_is memory.max 33554432
check "less memory" vessel setmem g 28M
check "memory.max then is less" file_is memory.max 29360128
check "memory.high is again what it was" file_is memory.high 25165824
check "as much as before" vessel setmem g 32M
check "memory.high stays" file_is memory.high 25165824
check "another share of the processor" vessel schedinfo g cpu_shares=1024 vcpu_quota=10000
check "cpu.weight then" file_is cpu.weight 39
check "cpu.max then" file_is cpu.max "10000 50000"
check "reads are limited" vessel blkiotune g --device-read-iops-sec /dev/vda,100
check "io.max then" io_is "rbps=max wbps=1048576 riops=100 wiops=max"
check "a device is limited no more" vessel blkiotune g --device-read-iops-sec /dev/vda,0 --device-write-bytes-sec /dev/vda,0
check "io.max is empty" io_is ""
check "any processor" vessel schedinfo g vcpu_quota=-1
check "cpu.max without a quota" file_is cpu.max "max 50000"
check "suspend" vessel suspend g
kill -9 "$(pid_of warden)"
check "resume by another warden" vessel resume g
check "which is in its predecessor's group" in_group warden warden
first=$(pid_of guest)
check "reset" vessel reset g
check "another life of it" is_another "$first"
check "its limits are those that were changed" file_is memory.max 33554432
check "destroy the container" vessel destroy g
check "no scope of it is left" no_scopes
# An init system, which hands its controllers down: the next life is born where the last one was.
vessel undefine g
make_container /root/web "" /tmp/web.xml init
sed -i "s|<domain type='container'>|<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>|
s|</initarg>|</initarg><initarg>100</initarg>|
s|</domain>|<vessel:init kind='init'/><vessel:pids max='50'/></domain>|" /tmp/web.xml
outside() { # FILE VALUE: of the group that is the container's, which it has left for one beneath
    local path
    path=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid_of guest)/cgroup")
    [ "$(cat "${path%/..odd}/$1")" = "$2" ] || { cat "${path%/..odd}/$1"; false; }
}
handed_down() {
    local try
    for try in $(seq 100); do
        ! outside cgroup.subtree_control "memory pids" >/dev/null || return 0
        sleep 0.2
    done
    outside cgroup.subtree_control "memory pids"
}
another_life() { # PID
    local try
    for try in $(seq 100); do
        [ "$(pid_of guest)" = "$1" ] || ! vessel exec g -- /inside exit 0 || return 0
        sleep 0.2
    done
    vessel log g
    false
}
check "define an init system" vessel define /tmp/web.xml
check "start the init system" vessel start g
check "it hands controllers down" handed_down
check "it may not nest for ever" outside cgroup.max.depth 32
check "its processes are limited" outside pids.max 50
first=$(pid_of guest)
check "reset it" vessel reset g
check "it lives again, and takes programs" another_life "$first"
check "it hands them down again" handed_down
check "shut it down" vessel shutdown g
check "it is off" vessel wait g --timeout 60
check "no scope of the init system is left" no_scopes
# What root gives that has all capabilities, which not every host's has.
vessel undefine g
make_container /root/web "" /tmp/web.xml wait
sed -i "s|<domain type='container'>|<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'>|
s|</domain>|<vessel:rlimit name='rtprio' soft='5' hard='10'/><vessel:oom score='-50'/></domain>|" /tmp/web.xml
inside_has() { # PATTERN
    vessel exec g -- /inside limits-once >/tmp/said && grep "$1" /tmp/said || { cat /tmp/said; false; }
}
check "define one with more than usual" vessel define /tmp/web.xml
check "start it with that" vessel start g
check "a hard limit was raised" inside_has 'realtime priority  *5  *10'
check "a score was lowered" inside_has '^-50'
check "destroy it again" vessel destroy g
# A Debian as a container: this one's own tree, what it changes in memory. It boots as far as asked for, since what
# is started beyond that here are these tests.
vessel undefine g
cat >/tmp/debian.xml <<'END'
<domain type='container' xmlns:vessel='urn:vessel:domain:1.0'><name>g</name><memory unit='MiB'>256</memory>
<os><type>exe</type><init>/lib/systemd/systemd</init><initarg>--unit=basic.target</initarg></os>
<devices><filesystem type='mount'><source dir='/'/><target dir='/'/></filesystem></devices>
<vessel:init kind='init'/><vessel:overlay target='/' upper='memory'/></domain>
END
booted() {
    local try
    for try in $(seq 100); do
        [ "$(vessel exec g -- systemctl is-active basic.target 2>/tmp/said)" != active ] || return 0
        sleep 0.5
    done
    cat /tmp/said
    timeout 5 /vt/vessel -c "local:?root=$root" console g --readonly </dev/null
    vessel exec g -- systemctl --no-pager list-jobs
    false
}
runs_there() { # UNIT: systemd made a group for it, beneath its own
    vessel exec g -- sh -c "systemctl is-active $1 && systemctl show -P ControlGroup $1 | grep '^/system.slice/$1'"
}
check "a Debian is defined as a container" vessel define /tmp/debian.xml
check "it starts" vessel start g
check "its systemd comes up" booted
check "and has services" runs_there systemd-journald.service
check "in a user namespace" bash -c "! grep -q ' 0 4294967295' /proc/$(pid_of guest)/uid_map"
check "it is asked to shut down" vessel shutdown g
check "and does so" vessel wait g --timeout 90
check "by itself" bash -c "/vt/vessel -c 'local:?root=$root' domstate g --reason | grep '(shutdown)'"
check "nothing of it is left" no_scopes
# io.weight needs a scheduler that has weights: none here, or it works.
vessel undefine g
make_container /root/web "<blkiotune><weight>500</weight></blkiotune>" /tmp/web.xml wait
vessel define /tmp/web.xml
starts_or_refused() { # PATH
    local said
    if said=$(vessel start g 2>&1); then
        vessel destroy g
    else
        grep -q "at: $1" <<<"$said" || { echo "$said"; false; }
    fi
}
check "a weight works or is refused by its path" starts_or_refused /domain/blkiotune/weight
vessel undefine g

# An ordinary user with a manager of its own.
root=/home/vt/root
user() {
    runuser -u vt -- env HOME=/home/vt XDG_RUNTIME_DIR=/run/user/1500 VESSEL_HELPER_DIR=/vt \
        /vt/vessel -c "local:?root=$root" "$@"
}
check "a user with a manager" loginctl enable-linger vt
for _ in $(seq 100); do
    [ -S /run/user/1500/systemd/private ] && break
    sleep 0.3
done
check "the user defines" user define /tmp/guest.xml
check "the user starts" user start g --paused
check "the user's guest is in a scope" in_scope guest
in_user_manager() {
    grep -q 'user@1500.service' "/proc/$(pid_of guest)/cgroup" || { cat "/proc/$(pid_of guest)/cgroup"; false; }
}
check "of the user's manager" in_user_manager
check "the user destroys" user destroy g

# Its containers: a user's manager has memory and pids unless the administrator gives it more.
user undefine g
make_container /home/vt/web "$oom_of_child" /tmp/user.xml lose-child
chown -R vt: /home/vt/web
check "the user defines a container" user define /tmp/user.xml
check "the user starts it" user start g
check "the user's container is in a group" in_group guest guest
check "the user's memory.max" file_is memory.max 16777216
check "the user's pids.max" file_is pids.max 2048
vessel() { user "$@"; }
check "the user's child is killed for memory" log_says "out of memory"
check "the user suspends" user suspend g
check "the user resumes" user resume g
check "the user destroys it" user destroy g
user undefine g
make_container /home/vt/web "<vcpu cpuset='0'>1</vcpu>" /tmp/user.xml wait
user define /tmp/user.xml
check "what is not delegated is refused by its path" starts_or_refused /domain/vcpu
user undefine g

# The same without a session: it starts all the same and says what that means.
root=/home/vt/bare
bare() {
    runuser -u vt -- env -u XDG_RUNTIME_DIR HOME=/home/vt VESSEL_HELPER_DIR=/vt \
        /vt/vessel -c "local:?root=$root" "$@"
}
loginctl disable-linger vt
systemctl stop user@1500.service
check "a user without a manager defines" bare define /tmp/guest.xml
check "and starts" bare start g --paused
check "dominfo says in which group it runs" bash -c "runuser -u vt -- env -u XDG_RUNTIME_DIR HOME=/home/vt \
    VESSEL_HELPER_DIR=/vt /vt/vessel -c 'local:?root=$root' dominfo g | grep '^Note:'"
check "and destroys" bare destroy g
echo "VT end"
