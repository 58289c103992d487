#!/usr/bin/env bash
# After a whole `make demo`, nothing that the server keeps holds both a person and a ballot's name.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
. "$(dirname "$0")/lib_search.sh"
homes=$CANDOUR_SANDBOX/demo/homes # the demo's own people
check 'the demo runs to its end' env CANDOUR_DEMO_OUTPUT="$work/reports" "$root/deploy/demo.sh"
same 'it leaves four forms of a report for each leader, a spreadsheet and a report of each round, and the mails' 69 "$(ls "$work/reports" | wc -l)"
same 'every mail that was sent is kept, each once' "$(sql "SELECT count(*) FROM desk.outbox WHERE state = 'sent'")" \
    "$(ls "$work/reports/mails" | wc -l)"
same 'and none is left over' '' "$(sql "SELECT kind, state FROM desk.outbox WHERE state NOT IN ('sent', 'dropped')")"
names | grep -v -- '-$' >"$work/names"
tokens "$CANDOUR_SANDBOX/demo/people.csv"
same 'the ballots that are searched for are those whose leaves were published' "$(sql "SELECT encode(leaf, 'hex') FROM ballot.leaf ORDER BY 1")" \
    "$(awk '{ print $4 }' "$work/names" | sort)"
sql VACUUM
search 'demo'
check 'the files searched hold the people' grep -qFf "$found/people.bytes" "$found/files"
finish
