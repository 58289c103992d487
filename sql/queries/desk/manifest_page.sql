SELECT (SELECT max(n.version) FROM desk.manifest n WHERE n.round = r.id), length(m.text),
       substr(m.text, $3::integer * 16384 + 1, 16384)
FROM desk.round r LEFT JOIN desk.manifest m ON m.round = r.id AND m.version = $2::integer
WHERE r.id = $1::uuid AND r.state IN ('collecting', 'closed', 'released')
