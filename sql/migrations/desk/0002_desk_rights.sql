-- What the desk workers may do: narrow grants, and functions for what takes several steps. Dates are parameters, never
-- the server's clock. No line names a person but the actor and whom it is about, and none is written when a rater was at work:
-- administrators read the trail, and must not learn from it who has answered.

-- Pages of a manifest are cut out by substr, which must not unpack the whole text each time.
ALTER TABLE desk.manifest ALTER COLUMN text SET STORAGE EXTERNAL;

-- ---------------------------------------------------------------- small words
-- Number of a round's state (enum State of the protocol); answering follows from the date alone.
CREATE FUNCTION desk.state_at(p_state text, p_answer_from timestamptz, p_at timestamptz) RETURNS smallint
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT CASE WHEN p_state = 'collecting' AND p_at >= p_answer_from THEN 4
                ELSE CASE p_state WHEN 'draft' THEN 1 WHEN 'nominating' THEN 2 WHEN 'collecting' THEN 3
                                  WHEN 'closed' THEN 5 WHEN 'released' THEN 6 ELSE 7 END
           END::smallint
$$;

CREATE FUNCTION desk.note(p_at timestamptz, p_actor uuid, p_action text, p_object text, p_person uuid DEFAULT NULL)
RETURNS void LANGUAGE sql SET search_path = '' AS $$
    INSERT INTO desk.audit (at, actor, action, object, person) VALUES (p_at, p_actor, p_action, p_object, p_person)
$$;

-- Changes whenever somebody, or somebody's manager, does: an import is checked against one version and refuses another.
CREATE FUNCTION desk.people_version() RETURNS text LANGUAGE sql STABLE SET search_path = '' AS $$
    SELECT md5(coalesce(string_agg(p.email || ' ' || coalesce(p.manager::text, '-'), E'\n' ORDER BY p.email), ''))
    FROM desk.person p
$$;

-- ---------------------------------------------------------------- signing in
-- outcome: 1 refused, 2 in, 3 the secret is right but has expired. p_secret NULL: already known to be wrong.
-- p_step: TOTP step, NULL for codes. Refusals for unknown, paused and wrong write one record each, so they cost alike.
-- Wrong passwords are counted and pause the password. Wrong codes are not: nobody guesses 55 random bits, and whoever
-- knows an address could lock its owner out.
CREATE FUNCTION desk.sign_in(p_method text, p_identifier text, p_secret bytea, p_step bigint, p_now timestamptz,
                             p_failures_max integer, p_pause_s integer, p_token_hash bytea, p_expires timestamptz,
                             OUT outcome smallint, OUT person uuid, OUT name text, OUT administrator boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    found_identity desk.identity;
    is_paused boolean;
BEGIN
    outcome := 1;
    SELECT * INTO found_identity FROM desk.identity i
    WHERE i.method = p_method AND i.identifier = p_identifier AND (p_method = 'password' OR i.secret = p_secret)
    FOR UPDATE;
    IF NOT FOUND OR found_identity.paused_until > p_now THEN
        PERFORM pg_logical_emit_message(true, 'candour', 'sign-in refused');
        RETURN;
    END IF;
    IF p_secret IS NULL OR p_secret <> found_identity.secret OR p_step <= found_identity.totp_step THEN
        is_paused := found_identity.failures + 1 >= p_failures_max;
        UPDATE desk.identity i
        SET failures = CASE WHEN is_paused THEN 0 ELSE i.failures + 1 END,
            paused_until = CASE WHEN is_paused THEN p_now + make_interval(secs => p_pause_s) END
        WHERE i.method = p_method AND i.identifier = p_identifier;
        IF is_paused THEN
            PERFORM desk.note(p_now, found_identity.person, 'sign-in paused', '');
        END IF;
        RETURN;
    END IF;
    IF found_identity.expires <= p_now THEN
        outcome := 3;
        RETURN;
    END IF;
    UPDATE desk.identity i SET failures = 0, paused_until = NULL, totp_step = coalesce(p_step, i.totp_step)
    WHERE i.method = p_method AND i.identifier = p_identifier;
    SELECT 2, p.id, p.name, p.administrator AND p_method = 'password' INTO outcome, person, name, administrator
    FROM desk.person p WHERE p.id = found_identity.person;
    INSERT INTO desk.session (token_hash, person, administrator, expires)
    VALUES (p_token_hash, person, administrator, p_expires);
    IF administrator THEN
        PERFORM desk.note(p_now, person, 'administrator signed in', '');
    END IF;
END
$$;

-- Fails when a session has ended: signed out, expired, ended by a new letter, or an administrator's who is none any more.
-- Stands before every other statement of a request, so that nothing of it happens then.
CREATE FUNCTION desk.require_session(p_token_hash bytea, p_administrator boolean, p_now timestamptz) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = '' AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM desk.session s JOIN desk.person p ON p.id = s.person
                   WHERE s.token_hash = p_token_hash AND s.expires > p_now
                     AND (NOT p_administrator OR s.administrator AND p.administrator)) THEN
        RAISE EXCEPTION 'the session has ended' USING ERRCODE = 'CD001';
    END IF;
