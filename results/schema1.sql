-- Version 1 of the store. Times are RFC 3339 in UTC.

CREATE TABLE campaign (
	id         INTEGER PRIMARY KEY CHECK (id = 1),
	name       TEXT NOT NULL,
	file       TEXT NOT NULL, -- its path, for messages
	text       BLOB NOT NULL, -- the file, byte for byte
	generation TEXT NOT NULL,
	plan       TEXT NOT NULL, -- JSON
	seed       TEXT NOT NULL, -- unsigned 64 bits do not fit an INTEGER
	created    TEXT NOT NULL
);

CREATE TABLE session (
	id      INTEGER PRIMARY KEY,
	started TEXT NOT NULL,
	host    TEXT NOT NULL, -- facts and tool versions of the host, JSON
	guest   TEXT NOT NULL  -- what the guest said of itself, JSON
);

CREATE TABLE session_end (
	session INTEGER PRIMARY KEY REFERENCES session (id),
	ended   TEXT NOT NULL,
	outcome TEXT NOT NULL
);

CREATE TABLE originals (
	id   INTEGER PRIMARY KEY CHECK (id = 1),
	data TEXT NOT NULL
);

-- The last row holds: is the guest changed?
CREATE TABLE guest_state (
	id      INTEGER PRIMARY KEY,
	changed INTEGER NOT NULL CHECK (changed IN (0, 1)),
	at      TEXT NOT NULL
);

CREATE TABLE boot (
	id             INTEGER PRIMARY KEY,
	name           TEXT NOT NULL UNIQUE,
	session        INTEGER NOT NULL REFERENCES session (id),
	block          INTEGER NOT NULL,
	slot           INTEGER NOT NULL, -- of the plan, from 1
	arm            TEXT NOT NULL,
	combination    TEXT NOT NULL,
	combination_id TEXT NOT NULL,
	status         TEXT NOT NULL,
	reason         TEXT NOT NULL,
	started        TEXT NOT NULL,
	ended          TEXT NOT NULL,
	steps          TEXT NOT NULL,
	reboot         TEXT,
	guest          TEXT,
	readings       TEXT
);
CREATE INDEX boot_slot ON boot (slot);

CREATE TABLE run (
	id         INTEGER PRIMARY KEY,
	boot       INTEGER NOT NULL REFERENCES boot (id),
	workload   TEXT NOT NULL,
	repetition INTEGER NOT NULL, -- 0: discarded, the first after the boot
	attempt    INTEGER NOT NULL,
	class      TEXT NOT NULL,
	reason     TEXT NOT NULL,
	started    TEXT NOT NULL,
	ended      TEXT NOT NULL,
	details    TEXT -- what the tool says beside its figures, JSON
);
CREATE INDEX run_boot ON run (boot);

-- Figures of usable runs only: a failure is never a number.
CREATE TABLE metric (
	id     INTEGER PRIMARY KEY,
	run    INTEGER NOT NULL REFERENCES run (id),
	name   TEXT NOT NULL,
	unit   TEXT NOT NULL,
	better TEXT NOT NULL,
	value  REAL NOT NULL
);
CREATE INDEX metric_run ON metric (run);

-- Raw output of tools and scripts; run is NULL for those of the boot itself.
CREATE TABLE raw (
	id      INTEGER PRIMARY KEY,
	boot    INTEGER NOT NULL REFERENCES boot (id),
	run     INTEGER REFERENCES run (id),
	kind    TEXT NOT NULL,
	content BLOB NOT NULL
);
CREATE INDEX raw_boot ON raw (boot);

CREATE TABLE exclusion (
	boot   INTEGER PRIMARY KEY REFERENCES boot (id),
	reason TEXT NOT NULL CHECK (reason <> ''),
	at     TEXT NOT NULL
);

-- What an adaptive search decided, with its numbers.
CREATE TABLE decision (
	block INTEGER PRIMARY KEY, -- the last one that it rests on
	at    TEXT NOT NULL,
	data  TEXT NOT NULL        -- JSON
);

CREATE TABLE event (
	id   INTEGER PRIMARY KEY,
	at   TEXT NOT NULL,
	kind TEXT NOT NULL,
	text TEXT NOT NULL
);
