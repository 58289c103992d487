-- The message is so that the commit waits for the standby when the step was taken before, too.
SELECT ballot.open_round($1::uuid, $2::timestamptz, $3::timestamptz, $4::integer, $5::integer, $6::integer, $7::bytea,
                         $8::text[], $9::smallint[], $10::smallint[], $11::smallint[], $12::uuid[], $13::smallint[],
                         $14::integer[])
FROM pg_logical_emit_message(true, '', '')
