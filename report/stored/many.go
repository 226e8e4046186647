package stored

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/report/rank/gate"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Expand puts in the place of each folder its stores (*.db) in the order of their names, hidden ones
// left out; other paths stay as they are. A folder may be empty.
func Expand(paths []string) ([]string, error) {
	var all []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) && strings.HasSuffix(path, string(filepath.Separator)) {
			continue // a folder that nobody has put anything into, as on the first night
		}
		if err != nil || !info.IsDir() {
			all = append(all, path) // what is not there is said by whoever opens it
			continue
		}
		files, err := os.ReadDir(path)
		if err != nil {
			return nil, trouble.Hint(trouble.At(path, fmt.Errorf("read the folder: %w", err)), "look at its rights")
		}
		for _, f := range files {
			if name := f.Name(); strings.HasSuffix(name, ".db") && !strings.HasPrefix(name, ".") && !f.IsDir() {
				all = append(all, filepath.Join(path, name))
			}
		}
	}
	return all, nil
}

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
		if err := c.beside(all); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// beside refuses a campaign that cannot be judged together with others: a copy of one of them, and one
// of another kind of guest.
func (c *Campaign) beside(others []*Campaign) error {
	for _, other := range others {
		if c.StandIn() != other.StandIn() {
			return trouble.Invalid(trouble.Hint(fmt.Errorf("%s measured %q and %s %q: a stand-in and a Windows cannot be compared", c.Path, c.GuestKind(), other.Path, other.GuestKind()),
				"keep the campaigns of each in a folder of their own"))
		}
		if c.IsStore() && other.IsStore() && c.File.Name == other.File.Name && c.Begun().Equal(other.Begun()) {
			return trouble.Invalid(fmt.Errorf("%s and %s are the same campaign, %s, begun %s: each campaign counts once",
				c.Path, other.Path, c.File.Name, c.Begun().UTC().Format("2006-01-02 15:04:05 MST")))
		}
	}
	return nil
}

// StandIn says whether the guest is a stand-in and not Windows: "lab" (a virtual machine),
// "lab-fast" (a network namespace), or either followed by more words.
func (c *Campaign) StandIn() bool { return IsStandIn(c.GuestKind()) }

// IsStandIn says whether a guest kind is one of the stand-ins.
func IsStandIn(guestKind string) bool { return strings.HasPrefix(guestKind, "lab") }

// GateAgainst judges an arm of a campaign, "" for its baseline, by earlier campaigns. By none, as on the
// first night of a folder of baselines, it is inconclusive.
func (c *Campaign) GateAgainst(earlier []*Campaign, candidate string, a Asked) (Gated, error) {
	if err := c.ownLooks(&a); err != nil {
		return Gated{}, err
	}
	candidate, err := c.arm("--candidate", candidate)
	if err != nil {
		return Gated{}, err
	}
	sessions, names, err := sessionsOf(earlier, a.Baseline)
	if err != nil {
		return Gated{}, err
	}
	if err := c.alike(earlier); err != nil {
		return Gated{}, err
	}
	if err := c.oneLook(candidate); err != nil {
		return Gated{}, err
	}
	o := c.options(a)
	o.Settle, o.Alpha = nil, c.wholeAlpha(o)
	g := Gated{Candidate: candidate + " of " + c.Path, Baseline: "no stored campaign", Alpha: o.Alpha, Looks: a.Looks, Grows: c.looks() > 1, GuestKind: c.GuestKind()}
	if len(sessions) > 0 {
		g.Baseline = sessions[0].Baseline + " of " + strings.Join(names, ", ")
	}
	g.Key = candidate + " of " + c.name() + " against stored campaigns"
	rows, err := c.gated(a)
	if err != nil {
		return g, err
	}
	out, err := gate.Against(rows, candidate, sessions, o, a.Looks)
	if err != nil {
		return g, trouble.Invalid(err)
	}
	g.outcome(out)
	c.overGrown(&g)
	c.unmade(&g)
	return g, nil
}

