-- One clerk in the whole deployment: true for whoever holds the lock, until its connection ends.
SELECT pg_try_advisory_lock(1129201231)
