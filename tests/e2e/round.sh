#!/usr/bin/env bash
# A whole small round by commands only, and every figure of its reports against a computation of our own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
round_data "${SEED:-7}"

ballots() {
    sql 'SELECT count(*) FROM ballot.ballot'
}
casts_of() { # PATTERN of deeds
    awk -F '\t' -v deeds="$1" '$6 ~ deeds' "$data/casts" | wc -l
}

# ---------------------------------------------------------------- making the round
check 'the administrator signs in' admin_sign_in
unchanged 'people: a dry run' as "$admin" people import "$data/people.csv" --dry-run
ends 'framework check says how long answering takes' 0 '^6 .* 53 +about [0-9]+' as "$admin" framework check "$framework_csv"
check 'people, framework, round and raters are stored' round_made
unchanged 'the same people again' as "$admin" people import "$data/people.csv"
unchanged 'the same framework again' as "$admin" framework import "$framework_csv" --name 'Ten competencies'
unchanged 'the same raters again' as "$admin" round load "$round" "$data/raters.csv"
refused 'a second round of that name' 7 'Spring 2026' as "$admin" round new "$round" --framework 'Ten competencies' \
    --collect-from now --answer-from +26h --close +11d
refused 'letters before collecting' 5 'while a round is nominating, collecting' as "$admin" round letters "$round" --out "$work/early"
refused 'a round confirmed by another name' 2 '"Spring 2025" is not "Spring 2026"' as "$admin" round advance "$round" --confirm 'Spring 2025'
check 'the round advances to collecting, and letters are written' round_collecting
same 'one for each rater' "$(raters)" "$(cd "$work/letters" && ls | sed 's/\.txt$//')"
same 'each readable by its owner only' '' "$(find "$work/letters" -type f ! -perm 600)"
unchanged 'a second time no letter waits' as "$admin" round letters "$round" --out "$work/again"
same 'the fingerprint stands in each letter' "$(raters | wc -l)" \
    "$(grep -lF "$(as "$admin" round fingerprint "$round" --quiet 2>/dev/null)" "$work/letters"/* | wc -l)"
refused 'a round does not go back' 5 'only forward' as "$admin" round advance "$round" --to nominating --confirm "$round"
refused 'a frozen round takes no raters' 5 'collecting already' as "$admin" round load "$round" "$data/raters.csv"

# ---------------------------------------------------------------- collecting
first=$(raters | head -n 1)
cp "$work/letters/$first.txt" "$work/old.txt"
check 'one person gets a new letter' as "$admin" round letters "$round" --out "$work/letters" --email "$first"
ends 'which ends the code of the old one' 3 'do not fit together' \
    eval 'sed -n "s/^ *Your code: *//p" "$work/old.txt" |
          CANDOUR_HOME=$homes/old "$CANDOUR" sign-in --server "$server" --ca "$CANDOUR_CA" --email "$first" --secret-file -'
check 'all raters sign in, which collects their credentials' round_collected
same 'a credential for each assignment, once' "$(wc -l <"$data/casts")" "$(sql 'SELECT count(blinded) FROM desk.assignment')"
check 'signing in again is harmless' sign_in "$first"
same 'and collects nothing again' "$(wc -l <"$data/casts")" "$(sql 'SELECT count(DISTINCT blinded) FROM desk.assignment')"
ends 'a rater sees who is to be rated' 0 "$(awk -F '\t' -v r="$first" '$1 == r { print $2; exit }' "$data/casts")" \
    as "$first" assignments list
cp "$framework_csv" "$data/framework.csv" # a path without spaces, for the commands are split into words
for command in "people import $data/people.csv" "framework import $data/framework.csv --name Mine" 'round list' 'audit show'; do
    # shellcheck disable=SC2086
    refused "a rater may not: ${command%% *} $(cut -d' ' -f2 <<<"$command")" 3 'Only an administrator' as "$first" $command
