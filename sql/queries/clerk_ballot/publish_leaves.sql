SELECT leaves FROM ballot.publish_leaves($1::uuid)