// alike refuses earlier campaigns that measured a workload of the same name in another way: its numbers
// are of something else. Files of samples do not say how they were measured.
func (c *Campaign) alike(earlier []*Campaign) error {
	for _, other := range earlier {
		if c.switches() != other.switches() {
			return trouble.Invalid(trouble.Hint(trouble.At(other.Path, fmt.Errorf("of it and %s one switched its arms within boots and the other booted them: what is measured after a switch is no level of what is measured after a reboot", c.Path)),
				"hold campaigns of one way against each other"))
		}
		if !c.IsStore() || !other.IsStore() {
			continue
		}
		if own, theirs := c.baselineSets(), other.baselineSets(); !slices.Equal(own, theirs) {
			return trouble.Invalid(trouble.Hint(trouble.At(other.Path, fmt.Errorf("its baseline is not that of %s: %s against %s", c.Path, setsWords(theirs), setsWords(own))),
				"hold campaigns of one baseline against each other; begin a new folder of baselines"))
		}
		same := alikeWorkloads(*other.File, *c.File)
		for _, w := range other.File.Workloads {
			if !same[w.Name] && slices.ContainsFunc(c.File.Workloads, func(own record.Workload) bool { return own.Name == w.Name }) {
				return trouble.Invalid(trouble.Hint(trouble.At(other.Path, fmt.Errorf("the workload %q was measured in another way than in %s: they cannot be compared", w.Name, c.Path)),
					"give a changed workload another name, or begin a new folder of baselines"))
			}
		}
	}
	return nil
}

// name is the campaign's, or the file's.
func (c *Campaign) name() string {
	if c.IsStore() {
		return c.Kept.Campaign.Name
	}
	return filepath.Base(c.Path)
}

// baselineSets are the values of the baseline that are not the guest's own.
func (c *Campaign) baselineSets() []string {
	var sets []string
	for _, x := range c.Plan().Baseline().Combination.Assignments() {
		if x.Value != matrix.Found {
			sets = append(sets, x.ID+"="+string(x.Value))
		}
	}
	return sets
}

func setsWords(sets []string) string {
	if len(sets) == 0 {
		return "the guest as it was found"
	}
	return strings.Join(sets, ", ")
}

// Followed is every metric over many campaigns.
type Followed struct {
	Arm       record.Name    `json:"arm"` // followed as a ratio to the baseline; "": the baseline itself
	GuestKind string         `json:"guest_kind"`
	Histories []gate.History `json:"histories"`
	Moved     []Moved        `json:"facts_changed"`
}

// Moved is what of the declared facts (driver, Windows, host, QEMU ...) is not as in the campaigns before.
type Moved struct {
	Campaign string   `json:"campaign"`
	Facts    []string `json:"facts"`
}

// factsMoved compares the facts of campaigns with what was known last of those before them. Files of samples
// have none.
func factsMoved(campaigns []*Campaign) []Moved {
	var all []Moved
	last := campaignFacts{known: map[record.Fact]string{}}
	for i, c := range campaigns {
		f := c.facts()
		one := Moved{Campaign: c.Path}
		said := map[record.Fact]bool{}
		if i > 0 && c.IsStore() {
			for _, d := range f.host.Differences(last.host) {
				if d.Fact != "" {
					one.Facts = append(one.Facts, d.String())
					said[d.Fact] = true
				}
			}
		}
		for _, fact := range record.Facts() {
			is, was := f.known[fact], last.known[fact]
			if was != "" && is != "" && was != is && !said[fact] {
				one.Facts = append(one.Facts, record.Difference{Fact: fact, What: string(fact), Was: was, Is: is}.String())
			}
			last.known[fact] = cmp.Or(is, was)
		}
		if c.IsStore() {
			last.host = record.LastKnown([]record.Host{last.host, f.host})
		}
		if len(one.Facts) > 0 {
			all = append(all, one)
		}
	}
	return all
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
	if err := campaigns[len(campaigns)-1].alike(campaigns[:len(campaigns)-1]); err != nil {
		return Followed{}, err
	}
	o := (&Campaign{}).options(a) // campaigns may have margins of their own: none holds for all
	f := Followed{Arm: record.Name(arm), GuestKind: campaigns[0].GuestKind(), Moved: factsMoved(campaigns)}
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
		if err := c.oneLook(arm); err != nil {
			return nil, nil, err
		}
		sessions, names = append(sessions, gate.Session{Name: c.Path, Rows: c.Rows, Baseline: arm}), append(names, c.Path)
	}
	return sessions, names, nil
}
