#!/usr/bin/env bash
# candourd migrate and candourd check.
. "$(dirname "$0")/lib.sh"

candourd() {
    "$CANDOURD" --config "${conf:-$CANDOURD_CONF}" "$@"
}
schema() { # DATABASE
    pg_dump -s "$1" | grep -vE '^.(un)?restrict '
}
setting_is() { # NAME VALUE, in a new session
    [ "$(sql "SHOW $1")" = "$2" ]
}
set_to() { # NAME VALUE
    sql "ALTER SYSTEM SET $1 = '$2'"
    sql "SELECT pg_reload_conf()" >/dev/null
    until_true 10 setting_is "$1" "$2"
}
reset() { # NAME VALUE: back to what the configuration file says
    sql "ALTER SYSTEM RESET $1"
    sql "SELECT pg_reload_conf()" >/dev/null
    until_true 10 setting_is "$1" "$2"
}

# ---------------------------------------------------------------- migrate
before=$(schema "$PGDATABASE" && rows)
ends 'a second migrate has nothing to do' 0 'desk: nothing to do' candourd migrate
ends 'a third one neither, on either side' 0 'ballot: nothing to do' candourd migrate
same 'and changes nothing' "$before" "$(schema "$PGDATABASE" && rows)"

createdb -O candour_owner second
conf=$work/second.conf
sed 's/dbname=candour /dbname=second /' "$CANDOURD_CONF" >"$conf"
candourd migrate >"$work/one" 2>&1 &
one=$!
candourd migrate >"$work/two" 2>&1 &
two=$!
wait $one
first=$?
wait $two
same 'two migrates at once both succeed' '0 0' "$first $?"
same 'each migration was applied by one of them' "$(find "$root/sql/migrations" -name '*.sql' | wc -l)" \
    "$(cat "$work/one" "$work/two" | grep -c applied)"
same 'a fresh database becomes the same as the first' "$(schema "$PGDATABASE")" "$(schema second)"

# ---------------------------------------------------------------- what does not fit is refused
PGDATABASE=second sql "CREATE TABLE desk.kept AS SELECT * FROM desk.migration;
    UPDATE desk.migration SET sha256 = sha256('other') WHERE name LIKE '0002%'"
before=$(schema second)
ends 'a migration applied with another text is refused' 1 '0002_desk_rights.*applied with another text' candourd migrate
ends 'check says so, too' 1 'WRONG +desk changes: .*applied with another text' candourd check
same 'nothing was changed' "$before" "$(schema second)"
PGDATABASE=second sql "TRUNCATE desk.migration; INSERT INTO desk.migration SELECT * FROM desk.kept;
    INSERT INTO ballot.migration VALUES ('9999_later', sha256(''))"
ends 'a newer database is refused' 1 'ballot database is newer.*9999_later' candourd migrate
PGDATABASE=second sql "DELETE FROM ballot.migration WHERE name LIKE '9999%';
    DELETE FROM ballot.migration WHERE name = (SELECT max(name) FROM ballot.migration)"
ends 'check names missing migrations' 1 'WRONG +ballot changes: 1 migration is missing' candourd check
dropdb second
ends 'a database that is not there is said to be unreachable' 1 'desk database cannot be reached' candourd migrate
unset conf

# ---------------------------------------------------------------- check
ends 'check finds nothing wrong in the sandbox' 0 '^All is well' candourd check
same 'and says so without one WRONG' 0 "$(candourd check | grep -c WRONG)"

# Each leaves PostgreSQL's log with something that somebody wrote, or with when.
leaks() { # NAME VALUE GOOD
    set_to "$1" "$2"
    ends "check finds $1 = $2" 1 "WRONG +ballot box: $1 is" candourd check
    reset "$1" "$3"
}
leaks log_min_duration_statement 0 -1
leaks log_statement all none
leaks log_min_error_statement error panic
leaks log_error_verbosity verbose terse
leaks log_parameter_max_length 100B 0
leaks log_parameter_max_length_on_error 100B 0
leaks log_connections on off
leaks log_disconnections on off
leaks synchronous_commit off on
leaks archive_timeout 0 1h
ends 'check is content again' 0 '^All is well' candourd check

sql "ALTER ROLE candour_desk SET log_duration = on"
ends 'check finds a setting of one role' 1 'WRONG +desk: log_duration is on' candourd check
sql "ALTER ROLE candour_desk RESET log_duration"
sql "GRANT USAGE ON SCHEMA ballot TO candour_desk; GRANT SELECT ON ballot.ballot TO candour_desk"
ends 'check finds a right through the wall' 1 'WRONG +desk: .*Revoke it.*ballot' candourd check
sql "REVOKE ALL ON SCHEMA ballot FROM candour_desk; REVOKE ALL ON ballot.ballot FROM candour_desk"
sql "ALTER ROLE candour_ballot CREATEROLE"
ends 'check finds a role with more than it needs' 1 'WRONG +ballot box: .*createrole' candourd check
sql "ALTER ROLE candour_ballot NOCREATEROLE"

# ---------------------------------------------------------------- files
for door in desk ballot; do
    key=$CANDOUR_SANDBOX/$door.kek about=$door
    [ $door = desk ] || about='ballot box'
    mv "$key" "$key.away"
    ends "check finds the key file of the $about missing" 1 "WRONG +$about: .*$door.kek" candourd check
    mv "$key.away" "$key"
    chmod 644 "$key"
    ends "check finds the key file of the $about open to others" 1 "WRONG +$about: .*$door.kek" candourd check
    chmod 600 "$key"
    : >"$work/empty.kek"
    chmod 600 "$work/empty.kek"
    conf=$work/empty.conf
    sed "s|^kek_file = .*/$door.kek|kek_file = $work/empty.kek|" "$CANDOURD_CONF" >"$conf"
    ends "check finds the key file of the $about cut short" 1 "WRONG +$about: .*empty.kek" candourd check
    unset conf
done
"$root/deploy/certificates.sh" "$work/other"
conf=$work/other.conf
sed "s|^key = .*|key = $work/other/server.key|" "$CANDOURD_CONF" >"$conf"
ends 'check finds a certificate that does not fit its key' 1 'WRONG +desk: ' candourd check
conf=$work/wrong.conf
sed 's/^\[clerk\]/&\nintervall_ms = 5/' "$CANDOURD_CONF" >"$conf"
ends 'check names the line of a configuration with an unknown key' 1 "$conf, line [0-9]+: .*intervall_ms" candourd check
unset conf
ends 'check is content at the end' 0 '^All is well' candourd check
finish
