#!/bin/bash
# usage: tests/fuzz/run.sh SECONDS TARGET...
# Runs the targets, as many at a time as there are processors, each for its share of SECONDS (of processor time in all),
# beginning with tests/fuzz/corpus. A finding is one failure: its input and report stay beside the targets. Prints the
# lines covered of proto/ and of the connection core, which must be 90 % or more. Counts as tests/run.sh does.
set -u
seconds=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$(dirname "$1")" && pwd)
share=$(((seconds + $# - 1) / $#))
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1
rm -rf "$build"/*.profraw

one() { # TARGET
    local name=${1##*/}
    mkdir -p "$build/found/$name" "$build/grown/$name"
    # What is grown stays from run to run, and is worth more than what is committed.
    LLVM_PROFILE_FILE=$build/$name.profraw timeout -k 10 $((share * 4 + 120)) "$1" -max_total_time="$share" -timeout=60 \
        -rss_limit_mb=2048 -max_len=70000 -print_final_stats=1 -close_fd_mask=3 -artifact_prefix="$build/found/$name/" \
        "$build/grown/$name" "$here/corpus/$name" >"$build/$name.log" 2>&1
    echo "$?" >"$build/$name.status"
}
export -f one
export build here share
printf '%s\n' "$@" | xargs -d '\n' -n 1 -P "$(nproc)" bash -c 'one "$1"' one

failed=0
for target; do
    name=${target##*/}
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$name.log")
    if [ "$(cat "$build/$name.status")" -eq 0 ]; then
        printf 'ok      fuzz %-9s %9s inputs\n' "$name" "$runs"
    else
        printf 'FAILED  fuzz %s: %s\n' "$name" "$build/$name.log"
        grep -aE '^(SUMMARY|==[0-9]+==ERROR|.*not so:|Test unit written)' "$build/$name.log" | sed 's/^/    /'
        failed=$((failed + 1))
    fi
done

objects=
for target; do objects="${objects:+$objects -object }$target"; done
llvm-profdata-14 merge -sparse -o "$build/all.profdata" "$build"/*.profraw || exit 1
covered() { # NAME FILE...
    local name=$1 percent
    shift
    # shellcheck disable=SC2086
    percent=$(llvm-cov-14 export -summary-only -instr-profile "$build/all.profdata" $objects "$@" 2>/dev/null |
        jq -r '.data[0].totals.lines.percent * 10 | floor / 10')
    echo "lines of $name covered: $percent %"
    awk -v percent="$percent" 'BEGIN { exit !(percent >= 90) }' || failed=$((failed + 1))
}
cd "$here/../.." || exit 1
covered proto proto/*.c
covered 'the connection core' daemon/core/{arena,conn,failures,ops,request,server,slots,stream,tls}.c
if [ -n "${CANDOUR_RESULTS-}" ]; then
    echo "$(($# + 2 - failed)) $failed" >>"$CANDOUR_RESULTS"
else
    printf '%d passed, %d failed\n' $(($# + 2 - failed)) $failed
fi
[ $failed -eq 0 ]
