-- What is kept of a round, and how long: days and months count from its close. The clerk deletes what is due and leaves
-- a receipt in the audit trail.
ALTER TABLE desk.round
    ADD ends_now boolean NOT NULL DEFAULT false, -- an administrator does not wish to wait for the dates
    ADD answers_line bigint,                     -- the audit lines that are the receipts
    ADD archive_line bigint,
    ADD CHECK (NOT ends_now OR state IN ('released', 'archived')),
    ADD CHECK ((state = 'archived') = (archive_line IS NOT NULL));

ALTER TABLE desk.report SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

CREATE FUNCTION desk.reports_until(p_round desk.round) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT (p_round.close_at AT TIME ZONE 'UTC' + make_interval(months => p_round.keep_reports_months)) AT TIME ZONE 'UTC'
$$;
CREATE FUNCTION desk.answers_until(p_round desk.round) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT least(p_round.close_at + make_interval(hours => 24 * p_round.keep_answers_days),
                 desk.reports_until(p_round))
$$;

-- The receipt for what the ballot side has deleted; the first one stays.
CREATE FUNCTION desk.answers_deleted(p_round uuid, p_ratings integer, p_comments integer, p_now timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    round_name text;
    line bigint;
BEGIN
    SELECT r.name INTO round_name FROM desk.round r
    WHERE r.id = p_round AND r.closing_step = 6 AND r.answers_line IS NULL FOR UPDATE;
    IF FOUND THEN
        INSERT INTO desk.audit (at, action, object)
        VALUES (p_now, 'answers deleted', format('%s: %s answers, %s comments', round_name, p_ratings, p_comments))
        RETURNING number INTO line;
        UPDATE desk.round r SET answers_line = line WHERE r.id = p_round;
    END IF;
END
$$;

-- Reports, who was asked about whom, and letters and mails of a round whose time is over. What stays: the audit trail,
-- which names people, the round, the organisation's report, and the rules: whoever has the salt can try names there.
CREATE FUNCTION desk.archive_round(p_round uuid, p_now timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    r desk.round;
    line bigint;
    reports integer;
    assignments integer;
    leaders integer;
BEGIN
    SELECT x.* INTO r FROM desk.round x
    WHERE x.id = p_round AND x.state IN ('closed', 'released') AND x.closing_step = 6 AND x.answers_line IS NOT NULL
    FOR UPDATE;
    IF NOT FOUND OR NOT (r.ends_now OR desk.reports_until(r) <= p_now) THEN
        RETURN;
    END IF;
    SELECT (SELECT count(*) FROM desk.report t WHERE t.round = r.id),
           (SELECT count(*) FROM desk.assignment a WHERE a.round = r.id),
           (SELECT count(*) FROM desk.subject s WHERE s.round = r.id)
    INTO reports, assignments, leaders;
    INSERT INTO desk.audit (at, action, object)
    VALUES (p_now, 'round archived',
            format('%s: %s reports, %s assignments, %s leaders', r.name, reports, assignments, leaders))
    RETURNING number INTO line;
    UPDATE desk.round x SET state = 'archived', archive_line = line WHERE x.id = r.id;
    DELETE FROM desk.report t WHERE t.round = r.id;
    DELETE FROM desk.progress g WHERE g.round = r.id;
    DELETE FROM desk.no_reminder n WHERE n.round = r.id;
    DELETE FROM desk.outbox o WHERE o.round = r.id;
    DELETE FROM desk.nomination n WHERE n.round = r.id;
    DELETE FROM desk.assignment a WHERE a.round = r.id;
    DELETE FROM desk.subject s WHERE s.round = r.id;
END
$$;

REVOKE ALL ON FUNCTION desk.reports_until(desk.round), desk.answers_until(desk.round),
    desk.answers_deleted(uuid, integer, integer, timestamptz), desk.archive_round(uuid, timestamptz) FROM PUBLIC;
GRANT UPDATE (ends_now, keep_answers_days, keep_reports_months) ON desk.round TO candour_desk;
GRANT EXECUTE ON FUNCTION desk.reports_until(desk.round), desk.answers_until(desk.round)
    TO candour_desk, candour_clerk_desk;
GRANT EXECUTE ON FUNCTION desk.answers_deleted(uuid, integer, integer, timestamptz), desk.archive_round(uuid, timestamptz)
    TO candour_clerk_desk;
