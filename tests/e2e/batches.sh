#!/usr/bin/env bash
# Batches of ballots at the same time, straight at the database's function: the same names again and again, in groups of
# all kinds and with several sequences, groups that are full, rounds that are closed, not open or unknown. Whatever comes
# together, no batch may wait for one that waits for it, no ballot spoils another, and every group's count stays right.
. "$(dirname "$0")/lib.sh"

id() { # NUMBER
    printf '00000000-0000-4000-8000-%012d' "$1"
}
opened() { # NUMBER FROM CLOSE: a round of three leaders with three groups of four colleagues each
    sql "SELECT length(ballot.open_round('$(id "$1")', now() + interval '$2', now() + interval '$3', 60, 3, 8192, 'x', '{}', '{}',
        '{}', '{}', array_agg(s.id), array_agg(g::smallint), array_agg(4)))
        FROM unnest('{$(id 101),$(id 102),$(id 103)}'::uuid[]) s (id), generate_series(3, 5) g"
}
same 'three rounds: open, not yet, closed' '1 1 1' \
    "$(opened 1 '-1 hour' '1 hour') $(opened 2 '1 hour' '2 hours') $(opened 3 '-2 hours' '-1 hour')"

# Twenty ballots: of 60 names, half of them of the open round; a name may come in any group.
cat >"$work/batch.pgbench" <<EOT
SELECT o.reason, count(*) FROM (
    SELECT array_agg(round) AS rounds, array_agg(vk) AS vks, array_agg(subject) AS subjects, array_agg(grp) AS grps,
           array_agg(sequence) AS sequences, array_agg(vk) AS texts, array_agg(sha256(vk || sequence::text::bytea)) AS leaves
    FROM (SELECT ('00000000-0000-4000-8000-00000000000' || greatest(1, floor(random() * 8)::integer - 3))::uuid AS round,
                 sha256(floor(random() * 60)::text::bytea) AS vk,
                 ('00000000-0000-4000-8000-00000000010' || 1 + floor(random() * 3)::integer)::uuid AS subject,
                 (3 + floor(random() * 3))::smallint AS grp, (1 + floor(random() * 3))::bigint AS sequence
          FROM generate_series(1, 20)) one
    ) b, ballot.cast_batch(b.rounds, b.vks, b.subjects, b.grps, b.sequences, b.texts, b.texts, b.leaves, now()) o
GROUP BY o.reason;
EOT
deadlocks() {
    sql "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
}
counts_that_are_wrong() {
    sql "SELECT count(*) FROM ballot.quota q WHERE q.ballots <> (SELECT count(*) FROM ballot.ballot b
        WHERE b.round = q.round AND b.subject = q.subject AND b.grp = q.grp)"
}
before=$(deadlocks)
for turn in 1 2 3; do # a full group stays full: what stores, and what is refused, is nearly all in the first batches
    sql "DELETE FROM ballot.ballot; UPDATE ballot.quota SET ballots = 0"
    check 'eight at once store and repeat' eval 'pgbench -n -c 8 -t 40 -f "$work/batch.pgbench" >"$work/pgbench.log" 2>&1 &&
        ! grep -i "aborted\|error" "$work/pgbench.log"'
    same 'every group has as many as are counted' 0 "$(counts_that_are_wrong)"
done
same 'nobody waited in a circle' "$before" "$(deadlocks)"
same 'groups were filled, and no round but the open one has ballots' "t $(id 1)" \
    "$(sql "SELECT (SELECT bool_or(ballots = 4) FROM ballot.quota) || ' ' || string_agg(DISTINCT round::text, ' ') FROM ballot.ballot" | sed 's/^true/t/')"

# One by one, with nobody else: what each is told.
cast() { # ROUND NAME SUBJECT SEQUENCE LEAF: as one batch, with a new name before and behind it, which are always stored
    sql "SELECT string_agg(reason || ' ' || stored || CASE WHEN changed THEN '' ELSE ' as before' END, ', ' ORDER BY n) FROM ballot.cast_batch(
        ARRAY['$(id 1)', '$(id "$1")', '$(id 1)']::uuid[],
        ARRAY[sha256(gen_random_uuid()::text::bytea), sha256('$2'), sha256(gen_random_uuid()::text::bytea)],
        ARRAY['$(id 101)', '$(id "$3")', '$(id 101)']::uuid[], '{3,4,3}'::smallint[], '{1,$4,1}'::bigint[],
        '{x,x,x}'::bytea[], '{x,x,x}'::bytea[], ARRAY[sha256('a'), sha256('$5'), sha256('b')], now()) WITH ORDINALITY o (s, reason, stored, changed, n)"
    sql "UPDATE ballot.quota SET raters = raters + 2 WHERE grp = 3"
}
sql "DELETE FROM ballot.ballot; UPDATE ballot.quota SET ballots = 0, raters = 4"
same 'a new ballot is stored' '1 1, 1 2, 1 1' "$(cast 1 one 101 2 leaf)"
same 'and again' '1 1, 1 2 as before, 1 1' "$(cast 1 one 101 2 leaf)"
same 'a changed one takes its place' '1 1, 1 3, 1 1' "$(cast 1 one 101 3 other)"
same 'an earlier one does not' '1 1, 13 3 as before, 1 1' "$(cast 1 one 101 2 leaf)"
same 'nor the same number with other words' '1 1, 13 3 as before, 1 1' "$(cast 1 one 101 3 leaf)"
same 'a name stays with its group' '1 1, 8 3 as before, 1 1' "$(cast 1 one 102 4 leaf)"
sql "UPDATE ballot.quota SET raters = ballots WHERE grp = 4"
same 'a full group takes no more' '1 1, 12 4294967295 as before, 1 1' "$(cast 1 two 101 1 leaf)"
same 'a leader nobody knows' '1 1, 7 4294967295 as before, 1 1' "$(cast 1 two 109 1 leaf)"
same 'a round that does not take answers yet' '1 1, 3 4294967295 as before, 1 1' "$(cast 2 two 101 1 leaf)"
same 'one that has closed' '1 1, 4 4294967295 as before, 1 1' "$(cast 3 two 101 1 leaf)"
same 'one that nobody knows' '1 1, 2 4294967295 as before, 1 1' "$(cast 9 two 101 1 leaf)"
sql "UPDATE ballot.quota SET raters = raters + 1"
same 'a new ballot that comes twice in one batch' '1 1 true, 1 1 true' "$(sql "SELECT string_agg(reason || ' ' || stored || ' ' || changed, ', ')
    FROM ballot.cast_batch(ARRAY['$(id 1)', '$(id 1)']::uuid[], ARRAY[sha256('three'), sha256('three')],
        ARRAY['$(id 101)', '$(id 101)']::uuid[], '{4,4}', '{1,1}', '{x,x}', '{x,x}', ARRAY[sha256('leaf'), sha256('leaf')], now())")"
same 'and the counts are right' 0 "$(counts_that_are_wrong)"
finish
