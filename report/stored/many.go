package stored

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"vnettune/report/rank/gate"
	"vnettune/results/record"
	"vnettune/trouble"
)

// OpenMany reads several campaigns of one kind of guest, each once.
func OpenMany(paths []string, stdin io.Reader) ([]*Campaign, error) {
	var all []*Campaign
	for i, path := range paths {
		if slices.Contains(paths[:i], path) {
			return nil, trouble.Invalid(fmt.Errorf("%s is named twice: each campaign counts once", path))
		}
		c, err := Open(path, stdin)
		if err != nil {
			return nil, err
		}
		if all = append(all, c); c.StandIn() != all[0].StandIn() {
			return nil, trouble.Invalid(fmt.Errorf("%s measured %q and %s %q: a stand-in and a Windows cannot be compared", path, c.GuestKind(), paths[0], all[0].GuestKind()))
		}
	}
	return all, nil
}

// StandIn says whether the guest is a stand-in and not Windows: "lab" (a virtual machine),
// "lab-fast" (a network namespace), or either followed by more words.
func (c *Campaign) StandIn() bool { return IsStandIn(c.GuestKind()) }

// IsStandIn says whether a guest kind is one of the stand-ins.
func IsStandIn(guestKind string) bool { return strings.HasPrefix(guestKind, "lab") }

// GateAgainst judges an arm of a campaign, "" for its baseline, by earlier campaigns.
func (c *Campaign) GateAgainst(earlier []*Campaign, candidate string, a Asked) (Gated, error) {
	if err := a.Looks.Check(); err != nil {
		return Gated{}, trouble.Invalid(fmt.Errorf("--looks, --look: %w", err))
	}
	if len(earlier) == 0 {
		return Gated{}, trouble.Invalid(trouble.Hint(errors.New("--against names no stored campaign"), "vnettune gate NEW --against STORE"))
	}
	candidate, err := c.arm("--candidate", candidate)
	if err != nil {
		return Gated{}, err
	}
	sessions, names, err := sessionsOf(earlier, a.Baseline)
	if err != nil {
		return Gated{}, err
	}
	o := c.options(a)
	g := Gated{Candidate: candidate + " of " + c.Path, Baseline: sessions[0].Baseline + " of " + strings.Join(names, ", "),
		Alpha: o.Alpha, Looks: a.Looks, GuestKind: c.GuestKind()}
	rows, err := c.gated(a)
	if err != nil {
		return g, err
	}
	out, err := gate.Against(rows, candidate, sessions, o, a.Looks)
	if err != nil {
		return g, trouble.Invalid(err)
	}
	g.outcome(out)
	return g, nil
}

// Followed is every metric over many campaigns.
type Followed struct {
	Arm       record.Name    `json:"arm"` // followed as a ratio to the baseline; "": the baseline itself
	GuestKind string         `json:"guest_kind"`
	Histories []gate.History `json:"histories"`
}

// Follow follows every metric over campaigns, in the order in which they were begun or, if one does
// not say, in which they are named. arm is compared with each campaign's own baseline; "" follows
// the baseline itself.
func Follow(campaigns []*Campaign, arm string, a Asked) (Followed, error) {
	if !slices.ContainsFunc(campaigns, func(c *Campaign) bool { return c.Begun().IsZero() }) {
		campaigns = slices.Clone(campaigns)
		slices.SortStableFunc(campaigns, func(a, b *Campaign) int {
			return cmp.Or(a.Begun().Compare(b.Begun()), cmp.Compare(a.Path, b.Path))
		})
	}
	sessions, _, err := sessionsOf(campaigns, a.Baseline)
	if err != nil {
		return Followed{}, err
	}
	o := (&Campaign{}).options(a) // campaigns may have margins of their own: none holds for all
	f := Followed{Arm: record.Name(arm), GuestKind: campaigns[0].GuestKind()}
	f.Histories, err = gate.HistoryOf(sessions, arm, o)
	return f, trouble.Invalid(err)
}

// sessionsOf are campaigns as one value each, and their names.
func sessionsOf(campaigns []*Campaign, baseline string) (sessions []gate.Session, names []string, err error) {
	for _, c := range campaigns {
		arm, err := c.arm("--baseline", baseline)
		if err != nil {
			return nil, nil, err
		}
		sessions, names = append(sessions, gate.Session{Name: c.Path, Rows: c.Rows, Baseline: arm}), append(names, c.Path)
	}
	return sessions, names, nil
}
