package forecast

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// Tell says to a person what a plan would take, what it could find, and what it leaves out; ordered tells the
// order of its boots too.
func Tell(c campaign.Campaign, p matrix.Plan, f Forecast, ordered bool) page.Page {
	out := page.Page{
		Title: fmt.Sprintf("campaign %s on %s", c.Name, p.Generation),
		Next:  []string{fmt.Sprintf("%s, %s: %s, %.1f MB in the store", p.Combinations(), p.Extent(), f.duration(), float64(f.Bytes)/1e6)},
	}
	if p.Search != nil && p.Search.Screen > 0 {
		out.Next = append(out.Next, record.ScreenCaveat)
	}
	add := func(id string, detail bool, blocks ...page.Block) {
		if len(blocks) > 0 {
			out.Parts = append(out.Parts, page.Part{ID: id, Detail: detail, Blocks: blocks})
		}
	}
	add("prices", false, f.tellPrices(p)...)
	add("combinations", false, append([]page.Block{combinations(p)}, warnings(c, p)...)...)
	add("patches", false, f.patches()...)
	add("drivers", false, drivers(p)...)
	add("full", true, f.inFull(c, p)...)
	if ordered {
		add("schedule", false, schedule(p)...)
	}
	return out
}

// TellNoise says to a person what a plan could find, by boots of the baseline that were made to ask that.
func TellNoise(c campaign.Campaign, p matrix.Plan, f Forecast) page.Page {
	out := page.Page{Title: fmt.Sprintf("what campaign %s on %s could see, by boots of its baseline (%d)", c.Name, p.Generation, f.boots())}
	if f.From == "" {
		out.Next = []string{"Those boots say nothing of the noise: " + f.Unused + "."}
	} else {
		out.Next = []string{"So few boots tell roughly how much boots vary: what is said of differences stands on the upper 80 % limit of it."}
	}
	out.Parts = []page.Part{{ID: "prices", Blocks: f.tellPrices(p)}}
	return out
}

// boots is the number of those that the noise is known by.
func (f Forecast) boots() int {
	if f.Costs == nil {
		return 0
	}
	return f.Costs.Boots
}

// duration is how long the plan takes: "43 min", or "43 min to 1 h 20" with the fewest and the most boots that confirm.
func (f Forecast) duration() string {
	if f.MostHours == 0 {
		return hours(f.Hours)
	}
	return hours(f.Hours) + " to " + hours(f.MostHours)
}

// Columns that a plan is written for, and those of an ID with the gaps beside it.
const (
	columns    = 80
	idAndGaps  = 12
	leastWords = 30
)

// combinations is the table of the arms. What one differs in is cut to what stands on one line; the long form
// has all of it.
func combinations(p matrix.Plan) page.Grid {
	g := page.Grid{Columns: []page.Column{{Head: "COMBINATION", Name: true}, {Head: "ID", Name: true}, {Head: "DIFFERS IN"}}}
	longest := len("COMBINATION")
	for _, a := range p.Arms {
		longest = max(longest, len(a.Name))
	}
	room := max(leastWords, columns-longest-idAndGaps)
	for _, a := range p.Arms {
		differs := cmp.Or(shortened(differences(p, a), room), "-")
		if a.Role == matrix.RoleControl {
			differs = fmt.Sprintf("paced to %g %%", 100-p.Control)
		}
		g.Rows = append(g.Rows, page.Row{Cells: []string{a.Name, a.Combination.ID(), differs}})
	}
	return g
}

// shortened are as many of the words as have room, and how many are left out.
func shortened(words []string, room int) string {
	all := strings.Join(words, " ")
	for n := len(words) - 1; n > 0 && len(all) > room; n-- {
		all = fmt.Sprintf("%s and %d more", strings.Join(words[:n], " "), len(words)-n)
	}
	return all
}

// differences are the values in which an arm differs from the baseline.
func differences(p matrix.Plan, a matrix.Arm) []string {
	var all []string
	for _, d := range a.Combination.Differences(p.Baseline().Combination) {
		all = append(all, d.ID+"="+string(d.Value))
	}
	return all
}

