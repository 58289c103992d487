-- Rounds of which something is kept no longer: their answers, or their reports as well.
SELECT r.id, r.answers_line IS NULL, r.ends_now OR desk.reports_until(r) <= $1::timestamptz
FROM desk.round r
WHERE r.state IN ('closed', 'released') AND r.closing_step = 6
  AND (r.ends_now OR desk.reports_until(r) <= $1::timestamptz
       OR r.answers_line IS NULL AND desk.answers_kept_until(r) <= $1::timestamptz)
ORDER BY r.close_at, r.id
