#!/bin/sh
# usage: daemon/mail/embed.sh FILE.c TEMPLATE...
# Writes the own texts of mails and letters as C strings, named after their files: "thanks", "cy/thanks".
set -eu
out=$1
shift
{
    echo '// Made by daemon/mail/embed.sh.'
    echo '#include "daemon/mail/template.h"'
    echo '#include "daemon/mail/template_private.h"'
    echo 'const struct template_file template_files[] = {'
    for file; do
        name=${file#*/templates/}
        printf '    {"%s",\n' "${name%.txt}"
        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/    "/' -e 's/$/\\n"/' "$file"
        echo '    },'
    done
    echo '    {0, 0}};'
    printf 'const char *const template_languages[] = {"en"'
    for file; do
        name=${file#*/templates/}
        [ "${name#*/}" != code.txt ] || [ "$name" = code.txt ] || printf ', "%s"' "${name%/*}"
    done
    echo ', 0};'
} >"$out"
