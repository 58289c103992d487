-- No row: the address belongs to a person with another id, for which the second step was not wrapped.
WITH person AS (
    INSERT INTO desk.person AS p (id, email, name, administrator) VALUES ($1::uuid, lower($2::text), $3::text, true)
    ON CONFLICT (email) DO UPDATE SET name = excluded.name, administrator = true WHERE p.id = excluded.id
    RETURNING p.id, p.email
), identity AS (
    INSERT INTO desk.identity (person, method, identifier, secret, totp)
    SELECT id, 'password', email, $4::bytea, $5::bytea FROM person
    ON CONFLICT (person, method) DO UPDATE SET identifier = excluded.identifier, secret = excluded.secret,
        totp = excluded.totp, totp_step = 0, failures = 0, paused_until = NULL
), ended AS (
    DELETE FROM desk.session s USING person WHERE s.person = person.id
), noted AS (
    INSERT INTO desk.audit (at, action, object, person) SELECT $6::timestamptz, 'administrator added', email, id FROM person
)
SELECT id FROM person
