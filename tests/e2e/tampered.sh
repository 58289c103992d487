#!/usr/bin/env bash
# Other rules for one client alone: at either door, in the version that everybody has or in one that only this client is
# shown. One line for each; the client must stop before it collects or casts, keep what it saw, and say what to do.
# Each case is a round of its own, so that one sign-in meets them all.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
round_data "${SEED:-7}"
things='subject name names questionnaire credential-key box-key receipt-key desk ballot-box date rules raters'
later_things="$things added-box pin" # in version 1

# ---------------------------------------------------------------- rounds and their manifests
rounds() {
    printf 'first-%s\n' $things
    printf 'forged-%s\n' $later_things
    printf '%s\n' later-at-desk later-at-box statement both untouched
}
make_round() { # NAME
    as "$admin" round new "$1" --framework 'Ten competencies' --collect-from now --answer-from +25h --close +10d --grace 1h &&
        as "$admin" round load "$1" "$data/raters.csv" &&
        as "$admin" round advance "$1" --to collecting --confirm "$1"
}
make_rounds() {
    admin_sign_in && as "$admin" people import "$data/people.csv" &&
        as "$admin" framework import "$framework_csv" --name 'Ten competencies' || return
    rounds | for_each make_round | tee "$work/not_made"
    [ ! -s "$work/not_made" ] && as "$admin" round letters untouched --out "$work/letters"
}
are_open() {
    [ "$(sql 'SELECT count(*) FROM desk.manifest')" = "$(rounds | wc -l)" ]
}
keep_true() {
    local name
    mkdir "$work/true" "$work/other"
    rounds | while read -r name; do
        sql "SELECT encode(m.text, 'base64') FROM desk.manifest m JOIN desk.round r ON r.id = m.round WHERE name = '$name'" |
            base64 -d >"$work/true/$name"
        sql "SELECT id FROM desk.round WHERE name = '$name'" >"$work/true/$name.id"
    done
}
id_of() { # ROUND
    cat "$work/true/$1.id"
}
# One thing in the text of standard input is another one, in the same form.
change() { # WHAT
    awk -v what="$1" '
    function flip(text, at,    digits) { # the digit at this place becomes the next one
        digits = "01234567890abcdefa"
        return substr(text, 1, at - 1) substr(digits, index(digits, substr(text, at, 1)) + 1, 1) substr(text, at + 1)
    }
    function last(word) { $word = flip($word, length($word)); done = 1 }
    done { print; next }
    what == "subject" && /^subject / { last(2) }
    what == "name" && /^subject / { last(4) }
    what == "raters" && /^subject / { sub(/other=/, "other=1"); done = 1 }
    what == "fewer" && match($0, /(peer|report|other)=[1-9][0-9]*/) {
        word = substr($0, RSTART, RLENGTH)
        number = word
        sub(/.*=/, "", number)
        sub(/=.*/, "=" number - 1, word)
        $0 = substr($0, 1, RSTART - 1) word substr($0, RSTART + RLENGTH)
        done = 1
    }
    what == "date" && /^answer-from / { $2 = flip($2, length($2) - 1); done = 1 }
    what == "later" && /^close / { "date -u -d \"" $2 " + 1 hour\" +%FT%TZ" | getline $2; done = 1 }
    what == "desk" && /^desk / { sub(/ /, " other."); done = 1 }
    what == "ballot-box" && /^ballot-box / { sub(/127.0.0.1/, "localhost"); done = 1 }
    what == "added-box" && /^ballot-box / { print; sub(/127.0.0.1/, "localhost"); done = 1 }
    what == "pin" && /^tls-pin / { last(2) }
    what == "rules" && /^rules / { sub(/by-group=5/, "by-group=6"); done = 1 }
    what == $1 && /^(names|questionnaire|credential-key|box-key|receipt-key) / { last(NF) }
    { print }
    END { if (!done) exit 1 }'
}
# Version 1 with one thing changed, after the true version 0.
forge() { # WHAT ROUND
    local previous
    previous=$(sha256sum <"$work/true/$2" | cut -d ' ' -f 1)
    change "$1" <"$work/true/$2" | sed -e 's/^version 0$/version 1/' -e "s/^previous -\$/previous $previous/"
}
make_others() {
    local what
    for what in $things; do
        change "$what" <"$work/true/first-$what" >"$work/other/first-$what" || mistake "cannot change $what"
    done
    for what in $later_things; do
        forge "${what/raters/fewer}" "forged-$what" >"$work/other/forged-$what"
    done
    forge later later-at-desk >"$work/other/later-at-desk"
    forge later later-at-box >"$work/other/later-at-box"
    change credential-key <"$work/true/both" >"$work/other/both"
}
# What a door shows of a round from now on.
show() { # SCHEMA ROUND VERSION FILE
    echo "INSERT INTO $1.manifest VALUES ('$(id_of "$2")', $3, decode('$(base64 -w 0 "$4")', 'base64'))
          ON CONFLICT (round, version) DO UPDATE SET text = excluded.text;"
}
show_others() { # SCHEMA ROUND...
    local name
    for name in "${@:2}"; do
        case $name in
        forged-* | later-*) show "$1" "$name" 1 "$work/other/$name" ;;
        *) show "$1" "$name" 0 "$work/other/$name" ;;
        esac
    done | psql -XAtq -v ON_ERROR_STOP=1 || mistake "cannot change what the $1 side shows"
}
show_truth() {
    local schema name
    for schema in desk ballot; do
        echo "DELETE FROM $schema.manifest WHERE version > 0;"
        rounds | while read -r name; do show $schema "$name" 0 "$work/true/$name"; done
    done | psql -XAtq -v ON_ERROR_STOP=1 || mistake 'cannot show the truth again'
}
# The ballot box keeps manifests in memory.
box_again() {
    "$root/deploy/sandbox-server.sh" kill && "$root/deploy/sandbox-server.sh" start
}
with_others() { # PREFIX: rounds that begin with it
    rounds | grep "^$1"
}

