#!/bin/sh
# usage: bars.sh [FOLDER]
# The table of benchmarks judges as it should (tests/bench/table.awk), and tests/bench/bars can be read by it.
set -eu
cd "${1:-$(dirname "$0")/../..}"
json=$(mktemp)
trap 'rm -f "$json"' EXIT
trials=0
faults=0
verdict() { # WANTED BARS SAMPLES: PASS, FAIL, or nothing, of one bar; the exit code must say the same
    trials=$((trials + 1))
    status=0
    printf '%b' "$2" >"$json.bars"
    printf '%b' "$3" >"$json.samples"
    said=$(awk -v some="${4-0}" -v machine=m -v commit=c -v at=t -v json="$json" -f tests/bench/table.awk "$json.bars" "$json.samples") ||
        status=$?
    rm -f "$json.bars" "$json.samples"
    got=$(echo "$said" | sed -n 's/^| what it says .*| \**\([A-Z]*\)\** |$/\1/p')
    [ "$1" = FAIL ] && wanted=1 || wanted=0
    [ "$got" = "$1" ] && [ $status -eq $wanted ] || {
        echo "bars: '$got' ($status) instead of '$1': $2 $3"
        faults=$((faults + 1))
    }
}
bar='a | b | <= | 1.5 | what it says\n'
verdict PASS "$bar" 'x a 3 us\nx b 2 us\n'
verdict FAIL "$bar" 'x a 3.1 us\nx b 2 us\n'
verdict PASS "$bar" 'x a 3 us\nx b 2 us\nx a 90 us\nx b 100 us\nx a 9 us\nx b 1 us\n' # the middle one of 1.5, 0.9 and 9
verdict FAIL "$bar" 'x a 3 us\nx b 0 us\n'
verdict FAIL "$bar" 'x c 3 us\n'
verdict '' "$bar" 'x c 3 us\n' 1
verdict '' 'a? | b | >= | 2 | what it says\n' 'x b 3 us\n'
verdict PASS 'a | - | >= | 2 | what it says\n' 'x a 2 us\n'
verdict FAIL 'a | - | >= | 2 | what it says\n' 'x a 1.9 us\n'
jq -e '.bars[0].verdict == "FAIL" and .bars[0].ratio == 1.9' "$json" >/dev/null || {
    echo 'bars: the JSON says something else'
    faults=$((faults + 1))
}
count=$(grep -cE '^[a-z0-9_]+[?]? [|] ([a-z0-9_]+|-) [|] (<=|>=) [|] [0-9.]+ [|] [^|]+$' tests/bench/bars || true)
[ "$(grep -cv '^#' tests/bench/bars)" -eq "$count" ] || {
    echo 'bars: a line of tests/bench/bars has another form'
    faults=$((faults + 1))
}
echo "bars: $count bars, $trials trials, $faults faults"
[ $faults -eq 0 ] && [ "$count" -gt 0 ]
