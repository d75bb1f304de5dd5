-- +goose Up
CREATE TABLE records (
    kind   TEXT NOT NULL,
    id     TEXT NOT NULL,
    digest TEXT NOT NULL, -- lower-case hexadecimal SHA-256 of content
    content BLOB NOT NULL, -- canonical JSON
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipts (
    number  INTEGER PRIMARY KEY,
    content BLOB NOT NULL -- JSON of an intake receipt
) STRICT;

-- +goose Down
DROP TABLE receipts;
DROP TABLE records;
