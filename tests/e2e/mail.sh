#!/usr/bin/env bash
# 500 invitations by a real mail server over TLS: one that refuses at first, and a sender that is killed in between.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_mail.sh"
people=500 round='Spring 2026'
mkdir -p "$CANDOUR_SANDBOX/mail"
mood closed
check 'candourd starts beside a mail server' mail_started
check 'the administrator signs in' admin_sign_in
awk -v people=$people 'BEGIN { print "e-mail,name,level"
    print "p001@example.org,\"Ó Briain, Siân <x@y> \"\"Łucja\"\" Ελένη\",4"
    for (i = 2; i <= people; i++) printf "p%03d@example.org,Person %d,4\n", i, i
    print "nobody@example.org,No Body,4"; print "full@example.org,Full Box,4" }' >"$work/people.csv"
awk -v people=$people 'BEGIN { print "subject e-mail,rater e-mail,group"
    for (i = 5; i <= people; i++) printf "p%03d@example.org,p%03d@example.org,peer\n", 1 + i % 4, i
    for (i = 1; i <= 4; i++) printf "p%03d@example.org,p%03d@example.org,self\n", i, i
    print "p001@example.org,nobody@example.org,peer"; print "p001@example.org,full@example.org,peer"
    print "p001@example.org,p002@example.org,peer" }' >"$work/raters.csv"
check 'people are imported' as "$admin" people import "$work/people.csv"
check 'a framework, too' as "$admin" framework import "$root/frameworks/ten-competency.csv" --name Ten
check 'a round is made' as "$admin" round new "$round" --framework Ten --collect-from now --answer-from +2d --close +12d
check 'with its raters' as "$admin" round load "$round" "$work/raters.csv"
same 'nothing is planned for a draft' '' "$(outbox invitation)"
check 'it collects' as "$admin" round advance "$round" --to collecting --confirm "$round"

# ---------------------------------------------------------------- a server that refuses for a minute
is_pausing() {
    grep -q mail_server_down "$CANDOUR_SANDBOX/candourd.log"
}
check 'the mail server refuses, and candourd pauses' until_true 20 is_pausing
mood busy
forward 30
sleep 1
same 'nothing is lost: every mail waits, or is tried' $((people + 2)) \
    "$(sql "SELECT count(*) FROM desk.outbox WHERE kind = 'invitation' AND state IN ('waiting', 'claimed')")"
same 'and none is taken for refused' 0 "$(sql "SELECT sum(refusals) FROM desk.outbox")"
mood
forward 60

# ---------------------------------------------------------------- a sender that is killed
claimed() {
    sql "SELECT id FROM desk.outbox WHERE state = 'claimed' ORDER BY id"
}
are_claimed() { # COUNT: so many, and they stay so: none is on its way
    local before
    before=$(claimed)
    [ "$(wc -l <<<"$before")" -eq "$1" ] && sleep 1 && [ "$(claimed)" = "$before" ]
}
check 'after the minute mails go out' until_true 30 is_mails 60
mood slow-rcpt
check 'four are at the mail server, none of their texts has left' until_true 10 are_claimed 4
check 'the sender is killed' kill_postmen
mood
check 'the next one goes on' until_true 30 is_mails 200
mood slow-rcpt
check 'until four more are at the mail server' until_true 10 are_claimed 8
check 'the whole server is killed' "$root/deploy/sandbox-server.sh" kill
mood
check 'and starts again' "$root/deploy/sandbox-server.sh" start
check 'the others are sent' until_true 60 is_mails $((people - 8))
check 'what the killed ones held waits for its lease' until_true 10 are_claimed 8
forward 300
check 'and is sent when that is over' until_true 30 is_outbox invitation "failed 1 sent $people waiting 1"
same 'everybody has one mail, and no more' "$people $people" \
    "$(headers X-Envelope-To | wc -l) $(headers X-Envelope-To | sort -u | wc -l)"
same 'each with an identity of its own' $people "$(headers Message-ID | sort -u | wc -l)"
same 'a box that does not exist is refused for good' '550 5.1.1 no such mailbox here' \
    "$(sql "SELECT reply FROM desk.outbox WHERE state = 'failed'")"
same 'a full one is tried again later' '452 4.2.2 this mailbox is full' "$(sql "SELECT reply FROM desk.outbox WHERE state = 'waiting'")"
check 'not at once' test "$(grep -c full@ "$CANDOUR_SANDBOX/mail/recipients")" -le 2

