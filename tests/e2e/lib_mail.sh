# Sourced after lib.sh: a mail server beside candourd, and what it has kept.
mailbox=$CANDOUR_SANDBOX/mail/maildir/new

mail_started() { # [SECURITY]: candourd begins anew, with a mail server
    "$root/deploy/sandbox-mail.sh" use "${1-}"
}
mood() { # WORD: of the mail server
    echo "${1-}" >"$CANDOUR_SANDBOX/mail/mood.new" && mv "$CANDOUR_SANDBOX/mail/mood.new" "$CANDOUR_SANDBOX/mail/mood"
}
# A header of every mail kept, unfolded, one on each line.
headers() { # NAME
    find "$mailbox" -type f -print0 | sort -z | xargs -0 -r awk -v name="${1,,}:" '
        FNR == 1 { out = ""; inside = 0; head = 1 }
        head && /^\r?$/ { if (out != "") print out; head = 0 }
        !head { next }
        { sub(/\r$/, "") }
        /^[ \t]/ { if (inside) out = out $0; next }
        { inside = index(tolower($0), name) == 1; if (inside) out = substr($0, length(name) + 2) }'
}
mails() {
    find "$mailbox" -type f 2>/dev/null | wc -l
}
is_mails() { # COUNT
    [ "$(mails)" -ge "$1" ]
}
# The whole mail to a person that says so, headers and text, as text.
mail_to() { # EMAIL PATTERN
    grep -lx "X-Envelope-To: $1" -r "$mailbox" | xargs -r grep -l -- "$2" | head -n 1 | xargs -r /usr/bin/python3 -c '
import email, email.policy, sys
with open(sys.argv[1], "rb") as file:
    mail = email.message_from_binary_file(file, policy=email.policy.default)
for name, value in mail.items():
    print(f"{name}: {value}")
print()
print(mail.get_content(), end="")'
}
outbox() { # states of a kind of mail, with their numbers: "failed 1 sent 3"
    sql "SELECT string_agg(state || ' ' || number, ' ' ORDER BY state)
         FROM (SELECT state, count(*) AS number FROM desk.outbox WHERE kind = '$1' GROUP BY state) s"
}
is_outbox() { # KIND STATES
    [ "$(outbox "$1")" = "$2" ]
}
kill_postmen() { # kill -9; the parent starts them again
    pgrep -P "$(cat "$CANDOURD_PID_FILE")" '^mail-' | xargs kill -9
}
