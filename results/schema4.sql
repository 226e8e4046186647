-- Version 4: arms that are switched within a boot, or settled before the end; a covariate of the boot.

-- Place of a stint in its boot, from 1; 0 of a boot of its own. within is the name of the boot that
-- its stints share.
ALTER TABLE boot ADD COLUMN stint INTEGER NOT NULL DEFAULT 0;
ALTER TABLE boot ADD COLUMN within TEXT NOT NULL DEFAULT '';

-- What was measured first in the boot, JSON; NULL where nothing was.
ALTER TABLE boot ADD COLUMN covariate TEXT;

-- What the bridge between switching and rebooting led to, and which arm is confirmed by boots.
CREATE TABLE switching (
	id    INTEGER PRIMARY KEY,
	block INTEGER NOT NULL,
	at    TEXT NOT NULL,
	data  TEXT NOT NULL -- JSON
);

-- Which arms were settled at a look, and are booted no more.
CREATE TABLE settled (
	id    INTEGER PRIMARY KEY,
	block INTEGER NOT NULL,
	at    TEXT NOT NULL,
	data  TEXT NOT NULL -- JSON
);
