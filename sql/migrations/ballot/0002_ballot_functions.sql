-- What the ballot workers and the clerk may do on the anonymous side: these functions and nothing else.
-- With an empty search_path only pg_catalog is searched. Status and reason numbers are those of the protocol (enum Status, enum ballot_reason).

-- ---------------------------------------------------------------- ballot workers
-- Stores a batch. One row per ballot, in the order of the arrays; a ballot that may not be stored never disturbs the
-- others. The arrays have one length. Its commit waits for no disk and no standby, so that other batches do not wait
-- for its locks meanwhile: ballot.flush, as the next transaction, does, and only then a ballot counts as stored.
-- Plans are made while the round is empty and kept while it fills, for batches of any size: they must find each row by
-- its key, so that the time does not grow with the round.
CREATE FUNCTION ballot.cast_batch(rounds uuid[], vks bytea[], subjects uuid[], grps smallint[], sequences bigint[],
                                  ratings bytea[], comments bytea[], leaves bytea[], at timestamptz)
RETURNS TABLE (status smallint, reason smallint, stored bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' SET enable_seqscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    -- The closing steps wait for batches that hold this, and batches behind them see "closed".
    PERFORM FROM ballot.round r WHERE r.id = ANY (rounds) ORDER BY r.id FOR SHARE;
    IF ballot.cast_all(rounds, vks, subjects, grps, sequences, ratings, comments, leaves, at) THEN
        RETURN QUERY SELECT 1::smallint, 1::smallint, sequence FROM unnest(sequences) sequence;
    ELSE
        RETURN QUERY
        SELECT (CASE o.reason WHEN 1 THEN 1 WHEN 13 THEN 6 WHEN 14 THEN 9 ELSE 7 END)::smallint, o.reason, o.stored
        FROM (SELECT one.*, g.number
              FROM (SELECT * FROM unnest(rounds, vks, subjects, grps, sequences, ratings, comments, leaves)
                    WITH ORDINALITY AS g (round, vk, subject, grp, sequence, ratings, comments, leaf, number)
                    ORDER BY round, subject, grp, vk, number) g, -- batches lock groups in one order
                   ballot.cast_one(g.round, g.vk, g.subject, g.grp, g.sequence, g.ratings, g.comments, g.leaf, at) one
             ) o ORDER BY o.number;
    END IF;
END
$$;
-- Commits behind everything that was committed before, and waits for disk and standby as any other transaction: only one
-- that has written something does.
CREATE FUNCTION ballot.flush() RETURNS pg_lsn
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
    SELECT pg_logical_emit_message(true, '', '')
$$;
-- What nearly every batch is: ballots with new names, all in time, each group with room for all of its own. Stores all
-- of them or, if any is something else, none.
CREATE FUNCTION ballot.cast_all(rounds uuid[], vks bytea[], subjects uuid[], grps smallint[], sequences bigint[],
                                ratings bytea[], comments bytea[], leaves bytea[], at timestamptz)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = '' AS $$
DECLARE
    counted bigint;
    inserted bigint;
BEGIN
    -- All ballots of one group pass one by one, and batches lock groups in one order: that of the sorted list, which
    -- leads the only join that is left.
    WITH given AS (
        SELECT g.round, g.subject, g.grp, count(*)::integer AS count
        FROM unnest(rounds, subjects, grps) AS g (round, subject, grp)
        GROUP BY g.round, g.subject, g.grp ORDER BY g.round, g.subject, g.grp
    ), taken AS (
        UPDATE ballot.quota q SET ballots = q.ballots + g.count
        FROM given g
        WHERE q.round = g.round AND q.subject = g.subject AND q.grp = g.grp AND q.ballots + g.count <= q.raters
        RETURNING g.round, g.count
    )
    SELECT sum(t.count) INTO counted
    FROM taken t JOIN ballot.round r ON r.id = t.round
    WHERE NOT r.closed AND at BETWEEN r.answer_from AND r.close_at + make_interval(secs => r.grace_s);
    IF counted = cardinality(vks) THEN
        INSERT INTO ballot.ballot (round, vk, subject, grp, sequence, ratings, comments, leaf)
        SELECT * FROM unnest(rounds, vks, subjects, grps, sequences, ratings, comments, leaves) AS g (round, vk)
        ORDER BY g.round, g.vk -- names are random: rows must not lie in the order in which ballots came
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS inserted = ROW_COUNT;
        IF inserted = counted THEN
            RETURN true;
        END IF;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'CD002'; -- undoes all of it
EXCEPTION WHEN SQLSTATE 'CD002' THEN
    RETURN false;
END
$$;
-- Any ballot. Each statement sees what the transactions that the one before it waited for have stored.
CREATE FUNCTION ballot.cast_one(round uuid, vk bytea, subject uuid, grp smallint, sequence bigint, ratings bytea,
                                comments bytea, leaf bytea, at timestamptz, OUT reason smallint, OUT stored bigint)
LANGUAGE plpgsql VOLATILE SET search_path = '' AS $$
DECLARE
    r ballot.round;
    q ballot.quota;
    old ballot.ballot;
BEGIN
    SELECT * INTO r FROM ballot.round WHERE id = cast_one.round;
    SELECT * INTO q FROM ballot.quota
    WHERE quota.round = cast_one.round AND quota.subject = cast_one.subject AND quota.grp = cast_one.grp FOR UPDATE;
    SELECT * INTO old FROM ballot.ballot
    WHERE ballot.round = cast_one.round AND ballot.vk = cast_one.vk FOR UPDATE;
    stored := coalesce(old.sequence, 4294967295);
    reason := CASE
        WHEN r.id IS NULL THEN 2                                          -- BALLOT_UNKNOWN_ROUND
        WHEN old.sequence = sequence AND old.leaf = leaf THEN 1           -- stored before: whatever the time
        WHEN r.closed OR at > r.close_at + make_interval(secs => r.grace_s) THEN 4 -- BALLOT_CLOSED
        WHEN at < r.answer_from THEN 3                                    -- BALLOT_NOT_OPEN_YET
        WHEN q.round IS NULL THEN 7                                       -- BALLOT_UNKNOWN_SUBJECT
        WHEN (old.subject, old.grp) <> (subject, grp) THEN 8              -- BALLOT_BAD_CREDENTIAL
        WHEN old.sequence >= sequence THEN 13                             -- BALLOT_OLD_SEQUENCE
        WHEN old.sequence IS NULL AND q.ballots >= q.raters THEN 12       -- BALLOT_QUOTA_FULL
        END;
    IF reason IS NOT NULL THEN
        RETURN;
    END IF;
    IF old.sequence < sequence THEN
        UPDATE ballot.ballot b
        SET sequence = cast_one.sequence, ratings = cast_one.ratings, comments = cast_one.comments, leaf = cast_one.leaf
        WHERE b.round = cast_one.round AND b.vk = cast_one.vk;
    ELSE
        INSERT INTO ballot.ballot VALUES (round, vk, subject, grp, sequence, ratings, comments, leaf)
        ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            reason := 14; -- BALLOT_TRY_AGAIN: the name came in by another group just now
            RETURN;
        END IF;
        UPDATE ballot.quota c SET ballots = c.ballots + 1
        WHERE c.round = q.round AND c.subject = q.subject AND c.grp = q.grp;
    END IF;
    reason := 1;
    stored := sequence;
END
$$;

-- Rounds that are open, with what the box needs to know of each.
CREATE FUNCTION ballot.open_rounds()
RETURNS TABLE (id uuid, newest integer, answer_from timestamptz, close_at timestamptz, grace_s integer, bucket integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT r.id, (SELECT max(m.version) FROM ballot.manifest m WHERE m.round = r.id),
           r.answer_from, r.close_at, r.grace_s, r.bucket
    FROM ballot.round r WHERE NOT r.closed ORDER BY r.close_at, r.id
$$;
CREATE FUNCTION ballot.round_keys(round uuid)
RETURNS TABLE (credential_secret bytea, box_secret bytea, box_public bytea, receipt_secret bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT k.credential_secret, k.box_secret, k.box_public, k.receipt_secret
    FROM ballot.round_key k WHERE k.round = round_keys.round
$$;
CREATE FUNCTION ballot.manifests(round uuid) RETURNS TABLE (version integer, text bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT m.version, m.text FROM ballot.manifest m WHERE m.round = manifests.round ORDER BY m.version
$$;
CREATE FUNCTION ballot.shapes(round uuid)
RETURNS TABLE (level text, items smallint, scale_max smallint, questions smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT q.level, q.items, q.scale_max, q.questions FROM ballot.questionnaire q WHERE q.round = shapes.round
$$;
-- One page of published leaves, 512 of 32 bytes at most. No row: not published.
CREATE FUNCTION ballot.leaves_page(round uuid, page bigint)
RETURNS TABLE (leaves integer, root bytea, hashes bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT r.leaves, r.leaves_root,
           (SELECT string_agg(l.leaf, ''::bytea ORDER BY l.position) FROM ballot.leaf l
            WHERE l.round = r.id AND l.position >= leaves_page.page * 512 AND l.position < (leaves_page.page + 1) * 512)
    FROM ballot.round r WHERE r.id = leaves_page.round AND r.leaves_root IS NOT NULL
$$;

-- ---------------------------------------------------------------- clerk: opening
-- First write wins; gives what is stored.
CREATE FUNCTION ballot.keys_put(round uuid, credential_secret bytea, credential_public bytea, box_secret bytea,
                                box_public bytea, receipt_secret bytea, receipt_public bytea)
RETURNS TABLE (stored_credential_secret bytea, stored_credential_public bytea, stored_box_public bytea,
               stored_receipt_public bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    INSERT INTO ballot.round_key VALUES (keys_put.round, keys_put.credential_secret, keys_put.credential_public,
        keys_put.box_secret, keys_put.box_public, keys_put.receipt_secret, keys_put.receipt_public)
    ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT k.credential_secret, k.credential_public, k.box_public, k.receipt_public
    FROM ballot.round_key k WHERE k.round = keys_put.round;
END
$$;
-- Opens a round with version 0 of its manifest, its questionnaires' shapes and its quotas, and makes its partition.
-- First write wins; gives the manifest that is stored.
CREATE FUNCTION ballot.open_round(round uuid, answer_from timestamptz, close_at timestamptz, grace_s integer,
                                  threshold integer, bucket integer, manifest bytea,
                                  levels text[], items smallint[], scale_maxs smallint[], questions smallint[],
                                  subjects uuid[], grps smallint[], raters integer[])
RETURNS bytea
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    box text := 'ballot_' || replace(open_round.round::text, '-', '');
BEGIN
    INSERT INTO ballot.round (id, answer_from, close_at, grace_s, threshold, bucket)
    VALUES (open_round.round, open_round.answer_from, open_round.close_at, open_round.grace_s, open_round.threshold,
            open_round.bucket)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        INSERT INTO ballot.manifest VALUES (open_round.round, 0, open_round.manifest);
        INSERT INTO ballot.questionnaire
        SELECT open_round.round, q.* FROM unnest(levels, items, scale_maxs, questions) q;
        INSERT INTO ballot.quota (round, subject, grp, raters)
        SELECT open_round.round, q.* FROM unnest(subjects, grps, raters) q;
        EXECUTE format('CREATE TABLE ballot.%I (LIKE ballot.ballot INCLUDING ALL)', box);
        EXECUTE format('ALTER TABLE ballot.%I ALTER round SET STATISTICS 0, ALTER vk SET STATISTICS 0, '
                       'ALTER subject SET STATISTICS 0, ALTER grp SET STATISTICS 0, ALTER sequence SET STATISTICS 0, '
                       'ALTER ratings SET STATISTICS 0, ALTER comments SET STATISTICS 0, ALTER leaf SET STATISTICS 0',
                       box);
        EXECUTE format('ALTER TABLE ballot.ballot ATTACH PARTITION ballot.%I FOR VALUES IN (%L)', box,
                                  open_round.round);
    END IF;
    RETURN (SELECT m.text FROM ballot.manifest m WHERE m.round = open_round.round AND m.version = 0);
END
$$;
-- Groups of colleagues below the threshold. Self and manager have none: counting one person would name them.
CREATE FUNCTION ballot.progress(round uuid) RETURNS TABLE (subject uuid, grp smallint, below boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT q.subject, q.grp, q.ballots < r.threshold
    FROM ballot.quota q JOIN ballot.round r ON r.id = q.round
    WHERE q.round = progress.round AND q.grp >= 3 AND q.raters > 0
$$;

-- ---------------------------------------------------------------- clerk: closing, each step harmless when repeated
-- Every step says whether its state now holds. It does nothing, and says false, when the step before it has not been
-- taken: the desk's word for where a round stands is not enough.
-- 1: from here on nothing is accepted. false: it is too early.
CREATE FUNCTION ballot.close_box(round uuid, at timestamptz) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE ballot.round r SET closed = true
    WHERE r.id = close_box.round AND (r.closed OR at > r.close_at + make_interval(secs => r.grace_s));
    RETURN FOUND;
END
$$;
-- 2: the leaves in order; the clerk computes the root over them and stores it.
CREATE FUNCTION ballot.publish_leaves(round uuid) RETURNS TABLE (leaves bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    IF EXISTS (SELECT FROM ballot.round r WHERE r.id = publish_leaves.round AND r.closed AND r.leaves_root IS NULL) THEN
        DELETE FROM ballot.leaf l WHERE l.round = publish_leaves.round;
        INSERT INTO ballot.leaf (round, position, leaf)
        SELECT b.round, row_number() OVER (ORDER BY b.leaf) - 1, b.leaf
        FROM ballot.ballot b WHERE b.round = publish_leaves.round ORDER BY 2;
    END IF;
    RETURN QUERY SELECT string_agg(l.leaf, ''::bytea ORDER BY l.position) FROM ballot.leaf l
                 WHERE l.round = publish_leaves.round;
END
$$;
CREATE FUNCTION ballot.leaves_root_put(round uuid, leaves integer, root bytea) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE ballot.round r SET leaves = leaves_root_put.leaves, leaves_root = leaves_root_put.root
    WHERE r.id = leaves_root_put.round AND r.closed AND r.leaves_root IS NULL;
    RETURN EXISTS (SELECT FROM ballot.round r WHERE r.id = leaves_root_put.round
                   AND r.leaves = leaves_root_put.leaves AND r.leaves_root = leaves_root_put.root);
END
$$;
-- 3: ratings, and apart from them comments, in random order and without a key in common. A ballot without any rating
-- was withdrawn: neither its ratings nor its comments go on. Random order comes from the system's generator
-- (gen_random_uuid), not from random(), whose later values follow from earlier ones.
CREATE FUNCTION ballot.shuffle(round uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE ballot.round r SET shuffled = true
    WHERE r.id = shuffle.round AND r.leaves_root IS NOT NULL AND NOT r.shuffled;
    IF FOUND THEN
        INSERT INTO ballot.shuffled_ratings (round, subject, grp, ratings)
        SELECT b.round, b.subject, b.grp, b.ratings FROM ballot.ballot b
        WHERE b.round = shuffle.round AND ballot.has_rating(b.ratings) ORDER BY gen_random_uuid();
        INSERT INTO ballot.shuffled_comment (round, subject, grp, question, text)
        SELECT b.round, b.subject, b.grp, c.question, c.text
        FROM ballot.ballot b, ballot.split_comments(b.comments) c
        WHERE b.round = shuffle.round AND ballot.has_rating(b.ratings) ORDER BY gen_random_uuid();
    END IF;
    RETURN EXISTS (SELECT FROM ballot.round r WHERE r.id = shuffle.round AND r.shuffled);
END
$$;
-- At least one byte that is neither 0 (unanswered) nor 255 (not observed).
CREATE FUNCTION ballot.has_rating(ratings bytea) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT length(btrim(ratings, '\x00ff'::bytea)) > 0
$$;
CREATE FUNCTION ballot.split_comments(comments bytea) RETURNS TABLE (question smallint, text bytea)
LANGUAGE plpgsql IMMUTABLE SET search_path = '' AS $$
DECLARE
    place integer := 0;
    size integer;
BEGIN
    WHILE place < length(comments) LOOP
        question := get_byte(comments, place);
        size := get_byte(comments, place + 1) * 256 + get_byte(comments, place + 2);
        text := substr(comments, place + 4, size);
        RETURN NEXT;
        place := place + 3 + size;
    END LOOP;
END
$$;
-- 4: the arrival-ordered table, the counts and the round's keys are gone.
CREATE FUNCTION ballot.drop_box(round uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    box text := 'ballot_' || replace(drop_box.round::text, '-', '');
BEGIN
    UPDATE ballot.round r SET dropped = true WHERE r.id = drop_box.round AND r.shuffled AND NOT r.dropped;
    IF FOUND THEN
        EXECUTE format('ALTER TABLE ballot.ballot DETACH PARTITION ballot.%I', box);
        EXECUTE format('DROP TABLE ballot.%I', box);
        DELETE FROM ballot.round_key k WHERE k.round = drop_box.round;
        DELETE FROM ballot.quota q WHERE q.round = drop_box.round;
    END IF;
    RETURN EXISTS (SELECT FROM ballot.round r WHERE r.id = drop_box.round AND r.dropped);
END
$$;
-- 5: what the reports are made of; nothing before the box is gone.
CREATE FUNCTION ballot.closed_manifest(round uuid) RETURNS TABLE (first bytea, newest bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT (SELECT m.text FROM ballot.manifest m WHERE m.round = r.id AND m.version = 0),
           (SELECT m.text FROM ballot.manifest m WHERE m.round = r.id ORDER BY m.version DESC LIMIT 1)
    FROM ballot.round r WHERE r.id = closed_manifest.round AND r.dropped
$$;
CREATE FUNCTION ballot.closed_ratings(round uuid) RETURNS TABLE (subject uuid, grp smallint, ratings bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT s.subject, s.grp, s.ratings FROM ballot.shuffled_ratings s
    WHERE s.round = closed_ratings.round ORDER BY s.subject
$$;
CREATE FUNCTION ballot.closed_comments(round uuid, subjects uuid[])
RETURNS TABLE (subject uuid, grp smallint, question smallint, text bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT s.subject, s.grp, s.question, s.text FROM ballot.shuffled_comment s
    WHERE s.round = closed_comments.round AND s.subject = ANY (subjects) ORDER BY s.subject, s.question
$$;

-- ---------------------------------------------------------------- rights
REVOKE ALL ON ALL TABLES IN SCHEMA ballot FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ballot FROM PUBLIC;
GRANT USAGE ON SCHEMA ballot TO candour_ballot, candour_clerk_ballot;
GRANT EXECUTE ON FUNCTION
    ballot.cast_batch(uuid[], bytea[], uuid[], smallint[], bigint[], bytea[], bytea[], bytea[], timestamptz),
    ballot.flush(), ballot.open_rounds(), ballot.round_keys(uuid), ballot.manifests(uuid), ballot.shapes(uuid),
    ballot.leaves_page(uuid, bigint)
TO candour_ballot;
GRANT EXECUTE ON FUNCTION
    ballot.keys_put(uuid, bytea, bytea, bytea, bytea, bytea, bytea),
    ballot.open_round(uuid, timestamptz, timestamptz, integer, integer, integer, bytea, text[], smallint[], smallint[],
                      smallint[], uuid[], smallint[], integer[]),
    ballot.progress(uuid), ballot.close_box(uuid, timestamptz), ballot.publish_leaves(uuid),
    ballot.leaves_root_put(uuid, integer, bytea), ballot.shuffle(uuid), ballot.drop_box(uuid),
    ballot.closed_manifest(uuid), ballot.closed_ratings(uuid),
    ballot.closed_comments(uuid, uuid[])
TO candour_clerk_ballot;