# ---------------------------------------------------------------- what a client must say
stopped() { # WHY HOME
    echo "STOP: $1 Nothing more is sent. Do not answer in this round. Tell someone you trust outside the team that runs the server. \
Files evidence-*.txt in $homes/$2, if there are any, show what was seen."
}
refused() { # WHY ROUND HOME
    echo "STOP: $1 Nothing was collected or sent for the round $2. Try again in ten minutes. If it is still so, do not answer in \
this round, and tell someone you trust outside the team that runs the server. Files evidence-*.txt in $homes/$3 show what was seen."
}
why() { # ROUND
    local new="The rules of the round $1, version 1, are not to be trusted:"
    case $1 in
    first-*) echo "the server shows different people other rules for the round $1 (version 0). With such rules your answers could be recognised." ;;
    forged-subject) echo "$new A leader was removed from the round's manifest." ;;
    forged-name) echo "$new A leader's name changed in the round's manifest." ;;
    forged-names) echo "$new The salt of the names changed in the round's manifest." ;;
    forged-questionnaire) echo "$new The round's questionnaire changed." ;;
    forged-*-key) echo "$new The round's keys changed." ;;
    forged-desk) echo "$new The round's manifest names another desk." ;;
    forged-ballot-box | forged-added-box) echo "$new The round's ballot boxes changed." ;;
    forged-pin) echo "$new The keys that the round's ballot boxes may show changed." ;;
    forged-date) echo "$new The round's dates changed in a way that is never allowed." ;;
    forged-rules) echo "$new The round's rules changed." ;;
    forged-raters) echo "$new The number of people asked about a leader fell in the round's manifest." ;;
    statement) echo 'the server shows you other questions than the rules of the round name.' ;;
    esac
}
# In what the client said, the sentence; in its home, what it was shown; nothing of its round collected or cast since.
has_stopped() { # HOME ROUND SENTENCE EVIDENCE FILE
    tr -s '\n ' '  ' <"$work/$1.said" | grep -qF -- "$3" || { echo "not said: $3"; tr -s '\n ' '  ' <"$work/$1.said"; return 1; }
    cmp "$homes/$1/evidence-$(id_of "$2" | cut -c 1-8)-$4.txt" "$5" || return
    [ "$(stored "$2")" = "$(cat "$work/stored.$2")" ] || { echo "collected or cast: $(stored "$2")"; return 1; }
}
stored() { # ROUND: credentials and ballots
    sql "SELECT count(blinded), (SELECT count(*) FROM ballot.ballot WHERE round = '$(id_of "$1")')
         FROM desk.assignment WHERE round = '$(id_of "$1")'"
}
remember() {
    local name
    rounds | while read -r name; do stored "$name" >"$work/stored.$name"; done
}
signs_in() { # HOME
    sign_in "$rater" "$1" >"$work/$1.said" 2>&1
    [ $? -eq 1 ] || mistake "$1 does not stop: $(cat "$work/$1.said")"
}
answers() { # HOME ROUND
    CANDOUR_HOME=$homes/$1 "$CANDOUR" give "$leader" --round "$2" --group "$group" --answers "$data/$file.json" --now --yes \
        --no-input </dev/null
}
# Each round of the list, at this door, by this client.
all_stop() { # WHOSE DOOR HOME PREFIX
    local name
    for name in $(with_others "$4"); do
        check "$name at the $2: $1 stops" has_stopped "$3" "$name" "$(stopped "$(why "$name")" "$3")" \
            "version-$([ "$4" = first ] && echo 0 || echo 1)-$(evidence "$2" "$3" "$4")" "$work/other/$name"
    done
}
# A new client takes the desk's word first, so at version 0 it is that which it knows.
evidence() { # DOOR HOME PREFIX
    case $1.$2.$3 in
    desk.new-*.first) echo known ;;
    *) echo "$1" ;;
    esac
}

