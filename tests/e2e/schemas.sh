#!/usr/bin/env bash
# What --json prints, of every command that reads and of the commonest that change, against the schemas in json_schemas.
# RECORD=FOLDER keeps what was printed.
. "$(dirname "$0")/lib.sh"
schemas=$here/json_schemas
round='Spring 2026'
hr() {
    as "$admin" "$@"
}
l1() { as l1@example.org "$@"; }
code_in() { # EMAIL: signs in with the newest letter
    sed -n 's/^ *Your code: *//p' "$work/letters/$1.txt" >"$work/code"
    as "$1" sign-in --server "$server" --ca "$CANDOUR_CA" --email "$1" --secret-file "$work/code"
}
count=0
fits() { # FUNCTION COMMAND [WORD...]: the words of COMMAND stand in json_schemas/commands
    local who=$1 name=$2 schema
    shift 2
    schema=$(awk -F '\t' -v name="$name" '$1 == name { print $2 }' "$schemas/commands")
    count=$((count + 1))
    # shellcheck disable=SC2086
    "$who" $name "$@" --json >"$work/$count.json" 2>"$work/words"
    [ -z "${RECORD-}" ] || cp "$work/$count.json" "$RECORD/$count.$(jq -r .schema "$work/$count.json" | tr / .)"
    same "$name --json is $schema" "$schema" "$(jq -r .schema "$work/$count.json" 2>&1 | head -n 1 | cat - "$work/words" | head -n 1)"
    check '... as it was written down' /usr/bin/python3 -W ignore -m jsonschema -i "$work/$count.json" \
        "$schemas/$(sed 's,^candour/,,; s,/,-,' <<<"$schema").json"
    seen="${seen-}$name"$'\n'
}

# ---------------------------------------------------------------- a round
{ echo 'e-mail,name,level,unit,manager'; echo 'l1@example.org,Lea One,4,Top,'
    for i in 1 2 3 4 5 6; do echo "p$i@example.org,Pat $i,4,Top,l1@example.org"; done; } >"$work/people.csv"
{ echo 'leader,rater,group'; echo 'l1@example.org,l1@example.org,self'
    for i in 1 2 3 4 5; do echo "l1@example.org,p$i@example.org,report"; done; } >"$work/raters.csv"
check 'the administrator signs in' admin_sign_in
fits hr 'people import' "$work/people.csv" --dry-run
fits hr 'people import' "$work/people.csv"
fits hr 'framework check' "$root/frameworks/ten-competency.csv"
fits hr 'framework import' "$root/frameworks/ten-competency.csv" --name Ten
fits hr 'framework list'
fits hr 'framework show' Ten
fits hr 'round new' "$round" --framework Ten --collect-from now --answer-from now --close +10d --grace 1m
fits hr 'round load' "$round" "$work/raters.csv"
fits hr 'round status' "$round"
fits hr 'round advance' "$round" --to collecting --confirm "$round"
fits hr 'round letters' "$round" --out "$work/letters"
fits hr 'round list'
fits hr 'round risks' "$round"
fits hr 'round workload' "$round" --everybody
fits hr 'round fingerprint' "$round"
fits hr 'whoami'
fits hr 'config'
fits hr 'doctor'
fits hr 'manual'
for one in l1 p1 p2 p3 p4 p5; do check "$one signs in" code_in "$one@example.org"; done
fits l1 'assignments list'
fits l1 'accept' 'Lea One'
fits l1 'recovery-code show'
jq -n '{ratings: [range(48) | . % 5 + 1], comments: {"1": "Keep telling us why."}}' >"$work/answers.json"
fits l1 'give' --self --answers "$work/answers.json"
fits l1 'queue'
fits l1 'send'
fits l1 'give' --self --answers "$work/answers.json" --now --yes
for one in 1 2 3 4; do
    check "p$one answers" as "p$one@example.org" give 'Lea One' --answers "$work/answers.json" --now --yes
done
fits l1 'send' --now --yes
fits hr 'round status' "$round"
forward 865000
admin_sign_in >"$work/words" 2>&1
check 'the round is closed' hr round close "$round" --confirm "$round" --wait
fits l1 'check'
fits hr 'round release' "$round" --confirm "$round"
check 'a letter for the leader' hr round letters "$round" --out "$work/letters" --email l1@example.org
check 'who signs in' code_in l1@example.org
fits hr 'report list'
fits l1 'report open'
fits hr 'org report' "$round"
fits hr 'round status' "$round"
fits hr 'retention show'
fits hr 'retention apply' "$round" --confirm "$round"
# The clerk writes the receipt when it has deleted.
until_true 20 eval 'hr retention receipt "$round"' >/dev/null 2>&1
fits hr 'retention receipt' "$round"

# ---------------------------------------------------------------- nominations and mail
check 'a round that nominates' hr round new Second --framework Ten --collect-from +5d --answer-from +6d --close +20d --reports 1-3
check 'with a leader' hr round load Second <(printf 'leader\nl1@example.org\n')
check 'begins' hr round advance Second --to nominating --confirm Second
fits l1 'raters suggest' --round Second
fits l1 'people find' Pat
fits l1 'raters nominate' p1@example.org --group report --round Second
fits l1 'raters list'
fits hr 'nominations list'
fits hr 'mail status'
fits hr 'mail bounces'
fits hr 'mail preview' reminder
fits hr 'template list'
fits hr 'template show' reminder
fits hr 'audit show'
fits hr 'audit verify'
same 'every command that reads was asked' '' "$(awk -F '\t' '$2 != "-" && $2 !~ /\/(done|import|queued)\// { print $1 }' \
    "$schemas/commands" | grep -vFxf <(printf '%s' "$seen"))"
finish
