// Package results is the durable record of a campaign: one SQLite file that
// holds the campaign and its plan, the guest's originals, which machine it is and whether
// it is changed and marked, every boot with all that was read and measured in it, and what is kept
// beside the boots: exclusions, a search's decisions, noise floors.
//
// Place in the flow: bench writes it boot by boot; report/stored reads it whole, once
// (Store.Read), and everything that judges uses that. It knows matrix, for the plan,
// results/record, for the facts, and results/sample, for the rows.
//
// The file only grows: triggers refuse every update and deletion. A boot is
// written in one transaction when it ends, failures included, with a rollback
// journal and synchronous=FULL, so that after a crash the file holds exactly the
// boots that AddBoot reported. When no run is going, the single file may be
// copied or made read-only.
//
// Nothing here takes a password, and the campaign file that is kept holds none.
package results
