-- Everything that is stored about one person, as records of a kind. Nothing here leads to a ballot, because nothing in
-- this schema does. p_own: the person asks. An administrator who asks for a person gets less: nothing that tells when the
-- person was here, or what they said about answering beyond what administrators see anyway. Of others only what the person
-- may see: whom they nominated, and how many were asked about them, never who.
CREATE FUNCTION desk.person_data(p_person uuid, p_own boolean) RETURNS TABLE (kind text, record json)
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
        WHERE p_person IN (a.actor, a.person)
    ) x
    ORDER BY x.part, x.place, x.number
$$;
REVOKE ALL ON FUNCTION desk.person_data(uuid, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.person_data(uuid, boolean) TO candour_desk;
