SELECT level, items, scale_max, questions FROM ballot.shapes($1::uuid)
