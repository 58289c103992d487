-- The roles of Candour, made once per cluster by a superuser. No role but candour_owner owns anything; the others get
-- their few rights in the migrations. Passwords or peer mappings are the operator's (docs/operator.md).
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['candour_owner', 'candour_desk', 'candour_ballot', 'candour_clerk_desk',
                                'candour_clerk_ballot', 'candour_mail']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION', role);
        END IF;
        EXECUTE format('ALTER ROLE %I SET lock_timeout = %L', role, '2s');
    END LOOP;
END
$$;
-- PostgreSQL's public counters would tell everybody who may log in when a ballot is stored.
ALTER ROLE candour_ballot SET track_counts = off;
