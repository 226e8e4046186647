package stored

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/rank/compare"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// FactHost and FactGuest stand for all facts of the host, and of the guest, as one change under test.
const (
	FactHost  record.Fact = "host"
	FactGuest record.Fact = "guest"
)

// parts are the facts that a name stands for; nil for one that is none.
func parts(f record.Fact) []record.Fact {
	ofGuest := []record.Fact{record.FactDriver, record.FactOS}
	switch {
	case f == FactGuest:
		return ofGuest
	case f == FactHost:
		return slices.DeleteFunc(record.Facts(), func(f record.Fact) bool { return slices.Contains(ofGuest, f) })
	case slices.Contains(record.Facts(), f):
		return []record.Fact{f}
	}
	return nil
}

// FactNames are the names by which facts are asked for.
func FactNames() []string {
	var names []string
	for _, f := range append(record.Facts(), FactHost, FactGuest) {
		names = append(names, string(f))
	}
	return names
}

// Ask is what two campaigns are compared by.
type Ask struct {
	Asked
	// Differs names the change under test; "" for none.
	Differs record.Fact
}

// FactState says how two campaigns stand in a fact.
type FactState string

// The states.
const (
	FactSame     FactState = "same"
	FactDiffers  FactState = "differs"
	FactNotKnown FactState = "not known"           // of one campaign, so that it may differ
	FactUnknown  FactState = "not known of either" // as of files of samples: said, and no confounder
)

// ComparedFact is one fact of two campaigns.
type ComparedFact struct {
	Fact record.Fact `json:"fact"`
	// A and B are its last values in a few words; "" where they are not known.
	A     record.Name `json:"a"`
	B     record.Name `json:"b"`
	State FactState   `json:"state"`
	// UnderTest: it is the change under test, or part of it.
	UnderTest bool `json:"under_test"`
	// Differences are what differs of it in detail, from A to B.
	Differences []record.Difference `json:"-"`
	// ChangedA and ChangedB say how it changed between the sessions of one campaign.
	ChangedA []string `json:"changed_within_a"`
	ChangedB []string `json:"changed_within_b"`
}

// Confounds says whether the fact stands in the way of a verdict: it differs, or may differ, and is not
// the change under test.
func (f ComparedFact) Confounds() bool {
	return !f.UnderTest && (f.State == FactDiffers || f.State == FactNotKnown)
}

// ComparedCampaign is where one side of a comparison comes from.
type ComparedCampaign struct {
	Path  string       `json:"path"`
	Name  record.Name  `json:"campaign"`       // "" for a file of samples
	Begun time.Time    `json:"begun,omitzero"` // zero for a file of samples
	Guest record.Guest `json:"-"`
	// Unfinished: boots of its plan are still to come.
	Unfinished bool `json:"unfinished"`
	// Switches: its arms were switched within boots.
	Switches bool `json:"switched_within_boots,omitempty"`
	// Minor names what is not compared because it is minor: "jitter of udp".
	Minor []string `json:"-"`
	// OverGrown: blocks were added more often than its file fixed.
	OverGrown bool `json:"-"`
}

// Compared is what two campaigns say about each other.
type Compared struct {
	A         ComparedCampaign `json:"a"`
	B         ComparedCampaign `json:"b"`
	Differs   record.Name      `json:"under_test"`
	GuestKind string           `json:"guest_kind"`
	Facts     []ComparedFact   `json:"facts"`
	compare.Comparison
}

// Confounding are the facts that differ beside the change under test, and NotExcluded those of which it
// is not known whether they do. With any of either no verdict stands.
func (c Compared) Confounding() []record.Fact { return c.confounders(FactDiffers) }

// NotExcluded are the facts that may differ; see Confounding.
func (c Compared) NotExcluded() []record.Fact { return c.confounders(FactNotKnown) }

func (c Compared) confounders(s FactState) []record.Fact {
	var out []record.Fact
	for _, f := range c.Facts {
		if f.State == s && f.Confounds() {
			out = append(out, f.Fact)
		}
	}
	return out
}

