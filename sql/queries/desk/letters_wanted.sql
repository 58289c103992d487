-- Letters of a round that nominates: to its leaders and those who decide. Of one that has closed: to coaches who may
-- read a report, and to a leader who may and is named ($2), or has no mailbox. Those of a round that collects are waiting already.
INSERT INTO desk.outbox (round, person, kind)
SELECT DISTINCT r.id, w.person, desk.letter_kind(r.state)
FROM desk.round r
JOIN desk.subject s ON s.round = r.id
JOIN desk.person l ON l.id = s.person
LEFT JOIN desk.report t ON t.round = s.round AND t.subject = s.id
CROSS JOIN LATERAL (VALUES (CASE WHEN r.state = 'nominating' OR t.released AND (l.paper OR l.email = $2::text) THEN l.id END),
                           (CASE WHEN r.state = 'nominating' THEN l.manager WHEN t.coached THEN s.coach END))
    AS w (person)
WHERE r.name = $1::text AND r.state IN ('nominating', 'closed', 'released') AND w.person IS NOT NULL
ON CONFLICT (round, person, kind) DO NOTHING
