-- A later close. The desk asks for it; the clerk moves the date, together with the manifest that says it. Nothing else
-- of a round that collects ever changes.
ALTER TABLE desk.round ADD close_asked timestamptz CHECK (close_asked > close_at);

CREATE OR REPLACE FUNCTION desk.keep_round() RETURNS trigger LANGUAGE plpgsql AS $$
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

GRANT UPDATE (close_asked) ON desk.round TO candour_desk;
GRANT UPDATE (close_at, close_asked) ON desk.round TO candour_clerk_desk;
