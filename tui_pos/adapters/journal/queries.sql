-- name: add_row
-- Append one row to the chain.
INSERT INTO journal (
    seq, till, boot_id, at, boot_s, cashier, sale_id, attempt_id, kind, body, prev_hash, hash
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: open_sale
-- Note the sale's first row; later ones change nothing.
INSERT INTO sales (sale_id, opened_seq) VALUES (?, ?) ON CONFLICT DO NOTHING

-- name: close_sale
-- The sale needs nothing more after a restart.
UPDATE sales SET closed_seq = ? WHERE sale_id = ? AND closed_seq IS NULL

-- name: put_attempt
-- The attempt as it stands; what is known of it (sale, payment) is kept and never replaced by another.
INSERT INTO attempts (attempt_id, sale_id, payment_id, terminal_id, state, is_resolved, changed_at)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (attempt_id) DO UPDATE SET
    payment_id = iif(excluded.payment_id = '', payment_id, excluded.payment_id),
    terminal_id = iif(excluded.terminal_id = '', terminal_id, excluded.terminal_id),
    state = excluded.state,
    is_resolved = excluded.is_resolved,
    changed_at = excluded.changed_at
WHERE sale_id = excluded.sale_id AND (payment_id IN ('', excluded.payment_id) OR excluded.payment_id = '')

-- name: put_meta
-- Remember a fact about this file.
INSERT INTO meta (name, value) VALUES (?, ?)

-- name: get_meta
-- A fact about this file.
SELECT value FROM meta WHERE name = ?

-- name: tail
-- The last rows, newest first, for the check at opening.
SELECT seq, till, boot_id, at, boot_s, cashier, sale_id, attempt_id, kind, body, prev_hash, hash
FROM journal ORDER BY seq DESC LIMIT ?

-- name: chain
-- Every row, oldest first.
SELECT seq, till, boot_id, at, boot_s, cashier, sale_id, attempt_id, kind, body, prev_hash, hash
FROM journal ORDER BY seq

-- name: rows
-- All rows of a sale, in order.
SELECT seq, at, kind, sale_id, attempt_id, body FROM journal WHERE sale_id = ? ORDER BY seq

-- name: open_sales
-- Sales that are not closed, oldest first.
SELECT sale_id FROM sales WHERE closed_seq IS NULL ORDER BY opened_seq

-- name: recent_sales
-- The newest sales, newest first, closed ones too.
SELECT sale_id, opened_seq, closed_seq FROM sales ORDER BY opened_seq DESC LIMIT ?

-- name: attempts
-- The attempts of a sale, as they stand.
SELECT attempt_id, sale_id, payment_id, terminal_id, state, is_resolved, changed_at
FROM attempts WHERE sale_id = ? ORDER BY changed_at

-- name: watched
-- Sales with an attempt that was given up since then: it may still turn out paid.
SELECT DISTINCT sale_id FROM attempts
WHERE state IN ('abandoned', 'overridden') AND changed_at > ? ORDER BY changed_at

-- name: sales_after
-- Sales with a row after this one, oldest first.
SELECT sale_id FROM journal WHERE seq > ? AND sale_id <> '' GROUP BY sale_id ORDER BY min(seq)

-- name: head
-- The newest row's place in the chain.
SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1

-- name: link
-- One row's place in the chain.
SELECT seq, hash FROM journal WHERE seq = ?
