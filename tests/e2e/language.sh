#!/usr/bin/env bash
# A language: a small round in a made-up one, each text of which stands in brackets. All data of the round is in
# capitals, so a small letter outside of brackets is a text of ours that nobody could translate. And Welsh itself.
. "$(dirname "$0")/lib.sh"
round='ROUND ONE'
leader=leader@example.org
template=$work/candour.pot
export TZ=UTC

# ---------------------------------------------------------------- the made-up language
# Its "lang" and "dir" stay as they are.
bracketed() {
    case $MSGFILTER_MSGID in
    en | ltr) cat ;;
    '') sed 's/nplurals=[^\\]*/nplurals=2; plural=(n != 1);/; s/^Language:.*/Language: en/' ;;
    *) sed -e '1s/^/⟦/' -e '$s/$/⟧/' ;;
    esac
}
made_up() {
    export -f bracketed
    "$root/po/extract.sh" >"$template" &&
        msgen "$template" | msgfilter --keep-header -o "$work/made.po" bash -c bracketed &&
        mkdir -p "$work/locale/zz/LC_MESSAGES" &&
        msgfmt --check-format -o "$work/locale/zz/LC_MESSAGES/candour.mo" "$work/made.po"
}
check 'a language is made from the template' made_up
zz() { # COMMAND...: in that language
    CANDOUR_LOCALE_DIR=$work/locale LANGUAGE=zz "$@"
}

# What is left of standard input without texts in brackets (which may lie within each other), addresses, paths,
# commands' own words before a colon, and times.
bare() {
    perl -Mutf8 -CSD -0777 -pe 's/^\*\*\* DEMONSTRATION: the clock .*\n//mg; 1 while s/⟦[^⟦⟧]*⟧/ /gs; s/^candour: //mg; s/^  candour( [a-z-]+)+ *//mg; s/\S+@\S+//g; s/\S*\/\S*//g; s/\bUTC\b|Example Council|\[=*o=*\]//g;
        s/\[::1\]:\d+|127\.0\.0\.1:\d+|localhost:\d+//g;' | grep -nE '[a-z]' || true
}
translated() { # NAME CODE COMMAND...: it ends with CODE, and says nothing in a language of its own
    local name=$1 code=$2 words status=0
    shift 2
    words=$(zz "$@" 2>&1) || status=$?
    [ $status -eq "$code" ] || {
        bad "$name" "ended with $status, not $code: $*" "$words"
        return
    }
    grep -q '⟦' <<<"$words" || bad "$name" 'says nothing that is translated' "$words"
    same "$name" '' "$(bare <<<"$words")"
}
same 'a text without brackets is seen' '2:TWO words' "$(printf '⟦one ⟦two⟧\nthree⟧\nTWO words' | bare | sed 's/^1:/2:/')"

# ---------------------------------------------------------------- a round in capitals
{
    echo 'E-mail,Name,Job title,Unit,Manager e-mail,Level'
    echo 'boss@example.org,BOSS,DIRECTOR,PLACE,,'
    echo "$leader,LEE ADER,HEAD,PLACE,boss@example.org,5"
    for i in 1 2 3 4 5; do echo "peer$i@example.org,PEER $i,OFFICER,PLACE,boss@example.org,"; done
} >"$work/people.csv"
{
    echo 'Subject e-mail,Rater e-mail,Group'
    echo "$leader,$leader,self"
    echo "$leader,boss@example.org,manager"
    for i in 1 2 3 4 5; do echo "$leader,peer$i@example.org,peer"; done
} >"$work/raters.csv"
{
    echo 'cluster,competency,definition,level,level_name,effective,ineffective'
    for i in 1 2 3; do
        for k in 1 2 3; do echo "CLUSTER,SKILL $i,A SKILL.,5,HEADS,DOES $i $k WELL,DOES $i $k BADLY"; done
    done
} >"$work/framework.csv"
made() {
    admin_sign_in && as "$admin" people import "$work/people.csv" &&
        as "$admin" framework import "$work/framework.csv" --name 'FRAMEWORK' --question 'WHAT IS GOOD?' --question 'WHAT NEXT?' \
            --scale 'NEVER|RARELY|SOMETIMES|OFTEN|ALWAYS' &&
        as "$admin" round new "$round" --framework 'FRAMEWORK' --collect-from now --answer-from +25h --close +10d \
            --grace 1h &&
        as "$admin" round load "$round" "$work/raters.csv" &&
        as "$admin" round advance "$round" --to collecting --confirm "$round" &&
        as "$admin" round letters "$round" --out "$work/letters"
}
check 'a round is made, collecting' made
code_of() {
    sed -n 's/^ *Your code: *//p' "$work/letters/$1.txt"
}
sign_in() { # EMAIL
    code_of "$1" | CANDOUR_HOME=$homes/$1 "$CANDOUR" sign-in --server "$server" --ca "$CANDOUR_CA" --email "$1" \
        --secret-file - --no-input
}
typing() { # EMAIL LINES COMMAND...: somebody sits there
    printf '%b' "$2" | CANDOUR_HOME=$homes/$1 timeout 60 "$CANDOUR" "${@:3}"
}

