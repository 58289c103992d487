#!/usr/bin/env bash
# How long an administrator waits for the documents of a round, for each leader, with 12 ballots of 53 statements each:
# `report save --all` reads every report from the desk and writes it as HTML, PDF and JSON, and the figures of all as ODS
# and CSV. Beside it, what one PDF takes.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/lib_rounds.sh"
leaders=100

# METRIC COUNT COMMAND...: its time for each of so many
timed() {
    local metric=$1 count=$2 began=${EPOCHREALTIME/./}
    # Without the limit of time that tests have.
    CANDOUR_HOME=$homes/$admin "$CANDOUR" "${@:3}" >/dev/null 2>"$work/timed.log" || stop "${*:3}: $(cat "$work/timed.log")"
    bench "$metric" "$(awk "BEGIN { print (${EPOCHREALTIME/./} - $began) / 1000 / $count }")" ms
}

people $leaders
open_round Documents $leaders
answer_and_close Documents
one=$(as "$admin" report list --plain 2>/dev/null | head -n 1 | cut -f 3)
for i in $(seq "$rounds"); do
    timed documents_time $leaders report save --all "$work/all.$i"
    timed pdf_time 1 report save "$one" --pdf "$work/one.$i.pdf"
    [ "$(ls "$work/all.$i" | wc -l)" -eq $((3 * leaders + 2)) ] || stop 'not all documents are there'
done
