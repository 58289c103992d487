#!/bin/bash
# Two whole rounds on the two frameworks, by the real client against the sandbox's daemon: 16 leaders, 150 people, some
# 240 ballots, and a real mail server. Run by `make demo` inside deploy/sandbox.sh. Leaves every report and every mail in
# demo-output/.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$CANDOUR_SANDBOX/demo
out=${CANDOUR_DEMO_OUTPUT:-$root/demo-output}
ten='Leadership round'
three='Corporate team round'
mkdir -p "$work/answers" "$work/homes"
began=$(date +%s)

step() {
    printf '\n%s\n' "$*" >&2
}
quietly() { # shows what a command said only when it fails
    "$@" >"$work/last.log" 2>&1 || { cat "$work/last.log" >&2; exit 1; }
}
# The client says with every command that the clock is shifted; here the steps do.
hr() {
    { CANDOUR_HOME=$work/homes/hr "$CANDOUR" "$@" 2>&1 >&3 | sed '/^\*\*\* DEMONSTRATION: the clock/d' >&2; } 3>&1
}
# Sets the daemon's and the client's clock so many seconds ahead; rounds of purpose demo allow it.
ahead=0
move_clock() {
    ahead=$1
    echo "$ahead" >"$CANDOUR_CLOCK_FILE.new" && mv "$CANDOUR_CLOCK_FILE.new" "$CANDOUR_CLOCK_FILE"
}
hr_signs_in() {
    code=$(oathtool --totp -b --now "$(date -u -d "@$(($(date +%s) + ahead))" '+%Y-%m-%d %H:%M:%S UTC')" "$(cat "$ADMIN_TOTP_FILE")")
    { cat "$ADMIN_PASSWORD_FILE"; echo; echo "$code"; } | sed '/^$/d' >"$work/hr.secret"
    quietly hr sign-in --server "$CANDOUR_DESK" --ca "$CANDOUR_CA" --email "$ADMIN_EMAIL" --secret-file "$work/hr.secret"
    rm "$work/hr.secret"
}
# Runs deploy/demo/rater.sh WHAT for everybody who answers, two at a time, with a line of progress.
everybody() {
    cut -f1 "$work/casts" | sort -u >"$work/raters"
    total=$(wc -l <"$work/raters")
    if [ -t 2 ]; then mark='\r'; else mark=''; fi
    xargs -a "$work/raters" -P 4 -n 1 "$root/deploy/demo/rater.sh" "$1" "$work" |
        awk -v total="$total" -v mark="$mark" '{ n++ } mark != "" { printf mark "  %d of %d people", n, total > "/dev/stderr" }
            END { printf mark "  %d of %d people\n", n, total > "/dev/stderr"; exit n != total }'
}

# Until the mails of a kind are with the mail server.
mails_of() { # KIND
    for tenth in $(seq 600); do
        hr mail status --plain >"$work/mails"
        if cut -f 2 "$work/mails" | grep -qx "$1" && ! cut -f 3 "$work/mails" | grep -qx waiting; then return; fi
        sleep 0.1
    done
    cat "$work/mails" >&2
    return 1
}

quietly "$root/deploy/sandbox-mail.sh" use
step '1. HR imports 150 people and the two frameworks.'
awk -v out="$work" -v seed=2026 -f "$root/deploy/demo/people.awk"
hr_signs_in
quietly hr people import "$work/people.csv"
quietly hr framework import "$root/frameworks/ten-competency.csv" --name 'Ten competencies'
quietly hr framework import "$root/frameworks/level-three.csv" --name 'Level three'

step '2. HR makes two rounds, loads who is asked about whom, and opens them.'
quietly hr round new "$ten" --framework 'Ten competencies' --collect-from now --answer-from +2d --close +16d
quietly hr round new "$three" --framework 'Level three' --collect-from now --answer-from +2d --close +16d
quietly hr round load "$ten" "$work/raters-ten.csv"
quietly hr round load "$three" "$work/raters-three.csv"
for round in "$ten" "$three"; do
    quietly hr round advance "$round" --to collecting --confirm "$round"
done
mails_of invitation

step '3. Everybody has a mail and signs in with its code. The client collects unlinkable credentials.'
everybody sign-in

step '4. Two days later answering opens. Everybody fills in the questionnaires; each ballot waits for its own moment.'
move_clock $((2 * 86400 + 60))
hr_signs_in
mails_of open
everybody give

move_clock $((7 * 86400))
hr_signs_in
mails_of reminder

step '5. In the last third of the time every ballot goes out over a connection of its own, unlinkable to anybody.'
move_clock $((16 * 86400 - 3000))
everybody send

step '6. After the closing date HR closes the rounds; the clerk publishes and HR releases the reports.'
move_clock $((17 * 86400))
hr_signs_in
for round in "$ten" "$three"; do
    quietly hr round close "$round" --confirm "$round" --wait
    quietly hr round release "$round" --confirm "$round"
done

step "7. The reports, for $out"
rm -rf "$out"
mkdir -p "$out"
awk -F, 'NR > 1 && NR <= 17 { print $1 "\t" $2 "\t" (NR <= 13 ? "ten" : "three") }' "$work/people.csv" |
    while IFS=$'\t' read -r email name which; do
        round=$ten
        [ "$which" = ten ] || round=$three
        file="$out/$(printf '%s' "$name" | tr ' ' '-')"
        hr report open --round "$round" "$email" >"$file.txt"
        quietly hr report save --round "$round" "$email" --html "$file.html" --pdf "$file.pdf" --json "$file.json"
    done
for round in "$ten" "$three"; do
    quietly hr report save --round "$round" --all "$work/all"
    file="$out/$(printf '%s' "$round" | tr ' ' '-')"
    mv "$work/all/figures.ods" "$file.ods"
    quietly hr org report "$round" --html "$file.html"
done
mails_of report
mkdir "$out/mails"
number=0
for mail in "$CANDOUR_SANDBOX"/mail/maildir/new/*; do # their names begin with their time
    number=$((number + 1))
    cp "$mail" "$(printf '%s/mails/%04d-%s.eml' "$out" $number "$(sed -n 's/^X-Envelope-To: //p' "$mail")")"
done
first=$(sed -n 5p "$work/people.csv" | cut -d, -f2 | tr ' ' '-')
step "How one leader's report begins:"
sed '/^Competencies$/,$d' "$out/$first.txt"
printf '\n%s ballots by %s people about 16 leaders in %s seconds.\nAll reports, as text, HTML, PDF and JSON, of each round its figures as a spreadsheet and the report over all\nleaders as HTML, and the %s mails that were sent are in %s\n' \
    "$(wc -l <"$work/casts")" "$(wc -l <"$work/raters")" "$(($(date +%s) - began))" $number "$out" >&2
