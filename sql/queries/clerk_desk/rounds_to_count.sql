-- Rounds that take answers and whose progress was not counted for a day.
SELECT r.id
FROM desk.round r
WHERE r.state = 'collecting' AND r.closing_step = 0 AND r.answer_from <= $1::timestamptz
      AND (r.progress_at IS NULL OR r.progress_at <= $1::timestamptz - interval '1 day')
      AND EXISTS (SELECT FROM desk.manifest m WHERE m.round = r.id)
