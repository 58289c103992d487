#!/usr/bin/env bash
# A synchronous pair, as docs/high-availability.md describes it: the host that leads dies while raters cast, and the
# other one is promoted.
. "$(dirname "$0")/lib.sh"
first=$CANDOUR_SANDBOX second=$CANDOUR_SANDBOX/second
mkdir "$second" "$second/socket"
: >"$second/postgres.log"
chown --reference="$first/socket" "$second" "$second"/*
chmod 700 "$second" "$second/socket"
[ "$(id -u)" -ne 0 ] || as_postgres='setpriv --reuid=postgres --regid=postgres --init-groups'
on() { # HOST COMMAND...: with the cluster in this folder
    CANDOUR_SANDBOX=$1 "${@:2}"
}
say_to() { # HOST SQL
    PGTARGETSESSIONATTRS=any psql -XAtq -h "$1/socket" -c "$2"
}
# FROM TO: TO becomes a standby, with a new copy.
follow() {
    rm -rf "$2/cluster"
    mkdir -m 700 "$2/cluster"
    chown --reference="$2/socket" "$2/cluster"
    ${as_postgres-} pg_basebackup -h "$1/socket" -U postgres -D "$2/cluster" -R -c fast -X stream || give_up 'no copy of the database'
    echo "unix_socket_directories = '$2/socket'" >>"$2/cluster/postgresql.conf"
    on "$2" database start
    until_true 30 eval "[ \"\$(say_to '$1' 'SELECT count(*) FROM pg_stat_replication WHERE state = \$\$streaming\$\$')\" = 1 ]" ||
        give_up 'the other host does not follow'
}
promote() { # HOST
    same 'the other host takes the lead' t "$(say_to "$1" 'SELECT pg_promote()')"
}

# Both stand in the connection strings; the one that takes writes is found.
sed -i "s,host=$first/socket port,host=$first/socket\,$second/socket target_session_attrs=read-write port," "$CANDOURD_CONF"
server restart
export PGHOST=$first/socket,$second/socket PGTARGETSESSIONATTRS=read-write
tally_start 6
begin
follow "$first" "$second"
say_to "$first" "ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (*)'"
say_to "$first" 'SELECT pg_reload_conf()' >/dev/null
until_true 10 eval "[ \"\$(say_to '$first' 'SELECT sync_state FROM pg_stat_replication')\" = sync ]" || give_up 'the pair is not synchronous'
compare
under_load
database_killed
promote "$second"
under_load
compare
nothing_lost 'the leading host of a pair dies'

# The checker must see a loss: the new pair does not wait, and its standby has fallen behind.
say_to "$second" "ALTER SYSTEM RESET synchronous_standby_names"
say_to "$second" 'SELECT pg_reload_conf()' >/dev/null
follow "$second" "$first"
begin
receiver=$(pgrep -P "$(postmaster)" -f walreceiver)
compare
kill -STOP "$receiver"
under_load
on "$second" database_killed
kill -KILL "$receiver"
until_true 30 eval "say_to '$first' 'SELECT 1' >/dev/null" || give_up 'the standby does not answer'
promote "$first"
under_load
compare
something_lost 'a pair that does not wait'
tally_end
finish
