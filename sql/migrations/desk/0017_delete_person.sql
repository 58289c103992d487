-- Erasure: what tells who somebody was goes; what counts people, and reports of others, stays. Nobody is deleted out of a
-- round that is not over: its rules and its letters name people, and answers would lose their leader. A leader's reports
-- stay until the end of their round's own time (archive_round), and so does the name they were made under.
-- The audit trail cannot be changed; from here on it names a deleted person where it said who, not where it says what.
CREATE FUNCTION desk.delete_person(p_email text, p_now timestamptz) RETURNS text
LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
    gone desk.person;
    running text;
BEGIN
    SELECT p.* INTO gone FROM desk.person p WHERE p.email = lower(p_email) FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'Nobody has this address.';
    END IF;
    IF gone.administrator AND NOT EXISTS (SELECT FROM desk.person p WHERE p.administrator AND p.id <> gone.id) THEN
        RETURN 'This is the only administrator. Add another one first.';
    END IF;
    SELECT min(r.name) INTO running FROM desk.round r
    WHERE r.state IN ('draft', 'nominating', 'collecting', 'closed')
      AND (EXISTS (SELECT FROM desk.subject s WHERE s.round = r.id AND gone.id IN (s.person, s.coach))
           OR EXISTS (SELECT FROM desk.assignment a WHERE a.round = r.id AND a.rater = gone.id)
           OR EXISTS (SELECT FROM desk.nomination n WHERE n.round = r.id AND n.rater = gone.id));
    IF running IS NOT NULL THEN
        RETURN format('This person takes part in the round "%s", whose reports are not released yet.', running);
    END IF;
    DELETE FROM desk.session s WHERE s.person = gone.id;
    DELETE FROM desk.identity i WHERE i.person = gone.id;
    DELETE FROM desk.outbox o WHERE o.person = gone.id;
    DELETE FROM desk.no_reminder n WHERE n.person = gone.id;
    DELETE FROM desk.nomination n WHERE n.rater = gone.id;
    DELETE FROM desk.code_request c WHERE c.email = gone.email;
    UPDATE desk.assignment a SET reason = '' WHERE a.rater = gone.id AND a.reason <> '';
    UPDATE desk.subject s SET coach = NULL WHERE s.coach = gone.id;
    UPDATE desk.person p SET manager = NULL WHERE p.manager = gone.id;
    UPDATE desk.person p
    SET email = 'deleted-' || gen_random_uuid() || '@deleted.invalid', name = 'Deleted person', job_title = '', unit = '',
        manager = NULL, level = '', language = '', administrator = false, paper = true
    WHERE p.id = gone.id;
    INSERT INTO desk.audit (at, action, person) VALUES (p_now, 'person deleted', gone.id);
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION desk.delete_person(text, timestamptz) FROM PUBLIC;
