-- The message is so that the commit waits for the standby when the step was taken before, too.
SELECT ballot.extend_round($1::uuid, $2::integer, $3::bytea, $4::bytea, $5::timestamptz)
FROM pg_logical_emit_message(true, '', '')
