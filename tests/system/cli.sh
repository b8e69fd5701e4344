#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest's whole life by the vessel command alone: define, start, console, statistics, events, log,
# shutdown, undefine; a transient one tied to the command.
. "$(dirname "$0")/../lib/tap.sh"
vessel=$build_dir/vessel
kernel=$build_dir/guest/vmlinuz initrd=$build_dir/guest/initrd.img
for need in "$vessel" "$kernel" "$initrd"; do
    [ -e "$need" ] || { skip "a guest by the command" "there is no ${need#"$build_dir"/}"; finish; }
done
[ "$(id -u)" -eq 0 ] || { skip "a guest by the command" "needs root"; finish; }
unset VESSEL_LOG
export VESSEL_URI="local:?root=$scratch/root"
name=vt$$

definition() {
    cat <<XML
<domain type='emulator'>
  <name>$1</name>
  <memory unit='MiB'>192</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>$kernel</kernel>
    <initrd>$initrd</initrd>
    <cmdline>console=ttyS0 no_timer_check quiet</cmdline>
  </os>
  <features><acpi/><apic/></features>
  <devices>
    <serial type='pty'/>
    <console type='pty'/>
    <memballoon model='virtio'/>
  </devices>
</domain>
XML
}
# Nothing may outlive the test, whatever happened.
end() {
    for domain in $("$vessel" list --name 2>/dev/null); do
        "$vessel" destroy "$domain" >/dev/null 2>&1
    done
    rm -rf "$scratch"
}
trap end EXIT
case_of() {
    if [ $? -eq 0 ]; then ok "$1"; else not_ok "$1" "$(cat "$scratch/said" 2>/dev/null)"; fi
}
# run ARGUMENT...: its output goes to "said", too.
run() { "$vessel" "$@" >"$scratch/said" 2>&1 </dev/null; }
says() { grep -q -e "$1" "$scratch/said"; }

definition "$name" >"$scratch/guest.xml"
run validate --host "$scratch/guest.xml"; case_of "validate --host"
run define "$scratch/guest.xml"; case_of "define"
run list --all && says "^ - *$name *shut off"; case_of "it is listed as shut off"
run start "$name" --timeout 30; case_of "start"
run domstate "$name" --reason && says '^running (booted)$'; case_of "it runs"
timeout 50 "$vessel" console "$name" --readonly </dev/null 2>&1 | tee "$scratch/said" | grep -qm1 'vessel-guest: ready'
case_of "its console shows the greeting"
id=$("$vessel" domid "$name") && [ "$("$vessel" domname "$id")" = "$name" ]; case_of "it is found by its id"

# A terminal, by script(1): what is typed reaches the guest, ^] leaves, and the terminal is as before.
if command -v script >/dev/null; then
    { sleep 1; printf 'echo vt-$((40+2))\r'; sleep 2; printf '\035'; sleep 1; } |
        timeout 30 script -qec "'$vessel' console '$name'; stty -a" /dev/null >"$scratch/said" 2>&1
    says 'Escape character is ^\]' && says 'vt-42'; case_of "the console is a terminal: the guest answers"
    says '[^-]icanon' && says '[^-]echo '; case_of "the terminal is what it was after ^]"
else
    skip "the console on a terminal" "script(1) is not installed"
fi
# One writer: the second is refused until it forces its way.
mkfifo "$scratch/typed"
timeout 30 "$vessel" console "$name" <"$scratch/typed" >"$scratch/ousted" 2>&1 &
writer=$!
exec 7>"$scratch/typed"
for i in $(seq 100); do grep -q 'vessel-guest: ready' "$scratch/ousted" && break; sleep 0.1; done
run console "$name"; [ $? -eq 1 ] && says 'held by\|busy'; case_of "a second writer is refused"
echo 'echo vt-$((50+2))' | timeout 5 "$vessel" console "$name" --force >"$scratch/said" 2>&1
says 'vt-52'; case_of "a second writer may force its way"
echo lost >&7; exec 7>&-

