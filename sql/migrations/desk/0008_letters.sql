-- Whom the letters of a round are for follows from its state: those who nominate, those who are asked, and at the end
-- those who read.
CREATE FUNCTION desk.letter_kind(p_state text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = '' AS $$
    SELECT CASE WHEN p_state = 'nominating' THEN 'nomination' WHEN p_state IN ('closed', 'released') THEN 'reading'
                ELSE 'invitation' END
$$;
REVOKE ALL ON FUNCTION desk.letter_kind(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION desk.letter_kind(text) TO candour_desk;
