-- The identified side: people, who was asked about whom, sessions, frameworks, rounds, reports, the audit trail.
-- Nothing here names a ballot.
CREATE SCHEMA IF NOT EXISTS desk;
REVOKE ALL ON SCHEMA desk FROM PUBLIC;

-- ---------------------------------------------------------------- people and signing in
CREATE TABLE desk.person (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL CHECK (email = lower(email)),
    name text NOT NULL,
    job_title text NOT NULL DEFAULT '',
    unit text NOT NULL DEFAULT '',
    manager uuid REFERENCES desk.person,
    level text NOT NULL DEFAULT '',
    language text NOT NULL DEFAULT '',        -- of letters and mails; empty: the server's
    administrator boolean NOT NULL DEFAULT false,
    CHECK (manager <> id)
);
CREATE UNIQUE INDEX person_email ON desk.person (email);

-- A person may be known by several methods; a session does not know which one was used.
CREATE TABLE desk.identity (
    person uuid NOT NULL REFERENCES desk.person,
    method text NOT NULL CHECK (method IN ('code', 'password')),
    identifier text NOT NULL CHECK (identifier = lower(identifier)),
    secret bytea NOT NULL,                    -- code: keyed hash; password: Argon2id text
    totp bytea,                               -- wrapped; password only
    totp_step bigint NOT NULL DEFAULT 0,      -- the last step that was used: no code serves twice
    expires timestamptz,
    failures integer NOT NULL DEFAULT 0,      -- password only: since the last success or pause
    paused_until timestamptz,                 -- password only
    PRIMARY KEY (method, identifier),
    UNIQUE (person, method),
    CHECK ((method = 'password') = (totp IS NOT NULL))
);

CREATE TABLE desk.session (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    person uuid NOT NULL REFERENCES desk.person,
    administrator boolean NOT NULL,           -- may administer: only after a password, never by a printed code
    expires timestamptz NOT NULL
);
CREATE INDEX session_person ON desk.session (person);

-- ---------------------------------------------------------------- frameworks, frozen when stored
CREATE TABLE desk.framework (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    scale text[] NOT NULL CHECK (cardinality(scale) BETWEEN 2 AND 10),
    questions text[] NOT NULL CHECK (cardinality(questions) <= 8),
    content_hash bytea NOT NULL CHECK (length(content_hash) = 32), -- the same content again is the same version
    UNIQUE (name, version)
);
CREATE TABLE desk.framework_item (
    framework uuid NOT NULL REFERENCES desk.framework,
    level text NOT NULL,
    position integer NOT NULL CHECK (position BETWEEN 1 AND 200),
    level_name text NOT NULL DEFAULT '',
    cluster text NOT NULL DEFAULT '',
    competency text NOT NULL,
    definition text NOT NULL DEFAULT '',
    effective text NOT NULL,
    ineffective text NOT NULL DEFAULT '',
    PRIMARY KEY (framework, level, position)
);

-- ---------------------------------------------------------------- rounds
CREATE TABLE desk.round (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    request uuid NOT NULL UNIQUE,             -- made by the client: asking again gives the same round
    name text NOT NULL UNIQUE,
    framework uuid NOT NULL REFERENCES desk.framework,
    demo boolean NOT NULL,
    -- draft and nominating are set by hand; collecting freezes the round; answering follows from the dates and is
    -- not stored; closed, released and archived are set when their work is done.
    state text NOT NULL DEFAULT 'draft'
        CHECK (state IN ('draft', 'nominating', 'collecting', 'closed', 'released', 'archived')),
    collect_from timestamptz NOT NULL,
    answer_from timestamptz NOT NULL,
    close_at timestamptz NOT NULL,
    close_asked timestamptz CHECK (close_asked > close_at), -- a later one that was asked for
    grace_s integer NOT NULL CHECK (grace_s BETWEEN 0 AND 86400),
    threshold integer NOT NULL CHECK (threshold BETWEEN 3 AND 50),
    comments_pooled integer NOT NULL CHECK (comments_pooled >= threshold),
    comments_by_group integer NOT NULL CHECK (comments_by_group = 0 OR comments_by_group >= threshold),
    tail_low integer NOT NULL CHECK (tail_low BETWEEN 1 AND 2),
    tail_high integer NOT NULL CHECK (tail_high BETWEEN 0 AND 2),
    bucket integer NOT NULL CHECK (bucket BETWEEN 4096 AND 65536 AND bucket % 1024 = 0),
    name_salt bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) CHECK (length(name_salt) = 16), -- of all its leaders
    closing_step integer NOT NULL DEFAULT 0 CHECK (closing_step BETWEEN 0 AND 6), -- 0 not asked for, 6 done
    progress_at timestamptz,
    -- What is kept, and how long after the close. From collecting on it is never kept longer.
    keep_answers_days integer NOT NULL DEFAULT 90 CHECK (keep_answers_days BETWEEN 0 AND 3650),
    keep_reports_months integer NOT NULL DEFAULT 24 CHECK (keep_reports_months BETWEEN 1 AND 120),
    CHECK (collect_from <= answer_from AND answer_from < close_at)
);

