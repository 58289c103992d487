#!/bin/sh
# usage: po/extract.sh [FOLDER] >candour.pot
# Every text that a rater or a leader meets, as a template of catalogues. Those of administrators and operators stay
# English, and so do help and manual.
set -eu
export LC_ALL=C.UTF-8
cd "${1:-$(dirname "$0")/..}"

english='chain|cmd_audit|cmd_framework|cmd_letters|cmd_mail|cmd_manual|cmd_org|cmd_people|cmd_release|
    cmd_retention|cmd_round.*|
    command_table|completion|csv|findings|framework|manual'
# The client translates where it prints; these functions translate the format or sentence they are given.
translate='problem_set:3 cmd_tell:2 cmd_warn:1 cmd_done_text:2 cmd_yes:2 cmd_prompt:2 cmd_confirm:3 cmd_progress:2
    rater_tell:2 say:2 paragraph:2 wrong:2 ask_yes:3'
# Sentences of the server that come whole, with nothing filled in: the client looks them up.
server='core/request desk/collect desk/nominations desk/rater desk/reading desk/published desk/session'

extract() { # TEMPLATE ARG...
    template=$1
    shift
    xgettext --language=C --from-code=UTF-8 --no-location --add-comments=Translators --package-name=candour \
        --copyright-holder='the Candour authors' --keyword -o - "$@" |
        sed 's/charset=CHARSET/charset=UTF-8/' >"$template"
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

files=$(find client -name '*.c' 2>/dev/null | LC_ALL=C sort |
    grep -vxE "client/($(printf %s "$english" | tr -d ' \n'))\.c" || true)
[ -n "$files" ] || {
    echo 'po: there is no source to look at' >&2
    exit 1
}
flags=
for keyword in $translate; do
    flags="$flags --keyword=$keyword --flag=$keyword:pass-c-format"
done
# shellcheck disable=SC2086
extract "$folder/client.pot" --keyword=_ --keyword=N_ --keyword=ngettext:1,2 \
    --flag=_:1:pass-c-format --flag=N_:1:pass-c-format $flags $files
files=
for name in $server; do
    [ ! -f "daemon/$name.c" ] || files="$files daemon/$name.c"
done
if [ -n "$files" ]; then
    # shellcheck disable=SC2086
    extract "$folder/all.pot" --keyword=request_outcome:3 --keyword=send_part:2 --keyword=TOLD $files
    msggrep --invert-match --msgid --regexp=% -o "$folder/server.pot" "$folder/all.pot"
fi
# No date: a template changes when a text does. And a text that has no word of its own is none.
msgcat --use-first --no-location $(ls "$folder"/client.pot "$folder"/server.pot 2>/dev/null) |
    msggrep --invert-match --msgid --regexp='^%s$' |
    grep -v '^"POT-Creation-Date:'
