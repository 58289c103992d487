#!/bin/sh
# Writes sql.h and sql.c into the folder given: every query (one prepared statement a file) and every migration, as
# C strings, with one table of each. A query's number is its place in that table.
set -eu
out=$1
cd "$(dirname "$0")"
text() { # a file as a C string literal
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/    "/' -e 's/$/\\n"/' "$1"
}
name() { # queries/desk/sign_in.sql -> DESK_SIGN_IN
    printf '%s' "$1" | sed -e 's,^queries/,,' -e 's,\.sql$,,' -e 's,/,_,g' | tr '[:lower:]' '[:upper:]'
}
queries=$(find queries -name '*.sql' | LC_ALL=C sort)
migrations=$(find migrations -name '*.sql' | LC_ALL=C sort)
{
    echo '// Made by sql/embed.sh.'
    echo '#ifndef CANDOUR_SQL_H'
    echo '#define CANDOUR_SQL_H'
    echo '#include <stddef.h>'
    echo 'enum query {'
    for q in $queries; do echo "    QUERY_$(name "$q"),"; done
    echo '    QUERY_COUNT'
    echo '};'
    echo '// name: the file below sql/queries without ".sql"; its folder is the database role that may run it.'
    echo 'struct sql_query { const char *role, *name, *text; };'
    echo 'extern const struct sql_query sql_queries[];'
    echo '// side: "desk" or "ballot"; name: the file.'
    echo 'struct sql_migration { const char *side, *name, *text; };'
    echo 'extern const struct sql_migration sql_migrations[];'
    echo 'extern const size_t sql_migrations_count;'
    echo '#endif'
} > "$out/sql.h"
{
    echo '// Made by sql/embed.sh.'
    echo '#include "sql.h"'
    echo 'const struct sql_query sql_queries[] = {'
    for q in $queries; do
        role=$(basename "$(dirname "$q")")
        printf '    {"%s", "%s/%s",\n' "$role" "$role" "$(basename "$q" .sql)"
        text "$q"
        echo '    },'
    done
    echo '    {0, 0, 0}};'
    echo 'const struct sql_migration sql_migrations[] = {'
    for m in $migrations; do
        printf '    {"%s", "%s",\n' "$(basename "$(dirname "$m")")" "$(basename "$m" .sql)"
        text "$m"
        echo '    },'
    done
    echo '    {0, 0, 0}};'
    echo 'const size_t sql_migrations_count = sizeof sql_migrations / sizeof *sql_migrations - 1;'
} > "$out/sql.c"
