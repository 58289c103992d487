SELECT x.outcome, x.shown, x.held, x.alone
FROM desk.release_reports($1::text, $2::boolean, $3::text, $4::boolean, $5::timestamptz, $6::uuid) x
