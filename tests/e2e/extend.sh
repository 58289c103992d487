#!/usr/bin/env bash
# A round closes later than was told: who may ask for it, when, what raters see, and a clerk that is stopped half way.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
round_data "${SEED:-7}"

versions() { # SCHEMA
    sql "SELECT count(*), md5(string_agg(text, NULL ORDER BY version)) FROM $1.manifest"
}
closes() { # in Unix seconds, at the desk, at the ballot box and in the newest manifest
    sql "SELECT extract(epoch FROM d.close_at)::bigint || ' ' || extract(epoch FROM b.close_at)::bigint || ' ' ||
           (SELECT extract(epoch FROM substring(convert_from(text, 'UTF8') FROM 'close ([^ \n]+)\n')::timestamptz)::bigint
            FROM ballot.manifest ORDER BY version DESC LIMIT 1) FROM desk.round d JOIN ballot.round b ON b.id = d.id"
}
is_published() { # VERSIONS
    [ "$(versions desk | cut -d'|' -f1)" = "$1" ]
}
told() { # DAYS: that long after the close at first
    date -u -d "@$((close + $1 * 86400))" +%Y-%m-%dT%H:%M:%SZ
}
extend() { # DAYS FLAG...
    as "$admin" round extend "$round" --close "$(told "$1")" --confirm "$round" "${@:2}"
}

check 'a round is made' round_made
close=$(sql 'SELECT extract(epoch FROM close_at)::bigint FROM desk.round')
refused 'a draft has no close to be moved' 5 'collecting or answering' extend 2
check 'it collects' round_collecting
IFS=$'\t' read -r rater leader number level group deed file < <(deed_of later)
check 'a rater collects' sign_in "$rater"
second=$(deed_of give | cut -f 1 | grep -vxF "$rater" | head -n 1)
check 'and another one' sign_in "$second"
# One who collects now and is not heard of for long, and one who comes only after the round was extended twice.
mapfile -t quiet < <(deed_of give | cut -f 1 | sort -u | grep -vxF -e "$rater" -e "$second" | tail -n 2)
check 'and a third' sign_in "${quiet[0]}"
gives() { # EMAIL FLAG...: the first answer of this person
    local leader group file
    IFS=$'\t' read -r _ leader _ _ group _ file < <(deed_of give | awk -F '\t' -v r="$1" '$1 == r')
    give "$1" "$leader" "$group" "$file" "${@:2}"
}

# ---------------------------------------------------------------- refused
refused 'a rater may not extend' 3 'Only an administrator' as "$rater" round extend "$round" --close +60d --confirm "$round"
refused 'an earlier close' 5 'only ever moved to later' extend -1
refused 'without typing the name' 2 'confirm' as "$admin" round extend "$round" --close +60d
refused 'without a time' 2 'close is missing' as "$admin" round extend "$round" --confirm "$round"
refused 'a round that is not there' 4 'no round' as "$admin" round extend Autumn --close +60d --confirm Autumn
unchanged 'the close that is told' extend 0
unchanged 'a dry run' extend 3 --dry-run

# ---------------------------------------------------------------- done, and stopped half way
sql "CREATE FUNCTION desk.stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''stop''; END';
     CREATE TRIGGER stop BEFORE INSERT ON desk.manifest EXECUTE FUNCTION desk.stop()"
fingerprint=$(as "$admin" round fingerprint "$round" 2>/dev/null)
ends 'the close is moved by three days' 0 'closes at .* instead of' extend 3
stopped() {
    grep -q round_not_extended "$CANDOUR_SANDBOX/candourd.log"
}
check 'the clerk is stopped between the two sides' until_true 10 stopped
same 'the ballot side has the next version, the desk has not' '2 1' "$(versions ballot | cut -d'|' -f1) $(versions desk | cut -d'|' -f1)"
half=$(versions ballot)
unchanged 'asking for the same again' extend 3
check 'killed and started again' "$root/deploy/sandbox-server.sh" kill
sql 'DROP TRIGGER stop ON desk.manifest; DROP FUNCTION desk.stop()'
check '... it goes on' "$root/deploy/sandbox-server.sh" start
check 'and the version is published' until_true 10 is_published 2
same 'with the same bytes on both sides' "$half $half" "$(versions ballot) $(versions desk)"
same 'the date has moved everywhere' "$((close + 259200)) $((close + 259200)) $((close + 259200))" "$(closes)"
same 'the fingerprint has not' "$fingerprint" "$(as "$admin" round fingerprint "$round" 2>/dev/null)"
ends 'both steps stand in the audit trail' 0 'round extension asked' as "$admin" audit show
ends '... who asked, and that it was done' 0 'round extended' as "$admin" audit show
refused 'back to the first close' 5 'only ever moved to later' extend 0

