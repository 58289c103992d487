SELECT subject, grp, below FROM ballot.progress($1::uuid)