done

IFS=$'\t' read -r rater leader number level group deed file < <(deed_of silent)
check 'a rater accepts' as "$rater" accept "$leader"
check 'and then declines after all' as "$rater" decline "$leader" --reason 'We never met'
same 'the last word counts' 2 "$(sql "SELECT a.answer FROM desk.assignment a JOIN desk.person p ON p.id = a.rater
    JOIN desk.subject s ON s.id = a.subject WHERE p.email = '$rater' AND s.name = '$leader'")"
check 'a rater stops reminders' as "$rater" remind stop "$round"
same 'which is stored' 1 "$(sql 'SELECT count(*) FROM desk.no_reminder')"
check 'and wants them again' as "$rater" remind start "$round"
same 'which is stored as well' 0 "$(sql 'SELECT count(*) FROM desk.no_reminder')"

IFS=$'\t' read -r rater leader number level group deed file < <(deed_of give)
check 'answers given before their time wait' give "$rater" "$leader" "$group" "$file"
ends 'and are not sent' 0 '0 sent, 1 waiting' as "$rater" send
same 'there is no ballot yet' 0 "$(ballots)"
refused 'a round cannot be closed before its time' 5 'Answers are accepted until' as "$admin" round close "$round" --confirm "$round"

# ---------------------------------------------------------------- answering
forward 90060
IFS=$'\t' read -r rater leader number level group deed file < <(deed_of later)
echo '{"ratings": [1, 2], "comments": {}}' >"$work/short.json"
ends 'answers that do not fit the questionnaire are refused' 2 'must be a list of 53 numbers' \
    as "$rater" give "$leader" --group "$group" --answers "$work/short.json" --now --yes
check 'without --now answers wait for their time' give "$rater" "$leader" "$group" "$file"
ends 'which has not come' 0 '0 sent, 1 waiting' as "$rater" send
same 'so there is still no ballot' 0 "$(ballots)"
check 'all raters answer' round_answered
same 'each ballot is there once' "$(casts_of 'give|later|revise|restore|withdraw|empty')" "$(ballots)"
same 'who answered again, or changed what waited, did so above the first answer' \
    "$(($(casts_of 'revise|restore|withdraw') + 2))" "$(sql 'SELECT count(*) FROM ballot.ballot WHERE sequence > 1')"
same 'nothing waits any more' '' "$(raters | while read -r rater; do as "$rater" queue --plain | grep -v '	sent	'; done 2>/dev/null)"
check 'the administrator signs in again' admin_sign_in
refused 'a round that takes answers cannot be closed' 5 'Answers are accepted until' as "$admin" round close "$round" --confirm "$round"
ends 'there is no report before close' 4 'no such report' as "$admin" report open "$(leader_email 1)"
status_of() { # NUMBER OF LEADER, FILTER
    as "$admin" round status "$round" --json 2>/dev/null |
        jq -c --arg email "$(leader_email "$1")" ".subjects[] | select(.email == \$email) | $2"
}
same 'the status tells who collected' '{"self":1,"manager":1,"peer":12,"report":6,"other":7}' "$(status_of 4 .collected)"
same 'and of answers, counted once a day, only which groups are below the threshold' '[] ["peer","report"]' \
    "$(status_of 4 .below) $(status_of 7 .below)"