// Compare compares what the arms of two campaigns do, each against its own baseline.
func Compare(a, b *Campaign, ask Ask) (Compared, error) {
	c := Compared{Differs: record.Name(ask.Differs), GuestKind: cmp.Or(a.GuestKind(), b.GuestKind())}
	if err := a.comparable(b, ask.Differs); err != nil {
		return c, err
	}
	if err := errors.Join(a.oneLook(""), b.oneLook("")); err != nil {
		return c, err
	}
	var err error
	if c.Facts, err = factsOf(a, b, ask); err != nil {
		return c, err
	}
	var sides [2]compare.Campaign
	for i, x := range []struct {
		c  *Campaign
		to *ComparedCampaign
	}{{a, &c.A}, {b, &c.B}} {
		asked := ask.Asked
		if asked.Baseline, err = x.c.arm("--baseline", asked.Baseline); err != nil {
			return c, err
		}
		asked.AsTheyAre = true
		if asked.Alpha != nil { // it is that of the comparison, whatever part of it a look of the campaign has
			asked.Alpha = new(*asked.Alpha * float64(x.c.looks()))
		}
		j, err := x.c.Ranking(asked)
		if err != nil {
			return c, err
		}
		*x.to = x.c.compared(j.Minor)
		sides[i] = compare.Campaign{Ranking: j.Ranking, Levels: boots.Levels(x.c.Rows)}
	}
	other := otherWorkloads(a, b)
	for i := range sides {
		sides[i].Ranking.Analyses = slices.DeleteFunc(sides[i].Ranking.Analyses, func(x rank.Analysis) bool { return slices.Contains(other, x.Workload) })
	}
	confounded := len(c.Confounding())+len(c.NotExcluded()) > 0
	c.Comparison, err = compare.Of(sides[0], sides[1], confounded)
	for _, workload := range other {
		c.Unlike = append(c.Unlike, workload+": it is not measured in the same way in A and B")
	}
	switch {
	case errors.Is(err, compare.ErrOptions):
		err = trouble.Hint(err, "say --margin 2%%, --margin METRIC=NUMBER or --alpha for both")
	case errors.Is(err, compare.ErrBaselines):
		err = trouble.Hint(err, "--baseline ARM names one that both have")
	case errors.Is(err, compare.ErrNothingInCommon) && len(other) > 0:
		err = fmt.Errorf("%w; not measured in the same way: %s", err, strings.Join(other, ", "))
	}
	return c, trouble.Invalid(trouble.At(a.Path+" and "+b.Path, err))
}

func (c *Campaign) compared(minor []string) ComparedCampaign {
	out := ComparedCampaign{Path: c.Path, Begun: c.Begun(), Guest: c.Guest(), Switches: c.switches(), Minor: minor}
	if !c.IsStore() {
		return out
	}
	_, unforeseen := c.Grown()
	out.OverGrown = unforeseen > 0
	out.Name, out.Unfinished = record.Name(c.Kept.Campaign.Name), !c.Progress().Done
	return out
}

// comparable refuses a campaign beside itself, and guests of different kinds.
func (c *Campaign) comparable(other *Campaign, differs record.Fact) error {
	if reflect.DeepEqual(c.Rows, other.Rows) { // stores of one campaign OpenMany refuses
		return trouble.Invalid(trouble.Hint(fmt.Errorf("%s and %s are one campaign", c.Path, other.Path), "name two campaigns; vnettune report STORE ranks one"))
	}
	x, y := c.GuestKind(), other.GuestKind()
	if x == "" || y == "" || x == y {
		return nil
	}
	err := fmt.Errorf("%s measured %q and %s %q", c.Path, x, other.Path, y)
	if IsStandIn(x) != IsStandIn(y) {
		return trouble.Invalid(fmt.Errorf("%w: a stand-in and a Windows cannot be compared", err))
	}
	if differs != FactGuest {
		return trouble.Invalid(trouble.Hint(err, "say --differs guest if that is the change under test"))
	}
	return nil
}

// otherWorkloads are the workloads of one name that two stores measured in different ways.
func otherWorkloads(a, b *Campaign) []string {
	if !a.IsStore() || !b.IsStore() {
		return nil
	}
	alike := alikeWorkloads(*a.File, *b.File)
	var out []string
	for _, w := range a.File.Workloads {
		if !alike[w.Name] && slices.ContainsFunc(b.File.Workloads, func(x record.Workload) bool { return x.Name == w.Name }) {
			out = append(out, w.Name)
		}
	}
	return out
}

