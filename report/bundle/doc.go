// Package bundle makes of a store an archive that can be handed on, and reads it again: what was planned, measured
// and read back, with the ranking, and without what says who measured and on which machines.
//
// Place in the flow: report/stored reads a store; Make redacts it, ranks what is left of it by report, and packs both
// with a manifest of hashes. Read unpacks within bounds and refuses what is not as the manifest says; Verify ranks
// anew. Whoever reads a bundle has a stored.Campaign, like that of a store.
//
// The hash of a manifest shows that a bundle was changed since the hash was told. It does not show who made it.
package bundle
