-- What a report is compared with, and the organisation's report.

-- A leader's last released report from an earlier round with a framework of the same name, at the same level. The clerk
-- learns which report is the same leader's, and still no person.
CREATE FUNCTION desk.previous_reports(p_round uuid, p_subjects uuid[]) RETURNS TABLE (subject uuid, body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT s.id, before.body
    FROM desk.subject s
    JOIN desk.round r ON r.id = s.round
    JOIN desk.framework f ON f.id = r.framework
    CROSS JOIN LATERAL (
        SELECT t.body
        FROM desk.subject b
        JOIN desk.round o ON o.id = b.round
        JOIN desk.framework g ON g.id = o.framework
        JOIN desk.report t ON t.round = b.round AND t.subject = b.id
        WHERE b.person = s.person AND b.level = s.level AND g.name = f.name AND o.close_at < r.close_at AND t.released
        ORDER BY o.close_at DESC, o.id
        LIMIT 1
    ) before
    WHERE s.round = p_round AND s.id = ANY (p_subjects)
$$;
CREATE INDEX subject_person ON desk.subject (person);

-- Stored once, never changed.
CREATE TABLE desk.organisation_report (
    round uuid PRIMARY KEY REFERENCES desk.round,
    body bytea NOT NULL                       -- a packed OrganisationReport
);
CREATE FUNCTION desk.keep_organisation_report() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a report is never changed' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER keep_organisation_report BEFORE UPDATE OR DELETE ON desk.organisation_report
    FOR EACH ROW EXECUTE FUNCTION desk.keep_organisation_report();
CREATE TRIGGER keep_organisation_reports BEFORE TRUNCATE ON desk.organisation_report
    EXECUTE FUNCTION desk.keep_organisation_report();

REVOKE ALL ON FUNCTION desk.previous_reports(uuid, uuid[]), desk.keep_organisation_report() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.previous_reports(uuid, uuid[]) TO candour_clerk_desk;
GRANT INSERT ON desk.organisation_report TO candour_clerk_desk;
GRANT SELECT ON desk.organisation_report TO candour_desk;
