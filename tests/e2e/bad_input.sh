#!/usr/bin/env bash
# Files, codes and commands as people get them wrong: each is told in a clear sentence, by the right exit code, and
# nothing is half done. What only looks unusual is read.
. "$(dirname "$0")/lib.sh"

people() { # FORMAT...: a file of people, written by printf
    # shellcheck disable=SC2059
    printf "$@" >"$work/people.csv"
    as "$admin" people import "$work/people.csv"
}
framework() {
    # shellcheck disable=SC2059
    printf "$@" >"$work/framework.csv"
    as "$admin" framework import "$work/framework.csv" --name Trial
}
raters() {
    # shellcheck disable=SC2059
    printf "$@" >"$work/raters.csv"
    as "$admin" round load Spring "$work/raters.csv"
}
stored() { # COLUMN EMAIL
    sql "SELECT $1 FROM desk.person WHERE email = '$2'"
}
person='E-mail,Name,Job title,Manager e-mail\n'

# ---------------------------------------------------------------- signing in as the administrator
password() { # PASSWORD TOTP
    printf '%s\n%s\n' "$1" "$2" | as_typed "$admin"
}
code() { # EMAIL CODE
    echo "$2" | as_typed "$1"
}
as_typed() { # EMAIL: the secret is standard input
    CANDOUR_HOME=$homes/$1 "$CANDOUR" sign-in --server "$server" --ca "$CANDOUR_CA" --email "$1" --secret-file - --no-input
}
signed_in_not() { # NAME PATTERN COMMAND...: refused, and nobody is signed in
    ends "$1" 3 "$2" "${@:3}"
    same '... and nobody is signed in' 0 "$(sql 'SELECT count(*) FROM desk.session')"
}
right=$(cat "$ADMIN_PASSWORD_FILE")
signed_in_not 'a wrong password' 'do not fit together' password wrong "$(totp)"
signed_in_not 'a wrong authenticator code' 'do not fit together' password "$right" "$(printf '%06d' $((10#$(totp) ^ 1)))"
signed_in_not 'a code of an hour ago' 'do not fit together' password "$right" \
    "$(oathtool --totp -b --now "@$(($(now) - 3600))" "$(cat "$ADMIN_TOTP_FILE")")"
signed_in_not 'an unknown person gets the same words' 'do not fit together' \
    eval 'printf "%s\n%s\n" "$right" "$(totp)" | as_typed nobody@example.org'
ends 'an authenticator code of five digits' 2 'six digits' password "$right" 12345
once=$(totp)
check 'the right password and code' password "$right" "$once"
check 'signing out' as "$admin" sign-out
signed_in_not 'the same code a second time' 'do not fit together' password "$right" "$once"
for try in 1 2 3 4 5 6 7 8 9; do password wrong "$once" >/dev/null 2>&1; done
forward 30
signed_in_not 'after ten wrong tries even what is right' 'pauses for 15 minutes' password "$right" "$(totp)"
forward 901
check 'and it works again after the pause' password "$right" "$(totp)"
check 'the pause stands in the audit trail' eval 'as "$admin" audit show | grep "sign-in paused"'

# ---------------------------------------------------------------- people: unusual files that are read
check 'a byte order mark before a quotation mark' people '\xef\xbb\xbf"E-mail","Name"\n"anna@example.org","Anna"\n'
check 'Windows-1252 and semicolons' people 'E-Mail;Full Name;Job title;Line manager\r\nzoe@example.org;Zo\xeb M\xfcller;\x80 officer;\r\n'
same '... is stored as what it means' 'Zoë Müller|€ officer' "$(stored "name, job_title" zoe@example.org)"
check 'a line break within quotation marks, in a column that is not used' \
    people 'Name,Notes,Mail\n"Quote, ""Q""","two\nlines; and more",q@example.org\n'
same '... with the cells around it' 'Quote, "Q"' "$(stored name q@example.org)"
check 'a file without a line feed at its end' people "${person}"'Late@Example.ORG,Late,,'
same '... and an address in capitals' Late "$(stored name late@example.org)"

