#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The schema files that `vessel schema` prints, on the vectors of the unit tests of definitions: what
# is read is valid, and what cannot be read is not.
. "$(dirname "$0")/../lib/tap.sh"
vessel=$build_dir/vessel
data=$(dirname "$0")/data
[ -x "$vessel" ] || { skip "schema files" "the vessel command was not built"; finish; }

# Refused by the parser alone: sizes whose limits hang on their unit, a name of blanks, an address
# whose row is for other devices.
beyond_rng() {
    case $1 in bad-memory-huge | bad-name-blank | bad-*dimm*) return 0 ;; esac
    return 1
}

check_rng() {
    local kind=$1 xml name wrong='' passes=''
    "$vessel" schema --rng "$kind" >"$scratch/$kind.rng" || { not_ok "$kind: RELAX NG"; return; }
    for xml in "$data/$kind"/*.xml; do
        name=$(basename "$xml" .xml)
        case $name in
        lenient*) ;;
        bad-*)
            # What only the cross checks refuse can still be converted.
            "$vessel" convert --kind "$kind" "$xml" --to xml >/dev/null 2>&1 && continue
            beyond_rng "$name" && continue
            xmllint --noout --relaxng "$scratch/$kind.rng" "$xml" >/dev/null 2>&1 && passes+=" $name" ;;
        *)
            xmllint --noout --relaxng "$scratch/$kind.rng" "$xml" >"$scratch/said" 2>&1 ||
                wrong+="$name: $(cat "$scratch/said")"$'\n' ;;
        esac
    done
    empty "$kind: what is read is valid for the RELAX NG" "$wrong"
    empty "$kind: what cannot be read is not" "$passes"
}

# The keywords that we use, in the words of the specification; jsonschema itself where it is there.
cat >"$scratch/check.py" <<'END'
import json, re, sys
schema = json.load(open(sys.argv[1]))
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}
KNOWN = {"$schema", "$defs", "$ref", "title", "description", "default", "type", "anyOf", "enum",
         "pattern", "maxLength", "minimum", "maximum", "items", "maxItems", "properties", "required",
         "additionalProperties"}

def valid(s, v):
    if s is True or s is False:
        return s
    assert set(s) <= KNOWN, set(s) - KNOWN
    if "$ref" in s and not valid(schema["$defs"][s["$ref"][len("#/$defs/"):]], v):
        return False
    if "anyOf" in s and not any(valid(one, v) for one in s["anyOf"]):
        return False
    if "enum" in s and v not in s["enum"]:
        return False
    kind = s.get("type")
    if kind == "integer" and (not isinstance(v, int) or isinstance(v, bool)):
        return False
    if kind in TYPES and not isinstance(v, TYPES[kind]):
        return False
    if kind == "integer":
        return s.get("minimum", v) <= v <= s.get("maximum", v)
    if kind == "string":
        return len(v) <= s.get("maxLength", len(v)) and bool(re.search(s.get("pattern", ""), v))
    if kind == "array":
        return len(v) <= s.get("maxItems", len(v)) and all(valid(s.get("items", True), i) for i in v)
    if kind == "object":
        known, more = s.get("properties", {}), s.get("additionalProperties", True)
        return all(k in v for k in s.get("required", [])) and \
            all(valid(known.get(k, more), x) for k, x in v.items())
    return True

try:
    import jsonschema
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(schema)
    theirs = lambda v: checker.is_valid(v)
except ImportError:
    theirs = lambda v: valid(schema, v)
for name in sys.argv[2:]:
    try:
        text = json.load(open(name))
    except ValueError:
        print("no JSON:", name)
        continue
    ours = valid(schema, text)
    print("valid:" if ours else "not valid:", name)
    if theirs(text) != ours:
        print("jsonschema says otherwise:", name)
END

check_json() {
    local kind=$1 files=()
    "$vessel" schema --json-schema "$kind" >"$scratch/$kind.json" || { not_ok "$kind: JSON Schema"; return; }
    for json in "$data/$kind"/*.json; do
        case $(basename "$json") in lenient*) ;; *) files+=("$json") ;; esac
    done
    # Each of these is a good one with one thing wrong.
    perl -e 'local $/; $_ = <STDIN>; my $n = 0;
        for my $change (sub { s/"name"/"nmae"/ }, sub { s/"(memory_kib|type)": [^,]*/"$1": -1/ },
                        sub { s/\{/{ "bogus": 1,/ }, sub { s/^\{.*/[]/s }) {
            my $all = $_; $change->(); open my $out, ">", "$ARGV[0]-" . $n++ . ".json"; print $out $_; $_ = $all }' \
        "$scratch/wrong-$kind" <"${files[0]}"
    python3 "$scratch/check.py" "$scratch/$kind.json" "${files[@]}" "$scratch/wrong-$kind"-*.json >"$scratch/said" 2>&1
    empty "$kind: what is written as JSON is valid for the JSON Schema" \
        "$(grep -v "^valid: .*/data/\|^not valid: .*/wrong-" "$scratch/said")"
    check "$kind: all of them were looked at" test "$(grep -c ' valid:\|^valid:' "$scratch/said")" -eq $((${#files[@]} + 4))
}

for kind in $("$vessel" explain | awk '{ print $1 }'); do
    if ! [ -d "$data/$kind" ]; then
        not_ok "$kind: there are vectors"
        continue
    fi
    if command -v xmllint >/dev/null; then
        check_rng "$kind"
    else
        skip "$kind: RELAX NG" "xmllint is not installed"
    fi
    if command -v python3 >/dev/null; then
        check_json "$kind"
    else
        skip "$kind: JSON Schema" "python3 is not installed"
    fi
done
finish
