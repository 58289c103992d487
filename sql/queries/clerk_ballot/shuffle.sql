SELECT ballot.shuffle($1::uuid)
