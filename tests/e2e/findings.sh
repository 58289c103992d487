#!/usr/bin/env bash
# Thirty leaders, two rounds: what the organisation's report says against the leaders' own, framework quality against
# PostgreSQL's statistics, and what changed between the rounds.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_seed.sh"

check 'the administrator signs in' admin_sign_in
check 'people and framework' seed_people 30 40
check 'a first round' seed_round First 30 40 5 0 0
ends 'has no report of the organisation before it is closed' 4 'not written yet' as "$admin" org report First
# The statement of this place is answered by the first two colleagues alone, who agree.
few=20
sql "WITH chosen AS (SELECT vk, row_number() OVER (ORDER BY vk) AS place FROM ballot.ballot WHERE grp >= 3)
     UPDATE ballot.ballot b SET ratings = set_byte(ratings, $few, CASE WHEN place <= 2 THEN 4 ELSE 0 END)
     FROM chosen WHERE chosen.vk = b.vk" >/dev/null
check 'it closes' seed_closed First
check 'and is released' as "$admin" round release First --confirm First
for i in $(seq 30); do as "$admin" report open --round First "leader$i@example.org" --json; done >"$work/first.json"
as "$admin" org report First --json >"$work/org.json"

# ---------------------------------------------------------------- the organisation
same 'each mean is that of the figures which the leaders'"'"' reports show' "$(jq -rs '
    [.[].competencies[]] | group_by(.name)[] | .[0].name as $name |
    [.[].colleagues.value | select(. != null) * 10 | round] as $c | [.[].self.value | select(. != null) * 10 | round] as $s |
    def mean: (2 * add + length) / (2 * length) | floor;
    "\($name) \($c | mean) \($c | length) \($s | mean) \($s | length)"' "$work/first.json" | sort)" "$(jq -r '
    .competencies[] | def mean: "\(.figure.value * 10 | round) \(.leaders)"; "\(.name) \(.colleagues | mean) \(.self | mean)"' \
    "$work/org.json" | sort)"
same 'strengths and areas are counted' "$(jq -rs '
    [.[] | .competencies as $c | (.strengths.competencies[] | "\($c[.].name) strength"), (.areas.competencies[] |
    "\($c[.].name) area")] | group_by(.)[] | "\(.[0]) \(length)"' "$work/first.json" | sort)" "$(jq -r '
    .competencies[] | (select(.strength_of > 0) | "\(.name) strength \(.strength_of)"),
    (select(.area_of > 0) | "\(.name) area \(.area_of)")' "$work/org.json" | sort)"
items=$(jq -s '.[0].items | map(select(.competency == 0)) | length' "$work/first.json")
same 'alpha is what PostgreSQL says' "$(sql "
    WITH marks AS (SELECT row_number() OVER () AS ballot, ratings FROM ballot.shuffled_ratings WHERE grp >= 3),
    items AS (SELECT ballot, i, get_byte(ratings, i) AS mark FROM marks, generate_series(0, $items - 1) i),
    one AS (SELECT var_samp(mark) AS v FROM items GROUP BY i), total AS (SELECT sum(mark) AS t FROM items GROUP BY ballot)
    SELECT round(($items / ($items - 1.0) * (1 - (SELECT sum(v) FROM one) / (SELECT var_samp(t) FROM total)))::numeric, 2)::float8")" \
    "$(jq -r '.quality[0].competencies[0].alpha * 100 | round / 100' "$work/org.json")"
same 'so is the share of "not seen" of the last statement' "$(sql "
    SELECT round(avg((get_byte(ratings, 52) = 255)::integer), 2)::float8 FROM ballot.shuffled_ratings WHERE grp >= 3")" \
    "$(jq -r '.quality[0].competencies[-1].items[-1].not_observed' "$work/org.json")"
same 'from the colleagues of one level' '6 30 150' "$(jq -r '.quality[] | "\(.level) \(.leaders) \(.ballots)"' "$work/org.json")"
same 'agreement and both ICC are there' 'number number number' \
    "$(jq -r '.quality[0].competencies[0] | [.icc1, .icc2, .rwg | type] | join(" ")' "$work/org.json")"
same 'but not of a competency with a statement that only two answered' 'null null null null null 1' "$(jq -r --argjson c \
    "$(jq -s ".[0].items[$few].competency" "$work/first.json")" '.quality[0].competencies[$c] |
    [.alpha, .icc1, .icc2, .rwg | tojson] + ([.items[].item_total | tojson] | unique) | join(" ")' "$work/org.json") $(jq \
    '[.quality[0].competencies[] | select(.alpha == null)] | length' "$work/org.json")"
