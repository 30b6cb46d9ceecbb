-- Rows are never deleted and ids are gapless, so the highest id is the count.
CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL,
    gtin TEXT NOT NULL,
    name TEXT NOT NULL,
    price_minor INTEGER,
    currency TEXT NOT NULL,
    vat TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX products_by_sku ON products (sku);
CREATE UNIQUE INDEX products_by_gtin ON products (gtin) WHERE gtin <> '';

CREATE VIRTUAL TABLE words USING fts5 (
    name, sku,
    content = 'products', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4'
);
