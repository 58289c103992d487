-- Runs behind cast_batch.
SELECT ballot.flush()
