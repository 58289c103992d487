#!/usr/bin/env bash
# What administrators do about mail, new codes for whoever asks, and which mails a whole round makes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_mail.sh"
hr() {
    as "$admin" "$@"
}
round='Spring 2026'
check 'the administrator signs in' admin_sign_in
ends 'without a mail server nobody is promised a code' 5 'sends no mail' as stranger new-code --server "$server" \
    --ca "$CANDOUR_CA" --email amy@example.org
ends 'and the status says it' 0 'sends no mail' hr mail status
CANDOUR_MAIL_TLS=implicit check 'candourd starts beside a mail server with implicit TLS' mail_started tls
check 'which candourd check finds in order' "$CANDOURD" --config "$CANDOURD_CONF" check

# ---------------------------------------------------------------- texts
check 'a text can be shown' eval 'hr template show thanks >"$work/thanks.txt"'
check 'and taken back in' hr template set thanks "$work/thanks.txt" --dry-run
refused 'a word that nobody knows is named' 5 '\{nmae\} cannot stand in this mail' \
    hr template set thanks <(printf 'Subject: Thanks\n\nDear {nmae}\n')
refused 'an invitation needs its code' 5 'Put \{code\} into the text' \
    hr template set invitation <(hr template show invitation | sed 's/{code}//')
refused 'a subject of two lines is none' 2 'must begin with a line' \
    hr template set thanks <(printf 'Subject: Thanks\nBcc: all@example.org\n\nDear {name}\n')
ends 'what is not stored can be looked at' 0 'Dear Ann Example, ŵ' hr mail preview thanks <(printf 'Subject: T\n\nDear {name}, ŵ\n')
ends 'a preview holds no code' 0 'Your code:  XXXX-XXXX-XXXX$' hr mail preview invitation
check 'a text can be changed' hr template set thanks <(printf 'Subject: Diolch, {name}\n\nThank you, {name}. ŵ\n')
same 'and is listed as changed' thanks "$(hr template list --json | jq -r '.templates[] | select(.changed) | .mail')"
check 'a text in Welsh, too' hr template set open <(printf 'Subject: Agor {round}\n\nAnnwyl {name}, tan {close}.\n') --in CY
same 'each is listed in its language' 'open cy' "$(hr template list --in cy --json | jq -r '.language as $l | .templates[] | select(.changed) | "\(.mail) \($l)"')"
sql "INSERT INTO desk.template (kind, language, subject, body) VALUES ('reminder', 'en', 'Old', 'From {send_from} on')" # by a version of before
same 'one whose words are known no more is not sent' 'Subject: A reminder: {round}' "$(hr template show reminder 2>/dev/null | head -n 1)"
same 'another is as it came' 'Subject: Diolch: {round}' "$(hr template show thanks --in cy 2>/dev/null | head -n 1)"
ends 'a preview, too' 0 'Annwyl Ann Example, tan [0-9]+ [A-Z][a-z]+ 20' hr mail preview open --in cy
refused 'a language that no mail has' 4 'There are: en, cy' hr template set open <(printf 'Subject: T\n\nDear {name}\n') --in fr

# ---------------------------------------------------------------- a round of five people
printf '%s\n' e-mail,name,level,manager,language lee@example.org,Lee,4,pat@example.org amy@example.org,Amy,4, bob@example.org,Bob,4, \
    dan@example.org,Dan,4,,cy nobody@example.org,No,4, pat@example.org,Pat,4,,CY >"$work/people.csv"
printf '%s\n' 'subject e-mail,rater e-mail,group' lee@example.org,{amy,bob,dan,nobody,pat}@example.org,peer |
    sed '2,$s/,peer$/,peer/' >"$work/raters.csv"
{ echo 'subject e-mail,rater e-mail,group'; for p in amy bob dan nobody pat; do echo "lee@example.org,$p@example.org,peer"; done
    echo lee@example.org,lee@example.org,self; } >"$work/raters.csv"