// factsOf compares the facts of two campaigns.
func factsOf(a, b *Campaign, ask Ask) ([]ComparedFact, error) {
	underTest, err := ask.underTest()
	if err != nil {
		return nil, err
	}
	ofA, ofB := a.facts(), b.facts()
	between := ofB.host.Differences(ofA.host)
	var all []ComparedFact
	for _, f := range record.Facts() {
		one := ComparedFact{Fact: f, A: record.Name(ofA.value(f)), B: record.Name(ofB.value(f)), State: FactSame, UnderTest: slices.Contains(underTest, f),
			ChangedA: append([]string{}, ofA.changed[f]...), ChangedB: append([]string{}, ofB.changed[f]...)}
		for _, d := range between {
			if d.Fact == f {
				one.Differences = append(one.Differences, d)
			}
		}
		switch {
		case len(one.Differences) > 0 || len(one.ChangedA)+len(one.ChangedB) > 0 || one.A != one.B && one.A != "" && one.B != "":
			one.State = FactDiffers
		case one.A == "" && one.B == "":
			one.State = FactUnknown
		case one.A == "" || one.B == "" || f == record.FactQEMU && ofA.host.VM.Source != ofB.host.VM.Source: // said in other words
			one.State = FactNotKnown
		}
		all = append(all, one)
	}
	return all, nil
}

// Words say what differs of the fact: "kernel was Linux 6.1 and is Linux 6.8" from A to B, or that it
// changed within a campaign. They are empty where nothing is known to differ.
func (f ComparedFact) Words() string {
	var words []string
	for _, d := range f.Differences {
		words = append(words, d.String())
	}
	if len(words) == 0 && f.A != f.B && f.A != "" && f.B != "" {
		words = append(words, record.Difference{Fact: f.Fact, What: string(f.Fact), Was: string(f.A), Is: string(f.B)}.String())
	}
	for _, x := range []struct {
		name    string
		changed []string
	}{{"A", f.ChangedA}, {"B", f.ChangedB}} {
		if len(x.changed) > 0 {
			words = append(words, "within "+x.name+" "+strings.Join(x.changed, ", "))
		}
	}
	return strings.Join(words, "; ")
}

// Check says what is wrong with the names of facts, and which there are.
func (a Ask) Check() error {
	_, err := a.underTest()
	return err
}

// underTest are the facts under test.
func (a Ask) underTest() ([]record.Fact, error) {
	of := parts(a.Differs)
	if a.Differs != "" && of == nil {
		return nil, trouble.Invalid(trouble.Hint(fmt.Errorf("--differs %s: there is no such fact", a.Differs), "the facts are %s", strings.Join(FactNames(), ", ")))
	}
	return of, nil
}

// campaignFacts are what was known last of a campaign's host and guest, and how that changed.
type campaignFacts struct {
	known   map[record.Fact]string
	host    record.Host
	changed map[record.Fact][]string
}

func (f campaignFacts) value(of record.Fact) string { return f.known[of] }

// facts are those of the sessions in which a ranked boot was made; of all where none was. A file of
// samples has none.
func (c *Campaign) facts() campaignFacts {
	f := campaignFacts{known: map[record.Fact]string{}, changed: map[record.Fact][]string{}}
	if !c.IsStore() {
		return f
	}
	ranked := map[int64]bool{}
	for _, b := range c.rankedBoots() {
		ranked[b.Session] = true
	}
	sessions := slices.DeleteFunc(slices.Clone(c.Kept.Sessions), func(s results.Session) bool { return len(ranked) > 0 && !ranked[s.ID] })
	var hosts []record.Host
	for _, s := range sessions {
		when := fmt.Sprintf(" (session %d)", s.ID)
		said := map[record.Fact]bool{}
		for _, d := range s.Host.Differences(record.LastKnown(hosts)) {
			f.changed[d.Fact] = append(f.changed[d.Fact], d.String()+when)
			said[d.Fact] = true
		}
		hosts = append(hosts, s.Host)
		for _, fact := range record.Facts() {
			is := record.Value(fact, s.Host, s.Guest)
			if was := f.known[fact]; was != "" && is != "" && was != is && !said[fact] {
				f.changed[fact] = append(f.changed[fact], record.Difference{Fact: fact, What: string(fact), Was: was, Is: is}.String()+when)
			}
			f.known[fact] = cmp.Or(is, f.known[fact])
		}
	}
	f.host = record.LastKnown(hosts)
	return f
}
