#!/usr/bin/env bash
# Nominations: leaders suggest, line managers and administrators decide, and only what is approved is asked. Who may see
# whom, and what is refused.
. "$(dirname "$0")/lib.sh"
round=Spring
hr() {
    as "$admin" "$@"
}
# Seven leaders L1..L7 under two bosses, 30 officers in two units; O01 is asked about six leaders from the start.
awk 'BEGIN { print "e-mail,name,unit,level,manager"
    print "boss1@example.org,Bea Boss,Top,4,"; print "boss2@example.org,Ben Boss,Top,4,"
    for (i = 1; i <= 7; i++) printf "l%d@example.org,Leader %d,Unit %d,4,boss%d@example.org\n", i, i, i % 2, i < 6 ? 1 : 2
    for (i = 1; i <= 30; i++) printf "o%02d@example.org,Officer %02d,Unit %d,4,l%d@example.org\n", i, i, i % 2, i % 7 + 1
}' >"$work/people.csv"
{ echo leader; for i in 1 2 3 4 5 6 7; do echo "l$i@example.org"; done; } >"$work/leaders.csv"
{ echo 'leader,rater,group'; for i in 2 3 4 5 6 7; do echo "l$i@example.org,o01@example.org,peer"; done; } >"$work/raters.csv"
new_round() {
    hr round new "$1" --framework Ten --collect-from +2d --answer-from +4d --close +14d "${@:2}"
}
asked() { # LEADER: who is asked about them, and as what
    sql "SELECT string_agg(split_part(p.email, '@', 1) || ':' || a.grp, ' ' ORDER BY p.email) FROM desk.assignment a
         JOIN desk.subject s ON s.id = a.subject JOIN desk.person l ON l.id = s.person JOIN desk.person p ON p.id = a.rater
         WHERE l.email = '$1@example.org'"
}
code_in() { # EMAIL
    sed -n 's/^ *Your code: *//p' "$work/letters/$1.txt" >"$work/code" &&
        as "$1" sign-in --server "$server" --ca "$CANDOUR_CA" --email "$1" --secret-file "$work/code"
}

# ---------------------------------------------------------------- the administrator begins
check 'the administrator signs in' admin_sign_in
check 'people are imported' hr people import "$work/people.csv"
check 'a framework, too' hr framework import "$root/frameworks/ten-competency.csv" --name Ten
refused 'limits that are none' 2 'least and the most' new_round "$round" --peers 8-3
refused 'a group without bounds' 2 'least and the most' new_round "$round" --peers many
check 'trying to make a round' new_round "$round" --peers 1-4 --dry-run
same '... makes none' 0 "$(sql 'SELECT count(*) FROM desk.round')"
check 'a round with limits' new_round "$round" --peers 1-4 --reports 2-
refused 'a file of raters without groups is no list of leaders' 2 'no column for: group' \
    hr round load "$round" <(printf 'leader,rater\nl1@example.org,o01@example.org\n')
check 'a list of leaders alone is loaded' hr round load "$round" "$work/leaders.csv"
check 'and some raters' hr round load "$round" "$work/raters.csv"
unchanged 'trying to advance' hr round advance "$round" --to nominating --dry-run
ends 'nominating begins' 0 'Next: candour round letters' hr round advance "$round" --to nominating --confirm "$round"
check 'letters go to leaders and those who decide' hr round letters "$round" --out "$work/letters"
same '... and to nobody else' "boss1 boss2 l1 l2 l3 l4 l5 l6 l7" "$(cd "$work/letters" && printf '%s\n' ./* | sed 's,./,,; s/@.*//' | xargs)"
check 'they say what to do' grep -q 'candour raters nominate' "$work/letters/l1@example.org.txt"
check '... for each, their own' eval '! grep -q "You decide" "$work/letters/l1@example.org.txt" &&
    ! grep -q "raters nominate" "$work/letters/boss1@example.org.txt" && grep -q -- "- Leader 5" "$work/letters/boss1@example.org.txt"'
for who in l1 l2 boss1 boss2; do check "$who signs in" code_in "$who@example.org"; done