// warnings are what a reader must know of the settings, each in a line or two.
func warnings(c campaign.Campaign, p matrix.Plan) []page.Block {
	var all []page.Block
	say := func(words string) { all = append(all, page.Text{Words: words}) }
	if words := unchanged(c); words != "" {
		say(words)
	}
	if words := exposed(c); words != "" {
		say(words)
	}
	var inert []string
	for _, s := range p.Settings {
		if s.Inert != "" && s.Setting.ID != matrix.PlaceboID {
			inert = append(inert, s.Setting.ID)
		}
	}
	if len(inert) > 0 {
		say("expected inert: " + strings.Join(inert, ", "))
	}
	for _, s := range p.Settings {
		if matrix.IsOwn(s.Setting.ID) {
			say(s.Setting.ID + ": " + s.Setting.Name)
		}
	}
	if p.Covariate != "" {
		say("covariate: " + p.Covariate + " is measured first in each boot; what it saves is not in the prices")
	}
	if words := c.ControlWords(p); words != "" {
		say(words)
	}
	for _, words := range rowsWords(p.Rows) {
		say(words)
	}
	for _, d := range p.Dropped {
		say(d.String())
	}
	for _, e := range p.Excluded {
		say("excluded: " + e.Name + ": " + e.Reason)
	}
	for _, line := range p.Inexact() {
		words, _ := cutLast(line, ": ")
		say(words)
	}
	if words := dangerWords(c, p); words != "" {
		say(words)
	}
	return all
}

// exposed says who else learns the password, where the campaign asks for a way to log in by which somebody may.
func exposed(c campaign.Campaign) string {
	r := c.Guest.Remote
	switch {
	case r == nil || r.Transport.Auth != campaign.AuthBasic:
		return ""
	case r.Control.Scheme != "https":
		return "WARNING: transport.auth is basic and guest.control is http: whoever is on the way reads the password and all commands; take https (WinRM: port 5986), or transport.auth: ntlm, which encrypts every message"
	case r.Trust.Insecure:
		return "WARNING: transport.auth is basic and guest.trust is insecure: any machine may pass for the guest and is given the password; pin its certificate (guest.trust: {fingerprint: ...}, which vnettune doctor shows), or take transport.auth: ntlm"
	}
	return ""
}

// unchanged says that the guest is still that of a draft of vnettune init: no certificate has such a fingerprint.
func unchanged(c campaign.Campaign) string {
	r := c.Guest.Remote
	if r == nil || r.Trust.Fingerprint == "" || strings.Trim(r.Trust.Fingerprint, "0") != "" {
		return ""
	}
	return "WARNING: guest.trust.fingerprint is still the zeros of vnettune init: put the block there that the script of vnettune guest-setup printed, or change the lines marked with !"
}

// cutLast cuts a text before the last separator.
func cutLast(text, sep string) (before, after string) {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[:i], text[i+len(sep):]
	}
	return text, ""
}

// inFull is what the long form says beside.
func (f Forecast) inFull(c campaign.Campaign, p matrix.Plan) []page.Block {
	var names []string
	for _, wl := range c.Workloads {
		names = append(names, wl.Name)
	}
	all := []page.Block{page.Text{Words: fmt.Sprintf("each boot: settle %s, 1 discarded run, then %d of each workload; workloads: %s; margin %s, alpha %g, seed %d",
		c.Settle, c.Repetitions, strings.Join(names, ", "), marginWords(c), c.Alpha, c.Seed)}}
	arms := page.List{Title: "What the combinations differ from the baseline in"}
	for _, a := range p.Compared()[1:] {
		arms.Items = append(arms.Items, a.Name+": "+cmp.Or(strings.Join(differences(p, a), " "), "-"))
	}
	if len(arms.Items) > 0 {
		all = append(all, arms)
	}
	all = append(all, f.designs(p)...)
	noise := page.List{Title: "Noise and power"}
	for _, d := range f.Detectable {
		noise.Items = append(noise.Items, d.inFull(c, f)...)
	}
	all = append(all, noise)
	if bridge := f.bridged(); len(bridge.Items) > 0 {
		all = append(all, bridge)
	}
	settings := page.List{Title: "Settings"}
	for _, s := range p.Settings {
		if s.Inert != "" {
			settings.Items = append(settings.Items, "expected inert: "+s.Setting.ID+": "+s.Inert)
		}
		if words := s.Setting.Defaults[p.Generation]; words != "" && !s.Form.Kind.InRegistry() && p.Asks(s.Setting.ID, matrix.Default) {
			settings.Items = append(settings.Items, "default of "+s.Setting.ID+": "+words)
		}
	}
	if f.Switched != nil {
		for _, x := range f.Switched.Whole {
			settings.Items = append(settings.Items, "needs a reboot: "+x.ID+": "+x.Reason)
		}
	}
	settings.Items = append(settings.Items, p.Inexact()...)
	if len(settings.Items) > 0 {
		all = append(all, settings)
	}
	return all
}

