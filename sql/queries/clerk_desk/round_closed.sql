WITH done AS (
    UPDATE desk.round SET state = 'closed', closing_step = 6 WHERE id = $1::uuid AND closing_step = 5
    RETURNING name
)
INSERT INTO desk.audit (at, action, object) SELECT $2::timestamptz, 'round closed', name FROM done
