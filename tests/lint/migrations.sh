#!/bin/sh
# usage: migrations.sh [FOLDER]
# What was released stays: each migration that sql/migrations/frozen lists is there with the same text, and no other is
# numbered before it; each number is there once. A release adds its own: (cd sql/migrations && sha256sum */*.sql >frozen)
set -eu
cd "${1:-$(dirname "$0")/../..}/sql/migrations"
faults=0
fault() {
    echo "sql/migrations: $*"
    faults=$((faults + 1))
}
count=$(grep -c . frozen) || fault 'frozen lists nothing'
sha256sum --check --strict --quiet frozen 2>&1 || fault 'what was released has changed; write a new migration instead'
for side in desk ballot; do
    for number in $(cd "$side" && ls ./*.sql | cut -c3-6 | sort | uniq -d); do
        fault "two migrations of $side have the number $number"
    done
    last=$(sed -n "s,^.*  \($side/.*\),\1,p" frozen | LC_ALL=C sort | tail -n 1)
    for file in "$side"/*.sql; do
        grep -q "  $file\$" frozen || expr "$file" \> "$last" >/dev/null ||
            fault "$file comes before $last, which was released; give it a later number"
    done
done
echo "migrations: $count files, $faults faults"
[ $faults -eq 0 ]
