#!/usr/bin/env bash
# What is kept of a round: answers for some days, reports for some months after the close, and a receipt for each.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
round_data "${SEED:-5}"

hr() {
    as "$admin" "$@"
}
rows_left() { # TABLE...
    for table; do
        sql "SELECT count(*) FROM $table"
    done | paste -sd' '
}
personal='desk.report desk.subject desk.assignment desk.outbox desk.progress desk.nomination desk.no_reminder'
answers='ballot.shuffled_ratings ballot.shuffled_comment'
is_state() { # STATE
    [ "$(sql 'SELECT state FROM desk.round')" = "$1" ]
}

# ---------------------------------------------------------------- a round
check 'a round is made' round_made
ends 'it says how long what is kept' 0 'kept until .*kept until' hr retention show
same 'three months and two years after the close, when nobody says' '90 true' \
    "$(sql "SELECT extract(day FROM desk.answers_kept_until(r) - close_at) || ' ' || (desk.reports_until(r) AT TIME ZONE 'UTC' = close_at AT TIME ZONE 'UTC' + interval '24 months') FROM desk.round r")"
refused 'a month more than ten years is refused' 2 'keep-reports' hr round plan "$round" --keep-reports 121
check 'it may be planned' hr round plan "$round" --keep-answers 50 --keep-reports 2
same 'and is stored' '50|2' "$(sql 'SELECT keep_answers_days, keep_reports_months FROM desk.round')"
check 'it collects' round_collecting
refused 'from then on answers are kept no longer' 5 'kept shorter, and no longer' hr round plan "$round" --keep-answers 51
refused 'nor reports' 5 'kept shorter, and no longer' hr round plan "$round" --keep-reports 3 --keep-answers 30
check 'shorter they are' hr round plan "$round" --keep-answers 40 --keep-reports 2 --auto-close no
check 'raters collect' round_collected
forward 90060
check 'raters answer' round_answered
forward 691200
check 'the round is closed' round_closed
refused 'what is closed is planned no more' 5 'nothing left to plan' hr round plan "$round" --keep-answers 50
refused 'and nothing is deleted before it is released' 5 'Only what is released' hr retention apply "$round" --confirm "$round"
ends 'there is no receipt yet' 4 'Nothing of this round' hr retention receipt "$round"
check 'the reports are released' hr round release "$round" --confirm "$round"
unchanged 'a dry run' hr retention apply "$round" --dry-run
ends '... which says what would be deleted' 0 "7 reports.*$(sql 'SELECT count(*) FROM desk.assignment') assignments" hr retention apply "$round" --dry-run
refused 'a leader may not ask for it' 3 'administrator' eval 'sign_in "$(leader_email 1)" >/dev/null 2>&1; as "$(leader_email 1)" retention show'
refused 'nor is it done without the name' 2 'confirm' hr retention apply "$round"

# ---------------------------------------------------------------- the answers
ratings=$(sql 'SELECT count(*) FROM ballot.shuffled_ratings') comments=$(sql 'SELECT count(*) FROM ballot.shuffled_comment')
check 'there are answers and comments to be deleted' test "$ratings" -gt 10 -a "$comments" -gt 2
close=$(sql 'SELECT extract(epoch FROM close_at)::bigint FROM desk.round')
forward $((close + 40 * 86400 - 3600 - $(now)))
sleep 1
same 'an hour before the day they are there' "$ratings $comments" "$(rows_left $answers)"
# A clerk that dies between the two sides goes on, with the same numbers.
sql "CREATE FUNCTION desk.stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''stop''; END';
     CREATE TRIGGER stop BEFORE INSERT ON desk.audit FOR EACH ROW WHEN (NEW.action = 'answers deleted') EXECUTE FUNCTION desk.stop()"
forward 3700
answers_gone() {
    [ "$(rows_left $answers)" = '0 0' ]
}
check 'on the day they go' until_true 20 answers_gone
same 'without a receipt while the desk refuses' 0 "$(sql "SELECT count(*) FROM desk.audit WHERE action = 'answers deleted'")"
sql 'DROP TRIGGER stop ON desk.audit; DROP FUNCTION desk.stop()'
receipt_there() {
    [ "$(sql "SELECT object FROM desk.audit WHERE action = '$1'")" = "$2" ]
}
check 'then with the true numbers' until_true 20 receipt_there 'answers deleted' "$round: $ratings answers, $comments comments"
check 'the reports stay' is_state released
admin_sign_in >/dev/null 2>&1
ends 'the receipt is printed' 0 "answers deleted +$round: $ratings answers" hr retention receipt "$round"
check 'a report is still read' hr report open "$(leader_email 1)"

# ---------------------------------------------------------------- the reports
count=$(sql 'SELECT count(*) FROM desk.assignment')
check 'there is something else to be deleted' test "$count" -gt 10
# An administrator who does not wish to wait is stopped half way, and takes it back with every right of the database.
sql "CREATE FUNCTION desk.stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''stop''; END';
     CREATE TRIGGER stop BEFORE INSERT ON desk.audit FOR EACH ROW WHEN (NEW.action = 'round archived') EXECUTE FUNCTION desk.stop()"
ends 'it may be asked for before' 0 'within a minute' hr retention apply "$round" --confirm "$round"
ends 'which is written down' 0 "deletion asked +$round" hr audit show
ends 'and shown' 0 'within a minute' hr retention show
tried() {
    grep -q 'clerk_statement_failed.*at=archive_round' "$CANDOUR_SANDBOX/candourd.log"
}
check 'the clerk tries at once' until_true 20 tried
sql 'UPDATE desk.round SET ends_now = false; DROP TRIGGER stop ON desk.audit; DROP FUNCTION desk.stop()'
sleep 1
check 'before the date nothing is archived by itself' is_state released
forward $((close + 63 * 86400 - $(now)))
check 'two months after the close the round is archived' until_true 20 is_state archived
same 'reports, leaders, assignments, letters and mails are gone' '0 0 0 0 0 0 0' "$(rows_left $personal)"
check 'with a receipt' receipt_there 'round archived' "$round: 7 reports, $count assignments, 7 leaders"
admin_sign_in >/dev/null 2>&1
ends 'which is chained' 0 "round archived .* [0-9]+ +[0-9]+$" eval 'until_true 20 is_chained; hr retention receipt "$round"'
ends 'as JSON with its hash' 0 '"hash": *"[0-9a-f]{64}"' hr retention receipt "$round" --json
check 'the trail is whole' hr audit verify
ends 'the round is still listed' 0 'archived' hr round list
ends 'without a report' 4 'no such report|no report' hr report open "$(leader_email 1)"
ends 'the organisation has its own' 0 'Ten competencies|Spring' hr org report "$round"
ends 'nothing is done twice' 0 'archived already' hr retention apply "$round" --confirm "$round"
same 'and no receipt is written twice' '1 1' "$(sql "SELECT count(*) FILTER (WHERE action = 'answers deleted') || ' ' ||
    count(*) FILTER (WHERE action = 'round archived') FROM desk.audit")"
finish