END
$$;

-- New codes for letters that wait, for those that the same request (p_batch, may be NULL) printed before, and with
-- p_again for any. Returns the letters that it took: another administrator may have been first. Whoever gets a new code
-- is signed out where the old one was used. A letter that is printed again is noted by name, for it replaces a code.
CREATE FUNCTION desk.print_letters(p_round uuid, p_letters uuid[], p_hashes bytea[], p_batch uuid, p_again boolean,
                                   p_expires timestamptz, p_now timestamptz, p_actor uuid) RETURNS SETOF uuid
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    WITH printed AS (
        UPDATE desk.outbox o SET state = 'printed', batch = p_batch FROM unnest(p_letters, p_hashes) AS x (id, hash)
        WHERE o.id = x.id AND o.round = p_round AND (o.state = 'waiting' OR o.batch = p_batch OR p_again)
        RETURNING o.id, o.person, x.hash
    ), codes AS (
        INSERT INTO desk.identity (person, method, identifier, secret, expires)
        SELECT p.id, 'code', p.email, printed.hash, p_expires FROM printed JOIN desk.person p ON p.id = printed.person
        ON CONFLICT (person, method) DO UPDATE
        SET identifier = excluded.identifier, secret = excluded.secret, expires = excluded.expires
    ), ended AS (
        DELETE FROM desk.session s USING printed WHERE s.person = printed.person AND NOT s.administrator
    ), line AS (
        INSERT INTO desk.audit (at, actor, action, object, person)
        SELECT p_now, p_actor, 'letter printed again', format('%s: %s', r.name, p.email), p.id
        FROM desk.round r CROSS JOIN printed JOIN desk.person p ON p.id = printed.person WHERE r.id = p_round AND p_again
        UNION ALL
        SELECT p_now, p_actor, 'letters printed', format('%s: %s', r.name, count(*)), NULL
        FROM desk.round r CROSS JOIN printed WHERE r.id = p_round AND NOT p_again GROUP BY r.name
    )
    SELECT printed.id FROM printed
$$;

-- ---------------------------------------------------------------- people and frameworks
-- Arrays of one length; NULL: leave as it is; an empty manager: none. Everything has been checked against p_version of
-- the people. Nothing is stored when is_current is false or p_dry_run true.
CREATE FUNCTION desk.import_people(p_emails text[], p_names text[], p_titles text[], p_units text[], p_managers text[],
                                   p_levels text[], p_languages text[], p_version text, p_dry_run boolean,
                                   p_now timestamptz, p_actor uuid,
                                   OUT is_current boolean, OUT added integer, OUT changed integer,
                                   OUT unchanged integer)
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('desk.person'));
    is_current := desk.people_version() = p_version;
    IF NOT is_current THEN
        RETURN;
    END IF;
    SELECT count(*) FILTER (WHERE p.id IS NULL),
           count(*) FILTER (WHERE (p.name, p.job_title, p.unit, coalesce(m.email, ''), p.level, p.language)
                                  IS DISTINCT FROM (x.name, coalesce(x.title, p.job_title), coalesce(x.unit, p.unit),
                                                    coalesce(x.manager, m.email, ''), coalesce(x.level, p.level),
                                                    coalesce(x.language, p.language))
                                  AND p.id IS NOT NULL)
    INTO added, changed
    FROM unnest(p_emails, p_names, p_titles, p_units, p_managers, p_levels, p_languages)
         AS x (email, name, title, unit, manager, level, language)
    LEFT JOIN desk.person p ON p.email = x.email
    LEFT JOIN desk.person m ON m.id = p.manager;
    unchanged := cardinality(p_emails) - added - changed;
    IF p_dry_run OR added + changed = 0 THEN
        RETURN;
    END IF;
    INSERT INTO desk.person (email, name)
    SELECT x.email, x.name FROM unnest(p_emails, p_names) AS x (email, name) ON CONFLICT (email) DO NOTHING;
    UPDATE desk.person p
    SET name = x.name, job_title = coalesce(x.title, p.job_title), unit = coalesce(x.unit, p.unit),
        manager = CASE WHEN x.manager IS NULL THEN p.manager ELSE m.id END, level = coalesce(x.level, p.level),
        language = coalesce(x.language, p.language)
    FROM unnest(p_emails, p_names, p_titles, p_units, p_managers, p_levels, p_languages)
         AS x (email, name, title, unit, manager, level, language)
    LEFT JOIN desk.person m ON m.email = x.manager
    WHERE p.email = x.email
      AND (p.name, p.job_title, p.unit, p.manager, p.level, p.language)
          IS DISTINCT FROM (x.name, coalesce(x.title, p.job_title), coalesce(x.unit, p.unit),
                            CASE WHEN x.manager IS NULL THEN p.manager ELSE m.id END, coalesce(x.level, p.level),
                            coalesce(x.language, p.language));
    PERFORM desk.note(p_now, p_actor, 'people imported', format('%s added, %s changed', added, changed));
