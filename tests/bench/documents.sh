#!/usr/bin/env bash
# usage: deploy/sandbox.sh tests/bench/documents.sh [LEADERS]
# How long an administrator waits for the documents of a round of 500 leaders with 12 ballots of 53 statements each:
# `report save --all` reads every report from the desk and writes it as HTML, PDF and JSON, and the figures of all as ODS
# and CSV. Beside it, what one PDF takes. Fails above 120 ms for each leader: a minute for 500.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/../e2e/lib_seed.sh"
leaders=${1:-500}
round="Bench $leaders"

timed() { # TEXT COMMAND...: sets took and cpu, in ms
    local text=$1 seconds
    shift
    TIMEFORMAT='%3R %3U %3S'
    seconds=$({ time "$@" >/dev/null 2>"$work/timed.log"; } 2>&1) || cat "$work/timed.log"
    read -r took cpu <<<"$(awk '{ print 1000 * $1, 1000 * ($2 + $3) }' <<<"$seconds")"
    echo "$text: $took ms, $cpu ms of it computing"
}
is_closed() {
    [ "$(sql "SELECT state FROM desk.round WHERE name = '$round'")" = closed ]
}

admin_sign_in >/dev/null 2>&1 && seed_people "$leaders" 100 >/dev/null 2>&1 || mistake 'no people'
check 'a round' seed_round "$round" "$leaders" 100 4 3 3
as "$admin" round close "$round" --confirm "$round" >/dev/null 2>&1
until is_closed; do sleep 0.1; done
one=$(as "$admin" report list --plain 2>/dev/null | head -n 1 | cut -f 3)
timed 'one report as JSON' as "$admin" report save "$one" --json "$work/one.json"
timed 'one report as PDF' as "$admin" report save "$one" --pdf "$work/one.pdf"
# Without the limit of time that tests have.
CANDOUR_HOME=$homes/$admin timed "$leaders reports as HTML, PDF and JSON, and their figures as ODS and CSV" \
    "$CANDOUR" report save --all "$work/all"
same 'all documents are there' $((3 * leaders + 2)) "$(ls "$work/all" | wc -l)"
du -sh "$work/all" | cut -f 1
pdfinfo "$work/one.pdf" | grep Pages
check "within $((120 * leaders)) ms" [ "$took" -le $((120 * leaders)) ]
finish