# ---------------------------------------------------------------- leaders suggest
l1() { as l1@example.org "$@"; }
boss1() { as boss1@example.org "$@"; }
same 'suggested are the line manager, direct reports, and peers, those first who are asked least' \
    "boss1 manager,o07 report,o14 report,o21 report,o28 report,l2 peer" \
    "$(l1 raters suggest --json 2>/dev/null | jq -r '[.people[] | "\(.email | split("@")[0]) \(.group)"] | .[0:6] | join(",")')"
same '... and who is asked most comes last' o01 "$(l1 raters suggest --json 2>/dev/null | jq -r '.people[-1].email | split("@")[0]')"
ends 'people are found by a part of the name' 0 'o09@example.org' l1 people find 'icer 09'
same '... never more than 20' 20 "$(l1 people find officer --plain 2>/dev/null | wc -l)"
ends '... and that is said' 0 'There are more' l1 people find officer
refused '... not by two letters' 2 'at least three' l1 people find ic
same 'a percent sign finds nobody' '' "$(l1 people find '%%%' --plain 2>/dev/null)"
ends 'a peer is nominated' 0 '1 changed.*approves' l1 raters nominate 'Officer 02' --group peer
unchanged 'the same again is no change' l1 raters nominate o02@example.org --group peer
unchanged 'trying is none' l1 raters nominate o03@example.org --group peer --dry-run
check 'the line manager is nominated' l1 raters nominate boss1@example.org --group manager
check 'a direct report is nominated' l1 raters nominate o07@example.org --group report
check 'and another' l1 raters nominate o14@example.org --group report
refused 'without a group nobody is' 2 'in which group' l1 raters nominate o03@example.org
refused 'oneself is asked in any case' 5 'in any case' l1 raters nominate l1@example.org --group peer
refused 'nobody is nominated as self' 2 'in which group' l1 raters nominate o03@example.org --group self
refused 'a name that several have' 2 'More than one' l1 raters nominate officer --group peer
refused 'a name that nobody has' 4 'Nobody is called' l1 raters nominate nobody --group peer
refused 'an address that nobody has' 5 'not known here' l1 raters nominate no@example.org --group peer
refused 'a leader approves nothing' 4 'yours to decide' l1 nominations approve l1@example.org
refused 'nor nominates for another' 4 'yours to decide' l1 nominations change l2@example.org o03@example.org --group peer
for i in 3 4 5; do check "peer $i of 4" l1 raters nominate "o0$i@example.org" --group peer; done
refused 'a fifth is one too many' 5 'more peers than' l1 raters nominate o06@example.org --group peer
check 'a nomination is taken back' l1 raters remove 'Officer 05'
ends 'whoever is asked too often is told of, with others instead' 0 'o01@example.org is asked about 6 leaders. Rather ask: .*@example.org \(0\)' \
    l1 raters nominate o01@example.org --group peer
same 'nothing of this is asked so far, but the leader' 'l1:1' "$(asked l1)"
same 'the leader sees all of it, with what is wanted' 'boss1 manager waiting,o07 report waiting,o14 report waiting' \
    "$(l1 raters list --json 2>/dev/null | jq -r '[.nominations[] | select(.group == "manager" or .group == "report") | "\(.email | split("@")[0]) \(.group) \(.state)"] | join(",")')"
ends '... in words' 0 'peer 1-4, report 2-1000' l1 raters list
same 'and nothing about others' '["l1@example.org"]' "$(l1 raters list --json 2>/dev/null | jq -c '[.nominations[].leader_email] | unique')"

# ---------------------------------------------------------------- the line manager decides
same 'a line manager sees the own leaders' '["l1@example.org","l2@example.org","l3@example.org","l4@example.org","l5@example.org"]' \
    "$(boss1 nominations list --json 2>/dev/null | jq -c '[.nominations[].leader_email] | unique')"
