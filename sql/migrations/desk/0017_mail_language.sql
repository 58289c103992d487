-- The language of the person whom a mail is for; empty: the server's.
CREATE FUNCTION desk.mail_language(p_mail uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT p.language FROM desk.outbox o JOIN desk.person p ON p.id = o.person WHERE o.id = p_mail
$$;
REVOKE ALL ON FUNCTION desk.mail_language(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.mail_language(uuid) TO candour_mail;
