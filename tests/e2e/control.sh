#!/usr/bin/env bash
# Running a round: what it does by itself, who is asked too often, trying every step, holding reports back, coaches first.
. "$(dirname "$0")/lib.sh"
round=Spring
hr() {
    as "$admin" "$@"
}
sign_in() { # EMAIL
    sed -n 's/^ *Your code: *//p' "$work/letters/$1.txt" >"$work/code" &&
        as "$1" sign-in --server "$server" --ca "$CANDOUR_CA" --email "$1" --secret-file "$work/code"
}
state() {
    sql "SELECT state || ' ' || closing_step FROM desk.round WHERE name = '${1:-$round}'"
}
is_now() { # STATE
    [ "$(state)" = "$1" ]
}
# Seven leaders; b01 is asked about all of them, b02 about six, five more about five; c01 to c04 have nothing to do.
awk 'BEGIN { print "e-mail,name,unit,level"; print "coach@example.org,Cleo Coach,,"
    for (i = 1; i <= 7; i++) printf "l%d@example.org,Leader %d,Top,4\n", i, i
    for (i = 1; i <= 7; i++) printf "b%02d@example.org,Busy %02d,Desk,4\n", i, i
    for (i = 1; i <= 4; i++) printf "c%02d@example.org,Calm %02d,Desk,4\n", i, i }' >"$work/people.csv"
awk 'BEGIN { print "leader,rater,group"
    for (i = 1; i <= 7; i++) for (b = 1; b <= 7; b++)
        if (b == 1 || b == 2 && i < 7 || b > 2 && i <= 5) printf "l%d@example.org,b%02d@example.org,peer\n", i, b
    print "l1@example.org,l1@example.org,self" }' >"$work/raters.csv"
new_round() { # NAME FLAG...
    hr round new "$1" --framework Ten --collect-from +2d --answer-from +4d --close +14d --grace 1h "${@:2}"
}
check 'the administrator signs in' admin_sign_in
check 'people are imported' hr people import "$work/people.csv"
check 'a framework, too' hr framework import "$root/frameworks/ten-competency.csv" --name Ten

# ---------------------------------------------------------------- the plan
refused 'neither yes nor no' 2 'takes yes or no' new_round "$round" --auto-open maybe
unchanged 'trying to make a round' new_round "$round" --dry-run
refused 'trying says what is wrong' 4 'no framework' hr round new X --framework Y --collect-from +2d --answer-from +4d --close +14d --dry-run
check 'a round that opens itself' new_round "$round" --auto-open yes
ends 'that has no leader' 0 'no leader yet' hr round risks "$round"
check 'raters are loaded' hr round load "$round" "$work/raters.csv"
unchanged 'trying a plan' hr round plan "$round" --peers 6-6 --auto-close yes --dry-run
ends 'a plan' 0 'opens by itself, on .* closes by itself, on ' hr round plan "$round" --peers 6- --auto-close yes
same 'is kept, and what it does not name as well' 't t 6 1000 0' \
    "$(sql "SELECT opens_itself || ' ' || closes_itself || ' ' || least[3] || ' ' || most[3] || ' ' || least[4] FROM desk.round" | sed 's/true/t/g')"
ends 'it can be taken back in part' 0 'opens by hand .* closes by itself' hr round plan "$round" --auto-open no
check 'and be wished again' hr round plan "$round" --auto-open yes
refused 'a plan for no round' 4 'no round' hr round plan Autumn --auto-open yes

# ---------------------------------------------------------------- load and risks
same 'who is asked too often, most first, and who instead' \
    'b01 7 c01@example.org (0), c02@example.org (0), c03@example.org (0)
b02 6 c01@example.org (0), c02@example.org (0), c03@example.org (0)' \
    "$(hr round workload "$round" --json 2>/dev/null | jq -r '.people[] | "\(.email | split("@")[0]) \(.leaders) \(.instead)"')"
same 'everybody is there on request' 7 "$(hr round workload "$round" --everybody --plain 2>/dev/null | wc -l)"
ends 'it is summed up' 0 '7 people are asked, 2 of them about more than 5' hr round workload "$round"
risks() {
    hr round risks "$round" --json 2>/dev/null | jq -r ".risks[] | select(.kind == \"$1\") | .email // \"-\"" | sed 's/@.*//' | xargs
}
same 'risks: too few raters in all' 'l6 l7' "$(risks nothing-shown)"
same 'risks: fewer than was wanted' 'l6 l7' "$(risks below-least)"
same 'risks: who is not asked about themselves' 'l2 l3 l4 l5 l6 l7' "$(risks no-self)"
same 'risks: raters asked too often' 'b01 b02' "$(risks many-leaders)"
ends 'risks: in words' 0 'Is asked about 7 leaders. Rather ask: c01' hr round risks "$round" --plain
same 'a sentence stands once, over all whom it is about' 'Leader 2 Leader 3 Leader 4 Leader 5 Leader 6 Leader 7' \
    "$(hr round risks "$round" 2>/dev/null | awk '/^[^ ]/ { here = /^Is not asked about themselves/; count += here }
        /^ / && here { print $1, $2 } END { if (count != 1) print count " times" }' | xargs)"
