-- Codes by mail for whoever nominates, decides or reads; a mail when a round is extended; and times that fit ballots
-- which leave their raters' computers only in the last third of the time for answering.
ALTER TABLE desk.outbox
    DROP CONSTRAINT outbox_kind_check,
    ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('nomination', 'invitation', 'open', 'reminder', 'second-reminder',
                                                     'last-call', 'extended', 'thanks', 'reading', 'report', 'code'));

-- ---------------------------------------------------------------- planning
-- When each kind of mail is due, and until when it still makes sense. The first reminder comes while there is time to
-- answer in peace. The second comes when ballots begin to leave: whoever has answered must switch their computer on.
-- The last call waits until a daily count can say something, and leaves a day and a half to act, or half of the last
-- third of a short round.
CREATE OR REPLACE FUNCTION desk.mail_windows(p_round desk.round)
RETURNS TABLE (kind text, from_at timestamptz, until_at timestamptz)
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT x.kind, x.from_at, x.until_at
    FROM (SELECT p_round.answer_from AS opens, p_round.close_at AS closes,
                 (p_round.close_at - p_round.answer_from) / 3 AS third) r
    CROSS JOIN LATERAL (SELECT r.closes - least(greatest(r.third * 0.3, interval '36 hours'), r.third / 2) AS last) c
    CROSS JOIN LATERAL (VALUES
        ('nomination', '-infinity'::timestamptz, 'infinity'::timestamptz),
        ('invitation', p_round.collect_from, r.closes),
        ('open', r.opens, r.opens + r.third),
        ('reminder', r.opens + r.third, r.closes - r.third),
        ('second-reminder', r.closes - r.third, c.last),
        ('last-call', c.last, r.closes),
        ('extended', '-infinity', r.closes),
        ('thanks', r.closes, r.closes + interval '30 days'),
        ('reading', r.closes, 'infinity'),
        ('report', r.closes, 'infinity')) AS x (kind, from_at, until_at)
$$;

-- Everybody with an assignment that is not declined, whether they have answered or not: nobody here knows. Who was
-- invited after a date is not told of it. Who was invited by mail, and got a letter with a new code later, still is.
CREATE OR REPLACE FUNCTION desk.plan_mail(p_now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    INSERT INTO desk.outbox (round, person, kind)
    SELECT DISTINCT r.id, i.person, w.kind
    FROM desk.round r
    CROSS JOIN LATERAL desk.mail_windows(r) w
    JOIN desk.outbox i ON i.round = r.id AND i.kind = 'invitation' AND i.sent_at < w.from_at
    JOIN desk.person p ON p.id = i.person AND NOT p.paper
    JOIN desk.assignment a ON a.round = r.id AND a.rater = i.person AND a.answer <> 2
    WHERE w.from_at <= p_now AND w.until_at > p_now
      AND CASE WHEN w.kind = 'open' THEN r.state = 'collecting'
               WHEN w.kind = 'thanks' THEN r.state IN ('closed', 'released')
               WHEN w.kind IN ('reminder', 'second-reminder', 'last-call') THEN r.state = 'collecting'
                   AND NOT EXISTS (SELECT FROM desk.no_reminder n WHERE n.round = r.id AND n.person = i.person)
               ELSE false END
      -- A count of before the last third knows of no ballot yet.
      AND (w.kind <> 'last-call'
           OR r.progress_at >= r.close_at - (r.close_at - r.answer_from) / 3
              AND EXISTS (SELECT FROM desk.progress g
                          WHERE g.round = r.id AND g.subject = a.subject AND g.grp = a.grp AND g.below))
    ON CONFLICT DO NOTHING;
    -- Leaders and those who decide, while it is settled who is asked.
    INSERT INTO desk.outbox (round, person, kind)
    SELECT DISTINCT r.id, p.id, 'nomination'
    FROM desk.round r
    JOIN desk.subject s ON s.round = r.id
    JOIN desk.person l ON l.id = s.person
    JOIN desk.person p ON p.id IN (l.id, l.manager) AND NOT p.paper
    WHERE r.state = 'nominating'
    ON CONFLICT DO NOTHING;
    -- Only of rounds that were run by mail: nobody is told of reports that could be read long before.
    INSERT INTO desk.outbox (round, person, kind)
    SELECT DISTINCT r.id, p.id, x.kind
    FROM desk.round r
    JOIN desk.subject s ON s.round = r.id
    JOIN desk.report t ON t.round = r.id AND t.subject = s.id
    CROSS JOIN LATERAL (VALUES ('report', s.person, t.released), ('reading', s.coach, t.coached))
        AS x (kind, person, may_read)
    JOIN desk.person p ON p.id = x.person AND NOT p.paper
    WHERE r.state IN ('closed', 'released') AND x.may_read
      AND EXISTS (SELECT FROM desk.outbox i WHERE i.round = r.id AND i.kind = 'invitation' AND i.sent_at IS NOT NULL)
    ON CONFLICT DO NOTHING;
    UPDATE desk.outbox o SET state = 'dropped'
    FROM desk.round r CROSS JOIN LATERAL desk.mail_windows(r) w
    WHERE o.state = 'waiting' AND r.id = o.round AND w.kind = o.kind
      AND (w.until_at <= p_now OR o.kind = 'nomination' AND r.state <> 'nominating');
    UPDATE desk.outbox o SET state = 'dropped'
    FROM desk.no_reminder n
    WHERE o.state = 'waiting' AND o.kind IN ('reminder', 'second-reminder', 'last-call', 'extended')
      AND n.round = o.round AND n.person = o.person;
$$;

-- A later close is told to everybody who was invited by mail and has not asked to stop. What was said of an earlier
-- later close gives way: it is another mail, so that no mailbox takes it for the same.
CREATE FUNCTION desk.tell_extended() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    DELETE FROM desk.outbox o WHERE o.round = NEW.id AND o.kind = 'extended';
    INSERT INTO desk.outbox (round, person, kind)
    SELECT DISTINCT NEW.id, i.person, 'extended'
    FROM desk.outbox i
    JOIN desk.person p ON p.id = i.person AND NOT p.paper
    JOIN desk.assignment a ON a.round = NEW.id AND a.rater = i.person AND a.answer <> 2
    WHERE i.round = NEW.id AND i.kind = 'invitation' AND i.sent_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM desk.no_reminder n WHERE n.round = NEW.id AND n.person = i.person);
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_extended AFTER UPDATE OF close_at ON desk.round
    FOR EACH ROW WHEN (NEW.state = 'collecting' AND NEW.close_at > OLD.close_at)
    EXECUTE FUNCTION desk.tell_extended();

