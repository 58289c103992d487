-- Sorted as the manifest sorts its subjects.
SELECT id, name FROM desk.subject WHERE round = $1::uuid ORDER BY id
