-- Only for those who take part in nominating: its leaders, their line managers, administrators.
SELECT p.name, p.email, p.job_title, p.unit
FROM desk.person p
WHERE strpos(lower(p.name), lower($1::text)) + strpos(p.email, lower($1::text)) > 0
  AND ($3::boolean OR EXISTS (
      SELECT FROM desk.round r JOIN desk.subject s ON s.round = r.id JOIN desk.person l ON l.id = s.person
      WHERE r.state = 'nominating' AND $2::uuid IN (l.id, l.manager)))
ORDER BY p.name, p.email LIMIT $4::integer