-- ---------------------------------------------------------------- sending
CREATE OR REPLACE FUNCTION desk.is_sent_again(p_kind text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT p_kind IN ('nomination', 'invitation', 'reading', 'report', 'code')
$$;

-- As in 0010; and send_from: from when on ballots leave their raters' computers. leaders: whom a person is asked about,
-- settles who is asked about, or may read about.
DROP FUNCTION desk.claim_mail(timestamptz, integer);
CREATE FUNCTION desk.claim_mail(p_now timestamptz, p_lease_s integer)
RETURNS TABLE (id uuid, attempt integer, kind text, email text, name text, seed uuid, code_until timestamptz,
               round text, collect_from timestamptz, answer_from timestamptz, send_from timestamptz,
               close_at timestamptz, threshold integer, root bytea, leaders text, subject text, body text,
               refusals integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
#variable_conflict use_column
BEGIN
    PERFORM pg_advisory_xact_lock(1129201232);
    UPDATE desk.outbox o
    SET state = CASE WHEN o.state = 'claimed' OR desk.is_sent_again(o.kind) THEN 'waiting' ELSE 'unknown' END,
        twice = o.twice OR o.state = 'handed' AND desk.is_sent_again(o.kind)
    WHERE o.state IN ('claimed', 'handed') AND o.lease_until <= p_now
      AND (o.holder = pg_backend_pid()
           OR NOT EXISTS (SELECT FROM pg_locks l
                          WHERE l.locktype = 'advisory' AND l.classid = 1129201232 AND l.objid = o.holder::oid
                            AND l.objsubid = 2));
    RETURN QUERY
    WITH next AS (
        SELECT o.id FROM desk.outbox o
        WHERE o.state = 'waiting' AND o.next_at <= p_now
          AND NOT EXISTS (SELECT FROM desk.outbox b WHERE b.person = o.person AND b.state IN ('claimed', 'handed'))
          AND NOT EXISTS (SELECT FROM desk.person p WHERE p.id = o.person AND p.paper)
          AND (o.kind IN ('code', 'nomination') OR EXISTS (SELECT FROM desk.manifest m WHERE m.round = o.round))
        ORDER BY o.next_at, o.id LIMIT 1
    ), claimed AS (
        UPDATE desk.outbox o
        SET state = 'claimed', attempts = o.attempts + 1, holder = pg_backend_pid(),
            lease_until = p_now + make_interval(secs => p_lease_s)
        FROM next WHERE o.id = next.id AND o.state = 'waiting'
        RETURNING o.*
    )
    SELECT c.id, c.attempts, c.kind, p.email, p.name, coalesce(i.seed, c.id), i.expires,
           r.name, r.collect_from, r.answer_from, r.close_at - (r.close_at - r.answer_from) / 3, r.close_at, r.threshold,
           (SELECT sha256(m.text) FROM desk.manifest m WHERE m.round = r.id AND m.version = 0),
           (SELECT string_agg(s.name, E'\n' ORDER BY s.name)
            FROM desk.subject s
            JOIN desk.person l ON l.id = s.person
            LEFT JOIN desk.report t ON t.round = s.round AND t.subject = s.id
            WHERE s.round = c.round
              AND CASE c.kind WHEN 'nomination' THEN c.person IN (l.id, l.manager)
                              WHEN 'reading' THEN t.coached AND s.coach = c.person OR t.released AND l.id = c.person
                              ELSE EXISTS (SELECT FROM desk.assignment a
                                           WHERE a.round = s.round AND a.subject = s.id AND a.rater = c.person
                                             AND a.answer <> 2) END),
           t.subject, t.body, c.refusals
    FROM claimed c
    JOIN desk.person p ON p.id = c.person
    LEFT JOIN desk.round r ON r.id = c.round
    -- A mailed code serves again for as long as it is good for another week: a stranger who asks for one ends none.
    LEFT JOIN desk.identity i ON i.person = c.person AND i.method = 'code' AND i.seed IS NOT NULL
        AND i.expires > p_now + interval '7 days'
    LEFT JOIN desk.template t ON t.kind = c.kind;
END
$$;

-- As in 0011, for all kinds of letters.
CREATE OR REPLACE FUNCTION desk.set_paper(p_email text, p_paper boolean, p_now timestamptz, p_actor uuid) RETURNS text
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
    PERFORM desk.note(p_now, p_actor, CASE WHEN p_paper THEN 'letters instead of mails' ELSE 'mails again' END, p_email);
    RETURN found_name;
END
$$;

REVOKE ALL ON FUNCTION desk.tell_extended(), desk.claim_mail(timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.claim_mail(timestamptz, integer) TO candour_mail;
