-- How long the answers of a round are kept has another name than until when they are given.
ALTER FUNCTION desk.answers_until(desk.round) RENAME TO answers_kept_until;
