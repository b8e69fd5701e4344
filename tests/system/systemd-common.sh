# SPDX-License-Identifier: LGPL-2.1-or-later
# For what runs inside the Debian of tests/guest/systemd, as root, with the product in /vt: it sources this. Prints
# a line "VT ok NAME" or "VT not ok NAME" for each case, on its console.
export VESSEL_HELPER_DIR=/vt LC_ALL=C
# A root of a container in $1, and its definition with the limits $2 in $3; it does $4.
make_container() {
    mkdir -p "$1"/{proc,sys,dev,etc,tmp}
    cp /vt/inside "$1/inside"
    cat >"$3" <<END
<domain type='container'><name>g</name>$2
<os><type>exe</type><init>/inside</init><initarg>$4</initarg></os>
<devices><filesystem type='mount'><source dir='$1'/><target dir='/'/></filesystem></devices></domain>
END
}
cat >/tmp/guest.xml <<'END'
<domain type='emulator'><name>g</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
<os><type machine='q35'>hvm</type></os><features><acpi/></features>
<devices><memballoon model='none'/></devices></domain>
END
# Programs that are here to be run by anybody; /vt itself is a read-only disk.
root=/var/tmp/vt-root

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

in_service() { # COMMAND of vessel: by a service that ends with it
    systemd-run --quiet --wait --unit=starter --service-type=oneshot -p RemainAfterExit=no \
        -E VESSEL_HELPER_DIR=/vt /vt/vessel -c "local:?root=$root" "$@" ||
        { journalctl --no-pager -n 10 -u starter; false; }
}

stat_says() { # PATTERN
    vessel domstats g | grep -q "$1" || { vessel domstats g; false; }
}

log_says() { # TEXT
    local try
    for try in $(seq 100); do
        ! vessel log g | grep -q "$1" || return 0
        sleep 0.2
    done
    vessel log g
    false
}

is_another() { # PID
    local try
    for try in $(seq 100); do
        [ "$(pid_of guest)" = "$1" ] || return 0
        sleep 0.2
    done
    vessel log g
    false
}

refused() { # PATTERN COMMAND
    ! vessel "${@:2}" >/tmp/said 2>&1 && grep -e "$1" /tmp/said || { cat /tmp/said; false; }
}
