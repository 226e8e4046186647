-- Version 3: which machine the guest is, and whether it bears the owner's mark.

-- The last row holds. A store of an earlier version has none, which decides nothing.
CREATE TABLE identity (
	id   INTEGER PRIMARY KEY,
	at   TEXT NOT NULL,
	data TEXT NOT NULL -- JSON
);

-- The owner's mark was written and read back while that state of the guest held.
CREATE TABLE claim (
	id    INTEGER PRIMARY KEY,
	state INTEGER NOT NULL REFERENCES guest_state (id),
	at    TEXT NOT NULL
);
