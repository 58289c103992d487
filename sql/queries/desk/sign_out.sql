DELETE FROM desk.session WHERE token_hash = $1::bytea