refused 'risks of no round' 4 'no round' hr round risks Autumn
refused 'nobody else reads them' 3 'administrator|sign-in' as b01@example.org round risks "$round"

# ---------------------------------------------------------------- it opens and closes by itself
sleep 1
same 'before its time nothing happens' 'draft 0' "$(state)"
# Another one, which comes first, cannot be opened.
check 'another round of that time' new_round Autumn --auto-open yes
check 'has raters' hr round load Autumn "$work/raters.csv"
sql "UPDATE desk.round SET collect_from = collect_from - interval '1 hour' WHERE name = 'Autumn';
     CREATE FUNCTION desk.stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''stop''; END';
     CREATE TRIGGER stop BEFORE UPDATE ON desk.round FOR EACH ROW WHEN (NEW.name = 'Autumn') EXECUTE FUNCTION desk.stop()"
forward 172900
check 'at its time it opens, whatever becomes of another' until_true 20 is_now 'collecting 0'
prepared() {
    [ "$(sql 'SELECT count(*) FROM desk.manifest m JOIN ballot.manifest b ON b.round = m.round')" -eq 1 ]
}
check 'and is prepared' until_true 20 prepared
same 'which still waits' 'draft 0' "$(state Autumn)"
sql "DROP TRIGGER stop ON desk.round; DROP FUNCTION desk.stop(); DELETE FROM desk.assignment a USING desk.round r
    WHERE r.id = a.round AND r.name = 'Autumn'; DELETE FROM desk.subject s USING desk.round r WHERE r.id = s.round AND r.name = 'Autumn';
    DELETE FROM desk.round WHERE name = 'Autumn'"
same 'the trail says that the system did it' 1 "$(sql "SELECT count(*) FROM desk.audit WHERE actor IS NULL AND action = 'round advanced'")"
check 'the administrator signs in again' admin_sign_in
same 'risks: everybody still waits for a letter' - "$(risks no-letter)"
check 'letters are written' hr round letters "$round" --out "$work/letters"
same '... and then nobody does' '' "$(risks no-letter)"
check 'a leader signs in' sign_in l1@example.org
check 'a rater signs in' sign_in b03@example.org
check 'and declines' as b03@example.org decline 'Leader 5' --reason 'we never met'
same 'risks: who declined' b03 "$(risks has-declined)"
ends '... and why' 0 'Declined to answer about Leader 5: we never met' hr round risks "$round" --plain
check 'which is taken back' as b03@example.org accept 'Leader 5'
same '... and then no risk' '' "$(risks has-declined)"
refused 'trying to close too early' 5 'Answers are accepted until' hr round close "$round" --dry-run
refused 'coaches before there are reports: to nobody' 5 'not closed' hr round release "$round" --to coach --confirm "$round"
forward 1036900 # 12 days
sleep 1
same 'it does not close before its grace is over' 'collecting 0' "$(state)"
forward 3600
check 'and then closes by itself' until_true 30 is_now 'closed 6'
same 'with a report for each leader' 7 "$(sql 'SELECT count(*) FROM desk.report')"
check 'the administrator signs in once more' admin_sign_in
refused 'there is nothing left to plan' 5 'has closed' hr round plan "$round" --auto-close no

# ---------------------------------------------------------------- coaches
coaches() { # LINE...
    printf '%s\n' 'leader,coach' "$@" >"$work/coaches.csv"
    hr round coaches "$round" "$work/coaches.csv"
}
refused 'a coach whom nobody knows' 8 'nobody@example.org is not known' coaches l1@example.org,nobody@example.org
refused 'a leader who is none' 8 'b01@example.org is not a leader' coaches l1@example.org,coach@example.org b01@example.org,coach@example.org
refused 'their own coach' 8 'their own coach' coaches l1@example.org,l1@example.org
refused 'a leader twice' 8 'earlier line' coaches l1@example.org,coach@example.org L1@example.org,b01@example.org
check 'coaches are set' coaches l1@example.org,coach@example.org l2@example.org,coach@example.org l3@example.org,coach@example.org
unchanged 'the same again' coaches l1@example.org,coach@example.org
check 'one is taken back' coaches l3@example.org,
unchanged 'trying a file' hr round coaches "$round" <(printf 'leader,coach\nl4@example.org,coach@example.org\n') --dry-run

