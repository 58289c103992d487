SELECT ratings, comments FROM ballot.delete_answers($1::uuid)