ends 'it can be read in a terminal' 0 'How well the questionnaire measures' as "$admin" org report First
ends 'and each reading is written down' 0 'organisation report read' as "$admin" audit show
ends 'and saved as a page for a browser' 0 'Only you can read' as "$admin" org report First --html "$work/org.html"
ends 'and as a PDF, tagged and with a title' 0 'Title: .*all leaders of First.*Tagged: +yes' eval \
    'as "$admin" org report First --pdf "$work/org.pdf" && pdfinfo "$work/org.pdf" | tr "\n" " "'
check 'with each of its means' test "$(jq '[.competencies[] | .colleagues, .self | values] | length' "$work/org.json")" \
    -eq "$(sed -n '/id="competencies"/,/<.section>/p' "$work/org.html" | grep -c 'leaders</td>$')"
ends 'a round that does not exist has none' 4 'no such round' as "$admin" org report Nothing

# ---------------------------------------------------------------- the round after
check 'a second round' seed_round Second 30 40 5 0 0
sql "UPDATE ballot.ballot b SET ratings = set_byte(set_byte(set_byte(ratings, 0, 5), 1, 5), 2, 5)
     FROM desk.round r WHERE r.id = b.round AND r.name = 'Second'"
sql "DELETE FROM ballot.ballot WHERE vk IN (SELECT b.vk FROM ballot.ballot b JOIN desk.subject s ON s.id = b.subject
         JOIN desk.round r ON r.id = s.round WHERE r.name = 'Second' AND s.name = 'Leader 030' AND b.grp >= 3 LIMIT 2)" >/dev/null
check 'closes, too' seed_closed Second
as "$admin" org report Second --json >"$work/second_org.json"
same 'a leader whose colleagues are hidden does not count for its quality' '30 29 0' \
    "$(jq -r '"\(.leaders) \(.leaders_shown) \(.quality | length)"' "$work/second_org.json")"
for i in $(seq 5); do as "$admin" report open --round Second "leader$i@example.org" --json; done >"$work/second.json"
same 'each report knows the one before' 'First First First First First' "$(jq -r .previous.round "$work/second.json" | paste -sd' ')"
same 'a change is the figure now less the figure then' "$(jq -rs '.[:5][] | .subject as $who | .competencies[] |
    "\($who) \(.name) \(.sources[0].value)"' "$work/first.json")" "$(jq -r '.subject as $who | .competencies[] |
    "\($who) \(.name) \(.changes[0].before.value)"' "$work/second.json")"
same 'and the difference of the two' "$(jq -r '.competencies[] | .sources[0].value - .changes[0].before.value | . * 10 | round' \
    "$work/second.json")" "$(jq -r '.competencies[].changes[0].change * 10 | round' "$work/second.json")"
same 'which is said to be clear only beyond its range' '' "$(jq -c '.competencies[].changes[] |
    select((.kind == "higher" and .low <= 0) or (.kind == "lower" and .high >= 0))' "$work/second.json")"
ends 'the terminal says what changed' 0 'First' as "$admin" report open --round Second leader1@example.org
previous() { # STATEMENTS first: how many leaders of the second round have a report before
    sql "BEGIN; $1; SELECT count(*) FROM desk.previous_reports((SELECT id FROM desk.round WHERE name = 'Second'),
         (SELECT array_agg(s.id) FROM desk.subject s JOIN desk.round r ON r.id = s.round AND r.name = 'Second')); ROLLBACK"
}
same 'all leaders have one' 30 "$(previous 'SELECT')"
same 'but none at another level' 0 "$(previous "UPDATE desk.subject SET level = '5' WHERE round = (SELECT id FROM desk.round WHERE name = 'Second')")"
same 'nor of another framework' 0 "$(previous "INSERT INTO desk.framework SELECT gen_random_uuid(), 'Other', 1, scale, questions, content_hash FROM desk.framework;
    ALTER TABLE desk.round DISABLE TRIGGER keep_round;
    UPDATE desk.round SET framework = (SELECT id FROM desk.framework WHERE name = 'Other') WHERE name = 'First'")"
same 'nor one that was not released' 0 "$(previous 'ALTER TABLE desk.report DISABLE TRIGGER keep_report; UPDATE desk.report SET released = false')"
finish