# ---------------------------------------------------------------- closing
forward 691200
ends 'an answer after close is refused' 5 'has closed' give "$rater" "$leader" "$group" "$file" --now --yes
check 'the round is closed' round_closed
same 'no ballot box is left' 0 "$(sql "SELECT count(*) FROM pg_class WHERE relname ~ '^ballot_[0-9a-f]{32}'")"
unchanged 'closing a second time' as "$admin" round close "$round" --confirm "$round" --wait
find_own() { # EMAIL
    as "$1" check
}
deed_of restore | cut -f 1 >"$work/moved"
raters | grep -vxFf "$work/moved" >"$work/stayed"
check 'each rater finds every own answer among the published ones' in_two find_own <"$work/stayed"
check 'also one who went on at another computer' find_own "$(cat "$work/moved").new"
ends 'where the first computer misses the answer that was replaced' 1 'MISSING' find_own "$(cat "$work/moved")"
second=$(sed -n 2p "$work/stayed")
ends 'all know how many there are' 0 "are among the $(casts_of 'give|later|revise|restore|withdraw|empty') published" find_own "$second"
for i in 1 2 3 4 5 6 7; do
    as "$admin" report open "$(leader_email $i)" --json >"$work/admin.$i.json" 2>"$work/words" ||
        bad "the administrator cannot read report $i" "$(cat "$work/words")"
done
check 'the leader signs in' sign_in "$(leader_email 1)"
ends 'and sees no report before release' 0 'no report to read yet' as "$(leader_email 1)" report list
ends 'nor can open it' 4 'no such report' as "$(leader_email 1)" report open
bytes=$(sql 'SELECT md5(string_agg(body, NULL ORDER BY subject)) FROM desk.report')
check 'the reports are released' as "$admin" round release "$round" --confirm "$round"
unchanged 'releasing a second time' as "$admin" round release "$round" --confirm "$round"
same 'the reports are the ones that were stored' "$bytes" \
    "$(sql 'SELECT md5(string_agg(body, NULL ORDER BY subject)) FROM desk.report')"

# ---------------------------------------------------------------- reading
for i in 1 3 4; do
    leader=$(leader_email $i)
    sign_in "$leader" >/dev/null 2>&1
    as "$leader" report open --json >"$work/own.json" 2>/dev/null
    same "leader $i reads what the administrator reads" "$(cat "$work/admin.$i.json")" "$(cat "$work/own.json")"
done
ends 'a leader cannot read the report of another' 4 'no such report' as "$(leader_email 1)" report open "$(leader_email 2)"
ends 'a leader sees only the own report listed' 0 '^1$' eval 'as "$(leader_email 1)" report list --plain 2>/dev/null | wc -l'
other=$(raters | grep -vxF "$(for i in 1 2 3 4 5 6 7; do leader_email $i; done)" | head -n 1)
check 'a rater signs in' sign_in "$other"
ends 'a rater cannot read a report' 4 'no such report' as "$other" report open "$(leader_email 1)"
# A client of another make could ask for a report that is not in its list: the desk's own statement, as the desk.
found() { # EMAIL of who asks, EMAIL of the leader or '': how many reports
    psql -XAtq -U candour_desk <<EOT | grep -c .
SELECT id AS person FROM desk.person WHERE email = '$1' \\gset
PREPARE reading AS $(cat "$root/sql/queries/desk/read_report.sql");
BEGIN;
EXECUTE reading('$round', nullif('$2', ''), :'person', false, now(), 0, 100);
ROLLBACK;
EOT
}
same 'a leader gets the own report, and nobody that of another' '1 0 0 0' "$(found "$(leader_email 1)" '') $(
    found "$(leader_email 1)" "$(leader_email 2)") $(found "$other" "$(leader_email 1)") $(found "$other" '')"
ends 'the report can be read in a terminal' 0 'Aled Ashby' as "$(leader_email 1)" report open
ends 'and saved as a page for a browser' 0 'Only you can read the file' as "$(leader_email 1)" report save --html "$work/page.html"
same 'that nobody else on the computer can read' 600 "$(stat -c %a "$work/page.html")"
check 'and that is about the leader' grep -qF '<h1>Feedback for <bdi>Aled Ashby</bdi></h1>' "$work/page.html"
ends 'as a document and as spreadsheets' 0 'Only you can read the file' as "$(leader_email 1)" report save --pdf "$work/document.pdf" \
    --ods "$work/figures.ods" --csv "$work/figures.csv" --json "$work/saved.json"
