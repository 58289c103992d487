SELECT first, newest FROM ballot.closed_manifest($1::uuid)
