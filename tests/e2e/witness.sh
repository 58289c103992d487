#!/usr/bin/env bash
# Witnesses sign the rules of a round, and a client that asks for their signatures does nothing without them.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
round_data "${SEED:-7}"
witness() { # WORD...
    CANDOUR_HOME=$homes/witness "$CANDOUR" witness "$@" --no-input </dev/null
}
trust() { # HOME FLAG...
    CANDOUR_HOME=$homes/$1 "$CANDOUR" witness trust "${@:2}" --no-input </dev/null
}
stored() {
    sql 'SELECT count(blinded), (SELECT count(*) FROM ballot.ballot) FROM desk.assignment'
}
said() { # COMMAND...: its words on one line
    "$@" 2>&1 | tr -s '\n ' '  '
    return "${PIPESTATUS[0]}"
}

check 'a round collects' eval 'round_made && round_collecting'
IFS=$'\t' read -r rater leader number level group deed file < <(deed_of give)
answers() {
    give "$rater" "$leader" "$group" "$file" --now --yes
}
make_keys() {
    local one
    for one in first second guest stranger; do
        witness key "$work/$one.key" >"$work/$one.public" || return
    done
}
key_of() { # NAME
    cut -d ' ' -f 2 "$work/$1.public"
}
check 'witnesses make their keys' make_keys
same 'which nobody else can read' 600 "$(stat -c %a "$work/first.key")"
ends 'a key is not written over' 1 'cannot be used' witness key "$work/first.key"

# ---------------------------------------------------------------- a client that asks for a witness
ends 'a list of keys is remembered' 0 "key $(key_of second)" trust "$rater" --key "$(key_of first)" --key "$(key_of second)" --needed 1
ends 'as it is' 2 'whole number from 0 to 2' trust "$rater" --needed 3
ends 'a key that is none' 2 'not a public key' trust "$rater" --key 12ab
ends 'a key twice' 2 'given twice' trust "$rater" --key "$(key_of first)" --key "$(key_of first)"
before=$(stored)
ends 'without a signature nothing is collected' 5 \
    'STOP: 0 of the 1 witnesses that this computer asks for have signed the rules of the round Spring 2026\. Nothing was collected' \
    said sign_in "$rater"
same '... indeed' "$before" "$(stored)"

# ---------------------------------------------------------------- signing
check 'the administrator has the manifest' eval 'as "$admin" round manifest "$round" >"$work/manifest"'
same 'as it was published' "$(sql "SELECT encode(sha256(text), 'hex') FROM ballot.manifest")" \
    "$(sha256sum <"$work/manifest" | cut -d ' ' -f 1)"
fingerprint=$(as "$admin" round fingerprint "$round" --quiet)
sign() { # NAME MANIFEST FLAG...
    witness sign "$2" --key "$work/$1.key" --ca "$CANDOUR_CA" "${@:3}"
}
sed 's/^grace .*/grace 60/' "$work/manifest" >"$work/other"
ends 'a witness must compare the fingerprint' 2 "is ${fingerprint%-*}" said sign first "$work/manifest"
ends '... to its end' 2 'is not "' sign first "$work/manifest" --confirm XXXX
ends 'a manifest that the ballot box does not show is not signed' 1 'STOP: the ballot box shows another manifest' \
    said sign first "$work/other"
ends 'nor is something else' 2 'not the first manifest' said sign first "$data/people.csv"
check 'a witness signs' eval 'sign first "$work/manifest" --confirm "${fingerprint##*-}" >"$work/first.sig"'
check '... the same again' eval 'sign first "$work/manifest" --confirm "${fingerprint##*-}" | cmp - "$work/first.sig"'
group_of_other=$(said sign first "$work/other" --offline | sed 's/.*Their fingerprint is \([-0-9A-Z]*\).*/\1/; s/.*-//')
ends 'and no other manifest of this round, ever' 5 'STOP: this key has signed another manifest of the same round' \
    said sign first "$work/other" --offline --confirm "$group_of_other"
check 'somebody else signs it all the same' \
    eval 'sign stranger "$work/other" --offline --confirm "$group_of_other" >"$work/other.sig"'

# ---------------------------------------------------------------- publishing
refused 'a signature over other rules' 5 'not over the rules' said as "$admin" round witness "$round" "$work/other.sig"
refused 'what is no signature' 2 'not what candour witness sign printed' said as "$admin" round witness "$round" "$work/manifest"
check 'that of a witness whom nobody asked for is published' eval 'sign guest "$work/manifest" --confirm "${fingerprint##*-}" \
    >"$work/guest.sig" && as "$admin" round witness "$round" "$work/guest.sig"'
ends 'and does not count' 5 'STOP: 0 of the 1 witnesses' said sign_in "$rater"
check 'that of the witness is published' as "$admin" round witness "$round" "$work/first.sig"
unchanged 'a second time' as "$admin" round witness "$round" "$work/first.sig"
ends 'which is written down' 0 'witness added' as "$admin" audit show
check 'and the rater collects' sign_in "$rater"

# ---------------------------------------------------------------- before casting
forward 90060
ends 'now two are asked for' 0 '2 witnesses' trust "$rater" --needed 2
before=$(stored)
ends 'so nothing is cast' 5 'STOP: 1 of the 2 witnesses' said answers
same '... indeed' "$before" "$(stored)"
check 'the second one signs' eval 'admin_sign_in; sign second "$work/manifest" --confirm "${fingerprint##*-}" >"$work/second.sig" &&
    as "$admin" round witness "$round" "$work/second.sig"'
check 'the rater looks again' sign_in "$rater"
ends 'and the answer goes' 0 'stored' answers

# ---------------------------------------------------------------- both doors lie alike
for schema in desk ballot; do
    sql "UPDATE $schema.manifest SET text = decode('$(base64 -w 0 "$work/other")', 'base64')"
done
check 'a server that shows one client other rules at both doors' eval '"$root/deploy/sandbox-server.sh" kill && "$root/deploy/sandbox-server.sh" start'
trust lied --key "$(key_of first)" >/dev/null 2>&1
before=$(stored)
ends 'cannot show a witness for them' 5 'STOP: 0 of the 1 witnesses' said sign_in "$rater" lied
same '... and nothing is collected' "$before" "$(stored)"
finish
