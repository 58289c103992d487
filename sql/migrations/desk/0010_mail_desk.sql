-- What the desk does about mail: an administrator's texts, people without a mailbox, and what strangers ask for.

-- "Send me a new code." The desk writes down what was asked, and never looks whether there is such a person: so the
-- answer to a stranger cannot tell, nor its time. The postman looks.
CREATE TABLE desk.code_request (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL,
    at timestamptz NOT NULL
);

-- Requests become mails, one in ten minutes and five in a day for a mailbox, or nothing.
CREATE FUNCTION desk.take_code_requests() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    WITH asked AS (
        DELETE FROM desk.code_request RETURNING email, at
    ), known AS (
        SELECT p.id, max(x.at) AS at FROM asked x JOIN desk.person p ON p.email = x.email AND NOT p.paper GROUP BY p.id
    )
    INSERT INTO desk.outbox (person, kind, next_at)
    SELECT k.id, 'code', k.at FROM known k
    WHERE NOT EXISTS (SELECT FROM desk.outbox o
                      WHERE o.person = k.id AND o.kind = 'code' AND o.next_at > k.at - interval '10 minutes')
      AND (SELECT count(*) FROM desk.outbox o
           WHERE o.person = k.id AND o.kind = 'code' AND o.next_at > k.at - interval '1 day') < 5
$$;

-- Who has no mailbox gets letters; a mail with a code that could not be delivered waits to be printed. The address that is
-- kept is the one of whoever has none, too: people are known by it.
CREATE FUNCTION desk.set_paper(p_email text, p_paper boolean, p_now timestamptz, p_actor uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    found_name text;
    found_id uuid;
BEGIN
    UPDATE desk.person p SET paper = p_paper WHERE p.email = p_email RETURNING p.name, p.id INTO found_name, found_id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE desk.outbox o SET state = 'waiting', refusals = 0, next_at = p_now
    WHERE o.person = found_id AND o.kind IN ('nomination', 'invitation', 'reading') AND o.state = 'failed';
    PERFORM desk.note(p_now, p_actor, CASE WHEN p_paper THEN 'letters instead of mails' ELSE 'mails again' END, p_email,
                      found_id);
    RETURN found_name;
END
$$;

REVOKE ALL ON FUNCTION desk.take_code_requests(), desk.set_paper(text, boolean, timestamptz, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.take_code_requests() TO candour_mail;
GRANT EXECUTE ON FUNCTION desk.set_paper(text, boolean, timestamptz, uuid) TO candour_desk;
GRANT SELECT, INSERT ON desk.code_request TO candour_desk;
GRANT SELECT, INSERT, UPDATE, DELETE ON desk.template TO candour_desk;