END
$$;

-- The newest version with the same content is kept; anything else becomes the next version. Items in the order of the
-- questionnaire, positions count from 1 within each level.
CREATE FUNCTION desk.import_framework(p_name text, p_scale text[], p_questions text[], p_hash bytea, p_levels text[],
                                      p_positions integer[], p_level_names text[], p_clusters text[],
                                      p_competencies text[], p_definitions text[], p_effective text[],
                                      p_ineffective text[], p_dry_run boolean, p_now timestamptz, p_actor uuid,
                                      OUT version integer, OUT is_new boolean)
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    newest_hash bytea;
    new_id uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('desk.framework'));
    SELECT f.version, f.content_hash INTO version, newest_hash FROM desk.framework f WHERE f.name = p_name
    ORDER BY f.version DESC LIMIT 1;
    is_new := newest_hash IS DISTINCT FROM p_hash;
    version := coalesce(version, 0) + is_new::integer;
    IF p_dry_run OR NOT is_new THEN
        RETURN;
    END IF;
    INSERT INTO desk.framework (name, version, scale, questions, content_hash)
    VALUES (p_name, version, p_scale, p_questions, p_hash) RETURNING id INTO new_id;
    INSERT INTO desk.framework_item (framework, level, position, level_name, cluster, competency, definition, effective,
                                     ineffective)
    SELECT new_id, x.* FROM unnest(p_levels, p_positions, p_level_names, p_clusters, p_competencies, p_definitions,
                                   p_effective, p_ineffective) AS x;
    PERFORM desk.note(p_now, p_actor, 'framework imported', format('%s, version %s', p_name, version));
END
$$;

-- ---------------------------------------------------------------- rounds
-- false: the round takes no raters any more. Subjects and pairs are persons; everything has been checked.
CREATE FUNCTION desk.load_raters(p_round uuid, p_subjects uuid[], p_levels text[],
                                 p_pair_subjects uuid[], p_pair_raters uuid[], p_pair_groups smallint[],
                                 p_now timestamptz, p_actor uuid) RETURNS boolean
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    round_name text;
    subjects integer;
    pairs integer;
BEGIN
    SELECT r.name INTO round_name FROM desk.round r WHERE r.id = p_round AND r.state IN ('draft', 'nominating')
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO desk.subject AS s (round, person, level, name)
    SELECT p_round, x.person, x.level, p.name
    FROM unnest(p_subjects, p_levels) AS x (person, level) JOIN desk.person p ON p.id = x.person
    ON CONFLICT (round, person) DO UPDATE SET level = excluded.level WHERE s.level <> excluded.level;
    GET DIAGNOSTICS subjects = ROW_COUNT;
    INSERT INTO desk.assignment AS a (round, subject, rater, grp)
    SELECT p_round, s.id, x.rater, x.grp
    FROM unnest(p_pair_subjects, p_pair_raters, p_pair_groups) AS x (subject, rater, grp)
    JOIN desk.subject s ON s.round = p_round AND s.person = x.subject
    ON CONFLICT (round, subject, rater) DO UPDATE SET grp = excluded.grp WHERE a.grp <> excluded.grp;
    GET DIAGNOSTICS pairs = ROW_COUNT;
    -- Whoever is asked is nominated no more: nothing of it waits.
    DELETE FROM desk.nomination n USING desk.assignment a
    WHERE n.round = p_round AND a.round = n.round AND a.subject = n.subject AND a.rater = n.rater;
    IF subjects + pairs > 0 THEN
        PERFORM desk.note(p_now, p_actor, 'raters loaded',
                          format('%s: %s leaders and %s raters added or changed', round_name, subjects, pairs));
    END IF;
    RETURN true;