# ---------------------------------------------------------------- people: what is refused
refused 'missing columns are named' 2 'no column for: e-mail, name.*has: Address, Boss' people 'Address,Boss\nx,y\n'
refused 'an empty file' 2 'file is empty' people ''
refused 'a file with a first line only' 2 'no rows' people "$person"
refused 'a quotation mark that is never closed' 2 'Line 2 has a quotation mark' people "${person}"'b@example.org,"Bob,,\n'
refused 'a spreadsheet' 2 'spreadsheet, not a CSV' people 'PK\003\004xlsx'
refused 'a row with too many cells' 8 'line 2' people "${person}"'b@example.org,Bob,,,,,more\n'
refused 'what is not an address' 8 'line 3' people "${person}"'b@example.org,Bob,,\nnot-an-address,Eve,,\n'
refused 'a person without a name' 8 'line 2' people "${person}"'b@example.org,,,\n'
refused 'a name that is too long' 8 'line 2' people "${person}b@example.org,$(printf 'x%.0s' {1..201}),,\n"
refused 'a control character' 8 'line 2' people "${person}"'b@example.org,Bo\033[31mb,,\n'
refused 'duplicate people, with both lines' 8 'already on line 2' people \
    "${person}"'b@example.org,Bob,,\nc@example.org,Cy,,\nB@example.org,Bob,,\n'
refused 'the line is the one in the file, whatever line breaks stand in cells' 8 'line 5' people \
    'Name,Notes,E-mail\nBob,"two\nlines",b@example.org\nCy,,c@example.org\nBob,,b@example.org\n'
refused 'an unknown manager' 8 'manager nobody@example.org is neither' people \
    "${person}"'b@example.org,Bob,,\nc@example.org,Cy,,nobody@example.org\n'
refused 'a person who is their own manager' 8 'as their own manager' people "${person}"'b@example.org,Bob,,b@example.org\n'
refused 'a circle of managers' 8 'in a circle' people \
    "${person}"'b@example.org,Bob,,d@example.org\nc@example.org,Cy,,b@example.org\nd@example.org,Di,,c@example.org\n'
check 'two people of whom one manages the other' people "${person}"'b@example.org,Bob,,\nc@example.org,Cy,,b@example.org\n'
refused 'a circle through people stored before' 8 'in a circle' people "${person}"'b@example.org,Bob,,c@example.org\n'
refused 'a file that is not there' 4 'cannot be opened' as "$admin" people import "$work/nothing.csv"

# ---------------------------------------------------------------- frameworks
header='competency,level,level_name,effective,ineffective\n'
refused 'a framework with an empty level' 8 'line 3' framework "${header}"'Care,5,Head,Listens,\nCare,,Head,Asks,\n'
refused 'a statement twice in a level' 8 'already on line 2' framework "${header}"'Care,5,Head,Listens,\nCare,5,Head,LISTENS,\n'
refused 'a level with two names' 8 'another name here than on line 2' framework "${header}"'Care,5,Head,Listens,\nCare,5,Chief,Asks,\n'
refused 'a competency in two pieces' 8 'goes on here' framework \
    "${header}"'Care,5,Head,Listens,\nPace,5,Head,Delivers,\nCare,5,Head,Asks,\n'
refused 'a statement that is its own opposite' 8 'same as the effective' framework "${header}"'Care,5,Head,Listens,Listens\n'
refused 'more than 200 statements' 8 'Level 5 has 201 statements' framework \
    "$header$(for i in {1..201}; do echo "Care,5,Head,Does thing number $i,"; done)"
refused 'a scale of one label' 2 'takes 3 to 10 labels|takes 2 to 10 labels' as "$admin" framework import "$root/frameworks/level-three.csv" --name Trial --scale Yes
refused 'a scale with a label twice' 8 'is there twice' as "$admin" framework import "$root/frameworks/level-three.csv" \
    --name Trial --scale 'Never|Often|Never'
