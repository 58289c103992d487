#!/bin/sh
# usage: po.sh [FOLDER]
# Every catalogue has each text of the sources, translated, and with the same things to fill in.
set -eu
extract=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)/po/extract.sh
cd "${1:-$(dirname "$0")/../..}"
command -v msgcmp >/dev/null || {
    echo 'po: msgcmp is missing. Install it with: deploy/dependencies.sh build'
    exit 1
}
template=$(mktemp)
trap 'rm -f "$template"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
"$extract" . >"$template"
count=0
faults=0
for catalogue in po/*.po; do
    [ -f "$catalogue" ] || continue
    count=$((count + 1))
    msgfmt --check -o /dev/null "$catalogue" || faults=$((faults + 1))
    msgcmp "$catalogue" "$template" || {
        echo "$catalogue: do make po, and translate what is new"
        faults=$((faults + 1))
    }
done
# Of two texts xgettext sees the first one only, unless each is marked.
bare=$(grep -nHE '[?:] "[A-Z][^"]* [a-z]' client/a*.c client/cast*.c client/cmd_give.c client/cmd_rater.c client/cmd_report*.c \
    client/cmd_session.c client/rater*.c client/render/*.c client/trust*.c client/vault*.c 2>/dev/null || true)
[ -z "$bare" ] || {
    printf '%s\nmark each of the two with N_ or _\n' "$bare"
    faults=$((faults + 1))
}
texts=$(grep -c '^msgid "' "$template" || true)
echo "po: $texts texts, $count catalogues, $faults faults"
[ "$count" -gt 0 ] && [ "$texts" -gt 0 ] && [ "$faults" -eq 0 ]
