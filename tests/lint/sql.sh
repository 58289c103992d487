#!/bin/sh
# usage: sql.sh [FOLDER]
# A query is one statement in one implicit transaction, takes the time from its caller (there is one clock), and stays
# on its side of the wall between desk and ballot. Comments and quoted text do not count.
set -eu
cd "${1:-$(dirname "$0")/../..}"
find sql/queries -name '*.sql' 2>/dev/null | LC_ALL=C sort | awk '
function fault(text) {
    print file ": " text
    faults++
}
# Only the code of an SQL text, in lower case; a quoted string becomes a pair of quotes.
function code(text,    out, place) {
    while (match(text, /--|\/\*|\047|"/)) {
        out = out substr(text, 1, RSTART - 1)
        place = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        if (place == "\"") { out = out place; continue }
        if (place == "\047") out = out "\047\047"
        place = place == "--" ? "\n" : place == "/*" ? "*/" : place
        text = index(text, place) ? substr(text, index(text, place) + length(place)) : ""
        if (place == "\n") out = out "\n"
    }
    return tolower(out text)
}
function has(word) { return text ~ "(^|[^a-z0-9_])" word "([^a-z0-9_]|$)" }
{
    count++
    file = $0
    text = ""
    while ((getline row < file) > 0) text = text row "\n"
    close(file)
    text = code(text)
    if (text ~ /\$[a-z_]*\$/) fault("dollar quoting hides statements from this check")
    if (text ~ /^[ \n\t;]*$/) fault("holds no statement")
    if (text ~ /;.*[^ \n\t]/) fault("holds more than one statement")
    split("begin commit rollback savepoint abort", words, " ")
    for (i in words) if (has(words[i])) fault("says " toupper(words[i]))
    split("now current_timestamp clock_timestamp statement_timestamp transaction_timestamp localtimestamp current_date " \
        "current_time localtime", clocks, " ")
    for (i in clocks) if (has(clocks[i])) fault("asks " clocks[i] "; take the time as a parameter")
    if (text ~ /(^|[^a-z0-9_])"?desk"?\./ && text ~ /(^|[^a-z0-9_])"?ballot"?\./) fault("names both desk. and ballot.")
}
END {
    printf "sql: %d files, %d faults\n", count, faults
    exit faults > 0 || count == 0
}'
