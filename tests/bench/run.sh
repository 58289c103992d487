#!/usr/bin/env bash
# usage: tests/bench/run.sh [NAME...]
# Runs the benchmarks, all of them when none is named, until each has measured BENCH_ROUNDS (3) times, and judges what
# they measured by the table tests/bench/bars. Prints one table, and leaves it in build/bench as bench.md and bench.json
# beside the samples and what the programs said. Ends with 1 when a bar is missed. README.md beside this file says what
# a benchmark is.
set -u
export LC_ALL=C.UTF-8 BENCH_ROUNDS="${BENCH_ROUNDS:-3}"
cd "$(dirname "$0")/../.." || exit 1
build=${CANDOUR_BUILD:-build/plain}
out=build/bench
seconds_max=${BENCH_SECONDS:-600} # for one program, with the data that it builds
mkdir -p "$out"

# Everything that is there, in the order of the alphabet: scripts, and programs that no script of the same name starts.
list() {
    local script source
    for script in tests/bench/*.sh; do
        case $script in */run.sh | */lib*.sh) continue ;; esac
        basename "$script" .sh
    done
    for source in tests/bench/*.c; do
        [ ! -e "$source" ] || [ -e "${source%.c}.sh" ] || basename "$source" .c
    done
}
program() { # NAME
    [ -x "tests/bench/$1.sh" ] && echo "tests/bench/$1.sh" || echo "$build/tests/bench/$1"
}
# How many samples there are of the metric that has most: some are measured once, beside the others.
rounds_done() { # NAME
    awk -v name="$1" '$1 == name && ++count[$2] > most { most = count[$2] } END { print most + 0 }' "$out/samples"
}
run() { # NAME
    local status=0 began=$SECONDS
    timeout --foreground -k 30 $seconds_max deploy/sandbox.sh "$(program "$1")" >"$out/$1.out" 2>"$out/$1.log" </dev/null || status=$?
    # What is no number was not measured.
    [ $status -ne 0 ] || awk -v name="$1" '$1 != "bench:" { next }
        NF < 4 || $3 !~ /^-?[0-9]+([.][0-9]*)?(e[-+]?[0-9]+)?$/ { wrong++; next }
        { unit = $4; for (i = 5; i <= NF; i++) unit = unit " " $i; print name, $2, $3, unit; count++ }
        END { exit wrong > 0 || count == 0 }' "$out/$1.out" >"$out/$1.samples" || status=1
    [ $status -ne 0 ] || cat "$out/$1.samples" >>"$out/samples"
    printf '%-20s %4d s%s\n' "$1" $((SECONDS - began)) "$([ $status -eq 0 ] || echo "  FAILED ($status): see $out/$1.log")"
    return $status
}

trap 'exit 130' INT
trap 'exit 143' TERM HUP
named=$#
names=$([ $# -gt 0 ] && printf '%s\n' "$@" || list)
failed=
: >"$out/samples"
for round in $(seq "$BENCH_ROUNDS"); do
    for name in $names; do
        case " $failed " in *" $name "*) continue ;; esac
        [ "$(rounds_done "$name")" -ge "$BENCH_ROUNDS" ] || run "$name" || failed="$failed $name"
    done
done

machine="$(nproc) processors, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
status=0
awk -v some=$((named > 0)) -v machine="$machine" -v commit="$commit" -v at="$(date -u +%FT%TZ)" -v json="$out/bench.json" \
    -f tests/bench/table.awk tests/bench/bars "$out/samples" >"$out/bench.md" || status=1
echo
cat "$out/bench.md"
[ -z "$failed" ] || {
    echo "Did not run to the end:$failed."
    status=1
}
exit $status
