SELECT r.state = 'collecting', r.collect_from, r.close_at, k.credential_secret, m.version IS NOT NULL,
       CASE WHEN $2::boolean THEN sha256(m.text) END
FROM desk.round r
LEFT JOIN desk.round_key k ON k.round = r.id
LEFT JOIN desk.manifest m ON m.round = r.id AND m.version = 0
WHERE r.id = $1::uuid AND r.state IN ('collecting', 'closed', 'released')