# The ballot box's certificates: the rounds pin the key in use and a spare one; the third nobody.
make_key() { # NAME
    mkdir "$work/$1" && cp "$CANDOUR_SANDBOX"/certs/ca.* "$work/$1" && "$root/deploy/certificates.sh" "$work/$1" other
}
box_uses() { # FOLDER
    awk -v folder="$1" '/^\[/ { section = $0 }
        section == "[ballot]" && /^(certificate|key) = / { sub(/= .*\//, "= " folder "/") } { print }' \
        "$CANDOURD_CONF" >"$work/conf" && cp "$work/conf" "$CANDOURD_CONF" && box_again
}

# ---------------------------------------------------------------- the rounds
check 'a spare key, and one that nobody pinned' eval 'make_key spare && make_key third'
openssl x509 -in "$work/spare/server.pem" -noout -pubkey >"$work/spare/server.pub"
sed -i "s#^pins = .*#& $work/spare/server.pub#" "$CANDOURD_CONF"
check 'the server knows both' box_again
check 'rounds collect, one for each case' make_rounds
check 'their manifests are there' until_true 30 are_open
keep_true
make_others
IFS=$'\t' read -r rater leader number level group deed file < <(deed_of give)
check 'a rater collects' sign_in "$rater" collected
for home in collected-desk collected-box; do cp -r "$homes/collected" "$homes/$home"; done
remember
forward 90060

# ---------------------------------------------------------------- the desk shows one client something else
# shellcheck disable=SC2046
show_others desk $(with_others first) $(with_others forged) later-at-desk
text=$(sql "SELECT encode(text, 'base64') FROM desk.questionnaire WHERE round = '$(id_of statement)' AND level = '$level'")
base64 -d <<<"$text" | sed '0,/^item\t1\t/s/^item\t1\t/&Always /' >"$work/statement"
sql "UPDATE desk.questionnaire SET text = decode('$(base64 -w 0 "$work/statement")', 'base64')
     WHERE round = '$(id_of statement)' AND level = '$level'"
signs_in new-desk
signs_in collected-desk
all_stop 'a new client' desk new-desk first
all_stop 'one that has collected' desk collected-desk first
all_stop 'a new client' desk new-desk forged
all_stop 'one that has collected' desk collected-desk forged
check 'a changed statement: a new client stops' has_stopped new-desk statement "$(stopped "$(why statement)" new-desk)" \
    questions "$work/statement"
for home in new-desk collected-desk; do
    check "a forged extension at the desk: $home goes no further" has_stopped $home later-at-desk \
        "$(refused 'the server shows you newer rules than it shows to strangers.' later-at-desk $home)" version-1-one-door \
        "$work/other/later-at-desk"
done
show_truth
sql "UPDATE desk.questionnaire SET text = decode('$(tr -d '\n' <<<"$text")', 'base64')
     WHERE round = '$(id_of statement)' AND level = '$level'"

# ---------------------------------------------------------------- the ballot box does
# shellcheck disable=SC2046
show_others ballot $(with_others first) $(with_others forged) later-at-box both
show_others desk both
check 'the ballot box shows other rules' box_again
signs_in new-box
all_stop 'a new client' ballot-box new-box first
all_stop 'a new client' ballot-box new-box forged
check 'a forged extension at the ballot box: a new client goes no further' has_stopped new-box later-at-box \
    "$(refused 'the server does not show you the newest rules.' later-at-box new-box)" version-1-one-door \
    "$work/other/later-at-box"
for name in $(with_others first) $(with_others forged) both; do
    answers collected-box "$name" 2>&1
done >"$work/collected-box.said"
all_stop 'an answer' ballot-box collected-box first
all_stop 'an answer' ballot-box collected-box forged
check 'keys that both doors changed alike: an answer stops' has_stopped collected-box both \
    "$(stopped "$(why first-x | sed 's/first-x/both/')" collected-box)" version-0-ballot-box "$work/other/both"

# Nobody but the person can see that both doors lie alike: by a copy of the fingerprint that comes from elsewhere.
code_of "$rater" >"$work/code"
copy=$(CANDOUR_HOME=$homes/collected "$CANDOUR" round fingerprint both --quiet)
ends 'keys that both doors changed alike: the fingerprint is not that of the copy' 1 \
    'fingerprint of the round both was not confirmed, so nothing was collected' \
    eval 'CANDOUR_HOME=$homes/new-both "$CANDOUR" sign-in --server "$server" --ca "$CANDOUR_CA" --email "$rater" \
              --secret-file "$work/code" <<<"$(yes "${copy##*-}" | head -n 100)" 2>&1 | tr -s "\n " "  "; exit "${PIPESTATUS[0]}"'
same '... and nothing is collected' "$(cat "$work/stored.both")" "$(stored both)"

# ---------------------------------------------------------------- afterwards
show_truth
check 'the truth is shown again' box_again
signs_in new-desk
same 'clients that have stopped stay so' "$(rounds | grep -c -e '^first' -e '^forged' -e '^statement')" \
    "$(tr -s '\n ' '  ' <"$work/new-desk.said" | grep -o 'Nothing more is sent' | wc -l)"
name=first-subject
ends '... and send nothing' 1 STOP answers collected-box $name
check 'a client that was shown nothing else goes on' answers collected untouched

# ---------------------------------------------------------------- a ballot box with another key
remember
check 'the ballot box has a key that nobody pinned' box_uses "$work/third"
ends 'a client does not speak to it' 1 'STOP: the ballot box at .* shows another key than .* Nothing was sent' \
    answers collected untouched
same '... and nothing is cast' "$(cat "$work/stored.untouched")" "$(stored untouched)"
ends 'candourd check finds it as well' 1 'WRONG +ballot.*not among the pins' "$CANDOURD" --config "$CANDOURD_CONF" check
check 'the ballot box has its spare key' box_uses "$work/spare"
check 'a client goes on' answers collected untouched
finish