# ---------------------------------------------------------------- every sentence of a rater
me=peer1@example.org
translated 'candour without anything' 0 "$CANDOUR"
translated 'a command that does not exist' 2 as "$me" quue
translated 'a flag that does not exist' 2 as "$me" give --slef
translated 'before signing in' 3 as "$me" whoami
translated 'a code that is wrong' 2 typing "$me" 'WRONG\n' sign-in --server "$server" --ca "$CANDOUR_CA" --email "$me" --secret-file -
translated 'signing in and collecting' 0 sign_in "$me"
translated 'the code of somebody else' 3 typing "$me" "$(code_of peer2@example.org)\n" sign-in --email "$me" --secret-file -
for one in "$leader" boss@example.org peer2@example.org peer3@example.org peer4@example.org; do sign_in "$one"; done >"$work/others" 2>&1
for command in whoami 'assignments list' 'assignments list --refresh' 'accept LEE' 'decline LEE --reason BUSY' 'remind stop' \
    'remind start' queue send 'accept NOBODY'; do
    # shellcheck disable=SC2086
    translated "$command" "$([ "$command" = 'accept NOBODY' ] && echo 4 || echo 0)" as "$me" $command
done
translated 'decline without a reason' 2 as "$me" decline LEE
translated 'administration is not for raters' 3 as "$me" round list
translated 'check without anything published' 4 as "$me" check
translated 'withdraw without an answer' 5 as "$me" withdraw LEE --yes
translated 'the questionnaire, stopped' 0 typing "$me" 'x\n4\n0\n-\nb\n2\ns\n99\n2\n3\nq\n' give LEE
translated 'the questionnaire, with comments that are not wise' 0 typing "$me" \
    '1\n2\n3\n4\n5\n1\n2\n3\n4\nYOU LEE, write@example.org on 2026-01-02 as your only one\n.\nn\nGOOD\n.\n\ny\n' give LEE
translated 'what waits' 0 as "$me" queue
translated 'answers that are no answers' 2 typing "$me" '{"ratings": [1]}' give LEE --answers -
translated 'answers again' 0 typing "$me" 'q\n' give LEE
forward 90060
translated 'sending at once, with its warning' 0 as "$me" send --now --yes
ratings='{"ratings": [5,4,4,3,4,2,5,5,4], "comments": {}}'
for one in "$leader" boss@example.org peer2@example.org peer3@example.org peer4@example.org; do
    CANDOUR_HOME=$homes/$one "$CANDOUR" give LEE --answers - --now --yes --no-input <<<"$ratings"
done >"$work/others" 2>&1
same 'everybody has answered' 6 "$(sql 'SELECT count(*) FROM ballot.ballot')"
forward 600000
translated 'too late to answer' 5 as "$me" give LEE
translated 'what was not given in time' 0 as "$me" assignments list
translated 'late, with its warning' 0 typing "$me" 'y\nq\n' give LEE --late
translated 'what comes next then' 0 as "$me"
translated 'signing out' 0 as "$me" sign-out
forward 400000
check 'the round is closed and released' eval 'admin_sign_in && as "$admin" round close "$round" --confirm "$round" --wait &&
    as "$admin" round release "$round" --confirm "$round"'
