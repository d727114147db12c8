-- From version 2 to 3: names in NFC, and their keys without what can't be seen. Of two names that become one by that, both
-- stay: one keeps the key that it has, see checkPassword (auth.go). The two functions are Go's, see store.go.
UPDATE OR IGNORE users SET username_key = fold_name(username) WHERE fold_name(username) NOT IN (username_key, '');
UPDATE OR IGNORE files SET name = nfc(name) WHERE name <> nfc(name);
