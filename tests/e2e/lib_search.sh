# Sourced after lib.sh and lib_round.sh: looks for something that holds both a person and a ballot's name in all that
# the server keeps. The names are taken from where alone they belong, the raters' own vaults. What is searched: every row
# of both schemas and of the planner's statistics, every line of the logs, and every file, byte by byte; not the
# write-ahead log, which holds all that was written in the last days (docs/operator.md says how to keep it).
found=$work/found
mkdir "$found"

# ---------------------------------------------------------------- the names
hex() { # of each line of standard input
    LC_ALL=C awk 'BEGIN { for (i = 1; i < 256; i++) code[sprintf("%c", i)] = sprintf("%02x", i) }
        { out = ""; for (i = 1; i <= length($0); i++) out = out code[substr($0, i, 1)]; print out }'
}
# A person in a line of text is an e-mail address, a name or an id; a ballot is its name (vk), credential (y) or hash
# (leaf), in hex or base64; and each of these again as the hex of a bytea. In a file, ids and ballots are bytes as well.
tokens() { # PEOPLE.CSV; the ballots are those of $work/names
    { tail -n +2 "$1" | cut -d, -f 1,2 | tr , '\n' &&
        sql 'SELECT id FROM desk.person UNION SELECT id FROM desk.assignment'; } >"$work/people"
    tr -d - <"$work/people" | grep -xE '[0-9a-f]{32}' >"$work/ids"
    { hex <"$work/people" && cat "$work/ids"; } >"$found/people.bytes"
    cat "$work/people" "$found/people.bytes" >"$found/people.text"
    awk '{ print $2; print $3; print $4 }' "$work/names" | sort -u >"$work/ballots"
    sql "SELECT left(encode(decode(name, 'hex'), 'base64'), 40) FROM unnest('{$(paste -sd, "$work/ballots")}'::text[]) name" >"$work/base64"
    { cat "$work/ballots" && hex <"$work/ballots"; } >"$found/ballots.bytes"
    cat "$work/base64" "$found/ballots.bytes" >"$found/ballots.text"
    awk '{ print $2; print $3 }' "$work/names" | sort -u >"$work/secrets" # what is not even published at close
    { cat "$work/secrets" && hex <"$work/secrets"; } >"$found/secrets"
}

# ---------------------------------------------------------------- what the server keeps
rows_of_all() { # one row a line
    pg_dump -a -n desk -n ballot 2>"$work/words" || mistake "pg_dump: $(cat "$work/words")"
    sql 'SELECT s::text FROM pg_statistic s'
}
logs() {
    cat "$CANDOUR_SANDBOX/candourd.log" "$CANDOUR_SANDBOX/postgres.log"
}
# Each file as one line: its path, then its bytes in hex. What is as initdb made it has nothing of ours; homes, test and
# demo are the clients' side.
files() {
    sql CHECKPOINT
    (cd "$CANDOUR_SANDBOX" && find . -type f -size +0 -newer initdb.log ! -path './homes/*' ! -path './test/*' \
        ! -path './demo/*' ! -path './cluster/pg_wal/*' | while IFS= read -r file; do
        printf '@%s|' "$file"
        od -An -v -tx1 "$file"
    done) | tr -d ' \n' | tr @ '\n'
}
holding() { # KIND: lines of standard input that hold both
    grep -iFf "$found/people.$1" | grep -iFf "$found/ballots.$1" | cut -c 1-200
}
search() { # WHEN
    sql ANALYZE
    both_sides >"$work/both"
    rows_of_all >"$found/rows"
    logs >"$found/logs"
    files >"$found/files"
    same "$1: no row holds a person and a ballot ($(wc -l <"$found/rows") rows)" '' "$(holding text <"$found/rows")"
    same "$1: no line of a log does ($(wc -l <"$found/logs") lines)" '' "$(holding text <"$found/logs")"
    same "$1: no file does ($(wc -l <"$found/files") files)" '' "$(holding bytes <"$found/files" | cut -d '|' -f 1)"
    same "$1: no line of a log holds any person or any ballot" '' \
        "$(grep -iFf "$found/people.text" "$found/logs"; grep -iFf "$found/ballots.text" "$found/logs")"
    same "$1: no worker of the ballot box logs an address" '' \
        "$(grep 'worker=ballot' "$found/logs" | grep -E '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+')"
    same "$1: no transaction wrote on both sides ($(cat "$work"/*.xmin | wc -l) transactions)" '' "$(cat "$work/both")"
    same "$1: every id that is stored is random (version 4)" '' "$(other_uuids)"
}
# Requests and batches are 16 random bytes of a client.
other_uuids() {
    sql "SELECT string_agg(format('SELECT %L, %I::text FROM %s WHERE %I::text !~ ''^.{14}4.{4}[89ab]''',
                                  a.attrelid::regclass, attname, a.attrelid::regclass, attname), ' UNION ALL ')
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relnamespace IN ('desk'::regnamespace, 'ballot'::regnamespace) AND c.relkind IN ('r', 'p')
           AND atttypid = 'uuid'::regtype AND attnum > 0 AND attname NOT IN ('request', 'batch')" | psql -XAtq -v ON_ERROR_STOP=1 || mistake 'ids cannot be read'
}

# Transactions that wrote rows in both schemas: neighbours in time would be linked by them.
both_sides() {
    local side
    for side in desk ballot; do
        sql "SELECT string_agg(format('SELECT xmin::text FROM %s', c.oid::regclass), ' UNION ')
             FROM pg_class c WHERE relnamespace = '$side'::regnamespace AND relkind = 'r'" | psql -XAtq | sort >"$work/$side.xmin"
    done
    comm -12 "$work/desk.xmin" "$work/ballot.xmin"
}
