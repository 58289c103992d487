SELECT credential_secret, box_secret, box_public, receipt_secret FROM ballot.round_keys($1::uuid)
