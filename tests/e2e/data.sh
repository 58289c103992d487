#!/usr/bin/env bash
# What is stored about a person, as files for that person; and all published figures of a round as a table.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
round_data "${SEED:-3}"

check 'a round is made' round_made
leader=$(leader_email 1) leader_name=$(sql "SELECT name FROM desk.person WHERE email = '$(leader_email 1)'") boss=$(leader_email 2)
sql "UPDATE desk.person SET unit = '=1+1 \"x\"', job_title = 'Head' WHERE email = '$leader'"
check 'it collects' round_collecting
check 'raters collect' round_collected
rater=$(raters | grep -vxF "$(for i in 1 2 3 4 5 6 7; do leader_email $i; done)" | head -n 1)
about=$(sql "SELECT s.name FROM desk.assignment a JOIN desk.subject s ON s.id = a.subject JOIN desk.person p ON p.id = a.rater
    WHERE p.email = '$rater' ORDER BY 1 LIMIT 1")
check 'a rater declines' as "$rater" decline "$about" --reason 'we hardly met'
check 'and wants no reminders' as "$rater" remind stop "$round"

# ---------------------------------------------------------------- a rater's own
ends 'a folder must be named' 2 'out FOLDER' as "$rater" my data
unchanged 'a rater takes the own data' as "$rater" my data --out "$work/rater"
own=$work/rater/data.json
same 'the entry in the list of people' "$rater" "$(jq -r '.person[].email' "$own")"
same 'whom the rater was asked about' "$(sql "SELECT count(*) FROM desk.assignment a JOIN desk.person p ON p.id = a.rater WHERE p.email = '$rater'")" \
    "$(jq '.assignment | length' "$own")"
same 'what was said about it' 'declined we hardly met' "$(jq -r '.assignment[] | select(.said == "declined") | .said + " " + .reason' "$own")"
same 'the wish about reminders, and open sign-ins' '1 true' "$(jq -r '"\(.["no-reminders"] | length) \(.session | length > 0)"' "$own")"
same 'no other person is named' "$rater" "$(cat "$work/rater"/* | grep -oE '[a-z0-9.]+@[a-z.]+' | grep -vxF "$admin" | grep -vxFf <(sql "SELECT m.email FROM desk.person p JOIN desk.person m ON m.id = p.manager WHERE p.email = '$rater'") | sort -u)"
same 'nor any secret' 0 "$(cat "$work/rater"/* | grep -cF -e "$(sql "SELECT encode(blinded, 'hex') FROM desk.assignment WHERE blinded IS NOT NULL LIMIT 1")" -e secret_hash -e token)"
check 'README says that answers name nobody' grep -q 'Answers. They carry no name' "$work/rater/README.txt"
same 'only the owner can read the files' '' "$(find "$work/rater" -type f -perm /077)"

# ---------------------------------------------------------------- by an administrator
check 'a round has the name of the rater' as "$admin" round new "$rater" --framework 'Ten competencies' --collect-from now \
    --answer-from now --close +14d
lines=$(sql 'SELECT count(*) FROM desk.audit')
check 'an administrator takes them for the rater' as "$admin" people data "${rater^^}" --out "$work/for"
same 'which is written down, once' "$((lines + 1)) data of a person read: $rater" \
    "$(sql "SELECT (SELECT count(*) FROM desk.audit) || ' ' || action || ': ' || object FROM desk.audit ORDER BY number DESC LIMIT 1")"
same 'without what tells when the rater was here' '[null,null,null]' "$(jq -c '[.session, .["no-reminders"], .["sign-in"]]' "$work/for/data.json")"
same 'or what was said but for declining' 'declined' "$(jq -r '.assignment[].said | values' "$work/for/data.json" | sort -u)"
same 'what only has the name of the rater is not about the rater' '' "$(jq -r '.audit[]?.did' "$work/for/data.json")"
same 'and nobody knows who may answer' 'null' "$(jq -r '.assignment[].may_answer' "$work/for/data.json" | sort -u)"
ends 'a person who is not there' 4 'Nobody has' as "$admin" people data nobody@example.org --out "$work/none"
ends 'others may not' 3 'administrator' as "$rater" people data "$leader" --out "$work/others"

# ---------------------------------------------------------------- a leader's own
forward 90060
check 'raters answer' round_answered
forward 691200
check 'the round is closed' round_closed
check 'a leader takes the own data' eval 'sign_in "$leader" >/dev/null 2>&1; as "$leader" my data --out "$work/before"'
same 'without a report that is not released' '' "$(ls "$work/before" | grep report-)"
admin_sign_in >/dev/null 2>&1
check 'nor does an administrator save it' as "$admin" people data "$leader" --out "$work/unreleased"
same '... for others' '' "$(ls "$work/unreleased" | grep report-)"
check 'the leader has a coach' as "$admin" round coaches "$round" <(printf 'leader,coach\n%s,%s\n' "$leader" "$boss")
check 'the reports are released' as "$admin" round release "$round" --confirm "$round"
check 'an administrator reads one' as "$admin" report open "$leader"
check 'then it is there' as "$leader" my data --out "$work/leader"
check 'with the same figures as when it is saved alone' eval 'as "$leader" report save --json "$work/one.json" &&
    cmp "$work/one.json" "$work/leader/report-1.json" && [ -s "$work/leader/report-1.html" ]'
same 'how many were asked, as it is stored' "$(sql "SELECT count(*) FROM desk.assignment a JOIN desk.subject s ON s.id = a.subject
    JOIN desk.person p ON p.id = s.person WHERE p.email = '$leader'")" "$(jq '[.["asked-about-you"][].people] | add' "$work/leader/data.json")"
same 'and never who' '' "$(cat "$work/leader"/*.csv "$work/leader/data.json" | grep -oFf <(raters | grep -vxFf <(for i in 1 2 3 4 5 6 7; do leader_email $i; done)))"
same 'who read the report' "$admin" "$(jq -r '.audit[] | select(.did == "report read") | .who' "$work/leader/data.json" | grep -vxF "$leader" | sort -u)"
same 'and what else was done about the leader' 'coach set
data of a person read' "$(jq -r --arg me "$leader" '.audit[] | select(.who != $me) | .did' "$work/leader/data.json" | grep -vx 'report read' | sort -u)"
same 'formulas are disarmed' "\"'=1+1 \"\"x\"\"\"" "$(sed -n 2p "$work/leader/person.csv" | grep -oE "\"'=1[^,]*")"
same 'the head has as many columns as the rows' '' "$(for file in "$work/leader"/*.csv; do
    awk -F '"?,"?' 'FNR == 1 { n = NF } NF < n { print FILENAME ": " $0 }' "$file"; done)"
