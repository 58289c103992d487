# Sourced by benchmarks: rounds of any size in seconds. What the program itself takes long for (who is asked about whom,
# ballots) is put into the database by its superuser; everything else goes through the program.
. "$root/tests/bench/lib.sh"
bench_bin=$(dirname "$CANDOURD")/tests/bench # programs of the same build
export CANDOURD

# LEADERS [COLLEAGUES]: most leaders of any round, and of how many each has 11 colleagues; signs the administrator in.
people() {
    admin_sign_in >"$work/people.log" 2>&1 && seed_people "$1" "${2:-100}" >>"$work/people.log" 2>&1 ||
        stop "no people: $(cat "$work/people.log")"
}
# NAME LEADERS: a round that collects and answers: each leader, a manager, 4 peers, 3 reports and 3 others are asked.
open_round() {
    {
        admin_sign_in &&
            as "$admin" round new "$1" --framework 'Ten competencies' --collect-from now --answer-from now \
                --close +1d --grace 1m &&
            sql "WITH r AS (SELECT id FROM desk.round WHERE name = '$1'), s AS (
                INSERT INTO desk.subject (round, person, level, name)
                SELECT r.id, p.id, '6', p.name FROM r, desk.person p
                WHERE p.email LIKE 'leader%' AND substr(split_part(p.email, '@', 1), 7)::integer <= $2
                RETURNING round, id, person, name
            ), colleague AS (
                SELECT id, row_number() OVER (ORDER BY email) - 1 AS number FROM desk.person WHERE email LIKE 'rater%'
            )
            INSERT INTO desk.assignment (round, subject, rater, grp)
            SELECT round, id, person, 1 FROM s UNION ALL
            SELECT s.round, s.id, c.id, CASE WHEN k = 0 THEN 2 WHEN k <= 4 THEN 3 WHEN k <= 7 THEN 4 ELSE 5 END
            FROM s, generate_series(0, 10) k, colleague c WHERE c.number = (substr(s.name, 8)::integer * 7 + k) % (SELECT count(*) FROM colleague)" &&
            as "$admin" round advance "$1" --to collecting --confirm "$1" && until_true 120 seeded_box "$1"
    } >"$work/round.log" 2>&1 || stop "no round: $(cat "$work/round.log")"
}
# NAME: the time comes, and the round is closed and published.
close_round() {
    { forward 90000 && admin_sign_in && seed_closed "$1"; } >"$work/close.log" 2>&1 ||
        stop "not closed: $(cat "$work/close.log")"
}
# NAME: everybody has answered before that.
answer_and_close() {
    seed_ballots "$1"
    close_round "$1"
}
round_hex() { # NAME
    sql "SELECT replace(id::text, '-', '') FROM desk.round WHERE name = '$1'"
}
# NAME: as it was before the last closing step.
unpublish() {
    sql "SET session_replication_role = replica;
         WITH r AS (UPDATE desk.round SET state = 'collecting', closing_step = 5 WHERE name = '$1' RETURNING id),
              o AS (DELETE FROM desk.organisation_report o USING r WHERE o.round = r.id)
         DELETE FROM desk.report p USING r WHERE p.round = r.id"
    sql 'VACUUM desk.report'
    sql 'CHECKPOINT'
}
# The box of the round $round is empty and takes as many ballots as anybody likes.
roomy_box() {
    sql "TRUNCATE ballot.ballot_$round"
    sql 'UPDATE ballot.quota SET ballots = 0, raters = 100000'
    sql 'VACUUM ANALYZE ballot.quota'
    sql 'CHECKPOINT'
}
# What all processes of the cluster have used since it started, those that have ended included.
postgres_ms() {
    local main
    main=$(head -n 1 "$CANDOUR_SANDBOX/cluster/postmaster.pid")
    sleep 0.1 # until it has taken leave of those that just ended
    cat "/proc/$main/stat" $(sed 's|\([0-9]\+\) *|/proc/\1/stat |g' "/proc/$main/task/$main/children") |
        sed 's/^[0-9]* (.*) //' |
        awk -v tick="$(getconf CLK_TCK)" '{ ticks += $12 + $13 } NR == 1 { ticks += $14 + $15 }
            END { print 1000 * ticks / tick }'
}
# EMAIL...: a session of each, as if they had signed in: "EMAIL 64 digits" on a line.
sessions() {
    python3 - "$CANDOUR_SANDBOX/desk.kek" "$@" <<'EOT' >"$work/sessions.all"
import hashlib, secrets, sys
kek = open(sys.argv[1], "rb").read()
for email in sys.argv[2:]:
    token = secrets.token_bytes(32)
    print(email, token.hex(), hashlib.blake2b(b"session\0" + token, key=kek, digest_size=32).hexdigest())
EOT
    awk '{ print "INSERT INTO desk.session SELECT decode(\047" $3 "\047, \047hex\047), id, false, now() + interval \0471 year\047 "\
        "FROM desk.person WHERE email = \047" $1 "\047;" }' "$work/sessions.all" | psql -XAtq -v ON_ERROR_STOP=1 || stop 'no sessions'
    cut -d' ' -f1,2 "$work/sessions.all"
}
