-- Nominations: a leader suggests who is asked, the line manager or an administrator decides. What is approved is an
-- assignment at once, so that everything that counts assignments is right; what is not approved never becomes one.
CREATE TABLE desk.nomination (
    round uuid NOT NULL,
    subject uuid NOT NULL,
    rater uuid NOT NULL REFERENCES desk.person,
    grp smallint NOT NULL CHECK (grp BETWEEN 2 AND 5),
    declined boolean NOT NULL DEFAULT false,  -- false: waits for a decision
    reason text NOT NULL DEFAULT '',
    PRIMARY KEY (round, subject, rater),
    FOREIGN KEY (round, subject) REFERENCES desk.subject (round, id)
);
CREATE INDEX person_manager ON desk.person (manager);
CREATE INDEX person_unit ON desk.person (unit);

-- What a round does by itself, and for each group (its number is the index) how many should be asked about a leader.
ALTER TABLE desk.round
    ADD opens_itself boolean NOT NULL DEFAULT false,
    ADD closes_itself boolean NOT NULL DEFAULT false,
    ADD least integer[] NOT NULL DEFAULT '{0,0,0,0,0}' CHECK (cardinality(least) = 5),
    ADD most integer[] NOT NULL DEFAULT '{1000,1000,1000,1000,1000}' CHECK (cardinality(most) = 5);

-- Whom a person is asked about in a round, without themselves.
CREATE FUNCTION desk.load_of(p_round uuid, p_rater uuid) RETURNS integer
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT count(*)::integer FROM desk.assignment a WHERE a.round = p_round AND a.rater = p_rater AND a.grp <> 1
$$;

-- Up to three people of the rater's unit who are asked less, and not about this leader (p_subject NULL: any).
CREATE FUNCTION desk.instead_of(p_round uuid, p_subject uuid, p_rater uuid) RETURNS text
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT string_agg(format('%s (%s)', x.email, x.load), ', ' ORDER BY x.load, x.email)
    FROM (SELECT p.email, count(k.id) AS load
          FROM desk.person busy
          JOIN desk.person p ON p.unit = busy.unit AND p.id <> busy.id
          LEFT JOIN desk.assignment k ON k.round = p_round AND k.rater = p.id AND k.grp <> 1
          WHERE busy.id = p_rater AND busy.unit <> ''
            AND NOT EXISTS (SELECT FROM desk.subject s WHERE s.id = p_subject AND s.round = p_round AND s.person = p.id)
            AND NOT EXISTS (SELECT FROM desk.assignment a
                            WHERE a.round = p_round AND a.subject = p_subject AND a.rater = p.id)
            AND NOT EXISTS (SELECT FROM desk.nomination n
                            WHERE n.round = p_round AND n.subject = p_subject AND n.rater = p.id)
          GROUP BY p.id HAVING count(k.id) < 5
          ORDER BY count(k.id), p.email LIMIT 3) x
$$;

-- The leader whose nominations somebody may see or change, while the round nominates (an administrator also in a
-- draft). p_leader NULL: the actor. decides: as the line manager or as an administrator.
CREATE FUNCTION desk.nominating(p_round text, p_leader text, p_actor uuid, p_administrator boolean)
RETURNS TABLE (round uuid, state text, subject uuid, person uuid, name text, decides boolean)
LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT r.id, r.state, s.id, p.id, s.name, p_leader IS NOT NULL AND (p_administrator OR p.manager = p_actor)
    FROM desk.round r
    JOIN desk.subject s ON s.round = r.id
    JOIN desk.person p ON p.id = s.person
    WHERE r.name = p_round AND CASE WHEN p_leader IS NULL THEN p.id = p_actor ELSE p.email = p_leader END
      AND (p_administrator OR r.state <> 'draft') AND (p_administrator OR p.id = p_actor OR p.manager = p_actor)
$$;

-- One row for each change of the arrays, in their order, after row 0 for the whole. All changes are made, or with any
-- outcome above 1, or p_dry_run, none. Steps: 1 nominate, 2 approve, 3 drop; a group of 0: as it is.
-- Outcomes of row 0: 0 fine, 2 no such round or leader for this person, 3 does not nominate, 4 a group is too large
-- (number: which). Of a change: 0 done, 1 was so already, 2 nobody with this address, 3 oneself, 4 is approved, which
-- only the one who decides can change, 5 nothing waits, 6 decides about nobody's nominations.
-- number: whom the rater is asked about now; instead: whom to ask in their place when that is more than p_many.
CREATE FUNCTION desk.change_nominations(p_round text, p_leader text, p_actor uuid, p_administrator boolean,
                                        p_steps smallint[], p_raters text[], p_groups smallint[], p_reasons text[],
                                        p_many integer, p_dry_run boolean, p_now timestamptz)
