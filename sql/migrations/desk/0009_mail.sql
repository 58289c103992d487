-- The outbox: what was planned for whom, and how far it is. Dates plan mails; nothing that a rater does at the ballot box
-- can. candour_mail reads and writes all of it through the functions below alone.
--
--   waiting -> claimed -> handed -> sent
--      ^          |          |----> failed     refused for good
--      |----------+----------|                 refused now, or no answer that counts
--                            |----> unknown    the server may have it, and twice is worse than never
--   waiting -> printed (a letter), dropped (its time is over)
--
-- handed is committed before the first byte of the text leaves. A mail that was claimed has certainly not been
-- delivered; of one that was handed over nobody can tell once the connection, or we, have died before the answer.
ALTER TABLE desk.person ADD COLUMN paper boolean NOT NULL DEFAULT false; -- has no mailbox: gets letters
-- What a mailed code was made of (with the desk's key), so that the same mail again holds the same code.
ALTER TABLE desk.identity ADD COLUMN seed uuid;

ALTER TABLE desk.outbox
    ALTER COLUMN round DROP NOT NULL,                  -- a new code belongs to no round
    ADD CONSTRAINT outbox_round_check CHECK ((round IS NULL) = (kind = 'code')),
    ADD COLUMN attempts integer NOT NULL DEFAULT 0,    -- claims; names the try that a result belongs to
    ADD COLUMN refusals integer NOT NULL DEFAULT 0,    -- of this mail, not of the server
    ADD COLUMN next_at timestamptz NOT NULL DEFAULT 'epoch',
    ADD COLUMN lease_until timestamptz,
    ADD COLUMN holder integer,                         -- process of the database that claimed it
    ADD COLUMN sent_at timestamptz,
    ADD COLUMN tried_at timestamptz,
    ADD COLUMN twice boolean NOT NULL DEFAULT false,   -- sent again though the server may have had it
    ADD COLUMN reply text NOT NULL DEFAULT '';         -- the server's last word
CREATE INDEX outbox_waiting ON desk.outbox (next_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_out ON desk.outbox (person) WHERE state IN ('claimed', 'handed');
CREATE INDEX outbox_person ON desk.outbox (person, kind);

-- A text that an administrator has changed, for whoever reads this language; the others are the program's own.
CREATE TABLE desk.template (
    kind text,
    language text,
    subject text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (kind, language)
);

-- A new letter's code is not of the seed any more.
CREATE FUNCTION desk.keep_seed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.secret IS DISTINCT FROM OLD.secret AND NEW.seed IS NOT DISTINCT FROM OLD.seed THEN
        NEW.seed := NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_seed BEFORE UPDATE ON desk.identity FOR EACH ROW EXECUTE FUNCTION desk.keep_seed();

-- ---------------------------------------------------------------- planning
-- Answers are given in the first two thirds of the time, in whole seconds as manifest_answers_until has them; the last
-- third is for sending.
CREATE FUNCTION desk.answers_until(p_answer_from timestamptz, p_close timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT p_close - make_interval(secs => floor(extract(epoch FROM p_close - p_answer_from) / 3)::double precision)
$$;

-- When each kind of mail is due, and until when it still makes sense. The first reminder comes while there is time to
-- answer in peace, the last call a day and a half before answering ends, or half of a third of a short round: to
-- everybody, for no ballot has come by then, so nobody can know where answers are missing. The second reminder comes
-- when ballots begin to leave: whoever has answered must switch their computer on.
CREATE FUNCTION desk.mail_windows(p_round desk.round)
RETURNS TABLE (kind text, from_at timestamptz, until_at timestamptz)
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT x.kind, x.from_at, x.until_at
    FROM (SELECT p_round.answer_from AS opens, desk.answers_until(p_round.answer_from, p_round.close_at) AS ends,
                 p_round.close_at AS closes, (p_round.close_at - p_round.answer_from) / 3 AS third) r
    CROSS JOIN LATERAL (SELECT r.ends - least(greatest(r.third * 0.3, interval '36 hours'), r.third / 2) AS last) c
    CROSS JOIN LATERAL (VALUES
        ('nomination', '-infinity'::timestamptz, 'infinity'::timestamptz),
        ('invitation', p_round.collect_from, r.closes),
        ('open', r.opens, r.opens + r.third),
        ('reminder', r.opens + r.third, c.last),
        ('last-call', c.last, r.ends),
        ('second-reminder', r.ends, r.closes),
        ('extended', '-infinity', r.closes),
        ('thanks', r.closes, r.closes + interval '30 days'),
        ('reading', r.closes, 'infinity'),
        ('report', r.closes, 'infinity')) AS x (kind, from_at, until_at)
$$;

-- Everybody with an assignment that is not declined, whether they have answered or not: nobody here knows. Who was
-- invited after a date is not told of it. Who was invited by mail, and got a letter with a new code later, still is.
CREATE FUNCTION desk.plan_mail(p_now timestamptz) RETURNS void
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
-- Is it better to have this kind of mail twice than not at all? Then it is sent again when nobody can tell whether it was
-- delivered. Reminders and their like are not: people were promised no more than so many.
CREATE FUNCTION desk.is_sent_again(p_kind text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT p_kind IN ('nomination', 'invitation', 'reading', 'report', 'code')
$$;

-- The next mail that is due, or none. Nobody has two on their way at once, so that all of them hold the same code.
-- A mail is taken from whoever claimed it only when its lease is over and they are gone: they hold a lock for as long as
-- their connection lives (take_place.sql), and finish what they send within the lease when they have lost it.
-- seed: of the code, where the mail has one; code_until: of a code that is still good; NULL: the mail makes a new one,
-- of this seed. leaders: whom a person is asked about, settles who is asked about, or may read about.
-- p_language: of people who have none; p_languages: those that there are texts in. language: the one of these that the
-- mail is in; subject, body: NULL: the program's own.
CREATE FUNCTION desk.claim_mail(p_now timestamptz, p_lease_s integer, p_language text, p_languages text[])
RETURNS TABLE (id uuid, attempt integer, kind text, email text, name text, seed uuid, code_until timestamptz,
               round text, collect_from timestamptz, answer_from timestamptz, close_at timestamptz,
               threshold integer, root bytea, leaders text, subject text, body text,
               refusals integer, language text)
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
           r.name, r.collect_from, r.answer_from, r.close_at, r.threshold,
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
           t.subject, t.body, c.refusals, w.language
    FROM claimed c
    JOIN desk.person p ON p.id = c.person
    LEFT JOIN desk.round r ON r.id = c.round
    -- A mailed code serves again for as long as it is good for another week: a stranger who asks for one ends none.
    LEFT JOIN desk.identity i ON i.person = c.person AND i.method = 'code' AND i.seed IS NOT NULL
        AND i.expires > p_now + interval '7 days'
    CROSS JOIN LATERAL (SELECT coalesce(min(l), 'en') AS language FROM unnest(p_languages) l
                        WHERE l = regexp_replace(coalesce(nullif(p.language, ''), p_language), '[-_].*', '')) w
    LEFT JOIN desk.template t ON t.kind = c.kind AND t.language = w.language;
END
$$;

-- The last step before the text leaves, together with its new code (p_hash NULL: none). false: the mail is not ours any
-- more, and must not be sent.
CREATE FUNCTION desk.hand_mail(p_id uuid, p_attempt integer, p_seed uuid, p_hash bytea, p_expires timestamptz,
                               p_now timestamptz, p_lease_s integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
BEGIN
    UPDATE desk.outbox o
    SET state = 'handed', tried_at = p_now, lease_until = p_now + make_interval(secs => p_lease_s)
    WHERE o.id = p_id AND o.attempts = p_attempt AND o.state = 'claimed';
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF p_hash IS NOT NULL THEN
        INSERT INTO desk.identity (person, method, identifier, secret, expires, seed)
        SELECT p.id, 'code', p.email, p_hash, p_expires, p_seed
        FROM desk.outbox o JOIN desk.person p ON p.id = o.person WHERE o.id = p_id
        ON CONFLICT (person, method) DO UPDATE
        SET identifier = excluded.identifier, secret = excluded.secret, expires = excluded.expires,
            seed = excluded.seed;
    END IF;
    RETURN true;
END
$$;

-- p_outcome: 1 sent, 2 refused for good, 3 refused, to be tried again, 4 the server was not to be had, 5 perhaps sent. A result
-- that comes again, or too late, changes nothing.
CREATE FUNCTION desk.mail_result(p_id uuid, p_attempt integer, p_outcome smallint, p_reply text, p_next_at timestamptz,
                                 p_now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    UPDATE desk.outbox o
    SET state = CASE WHEN p_outcome = 1 THEN 'sent' WHEN p_outcome = 2 THEN 'failed'
                     WHEN p_outcome = 5 AND NOT desk.is_sent_again(o.kind) THEN 'unknown'
                     ELSE 'waiting' END,
        sent_at = CASE WHEN p_outcome = 1 THEN p_now END,
        refusals = o.refusals + (p_outcome IN (3, 5))::integer,
        twice = o.twice OR p_outcome = 5 AND desk.is_sent_again(o.kind),
        reply = p_reply, tried_at = p_now, next_at = p_next_at
    WHERE o.id = p_id AND o.attempts = p_attempt AND o.state IN ('claimed', 'handed')
$$;

-- ---------------------------------------------------------------- rights
REVOKE ALL ON FUNCTION desk.keep_seed(), desk.is_sent_again(text),
    desk.answers_until(timestamptz, timestamptz), desk.mail_windows(desk.round), desk.plan_mail(timestamptz),
    desk.tell_extended(),
    desk.claim_mail(timestamptz, integer, text, text[]),
    desk.hand_mail(uuid, integer, uuid, bytea, timestamptz, timestamptz, integer),
    desk.mail_result(uuid, integer, smallint, text, timestamptz, timestamptz) FROM PUBLIC;
GRANT USAGE ON SCHEMA desk TO candour_mail;
GRANT EXECUTE ON FUNCTION desk.plan_mail(timestamptz),
    desk.claim_mail(timestamptz, integer, text, text[]),
    desk.hand_mail(uuid, integer, uuid, bytea, timestamptz, timestamptz, integer),
    desk.mail_result(uuid, integer, smallint, text, timestamptz, timestamptz) TO candour_mail;
