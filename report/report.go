package report

import (
	"cmp"
	"strings"
	"time"

	"vnettune/report/rank"
	"vnettune/report/rank/effects"
	"vnettune/report/stored"
	"vnettune/results/record"
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
	// Notes are further lines, such as boots that were excluded and why.
	Notes   []string
	Ranking rank.Ranking
	// BootTime is what a boot takes with all its runs; 0: not known.
	BootTime time.Duration
	// Effects are what settings do, where the combinations can say it; see effects.OfSettings.
	Effects []effects.SettingEffects
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
