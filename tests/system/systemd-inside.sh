#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs inside the Debian of tests/guest/systemd, as root, with the product in /vt. Prints a line
# "VT ok NAME" or "VT not ok NAME" for each case, on its console.
export VESSEL_HELPER_DIR=/vt LC_ALL=C
# Programs that are here to be run by anybody; /vt itself is a read-only disk.
root=/var/tmp/vt-root
cat >/tmp/guest.xml <<'END'
<domain type='emulator'><name>g</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
<os><type machine='q35'>hvm</type></os><features><acpi/></features>
<devices><memballoon model='none'/></devices></domain>
END

check() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1); then
        echo "VT ok $name"
    else
        echo "VT not ok $name"
        echo "$said" | tail -n 15 | sed 's/^/VT # /'
    fi
}

vessel() {
    /vt/vessel -c "local:?root=$root" "$@"
}

# The pid that state.json of domain g gives for $1, warden or guest.
pid_of() {
    sed -n "/\"$1\": {/,/}/s/.*\"pid\": \([0-9]*\).*/\1/p" "$root"/run/domains/*/state.json
}

in_scope() { # WHO
    grep -q '/vessel-[^/]*\.scope' "/proc/$(pid_of "$1")/cgroup" || { cat "/proc/$(pid_of "$1")/cgroup"; false; }
}

in_no_service() {
    ! grep -q starter.service "/proc/$(pid_of "$1")/cgroup"
}

state_is() {
    [ "$(vessel domstate g)" = "$1" ] || { vessel domstate g; false; }
}

no_scopes() {
    local try
    for try in $(seq 50); do
        [ -n "$(systemctl list-units --all --no-legend 'vessel-*.scope')" ] || return 0
        sleep 0.2
    done
    systemctl list-units --all --no-legend 'vessel-*.scope'
    false
}

start_in_service() {
    systemd-run --quiet --wait --unit=starter --service-type=oneshot -p RemainAfterExit=no \
        -E VESSEL_HELPER_DIR=/vt /vt/vessel -c "local:?root=$root" start g --paused ||
        { journalctl --no-pager -n 10 -u starter; false; }
}

cpu_time() {
    vessel domstats g --cpu-total | grep -q 'cpu.time=[1-9]'
}

check "doctor sees pure cgroup v2" bash -c "/vt/vessel doctor | grep -E 'PASS cgroups: .*v2'"
check "doctor sees systemd" bash -c "/vt/vessel doctor | grep 'PASS systemd'"
check "define" vessel define /tmp/guest.xml
check "start from a service" start_in_service
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
