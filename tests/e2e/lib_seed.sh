# Sourced after lib.sh: whole rounds of any size in seconds. People, framework, rounds, closing and reports go through
# the program; only the ballots are put into the box by its superuser, as if their raters had cast them.
seeded=$work/seeded
framework_csv=$root/frameworks/ten-competency.csv

# LEADERS, and of how many people a leader's colleagues are taken. The leaders are colleagues of nobody.
seed_people() {
    mkdir -p "$seeded"
    awk -v leaders="$1" -v raters="$2" 'BEGIN {
        print "e-mail,name,level"
        for (i = 1; i <= leaders; i++) printf "leader%d@example.org,Leader %03d,6\n", i, i
        for (i = 1; i <= raters; i++) printf "rater%d@example.org,Rater %03d,\n", i, i
    }' >"$seeded/people.csv"
    as "$admin" people import "$seeded/people.csv" &&
        as "$admin" framework import "$framework_csv" --name 'Ten competencies'
}
# NAME LEADERS RATERS PEERS REPORTS OTHERS: each leader, a manager and so many colleagues, asked and answered; 53
# statements; the close and its grace have passed. Every tenth rating from the eleventh on is "not seen".
seed_round() {
    awk -v leaders="$2" -v raters="$3" -v peers="$4" -v reports="$5" -v others="$6" 'BEGIN {
        print "subject e-mail,rater e-mail,group"
        for (i = 1; i <= leaders; i++) {
            printf "leader%d@example.org,leader%d@example.org,self\n", i, i
            for (k = 0; k <= peers + reports + others; k++)
                printf "leader%d@example.org,rater%d@example.org,%s\n", i, (i * 7 + k) % raters + 1, \
                    k == 0 ? "manager" : k <= peers ? "peer" : k <= peers + reports ? "report" : "other"
        }
    }' >"$seeded/raters.csv"
    admin_sign_in &&
        as "$admin" round new "$1" --framework 'Ten competencies' --collect-from now --answer-from now --close +1d \
            --grace 1m &&
        as "$admin" round load "$1" "$seeded/raters.csv" &&
        as "$admin" round advance "$1" --to collecting --confirm "$1" &&
        until_true 60 seeded_box "$1" && seed_ballots "$1" && forward 90000 && admin_sign_in
}
seeded_box() {
    [ "$(sql "SELECT count(*) FROM ballot.round b JOIN desk.round d ON d.id = b.id WHERE d.name = '$1'")" = 1 ]
}
# A leader's marks lie around a level of the leader's own, those of a rater around one of the rater's. They follow from
# the names alone, not from random identifiers: a round of the same people is answered the same in each run.
seed_ballots() {
    sql "INSERT INTO ballot.ballot (round, vk, subject, grp, sequence, ratings, comments, leaf)
    SELECT a.round, sha256(a.key::bytea), a.subject, a.grp, 1, (
        SELECT string_agg(CASE WHEN i > 10 AND (i + hashtext(a.key)) % 10 = 0 THEN '\\xff'::bytea
            ELSE set_byte('\\x00', 0, greatest(1, least(5, round(
                2.4 + abs(hashtext(a.leader) % 100) / 60.0 + (hashtext(a.key) % 100) / 90.0
                + (hashtext(a.key || i) % 100) / 70.0))::integer)) END, '' ORDER BY i)
        FROM generate_series(1, 53) i), decode('000014', 'hex') || convert_to('Please keep doing so', 'UTF8'),
        sha256((a.key || ' leaf')::bytea)
    FROM (SELECT a.round, a.subject, a.grp, l.email AS leader, concat_ws(' ', r.name, l.email, p.email) AS key
        FROM desk.assignment a JOIN desk.round r ON r.id = a.round AND r.name = '$1'
        JOIN desk.subject s ON s.round = a.round AND s.id = a.subject
        JOIN desk.person l ON l.id = s.person JOIN desk.person p ON p.id = a.rater) a" >/dev/null
}
seed_closed() { # NAME
    as "$admin" round close "$1" --confirm "$1" --wait
}
