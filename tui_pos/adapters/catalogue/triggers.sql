-- Made after a bulk load, which fills the index in one go.
CREATE TRIGGER products_insert AFTER INSERT ON products BEGIN
    INSERT INTO words (rowid, name, sku) VALUES (new.id, new.name, new.sku);
END;

CREATE TRIGGER products_update AFTER UPDATE OF name, sku ON products
WHEN old.name <> new.name OR old.sku <> new.sku BEGIN
    INSERT INTO words (words, rowid, name, sku) VALUES ('delete', old.id, old.name, old.sku);
    INSERT INTO words (rowid, name, sku) VALUES (new.id, new.name, new.sku);
END;