ends 'somebody else has not got it' 0 '0 reports' as "$admin" people data "$rater" --out "$work/for"

# ---------------------------------------------------------------- figures of a round
check 'all reports are saved' as "$admin" report save --all "$work/all"
lines=$(sql "SELECT count(*) FROM desk.audit WHERE action = 'report read'")
check 'the figures of a round are exported' as "$admin" round export "$round" --csv "$work/figures.csv" --ods "$work/figures.ods"
check 'which are those of its reports' cmp "$work/figures.csv" "$work/all/figures.csv"
check 'in both forms' cmp "$work/figures.ods" "$work/all/figures.ods"
same 'each of which stands in the audit trail' "$((lines + 7))" "$(sql "SELECT count(*) FROM desk.audit WHERE action = 'report read'")"
ends 'a form must be named' 2 'csv FILE' as "$admin" round export "$round"
ends 'a round without reports has no figures' 4 'no such report' as "$admin" round export Autumn --csv "$work/none.csv"

# ---------------------------------------------------------------- a person is deleted
erase() { # EMAIL
    "$CANDOURD" --config "$CANDOURD_CONF" person delete "$1" --confirm "$1"
}
traces() { # how many rows of the desk hold any of this
    pg_dump -a -n desk 2>"$work/words" | sed '/^COPY desk.audit /,/^\\\.$/d' | grep -ciF -e "$gone" -e "$gone_name" -e "we hardly met"
}
sql "UPDATE desk.round SET name = 'Winter' WHERE name = '$rater'"
gone=$rater gone_name=$(sql "SELECT name FROM desk.person WHERE email = '$rater'")
check 'the person is in the database' test "$(traces)" -gt 0
ends 'a second word is asked for' 2 usage "$CANDOURD" --config "$CANDOURD_CONF" person delete "$rater"
refused 'which must be the same' 1 differ "$CANDOURD" --config "$CANDOURD_CONF" person delete "$rater" --confirm "$leader"
refused 'nobody is not deleted' 1 'Nobody has' erase nobody@example.org
refused 'nor the only administrator' 1 'only administrator' erase "$admin"
sql "INSERT INTO desk.nomination (round, subject, rater, grp) SELECT r.id, s.id, p.id, 3
     FROM desk.round r, desk.subject s, desk.person p WHERE r.name = '$round' AND s.round = r.id AND p.email = '$rater' LIMIT 1"
