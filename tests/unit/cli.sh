#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The vessel command on the mock: parsing, help, exit statuses, both forms of errors, what is printed.
# A process has a mock of its own, so a case is one call.
. "$(dirname "$0")/../lib/tap.sh"
vessel=$build_dir/vessel
[ -x "$vessel" ] || { skip "the vessel command" "it was not built"; finish; }
unset VESSEL_URI VESSEL_LOG
export EDITOR=false
out= err=
# vt STATUS ARGUMENT...: runs it on the mock with a running domain "test"; its output is in $out and
# $err. Standard input is empty.
vt() {
    local expected=$1 status
    shift
    "$vessel" -c 'mock:?fixture=default' "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    status=$?
    out=$(cat "$scratch/out") err=$(cat "$scratch/err")
    [ "$status" -eq "$expected" ] && return 0
    echo "# vessel $*: status $status, not $expected: $out $err"
    return 1
}
# case_of NAME: passes when the commands before it did ($? is 0).
case_of() {
    if [ $? -eq 0 ]; then ok "$1"; else not_ok "$1" "out: $out
err: $err"; fi
}
# json EXPRESSION: standard output is one JSON document of which the Perl expression on $_ is true.
json() {
    perl -e 'local $/; my $text = <STDIN>; my $j = eval { Json::parse($text) }; die "no JSON: $text" if !defined $j && $text !~ /^null/;
        local $_ = $j; exit(eval($ARGV[0]) ? 0 : 1);
        package Json; my ($t);
        sub parse { $t = shift; my $v = value(); $t =~ /\G\s*/gc; die "more" if pos($t) < length $t; $v }
        sub value { $t =~ /\G\s*/gc;
            if ($t =~ /\G\{/gc) { my %h; until ($t =~ /\G\s*\}/gc) { my $k = value(); $t =~ /\G\s*:/gc or die; $h{$k} = value(); $t =~ /\G\s*,/gc } return \%h }
            if ($t =~ /\G\[/gc) { my @a; until ($t =~ /\G\s*\]/gc) { push @a, value(); $t =~ /\G\s*,/gc } return \@a }
            if ($t =~ /\G"((?:[^"\\]|\\.)*)"/gc) { my $s = $1; $s =~ s/\\n/\n/g; $s =~ s/\\(.)/$1/g; return $s }
            if ($t =~ /\Gtrue/gc) { return 1 } if ($t =~ /\Gfalse/gc) { return 0 } if ($t =~ /\Gnull/gc) { return undef }
            if ($t =~ /\G(-?[0-9][0-9.eE+-]*)/gc) { return $1 } die "bad" }' "$1" <"${2:-$scratch/out}"
}
uuid='[0-9a-f]\{8\}-[0-9a-f-]\{27\}'

# ---- usage ----
"$vessel" >"$scratch/out" 2>"$scratch/err" </dev/null
[ $? -eq 2 ] && grep -q '^error: no command was given' "$scratch/err"; case_of "no command is wrong usage"
vt 2 lsit && [[ $err == *"did you mean 'list'"* ]]; case_of "an unknown command, with the nearest"
vt 2 list --al && [[ $err == *"did you mean --all"* ]]; case_of "an unknown option, with the nearest"
vt 2 undefine test --remove-all-storage && [ -z "$out" ]; case_of "an option of virsh that is not there is refused"
vt 2 list --json --bogus && json '$_->{code} eq "invalid-argument" && $_->{message} =~ /--bogus/ && $_->{hint}' "$scratch/err"
case_of "wrong usage as JSON"
vt 2 start && [[ $err == *"needs DOMAIN"*"usage: vessel start DOMAIN"* ]]; case_of "a missing argument"
vt 2 domid test test; case_of "an argument too many"
vt 2 domid --domain test --domain test; case_of "an option twice"
vt 2 list --all=yes; case_of "a flag with a value"
vt 2 wait test --timeout; case_of "an option without its value"
for bad in 0 -1 abc 1x nan inf 1e99 ''; do
    vt 2 wait test --timeout="$bad" || break
done
case_of "a timeout must be a positive number"
vt 2 wait test --state starting && [[ $err == *"shut-off"* ]]; case_of "a word that is not one of the known"
vt 2 log test --lines 1.5; case_of "a number must be whole"
vt 2 -x list; case_of "an unknown short option"
vt 1 event test lifecycle --timeout 0.1 && vt 1 event --event job-completed --timeout 0.1 && vt 2 event test lifecycl &&
    vt 2 event --event graphics && [[ $err == *"event --list"* ]]; case_of "virsh's names of events, and one that we have not"
