// Package audit judges what a guest has of the settings that are known: what differs from the defaults of its Windows and
// its driver, who advises it and who contradicts it, what campaigns say of it, what is known to be dangerous, and what is
// configured and not in effect.
//
// Place in the flow: apply reads a record.Survey, cmd adds the lines that undo and the opinions of stores, and audit makes
// findings of them and a page. It asks no guest and writes nothing.
package audit
