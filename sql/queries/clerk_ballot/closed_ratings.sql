SELECT subject, grp, ratings FROM ballot.closed_ratings($1::uuid)
