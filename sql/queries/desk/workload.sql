WITH asked AS (
    SELECT a.round, a.rater, count(*) AS leaders
    FROM desk.round r JOIN desk.assignment a ON a.round = r.id AND a.grp <> 1
    WHERE r.name = $1::text
    GROUP BY a.round, a.rater
), page AS (
    SELECT x.round, x.leaders, p.id, p.name, p.email, p.unit, count(*) OVER () AS total
    FROM asked x JOIN desk.person p ON p.id = x.rater
    WHERE x.leaders >= $5::integer
    ORDER BY x.leaders DESC, p.email OFFSET $3::integer LIMIT $4::integer
)
SELECT page.name, page.email, page.unit, page.leaders::integer,
       CASE WHEN page.leaders > $2::integer THEN desk.instead_of(page.round, NULL, page.id) END, page.total::integer
FROM page ORDER BY page.leaders DESC, page.email
