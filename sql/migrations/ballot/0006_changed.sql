-- Each ballot is told whether it changed anything: who sends what is stored already, or is refused, again and again, can
-- be answered late.

-- As before, but says whose ballots it stored: their names, or NULL when it stored none of them.
DROP FUNCTION ballot.cast_new(uuid[], uuid[], bytea[], uuid[], smallint[], bigint[], bytea[], bytea[], bytea[]);
CREATE FUNCTION ballot.cast_new(opened uuid[], rounds uuid[], vks bytea[], subjects uuid[], grps smallint[],
                                sequences bigint[], ratings bytea[], comments bytea[], leaves bytea[])
RETURNS bytea[]
LANGUAGE plpgsql VOLATILE SET search_path = '' AS $$
DECLARE
    inserted bytea[];
    counted bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1129201233); -- cast_alone
    WITH new AS (
        INSERT INTO ballot.ballot AS b (round, vk, subject, grp, sequence, ratings, comments, leaf)
        SELECT * FROM unnest(rounds, vks, subjects, grps, sequences, ratings, comments, leaves) AS g (round, vk)
        WHERE g.round = ANY (opened)
        ORDER BY g.round, g.vk -- names are random: rows must not lie in the order in which ballots came
        ON CONFLICT DO NOTHING
        RETURNING b.round, b.vk, b.subject, b.grp
    ), given AS (
        SELECT n.round, n.subject, n.grp, count(*)::integer AS count
        FROM new n GROUP BY n.round, n.subject, n.grp ORDER BY n.round, n.subject, n.grp
    ), taken AS (
        UPDATE ballot.quota q SET ballots = q.ballots + g.count
        FROM given g
        WHERE q.round = g.round AND q.subject = g.subject AND q.grp = g.grp AND q.ballots + g.count <= q.raters
        RETURNING g.count
    )
    SELECT (SELECT coalesce(array_agg(n.vk), '{}') FROM new n), coalesce((SELECT sum(t.count) FROM taken t), 0)
    INTO inserted, counted;
    IF cardinality(inserted) = counted THEN
        RETURN inserted;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'CD002'; -- undoes all of it, locks too
EXCEPTION WHEN SQLSTATE 'CD002' THEN
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION ballot.cast_new(uuid[], uuid[], bytea[], uuid[], smallint[], bigint[], bytea[], bytea[], bytea[])
    FROM PUBLIC;
-- As before, and whether the ballot was stored now.
DROP FUNCTION ballot.cast_one(uuid, bytea, uuid, smallint, bigint, bytea, bytea, bytea, timestamptz);
CREATE FUNCTION ballot.cast_one(round uuid, vk bytea, subject uuid, grp smallint, sequence bigint, ratings bytea,
                                comments bytea, leaf bytea, at timestamptz,
                                OUT reason smallint, OUT stored bigint, OUT changed boolean)
LANGUAGE plpgsql VOLATILE SET search_path = '' AS $$
DECLARE
    r ballot.round;
    q ballot.quota;
    old ballot.ballot;
