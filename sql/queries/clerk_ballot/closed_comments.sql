SELECT subject, grp, question, text FROM ballot.closed_comments($1::uuid, $2::uuid[])
