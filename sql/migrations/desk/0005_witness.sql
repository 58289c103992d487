-- Signatures of witnesses over the root of a round's rules. Public: they are worth what the reader's own list of keys
-- says.
CREATE TABLE desk.witness (
    round uuid NOT NULL REFERENCES desk.round,
    key bytea NOT NULL CHECK (length(key) = 32),
    signature bytea NOT NULL CHECK (length(signature) = 64),
    PRIMARY KEY (round, key)
);
GRANT SELECT, INSERT ON desk.witness TO candour_desk;