printf '%s\n' email,name,language amy@example.org,Amy,Welsh >"$work/wrong.csv"
refused 'a language is a code' 8 '"welsh" is not the code of a language' hr people import "$work/wrong.csv"
check 'people are imported' hr people import "$work/people.csv"
check 'a framework, too' hr framework import "$root/frameworks/ten-competency.csv" --name Ten
check 'a round is made' hr round new "$round" --framework Ten --collect-from now --answer-from +2d --close +12d
check 'with its raters' hr round load "$round" "$work/raters.csv"
check 'one has no mailbox' hr mail paper Pat@example.org
refused 'only people can be told so' 4 'Nobody has this' hr mail paper ghost@example.org
check 'it is settled who is asked' hr round advance "$round" --to nominating --confirm "$round"
check 'the leader is told by mail' until_true 20 is_outbox nomination 'sent 1'
check 'about whom' eval 'mail_to lee@example.org "Subject: Who should" | grep -x "  - Lee"'
check 'the line manager, who has no mailbox, by letter' hr round letters "$round" --out "$work/deciding"
same 'and nobody else' pat@example.org.txt "$(ls "$work/deciding")"
check 'it collects' hr round advance "$round" --to collecting --confirm "$round"
check 'everybody else is invited by mail' until_true 20 is_outbox invitation 'failed 1 sent 4 waiting 1'
check 'pat by letter' eval 'hr round letters "$round" --out "$work/letters" --qr && ls "$work/letters"'
code_in() { # EMAIL PATTERN: of the mail
    mail_to "$1" "$2" | sed -n 's/^ *Your code: *//p'
}
same 'the code of the first mail is the one of the second' "$(code_in lee@example.org 'Subject: Who should')" \
    "$(code_in lee@example.org 'Subject: Your honest')"
check 'in the language that the file names' grep -qx 'Annwyl Pat,' "$work/letters/pat@example.org.txt"
check 'and so is a mail' eval 'mail_to dan@example.org "Subject: Gofynnir" | grep -qx "Annwyl Dan,"'
check 'the others have the language of the server' eval 'mail_to bob@example.org "Subject: Your honest" | grep -qx "Dear Bob,"'
check 'with a QR code' test "$(grep -c '█' "$work/letters/pat@example.org.txt")" -ge 14
same 'and nobody else' pat@example.org.txt "$(ls "$work/letters")"
ends 'who could not be reached is shown' 0 '550 5.1.1' hr mail bounces
check 'and gets a letter, too' hr mail paper nobody@example.org
check 'the next time' hr round letters "$round" --out "$work/letters"
same 'that letters are made' 'nobody@example.org.txt pat@example.org.txt' "$(ls "$work/letters" | paste -sd ' ')"
same 'the status counts them' 'printed 2 sent 4' "$(hr mail status --json |
    jq -r '[.counts[] | select(.mail == "invitation") | "\(.state) \(.mails)"] | sort | join(" ")')"

# ---------------------------------------------------------------- new codes
is_count() { # NUMBER TABLE
    [ "$(sql "SELECT count(*) FROM $2")" -eq "$1" ]
}
ask() { # EMAIL
    as stranger new-code --server "$server" --ca "$CANDOUR_CA" --email "$1"
}
reply() { # EMAIL: without the line that tells the time of a demonstration
    ask "$1" 2>&1 | grep -v DEMONSTRATION
}
known=$(reply amy@example.org) unknown=$(reply ghost@example.org) paper=$(reply pat@example.org)
same 'a stranger gets the same reply for an address that is unknown' "$known" "$unknown"
same 'or of somebody without a mailbox' "$known" "$paper"
check 'whoever is known gets a mail' until_true 10 is_outbox code 'sent 1'
same 'no other address does' 0 "$(grep -c ghost "$CANDOUR_SANDBOX/mail/recipients")"
same 'with the code of the invitation, which is still good' "$(code_in amy@example.org 'Subject: Your honest')" \
    "$(code_in amy@example.org 'Subject: Your sign-in code')"