RETURNS TABLE (place bigint, outcome smallint, number integer, instead text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    s record;
    outcomes smallint[];
    too_many smallint;
    loads integer[];
    others text[];
BEGIN
    PERFORM FROM desk.round r WHERE r.name = p_round FOR UPDATE; -- one at a time, and none while the round goes on
    SELECT * INTO s FROM desk.nominating(p_round, p_leader, p_actor, p_administrator);
    IF NOT FOUND OR s.state NOT IN ('draft', 'nominating') THEN
        RETURN QUERY SELECT 0::bigint, CASE WHEN s IS NULL THEN 2 ELSE 3 END::smallint, 0, s.name;
        RETURN;
    END IF;
    SELECT array_agg(CASE WHEN p.id IS NULL THEN 2
                          WHEN x.step <> 1 AND NOT s.decides AND x.step <> 3 THEN 6
                          WHEN p.id = s.person THEN 3
                          WHEN x.step = 1 AND (a.grp = x.grp OR a.id IS NULL AND n.grp = x.grp AND NOT n.declined
                                               AND NOT s.decides) THEN 1
                          WHEN x.step = 2 AND a.id IS NOT NULL AND x.grp IN (0, a.grp) THEN 1
                          WHEN x.step = 3 AND a.id IS NULL AND (n.rater IS NULL OR n.declined) THEN 1
                          WHEN a.id IS NOT NULL AND NOT s.decides THEN 4
                          WHEN x.step = 2 AND a.id IS NULL AND (n.rater IS NULL OR n.declined) THEN 5
                          ELSE 0 END::smallint ORDER BY x.place)
    INTO outcomes
    FROM unnest(p_steps, p_raters, p_groups) WITH ORDINALITY AS x (step, rater, grp, place)
    LEFT JOIN desk.person p ON p.email = x.rater
    LEFT JOIN desk.assignment a ON a.round = s.round AND a.subject = s.subject AND a.rater = p.id
    LEFT JOIN desk.nomination n ON n.round = s.round AND n.subject = s.subject AND n.rater = p.id;
    BEGIN
        PERFORM desk.make_changes(s.round, s.subject, s.decides, p_steps, p_raters, p_groups, p_reasons, outcomes);
        SELECT min(g.grp) INTO too_many
        FROM (SELECT k.grp, count(*) AS raters
              FROM (SELECT a.grp FROM desk.assignment a WHERE a.round = s.round AND a.subject = s.subject
                    UNION ALL
                    SELECT n.grp FROM desk.nomination n
                    WHERE n.round = s.round AND n.subject = s.subject AND NOT n.declined AND NOT s.decides) k
              GROUP BY k.grp) g
        JOIN desk.round r ON r.id = s.round
        WHERE g.raters > r.most[g.grp]
          AND g.grp IN (SELECT coalesce(nullif(x.grp, 0), a.grp)
                        FROM unnest(p_steps, p_raters, p_groups, outcomes) AS x (step, rater, grp, outcome)
                        JOIN desk.person p ON p.email = x.rater
                        LEFT JOIN desk.assignment a ON a.round = s.round AND a.subject = s.subject AND a.rater = p.id
                        WHERE x.step <> 3 AND x.outcome = 0);
        SELECT array_agg(l.load ORDER BY x.place),
               array_agg(CASE WHEN l.load > p_many THEN desk.instead_of(s.round, s.subject, p.id) END ORDER BY x.place)
        INTO loads, others
        FROM unnest(p_raters) WITH ORDINALITY AS x (rater, place)
        LEFT JOIN desk.person p ON p.email = x.rater
        CROSS JOIN LATERAL (SELECT desk.load_of(s.round, p.id) AS load) l;
        IF too_many IS NULL AND (SELECT max(o) FROM unnest(outcomes) o) <= 1 AND NOT p_dry_run THEN
            IF 0 = ANY (outcomes) THEN
                PERFORM desk.note(p_now, p_actor, CASE WHEN s.decides THEN 'nominations decided' ELSE 'nominated' END,
                                  format('%s: %s', p_round, s.name), s.person);
            END IF;
        ELSE
            RAISE EXCEPTION USING ERRCODE = 'CD002'; -- undoes this block
        END IF;
    EXCEPTION WHEN SQLSTATE 'CD002' THEN
        NULL;
    END;
    RETURN QUERY SELECT 0::bigint, CASE WHEN too_many IS NULL THEN 0 ELSE 4 END::smallint,
                        coalesce(too_many, 0)::integer, s.name;
    RETURN QUERY SELECT x.place, x.outcome, x.load, x.other
                 FROM unnest(outcomes, loads, others) WITH ORDINALITY AS x (outcome, load, other, place);
END
$$;

-- The part that writes: every change whose outcome is 0. What was declined before and is nominated again waits again.
CREATE FUNCTION desk.make_changes(p_round uuid, p_subject uuid, p_decides boolean, p_steps smallint[], p_raters text[],
                                  p_groups smallint[], p_reasons text[], p_outcomes smallint[]) RETURNS void
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    x record;
BEGIN
    FOR x IN SELECT c.*, p.id FROM unnest(p_steps, p_raters, p_groups, p_reasons, p_outcomes)
                                   AS c (step, rater, grp, reason, outcome)
             JOIN desk.person p ON p.email = c.rater WHERE c.outcome = 0
    LOOP
        IF x.step = 1 AND NOT p_decides THEN
            INSERT INTO desk.nomination AS n (round, subject, rater, grp) VALUES (p_round, p_subject, x.id, x.grp)
            ON CONFLICT (round, subject, rater) DO UPDATE SET grp = excluded.grp, declined = false, reason = '';
        ELSIF x.step <> 3 THEN
            INSERT INTO desk.assignment AS a (round, subject, rater, grp)
            SELECT p_round, p_subject, x.id,
                   coalesce(nullif(x.grp, 0), (SELECT n.grp FROM desk.nomination n
                                               WHERE (n.round, n.subject, n.rater) = (p_round, p_subject, x.id)))
            ON CONFLICT (round, subject, rater) DO UPDATE SET grp = excluded.grp;
            DELETE FROM desk.nomination n WHERE (n.round, n.subject, n.rater) = (p_round, p_subject, x.id);
        ELSIF NOT p_decides THEN
            DELETE FROM desk.nomination n WHERE (n.round, n.subject, n.rater) = (p_round, p_subject, x.id);
        ELSE
            WITH gone AS (
                DELETE FROM desk.assignment a WHERE (a.round, a.subject, a.rater) = (p_round, p_subject, x.id)
                RETURNING a.grp
            )
            INSERT INTO desk.nomination AS n (round, subject, rater, grp, declined, reason)
            SELECT p_round, p_subject, x.id, g.grp, true, x.reason
            FROM (SELECT gone.grp FROM gone
                  UNION ALL SELECT m.grp FROM desk.nomination m
                  WHERE (m.round, m.subject, m.rater) = (p_round, p_subject, x.id) LIMIT 1) g
            ON CONFLICT (round, subject, rater) DO UPDATE SET declined = true, reason = excluded.reason;
        END IF;
    END LOOP;
END
$$;

-- A round that nominates asks every leader about themselves.
CREATE FUNCTION desk.add_self(p_round uuid) RETURNS void LANGUAGE sql SET search_path = '' AS $$
    INSERT INTO desk.assignment (round, subject, rater, grp)
    SELECT s.round, s.id, s.person, 1 FROM desk.subject s WHERE s.round = p_round
    ON CONFLICT (round, subject, rater) DO NOTHING
$$;

-- outcome: 0 no such round, 1 there now, 2 was there already, 3 not from its present state, 4 no leader to rate,
-- 5 its close has passed. state: as desk.state_at. p_dry_run undoes everything. waiting: nominations that nobody decided
-- about, which are not asked.
CREATE FUNCTION desk.advance_round(p_name text, p_to smallint, p_now timestamptz, p_actor uuid, p_dry_run boolean,
                                   OUT outcome smallint, OUT id uuid, OUT state smallint, OUT collect_from timestamptz,
                                   OUT answer_from timestamptz, OUT threshold integer, OUT people integer,
                                   OUT waiting integer)
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    r desk.round;
BEGIN
    outcome := 0;
    SELECT * INTO r FROM desk.round x WHERE x.name = p_name FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    id := r.id;
    collect_from := r.collect_from;
    answer_from := r.answer_from;
    threshold := r.threshold;
    state := desk.state_at(r.state, r.answer_from, p_now);
    SELECT count(*) INTO waiting FROM desk.nomination n WHERE n.round = r.id AND NOT n.declined;
    SELECT count(DISTINCT a.rater) INTO people FROM desk.assignment a WHERE a.round = r.id;
    IF state = p_to OR r.state = 'collecting' AND p_to = 3 THEN
        outcome := 2;
    ELSIF p_to <= state OR r.state NOT IN ('draft', 'nominating') THEN -- nominating may be left out
        outcome := 3;
    ELSIF p_to = 3 AND people = 0 THEN
        outcome := 4;
    ELSIF p_to = 3 AND r.close_at <= p_now THEN
        outcome := 5;
    ELSE
        outcome := 1;
        BEGIN
            IF p_to = 2 OR r.state = 'nominating' THEN
                PERFORM desk.add_self(r.id);
            END IF;
            UPDATE desk.round x SET state = CASE p_to WHEN 2 THEN 'nominating' ELSE 'collecting' END WHERE x.id = r.id;
            state := CASE p_to WHEN 2 THEN 2 ELSE desk.state_at('collecting', r.answer_from, p_now) END;
            SELECT count(DISTINCT a.rater) INTO people FROM desk.assignment a WHERE a.round = r.id;
            IF p_to = 3 THEN
                PERFORM desk.freeze_names(r.id);
                INSERT INTO desk.outbox (round, person, kind)
                SELECT DISTINCT a.round, a.rater, 'invitation' FROM desk.assignment a WHERE a.round = r.id
                ON CONFLICT (round, person, kind) DO NOTHING;
                DELETE FROM desk.nomination n WHERE n.round = r.id;
            END IF;
            PERFORM desk.note(p_now, p_actor, 'round advanced',
                              format('%s: %s', r.name, CASE p_to WHEN 2 THEN 'nominating' ELSE 'collecting' END));
            IF p_dry_run THEN
                RAISE EXCEPTION USING ERRCODE = 'CD002'; -- undoes this block
            END IF;
        EXCEPTION WHEN SQLSTATE 'CD002' THEN
            NULL;
        END;
    END IF;
END
$$;

-- A round that opens itself, if it is due: whether it opened. The clerk may do this, and no other step of a round that is
-- not collecting.
CREATE FUNCTION desk.open_due(p_round uuid, p_now timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    SELECT coalesce(bool_or(a.outcome = 1), false)
    FROM desk.round r CROSS JOIN LATERAL desk.advance_round(r.name, 3::smallint, p_now, NULL, false) a
    WHERE r.id = p_round AND r.opens_itself AND r.state IN ('draft', 'nominating') AND r.collect_from <= p_now
      AND r.close_at > p_now
$$;

-- ---------------------------------------------------------------- rights
REVOKE ALL ON FUNCTION
    desk.load_of(uuid, uuid), desk.instead_of(uuid, uuid, uuid), desk.nominating(text, text, uuid, boolean),
    desk.change_nominations(text, text, uuid, boolean, smallint[], text[], smallint[], text[], integer, boolean,
                            timestamptz),
    desk.make_changes(uuid, uuid, boolean, smallint[], text[], smallint[], text[], smallint[]),
    desk.add_self(uuid), desk.advance_round(text, smallint, timestamptz, uuid, boolean), desk.open_due(uuid, timestamptz)
FROM PUBLIC;
GRANT SELECT, DELETE ON desk.nomination TO candour_desk;
GRANT UPDATE (opens_itself, closes_itself, least, most) ON desk.round TO candour_desk;
GRANT EXECUTE ON FUNCTION
    desk.load_of(uuid, uuid), desk.instead_of(uuid, uuid, uuid), desk.nominating(text, text, uuid, boolean),
    desk.change_nominations(text, text, uuid, boolean, smallint[], text[], smallint[], text[], integer, boolean,
                            timestamptz),
    desk.add_self(uuid), desk.advance_round(text, smallint, timestamptz, uuid, boolean)
TO candour_desk;
GRANT EXECUTE ON FUNCTION desk.open_due(uuid, timestamptz) TO candour_clerk_desk;
