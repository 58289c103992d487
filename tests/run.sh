#!/bin/sh
# usage: tests/run.sh PROGRAM...
#        tests/run.sh --total FILE
# Runs test programs and lints one after the other: a line for each, and the output of those that fail. A cmocka
# program counts its tests, and so does a script below tests/e2e (lib.sh), tests/faults or tests/browser, a crash counts
# as one failure, any other script counts as one. What is below tests/e2e or tests/faults gets a sandbox of its own. The
# numbers are appended to the file CANDOUR_RESULTS, which --total adds up, or else printed. What a program prints after
# "shown: " is shown even when all is well.
set -u
export LC_ALL=C
seconds_max=600 # for one program
[ -z "${FAULTS_ALL-}" ] || seconds_max=3600

if [ "${1-}" = --total ]; then
    exec awk '{ passed += $1; failed += $2 }
        END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || passed == 0 }' "$2"
fi

output=$(mktemp)
trap 'rm -f "$output"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# Freed memory is kept apart for a while to catch its use: little of it, since one test looks at how much there is.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_stack_use_after_return=1:quarantine_size_mb=16}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"

# STATUS: "passed failed skipped" of what is in the output file.
count_tests() {
    awk -v status="$1" '
        /^\[ +OK \]/ { ok++ }
        /^\[  PASSED  \] [0-9]+ test/ { passed += $4; summary = 1 }
        /^\[  FAILED  \] [0-9]+ test/ { failed += $4 }
        /^\[  SKIPPED \] [0-9]+ test/ { skipped += $4 }
        /^\[=+\] Running / { groups++ }
        /^\[=+\] .* run\.$/ { groups-- }
        END {
            if (!summary) passed = ok
            if (!failed && (status || groups || passed + skipped == 0)) failed = 1
            print passed + 0, failed + 0, skipped + 0
        }' "$output"
}
report() { # WORD PROGRAM TEXT
    printf '%-6s  %-44s  %s\n' "$1" "$2" "$3"
}

passed=0
failed=0
skips=0
for program; do
    here=$(dirname "$0")
    set -- "$program"
    case $program in
    */e2e/* | */faults/*) set -- "$here/../deploy/sandbox.sh" "$program" ;;
    esac
    status=0
    timeout --foreground -k 60 $seconds_max "$@" >"$output" 2>&1 </dev/null || status=$?
    case $program in
    */e2e/* | */faults/* | */browser/*)
        counts=$(count_tests $status)
        text=
        ;;
    *.sh)
        counts="$((status == 0)) $((status != 0)) 0"
        text=$(tail -n 1 "$output")
        ;;
    *)
        counts=$(count_tests $status)
        text=
        ;;
    esac
    read -r ok bad skipped <<EOF
$counts
EOF
    [ -n "$text" ] && [ "$bad" -eq 0 ] || text="$ok passed, $bad failed"
    [ "$skipped" -eq 0 ] || text="$text, $skipped skipped"
    [ $status -ne 124 ] || text="$text, stopped after $seconds_max s"
    if [ "$bad" -eq 0 ]; then
        report ok "$program" "$text"
        sed -n 's/^shown: /        /p' "$output"
    else
        report FAILED "$program" "$text (exit code $status)"
        grep -Ev '^\[ (RUN|  *OK) ' "$output" | sed 's/^/    /'
    fi
    passed=$((passed + ok))
    skips=$((skips + skipped))
    failed=$((failed + bad))
done
if [ -n "${CANDOUR_RESULTS-}" ]; then
    echo "$passed $failed" >>"$CANDOUR_RESULTS"
else
    printf '%d passed, %d failed\n' $passed $failed
fi
[ $failed -eq 0 ] && [ $((passed + skips)) -gt 0 ]
