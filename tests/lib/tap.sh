# SPDX-License-Identifier: LGPL-2.1-or-later
# For test scripts, which source it: counts cases and prints TAP. VT_SOURCE_DIR and VT_BUILD_DIR are
# set by the makefile; by hand, a script runs in the build directory of the checkout it is in.
set -u
source_dir=${VT_SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build_dir=${VT_BUILD_DIR:-$PWD}
tap_cases=0
tap_failed=0

# The scratch directory of this script.
scratch=$build_dir/tests/tmp/$(basename "$0").$$
mkdir -p "$scratch"
trap 'rm -rf "$scratch"' EXIT

ok() {
    tap_cases=$((tap_cases + 1))
    echo "ok $tap_cases - $1"
}

# not_ok NAME [DETAILS]: every line of the details is shown.
not_ok() {
    tap_cases=$((tap_cases + 1))
    tap_failed=$((tap_failed + 1))
    echo "not ok $tap_cases - $1"
    [ -z "${2-}" ] || printf '%s\n' "$2" | sed 's/^/#   /'
}

skip() {
    tap_cases=$((tap_cases + 1))
    echo "ok $tap_cases - $1 # SKIP $2"
}

# Passes when there is nothing to say.
empty() {
    if [ -z "$2" ]; then ok "$1"; else not_ok "$1" "$2"; fi
}

# check NAME COMMAND...: passes when the command does.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$output"; fi
}

finish() {
    echo "1..$tap_cases"
    [ "$tap_failed" -eq 0 ]
    exit
}
