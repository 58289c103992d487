#!/usr/bin/env bash
# The database dies while raters cast: kill -9 at random, alone and together with the whole of candourd.
. "$(dirname "$0")/lib.sh"
tally_start 6

kills=$(many 3 200)
begin
for ((turn = 1; turn <= kills; turn++)); do
    under_load
    database_killed
    database start
    compare
done
nothing_lost "$kills times all of the database is killed"

kills=$(many 1 20)
begin
for ((turn = 1; turn <= kills; turn++)); do
    under_load
    database_killed &
    server kill
    wait $!
    database start
    server start
    compare
done
nothing_lost "$kills times database and candourd are killed at once"

# The checker must see a loss: a database that says it has committed before it has.
settings 'synchronous_commit = off' 'wal_writer_delay = 10s'
begin
for ((turn = 1; turn <= 5 && lost == 0; turn++)); do
    under_load
    database_killed
    database start
    compare
done
something_lost 'a database that does not wait for its log'
settings
tally_end
finish