same 'the document is tagged, and about the leader' 'Feedback for Aled Ashby yes' \
    "$(pdfinfo "$work/document.pdf" | sed -n 's/^Title: *//p; s/^Tagged: *//p' | paste -sd' ')"
same 'that nobody else can read either' '600 600 600' "$(stat -c %a "$work"/document.pdf "$work"/figures.* | paste -sd' ')"
check 'without its program there is no document' cp "$CANDOUR" "$work/candour"
ends 'but a sentence that says so' 1 'candour-pdf must lie beside' env CANDOUR_HOME="$homes/$(leader_email 1)" "$work/candour" \
    report save --pdf "$work/none.pdf"
ends 'all reports can be saved at once' 0 '7 reports and a spreadsheet' as "$admin" report save --all "$work/all"
same 'each in three forms, and the figures' '7 html 7 json 1 ods 7 pdf 1 csv' "$(for form in html json ods pdf csv; do
    echo "$(ls "$work/all" | grep -c "[.]$form\$") $form"; done | paste -sd' ')"
same 'the same bytes as when saved alone' '' "$(cmp "$work/document.pdf" "$work/all/$(leader_email 1).pdf" &&
    cmp "$work/page.html" "$work/all/$(leader_email 1).html" && cmp "$work/saved.json" "$work/all/$(leader_email 1).json")"
ends 'a leader gets the own report only' 0 '1 report and' as "$(leader_email 1)" report save --all "$work/own"
ends 'a report without enough answers says so' 0 '[Tt]oo few|[Ff]ewer than 4|not enough|at least 4' as "$(leader_email 3)" report open
same 'nothing of any colleague is in it' '{"sources":[],"colleagues":null,"hidden":true,"comments":[]}' \
    "$(jq -c '{sources, colleagues: ([.items[].colleagues, .competencies[].colleagues] | unique | .[0]), hidden: .comments_hidden,
              comments: ([.comments[].comments[].source] - ["self", "manager"])}' "$work/admin.3.json")"
ends 'each reading stands in the audit trail' 0 'report read' as "$admin" audit show --limit 20
same 'which names no rater' '' "$(as "$admin" audit show --limit 500 --plain 2>/dev/null |
    grep -F -e "$(raters | grep -vxF -e "$first" -e "$(for i in 1 2 3 4 5 6 7; do leader_email $i; done)")")"

# ---------------------------------------------------------------- figures
for i in 1 2 3 4 5 6 7; do
    same "each figure, source and comment of report $i ($(grep -c "^$i	" "$data/expected"))" \
        "$(grep "^$i	" "$data/expected")" "$(report_lines $i <"$work/admin.$i.json")"
done
same 'every kind of source came up' 'other peer peer+other peer+report peer+report+other report report+other' \
    "$(awk -F '[\t ]' '$2 == "source" { print $4 }' "$data/expected" | sort -u | paste -sd' ')"
same 'every kind of figure came up' 'at_least at_most exact hidden not_seen' \
    "$(awk -F '[\t ]' '$2 == "item" && $4 != "self" && $5 != "null" { print $5 }' "$data/expected" | sort -u | paste -sd' ')"
same 'comments of colleagues are pooled for leader 1, named by group for leader 4, and hidden for leader 3' \
    'null other+peer+report true' "$(jq -r '[.comments[].comments[] | .source // "null"] | unique - ["self", "manager"] |
        join("+")' "$work/admin.1.json" "$work/admin.4.json" | paste -sd' ') $(jq -r .comments_hidden "$work/admin.3.json")"

# ---------------------------------------------------------------- afterwards
check 'signing in after release' sign_in "$second"
ends 'wipes what the vault held of the round' 4 'no round to check' as "$second" check
check 'wiping a vault' as "$first" wipe --confirm wipe
ends 'leaves nobody in it' 3 'not signed in' as "$first" whoami
finish