refused 'a framework without a name' 2 '\-\-name' as "$admin" framework import "$root/frameworks/level-three.csv"
ends 'framework check says the same without a server' 8 'line 3' env CANDOUR_HOME="$homes/none" "$CANDOUR" framework check \
    <(printf "${header}"'Care,5,Head,Listens,\nCare,,Head,Asks,\n')
check 'a framework that is right' framework "${header}"'Care,5,Head,Listens,Talks\nCare,4,Lead,Asks,\n'

# ---------------------------------------------------------------- rounds
new_round() { # NAME FLAG...
    as "$admin" round new "$1" --framework Trial --collect-from now --answer-from +25h --close +10d --grace 1h "${@:2}"
}
refused 'a round with an unknown framework' 4 'no framework "Unknown"' new_round Spring --framework Unknown
refused 'a threshold below three' 2 'from 3 to' new_round Spring --threshold 2
refused 'a time that is none' 2 'is not a time' new_round Spring --close 31/12/2026
refused 'a close before answering begins' 5 'would close before answering opens' new_round Spring --close +1h
refused 'a rule out of its bounds' 2 'from 1 to 2' new_round Spring --tail-low 0
check 'a round that is right' new_round Spring
ends 'a round without leaders does not begin' 5 'Load raters first' as "$admin" round advance Spring --to collecting --confirm Spring
same '... and is still a draft' draft "$(sql 'SELECT state FROM desk.round')"
refused 'a round that is not there' 4 'no round of this name' as "$admin" round status Summer
columns='Subject e-mail,Level,Rater e-mail,Group\n'
refused 'raters: an unknown person' 8 'nobody@example.org is not known' raters \
    "${columns}"'b@example.org,5,c@example.org,peer\nb@example.org,5,nobody@example.org,peer\n'
refused 'raters: an unknown leader' 8 'nobody@example.org is not known' raters "${columns}"'nobody@example.org,5,c@example.org,peer\n'
refused 'raters: the same pair twice' 8 'on line 2 already' raters \
    "${columns}"'b@example.org,5,c@example.org,peer\nb@example.org,5,c@example.org,report\n'
refused 'raters: a level that is missing' 8 'b@example.org has no level' raters \
    'Subject e-mail,Rater e-mail,Group\nb@example.org,c@example.org,peer\n'
refused 'raters: a level that is not in the framework' 8 'Level 7 of b@example.org' raters "${columns}"'b@example.org,7,c@example.org,peer\n'
refused 'raters: two levels for one leader' 8 'has level 4 here and level 5' raters \
    "${columns}"'b@example.org,5,c@example.org,peer\nb@example.org,4,q@example.org,peer\n'
refused 'raters: an unknown group' 8 'is not a group' raters "${columns}"'b@example.org,5,c@example.org,friend\n'
refused 'raters: a leader as a peer of themselves' 8 'rates themselves' raters "${columns}"'b@example.org,5,b@example.org,peer\n'
refused 'raters: another person as self' 8 'leaders rating themselves' raters "${columns}"'b@example.org,5,c@example.org,self\n'
check 'raters that are right' raters "${columns}"'b@example.org,5,c@example.org,peer\nb@example.org,5,q@example.org,peer\n'
refused 'a severe step without the name of the round' 2 'confirm' as "$admin" round advance Spring
refused 'closing a round that is a draft' 5 'nothing to close' as "$admin" round close Spring --confirm Spring
refused 'releasing a round that is not closed' 5 'Close it first' as "$admin" round release Spring --confirm Spring
check 'the round begins' as "$admin" round advance Spring --to collecting --confirm Spring

