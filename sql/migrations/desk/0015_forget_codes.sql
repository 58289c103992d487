-- Codes that were asked for leave nothing behind either: not who asked, whose rows go within seconds, and not mails that
-- wait for somebody who gets letters since then, and will never be sent.
ALTER TABLE desk.code_request SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
CREATE OR REPLACE FUNCTION desk.forget(p_now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
    DELETE FROM desk.session s WHERE s.expires <= p_now;
    DELETE FROM desk.outbox o
    WHERE o.kind = 'code' AND o.state NOT IN ('claimed', 'handed') AND o.next_at <= p_now - interval '1 day'
      AND (o.state <> 'waiting' OR EXISTS (SELECT FROM desk.person p WHERE p.id = o.person AND p.paper))
$$;
