SELECT subject FROM desk.report WHERE round = $1::uuid
