#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The runner and the test library see what they are there to see.
. "$(dirname "$0")/../lib/tap.sh"

# program NAME: makes a test program of what stands on stdin.
program() {
    { echo '#!/bin/bash'; cat; } >"$scratch/$1"
    chmod +x "$scratch/$1"
}

# expect NAME LINE PROGRAM...: the closing line of a run of these, and the exit status that goes with it.
expect() {
    local name=$1 line=$2 output status=0 wanted=0
    shift 2
    output=$("$build_dir/tests/run" -t 2 -l "$scratch/log" "${@/#/$scratch/}" 2>&1) || status=$?
    [[ $line == *" 0 failed"* ]] || wanted=1
    if [ "$(tail -1 <<<"$output")" = "$line" ] && [ "$status" = "$wanted" ]; then
        ok "$name"
    else
        not_ok "$name" "wanted $line; status $status; $output"
    fi
}

program good <<<'echo 1..3; echo ok 1 - a; echo "ok 2 - b # SKIP no such device"; echo ok 3 - c'
program bad <<<'echo 1..2; echo ok 1 - a; echo not ok 2 - b; echo "# why"; exit 1'
program short <<<'echo 1..2; echo ok 1 - a'
program crash <<<'echo 1..1; echo ok 1 - a; kill -SEGV $$'
program nothing <<<'exit 0'
program hang <<<'echo 1..2; echo ok 1 - a; sleep 1000'
program leave <<<'echo 1..1; (setsid sleep 4711.25 &) ; echo ok 1 - a'
program whole_skip <<<'echo "1..0 # SKIP needs root"'

expect "cases are counted, not programs" "4 passed, 0 failed, 2 skipped" good good
expect "a failed case" "3 passed, 1 failed, 1 skipped" good bad
expect "a program that ends too soon" "1 passed, 1 failed, 0 skipped" short
expect "a program that crashes after its last case" "1 passed, 1 failed, 0 skipped" crash
expect "a program that says nothing" "0 passed, 1 failed, 0 skipped" nothing
expect "a program that is not there" "0 passed, 1 failed, 0 skipped" absent
expect "a program that is skipped as a whole" "0 passed, 0 failed, 1 skipped" whole_skip
expect "a program that hangs is killed" "1 passed, 1 failed, 0 skipped" hang
expect "a program that leaves a process" "1 passed, 0 failed, 0 skipped" leave
empty "and nothing of them is left" "$(
    for stat in /proc/[0-9]*/cmdline; do
        tr '\0' ' ' <"$stat" 2>/dev/null | grep -x 'sleep 4711.25 '
    done)"
finish