vt 2 event --since 5; case_of "a place without its epoch"
vt 2 dumpxml test --xpath '//(' && [[ $err == "error: '//(' is no XPath expression" ]]; case_of "a wrong XPath expression"
vt 2 create --console --json x.xml; case_of "--console and --json exclude each other"
vt 2 console test --force --readonly; case_of "--force and --readonly exclude each other"
vt 2 help nosuch; case_of "help on what is not there"
vt 0 domname --domain=test && [ "$out" = test ]; case_of "an argument by name with ="
vt 0 domname -- test && [ "$out" = test ]; case_of "-- ends the options"
vt 0 domname test --json && vt 0 --json domname test && json '$_->{name} eq "test"'; case_of "--json before and after the command"
"$vessel" --version >"$scratch/out" && grep -qx '[0-9]*\.[0-9]*\.[0-9]*' "$scratch/out"; case_of "--version"
VESSEL_URI=mock:?fixture=default "$vessel" list --name >"$scratch/out" && [ "$(cat "$scratch/out")" = test ]; case_of "VESSEL_URI"
"$vessel" -c qemu:///system list >"$scratch/out" 2>"$scratch/err"; [ $? -eq 1 ] && grep -q 'hint:.*local:' "$scratch/err"
case_of "libvirt's URI is answered with ours"
"$vessel" -c mock:?fixture=default list >/dev/full 2>"$scratch/err"; [ $? -eq 1 ] && grep -q 'standard output' "$scratch/err"
case_of "output that cannot be written is an error"

# ---- help ----
commands=$("$vessel" help --json | grep -o '{"name":"[a-z-]*","group"' | cut -d'"' -f4)
[ "$(wc -w <<<"$commands")" -gt 40 ]; case_of "help --json has the commands"
"$vessel" help --json >"$scratch/out"; json '@{$_->{commands}} > 40 && @{$_->{options}} > 4'; case_of "help --json is one document"
for command in $commands; do
    "$vessel" help "$command" | grep -q "^    $command - ." && "$vessel" "$command" --help | grep -q SYNOPSIS || break
done
case_of "every command has help"
"$vessel" help >"$scratch/out"; for command in $commands; do grep -q "^    $command " "$scratch/out" || break; done
case_of "the overview has every command"
if command -v man >/dev/null && "$vessel" help --format man >"$scratch/vessel.1"; then
    empty "the man page is clean" "$(man --warnings -l "$scratch/vessel.1" 2>&1 >/dev/null)"
else
    skip "the man page is clean" "man is not installed"
fi

