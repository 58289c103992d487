-- What tells when somebody was at work goes as soon as nothing needs it: sessions that have ended, and mails with a code
-- that somebody asked for, once they limit no further one (take_code_requests). Their space is cleared soon as well.
ALTER TABLE desk.session SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
ALTER TABLE desk.outbox SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
CREATE FUNCTION desk.forget(p_now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    DELETE FROM desk.session s WHERE s.expires <= p_now;
    DELETE FROM desk.outbox o
    WHERE o.kind = 'code' AND o.state NOT IN ('waiting', 'claimed', 'handed') AND o.next_at <= p_now - interval '1 day'
$$;
REVOKE ALL ON FUNCTION desk.forget(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.forget(timestamptz) TO candour_clerk_desk;
