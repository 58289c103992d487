#!/usr/bin/env bash
# The worked example of docs/administrator.md, run as it stands there: every command, in order, on its day. What others do
# in between is said there in words (function turn). Only the years are later ones: the audit trail shows when a
# clock is set back. GUIDE_LEADERS=50 GUIDE_PEOPLE=600 runs it in full size.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
leaders=${GUIDE_LEADERS:-8} people=${GUIDE_PEOPLE:-60}
year=$(date -u +%Y)
began=$(date +%s)

# ---------------------------------------------------------------- the administrator
# A line of the guide. Only signing in differs: by the address and the secrets of the sandbox.
candour() {
    if [ "$1" = sign-in ]; then
        admin_sign_in
    else
        as "$admin" "$@"
    fi
}
# Whoever changes something is told what comes next.
changes='people import|framework import|round (new|load|advance|letters|status|risks|close|extend|coaches|release|fingerprint)|nominations|report (hold|release)'
line() { # LINE
    local words status=0
    [[ $1 != *\ retention\ receipt\ * ]] || check 'the clerk deletes what is due' until_true 20 is_archived
    words=$(eval "$1" 2>&1) || status=$?
    printf '$ %s\n%s\n\n' "$1" "$words" >>"$work/transcript"
    if [ $status -ne 0 ]; then
        bad "$1" "ended with $status" "$words"
    elif [[ $1 =~ ^candour\ ($changes) ]] && ! grep -qE 'Next[:,]' <<<"$words"; then
        bad "$1" 'does not say what comes next' "$words"
    else
        ok "$1"
    fi
    [[ $1 != *\ round\ extend\ * || $1 = *--dry-run* ]] || check 'the clerk publishes the new close' until_true 20 is_extended
}
is_archived() {
    [ "$(sql 'SELECT state FROM desk.round')" = archived ]
}
is_extended() {
    [ "$(sql 'SELECT count(*) FROM desk.manifest')" -eq 2 ]
}

# ---------------------------------------------------------------- the others
nominate() { # leader, candidate and group
    local leader candidate group
    IFS=$'\t' read -r leader candidate group <<<"$1"
    as "$leader" raters nominate "$candidate" --group "$group"
}
decide() { # line manager and leader
    as "${1%%$'\t'*}" nominations approve "${1#*$'\t'}"
}
answers() { # a line of casts
    local rater leader group file
    IFS=$'\t' read -r rater leader group file <<<"$1"
    as "$rater" give "$leader" --group "$group" --answers "$file"
}
send() { # EMAIL
    as "$1" send
}
reads() { # EMAIL: every report that is theirs
    as "$1" report list --json >"$work/list.$1" && jq -r '.reports[].email' "$work/list.$1" | while read -r leader; do
        as "$1" report open "$leader" </dev/null || exit
    done && jq -e '.reports | length > 0' "$work/list.$1"
}
have_letters() {
    (cd letters && printf '%s\n' *.txt | sed 's/\.txt$//')
}
coaches() {
    sed 1d coaches.csv | cut -d, -f 2 | sort -u
}
turn() { # WORDS
    case $1 in
    'The leaders nominate, and their line managers decide.')
        check 'leaders and line managers sign in' eval 'have_letters | in_two sign_in'
        check 'the leaders nominate' in_two nominate <nominated
        # Ann Lee's is left to the administrator.
        check 'their line managers decide' eval 'grep -v "ann.lee@council.example$" deciders | in_two decide'
        ;;
    'Everybody has a letter and signs in.') check 'everybody signs in' eval 'have_letters | in_two sign_in' ;;
    'Everybody answers.') check 'everybody answers' in_two answers <casts ;;
    'Everybody sends what waits.')
        check 'everybody sends' eval 'cut -f 1 casts | sort -u | in_two send'
        forward 1200 # what had to look at the changed rules first
        check 'and once more' eval 'cut -f 1 casts | sort -u | in_two send'
        same 'every answer is there' "$(wc -l <casts)" "$(sql 'SELECT count(*) FROM ballot.ballot')"
        ;;
    'The coaches read.')
        check 'the coaches sign in' eval 'coaches | in_two sign_in'
        check 'and read' eval 'coaches | in_two reads'
        ;;
    'The leaders read.')
        check 'the leaders sign in' eval 'sed 1d leaders.csv | in_two sign_in'
        check 'and read' eval 'sed 1d leaders.csv | in_two reads'
        ;;
    *) bad "$1" 'The test does not know what others do here.' ;;
    esac
}

# ---------------------------------------------------------------- the guide, line by line
cd "$work" || exit
ln -s "$root/frameworks" frameworks
mkdir answers
awk -v out=. -v leaders="$leaders" -v people="$people" -f "$here/guide_people.awk"
awk '/^## / { inside = /command by command/ } inside && /^```/ { fenced = !fenced; next }
    inside && fenced && NF { if (sub(/\\$/, "")) printf "%s", $0; else print }' "$root/docs/administrator.md" |
    sed "s/2026/$((year + 1))/g; s/2028/$((year + 3))/g" >lines
while IFS= read -r text <&4; do
    case $text in
    '# 20'*) forward $(($(date -u -d "${text#\# } 09:00" +%s) - $(now))) ;;
    '# '*) turn "${text#\# }" ;;
    *) line "$text" ;;
    esac
done 4<lines
echo "shown: $leaders leaders, $people people, $(wc -l <casts) ballots in $(($(date +%s) - began)) s"
finish