-- From collecting on, rules and dates are the manifest's: they never change here either, but for a later close, for which
-- the desk asks and which the clerk sets, together with the manifest that says it. A round only moves forward, and the
-- desk's workers cannot do the clerk's part: they ask for the closing, and release what is closed.
CREATE FUNCTION desk.keep_round() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    states text[] := ARRAY['draft', 'nominating', 'collecting', 'closed', 'released', 'archived'];
BEGIN
    IF OLD.state NOT IN ('draft', 'nominating') AND
       (OLD.name, OLD.framework, OLD.demo, OLD.collect_from, OLD.answer_from, OLD.grace_s, OLD.threshold,
        OLD.comments_pooled, OLD.comments_by_group, OLD.tail_low, OLD.tail_high, OLD.bucket, OLD.name_salt)
       IS DISTINCT FROM
       (NEW.name, NEW.framework, NEW.demo, NEW.collect_from, NEW.answer_from, NEW.grace_s, NEW.threshold,
        NEW.comments_pooled, NEW.comments_by_group, NEW.tail_low, NEW.tail_high, NEW.bucket, NEW.name_salt) THEN
        RAISE EXCEPTION 'a round that collects is frozen' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state NOT IN ('draft', 'nominating') AND NEW.close_at <> OLD.close_at AND
       (NEW.close_at IS DISTINCT FROM OLD.close_asked OR OLD.state <> 'collecting' OR OLD.closing_step > 0) THEN
        RAISE EXCEPTION 'a round closes when its raters were told' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state NOT IN ('draft', 'nominating') AND
       (NEW.keep_answers_days > OLD.keep_answers_days OR NEW.keep_reports_months > OLD.keep_reports_months) THEN
        RAISE EXCEPTION 'nothing is kept longer than its raters were told' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.close_asked IS NOT NULL AND (NEW.state <> 'collecting' OR NEW.closing_step > 0) THEN
        RAISE EXCEPTION 'a round is extended while it collects' USING ERRCODE = 'check_violation';
    END IF;
    IF array_position(states, NEW.state) < array_position(states, OLD.state) OR NEW.closing_step < OLD.closing_step THEN
        RAISE EXCEPTION 'a round only moves forward' USING ERRCODE = 'check_violation';
    END IF;
    IF current_user = 'candour_desk' AND
       (NEW.closing_step > greatest(OLD.closing_step, 1) OR NEW.state <> OLD.state AND NEW.state IN ('closed', 'archived')
        OR NEW.state = 'released' AND OLD.state NOT IN ('closed', 'released')
        OR OLD.close_asked IS NOT NULL AND NEW.close_asked IS DISTINCT FROM OLD.close_asked) THEN
        RAISE EXCEPTION 'closing is the clerk''s' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_round BEFORE UPDATE ON desk.round FOR EACH ROW EXECUTE FUNCTION desk.keep_round();

CREATE TABLE desk.subject (
    round uuid NOT NULL REFERENCES desk.round,
    id uuid NOT NULL DEFAULT gen_random_uuid(), -- random per round; only this row maps it to a person
    person uuid NOT NULL REFERENCES desk.person,
    level text NOT NULL,
    name text NOT NULL,                       -- as shown to raters; unique and frozen when collecting begins
    PRIMARY KEY (round, id),
    UNIQUE (round, person)
);

-- grp: 1 self, 2 manager, 3 peer, 4 report, 5 other.
CREATE TABLE desk.assignment (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    round uuid NOT NULL,
    subject uuid NOT NULL,
    rater uuid NOT NULL REFERENCES desk.person,
    grp smallint NOT NULL CHECK (grp BETWEEN 1 AND 5),
    answer smallint NOT NULL DEFAULT 0 CHECK (answer BETWEEN 0 AND 2), -- 0 not said, 1 accepted, 2 declined
    reason text NOT NULL DEFAULT '',
    blinded bytea CHECK (length(blinded) = 32), -- the first one; no other is ever evaluated
    FOREIGN KEY (round, subject) REFERENCES desk.subject (round, id),
    UNIQUE (round, subject, rater)
);
CREATE INDEX assignment_rater ON desk.assignment (rater, round);
CREATE INDEX assignment_round ON desk.assignment (round, subject, grp);

