-- The audit trail as a chain of hashes (PROTOCOL.md, 13). A line is committed by whoever acts, before the reply; the clerk
-- chains it a little later, so that nobody queues behind one head. Lines are chained in the order of their numbers as far
-- as they are committed; one that is committed late comes late.
-- No foreign key: what the chain says must stay when a line is taken away.
CREATE TABLE desk.audit_chain (
    link bigint PRIMARY KEY CHECK (link >= 1),
    line bigint NOT NULL UNIQUE,
    hash bytea NOT NULL CHECK (length(hash) = 32)
);
CREATE TRIGGER keep_audit BEFORE UPDATE OR DELETE ON desk.audit_chain FOR EACH ROW EXECUTE FUNCTION desk.keep_audit();
CREATE TRIGGER keep_audits BEFORE TRUNCATE ON desk.audit_chain EXECUTE FUNCTION desk.keep_audit();

CREATE FUNCTION desk.audit_field(p_text text) RETURNS bytea LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT int4send(length(convert_to(p_text, 'UTF8'))) || convert_to(p_text, 'UTF8')
$$;
CREATE FUNCTION desk.audit_hash(p_before bytea, p_link bigint, p_line desk.audit) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT sha256(convert_to('candour-audit-1', 'UTF8') || p_before || int8send(p_link) || int8send(p_line.number) ||
                  int8send(floor(extract(epoch FROM p_line.at))::bigint) ||
                  coalesce(uuid_send(p_line.actor), decode(repeat('00', 16), 'hex')) ||
                  coalesce(uuid_send(p_line.person), decode(repeat('00', 16), 'hex')) ||
                  desk.audit_field(p_line.action) || desk.audit_field(p_line.object))
$$;

-- Chains what is committed and not chained; returns how many lines. Statements end long before 10,000 further lines are
-- numbered, so no line that comes late is older than that.
CREATE FUNCTION desk.chain_audit() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    next_line desk.audit;
    head bigint;
    head_hash bytea;
    chained integer := 0;
BEGIN
    SELECT c.link, c.hash INTO head, head_hash FROM desk.audit_chain c ORDER BY c.link DESC LIMIT 1;
    head := coalesce(head, 0);
    head_hash := coalesce(head_hash, decode(repeat('00', 32), 'hex'));
    FOR next_line IN
        SELECT a.* FROM desk.audit a
        WHERE a.number > coalesce((SELECT max(c.line) FROM desk.audit_chain c), 0) - 10000
          AND NOT EXISTS (SELECT FROM desk.audit_chain c WHERE c.line = a.number)
        ORDER BY a.number LIMIT 10000
    LOOP
        head := head + 1;
        head_hash := desk.audit_hash(head_hash, head, next_line);
        INSERT INTO desk.audit_chain (link, line, hash) VALUES (head, next_line.number, head_hash);
        chained := chained + 1;
    END LOOP;
    RETURN chained;
END
$$;

REVOKE ALL ON FUNCTION desk.audit_field(text), desk.audit_hash(bytea, bigint, desk.audit), desk.chain_audit() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.chain_audit() TO candour_clerk_desk;
GRANT SELECT ON desk.audit_chain TO candour_desk;
