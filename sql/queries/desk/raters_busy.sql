WITH pairs AS (
    SELECT s.email AS subject, p.email AS rater
    FROM desk.round r
    JOIN desk.assignment a ON a.round = r.id
    JOIN desk.subject b ON b.round = a.round AND b.id = a.subject
    JOIN desk.person s ON s.id = b.person
    JOIN desk.person p ON p.id = a.rater
    WHERE r.name = $1::text
    UNION
    SELECT * FROM unnest($2::text[], $3::text[])
)
SELECT rater, count(*)::integer, (count(*) OVER ())::integer
FROM pairs WHERE rater <> subject
GROUP BY rater HAVING count(*) > 5
ORDER BY count(*) DESC, rater LIMIT 5