# ---- completion ----
"$vessel" help --format bash >"$scratch/completion" && . "$scratch/completion"; case_of "the completion for bash can be read"
# completes WORD...: what the last word may become, in $out.
completes() {
    COMP_WORDS=("$vessel" "$@") COMP_CWORD=$#
    _vessel
    out=" ${COMPREPLY[*]} " err=
}
completes '' && [ "$(LC_ALL=C sort <<<"${out// /$'\n'}" | grep .)" = "$(LC_ALL=C sort <<<"$commands")" ]; case_of "commands are completed"
for command in $commands; do
    options=$("$vessel" help --json | grep -o "{\"name\":\"$command\",\"group.*" | sed 's/{"name":"[a-z-]*","group.*/&/; s/\]}.*//' |
        grep -o '{"name":"[a-z-]*","kind"' | cut -d'"' -f4)
    completes "$command" --
    for option in $options json connect; do [[ $out == *" --$option "* ]] || break 2; done
done
case_of "every option of every command is completed"
completes -c 'mock:?fixture=default' domstate t && [ "$out" = ' test ' ]; case_of "domains of the host that is named are completed"
completes event --event domain.st && [ "$out" = ' domain.started domain.stopped ' ]; case_of "kinds of events are completed"
completes wait test --state p && [ "$out" = ' paused pmsuspended ' ]; case_of "words are completed"
completes wait test --state running,p && [ "$out" = ' running,paused running,pmsuspended ' ]; case_of "words after a comma are completed"
completes -c mock: list --tr && [ "$out" = ' --transient ' ]; case_of "options are completed after --connect"
if command -v zsh >/dev/null; then
    "$vessel" help --format zsh >"$scratch/_vessel"; check "the completion for zsh can be read" zsh -n "$scratch/_vessel"
else
    skip "the completion for zsh can be read" "zsh is not installed"
fi

# ---- errors ----
vt 1 domstate nosuch && [[ $err == "error: "*nosuch* && -z $out ]]; case_of "an error in words"
vt 1 domstate nosuch --json && json '$_->{code} eq "not-found" && $_->{message} =~ /nosuch/' "$scratch/err" && [ -z "$out" ]
case_of "an error as JSON"
vt 1 start test && [[ $err == *"error: "* ]]; case_of "starting what runs"
vt 1 define /nonexistent && [[ $err == *"No such file"*"at: /nonexistent"* ]]; case_of "a file that is not there"
vt 1 wait test --state shut-off --timeout 0.2 && [[ $err == *error:* ]]; case_of "wait fails when the time is over"

# ---- what is printed ----
vt 0 list && grep -qE '^ 1 +test +running$' <<<"$out" && [ "$(head -1 <<<"$out")" = " Id   Name   State" ]; case_of "list"
vt 0 -q list && [ "$(wc -l <"$scratch/out")" -eq 1 ]; case_of "list --quiet has no head"
vt 0 list --name && [ "$out" = test ]; case_of "list --name"
vt 0 list --uuid --name --id && grep -qx "$uuid 1 test" <<<"$out"; case_of "list --uuid --id --name on one line"
vt 0 list --inactive --name && [ -z "$out" ]; case_of "list --inactive"
vt 0 list --json && json '@$_ == 1 && $_->[0]{name} eq "test" && $_->[0]{state} eq "running" && $_->[0]{id} == 1'; case_of "list --json"
vt 0 list --transient --json && json '@$_ == 0'; case_of "an empty list is an empty array"
vt 0 domstate test && [ "$out" = running ]; case_of "domstate"
vt 0 domstate test --reason && [[ $out == "running ("*")" ]]; case_of "domstate --reason"
vt 0 domid test && [ "$out" = 1 ]; case_of "domid"
vt 0 domuuid 1 && grep -qx "$uuid" <<<"$out" && vt 0 domname "$out" && [ "$out" = test ]; case_of "a domain by id and by UUID"
vt 0 dominfo test && grep -qE '^State: +running$' <<<"$out" && grep -qE '^Max memory: +[0-9]+ KiB$' <<<"$out"; case_of "dominfo"
vt 0 dominfo test --json && json '$_->{max_memory_kib} > 0 && $_->{vcpus} > 0 && $_->{persistent} == 1'; case_of "dominfo --json"
vt 0 domstats test --state && grep -qx "Domain: 'test'" <<<"$out" && grep -qx '  state.state=1' <<<"$out"; case_of "domstats --state"
vt 0 domstats --json && json '$_->[0]{name} eq "test" && $_->[0]{stats}{"state.state"} == 1'; case_of "domstats --json"
vt 0 dumpxml test && grep -q '<name>test</name>' <<<"$out"; case_of "dumpxml"
vt 0 dumpxml test --json && json '$_->{name} eq "test" || $_->{domain}{name} eq "test"'; case_of "dumpxml --json"
vt 0 dumpxml test --xpath '/domain/name/text()' && [ "$out" = test ]; case_of "dumpxml --xpath"
vt 0 dumpxml test --xpath '//name' --wrap && [ "$out" = $'<nodes>\n<name>test</name>\n</nodes>' ]; case_of "dumpxml --xpath --wrap"
vt 0 domblklist test && vt 0 domblklist test --details && vt 0 domblklist test --json && json 'ref $_ eq "ARRAY"'; case_of "domblklist"
vt 0 domiflist test && vt 0 domiflist test --json && json 'ref $_ eq "ARRAY"'; case_of "domiflist"
vt 1 domif-getlink test vnet0 && [[ $err == *"interface 'vnet0' not found"* ]] && vt 1 domif-setlink test vnet0 down && vt 2 domif-setlink test vnet0 sideways; case_of "domif-getlink, domif-setlink of none"
vt 0 domjobinfo test && [[ $out == "Job type:"*None ]] && vt 0 domjobinfo test --json && [ "$out" = null ]; case_of "domjobinfo without a job"
vt 1 domjobabort test; case_of "domjobabort without a job"
vt 0 uri && [ "$out" = 'mock:?fixture=default' ]; case_of "uri"
vt 0 hostname && [ "$out" = "$(uname -n)" ]; case_of "hostname"
vt 0 nodeinfo && grep -qE '^CPU\(s\): +[0-9]+$' <<<"$out" && vt 0 nodeinfo --json && json '$_->{cpus} > 0 && $_->{memory_kib} > 0'; case_of "nodeinfo"
vt 0 capabilities && [[ $out == *"<capabilities"* ]] && vt 0 capabilities --json && json '$_->{xml} =~ /<capabilities/'; case_of "capabilities"
vt 0 version && [[ $out == *"Using library: vessel "* ]]; case_of "version"
vt 0 desc test && vt 0 desc test --json && json 'ref $_ eq "HASH"'; case_of "desc"
vt 0 desc test 'a new' text && [ "$out" = "Domain description updated successfully" ]; case_of "desc sets"
vt 0 metadata test http://example.org/ --key e --set '<a/>' && [ "$out" = "Metadata updated successfully" ]; case_of "metadata sets"
vt 1 metadata test http://example.org/; case_of "metadata that is not there"
vt 0 event --list && grep -qx domain.started <<<"$out"; case_of "event --list"
vt 1 event --timeout 0.1 && [[ $out == *"events received: 0" ]]; case_of "event fails when none came"
vt 0 wait test --state running,paused && [ "$out" = running ]; case_of "wait prints the state"
vt 0 suspend test && [ "$out" = "Domain 'test' suspended" ]; case_of "suspend"
vt 0 suspend test --json && json '$_->{state} eq "paused" && $_->{name} eq "test"'; case_of "suspend --json"
vt 0 -q destroy test && [ -z "$out" ]; case_of "destroy --quiet"
vt 0 destroy test && [ "$out" = "Domain 'test' destroyed" ]; case_of "destroy"
vt 0 destroy test --json && json '$_->{state} eq "shut-off" && $_->{reason} eq "destroyed" && !exists $_->{id}'; case_of "states have hyphens in JSON, and no id is no member"
vt 0 reset test && vt 0 reboot test --mode acpi; case_of "reset and reboot"
vt 2 reboot test --mode agent; case_of "reboot by a way that is not there"
vt 0 domrename test other && [ "$out" = "Domain successfully renamed" ]; case_of "domrename"
vt 0 undefine test && [ "$out" = "Domain 'test' has been undefined" ]; case_of "undefine"
vt 0 autostart test && [ "$out" = "Domain 'test' marked as autostarted" ]; case_of "autostart"
vt 0 stop-all --timeout 5 && vt 0 autostart-all; case_of "stop-all and autostart-all"

vt 2 cp test:/etc - && [[ $err == *"exec DOMAIN -- tar"* ]] && vt 2 cp - test:/etc; case_of "cp: no tar archive by standard input and output"
vt 2 cp --max-size 0 test:/etc . && vt 2 rootfs-import --max-size 17592186044416 x.tar; case_of "a size of nothing is not the default, nor one that nobody can count"
for bad in 0 unlimited 12q ''; do
    vt 1 setmem test "$bad" && [[ $err == *"no value for size"*512M* ]] || break
done
case_of "setmem: what is no amount of memory, with one that is"
vt 2 schedinfo test bogus=1 && [[ $err == *cpu_shares*iothread_quota* ]]; case_of "schedinfo: all names that there are"
vt 125 exec test ls -l && [[ $err == *"the program's own options follow a --"* ]] && vt 125 exec test ls --all &&
    [[ $err == *"the program's own follow a --"* ]]; case_of "exec: where the program's options stand"
vt 2 rootfs-import - && [[ $err == *--name* ]]; case_of "rootfs-import: standard input needs a name"
vt 1 rootfs-import "$0"; case_of "rootfs-import on a host without files"
mkdir "$scratch/tree" && echo text >"$scratch/tree/file" && tar -C "$scratch/tree" -cf "$scratch/small.tar" .
if [ -x "$build_dir/vessel-unpack" ]; then
    out=$("$vessel" -c "local:?root=$scratch/state" rootfs-import "$scratch/small.tar") &&
        [ "$out" = "$scratch/state/rootfs/small" ] && [ "$(cat "$out/file")" = text ]; case_of "rootfs-import"
    "$vessel" -c "local:?root=$scratch/state" rootfs-import --json --name other - <"$scratch/small.tar" >"$scratch/out" &&
        json '$_->{path} =~ m{/other\z} && $_->{notes} eq "2 files"'; case_of "rootfs-import --json of standard input"
    rm -rf "$scratch/state"
fi

# ---- text of others ----
vt 1 start $'no\033[31m such\302\233 \377 \303\251\n  hint: run it' && [[ $err == *'"no\x1b[31m such\xc2\x9b \xff é'* ]] &&
    ! grep -q '^  hint: run it' "$scratch/err" && ! LC_ALL=C grep -q $'[\001-\010\013-\037\177]' "$scratch/err"
case_of "an error shows control characters, and a line break makes no line of its own"
vt 1 --json start $'no\033[31m such' && json '$_->{message} =~ /\\?u001[bB]\[31m such/' "$scratch/err"; case_of "--json has its own escapes"
printf '<domain type="kvm"><name>vtcli</name><description>a\302\233b</description><memory>1024</memory><os><type>hvm</type></os></domain>' >"$scratch/c1.xml"
sed 's/<description>.*<.description>//' "$scratch/c1.xml" >"$scratch/plain.xml"
vt 1 diff "$scratch/plain.xml" "$scratch/c1.xml" && [[ $out == *'+ a\xc2\x9bb'* ]]; case_of "diff shows them as well"
# Of what is stored, in a root of this script's own.
of_root() { "$vessel" -c "local:?root=$scratch/texts" "$@" 2>"$scratch/err"; }
sed 's/kvm/container/; s/hvm/exe/; s,</type>,&<init>/x</init>,; s,</domain>,<devices><filesystem type="mount"><source dir="/"/><target dir="/"/></filesystem></devices></domain>,' \
    "$scratch/c1.xml" >"$scratch/stored.xml"
if of_root define "$scratch/stored.xml" >/dev/null; then
    out=$(of_root desc vtcli) && [ "$out" = 'a\xc2\x9bb' ]; case_of "desc shows them as well"
    mkdir -p "$scratch/texts/log" && printf 'one\033[31m\n' >"$scratch/texts/log/vtcli.log"
    out=$(of_root log vtcli) && [ "$out" = 'one\x1b[31m' ]; case_of "log shows them as well"
else
    skip "texts that are stored" "no containers: $(cat "$scratch/err")"
fi

# ---- definitions ----
cat >"$scratch/good.xml" <<'XML'
<domain type='kvm'><name>vtcli</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os></domain>
XML
cat >"$scratch/bad.xml" <<'XML'
<domain type='kvm'>
  <name>vtcli</name>
  <memroy unit='MiB'>64</memroy>
  <vcpu>none</vcpu>
</domain>
XML
vt 0 define "$scratch/good.xml" && [ "$out" = "Domain 'vtcli' defined from $scratch/good.xml" ]; case_of "define"
out=$("$vessel" -c mock: define - <"$scratch/good.xml"); [ "$out" = "Domain 'vtcli' defined from -" ]; case_of "define from standard input"
vt 0 create "$scratch/good.xml" --paused --json && json '$_->{state} eq "paused" && !$_->{persistent}'; case_of "create --paused --json"
vt 0 validate "$scratch/good.xml"; case_of "validate"
vt 1 validate "$scratch/good.xml" "$scratch/bad.xml" && grep -q "^$scratch/bad.xml:3:[0-9]*: .*memroy" <<<"$out" &&
    grep -q "^$scratch/bad.xml:4" <<<"$out"; case_of "validate prints all problems with their places"
printf '<domain>\n<a></domain>' >"$scratch/open.xml"
vt 1 validate "$scratch/open.xml" && [[ $out == *"cause: "*"mismatch: a line 2"* ]]; case_of "validate says what is not well-formed"
vt 2 diff "$scratch/good.xml" nothing.xml && [[ $err == *"nor is there a file"* ]]; case_of "diff: neither file nor domain"
vt 1 validate --json "$scratch/good.xml" "$scratch/bad.xml" &&
    json '@$_ == 2 && $_->[0]{valid} && !$_->[1]{valid} && @{$_->[1]{error}{problems}} >= 2'; case_of "validate --json"
echo '<doman/>' >"$scratch/other.xml"
vt 1 validate "$scratch/other.xml" && [[ $out == *":1:1: <doman> is no definition"*"did you mean <domain>"* ]]; case_of "validate: an element that defines nothing"
vt 1 validate --json "$scratch/good.xml" "$scratch/nope.xml" "$scratch/good.xml" &&
    json '@$_ == 3 && $_->[2]{valid} && !$_->[1]{valid} && $_->[1]{file} =~ /nope/ && $_->[1]{error}{code} eq "not-found"' && [ -z "$err" ]
case_of "validate --json: a file that cannot be read is one of the array"
vt 2 validate --kind domian "$scratch/good.xml" && [[ $err == *"did you mean 'domain'"* ]]; case_of "validate: a kind that is not there"
vt 0 convert "$scratch/good.xml" --to json && cp "$scratch/out" "$scratch/good.json" && json '$_->{name}' &&
    vt 0 convert "$scratch/good.json" --to xml && cp "$scratch/out" "$scratch/again.xml" &&
    vt 0 convert --to json "$scratch/again.xml" && cmp "$scratch/out" "$scratch/good.json"; case_of "convert to JSON and back"
vt 0 validate "$scratch/good.json"; case_of "validate takes JSON"
# Each in a process of its own, which has read no XML before.
failed=
for json in "$(dirname "$0")"/data/*/*.json; do
    kind=$(basename "$(dirname "$json")")
    case $kind/$(basename "$json") in qemu/* | */lenient*) continue ;; esac
    vt 0 validate --kind "$kind" "$json" >"$scratch/why" || failed+=" $kind/$(basename "$json")"
done
err=$failed
[ -z "$failed" ]; case_of "validate takes what convert writes, the first thing it reads"
sed 's,</domain>,<colour/></domain>,' "$scratch/good.xml" >"$scratch/lenient.xml"
vt 0 validate --lenient "$scratch/lenient.xml" &&
    grep -q "^$scratch/lenient.xml:[0-9]*:[0-9]*: warning: .*colour" <<<"$out"; case_of "validate --lenient tells what it lets pass"
vt 0 validate --lenient --json "$scratch/lenient.xml" &&
    json '$_->[0]{valid} && $_->[0]{warnings}[0]{path} eq "/domain/colour"'; case_of "validate --lenient --json"
vt 0 convert --lenient --to xml "$scratch/lenient.xml" && [[ $out == *"<colour/>"* && $err == *"warning: "*colour* ]]
case_of "convert --lenient tells it beside the result"
vt 1 diff --lenient "$scratch/good.xml" "$scratch/lenient.xml" && [[ $err == "warning: the second definition: "*colour* ]]
case_of "diff --lenient tells it too"
sed "s,type='kvm',type='mock'," "$scratch/lenient.xml" >"$scratch/lenient-mock.xml"
for how in define create; do
    vt 0 $how --lenient "$scratch/lenient-mock.xml" && [[ $err == "$scratch/lenient-mock.xml:"*": warning: "*colour* ]]
    case_of "$how --lenient tells it too"
done
echo "<domain type='emulator'><name>a</name><memory>1</memory></domain>" >"$scratch/ours.xml"
vt 0 convert "$scratch/ours.xml" --to xml && [[ $out == "<domain type='emulator'>"* ]] &&
    vt 0 convert "$scratch/ours.xml" --to xml --libvirt && [[ $out == "<domain type='qemu'>"* ]]; case_of "convert --libvirt"
sed -i s/emulator/mock/ "$scratch/ours.xml"
vt 1 convert "$scratch/ours.xml" --to xml --libvirt && [ -z "$out" ] && [[ $err == *"'mock'"*/domain/@type* ]]; case_of "convert --libvirt: what libvirt has no word for"
vt 2 convert "$scratch/ours.xml" --to json --libvirt; case_of "libvirt has no JSON"
vt 2 convert "$scratch/ours.xml"; case_of "convert needs a form"
vt 0 explain && grep -q '^domain  *virtual machine' <<<"$out"; case_of "explain lists the kinds"
vt 0 explain /domain/devices/disk/target/@bus && [[ $out == *"in JSON:  domain.devices.disk.target.bus"*"takes:"*virtio*"drivers:  kvm"* ]]; case_of "explain a path"
vt 0 --json explain domain.devices.disk.target.bus && json '$_->{path} eq "/domain/devices/disk/target/\@bus" && $_->{rows}[0]{type} eq "word"'; case_of "explain --json, by the JSON name"
vt 0 explain /domain/os && grep -q '^/domain/os/type/@arch$' <<<"$out"; case_of "explain lists what is beneath"
vt 1 explain /domain/devices/disk/target/@buss && [[ $err == *"did you mean 'bus'"* ]]; case_of "explain: the nearest name"
vt 0 explain disk/target/@bus && [[ $out == /domain/devices/disk/target/@bus* ]]; case_of "explain: the end of a path"
vt 1 explain disk && [[ $err == *"more than one 'disk'"*"/domain/devices/disk, "* ]]; case_of "explain: several places end so"
vt 0 explain domain.memory && [[ $out == /domain/memory*"units:"*"MiB"*"a number alone is KiB in XML"* ]]; case_of "explain: the units of a size"
vt 0 schema --rng domain && [[ $out == "<grammar "* ]] && vt 0 schema --json-schema domain && json '$_->{"\$defs"}'; case_of "schema"
vt 2 schema; case_of "schema needs a form"
for kind in $("$vessel" explain | sed 's/ .*//'); do
    "$vessel" schema --markdown "$kind" >"$scratch/out" && grep -q '^| `/' "$scratch/out" || break
    "$vessel" schema --man "$kind" >"$scratch/vessel-$kind.5" || break
    command -v man >/dev/null || continue
    err=$(man --warnings -l "$scratch/vessel-$kind.5" 2>&1 >/dev/null) && [ -z "$err" ] || break
done
case_of "every kind has a reference page, and a clean manual page"
sed 's,<memory[^>]*>[^<]*</memory>,<memory>77777</memory>,' "$scratch/good.xml" >"$scratch/new.xml"
vt 0 diff "$scratch/good.xml" "$scratch/good.json" && [ -z "$out" ]; case_of "diff: the same"
vt 1 diff "$scratch/good.xml" "$scratch/new.xml" && [[ $out == *"/domain/memory: changed (next start, guest-visible)"*"+ 77777" ]]; case_of "diff: a value"
vt 1 --json diff "$scratch/good.xml" "$scratch/new.xml" && json '$_->{changes}[0]{path} eq "/domain/memory" && !$_->{changes}[0]{live}'; case_of "diff --json"
"$vessel" -c mock:?fixture=default dumpxml test >"$scratch/test.xml"
vt 1 diff test "$scratch/new.xml" && [[ $out == */domain/name:* ]]; case_of "diff: a domain and a file"
vt 2 diff nosuch "$scratch/new.xml"; case_of "diff: trouble is 2, as in diff(1)"
vt 2 diff "$scratch/good.xml" "$scratch/other.xml" && [[ $err == *doman* ]]; case_of "diff: what is no definition"
vt 2 validate --json --kind domian "$scratch/good.xml" && [ -z "$out" ] && json '$_->{code} eq "invalid-argument"' "$scratch/err" &&
    vt 2 convert --kind domian --to xml "$scratch/good.xml"; case_of "a kind that is not there is wrong usage"
vt 2 schema --rng domian && [[ $err == *"did you mean 'domain'"* ]]; case_of "schema: a kind that is not there"
vt 1 define "$scratch/bad.xml" && [[ $err == *memroy* && $err == *"  file: $scratch/bad.xml" ]]; case_of "define refuses, and says in which file"
printf '#!/bin/sh\nstat -c %%a "$1" >"%s/mode"\nsed -i "s/64/96/; s/65536/98304/" "$1"\n' "$scratch" >"$scratch/editor"
chmod +x "$scratch/editor"
EDITOR=$scratch/editor vt 0 edit test && [ "$(cat "$scratch/mode")" = 600 ]; case_of "edit: a file that nobody else can read"
EDITOR=true vt 0 edit test && [[ $out == *"not changed"* ]]; case_of "edit without a change"
vt 1 edit test && [[ $err == *"the editor 'false' failed"* ]]; case_of "edit with an editor that fails"
EDITOR= VISUAL= vt 1 desc test --edit </dev/null && [[ $err == *"no terminal to edit on"* ]]; case_of "no editor is guessed without a terminal"
VISUAL=true vt 0 edit test; case_of "VISUAL comes before EDITOR"
finish
