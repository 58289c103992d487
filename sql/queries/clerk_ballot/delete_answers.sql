-- The message is so that the commit waits for the standby when the step was taken before, too.
SELECT ratings, comments FROM pg_logical_emit_message(true, '', ''), ballot.delete_answers($1::uuid)
