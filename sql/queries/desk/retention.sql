SELECT r.name, desk.state_at(r.state, r.answer_from, $1::timestamptz), desk.answers_kept_until(r), desk.reports_until(r),
       r.ends_now, a.number, a.at, a.action, a.object, ac.link, ac.hash, b.number, b.at, b.action, b.object, bc.link, bc.hash
FROM desk.round r
LEFT JOIN desk.audit a ON a.number = r.answers_line
LEFT JOIN desk.audit_chain ac ON ac.line = a.number
LEFT JOIN desk.audit b ON b.number = r.archive_line
LEFT JOIN desk.audit_chain bc ON bc.line = b.number
WHERE $2::text IS NULL OR r.name = $2::text
ORDER BY r.close_at DESC, r.name LIMIT 500
