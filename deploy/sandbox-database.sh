#!/bin/sh
# usage: deploy/sandbox-database.sh start|stop|kill
# The PostgreSQL cluster of the sandbox in CANDOUR_SANDBOX; the first start makes it. stop ends its connections;
# kill is a crash of it (no shutdown, recovery at the next start).
set -eu

fail() {
    echo "sandbox-database: $*" >&2
    exit 1
}
[ -d "${CANDOUR_SANDBOX:?is not set: run this inside deploy/sandbox.sh}" ] || fail "$CANDOUR_SANDBOX is no folder."
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "$CANDOUR_SANDBOX"
cluster=$CANDOUR_SANDBOX/cluster

newest() {
    for dir in /usr/lib/postgresql/*/bin /usr/bin /usr/local/bin; do
        [ -x "$dir/initdb" ] && echo "$(basename "$(dirname "$dir")") $dir"
    done | sort -n | tail -n 1 | cut -d' ' -f2-
}
bin=$(newest)
[ -n "$bin" ] || fail 'PostgreSQL is missing. Install it with: deploy/dependencies.sh run'

# PostgreSQL refuses root. Its own session keeps Ctrl-C away.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then
        setsid -w setpriv --reuid=postgres --regid=postgres --init-groups "$@"
    else
        setsid -w "$@"
    fi
}
own() { # PATH MODE
    [ "$(id -u)" -ne 0 ] || chown postgres:postgres "$1"
    chmod "$2" "$1"
}

make_cluster() {
    mkdir "$cluster" socket
    own "$cluster" 700
    own socket 700
    : >postgres.log
    own postgres.log 600
    as_postgres "$bin/initdb" -D "$cluster" -U postgres --locale=C.UTF-8 -E UTF8 --auth=trust --data-checksums \
        --no-instructions >initdb.log 2>&1 || {
        cat initdb.log >&2
        fail 'initdb failed; its words are above.'
    }
    cat >>"$cluster/postgresql.conf" <<EOF
listen_addresses = ''
unix_socket_directories = '$CANDOUR_SANDBOX/socket'
port = 5432
max_connections = 100
EOF
    cat "$here/postgresql.conf" >>"$cluster/postgresql.conf"
}

case ${1-} in
start)
    [ -d "$cluster" ] || make_cluster
    as_postgres "$bin/pg_ctl" -D "$cluster" -s -w -t 60 -l "$CANDOUR_SANDBOX/postgres.log" start || {
        cat postgres.log >&2
        fail 'PostgreSQL did not start; its log is above.'
    }
    ;;
stop | kill)
    [ -e "$cluster/postmaster.pid" ] || exit 0
    mode=fast
    [ "$1" = stop ] || mode=immediate
    as_postgres "$bin/pg_ctl" -D "$cluster" -s -w -t 60 -m $mode stop ||
        as_postgres "$bin/pg_ctl" -D "$cluster" -s -w -t 10 -m immediate stop
    ;;
*) fail 'usage: deploy/sandbox-database.sh start|stop|kill' ;;
esac
