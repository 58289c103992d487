-- Whoever sends holds this lock until its connection ends: by it others see that it is alive.
SELECT pg_try_advisory_lock(1129201232, pg_backend_pid())
