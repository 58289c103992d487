#!/usr/bin/env bash
# What an administrator's files and rules do: managers, who is asked too often, comments without groups, the next step.
. "$(dirname "$0")/lib.sh"
hr() {
    as "$admin" "$@"
}
manager_of() { # NAME
    sql "SELECT coalesce(m.email, '-') FROM desk.person p LEFT JOIN desk.person m ON m.id = p.manager WHERE p.name = '$1'"
}
check 'the administrator signs in' admin_sign_in

# ---------------------------------------------------------------- people
awk 'BEGIN { print "e-mail,name,level,manager"; print "boss@example.org,Boss,4,"; print "amy@example.org,Amy,4,boss@example.org"
    for (i = 1; i <= 20; i++) printf "p%02d@example.org,Person %02d,4,boss@example.org\n", i, i }' >"$work/people.csv"
check 'people are imported' hr people import "$work/people.csv"
same 'with their managers' boss@example.org "$(manager_of Amy)"
printf 'e-mail,name\namy@example.org,Amy\n' >"$work/some.csv"
ends 'a file without managers changes nothing' 0 '0 changed, 1 as before' hr people import "$work/some.csv"
same 'and leaves a manager' boss@example.org "$(manager_of Amy)"
printf 'e-mail,name,manager\namy@example.org,Amy,\n' >"$work/some.csv"
ends 'an empty manager is a change' 0 '1 changed, 0 as before' hr people import "$work/some.csv"
same 'and ends the manager' - "$(manager_of Amy)"
ends 'the same again is none' 0 '0 changed, 1 as before' hr people import "$work/some.csv"
printf 'e-mail,name,manager\namy@example.org,Amy,amy@example.org\n' >"$work/some.csv"
ends 'nobody is their own manager' 8 'leave the manager empty' hr people import "$work/some.csv"

# ---------------------------------------------------------------- rounds
round=First
check 'a framework is imported' hr framework import "$root/frameworks/ten-competency.csv" --name Ten
new_round() { # NAME FLAG...
    hr round new "$1" --framework Ten --collect-from now --answer-from +2d --close +9d "${@:2}"
}
ends 'comments by group need the threshold' 2 'takes 0 \(never\) or a whole number from 5' \
    new_round "$round" --threshold 5 --comments-by-group 4
check 'or never name their group' new_round "$round" --comments-by-group 0

# Seven leaders, all of them rated by the first two, six by the third, five by the fourth, who also rates themselves.
awk 'BEGIN { print "subject e-mail,rater e-mail,group"
    for (s = 11; s <= 17; s++) for (r = 1; r <= 4; r++) if (r < 3 || s + r <= 19)
        printf "p%02d@example.org,p%02d@example.org,peer\n", s, r
    print "p04@example.org,p04@example.org,self" }' >"$work/raters.csv"
busy='more than 5 leaders: p01@example.org \(7\), p02@example.org \(7\), p03@example.org \(6\)\.'
first='^p1[1-3]|^subject'
ends 'a few leaders are no load' 0 'as before\. Next' \
    hr round load "$round" <(grep -E "$first" "$work/raters.csv") --dry-run
check 'some of the raters are loaded' hr round load "$round" <(grep -E "$first" "$work/raters.csv")
ends 'trying says who is asked too often, with those that are stored' 0 "$busy" \
    hr round load "$round" <(grep -vE '^p1[1-3]' "$work/raters.csv") --dry-run
ends 'loading says it, too' 0 "$busy" hr round load "$round" "$work/raters.csv"
ends 'and so does loading again, where nobody counts twice' 0 "0 raters added.*$busy" \
    hr round load "$round" "$work/raters.csv"

state() {
    sql "SELECT state FROM desk.round WHERE name = '$round'"
}
check 'a draft goes on' hr round advance "$round" --confirm "$round"
same 'to nominating and no further' nominating "$(state)"
check 'and on again' hr round advance "$round" --confirm "$round"
same 'to collecting' collecting "$(state)"
ends 'and no further' 5 'follows its dates' hr round advance "$round" --confirm "$round"
is_prepared() {
    [ "$(sql "SELECT count(*) FROM desk.manifest m JOIN ballot.manifest b ON b.round = m.round WHERE
        convert_from(m.text, 'utf8') LIKE '%comments-by-group=0 %'")" -eq 1 ]
}
check 'its manifest names no groups of comments' until_true 10 is_prepared
check 'and raters collect under it' hr round letters "$round" --out "$work/letters"
finish
