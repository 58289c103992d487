-- The answers of a round do not stay for ever. How many were deleted is counted once, so that a clerk that was stopped
-- writes the same receipt.
ALTER TABLE ballot.round ADD deleted_ratings integer, ADD deleted_comments integer,
    ADD CHECK ((deleted_ratings IS NULL) = (deleted_comments IS NULL)), ADD CHECK (dropped OR deleted_ratings IS NULL);
-- Deleted answers leave the files soon.
ALTER TABLE ballot.shuffled_ratings SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
ALTER TABLE ballot.shuffled_comment SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

-- No row: the round is not closed.
CREATE FUNCTION ballot.delete_answers(round uuid) RETURNS TABLE (ratings integer, comments integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    PERFORM FROM ballot.round r
    WHERE r.id = delete_answers.round AND r.dropped AND r.deleted_ratings IS NULL FOR UPDATE;
    IF FOUND THEN
        DELETE FROM ballot.shuffled_ratings s WHERE s.round = delete_answers.round;
        GET DIAGNOSTICS ratings = ROW_COUNT;
        DELETE FROM ballot.shuffled_comment s WHERE s.round = delete_answers.round;
        GET DIAGNOSTICS comments = ROW_COUNT;
        UPDATE ballot.round r SET deleted_ratings = ratings, deleted_comments = comments
        WHERE r.id = delete_answers.round;
    END IF;
    RETURN QUERY SELECT r.deleted_ratings, r.deleted_comments FROM ballot.round r
                 WHERE r.id = delete_answers.round AND r.deleted_ratings IS NOT NULL;
END
$$;
REVOKE ALL ON FUNCTION ballot.delete_answers(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ballot.delete_answers(uuid) TO candour_clerk_ballot;
