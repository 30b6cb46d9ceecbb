-- The chain, and what must be found or forbidden without reading all of it.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    till TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    at TEXT NOT NULL,
    boot_s REAL NOT NULL,
    cashier TEXT NOT NULL,
    sale_id TEXT NOT NULL,
    attempt_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE INDEX journal_by_sale ON journal (sale_id);

CREATE TRIGGER journal_refuses_update BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER journal_refuses_delete BEFORE DELETE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TABLE sales (
    sale_id TEXT PRIMARY KEY,
    opened_seq INTEGER NOT NULL,
    closed_seq INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX sales_open ON sales (opened_seq) WHERE closed_seq IS NULL;

CREATE TABLE attempts (
    attempt_id TEXT PRIMARY KEY,
    sale_id TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    terminal_id TEXT NOT NULL,
    state TEXT NOT NULL,
    is_resolved INTEGER NOT NULL,
    changed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX attempts_one_unresolved_per_sale ON attempts (sale_id) WHERE is_resolved = 0;
CREATE UNIQUE INDEX attempts_one_per_payment ON attempts (payment_id) WHERE payment_id <> '';
CREATE INDEX attempts_given_up ON attempts (changed_at) WHERE state IN ('abandoned', 'overridden');