translated 'finding the answer again' 0 as "$me" check

# ---------------------------------------------------------------- and of a leader
translated 'a leader signs in' 0 sign_in "$leader"
translated 'which reports there are' 0 as "$leader" report list
translated 'the report in the terminal' 0 as "$leader" report open
translated 'saving it' 0 as "$leader" report save --html "$work/zz.html" --pdf "$work/zz.pdf"
page_of() { # of HTML: what is read, titles and labels too
    perl -CSD -0777 -pe 's/<style>.*?<\/style>//gs; s/<(meta|html|path|rect|circle|line|use|svg|g)\b[^>]*>/ /gs;
        s/ (alt|aria-label)="([^"]*)"/> $2 </gs; s/<[^>]*>/ /gs; s/&[a-z]+;/ /g' "$1"
}
same 'every word of the page' '' "$(page_of "$work/zz.html" | bare)"
same 'every word of the PDF' '' "$(pdftotext -raw "$work/zz.pdf" - | bare)"

translated 'nominations when no round nominates' 4 as "$leader" raters list
translated 'the same for a line manager' 4 as "$leader" nominations list

# ---------------------------------------------------------------- of those who nominate
nominating() {
    admin_sign_in && as "$admin" round new 'ROUND TWO' --framework FRAMEWORK --collect-from +2d --answer-from +4d --close +14d --peers 0-1 &&
        as "$admin" round load 'ROUND TWO' <(printf 'leader\n%s\n' "$leader") &&
        as "$admin" round advance 'ROUND TWO' --to nominating --confirm 'ROUND TWO' && sign_in boss@example.org
}
check 'a round nominates' nominating
me=$leader
translated 'trying to nominate' 0 as "$me" raters nominate peer1@example.org --group peer --dry-run
translated 'nominating' 0 as "$me" raters nominate peer1@example.org --group peer
translated 'one too many' 5 as "$me" raters nominate peer2@example.org --group peer
translated 'somebody unknown' 5 as "$me" raters nominate nobody@example.org --group other
translated 'oneself' 5 as "$me" raters nominate "$me" --group other
translated 'approving' 0 as boss@example.org nominations approve LEE
translated 'taking back what is approved' 5 as "$me" raters remove peer1@example.org
translated 'what is approved already' 0 as boss@example.org nominations approve LEE peer1@example.org
ends 'in Welsh, too' 5 'Ni chadwyd dim. Nid yw nobody@example.org yn hysbys yma' env LANGUAGE=cy \
    CANDOUR_HOME="$homes/$me" "$CANDOUR" raters nominate nobody@example.org --group other --no-input

# ---------------------------------------------------------------- Welsh
cy() {
    LANGUAGE=cy "$@"
}
ends 'Welsh is there' 0 'Pwy a atebodd' cy as "$leader" report open
ends 'by LANG alone, without its locale' 0 'Pwy a atebodd' env -u LC_ALL -u LANGUAGE LANG=cy_GB.UTF-8 \
    CANDOUR_HOME="$homes/$leader" "$CANDOUR" report open
ends 'by --language' 0 'Pwy a atebodd' as "$leader" report open --language cy
ends 'which is remembered' 0 'Pwy a atebodd' as "$leader" report open
check 'the page and the PDF' as "$leader" report save --html "$work/cy.html" --pdf "$work/cy.pdf"
ends 'the page says its language' 0 '<html lang="cy" dir="ltr">' cat "$work/cy.html"
ends 'and the PDF' 0 'Pwy a atebodd' pdftotext "$work/cy.pdf" -
ends 'with its language' 0 '/Lang \(cy\)' eval 'qpdf --qdf --object-streams=disable "$work/cy.pdf" - | tr -d "\0"'
ends 'files for programs stay what they are' 0 '"round"' as "$leader" report open --json
ends 'and English again' 0 'Who answered' as "$leader" report open --language none
finish
