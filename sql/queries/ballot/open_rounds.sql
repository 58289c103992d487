SELECT id, newest, answer_from, close_at, grace_s, bucket FROM ballot.open_rounds()
