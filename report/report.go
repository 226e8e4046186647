package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/rank/effects"
	"vnettune/report/rank/minimal"
	"vnettune/report/rank/moved"
	"vnettune/report/rank/second"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/trouble"
)

// StandInNotice is in every format if the guest is a stand-in.
const StandInNotice = "stand-in guest, not Windows"

// Report is a ranking with what is known about where it comes from. All fields
// but Ranking may be empty.
type Report struct {
	// Campaign is the campaign's name.
	Campaign string
	// GuestKind says what was measured; if empty, the samples say it.
	GuestKind string
	// Guest is the guest's Windows and its driver in words; "" where they are not known.
	Guest string
	// AA: every arm is the baseline, so that each difference is a false one.
	AA bool
	// Interim says how far a campaign is that is not done; "" for one that is, and for samples.
	Interim string
	// Unranked says what became of the boots of a campaign none of which is ranked; "" for one that has some.
	Unranked string
	// Plan says in words what was run: design, order, seed, versions; one line each.
	Plan []string
	// Setups are the host and the guest's machine in the sessions; none for a file of samples.
	Setups []Setup
	// Placebo names the arm that cannot make a difference.
	Placebo string
	// NotApplicable lists the lines of profiles that are left out, ExpectedInert
	// what was set although the guest is said to ignore it; one line each, with the reason.
	NotApplicable, ExpectedInert []string
	// NoiseFloor is what an A/A run of the guest showed; nil if none is known.
	NoiseFloor *record.NoiseFloor
	// Notes are further lines, such as boots that were excluded and why; Urgent are those that
	// nobody may miss.
	Notes, Urgent []string
	// Path is the store, as it was named; "" for samples.
	Path string
	// Boots are what single boots gave.
	Boots []stored.BootValues
	// Published are the profiles that arms stem from, line by line.
	Published []Published
	// Settings are the values of each arm that are not the baseline's, by its name; nil for samples.
	Settings map[string][]string
	// Variants say of each variant of the guest's machine and driver which it is.
	Variants []string
	// BaselineSets are the values of a baseline that is not the guest as it was found.
	BaselineSets []string
	// Narrowed: workloads or metrics were left out by who asked.
	Narrowed bool
	// LeftChanged: the guest still has settings of the campaign.
	LeftChanged bool
	// Found are the settings under test as the guest had them.
	Found []FoundSetting
	// Readings are what was asked, configured and in effect in the boots.
	Readings []CountedReading
	// Switched is what only a store knows of a campaign that switches arms within boots; nil for others,
	// and for samples.
	Switched *Switched
	// Again is what it takes to run the campaign anew; nil for samples.
	Again *Again

	shown   []string // arms; none: all of them
	Ranking rank.Ranking
	// BootTime is what a boot takes with all its runs; 0: not known.
	BootTime time.Duration
	// Effects are what settings do, where the combinations can say it; see effects.OfSettings.
	Effects []effects.SettingEffects
	// Minimal is what a profile can do without, and Confirm the campaign file that confirms it; nil where
	// no profile was run, or nothing can be left out.
	Minimal *minimal.Set
	// Subset compares an arm with another of which it sets a part; nil where no single pair is so.
	Subset  *minimal.Subset
	Confirm *page.File
	// Files are the recommended set as files for a Windows, each with the one that undoes it; none where nobody made them.
	Files []page.File
	// Moved is what was counted beside the runs; empty where nothing was.
	Moved []moved.Workload
	// Second is what the meter says beside iperf3 of workloads that both measured.
	Second []second.Opinion
	// Control is what the rig made of its positive control; empty without one.
	Control []rank.Control
}

// noticeMark is what CSV appends to the guest kind of a stand-in.
const noticeMark = " (" + StandInNotice + ")"

// NoticeOf takes the mark of a stand-in off a guest kind; notice is StandInNotice for a stand-in and
// empty otherwise.
func NoticeOf(guestKind string) (plain, notice string) {
	plain = strings.TrimSuffix(guestKind, noticeMark)
	if stored.IsStandIn(plain) {
		notice = StandInNotice
	}
	return plain, notice
}

// guestKind is the report's own word or else the samples', without the mark.
func (r Report) guestKind() string {
	kind, _ := NoticeOf(cmp.Or(r.GuestKind, r.Ranking.GuestKind))
	return kind
}

// notice is StandInNotice for a stand-in and empty otherwise.
func (r Report) notice() string {
	_, notice := NoticeOf(r.guestKind())
	return notice
}

// analysis is that of a workload's metric.
func (r Report) analysis(workload, metric string) (rank.Analysis, bool) {
	for _, a := range r.Ranking.Analyses {
		if a.Workload == workload && a.Metric == metric {
			return a, true
		}
	}
	return rank.Analysis{}, false
}

// Show narrows what is shown to these arms and the baseline; what is judged stays as it is. No arm
// means all of them.
func (r *Report) Show(arms ...string) error {
	for _, name := range arms {
		known := map[string]bool{}
		for _, a := range r.Ranking.Analyses {
			for _, arm := range a.Arms {
				known[arm.Name] = true
			}
		}
		if !known[name] {
			return trouble.Hint(fmt.Errorf("--arm: there is no arm %q", name), "the arms are %s", strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
	}
	r.shown = arms
	return nil
}

// shows are the arms of an analysis that are shown.
func (r Report) shows(a rank.Analysis) rank.Analysis {
	if len(r.shown) > 0 {
		a.Arms = slices.DeleteFunc(slices.Clone(a.Arms), func(arm rank.Arm) bool { return !arm.IsBaseline && !slices.Contains(r.shown, arm.Name) })
	}
	return a
}
