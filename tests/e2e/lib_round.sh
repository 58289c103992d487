# Sourced after lib.sh: a small round by commands alone, step by step. Its people, raters and answers are in $data
# (round_data.awk), and what its reports must say in $data/expected (round_figures.awk).
data=$work/round
framework_csv=$root/frameworks/ten-competency.csv
round='Spring 2026'

round_data() { # SEED
    mkdir -p "$data/answers"
    awk -v out="$data" -v seed="$1" -f "$here/csv.awk" -f "$here/round_data.awk" "$framework_csv"
    (cd "$data" && for file in answers/*.json; do
        jq -r --arg file "${file%.json}" '[$file, (.ratings | map(. // "x" | tostring) | join(" ")),
            (.comments | .["1"], .["2"], .["3"] | . // "")] | join("\t")' "$file"
    done) >"$data/answers.tsv"
    awk -v threshold=4 -v pooled=4 -v split_min=5 -f "$here/csv.awk" -f "$here/round_figures.awk" "$framework_csv" \
        "$data/casts" "$data/answers.tsv" | sort >"$data/expected"
}
raters() {
    cut -f 1 "$data/casts" | sort -u
}
leader_email() { # NUMBER
    sed -n "$(($1 + 1))s/,.*//p" "$data/people.csv"
}
# The function for each line of standard input; prints the words of those that fail.
for_each() {
    local line words
    while IFS= read -r line; do
        words=$("$1" "$line" 2>&1) || printf '%s %s:\n%s\n' "$1" "$line" "$words"
    done
}
# The same with two at a time, never two of one person, who is the first word; fails when one fails.
in_two() { # FUNCTION
    awk -F '\t' -v first="$work/first" -v second="$work/second" 'BEGIN { printf "" >first; printf "" >second }
        { if (!($1 in half)) half[$1] = ++people % 2; print >(half[$1] ? first : second) }'
    for_each "$1" <"$work/first" >"$work/first.failed" &
    for_each "$1" <"$work/second" >"$work/second.failed"
    wait $!
    ! grep . "$work/first.failed" "$work/second.failed"
}

# ---------------------------------------------------------------- the administrator begins
round_made() {
    admin_sign_in &&
        as "$admin" people import "$data/people.csv" &&
        as "$admin" framework import "$framework_csv" --name 'Ten competencies' &&
        as "$admin" round new "$round" --framework 'Ten competencies' --collect-from now --answer-from +25h \
            --close +10d --grace 1h &&
        as "$admin" round load "$round" "$data/raters.csv"
}
round_collecting() {
    as "$admin" round advance "$round" --to collecting --confirm "$round" &&
        as "$admin" round letters "$round" --out "$work/letters"
}

# ---------------------------------------------------------------- raters
code_of() { # EMAIL
    sed -n 's/^ *Your code: *//p' "$work/letters/$1.txt"
}
sign_in() { # EMAIL [HOME]
    code_of "$1" | CANDOUR_HOME=$homes/${2:-$1} "$CANDOUR" sign-in --server "$server" --ca "$CANDOUR_CA" --email "$1" \
        --secret-file - --no-input
}
round_collected() {
    raters | in_two sign_in
}
deed_of() { # DEED: the lines of casts
    awk -F '\t' -v deed="$1" '$6 == deed' "$data/casts"
}
give() { # EMAIL LEADER GROUP FILE FLAG...
    as "$1" give "$2" --group "$3" --answers "$data/$4.json" "${@:5}"
}
# One line of casts: what that rater does once answering has opened.
answer() {
    local rater leader number level group deed file
    IFS=$'\t' read -r rater leader number level group deed file <<<"$1"
    case $deed in
    silent) ;;
    later) give "$rater" "$leader" "$group" "$file" ;;
    revise | restore)
        give "$rater" "$leader" "$group" "$file-first" --now --yes || return
        [ "$deed" = revise ] || restore "$rater" || return
        give "${new_home:-$rater}" "$leader" "$group" "$file" --now --yes
        ;;
    *) give "$rater" "$leader" "$group" "$file" --now --yes ;;
    esac || return
    [ "$deed" != withdraw ] || as "$rater" withdraw "$leader" --group "$group" --now --yes
}
# This rater goes on at another computer, with the recovery code.
restore() { # EMAIL
    local code
    sign_in "$1" && code=$(as "$1" recovery-code show --plain) || return
    new_home=$1.new
    sign_in "$1" "$new_home" # says that the credentials were collected elsewhere
    CANDOUR_HOME=$homes/$new_home "$CANDOUR" recover "$round" <<<"$code"
}
send_later() { # one line of casts
    as "${1%%$'\t'*}" send
}
# What waits has come due an hour before the close.
round_answered() {
    in_two answer <"$data/casts" && forward 771000 && deed_of later | in_two send_later
}

# Assignment, vk, y and leaf of the receipt, in hex, as the raters' vaults hold them; "-" for what one has not.
names() {
    local vault
    for vault in "$homes"/*/vault; do
        tail -c +18 "$vault" | protoc --decode=vault.Vault --proto_path="$root/client" vault.proto |
            awk -f "$here/vault_names.awk"
    done | sort -u
}

# ---------------------------------------------------------------- the end
round_closed() {
    admin_sign_in && as "$admin" round close "$round" --confirm "$round" --wait
}
report_lines() { # LEADER'S NUMBER: of the report in standard input
    jq -r --arg leader "$1" -f "$here/round_report.jq" | sort
}
