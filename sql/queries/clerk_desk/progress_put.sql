WITH counted AS (
    UPDATE desk.round SET progress_at = $5::timestamptz WHERE id = $1::uuid
)
INSERT INTO desk.progress (round, subject, grp, below)
SELECT $1::uuid, p.* FROM unnest($2::uuid[], $3::smallint[], $4::boolean[]) p (subject, grp, below)
ON CONFLICT (round, subject, grp) DO UPDATE SET below = excluded.below
