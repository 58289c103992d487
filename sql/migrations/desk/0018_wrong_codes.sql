-- A wrong password is counted, which is written to the log, so that where there is nobody something is written as well:
-- both must take as long. A wrong code is found nowhere, whomever it is tried for, and writes nothing: many of them do not
-- keep the log from who signs in.
CREATE OR REPLACE FUNCTION desk.sign_in(p_method text, p_identifier text, p_secret bytea, p_step bigint, p_now timestamptz,
                             p_failures_max integer, p_pause_s integer, p_token_hash bytea, p_expires timestamptz,
                             OUT outcome smallint, OUT person uuid, OUT name text, OUT administrator boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
    found_identity desk.identity;
    is_paused boolean;
BEGIN
    outcome := 1;
    SELECT * INTO found_identity FROM desk.identity i
    WHERE i.method = p_method AND i.identifier = p_identifier AND (p_method = 'password' OR i.secret = p_secret)
    FOR UPDATE;
    IF NOT FOUND OR found_identity.paused_until > p_now THEN
        IF p_method = 'password' THEN
            PERFORM pg_logical_emit_message(true, 'candour', 'sign-in refused');
        END IF;
        RETURN;
    END IF;
    IF p_secret IS NULL OR p_secret <> found_identity.secret OR p_step <= found_identity.totp_step THEN
        is_paused := found_identity.failures + 1 >= p_failures_max;
        UPDATE desk.identity i
        SET failures = CASE WHEN is_paused THEN 0 ELSE i.failures + 1 END,
            paused_until = CASE WHEN is_paused THEN p_now + make_interval(secs => p_pause_s) END
        WHERE i.method = p_method AND i.identifier = p_identifier;
        IF is_paused THEN
            PERFORM desk.note(p_now, found_identity.person, 'sign-in paused', '');
        END IF;
        RETURN;
    END IF;
    IF found_identity.expires <= p_now THEN
        outcome := 3;
        RETURN;
    END IF;
    UPDATE desk.identity i SET failures = 0, paused_until = NULL, totp_step = coalesce(p_step, i.totp_step)
    WHERE i.method = p_method AND i.identifier = p_identifier;
    SELECT 2, p.id, p.name, p.administrator AND p_method = 'password' INTO outcome, person, name, administrator
    FROM desk.person p WHERE p.id = found_identity.person;
    INSERT INTO desk.session (token_hash, person, administrator, expires)
    VALUES (p_token_hash, person, administrator, p_expires);
    IF administrator THEN
        PERFORM desk.note(p_now, person, 'administrator signed in', '');
    END IF;
END
$$;