# ---------------------------------------------------------------- hold, coach, release
refused 'a report that is not there' 4 'no such report' hr report hold Nobody
unchanged 'trying to hold' hr report hold 'Leader 2' --dry-run
check 'a report is held' hr report hold 'Leader 2'
unchanged 'which is no change a second time' hr report hold 'Leader 2'
refused 'neither coach nor leader' 2 'leader or coach' hr round release "$round" --to all
refused 'without typing the name' 2 'confirm' hr round release "$round" --to coach
unchanged 'trying to show coaches' hr round release "$round" --to coach --dry-run
ends 'coaches come first' 0 '^1 report.*coaches. Held back: 1;.*without a coach: 5' hr round release "$round" --to coach --confirm "$round"
same 'the round is not released by that' 'closed 6' "$(state)"
check 'the coach gets a letter' hr round letters "$round" --out "$work/letters"
check '... about the report' grep -q -- '- Leader 1' "$work/letters/coach@example.org.txt"
check 'and signs in' sign_in coach@example.org
coach() { as coach@example.org "$@"; }
same 'sees the one report' l1@example.org "$(coach report list --json 2>/dev/null | jq -r '.reports[].email')"
check 'and reads it' coach report open 'Leader 1'
refused 'not the one that is held' 4 'no such report' coach report open 'Leader 2'
check 'the leader signs in again' sign_in l1@example.org
refused 'the leader cannot yet' 4 'no such report' as l1@example.org report open
ends 'a held one may go to its coach' 0 "coaches" hr report release 'Leader 2' --to coach --confirm l2@example.org
same '... and stays held' 't t f' "$(sql "SELECT t.held, t.coached, t.released FROM desk.report t JOIN desk.subject s ON s.id = t.subject WHERE s.name = 'Leader 2'" | tr '|' ' ')"
refused 'one without a coach cannot' 5 'no coach' hr report release 'Leader 4' --to coach --confirm l4@example.org
unchanged 'trying to release' hr round release "$round" --dry-run
ends 'all are released but the held one' 0 '^6 reports.*Held back: 1' hr round release "$round" --confirm "$round"
same 'the round is released' 'released 6' "$(state)"
check 'the leader reads' as l1@example.org report open
check 'another coach is named afterwards' coaches l1@example.org,b01@example.org
same 'which the trail says by name' "$round: Leader 1: b01@example.org" "$(sql "SELECT object FROM desk.audit WHERE action = 'coach set' ORDER BY number DESC LIMIT 1")"
refused 'who was the coach reads no more' 4 'no such report' coach report open 'Leader 1'
check 'who is it now signs in' sign_in b01@example.org
refused '... and does not read at once' 4 'no such report' as b01@example.org report open 'Leader 1'
ends 'but after coaches are shown it again' 0 '^1 report.*coaches' hr round release "$round" --to coach --confirm "$round"
check '... reads' as b01@example.org report open 'Leader 1'
refused 'a released report is not held any more' 5 'released already' hr report hold 'Leader 1'
same 'the held one is not released' f "$(sql "SELECT t.released FROM desk.report t JOIN desk.subject s ON s.id = t.subject WHERE s.name = 'Leader 2'")"
refused 'its address must be typed' 2 'confirm' hr report release 'Leader 2'
sql "BEGIN; SELECT desk.release_reports('$round', false, 'l2@example.org', false, now(), NULL); SELECT pg_sleep(1.5); COMMIT" >"$work/release" &
until_true 10 eval '[ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event = '\''PgSleep'\''")" -eq 1 ]'
ends 'a hold during a release comes too late, and says so' 5 'released already' hr report hold 'Leader 2'
wait $!
ends 'later it is' 0 'released' hr report release 'Leader 2' --confirm l2@example.org
same '... and no hold is left' f "$(sql "SELECT t.held FROM desk.report t JOIN desk.subject s ON s.id = t.subject WHERE s.name = 'Leader 2'")"
ends 'releasing again changes nothing' 0 '^0 reports' hr round release "$round" --confirm "$round"
check 'a leader who lost the code gets a letter' hr round letters "$round" --out "$work/letters" --email l2@example.org
check '... and reads' eval 'sign_in l2@example.org && as l2@example.org report open'

# ---------------------------------------------------------------- a long import shows how far it is
awk 'BEGIN { print "e-mail,name"; for (i = 1; i <= 8000; i++) printf "x%d@example.org,Person number %d\n", i, i }' >"$work/many.csv"
export TERM=xterm
on_terminal people import "$work/many.csv" --dry-run --no-input
check 'a terminal shows a bar' grep -q 'Sending \[#' "$work/typescript"
same 'a file does not' '' "$(hr people import "$work/many.csv" --dry-run 2>&1 | grep Sending)"
on_terminal people import "$work/many.csv" --dry-run --quiet --no-input
same 'nor does --quiet' '' "$(grep Sending "$work/typescript")"
finish