// bridged says what the bridge could be expected to show at each price.
func (f Forecast) bridged() page.List {
	l := page.List{Title: "What can be expected to be shown of arms that are switched"}
	for _, x := range f.Prices {
		switch {
		case x.Within == nil:
		case x.Within.Bound == nil:
			l.Items = append(l.Items, fmt.Sprintf("by %d boots: nothing, since that takes two boots into each arm", x.Within.Boots))
		default:
			l.Items = append(l.Items, fmt.Sprintf("by %d boots: after a reboot the same within %s", x.Within.Boots, percent(*x.Within.Bound)))
		}
	}
	return l
}

// schedule is the order of boots: a line a block, or where arms are switched a line a boot.
func schedule(p matrix.Plan) []page.Block {
	all := []page.Block{page.Text{Words: "The order of boots:"}}
	if p.Switch != nil {
		return append(all, switchedSchedule(p)...)
	}
	for i := 0; i < len(p.Slots); {
		block := p.Slots[i].Block
		words := fmt.Sprintf("block %d:%s", block, whoBoots(p.Search, block))
		for ; i < len(p.Slots) && p.Slots[i].Block == block; i++ {
			words += " " + p.Arms[p.Slots[i].Arm].Name
		}
		all = append(all, page.Text{Words: words})
	}
	return all
}

// switchedSchedule is a line for each boot: the arm that it is booted into, then those that it is switched to.
// Slots that are booted only if an arm falls back are no part of it, and those that confirm are one sentence.
func switchedSchedule(p matrix.Plan) []page.Block {
	level := map[int]string{}
	for k, arms := range p.Switch.Levels {
		for _, arm := range arms {
			if len(p.Switch.Levels) > 1 {
				level[arm] = fmt.Sprintf(", level %d", k+1)
			}
		}
	}
	var all []page.Block
	boots, last, line := 0, 0, ""
	for _, s := range p.Slots {
		if s.Only != matrix.Always {
			continue
		}
		name := p.Arms[s.Arm].Name
		if s.Boot != 0 && s.Boot == last {
			line += " " + name
			all[len(all)-1] = page.Text{Words: line}
			continue
		}
		boots++
		last = s.Boot
		line = fmt.Sprintf("block %d, boot %d%s: %s", s.Block, boots, level[s.Arm], name)
		all = append(all, page.Text{Words: line})
		if s.Boot != 0 {
			line += " |"
		}
	}
	if least, most := p.Confirming(); most > 0 {
		all = append(all, page.Text{Words: fmt.Sprintf("Then %d to %d blocks of two boots, the baseline and the arm that is best by switching, confirm it, as many as its difference asks for.",
			least/2, most/2)})
	}
	return all
}

// marginWords are the campaign's margins: that of all metrics that are compared in percent, and those of
// single ones.
func marginWords(c campaign.Campaign) string {
	words := fmt.Sprintf("%g %%", c.Margin)
	for _, name := range slices.Sorted(maps.Keys(c.Margins)) {
		metric, _ := sample.KnownMetric(name)
		words += fmt.Sprintf(", of %s %g %s", name, c.Margins[name], rank.EffectUnit(metric.Scale, metric.Unit))
	}
	return words
}

// whoBoots says which arms of a block boot, when not all of them do.
func whoBoots(s *matrix.Search, block int) string {
	switch {
	case s == nil || block <= s.Screen:
		return ""
	case block > s.Last():
		return " (only the baseline and the pick)"
	case block > s.First():
		return " (those not eliminated)"
	case s.Screen > 0:
		return " (those that the screen keeps)"
	}
	return ""
}

// dangerWords says which settings of a plan can cut the guest off, and what is done
// about it; "" when there is none.
func dangerWords(c campaign.Campaign, p matrix.Plan) string {
	var ids []string
	for _, s := range p.Settings {
		if matrix.Catalogue().Dangerous(s.Setting.ID) {
			ids = append(ids, s.Setting.ID)
		}
	}
	r := c.Guest.Rescue
	words := "can cut the guest off: " + strings.Join(ids, ", ") + "; "
	switch {
	case len(ids) == 0:
		return ""
	case p.Generation == matrix.XP && r.DeadMan > 0 && !r.Independent():
		return words + "a guest of generation xp has no dead-man switch, and run will refuse: give another way back in guest.rescue, or say dead_man: off"
	case p.Generation == matrix.XP && r.DeadMan > 0:
		return words + "a guest of generation xp has no dead-man switch, the other ways of guest.rescue must do"
	case r.DeadMan == 0 && !r.Independent() && c.Guest.Lab == nil:
		return words + "nothing brings it back (guest.rescue.dead_man is off)"
	case r.DeadMan == 0:
		return words + "no dead-man switch (guest.rescue.dead_man is off), the other ways back must do"
	}
	return words + fmt.Sprintf("a dead-man switch in the guest puts its own values back after %s", r.DeadMan)
}
