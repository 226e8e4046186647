-- Version 2: what an A/A run showed of the guest, as it was known when it was kept.

CREATE TABLE noise_floor (
	id      INTEGER PRIMARY KEY,
	at      TEXT NOT NULL,
	source  TEXT NOT NULL, -- the A/A run's name; that of the store's own campaign when it is one
	created TEXT NOT NULL, -- when the A/A run was begun
	data    TEXT NOT NULL  -- JSON
);
