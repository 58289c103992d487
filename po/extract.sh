#!/bin/sh
# usage: po/extract.sh [FOLDER] >candour.pot
# Every text that a rater or a leader meets, as a template of catalogues. Those of administrators and operators stay
# English: their files are not listed here.
set -eu
cd "${1:-$(dirname "$0")/..}"

# The client translates where it prints; these functions translate the format or sentence they are given.
client='answers ask ask_words cast cast_check cast_send cmd cmd_give cmd_nominations cmd_parts cmd_rater cmd_report
    cmd_report_save cmd_session cmd_witness command dial exit help language link main pdf_program private_file progress
    prompt rater rater_merge reports socks trust trust_changes trust_fetch trust_witness vault vault_data'
translate='problem_set:3 cmd_tell:2 cmd_warn:1 cmd_done_text:2 cmd_yes:2 cmd_prompt:2 cmd_progress:2 rater_tell:2
    say:2 paragraph:2 wrong:2 ask_yes:3'
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

files=
for name in $client; do
    [ ! -f "client/$name.c" ] || files="$files client/$name.c"
done
for file in client/render/*.c; do
    [ ! -f "$file" ] || files="$files $file"
done
[ -n "$files" ] || {
    echo 'po: there is no source to look at' >&2
    exit 1
}
flags=
for keyword in $translate; do
    flags="$flags --keyword=$keyword --flag=$keyword:pass-c-format"
done
# shellcheck disable=SC2086
extract "$folder/client.pot" --keyword=_ --keyword=N_ --keyword=ngettext:1,2 --flag=_:1:pass-c-format --flag=N_:1:pass-c-format \
    $flags $files
files=
for name in $server; do
    [ ! -f "daemon/$name.c" ] || files="$files daemon/$name.c"
done
if [ -n "$files" ]; then
    # shellcheck disable=SC2086
    extract "$folder/all.pot" --keyword=request_outcome:3 --keyword=send_part:2 $files
    msggrep --invert-match --msgid --regexp=% -o "$folder/server.pot" "$folder/all.pot"
fi
# No date: a template changes when a text does.
msgcat --use-first --no-location $(ls "$folder"/client.pot "$folder"/server.pot 2>/dev/null) |
    grep -v '^"POT-Creation-Date:'
