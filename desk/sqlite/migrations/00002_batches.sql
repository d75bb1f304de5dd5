-- +goose Up
CREATE TABLE batches (
    number    INTEGER PRIMARY KEY, -- said as RB-000012
    state     TEXT NOT NULL CHECK (state IN ('staged', 'sealed', 'complete')),
    item      TEXT NOT NULL,       -- SHA-256 of the file the rows came from, '' for none
    object    TEXT NOT NULL,       -- its name in the vault: EV-000001
    kind      TEXT NOT NULL,       -- '' where the records are of several kinds
    source    TEXT NOT NULL,
    tool      TEXT NOT NULL,       -- name@version
    params    TEXT NOT NULL,       -- canonical JSON
    actor     TEXT NOT NULL,       -- as the custody log names who added it
    base      INTEGER NOT NULL,    -- how many batches were complete when it began
    completed INTEGER NOT NULL,    -- how many are with it; 0 until it is complete
    settled   INTEGER NOT NULL,    -- rows of the file that are kept or refused
    records   INTEGER NOT NULL,    -- rows of versions that are its own
    receipt   BLOB NOT NULL,       -- JSON of an intake receipt of these rows
    columns   TEXT NOT NULL,       -- JSON: the header of a CSV file, for its quarantine
    key       BLOB NOT NULL,       -- salts the leaves of its record tree
    root      TEXT NOT NULL,       -- of that tree: hexadecimal; '' until it is sealed
    leaf      INTEGER NOT NULL     -- index in the custody log, -1 for none
) STRICT;

CREATE TABLE versions (
    number  INTEGER PRIMARY KEY, -- batch * 4294967296 + place in the batch
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    digest  BLOB NOT NULL,       -- SHA-256 of content
    content BLOB NOT NULL        -- canonical JSON
) STRICT;

CREATE TABLE notes (
    kind    TEXT NOT NULL,
    id      TEXT NOT NULL,
    digest  BLOB NOT NULL, -- SHA-256 of content
    content BLOB NOT NULL, -- JSON
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE refused (
    batch   INTEGER NOT NULL,
    row     INTEGER NOT NULL, -- of the file, from 0
    content BLOB NOT NULL,    -- JSON of a refusal
    PRIMARY KEY (batch, row)
) STRICT, WITHOUT ROWID;

ALTER TABLE receipts ADD COLUMN batch INTEGER; -- NULL where it was kept before there were batches
CREATE UNIQUE INDEX receipts_by_batch ON receipts (batch);

-- What was held before there was a log is one batch, which gets its leaf when the
-- desk is next written to. Reports issued were the only notes.
INSERT INTO batches SELECT 1, 'complete', '', '', '', '', '', '', '', 0, 1, 0, count(*), CAST('{}' AS BLOB), '[]', x'', '', -1
    FROM records WHERE kind <> 'issued_report' HAVING count(*) > 0;
INSERT INTO versions SELECT 4294967296 + row_number() OVER (ORDER BY kind, id) - 1, kind, id, coalesce(unhex(digest), x''), content
    FROM records WHERE kind <> 'issued_report' ORDER BY kind, id;
INSERT INTO notes SELECT kind, id, coalesce(unhex(digest), x''), content FROM records WHERE kind = 'issued_report';
DROP TABLE records;

CREATE INDEX versions_by_id ON versions (kind, id); -- and number, which every index ends in