# ---------------------------------------------------------------- raters
ends 'a rater is told at the next sign-in' 0 'now closes later: .* instead of' sign_in "$rater"
ends '... once' 0 'signed in' eval 'sign_in "$rater" >"$work/words" 2>&1; cat "$work/words"; ! grep "closes later" "$work/words"'
forward 90060
check 'an answer waits' give "$rater" "$leader" "$group" "$file"
IFS=$'\t' read -r rater2 leader2 number2 level2 group2 deed2 file2 < <(deed_of give | awk -F '\t' -v r="$second" '$1 == r')
ends 'who did not sign in again sends by the rules of before' 0 'newer rules. They change nothing here' \
    give "$second" "$leader2" "$group2" "$file2" --now --yes
ends 'a draft is begun' 0 'Your draft is kept here' eval 'printf "q\n" | CANDOUR_HOME=$homes/$second "$CANDOUR" give "$leader2" --group "$group2"'

# ---------------------------------------------------------------- answering ends at two thirds, and that moves, too
opens=$(sql 'SELECT extract(epoch FROM answer_from)::bigint FROM desk.round')
ends 'while there is time, the list says until when' 0 'answers are given until .* until the close' as "$rater" assignments list
forward $((close + 3 * 86400 - (close + 3 * 86400 - opens) / 3 - 60 - $(now)))
check 'a minute before it ends an answer is changed' give "$rater" "$leader" "$group" "$file"
forward 61
refused 'then none is' 5 'ended on .* candour sign-in. To give an answer.* --late' give "$rater" "$leader" "$group" "$file"
refused '... not at once either' 5 'ended on .* --late' give "$rater" "$leader" "$group" "$file" --now --yes
refused 'nor taken back' 5 'ended on .* --late' as "$rater" withdraw "$leader" --yes
refused 'who asks for it all the same is warned, and asked' 2 'Go on all the same.* with --no-input nobody is asked' \
    give "$rater" "$leader" "$group" "$file" --late --no-input
ends 'and may' 0 'Warning: Answering has ended' give "$rater" "$leader" "$group" "$file" --late --yes
refused 'who did not see the later close is told to look' 5 'newer ones are known. Sign in again' \
    give "$second" "$leader2" "$group2" "$file2"
refused 'who has met neither door since is told, too' 5 'ended on .* told of a later close, sign in first: candour sign-in' \
    gives "${quiet[0]}"
check 'and does' sign_in "$second"
refused '... and that a draft stays, who has one' 5 'ended on .* What you began stays here.* --late' \
    give "$second" "$leader2" "$group2" "$file2"
ends 'the draft is still there' 0 "$leader2.*draft, not given in time" as "$second" assignments list --plain
ends 'the queue says that answering has ended' 0 'answering ended on .* answers are sent' as "$rater" queue
admin_sign_in >/dev/null 2>&1
ends 'a second time' 0 'closes at .* answers are given until' extend 5
check 'which is published as well' until_true 10 is_published 3
ends 'answering is open again for who signs in' 0 'Answers are given until' sign_in "$rater"
check 'and an answer is taken without a word' give "$rater" "$leader" "$group" "$file"
ends 'who never was at a door before gets both versions' 0 'signed in' sign_in "${quiet[1]}"
ends '... is told of the limits of an extended round' 0 'after the old close, it is from.*somebody who has signed in since' \
    eval 'gives "${quiet[1]}" 2>&1 | tr -s "\n " " "'
forward $((close + 3700 - $(now)))
admin_sign_in >/dev/null 2>&1
refused 'after the first close the round cannot be closed' 5 'Answers are accepted until' \
    as "$admin" round close "$round" --confirm "$round"
ends 'and an answer is still taken' 0 '1 sent' as "$rater" send --now --yes
refused 'by the old rules it has closed, but one may sign in' 5 'has closed.* told of a later close, sign in first' gives "${quiet[0]}"
ends 'which shows the later close' 0 'now closes later' sign_in "${quiet[0]}"
ends 'then an answer is taken' 0 'is stored, and its receipt is genuine' gives "${quiet[0]}" --now --yes
ends 'who came after both extensions sends as well' 0 '1 sent' as "${quiet[1]}" send --now --yes
forward $((close + 5 * 86400 + 60 - $(now)))
admin_sign_in >/dev/null 2>&1
refused 'after the close nothing is extended' 5 'before its close' extend 9
forward 3600
check 'the round is closed at its last close' round_closed
ends 'the reports say which close that was' 0 "\"close\": *\"?$(told 5)" as "$admin" report open "$(leader_email 1)" --json
for one in "$rater" "${quiet[@]}"; do ends 'a rater finds the answer' 0 'of your [1-9][0-9]* answers are among' as "$one" check; done
finish
