#!/usr/bin/env bash
# A report in the terminal, from the command to the last line: program start, vault, TLS, the desk with its line in the
# audit trail, 53 statements laid out. The median of 20 is one sample.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/lib_rounds.sh"
times=20

show() {
    CANDOUR_HOME=$homes/$admin "$CANDOUR" report open leader1@example.org --no-input >"$work/report.txt" 2>"$work/report.log"
}
people 5
open_round Terminal 5
answer_and_close Terminal
show && grep -q 'Leader 001' "$work/report.txt" || stop "no report: $(cat "$work/report.log")"
for round in $(seq "$rounds"); do
    for time in $(seq $times); do
        began=${EPOCHREALTIME/./}
        show || stop "no report: $(cat "$work/report.log")"
        echo $((${EPOCHREALTIME/./} - began))
    done | sort -n | awk -v middle=$((times / 2)) 'NR == middle { print $1 / 1000 }' | read -r median
    bench terminal_report "$median" ms
done
