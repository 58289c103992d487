-- The next version of a manifest with a later close. First write wins, as when a round opens; gives what is stored as
-- this version. NULL: it does not follow what is here (previous: SHA-256 of the version before), or the box has closed.
CREATE FUNCTION ballot.extend_round(round uuid, version integer, previous bytea, manifest bytea, close_at timestamptz)
RETURNS bytea
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE ballot.round r SET close_at = extend_round.close_at
    WHERE r.id = extend_round.round AND NOT r.closed AND r.close_at < extend_round.close_at
      AND EXISTS (SELECT FROM ballot.manifest m WHERE m.round = r.id AND m.version = extend_round.version - 1
                  AND sha256(m.text) = extend_round.previous)
      AND NOT EXISTS (SELECT FROM ballot.manifest m WHERE m.round = r.id AND m.version >= extend_round.version);
    IF FOUND THEN
        INSERT INTO ballot.manifest VALUES (extend_round.round, extend_round.version, extend_round.manifest);
    END IF;
    RETURN (SELECT m.text FROM ballot.manifest m
            WHERE m.round = extend_round.round AND m.version = extend_round.version);
END
$$;
REVOKE ALL ON FUNCTION ballot.extend_round(uuid, integer, bytea, bytea, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ballot.extend_round(uuid, integer, bytea, bytea, timestamptz) TO candour_clerk_ballot;
