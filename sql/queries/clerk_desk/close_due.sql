-- Rounds that close themselves; only when their box is open, so that there is something to close.
WITH begun AS (
    UPDATE desk.round r SET closing_step = 1
    WHERE r.closes_itself AND r.state = 'collecting' AND r.closing_step = 0 AND r.close_asked IS NULL
      AND r.close_at + make_interval(secs => r.grace_s) <= $1::timestamptz
      AND EXISTS (SELECT FROM desk.manifest m WHERE m.round = r.id)
    RETURNING r.name
), line AS (
    INSERT INTO desk.audit (at, actor, action, object) SELECT $1::timestamptz, NULL, 'round close begun', begun.name FROM begun
)
SELECT count(*)::integer FROM begun
