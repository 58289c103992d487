SELECT ballot.drop_box($1::uuid)
