# Checks one competency framework (CSV, RFC 4180) read from standard input.
#
# Environment:
#   FRAMEWORK_NAME    the file's name, used in messages and in the table
#   FRAMEWORK_COUNTS  lines "file|competency|level|rows|ineffective"; when the
#                     file is named there, its blocks must match exactly and
#                     stand in that order
#
# Writes a message per fault, then one line "rows N faults M".
# Run it with LC_ALL=C: lengths are counted in UTF-8 characters by hand.

BEGIN {
    NAME = ENVIRON["FRAMEWORK_NAME"]
    HEADER = "cluster,competency,definition,level,level_name,effective,ineffective"
    COLUMNS = 7
    LIMIT = 120
    rows = faults = blocks = want = 0
    pending = ""
    open = 0

    n = split(ENVIRON["FRAMEWORK_COUNTS"], line, "\n")
    for (i = 1; i <= n; i++) {
        if (split(line[i], part, "|") == 5 && part[1] == NAME) {
            want++
            want_block[want] = part[2] "|" part[3]
            want_rows[want] = part[4] + 0
            want_bad[want] = part[5] + 0
        }
    }
}

function fault(at, text) {
    faults++
    printf "%s:%d: %s\n", NAME, at, text
}

# Characters, not bytes: drop the UTF-8 continuation bytes.
function chars(s) {
    gsub(/[\200-\277]/, "", s)
    return length(s)
}

# The form in which two statements count as the same.
function plain(s) {
    s = tolower(s)
    gsub(/[ \t\n]+/, " ", s)
    sub(/^ /, "", s)
    sub(/[ .]+$/, "", s)
    return s
}

# Splits a record into F[1..n]; returns n, 0 for a malformed record or -1 for
# a quoted field that is still open.
function parse(s, F,    n, c, p, len) {
    for (n in F)
        delete F[n]
    n = 0
    len = length(s)
    p = 1
    for (;;) {
        n++
        F[n] = ""
        if (substr(s, p, 1) == "\"") {
            p++
            for (;;) {
                if (p > len)
                    return -1
                c = substr(s, p, 1)
                if (c != "\"") {
                    F[n] = F[n] c
                    p++
                } else if (substr(s, p + 1, 1) == "\"") {
                    F[n] = F[n] "\""
                    p += 2
                } else {
                    p++
                    break
                }
            }
            if (p <= len && substr(s, p, 1) != ",")
                return 0
        } else {
            while (p <= len && (c = substr(s, p, 1)) != ",") {
                if (c == "\"")
                    return 0
                F[n] = F[n] c
                p++
            }
        }
        if (p > len)
            return n
        p++
    }
}

function statement(at, level, text, what,    key) {
    if (chars(text) > LIMIT)
        fault(at, what " has " chars(text) " characters, more than " LIMIT)
    key = level SUBSEP plain(text)
    if (key in seen)
        fault(at, what " repeats the text of line " seen[key] " in level " level ": " text)
    else
        seen[key] = at
}

# The same key must carry the same value on all its rows.
function same(at, kind, key, value, what) {
    key = kind SUBSEP key
    if (!(key in held))
        held[key] = value
    else if (held[key] != value)
        fault(at, what " differs from the one given earlier")
}

function row(at, F,    i, block) {
    rows++
    for (i = 1; i <= COLUMNS; i++) {
        if (F[i] ~ /^[ \t]/ || F[i] ~ /[ \t]$/)
            fault(at, "column " i " begins or ends with a space")
        if (F[i] ~ /[\001-\037\177]/)
            fault(at, "column " i " holds a control character")
    }
    if (F[2] == "") fault(at, "competency is empty")
    if (F[3] == "") fault(at, "definition is empty")
    if (F[4] == "") fault(at, "level is empty")
    if (F[5] == "") fault(at, "level_name is empty")
    if (F[6] == "") fault(at, "effective is empty")
    else statement(at, F[4], F[6], "effective")
    if (F[7] != "") statement(at, F[4], F[7], "ineffective")

    same(at, "cluster", F[2], F[1], "cluster of '" F[2] "'")
    same(at, "definition", F[2], F[3], "definition of '" F[2] "'")
    same(at, "level_name", F[4], F[5], "level_name of level " F[4])

    block = F[2] "|" F[4]
    if (blocks == 0 || block != got_block[blocks]) {
        if (block in begun)
            fault(at, "rows of '" F[2] "', level " F[4] ", do not stand together")
        begun[block] = 1
        blocks++
        got_block[blocks] = block
        got_at[blocks] = at
    }
    got_rows[blocks]++
    if (F[7] != "")
        got_bad[blocks]++
}

{
    if (index($0, "\r"))
        fault(NR, "carriage return: lines must end with a line feed alone")
    if (NR == 1) {
        if ($0 != HEADER)
            fault(1, "header is not: " HEADER)
        next
    }
    if (open)
        pending = pending "\n" $0
    else {
        pending = $0
        began = NR
    }
    n = parse(pending, field)
    open = (n < 0)
    if (open)
        next
    if (n == 0)
        fault(began, "misplaced quotation mark")
    else if (n != COLUMNS)
        fault(began, n " columns instead of " COLUMNS)
    else
        row(began, field)
}

END {
    if (NR == 0)
        fault(1, "file is empty")
    else if (open)
        fault(began, "quoted field is never closed")
    else if (rows == 0)
        fault(1, "no rows")

    if (want) {
        for (i = 1; i <= want || i <= blocks; i++) {
            if (i > want)
                fault(got_at[i], "block not expected: " got_block[i])
            else if (i > blocks)
                fault(NR, "block missing: " want_block[i])
            else if (got_block[i] != want_block[i])
                fault(got_at[i], "block " i " is " got_block[i] ", expected " want_block[i])
            else {
                if (got_rows[i] != want_rows[i])
                    fault(got_at[i], got_block[i] ": " got_rows[i] " rows, expected " want_rows[i])
                if (got_bad[i] + 0 != want_bad[i])
                    fault(got_at[i], got_block[i] ": " (got_bad[i] + 0) " ineffective statements, expected " want_bad[i])
            }
        }
    }
    printf "rows %d faults %d\n", rows, faults
}
