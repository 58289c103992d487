WITH told AS (
    UPDATE desk.assignment a SET answer = $3::smallint, reason = $4::text
    FROM desk.round r
    WHERE a.id = $1::uuid AND a.rater = $2::uuid AND r.id = a.round AND r.state = 'collecting'
      AND r.close_at > $5::timestamptz
    RETURNING a.subject
)
SELECT s.name, EXISTS (SELECT FROM told)
FROM desk.assignment a
JOIN desk.round r ON r.id = a.round AND r.state IN ('collecting', 'closed', 'released')
JOIN desk.subject s ON s.round = a.round AND s.id = a.subject
WHERE a.id = $1::uuid AND a.rater = $2::uuid
