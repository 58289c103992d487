SELECT w.key, w.signature
FROM desk.witness w JOIN desk.round r ON r.id = w.round
WHERE r.id = $1::uuid AND r.state IN ('collecting', 'closed', 'released')
ORDER BY w.key