END
$$;

-- Names of the leaders as raters will see them, no two alike: a manifest with two is refused. Namesakes get their job
-- title, and a number where that does not do. The number may make another pair, so it is tried until there is none.
CREATE FUNCTION desk.freeze_names(p_round uuid) RETURNS void LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    UPDATE desk.subject s SET name = x.name
    FROM (SELECT b.id, CASE WHEN p.job_title <> '' AND count(*) OVER (PARTITION BY lower(p.name)) > 1
                            THEN p.name || ', ' || rtrim(left(p.job_title, 40)) ELSE p.name END AS name
          FROM desk.subject b JOIN desk.person p ON p.id = b.person WHERE b.round = p_round) x
    WHERE s.round = p_round AND s.id = x.id AND s.name <> x.name;
    LOOP
        UPDATE desk.subject s SET name = format('%s (%s)', s.name, x.number)
        FROM (SELECT b.id, row_number() OVER (PARTITION BY lower(b.name) ORDER BY p.email) AS number,
                     count(*) OVER (PARTITION BY lower(b.name)) AS namesakes
              FROM desk.subject b JOIN desk.person p ON p.id = b.person WHERE b.round = p_round) x
        WHERE s.round = p_round AND s.id = x.id AND x.namesakes > 1;
        EXIT WHEN NOT FOUND;
    END LOOP;
END
$$;


-- ---------------------------------------------------------------- rights
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA desk FROM PUBLIC;
GRANT USAGE ON SCHEMA desk TO candour_desk, candour_clerk_desk;

GRANT SELECT, INSERT (email, name), UPDATE (name, job_title, unit, manager, level, language) ON desk.person TO candour_desk;
GRANT SELECT ON desk.identity TO candour_desk;
GRANT SELECT, DELETE ON desk.session TO candour_desk;
GRANT SELECT, INSERT ON desk.framework, desk.framework_item TO candour_desk;
GRANT SELECT, INSERT, UPDATE (state, closing_step, close_asked) ON desk.round TO candour_desk;
GRANT SELECT, INSERT, UPDATE (level, name) ON desk.subject TO candour_desk;
GRANT SELECT, INSERT, UPDATE (grp, answer, reason, blinded) ON desk.assignment TO candour_desk;
GRANT SELECT, INSERT, DELETE ON desk.no_reminder TO candour_desk;
GRANT SELECT ON desk.round_key, desk.manifest, desk.questionnaire, desk.progress TO candour_desk;
GRANT SELECT, INSERT ON desk.outbox TO candour_desk;
GRANT SELECT, UPDATE (released) ON desk.report TO candour_desk;
GRANT SELECT, INSERT ON desk.audit TO candour_desk;
GRANT EXECUTE ON FUNCTION
    desk.state_at(text, timestamptz, timestamptz),
    desk.note(timestamptz, uuid, text, text, uuid),
    desk.people_version(),
    desk.require_session(bytea, boolean, timestamptz),
    desk.sign_in(text, text, bytea, bigint, timestamptz, integer, integer, bytea, timestamptz),
    desk.print_letters(uuid, uuid[], bytea[], uuid, boolean, timestamptz, timestamptz, uuid),
    desk.import_people(text[], text[], text[], text[], text[], text[], text[], text, boolean, timestamptz, uuid),
    desk.import_framework(text, text[], text[], bytea, text[], integer[], text[], text[], text[], text[], text[],
                          text[], boolean, timestamptz, uuid),
    desk.load_raters(uuid, uuid[], text[], uuid[], uuid[], smallint[], timestamptz, uuid),
    desk.freeze_names(uuid)
TO candour_desk;
