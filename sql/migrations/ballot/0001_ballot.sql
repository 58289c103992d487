-- The anonymous side: open rounds, ballots, and what is left of them after close. No person is ever named here; the
-- workers may only execute the functions of 0002.
CREATE SCHEMA IF NOT EXISTS ballot;
REVOKE ALL ON SCHEMA ballot FROM PUBLIC;

CREATE TABLE ballot.round (
    id uuid PRIMARY KEY,
    answer_from timestamptz NOT NULL,
    close_at timestamptz NOT NULL,
    grace_s integer NOT NULL,
    threshold integer NOT NULL,
    bucket integer NOT NULL,
    closed boolean NOT NULL DEFAULT false,    -- true: the closing steps have begun, nothing is accepted
    leaves integer,                           -- how many were published; NULL: not yet
    leaves_root bytea CHECK (length(leaves_root) = 32),
    shuffled boolean NOT NULL DEFAULT false,  -- the rows for the reports are final
    dropped boolean NOT NULL DEFAULT false,   -- box and keys are gone
    CHECK ((leaves IS NULL) = (leaves_root IS NULL)),
    CHECK (closed OR leaves_root IS NULL),
    CHECK (leaves_root IS NOT NULL OR NOT shuffled),
    CHECK (shuffled OR NOT dropped)
);
CREATE TABLE ballot.manifest (
    round uuid NOT NULL REFERENCES ballot.round,
    version integer NOT NULL CHECK (version >= 0),
    text bytea NOT NULL,
    PRIMARY KEY (round, version)
);
-- Secret halves wrapped under the ballot box's key-encryption key. Made before ballot.round: first write wins.
CREATE TABLE ballot.round_key (
    round uuid PRIMARY KEY,
    credential_secret bytea NOT NULL,
    credential_public bytea NOT NULL,
    box_secret bytea NOT NULL,
    box_public bytea NOT NULL,
    receipt_secret bytea NOT NULL,            -- wrapped Ed25519 seed
    receipt_public bytea NOT NULL
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0); -- deleted keys leave the file soon
CREATE TABLE ballot.questionnaire (
    round uuid NOT NULL REFERENCES ballot.round,
    level text NOT NULL,
    items smallint NOT NULL,
    scale_max smallint NOT NULL,
    questions smallint NOT NULL,
    PRIMARY KEY (round, level)
);
-- How many ballots a group may have, and has.
CREATE TABLE ballot.quota (
    round uuid NOT NULL REFERENCES ballot.round,
    subject uuid NOT NULL,
    grp smallint NOT NULL CHECK (grp BETWEEN 1 AND 5),
    raters integer NOT NULL CHECK (raters >= 0),
    ballots integer NOT NULL DEFAULT 0 CHECK (ballots BETWEEN 0 AND raters),
    PRIMARY KEY (round, subject, grp)
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0); -- so do counts, which have an order

-- One partition per round: made when the round opens for collecting, dropped when it closes. Without its partition no
-- ballot of a round can be stored at all. No time, no serial, no person.
CREATE TABLE ballot.ballot (
    round uuid NOT NULL,
    vk bytea NOT NULL CHECK (length(vk) = 32),
    subject uuid NOT NULL,
    grp smallint NOT NULL,
    sequence bigint NOT NULL CHECK (sequence BETWEEN 1 AND 4294967294),
    ratings bytea NOT NULL CHECK (length(ratings) <= 200),
    comments bytea NOT NULL,                  -- u8 question || u16 length || text, repeated; big-endian
    leaf bytea NOT NULL CHECK (length(leaf) = 32), -- SHA-256 of the plaintext
    PRIMARY KEY (round, vk)
) PARTITION BY LIST (round);
-- ANALYZE must not keep samples of ballots in pg_statistic, where they would outlive the partition.
ALTER TABLE ballot.ballot ALTER round SET STATISTICS 0, ALTER vk SET STATISTICS 0, ALTER subject SET STATISTICS 0,
    ALTER grp SET STATISTICS 0, ALTER sequence SET STATISTICS 0, ALTER ratings SET STATISTICS 0,
    ALTER comments SET STATISTICS 0, ALTER leaf SET STATISTICS 0;

-- ---------------------------------------------------------------- after close
-- position: place in the order of the leaves themselves, which says nothing about arrival, leader or group.
CREATE TABLE ballot.leaf (
    round uuid NOT NULL REFERENCES ballot.round,
    position integer NOT NULL,
    leaf bytea NOT NULL CHECK (length(leaf) = 32),
    PRIMARY KEY (round, position)
);
-- Shuffled: written in random order in one transaction, with no key in common.
CREATE TABLE ballot.shuffled_ratings (
    round uuid NOT NULL REFERENCES ballot.round,
    subject uuid NOT NULL,
    grp smallint NOT NULL,
    ratings bytea NOT NULL
);
CREATE INDEX shuffled_ratings_round ON ballot.shuffled_ratings (round);
CREATE TABLE ballot.shuffled_comment (
    round uuid NOT NULL REFERENCES ballot.round,
    subject uuid NOT NULL,
    grp smallint NOT NULL,
    question smallint NOT NULL,
    text bytea NOT NULL
);
CREATE INDEX shuffled_comment_round ON ballot.shuffled_comment (round, subject);

-- As above: samples of leaves, answers and keys must not outlive their rows, nor stand in one file with anything else.
ALTER TABLE ballot.leaf ALTER leaf SET STATISTICS 0;
ALTER TABLE ballot.shuffled_ratings ALTER ratings SET STATISTICS 0;
ALTER TABLE ballot.shuffled_comment ALTER text SET STATISTICS 0;
ALTER TABLE ballot.round_key ALTER credential_secret SET STATISTICS 0, ALTER box_secret SET STATISTICS 0,
    ALTER receipt_secret SET STATISTICS 0;
