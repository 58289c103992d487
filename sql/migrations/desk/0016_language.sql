-- The language of letters to a person; empty: the server's.
ALTER TABLE desk.person ADD COLUMN language text NOT NULL DEFAULT '';
GRANT UPDATE (language) ON desk.person TO candour_desk;

-- As in 0002, with languages.
DROP FUNCTION desk.import_people(text[], text[], text[], text[], text[], text[], text, boolean, timestamptz, uuid);
CREATE FUNCTION desk.import_people(p_emails text[], p_names text[], p_titles text[], p_units text[], p_managers text[],
                                   p_levels text[], p_languages text[], p_version text, p_dry_run boolean, p_now timestamptz, p_actor uuid,
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
REVOKE ALL ON FUNCTION desk.import_people(text[], text[], text[], text[], text[], text[], text[], text, boolean, timestamptz, uuid)
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.import_people(text[], text[], text[], text[], text[], text[], text[], text, boolean, timestamptz, uuid)
    TO candour_desk;

-- As in 0014, with the language.
CREATE OR REPLACE FUNCTION desk.person_data(p_person uuid, p_own boolean) RETURNS TABLE (kind text, record json)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    WITH words AS (SELECT ARRAY['self', 'manager', 'peer', 'report', 'other'] AS grp,
                          ARRAY['accepted', 'declined'] AS answer)
    SELECT x.kind, x.record
    FROM (
        SELECT 1 AS part, 'person' AS kind, '' AS place, 0::bigint AS number,
               json_build_object('email', p.email, 'name', p.name, 'job_title', p.job_title, 'unit', p.unit, 'manager',
                                 m.email, 'level', p.level, 'administrator', p.administrator, 'paper', p.paper,
                                 'language', p.language) AS record
        FROM desk.person p LEFT JOIN desk.person m ON m.id = p.manager WHERE p.id = p_person
        UNION ALL
        SELECT 2, 'sign-in', i.method, 0,
               json_build_object('method', i.method, 'expires', i.expires, 'paused_until', i.paused_until)
        FROM desk.identity i WHERE i.person = p_person AND p_own
        UNION ALL
        SELECT 3, 'session', s.expires::text, 0,
               json_build_object('expires', s.expires, 'administrator', s.administrator)
        FROM desk.session s WHERE s.person = p_person AND p_own
        UNION ALL
        SELECT 4, 'leader', r.name, 0,
               json_build_object('round', r.name, 'shown_as', s.name, 'level', s.level, 'coach', c.email,
                                 'report_released', coalesce(t.released, false))
        FROM desk.subject s
        JOIN desk.round r ON r.id = s.round
        LEFT JOIN desk.person c ON c.id = s.coach
        LEFT JOIN desk.report t ON t.round = s.round AND t.subject = s.id
        WHERE s.person = p_person
        UNION ALL
        SELECT 5, 'asked-about-you', r.name, a.grp,
               json_build_object('round', r.name, 'group', w.grp[a.grp], 'people', count(*))
        FROM desk.subject s
        JOIN desk.round r ON r.id = s.round
        JOIN desk.assignment a ON a.round = s.round AND a.subject = s.id
        CROSS JOIN words w
        WHERE s.person = p_person
        GROUP BY r.name, a.grp, w.grp
        UNION ALL
        SELECT 6, 'assignment', r.name || E'\n' || s.name, 0,
               json_build_object('round', r.name, 'leader', s.name, 'group', w.grp[a.grp], 'said',
                                 CASE WHEN p_own OR a.answer = 2 THEN w.answer[a.answer] END, 'reason', a.reason,
                                 'may_answer', CASE WHEN p_own THEN a.blinded IS NOT NULL END)
        FROM desk.assignment a
        JOIN desk.round r ON r.id = a.round
        JOIN desk.subject s ON s.round = a.round AND s.id = a.subject
        CROSS JOIN words w
        WHERE a.rater = p_person
        UNION ALL
        SELECT 7, 'nominated', r.name || E'\n' || p.email, 0,
               json_build_object('round', r.name, 'person', p.email, 'group', w.grp[n.grp], 'declined', n.declined,
                                 'reason', n.reason)
        FROM desk.subject s
        JOIN desk.nomination n ON n.round = s.round AND n.subject = s.id
        JOIN desk.round r ON r.id = n.round
        JOIN desk.person p ON p.id = n.rater
        CROSS JOIN words w
        WHERE s.person = p_person
        UNION ALL
        SELECT 8, 'nominated-by', r.name || E'\n' || s.name, 0,
               json_build_object('round', r.name, 'leader', s.name, 'group', w.grp[n.grp], 'declined', n.declined,
                                 'reason', n.reason)
        FROM desk.nomination n
        JOIN desk.round r ON r.id = n.round
        JOIN desk.subject s ON s.round = n.round AND s.id = n.subject
        CROSS JOIN words w
        WHERE n.rater = p_person
        UNION ALL
        SELECT 9, 'no-reminders', r.name, 0, json_build_object('round', r.name)
        FROM desk.no_reminder n JOIN desk.round r ON r.id = n.round WHERE n.person = p_person AND p_own
        UNION ALL
        SELECT 10, 'letter-or-mail', coalesce(r.name, '') || E'\n' || o.kind || E'\n' || o.id, 0,
               json_build_object('round', r.name, 'kind', o.kind, 'state', o.state, 'sent', o.sent_at, 'tries',
                                 o.attempts, 'answer_of_the_mail_server', o.reply)
        FROM desk.outbox o LEFT JOIN desk.round r ON r.id = o.round
        -- Who gets no reminders has asked to stop; a code tells when somebody wished to sign in.
        WHERE o.person = p_person AND (p_own OR o.kind IN ('nomination', 'invitation', 'open', 'thanks', 'reading', 'report'))
        UNION ALL
        SELECT 11, 'audit', '', a.number,
               json_build_object('number', a.number, 'time', a.at, 'who', coalesce(q.email, 'system'), 'did', a.action,
                                 'to', a.object)
        FROM desk.audit a
        LEFT JOIN desk.person q ON q.id = a.actor
        WHERE a.actor = p_person
           OR a.object IN (SELECT format('%s: %s', r.name, s.name) FROM desk.subject s JOIN desk.round r ON r.id = s.round
                           WHERE s.person = p_person)
           OR a.object IN (SELECT p.email FROM desk.person p WHERE p.id = p_person)
           OR a.object IN (SELECT format('%s: %s', r.name, p.email) FROM desk.person p, desk.round r
                           WHERE p.id = p_person)
    ) x
    ORDER BY x.part, x.place, x.number
$$;
