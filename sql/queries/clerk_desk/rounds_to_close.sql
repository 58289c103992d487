SELECT id, closing_step FROM desk.round
WHERE state = 'collecting' AND closing_step BETWEEN 1 AND 5
ORDER BY close_at, id
