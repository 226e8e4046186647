// Package campaign reads the campaign file: bytes in, a validated Campaign out.
//
// It stands at the very start of the flow: cmd reads the file, campaign says what
// it means, matrix makes a plan of its design, and bench walks that plan. The
// package does no I/O: files and environment variables that a campaign names are
// read by cmd, so that a secret never passes through here.
//
// Rules of campaigns are here, or in matrix if they are about the design, and nowhere else:
// whatever needs no guest, store or host is checked by Parse.
//
// A file that is wrong gives Errors: every problem at once, each with file, line and column, the
// legal choices and the nearest name. docs/campaigns.md is the reference of the fields.
package campaign
