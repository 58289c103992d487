INSERT INTO desk.organisation_report (round, body) VALUES ($1::uuid, $2::bytea) ON CONFLICT DO NOTHING
