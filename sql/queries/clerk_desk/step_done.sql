UPDATE desk.round SET closing_step = closing_step + 1 WHERE id = $1::uuid AND closing_step = $2::integer