running=Winter
sql "INSERT INTO desk.subject (round, person, level, name) SELECT r.id, p.id, '5', p.name
     FROM desk.round r, desk.person p WHERE r.name = '$running' AND p.email = '$rater'"
refused 'nor who takes part in a round that is not over' 1 "round \"$running\"" erase "$rater"
sql "DELETE FROM desk.subject s USING desk.round r WHERE s.round = r.id AND r.name = '$running'"
counts="SELECT (SELECT count(*) FROM desk.assignment), (SELECT count(*) FROM desk.report), (SELECT count(*) FROM desk.audit)"
before=$(sql "$counts")
sampled() { # columns whose statistics hold the address
    sql "SELECT count(*) FROM pg_stats WHERE schemaname = 'desk' AND tablename <> 'audit'
         AND concat(most_common_vals, histogram_bounds) ILIKE '%$gone%'"
}
sql 'ANALYZE desk.person, desk.identity'
check 'statistics hold the address' test "$(sampled)" -gt 0
id=$(sql "SELECT id FROM desk.person WHERE email = '$rater'")
sql "INSERT INTO desk.session SELECT sha256('here'), '$id', false, '2100-01-01'"
check 'somebody whose rounds are over is deleted' erase "${rater^^}"
same 'and nothing but the audit trail holds the name, the address or the reason given' 0 "$(traces)"
same '... nor do statistics' 0 "$(sampled)"
same 'nothing is kept about a Deleted person' '|||||f|t' "$(sql "SELECT job_title, unit, manager, level, language, administrator, paper FROM desk.person WHERE id = '$id'")"
same 'nor sign-ins, mails, nominations' '0|0|0|0' "$(sql "SELECT (SELECT count(*) FROM desk.session WHERE person = '$id'),
    (SELECT count(*) FROM desk.identity WHERE person = '$id'), (SELECT count(*) FROM desk.outbox WHERE person = '$id'),
    (SELECT count(*) FROM desk.nomination WHERE rater = '$id')")"
same 'what was counted stays, and the audit trail has a line' "${before%|*}|$((${before##*|} + 1))" "$(sql "$counts")"
check '... which is chained' until_true 10 is_chained
ends '... and whole' 0 'lines are as they were chained' as "$admin" audit verify
check 'the reports are as they were' eval 'as "$admin" report save --all "$work/later" && cmp "$work/later/figures.csv" "$work/all/figures.csv"'
ends 'the address is unknown' 1 'Nobody has' erase "$rater"
check 'a leader is deleted' erase "$leader"
check '... and the report is there until its time is over' as "$admin" report open "$leader_name"
finish