ask amy@example.org >/dev/null 2>&1 && ask AMY@example.org >/dev/null 2>&1
check 'nothing is kept of what was asked' until_true 20 is_count 0 desk.code_request
same 'one mail in ten minutes' 'sent 1' "$(outbox code)"
sql "INSERT INTO desk.outbox (person, kind, next_at) SELECT id, 'code', to_timestamp($(now)) FROM desk.person WHERE email = 'pat@example.org'"
forward 5000000
check 'after a day nothing says that amy asked, or pat before there were letters' until_true 20 is_outbox code ''
check 'nor when anybody was at work' until_true 20 is_count 0 desk.session
ask bob@example.org >/dev/null 2>&1
check 'a code that is about to end is a new one' until_true 10 is_outbox code 'sent 1'
check 'which is another' test "$(code_in bob@example.org 'Subject: Your honest')" != "$(code_in bob@example.org 'Subject: Your sign-in code')"
forward -5000000
code_in bob@example.org 'Subject: Your sign-in code' >"$work/code"
check 'and lets its person in' as bob@example.org sign-in --server "$server" --ca "$CANDOUR_CA" --email bob@example.org \
    --secret-file "$work/code"

# ---------------------------------------------------------------- dates
rule=$root/tests/e2e/answers_until
same 'mails and manifests have one rule for when answering ends' "$(grep -v '^#' "$rule")" \
    "$(awk '!/^#/ { printf "SELECT %s, %s, extract(epoch FROM desk.answers_until(to_timestamp(%s), to_timestamp(%s)))::bigint;\n", $1, $2, $1, $2 }' \
        "$rule" | psql -XAtq -F ' ' -v ON_ERROR_STOP=1)"
check 'bob wants no reminders' as bob@example.org remind stop "$round"
told() { # EXPRESSION: a time of the round, as mails say it
    LC_ALL=C date -u -d "@$(sql "SELECT extract(epoch FROM $1)::bigint FROM desk.round")" '+%-d %B %Y at %H:%M UTC'
}
to_share() { # TENTHS: of the answering time
    forward $(($(sql "SELECT extract(epoch FROM answer_from + (close_at - answer_from) * $1 / 100)::bigint FROM desk.round") + 5 - $(now)))
}
to_share 0
check 'all are told when answering opens' until_true 20 is_outbox open 'sent 4'
check 'in the words that HR gave their language' eval 'mail_to dan@example.org "Subject: Agor" | grep -q "^Annwyl Dan, tan "'
check 'and only that' eval '[ -z "$(mail_to amy@example.org "Subject: Agor")" ] && mail_to amy@example.org "Subject: " | grep "^Dear Amy"'
until=$(told 'close_at - (close_at - answer_from) / 3')
says_until() { # EMAIL PATTERN: of a mail
    mail_to "$1" "$2" | tr -s ' \n' ' ' | grep -qF "$until"
}
for mail in 'Your honest' 'You can answer now'; do
    check "until when answers are given, says: $mail" says_until amy@example.org "Subject: $mail"
done
check 'and the letter' grep -qF "$(told answer_from) and $until" <(tr -s ' \n' ' ' <"$work/letters/nobody@example.org.txt")
to_share 34
check 'a reminder goes to all but who stopped them' until_true 20 is_outbox reminder 'sent 3'
check 'which says it as well' says_until amy@example.org 'Subject: A reminder'
to_share 51
sleep 1
same 'no last call yet' '' "$(outbox last-call)"
to_share 53
check 'a last call before answering ends, to the same' until_true 20 is_outbox last-call 'sent 3'
check 'with the moment' says_until amy@example.org 'Subject: Answering ends soon'
to_share 66
sleep 1
same 'no second reminder yet' '' "$(outbox second-reminder)"
to_share 67
check 'which comes when answering has ended and ballots leave' until_true 20 is_outbox second-reminder 'sent 3'
same 'and says from when to when' "$until. $(told close_at)." \
    "$(mail_to amy@example.org 'Subject: Let your answers go' | tr -s ' \n' ' ' |
        sed -n 's/.*Answering ended on \([^.]*\.\).* random moment until \([^.]*\.\).*/\1 \2/p')"
