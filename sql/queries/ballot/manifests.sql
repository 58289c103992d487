SELECT version, text FROM ballot.manifests($1::uuid)
