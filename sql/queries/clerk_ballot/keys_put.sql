-- The message is so that the commit waits for the standby when the step was taken before, too.
SELECT stored_credential_secret, stored_credential_public, stored_box_public, stored_receipt_public
FROM pg_logical_emit_message(true, '', ''),
     ballot.keys_put($1::uuid, $2::bytea, $3::bytea, $4::bytea, $5::bytea, $6::bytea, $7::bytea)