CREATE FUNCTION desk.keep_blinded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.blinded IS NOT NULL AND NEW.blinded IS DISTINCT FROM OLD.blinded THEN
        RAISE EXCEPTION 'a blinded element is stored once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_blinded BEFORE UPDATE ON desk.assignment FOR EACH ROW EXECUTE FUNCTION desk.keep_blinded();

CREATE TABLE desk.no_reminder (
    round uuid NOT NULL REFERENCES desk.round,
    person uuid NOT NULL REFERENCES desk.person,
    PRIMARY KEY (round, person)
);

-- The credential key of a round, wrapped under the desk's key-encryption key; deleted at close.
CREATE TABLE desk.round_key (
    round uuid PRIMARY KEY REFERENCES desk.round,
    credential_secret bytea NOT NULL
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0); -- deleted keys leave the file soon
ALTER TABLE desk.round_key ALTER credential_secret SET STATISTICS 0; -- nor does ANALYZE keep a sample
CREATE TABLE desk.manifest (
    round uuid NOT NULL REFERENCES desk.round,
    version integer NOT NULL CHECK (version >= 0),
    text bytea NOT NULL,
    PRIMARY KEY (round, version)
);
CREATE TABLE desk.questionnaire (
    round uuid NOT NULL REFERENCES desk.round,
    level text NOT NULL,
    text bytea NOT NULL,
    PRIMARY KEY (round, level)
);
-- What the clerk last heard from the other side: groups below the threshold, counted once a day.
CREATE TABLE desk.progress (
    round uuid NOT NULL,
    subject uuid NOT NULL,
    grp smallint NOT NULL CHECK (grp BETWEEN 1 AND 5),
    below boolean NOT NULL,
    PRIMARY KEY (round, subject, grp),
    FOREIGN KEY (round, subject) REFERENCES desk.subject (round, id)
);

-- Letters and mails that wait for somebody.
CREATE TABLE desk.outbox (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    round uuid NOT NULL REFERENCES desk.round,
    person uuid NOT NULL REFERENCES desk.person,
    kind text NOT NULL CHECK (kind IN ('nomination', 'invitation', 'open', 'reminder', 'second-reminder', 'last-call',
                                       'extended', 'thanks', 'reading', 'report', 'code')),
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'claimed', 'handed', 'sent', 'failed', 'unknown',
                                                           'printed', 'dropped')),
    batch uuid,                               -- the client's request that printed it: asked again, it prints the same
    UNIQUE (round, person, kind)
);

-- ---------------------------------------------------------------- reports: stored once, never changed
CREATE TABLE desk.report (
    round uuid NOT NULL,
    subject uuid NOT NULL,
    body bytea COMPRESSION lz4 NOT NULL,      -- a packed Report; the older method takes longer than making it
    released boolean NOT NULL DEFAULT false,
    PRIMARY KEY (round, subject),
    FOREIGN KEY (round, subject) REFERENCES desk.subject (round, id)
);
-- A report of an archived round may be deleted, any other one never.
CREATE FUNCTION desk.keep_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM desk.round r WHERE r.id = OLD.round AND r.state = 'archived') THEN
        RETURN OLD;
    END IF;
    IF TG_OP <> 'UPDATE' OR (NEW.round, NEW.subject, NEW.body) IS DISTINCT FROM (OLD.round, OLD.subject, OLD.body)
       OR (OLD.released AND NOT NEW.released) THEN
        RAISE EXCEPTION 'a report is never changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER keep_report BEFORE UPDATE OR DELETE ON desk.report FOR EACH ROW EXECUTE FUNCTION desk.keep_report();
CREATE TRIGGER keep_reports BEFORE TRUNCATE ON desk.report EXECUTE FUNCTION desk.keep_report();

-- ---------------------------------------------------------------- audit: only ever added to
CREATE TABLE desk.audit (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor uuid REFERENCES desk.person,        -- NULL: the system
    action text NOT NULL,
    object text NOT NULL DEFAULT '',
    person uuid REFERENCES desk.person        -- whom it is about, where that is one person
);
CREATE FUNCTION desk.keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an audit line is never changed' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER keep_audit BEFORE UPDATE OR DELETE ON desk.audit FOR EACH ROW EXECUTE FUNCTION desk.keep_audit();
CREATE TRIGGER keep_audits BEFORE TRUNCATE ON desk.audit EXECUTE FUNCTION desk.keep_audit();
