-- The message is so that the commit waits for the standby when the step was taken before, too.
SELECT ballot.shuffle($1::uuid)
FROM pg_logical_emit_message(true, '', '')