admin_sign_in >/dev/null 2>&1
extend() { # DAYS: after its close
    hr round extend "$round" --confirm "$round" \
        --close "$(date -u -d "@$(sql "SELECT extract(epoch FROM close_at)::bigint + $1 * 86400 FROM desk.round")" +%Y-%m-%dT%H:%M:%SZ)"
}
is_told() { # EMAIL TIMES: of a later close
    [ "$(grep -lx "X-Envelope-To: $1" -r "$mailbox" | xargs -r grep -l 'Subject: More time' | wc -l)" -eq "$2" ]
}
check 'there is more time' extend 1
check 'which all but who stopped reminders are told' until_true 20 is_outbox extended 'sent 3'
check 'with the new close' eval 'mail_to amy@example.org "Subject: More time" | grep -F "$(told close_at)"'
until=$(told 'close_at - (close_at - answer_from) / 3')
check 'and until when answers are given' says_until amy@example.org 'Subject: More time'
check 'there is even more' extend 1
check 'and they are told again' until_true 20 is_told amy@example.org 2
same 'who stopped reminders never' true "$(is_told bob@example.org 0 && echo true)"
check 'the others, too' until_true 20 is_outbox extended 'sent 3'
same 'no reminder comes twice for that' "$(mails)" "$(headers Message-ID | sort -u | wc -l)"
to_share 101
admin_sign_in >/dev/null 2>&1
check 'the round is closed' hr round close "$round" --confirm "$round" --wait
check 'all are thanked in the words of HR' until_true 20 is_outbox thanks 'sent 4'
check 'but whoever reads another language' eval 'mail_to dan@example.org "Subject: Diolch" | grep -x "Annwyl Dan,"'
check 'with their letters' eval 'mail_to amy@example.org "Subject: =?UTF\|Subject: Diolch" | grep -x "Thank you, Amy. ŵ"'
same 'nobody is told of a report before it is released' '' "$(outbox report)"
check 'the leader has a coach' hr round coaches "$round" <(printf 'leader,coach\nlee@example.org,amy@example.org\n')
check 'who comes first' hr round release "$round" --to coach --confirm "$round"
check 'and is told' until_true 20 is_outbox reading 'sent 1'
same 'nobody else is' '' "$(outbox report)"
check 'of whose report it is' eval 'mail_to amy@example.org "Subject: Reports that" | grep -x "  - Lee"'
code_in amy@example.org 'Subject: Reports that' >"$work/code"
check 'the code of the mail lets the coach in' as amy@example.org sign-in --server "$server" --ca "$CANDOUR_CA" \
    --email amy@example.org --secret-file "$work/code"
check 'it is released' hr round release "$round" --confirm "$round"
check 'and its leader is told' until_true 20 is_outbox report 'sent 1'
check 'with a code' test -n "$(code_in lee@example.org 'Subject: Your report')"
sleep 1
same 'nothing more comes' "$(mails)" "$((4 + $(sql "SELECT count(*) FROM desk.outbox WHERE state = 'sent'")))" # three of the first extension, amy's code

# ---------------------------------------------------------------- a network that asks for many codes
sed -i 's/^\[daemon\]$/&\ncode_requests_max = 1/; s/^organisation = .*/organisation = '"$(printf 'x%.0s' {1..180})"'/' "$CANDOURD_CONF"
check 'one code from a network in an hour' "$root/deploy/sandbox-server.sh" restart
for i in 1 2 3; do # there are two workers, and each counts
    ask "ghost$i@example.org"
done >"$work/asked" 2>&1
check 'is enough' grep -q 'Too many codes were asked for from your network' "$work/asked"
ends 'a subject that no mail can have is not previewed' 5 'too long for a mail' hr mail preview thanks \
    <(printf 'Subject: {organisation}{organisation}{organisation}{organisation}{organisation}{organisation}\n\nDear {name}\n')
check 'and is not refused' grep -q 'will arrive within minutes' "$work/asked"
finish
