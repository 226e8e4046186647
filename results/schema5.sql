-- Version 5: a campaign that goes on with another text, or with more blocks; exclusions that are taken back.

-- What the campaign was run with from then on, beside the text that the store was made with. grown says
-- that blocks were added.
CREATE TABLE revision (
	id    INTEGER PRIMARY KEY,
	at    TEXT NOT NULL,
	file  TEXT NOT NULL,
	text  BLOB NOT NULL,
	plan  TEXT NOT NULL, -- JSON
	grown INTEGER NOT NULL CHECK (grown IN (0, 1))
);

-- Boots that were taken out of the ranking, or back into it; the last mark of a boot holds, and before the
-- first its row in exclusion.
CREATE TABLE mark (
	id       INTEGER PRIMARY KEY,
	boot     INTEGER NOT NULL REFERENCES boot (id),
	excluded INTEGER NOT NULL CHECK (excluded IN (0, 1)),
	reason   TEXT NOT NULL CHECK (reason <> ''),
	at       TEXT NOT NULL
);
