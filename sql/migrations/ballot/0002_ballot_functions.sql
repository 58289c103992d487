-- What the ballot workers and the clerk may do on the anonymous side: these functions and nothing else.
-- With an empty search_path only pg_catalog is searched. Status and reason numbers are those of the protocol (enum Status, enum ballot_reason).

-- ---------------------------------------------------------------- ballot workers
-- Stores a batch. One row per ballot, in the order of the arrays; a ballot that may not be stored never disturbs the
-- others. The arrays have one length; a name stands in a batch once (the worker sees to it, a second one is BUSY).
CREATE FUNCTION ballot.cast_batch(rounds uuid[], vks bytea[], subjects uuid[], grps smallint[], sequences bigint[],
                                  ratings bytea[], comments bytea[], leaves bytea[], at timestamptz)
RETURNS TABLE (status smallint, reason smallint, stored bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
#variable_conflict use_column
BEGIN
    -- A transaction that writes nothing does not wait for a standby; one that has an id does.
    PERFORM pg_current_xact_id();
    -- The closing steps wait for batches that hold this, and batches behind them see "closed".
    PERFORM FROM ballot.round r WHERE r.id = ANY (rounds) ORDER BY r.id FOR SHARE;
    -- All ballots of one group pass one by one, and batches lock groups in one order.
    PERFORM FROM ballot.quota q
      WHERE (q.round, q.subject, q.grp) IN (SELECT * FROM unnest(rounds, subjects, grps))
      ORDER BY q.round, q.subject, q.grp FOR UPDATE;
    -- A new statement, hence a new snapshot: it sees what the transactions waited for above have stored.
    RETURN QUERY
    WITH given AS (
        SELECT g.*, r.id IS NOT NULL AS is_known, r.closed OR at > r.close_at + make_interval(secs => r.grace_s) AS is_closed,
               at < r.answer_from AS is_early, q.raters - q.ballots AS room,
               b.subject AS old_subject, b.grp AS old_grp, b.sequence AS old_sequence, b.leaf AS old_leaf,
               row_number() OVER (PARTITION BY g.round, g.vk ORDER BY g.number) AS copy
        FROM unnest(rounds, vks, subjects, grps, sequences, ratings, comments, leaves) WITH ORDINALITY
             AS g (round, vk, subject, grp, sequence, ratings, comments, leaf, number)
             LEFT JOIN ballot.round r ON r.id = g.round
             LEFT JOIN ballot.quota q ON q.round = g.round AND q.subject = g.subject AND q.grp = g.grp
             LEFT JOIN ballot.ballot b ON b.round = g.round AND b.vk = g.vk
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY round, subject, grp ORDER BY number) AS place
        FROM given
        WHERE is_known AND NOT is_closed AND NOT is_early AND room IS NOT NULL AND old_sequence IS NULL AND copy = 1
    ), inserted AS (
        INSERT INTO ballot.ballot AS b (round, vk, subject, grp, sequence, ratings, comments, leaf)
        SELECT round, vk, subject, grp, sequence, ratings, comments, leaf FROM ranked WHERE place <= room
        ON CONFLICT DO NOTHING
        RETURNING b.round, b.vk, b.subject, b.grp
    ), counted AS (
        UPDATE ballot.quota q SET ballots = q.ballots + i.count
        FROM (SELECT round, subject, grp, count(*) AS count FROM inserted GROUP BY 1, 2, 3) i
        WHERE q.round = i.round AND q.subject = i.subject AND q.grp = i.grp
    ), replaced AS (
        UPDATE ballot.ballot b
        SET sequence = g.sequence, ratings = g.ratings, comments = g.comments, leaf = g.leaf
        FROM given g
        WHERE b.round = g.round AND b.vk = g.vk AND NOT g.is_closed AND NOT g.is_early AND g.copy = 1
          AND b.subject = g.subject AND b.grp = g.grp AND b.sequence < g.sequence
        RETURNING b.round, b.vk
    ), judged AS (
        SELECT g.number, g.sequence, g.old_sequence,
               CASE WHEN NOT g.is_known THEN 2                               -- BALLOT_UNKNOWN_ROUND
                    WHEN g.old_sequence = g.sequence AND g.old_leaf = g.leaf THEN 1 -- stored before: whatever the time
                    WHEN g.is_closed THEN 4                                  -- BALLOT_CLOSED
                    WHEN g.is_early THEN 3                                   -- BALLOT_NOT_OPEN_YET
                    WHEN g.room IS NULL THEN 7                               -- BALLOT_UNKNOWN_SUBJECT
                    WHEN g.copy > 1 THEN 14                                  -- BALLOT_TRY_AGAIN
                    WHEN (g.old_subject, g.old_grp) IS DISTINCT FROM (g.subject, g.grp) AND g.old_sequence IS NOT NULL
                        THEN 8                                               -- BALLOT_BAD_CREDENTIAL
                    WHEN g.old_sequence >= g.sequence THEN 13                -- BALLOT_OLD_SEQUENCE
                    WHEN g.old_sequence < g.sequence THEN 1                  -- replaced
                    WHEN i.vk IS NOT NULL THEN 1                             -- inserted
                    WHEN k.place > k.room THEN 12                            -- BALLOT_QUOTA_FULL
                    ELSE 14 END AS reason                                    -- the name came in by another group just now
        FROM given g LEFT JOIN inserted i ON i.round = g.round AND i.vk = g.vk
             LEFT JOIN ranked k ON k.number = g.number
    )
    SELECT (CASE j.reason WHEN 1 THEN 1 WHEN 13 THEN 6 WHEN 14 THEN 9 ELSE 7 END)::smallint, j.reason::smallint,
           CASE j.reason WHEN 1 THEN j.sequence ELSE coalesce(j.old_sequence, 4294967295) END
    FROM judged j ORDER BY j.number;
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
    ballot.open_rounds(), ballot.round_keys(uuid), ballot.manifests(uuid), ballot.shapes(uuid),
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