# ---------------------------------------------------------------- codes
check 'letters are written' as "$admin" round letters Spring --out "$work/letters"
refused 'closing a round before its time' 5 'Answers are accepted until' as "$admin" round close Spring --confirm Spring
code_of() { # EMAIL
    sed -n 's/^ *Your code: *//p' "$work/letters/$1.txt"
}
mine=$(code_of c@example.org) other=$(code_of q@example.org)
sql 'DELETE FROM desk.session WHERE NOT administrator'
raters_in() {
    sql 'SELECT count(*) FROM desk.session WHERE NOT administrator'
}
is_shut_out() { # NAME CODE PATTERN COMMAND...
    ends "$@"
    same '... and no rater is signed in' 0 "$(raters_in)"
}
typo=$(sed 's/^\(.*\)\(.\)$/\1/' <<<"$mine")$(tr '0-9A-HJKMNP-TV-Z' '1-9A-HJKMNP-TV-Z0' <<<"${mine: -1}")
is_shut_out 'a mistyped code is found at once' 2 'one of them is wrong' code c@example.org "$typo"
is_shut_out 'a code that is too short' 2 'not a code' code c@example.org "${mine:0:9}"
is_shut_out 'the code of another person' 3 'do not fit together' code c@example.org "$other"
is_shut_out 'a code for an unknown person gets the same words' 3 'do not fit together' code nobody@example.org "$mine"
for try in 1 2 3 4 5 6 7 8 9 10; do code c@example.org "$other" >/dev/null 2>&1; done
check 'whoever tries codes does not lock the person out, and small letters and spaces do' \
    code c@example.org "$(tr 'A-Z-' 'a-z ' <<<"$mine")"
sql 'DELETE FROM desk.session WHERE NOT administrator'
forward 5184000
is_shut_out 'an expired code is said to have expired' 3 'has expired. Ask HR' code c@example.org "$mine"
is_shut_out 'a wrong one is not' 3 'do not fit together' code c@example.org "$other"

# ---------------------------------------------------------------- commands
candour() {
    as "$admin" "$@"
}
check 'the administrator signs in again' admin_sign_in
ends 'an unknown command: the nearest one is named' 2 'Did you mean: candour round' candour ruond list
ends 'and never run' 2 'no command' candour people inport "$work/people.csv"
ends 'a noun without its verb lists the verbs' 2 'one of: .*import' candour people
ends 'an unknown flag: the nearest one is named' 2 'Did you mean --dry-run' candour people import "$work/people.csv" --dry-rum
ends 'a flag without its value' 2 'followed by a value' "$CANDOUR" round new Autumn --framework
ends 'too few words' 2 'Something is missing' candour people import
ends 'too many words' 2 'a word too much' candour people import a b
ends 'no command: a short help, with an example' 0 'candour' candour
ends 'help says what a flag means' 0 '\-\-dry-run' candour people import --help
ends 'without anybody to ask, the flag is named' 2 '\-\-secret-file' env CANDOUR_HOME="$homes/none" "$CANDOUR" sign-in \
    --server "$server" --ca "$CANDOUR_CA" --email c@example.org --no-input
ends 'nobody is signed in' 3 'sign-in' env CANDOUR_HOME="$homes/none" "$CANDOUR" round list --no-input

# ---------------------------------------------------------------- servers
port=$(openssl rand -hex 2)
port=$((0x$port % 20000 + 40000))
while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
at() { # ADDRESS CA
    echo "$mine" | CANDOUR_HOME=$homes/at "$CANDOUR" sign-in --server "$1" --ca "$2" --email c@example.org --secret-file - --no-input
}
ends 'a server that does not listen is named, with what to check' 6 "127.0.0.1 port $port.*Check the address" at "127.0.0.1:$port" "$CANDOUR_CA"
ends 'a host that is not there' 6 'nowhere.invalid' at nowhere.invalid:7360 "$CANDOUR_CA"
ends 'an address without a port' 2 'HOST:PORT' at localhost "$CANDOUR_CA"
"$root/deploy/certificates.sh" "$work/other"
ends 'a server whose certificate another authority signed' 1 'certificate.*do not go on' at "$server" "$work/other/ca.pem"
ends 'the ballot box instead of the desk' 6 'not this door of a Candour server' at "$CANDOUR_BALLOT" "$CANDOUR_CA"
same '... and in all these no rater is signed in' 0 "$(raters_in)"
finish