ends 'another one sees nothing about them' 4 'yours to decide' as boss2@example.org nominations approve l1@example.org
ends 'an administrator sees all' 0 'Leader 7' hr nominations list
ends 'what is to be decided is counted' 0 '7 to decide' boss1 nominations list --waiting
check 'one is approved' boss1 nominations approve 'Leader 1' 'Officer 02'
same '... and asked' 'l1:1 o02:3' "$(asked l1)"
refused 'which the leader cannot take back' 5 'approved already' l1 raters remove o02@example.org
check 'one is asked in another group' boss1 nominations change 'Leader 1' 'Officer 03' --group other
check 'one is declined' boss1 nominations change 'Leader 1' 'Officer 01' --remove --reason 'asked too often'
same '... which the leader sees' 'declined asked too often' "$(l1 raters list --json 2>/dev/null |
    jq -r '.nominations[] | select(.email == "o01@example.org") | "\(.state) \(.reason)"')"
check 'one is added' boss1 nominations change 'Leader 1' 'Officer 30' --group other
unchanged 'trying to approve' boss1 nominations approve 'Leader 1' --dry-run
check 'the rest is approved' boss1 nominations approve 'Leader 1'
same '... and asked, but for what was declined' 'boss1:2 l1:1 o02:3 o03:5 o04:3 o07:4 o14:4 o30:5' "$(asked l1)"
refused 'nothing is left to approve' 4 'Nothing waits' boss1 nominations approve 'Leader 1'
check 'an administrator removes who was loaded' hr nominations change l2@example.org o01@example.org --remove --reason 'six leaders'
same '... who is asked no more' 'l2:1' "$(asked l2)"
check 'somebody waits for a decision' as l2@example.org raters nominate o10@example.org --group peer
check 'and is loaded by an administrator' hr round load "$round" <(printf 'leader,rater,group\nl2@example.org,o10@example.org,other\n')
same '... which is one' 'l2:1 o10:5 0' "$(asked l2) $(sql "SELECT count(*) FROM desk.nomination n WHERE NOT n.declined")"
check '... until it is another' hr nominations change l2@example.org o10@example.org --remove
check 'a nomination waits when the round opens' as l2@example.org raters nominate o09@example.org --group peer
check 'the trail says who did it' eval 'hr audit show | grep "boss1@example.org.*nominations decided.*Leader 1"'

# ---------------------------------------------------------------- before it opens
risks() {
    hr round risks "$round" --json 2>/dev/null | jq -r ".risks[] | select(.kind == \"$1\") | .email // \"-\""
}
same 'risks: leaders about whom nothing can be shown' 'l2 l3 l4 l5 l6 l7' "$(risks nothing-shown | sed 's/@.*//' | xargs)"
same 'risks: too few direct reports' 'l2 l3 l4 l5 l6 l7' "$(risks below-least | sort -u | sed 's/@.*//' | xargs)"
same 'risks: what nobody decided' l2@example.org "$(risks undecided)"
same 'risks: groups that can only be shown together' l1@example.org "$(risks groups-merged)"
ends 'trying to open says what would be merged, and who is not asked' 0 'Nominations that nobody decided about: 1' \
    hr round advance "$round" --to collecting --dry-run
ends '... of whom' 0 'for Leader 1: they can be shown only together' hr round advance "$round" --to collecting --dry-run
same '... and opens nothing' nominating "$(sql 'SELECT state FROM desk.round')"
check 'it opens' hr round advance "$round" --to collecting --confirm "$round"
is_prepared() {
    [ "$(sql 'SELECT count(*) FROM desk.manifest')" -eq 1 ]
}
check '... and the clerk has done its part' until_true 10 is_prepared
same 'what was approved is asked' 'boss1:2 l1:1 o02:3 o03:5 o04:3 o07:4 o14:4 o30:5' "$(asked l1)"
same 'what was not approved is not' 'l2:1' "$(asked l2)"
same 'and is forgotten' 0 "$(sql 'SELECT count(*) FROM desk.nomination')"
refused 'nobody nominates any more' 4 'No round nominates' l1 raters nominate o06@example.org --group peer
refused 'nobody decides any more' 4 'No leader' boss1 nominations approve l1@example.org
ends 'nor looks people up' 0 'Nobody is found' l1 people find officer
check 'everybody who is asked gets a letter' hr round letters "$round" --out "$work/letters"
check '... with the promise' grep -q 'Our promise' "$work/letters/o02@example.org.txt" "$work/letters/l1@example.org.txt"
finish
