#!/usr/bin/env bash
# What is dropped leaves PostgreSQL's write-ahead log as well, in which it stands in the order and with the time of its
# commit: archive_timeout, as deploy/postgresql.conf sets it, here with seconds instead of hours.
. "$(dirname "$0")/lib.sh"
canary=canary$(openssl rand -hex 8)
holding() { # how many files of the log hold it
    grep -l "$canary" "$CANDOUR_SANDBOX"/cluster/pg_wal/0* | wc -l
}
is_gone() {
    sql 'SELECT pg_current_xact_id()' >/dev/null # somebody is at work
    sql CHECKPOINT
    [ "$(holding)" -eq 0 ]
}
same 'a new file of the log begins every hour' 1h "$(sql 'SHOW archive_timeout')"
same '... though nothing is archived' off "$(sql 'SHOW archive_mode')"
sql 'CREATE TABLE public.box (note text)'
sql "INSERT INTO public.box VALUES ('$canary')"
sql 'DROP TABLE public.box'
check 'what was dropped stands in the log' test "$(holding)" -gt 0
! until_true 8 is_gone && ok 'control: it stays, whatever is written' || bad 'control: it does not stay'
sql "ALTER SYSTEM SET archive_timeout = '1s'"
sql 'SELECT pg_reload_conf()' >/dev/null
check 'and is written over by what comes later' until_true 60 is_gone
finish