run domstats "$name" && says 'cpu.time=[1-9]' && says 'balloon.current=196608'; case_of "statistics"
run dominfo "$name" && says '^Driver: *emulator$' && says '^CPU time: *[0-9.]*s$'; case_of "dominfo"
run suspend "$name" && run domstate "$name" && says '^paused$' && run resume "$name" && run domstate "$name" && says '^running$'
case_of "suspend and resume"
run log "$name" && says 'qemu-system'; case_of "the log has the command line"
# within TEXT: in what the follower has shown, ten seconds at most.
within() {
    for ((i = 0; i < 100; i++)); do
        grep -q -e "$1" "$scratch/followed" && return
        sleep 0.1
    done
    cp "$scratch/followed" "$scratch/said"
    return 1
}
"$vessel" log "$name" --follow --lines 1 >"$scratch/followed" 2>&1 </dev/null &
follower=$!
echo 'a line more' >>"$scratch/root/log/$name.log"
within '^a line more$'; case_of "log --follow shows what comes"
mv "$scratch/root/log/$name.log" "$scratch/root/log/$name.log.1"
echo 'a new file' >"$scratch/root/log/$name.log"
within '^a new file$'; case_of "log --follow goes on when the log is turned over"
mv "$scratch/root/log/$name.log.1" "$scratch/root/log/$name.log"
kill "$follower"
wait "$follower" 2>/dev/null
run event --since x:0 --timeout 0.5 --loop && says 'host.gap'; case_of "a place of another epoch gives a gap"
place=$("$vessel" event --timeout 0.3 --json >/dev/null; "$vessel" event --since x:0 --json --timeout 1 |
    sed -nE 's/.*"epoch":"([^"]*)".*/\1:0/p')
run event --since "$place" --loop --timeout 0.5 && says "event 'domain.defined' for domain '$name'" &&
    says "event 'domain.started' for domain '$name': booted" && says "event 'domain.resumed'"
case_of "events from the beginning"
run domrename "$name" "$name-b" && run domstate "$name-b"; case_of "a running domain is renamed"
name=$name-b
run shutdown "$name" --wait --timeout 40; case_of "shutdown --wait"
run domstate "$name" --reason && says '^shut off (shutdown)$'; case_of "it ended by its power button"
wait "$writer"; [ $? -eq 1 ] && grep -q 'vt-52' "$scratch/ousted" && grep -q 'not all input was sent' "$scratch/ousted"
case_of "the first writer went on reading, and was told that it had lost its place"
run start "$name" --paused && run domstate "$name" && says '^paused$' && run destroy "$name"; case_of "start --paused, destroy"
run autostart "$name" && run autostart-all && run domstate "$name" && says '^running$'; case_of "autostart-all starts what is marked"
timeout 50 "$vessel" console "$name" --readonly </dev/null 2>&1 | grep -qm1 'vessel-guest: ready'
# The warden dies under a console: another looks after the guest, and the console goes on.
# pid_of WHO: warden or guest.
pid_of() { sed -nE 's/.*"'"$1"'": *\{[^}]*"pid": *([0-9]+).*/\1/p' <<<"$(tr -d '\n' <"$scratch/root/run/domains/$("$vessel" domuuid "$name")/state.json")"; }
timeout 50 "$vessel" console "$name" <"$scratch/typed" >"$scratch/lasting" 2>&1 &
writer=$!
exec 7>"$scratch/typed"
for i in $(seq 100); do grep -q 'vessel-guest: ready' "$scratch/lasting" && break; sleep 0.1; done
sleep 1
warden=$(pid_of warden)
kill -9 "$warden"
for i in $(seq 100); do grep -q 'connected again' "$scratch/lasting" && break; sleep 0.1; done
echo 'echo vt-$((60+2))' >&7
for i in $(seq 100); do grep -q 'vt-62' "$scratch/lasting" && break; sleep 0.1; done
cp "$scratch/lasting" "$scratch/said"
says 'connected again' && says 'vt-62' && [ "$(pid_of warden)" != "$warden" ]; case_of "a console outlives the warden"
guest=$(pid_of guest)
kill -STOP "$guest"
SECONDS=0
run domstats "$name" && says 'state.state=1' && says 'has not answered' && [ "$SECONDS" -le 8 ]; case_of "statistics of a guest that stands still: not waited for by the half minute"
kill -CONT "$guest"
run stop-all --timeout 30 && run domstate "$name" --reason && says '^shut off (shutdown)$'; case_of "stop-all shuts it down"
wait "$writer"; case_of "the console ends well with its guest"
exec 7>&-
run autostart-all && run domstate "$name" && says '^running$' && run autostart "$name" --disable && run stop-all --timeout 0.2 &&
    run domstate "$name" --reason && says '^shut off (destroyed)$'
case_of "what ran is started again; stop-all destroys what has not ended in time"
run undefine "$name" && run list --all --name && [ ! -s "$scratch/said" ]; case_of "undefine"

# Tied to the command: kill -9 of the command ends it.
definition "vt$$-c" >"$scratch/guest.xml"
"$vessel" create "$scratch/guest.xml" --autodestroy >"$scratch/said" 2>&1 &
command=$!
for i in $(seq 100); do run domstate "vt$$-c" && says running && break; sleep 0.1; done
says running; case_of "create --autodestroy"
kill -9 "$command"; wait "$command" 2>/dev/null
for i in $(seq 100); do run domstate "vt$$-c" || break; sleep 0.1; done
run list --all --name && [ ! -s "$scratch/said" ]; case_of "it ends with the command"
finish