# ---------------------------------------------------------------- what is in a mail
mail_to p001@example.org . >"$work/mail"
check 'a name of any letters arrives' grep -F 'Dear Ó Briain, Siân <x@y> "Łucja" Ελένη,' "$work/mail"
same 'and adds no recipient' p001@example.org "$(sed -n 's/^X-Envelope-To: //p' "$work/mail")"
check 'nobody answers it by machine' grep -x 'Auto-Submitted: auto-generated' "$work/mail"
check 'answers go to HR' grep -x 'Reply-To: hr@example.org' "$work/mail"
same 'no line is too long for any server' '' "$(find "$mailbox" -type f -exec awk 'length($0) > 79 { print FILENAME ": " length($0) }' {} +)"
code=$(mail_to p005@example.org . | sed -n 's/^ *Your code: *//p')
check 'the code lets its person in' eval 'as p005@example.org sign-in --server "$server" --ca "$CANDOUR_CA" \
    --email p005@example.org --secret-file <(echo "$code")'
check 'and the fingerprint is the one of the round' eval 'mail_to p005@example.org . |
    grep -F "$(as "$admin" round fingerprint "$round" --plain)"'
same 'no code is stored' 0 "$(sql "SELECT count(*) FROM desk.outbox o, desk.identity i
    WHERE position('$code' in o::text || i::text || encode(i.secret, 'escape')) > 0")"
check 'no log has an address or a code' eval '! grep -E "@example.org|$code" "$CANDOUR_SANDBOX/candourd.log"'

# ---------------------------------------------------------------- dates, and the moment that nobody can know
mood slow-reply
forward $((2 * 86400))
check 'when answering opens, everybody is told' until_true 20 eval \
    '[ "$(sql "SELECT count(*) FROM desk.outbox WHERE kind = '\''open'\'' AND state = '\''handed'\''")" -eq 4 ]'
until_true 10 is_mails $((people + 4))
kill_postmen
mood
check 'killed between text and answer' until_true 60 is_mails $((2 * people))
forward 300
check 'a mail that may be there is not sent again, and not called sent' until_true 20 is_outbox open "sent $((people - 4)) unknown 4"
same 'so that nobody has two' "$((2 * people)) $((2 * people))" "$(mails) $(headers Message-ID | sort -u | wc -l)"

# ---------------------------------------------------------------- an invitation at that moment: the same code again
printf '%s\n' e-mail,name,level {q1,q2,q3,q4}@example.org, | sed '2,$s/,$/,Q,4/' >"$work/people.csv"
printf '%s\n' 'subject e-mail,rater e-mail,group' q1@example.org,q1@example.org,self \
    q1@example.org,{q2,q3,q4}@example.org | sed '3,$s/$/,peer/' >"$work/raters.csv"
check 'the administrator signs in again' admin_sign_in
check 'four more people' as "$admin" people import "$work/people.csv"
check 'are asked in another round' as "$admin" round new Autumn --framework Ten --collect-from now --answer-from +2d --close +12d
check 'about one of them' as "$admin" round load Autumn "$work/raters.csv"
mood slow-reply
check 'it collects' as "$admin" round advance Autumn --to collecting --confirm Autumn
check 'the mail server has all four mails' until_true 20 is_mails $((2 * people + 4))
kill_postmen
mood
forward 300
check 'which are sent again' until_true 30 is_mails $((2 * people + 8))
same 'as the same mails' $((2 * people + 4)) "$(headers Message-ID | sort -u | wc -l)"
codes() { # of everything that went to a person
    for file in $(grep -lx "X-Envelope-To: $1" -r "$mailbox"); do sed -n 's/^ *Your code: *\([-0-9A-Z]*\).*/\1/p' "$file"; done
}
for q in q1 q2 q3 q4; do
    same "$q has one code, twice" '2 1' "$(codes $q@example.org | wc -l) $(codes $q@example.org | sort -u | wc -l)"
done
codes q4@example.org | head -n 1 >"$work/code"
check 'which is good' as q4@example.org sign-in --server "$server" --ca "$CANDOUR_CA" --email q4@example.org --secret-file "$work/code"
same 'and the administrator sees that they may have two' 4 "$(sql 'SELECT count(*) FROM desk.outbox WHERE twice')"
finish
