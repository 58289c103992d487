-- The message is so that the commit waits for the standby when the step was taken before, too.
SELECT ballot.leaves_root_put($1::uuid, $2::integer, $3::bytea)
FROM pg_logical_emit_message(true, '', '')
