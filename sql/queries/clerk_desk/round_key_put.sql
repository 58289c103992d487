INSERT INTO desk.round_key (round, credential_secret) VALUES ($1::uuid, $2::bytea) ON CONFLICT DO NOTHING
