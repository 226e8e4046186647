// Package results keeps the durable record of a campaign in one SQLite file and
// gives it back as samples.
//
// bench appends to it, report reads from it. A boot is written in one transaction
// when it ends; nothing measured is ever changed. An operator's exclusion is a row
// of its own.
//
// The store's methods, which bench and cmd rely on:
//
//	Create(path string, c Campaign) (*Store, error)   // the file must not exist
//	Open(path string) (*Store, error)                  // for writing; a newer version is refused
//	OpenReadOnly(path string) (*Store, error)
//	(*Store) Campaign() Campaign
//	(*Store) Same(c Campaign) error                    // ErrOtherCampaign, naming what differs
//	(*Store) StartSession(host, guest json.RawMessage, at time.Time) (int64, error)
//	(*Store) EndSession(id int64, outcome string, at time.Time) error
//	(*Store) Sessions() ([]Session, error)
//	(*Store) SaveOriginals(json.RawMessage) error      // once; before the first write to the guest
//	(*Store) Originals() (json.RawMessage, error)      // nil when none
//	(*Store) MarkChanged(at time.Time) error           // before the first write of a session
//	(*Store) MarkClean(at time.Time) error             // after a verified restore
//	(*Store) Changed() (bool, error)
//	(*Store) AddBoot(Boot) (id string, err error)
//	(*Store) Boots() ([]Boot, error)                   // without Raw and the runs' raw output
//	(*Store) Exclude(boot, reason string, at time.Time) error
//	(*Store) Samples() ([]sample.Row, error)
//	(*Store) Check() error                             // integrity
//	(*Store) Close() error
package results
