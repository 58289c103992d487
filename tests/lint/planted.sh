#!/bin/sh
# usage: planted.sh
# Every check here can fail: it must pass on a small clean tree, complain about each mistake planted in it, and fail
# when there is nothing to look at.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

count=0
faults=0
expect() { # green|red LINT WHAT
    count=$((count + 1))
    result=green
    "$here/$2.sh" "$tree" >"$tree/said" 2>&1 || result=red
    [ $result = "$1" ] || {
        echo "$2 is $result: $3"
        cat "$tree/said"
        faults=$((faults + 1))
    }
}
clean_tree() {
    rm -rf "$tree"
    for header in proto/frame client/link daemon/core/server daemon/core/db_private daemon/desk/people daemon/report/rows; do
        mkdir -p "$tree/${header%/*}" "$tree/daemon/ballot" "$tree/sql/queries/desk" \
            "$tree/sql/migrations/desk" "$tree/sql/migrations/ballot"
        guard=$(echo "$header" | tr 'a-z/' 'A-Z_')_H
        printf '// %s.\n#ifndef %s\n#define %s\n#endif\n' "$header" "$guard" "$guard" >"$tree/$header.h"
    done
    printf '#include "frame.h"\n\nint frame_read(void) {\n    return 0;\n}\n' >"$tree/proto/frame.c"
    mkdir -p "$tree/po"
    printf 'const char *exit_text(void) {\n    return _("Go %%s.");\n}\n' >"$tree/client/exit.c"
    printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n#, c-format\nmsgid "Go %%s."\nmsgstr "Ewch %%s."\n' \
        >"$tree/po/cy.po"
    printf 'SELECT id FROM desk.person WHERE note <> $1 -- now(); ballot.x\n' >"$tree/sql/queries/desk/person.sql"
    for migration in desk/0001_desk desk/0003_more ballot/0001_ballot; do
        echo "-- $migration" >"$tree/sql/migrations/$migration.sql"
    done
    (cd "$tree/sql/migrations" && LC_ALL=C sha256sum */*.sql >frozen)
}
plant() { # LINT FILE TEXT: the text is added to the file
    clean_tree
    printf '%b\n' "$3" >>"$tree/$2"
    expect red "$1" "$3 in $2"
}
repeat() { # COUNT TEXT
    awk -v count="$1" -v text="$2" 'BEGIN { while (count--) printf "%s\\n", text }'
}

for lint in layers owners sizes sql words format headers po migrations; do
    clean_tree
    expect green $lint 'a clean tree'
    rm -r "$tree"
    mkdir "$tree"
    expect red $lint 'an empty tree'
done

plant layers proto/frame.c '#include "daemon/core/server.h"'
plant layers daemon/core/db.c '#include "server.h"'
plant layers daemon/core/server.c '#include "../desk/people.h"'
plant layers daemon/core/server.c '#include "daemon/core/db_private.h"'
plant layers daemon/ballot/box.c '#include "daemon/desk/people.h"'
plant layers daemon/desk/people.c '#include "daemon/report/rows.h"'
plant layers daemon/report/compare.c '#include "rows.h"'
plant layers daemon/desk/people.c '#include "client/link.h"'
plant layers daemon/desk/people.c '#include "nowhere.h"'
plant layers client/link.c '  #  include "../daemon/core/server.h"'
plant layers client/link.c '#include "sql.h"'
plant layers daemon/report/figure.c '#include "frame.h"'
plant layers daemon/report/figure.c '#include <stdio.h>'

plant owners daemon/core/conn.c '#include <openssl/ssl.h>'
plant owners daemon/core/tls.c '#include <openssl/evp.h>'
plant owners client/vault.c '#include <sodium.h>'
plant owners daemon/desk/people.c '#include <libpq-fe.h>'
plant owners client/link.c '#include <uv.h>'
plant owners daemon/report/figure.c '#include "uv.h"'
plant owners daemon/core/server.c '#include <systemd/sd-daemon.h>'
plant owners proto/check.c '#include <csv.h>'

plant sizes proto/frame.c "$(repeat 600 '')"
plant sizes proto/frame.h "$(repeat 150 '')"
plant sizes proto/frame.c "static int long_one(\\n    int a) {\\n$(repeat 68 '    a++;')}"

plant sql sql/queries/desk/person.sql '; SELECT 1'
plant sql sql/queries/desk/begin.sql 'begin;'
plant sql sql/queries/desk/person.sql 'AND at < now()'
plant sql sql/queries/desk/person.sql 'AND at < CURRENT_TIMESTAMP'
plant sql sql/queries/desk/person.sql "AND name = 'it''s' AND id IN (SELECT id FROM ballot.ballot)"
plant sql sql/queries/desk/nothing.sql '-- SELECT 1'
plant sql sql/queries/desk/block.sql 'DO $$ SELECT 1 $$'

plant migrations sql/migrations/desk/0001_desk.sql 'SELECT 1;'
plant migrations sql/migrations/desk/0002_between.sql 'SELECT 1;'
plant migrations sql/migrations/desk/0003_again.sql 'SELECT 1;'
plant migrations sql/migrations/frozen "$(repeat 1 x)"
clean_tree
rm "$tree/sql/migrations/ballot/0001_ballot.sql"
expect red migrations 'a migration that is gone'
clean_tree
echo 'SELECT 1;' >"$tree/sql/migrations/desk/0004_new.sql"
expect green migrations 'a new migration'

plant words proto/frame.c '// TO''DO: more'
plant words client/link.c '// good enough for'' now'
plant words sql/queries/desk/person.sql '-- see /ho''me/me/notes'

plant format proto/frame.c 'int  frame_write( void );'
plant format client/link.h '\tint x;'

plant po client/exit.c 'const char *exit_more(void) {\n    return _("More.");\n}'
plant po client/ask.c 'const char *ask_which(bool one) {\n    return say(f, one ? "This is one." : "This is two.");\n}'
plant po client/exit.c 'void exit_tell(void) {\n    cmd_tell(run, "Told.");\n}'
plant po daemon/desk/rater.c 'void rater_told(void) {\n    request_outcome(r, 1, "Told.");\n}'
plant po po/cy.po '#, c-format\nmsgid "x %d"\nmsgstr "y %s"'
clean_tree
sed -i 's/^#, c-format/#, c-format, fuzzy/' "$tree/po/cy.po"
expect red po 'a translation that is only a guess'

plant headers client/bare.h 'int x(void);'
plant headers client/bare.h '// A header.\nsize_t x(void);'
plant headers client/bare.h '// A header.\nenum twice { ONE };'

unit() { # green|red KEY WHAT: the timer has this key, the service is our own
    clean_tree
    mkdir -p "$tree/systemd/user"
    cp "$here/../../systemd/user/candour-send.service" "$tree/systemd/user"
    printf '[Timer]\n%s=1h\n' "$2" >"$tree/systemd/user/candour-send.timer"
    [ "$3" != 'an open service' ] || sed -i '/^RestrictAddressFamilies/d' "$tree/systemd/user/candour-send.service"
    expect "$1" units "$3"
}
if command -v systemd-analyze >/dev/null; then
    unit green OnStartupSec 'a timer'
    unit red OnStartup 'a key that systemd does not know'
    unit red OnStartupSec 'an open service'
fi

echo "planted: $count trials, $faults faults"
[ $faults -eq 0 ]
