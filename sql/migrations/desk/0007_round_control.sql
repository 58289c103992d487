-- Who reads a report when: a coach may come first, and a facilitator may hold one back.
ALTER TABLE desk.subject ADD coach uuid REFERENCES desk.person, ADD CHECK (coach <> person);
ALTER TABLE desk.report
    ADD held boolean NOT NULL DEFAULT false,
    ADD coached boolean NOT NULL DEFAULT false, -- the coach may read it
    ADD CHECK (NOT (released AND held));
CREATE INDEX subject_coach ON desk.subject (coach) WHERE coach IS NOT NULL;

-- p_email NULL: all that are not held, which makes the round released unless they go to coaches; otherwise the report of
-- that leader, which ends its hold unless it goes to the coach. p_dry_run: counts, and changes nothing.
-- outcome: 0 no such round, 1 done (also: before), 2 not closed, 3 no report of such a leader, 4 that leader has no
-- coach. shown: reports that this makes readable; held: that stay held; alone: leaders without a coach.
CREATE FUNCTION desk.release_reports(p_round text, p_to_coach boolean, p_email text, p_dry_run boolean,
                                     p_now timestamptz, p_actor uuid, OUT outcome smallint, OUT shown integer,
                                     OUT held integer, OUT alone integer)
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    r desk.round;
    chosen uuid[];
BEGIN
    SELECT * INTO r FROM desk.round x WHERE x.name = p_round FOR UPDATE;
    outcome := CASE WHEN r.id IS NULL THEN 0 WHEN r.state NOT IN ('closed', 'released') THEN 2 ELSE 1 END;
    IF outcome <> 1 THEN
        RETURN;
    END IF;
    SELECT count(*) FILTER (WHERE t.held AND p.email IS DISTINCT FROM p_email),
           count(*) FILTER (WHERE s.coach IS NULL),
           array_agg(s.id) FILTER (WHERE CASE WHEN p_email IS NULL THEN NOT t.held ELSE p.email = p_email END
                                         AND (s.coach IS NOT NULL OR NOT p_to_coach)
                                         AND NOT CASE WHEN p_to_coach THEN t.coached ELSE t.released END),
           CASE WHEN p_email IS NULL THEN 1
                WHEN count(*) FILTER (WHERE p.email = p_email) = 0 THEN 3
                WHEN p_to_coach AND count(*) FILTER (WHERE p.email = p_email AND s.coach IS NOT NULL) = 0 THEN 4
                ELSE 1 END
    INTO held, alone, chosen, outcome
    FROM desk.report t
    JOIN desk.subject s ON s.round = t.round AND s.id = t.subject
    JOIN desk.person p ON p.id = s.person
    WHERE t.round = r.id;
    shown := coalesce(cardinality(chosen), 0);
    IF outcome <> 1 OR p_dry_run THEN
        RETURN;
    END IF;
    IF p_email IS NULL AND NOT p_to_coach THEN
        UPDATE desk.round x SET state = 'released' WHERE x.id = r.id AND x.state = 'closed';
    END IF;
    IF p_to_coach THEN
        UPDATE desk.report t SET coached = true WHERE t.round = r.id AND t.subject = ANY (chosen);
    ELSE
        UPDATE desk.report t SET released = true, held = false WHERE t.round = r.id AND t.subject = ANY (chosen);
    END IF;
    IF shown > 0 OR r.state = 'closed' AND p_email IS NULL AND NOT p_to_coach THEN
        PERFORM desk.note(p_now, p_actor, CASE WHEN p_to_coach THEN 'reports shown to coaches' ELSE 'reports released' END,
                          format('%s: %s', r.name, coalesce(p_email, shown::text)),
                          (SELECT p.id FROM desk.person p WHERE p.email = p_email));
    END IF;
END
$$;

-- One row for each line, in their order, or none when there is no such round. Coaches that are empty: none. All are
-- stored, or with any outcome above 1, or p_dry_run, nothing. Each change is written down by name. A new coach waits until
-- reports are shown to coaches again, so that nobody makes themselves one and reads at once.
-- 0 changed, 1 as before, 2 no such leader in the round, 3 nobody has the coach's address, 4 their own coach, 5 the
-- leader has an earlier line.
CREATE FUNCTION desk.set_coaches(p_round text, p_leaders text[], p_coaches text[], p_dry_run boolean, p_now timestamptz,
                                 p_actor uuid) RETURNS SETOF smallint
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    found uuid;
    outcomes smallint[];
    change record;
BEGIN
    SELECT r.id INTO found FROM desk.round r WHERE r.name = p_round FOR UPDATE;
    IF found IS NULL THEN
        RETURN;
    END IF;
    SELECT array_agg(CASE WHEN s.id IS NULL THEN 2
                          WHEN x.time > 1 THEN 5
                          WHEN x.coach <> '' AND c.id IS NULL THEN 3
                          WHEN c.id = l.id THEN 4
                          WHEN s.coach IS NOT DISTINCT FROM c.id THEN 1
                          ELSE 0 END::smallint ORDER BY x.place)
    INTO outcomes
    FROM (SELECT y.*, row_number() OVER (PARTITION BY y.leader ORDER BY y.place) AS time
          FROM unnest(p_leaders, p_coaches) WITH ORDINALITY AS y (leader, coach, place)) x
    LEFT JOIN desk.person l ON l.email = x.leader
    LEFT JOIN desk.person c ON c.email = x.coach
    LEFT JOIN desk.subject s ON s.round = found AND s.person = l.id;
    IF NOT p_dry_run AND 0 = ANY (outcomes) AND NOT 2 <= ANY (outcomes) THEN
        FOR change IN
            SELECT s.id, s.name, s.person, c.id AS coach, coalesce(c.email, 'nobody') AS email
            FROM unnest(p_leaders, p_coaches, outcomes) WITH ORDINALITY AS x (leader, coach, outcome, place)
            JOIN desk.person l ON l.email = x.leader
            JOIN desk.subject s ON s.round = found AND s.person = l.id
            LEFT JOIN desk.person c ON c.email = x.coach
            WHERE x.outcome = 0 ORDER BY x.place
        LOOP
            UPDATE desk.subject s SET coach = change.coach WHERE s.round = found AND s.id = change.id;
            UPDATE desk.report t SET coached = false WHERE t.round = found AND t.subject = change.id AND t.coached;
            PERFORM desk.note(p_now, p_actor, 'coach set', format('%s: %s: %s', p_round, change.name, change.email),
                              change.person);
        END LOOP;
    END IF;
    RETURN QUERY SELECT * FROM unnest(outcomes);
END
$$;

REVOKE ALL ON FUNCTION desk.release_reports(text, boolean, text, boolean, timestamptz, uuid),
    desk.set_coaches(text, text[], text[], boolean, timestamptz, uuid) FROM PUBLIC;
GRANT UPDATE (coach) ON desk.subject TO candour_desk;
GRANT UPDATE (held, coached) ON desk.report TO candour_desk;
GRANT EXECUTE ON FUNCTION desk.release_reports(text, boolean, text, boolean, timestamptz, uuid),
    desk.set_coaches(text, text[], text[], boolean, timestamptz, uuid) TO candour_desk;