BEGIN
    SELECT * INTO r FROM ballot.round WHERE id = cast_one.round;
    SELECT * INTO old FROM ballot.ballot
    WHERE ballot.round = cast_one.round AND ballot.vk = cast_one.vk FOR UPDATE;
    stored := coalesce(old.sequence, 4294967295);
    changed := false;
    reason := CASE
        WHEN r.id IS NULL THEN 2                                          -- BALLOT_UNKNOWN_ROUND
        WHEN old.sequence = sequence AND old.leaf = leaf THEN 1           -- stored before: whatever the time
        WHEN r.closed OR at > r.close_at + make_interval(secs => r.grace_s) THEN 4 -- BALLOT_CLOSED
        WHEN at < r.answer_from THEN 3                                    -- BALLOT_NOT_OPEN_YET
        WHEN (old.subject, old.grp) <> (subject, grp) THEN 8              -- BALLOT_BAD_CREDENTIAL
        WHEN old.sequence >= sequence THEN 13                             -- BALLOT_OLD_SEQUENCE
        END;
    IF reason IS NOT NULL THEN
        RETURN;
    END IF;
    IF old.sequence < sequence THEN
        UPDATE ballot.ballot b
        SET sequence = cast_one.sequence, ratings = cast_one.ratings, comments = cast_one.comments, leaf = cast_one.leaf
        WHERE b.round = cast_one.round AND b.vk = cast_one.vk;
    ELSE
        SELECT * INTO q FROM ballot.quota
        WHERE quota.round = cast_one.round AND quota.subject = cast_one.subject AND quota.grp = cast_one.grp FOR UPDATE;
        reason := CASE WHEN q.round IS NULL THEN 7                        -- BALLOT_UNKNOWN_SUBJECT
                       WHEN q.ballots >= q.raters THEN 12 END;            -- BALLOT_QUOTA_FULL
        IF reason IS NOT NULL THEN
            RETURN;
        END IF;
        INSERT INTO ballot.ballot VALUES (round, vk, subject, grp, sequence, ratings, comments, leaf);
        UPDATE ballot.quota c SET ballots = c.ballots + 1
        WHERE c.round = q.round AND c.subject = q.subject AND c.grp = q.grp;
    END IF;
    reason := 1;
    stored := sequence;
    changed := true;
END
$$;
REVOKE ALL ON FUNCTION ballot.cast_one(uuid, bytea, uuid, smallint, bigint, bytea, bytea, bytea, timestamptz) FROM PUBLIC;
DROP FUNCTION ballot.cast_batch(uuid[], bytea[], uuid[], smallint[], bigint[], bytea[], bytea[], bytea[], timestamptz);
CREATE FUNCTION ballot.cast_batch(rounds uuid[], vks bytea[], subjects uuid[], grps smallint[], sequences bigint[],
                                  ratings bytea[], comments bytea[], leaves bytea[], at timestamptz)
RETURNS TABLE (status smallint, reason smallint, stored bigint, changed boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    opened uuid[];
    inserted bytea[];
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    -- The closing steps wait for batches that hold this, and batches behind them see "closed".
    SELECT array_agg(r.id) INTO opened
    FROM (SELECT * FROM ballot.round r WHERE r.id = ANY (rounds) ORDER BY r.id FOR SHARE) r
    WHERE NOT r.closed AND at BETWEEN r.answer_from AND r.close_at + make_interval(secs => r.grace_s);
    inserted := ballot.cast_new(opened, rounds, vks, subjects, grps, sequences, ratings, comments, leaves);
    IF cardinality(inserted) = cardinality(vks) THEN
        RETURN QUERY SELECT 1::smallint, 1::smallint, sequence, true FROM unnest(sequences) sequence;
        RETURN;
    END IF;
    IF inserted IS NULL THEN
        PERFORM pg_advisory_xact_lock(1129201233); -- alone: no order of locks is kept from here on
    END IF;
    RETURN QUERY
    SELECT (CASE o.reason WHEN 1 THEN 1 WHEN 13 THEN 6 ELSE 7 END)::smallint, o.reason, o.stored,
           o.changed OR o.vk IN (SELECT unnest(inserted)) -- the name was stored now, and with it what repeats it
    FROM (SELECT one.*, g.vk, g.number
          FROM (SELECT * FROM unnest(rounds, vks, subjects, grps, sequences, ratings, comments, leaves)
                WITH ORDINALITY AS g (round, vk, subject, grp, sequence, ratings, comments, leaf, number)
                ORDER BY round, vk, number) g,
               ballot.cast_one(g.round, g.vk, g.subject, g.grp, g.sequence, g.ratings, g.comments, g.leaf, at) one
         ) o ORDER BY o.number;
END
$$;
REVOKE ALL ON FUNCTION
    ballot.cast_batch(uuid[], bytea[], uuid[], smallint[], bigint[], bytea[], bytea[], bytea[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    ballot.cast_batch(uuid[], bytea[], uuid[], smallint[], bigint[], bytea[], bytea[], bytea[], timestamptz) TO candour_ballot;
