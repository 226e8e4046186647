package report

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// Of is the report of a campaign: its ranking, with what is known about where it comes from. aa is
// an A/A run of the guest that calibrates the campaign; nil for none, or for the one that the
// campaign's store keeps.
func Of(c *stored.Campaign, aa *stored.Campaign, asked stored.Asked) (Report, error) {
	j, err := c.Ranking(asked)
	if err != nil {
		if words := runningWords(c); words != "" {
			err = trouble.Hint(err, "%s: ask again later", words)
		} else if c.IsStore() && c.Kept.Changed {
			err = trouble.Hint(err, "%s", leftChanged(c))
		}
		return Report{}, err
	}
	r := Report{Ranking: j.Ranking, Effects: j.Effects, Minimal: j.Minimal, Subset: j.Subset, Boots: j.Boots, Moved: j.Moved, Second: j.Second, Control: j.Control, Narrowed: len(asked.Workloads)+len(asked.Metrics) > 0}
	if len(j.Minor) > 0 {
		r.Notes = append(r.Notes, "not ranked: "+strings.Join(j.Minor, ", ")+" (--all-metrics ranks it)")
	}
	if j.Unconfirmed && !c.IsStore() {
		r.Urgent = append(r.Urgent, notConfirmed)
	}
	if !c.IsStore() {
		r.Path = c.Path
		return r, nil
	}
	r.Campaign, r.BootTime, r.AA = c.Kept.Campaign.Name, c.BootTime(), c.AA()
	r.GuestKind = c.GuestKind()
	r.Guest, r.Interim, r.Unranked = guestOf(c), interimWords(c), unrankedWords(c)
	r.Plan = slices.Concat(planWords(c), measuredWith(c.Kept.Sessions))
	r.Setups = setupsOf(c.Kept.Sessions)
	r.Placebo, r.ExpectedInert, r.NotApplicable = settingWords(c.Plan())
	searched, decisions := searchNotes(c, j)
	settled, looks := settledNotes(c)
	decisions = slices.Concat(decisions, looks, grownNotes(c))
	r.Urgent = slices.Concat(urgentNotes(c), overGrown(c), r.Urgent, searched, settled)
	r.Notes = slices.Concat(r.Notes, ownNotes(c.Plan()), appliedNotes(c.Kept.Sessions), setupNotes(c.Kept.Sessions), bootNotes(c), figureNotes(c), covariateNotes(c.Kept.Boots), decisions)
	floor, lines, err := calibrated(c, aa, j.Ranking.Alpha)
	if err != nil {
		return Report{}, err
	}
	r.NoiseFloor, r.Notes = floor, append(r.Notes, lines...)
	if floor == nil {
		r.Urgent = append(r.Urgent, NotCalibrated)
	} else {
		for _, one := range floor.Calibrations {
			if !one.Calibrated {
				r.Urgent = append(r.Urgent, one.Workload+", "+one.Metric+": "+relabelled(one, floor.Alpha))
			}
		}
	}
	r.Switched = switchedOf(c)
	r.Path, r.Published, r.Readings = c.Path, publishedOf(c), readingsOf(c.Kept.Boots)
	r.Found, r.LeftChanged = foundOf(c), c.Kept.Changed && c.Kept.Running == nil
	r.Settings = map[string][]string{}
	for _, x := range c.Plan().Baseline().Combination.Assignments() {
		variant, _ := c.Plan().Variant(c.Plan().Baseline().Combination)
		if x.ID == matrix.VariantID && variant.AsFound() {
			continue // a name for what was found
		}
		if x.Value != matrix.Found {
			r.BaselineSets = append(r.BaselineSets, x.ID+"="+string(x.Value))
		}
	}
	for _, arm := range c.Plan().Arms {
		for _, x := range arm.Combination.Differences(c.Plan().Baseline().Combination) {
			r.Settings[arm.Name] = append(r.Settings[arm.Name], x.ID+"="+string(x.Value))
		}
	}
	r.Variants = variantsOf(c.Plan())
	r.Confirm = confirmOf(c, r.Minimal)
	r.Again, err = againOf(c)
	return r, err
}

// againOf is what it takes to run a campaign anew.
func againOf(c *stored.Campaign) (*Again, error) {
	kept := c.Kept.Campaign
	a := &Again{File: filepath.Base(kept.File), Text: string(kept.Text), Seed: kept.Seed}
	for _, s := range c.Kept.Sessions {
		if v := s.Host.VNetTune; v != "" && !slices.Contains(a.Versions, v) {
			a.Versions = append(a.Versions, v)
		}
	}
	var b strings.Builder
	if err := CSV(&b, c.All()); err != nil {
		return nil, trouble.At(c.Path, err)
	}
	a.Samples = b.String()
	return a, nil
}

// mostReasons is how many reasons of lost boots the short form has room for.
const mostReasons = 4

// urgentNotes are what nobody may miss: what became of boots and why, and that the guest is left
// changed.
func urgentNotes(c *stored.Campaign) []string {
	var lines, reasons []string
	boots := map[string][]string{}
	for _, b := range c.Kept.Boots {
		if b.Status == sample.StatusOK {
			continue
		}
		why := b.Status + ": " + b.Reason
		if len(boots[why]) == 0 {
			reasons = append(reasons, why)
		}
		boots[why] = append(boots[why], b.Name())
	}
	for i, why := range reasons {
		if i == mostReasons {
			lines = append(lines, fmt.Sprintf("%s more for which boots are not ranked; the long form has them", count(len(reasons)-i, "reason")))
			break
		}
		lines = append(lines, fmt.Sprintf("%s not ranked: %s", areOf(few(boots[why])), why))
	}
	excluded := exclusionNotes(c)
	for i, line := range excluded {
		if i == mostReasons {
			lines = append(lines, fmt.Sprintf("%s more excluded by the operator; the long form says why", count(len(excluded)-i, "boot")))
			break
		}
		lines = append(lines, line)
	}
	for _, s := range c.Kept.Sessions {
		if mark := s.Guest.BuffersSet(); mark != "" && !slices.Contains(lines, mark) {
			lines = append(lines, mark)
		}
	}
	for _, e := range c.Kept.TakenBack {
		lines = append(lines, fmt.Sprintf("boot %s was excluded (%s), and taken back: %s", e.Boot, e.Reason, e.Back))
	}
	if words := runningWords(c); words != "" {
		lines = append(lines, words+"; it restores the guest when it ends")
	} else if c.Kept.Changed {
		lines = append(lines, leftChanged(c))
	}
	if c.Kept.HostSet && c.Kept.Running == nil {
		lines = append(lines, "the host that measured was left as the campaign set it (host.set, link): vnettune restore "+c.Path+" puts it back there")
	}
	return lines
}

// exclusionNotes say what the operator excluded: whole boots, and stints.
func exclusionNotes(c *stored.Campaign) []string {
	stints, out, boots := map[string]int{}, map[string]int{}, map[string]results.Boot{}
	key := func(e results.Exclusion) string { return boots[e.Boot].BootName() + ": " + e.Reason }
	for _, b := range c.Kept.Boots {
		boots[b.ID] = b
		stints[b.BootName()]++
	}
	for _, e := range c.Kept.Exclusions {
		out[key(e)]++
	}
	var lines []string
	for _, e := range c.Kept.Exclusions {
		b := boots[e.Boot]
		line := fmt.Sprintf("boot %s is excluded by the operator: %s", b.Name(), e.Reason)
		if b.Stint > 0 && out[key(e)] == stints[b.BootName()] {
			line = fmt.Sprintf("boot %s is excluded by the operator, with its %s: %s", b.BootName(), count(stints[b.BootName()], "stint"), e.Reason)
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// areOf names boots: "boot b003 is", "boots b003, b004 are".
func areOf(boots []string) string {
	if len(boots) == 1 {
		return "boot " + boots[0] + " is"
	}
	return "boots " + strings.Join(boots, ", ") + " are"
}

// planWords say in a few lines what was run.
func planWords(c *stored.Campaign) []string {
	p, kept, file := c.Plan(), c.Kept.Campaign, c.File
	lines := []string{fmt.Sprintf("%s, %s, on %s, random order within each block (seed %d); begun %s",
		p.Combinations(), p.Extent(), p.Generation, kept.Seed, kept.Created.UTC().Format("2006-01-02 15:04 MST"))}
	if p.Search != nil && p.Search.Screen > 0 {
		lines = append(lines, record.ScreenCaveat)
	}
	lines = append(lines, switchWords(p)...)
	for _, w := range file.Workloads {
		lines = append(lines, workloadWords(w, file.Repetitions, applied(p.Switch != nil)))
	}
	if words := file.ControlWords(p); words != "" {
		lines = append(lines, words)
	}
	lines = append(lines, p.Inexact()...)
	if lab := file.Guest.Lab; lab != nil && lab.Delay > 0 {
		lines = append(lines, fmt.Sprintf("the lab adds %s to every round trip", lab.Delay))
	}
	if r := file.Guest.Remote; r != nil && r.Trust.Insecure {
		lines = append(lines, "the guest's certificate was not verified (trust.insecure)")
	}
	if r := file.Guest.Remote; r != nil && r.Transport.Auth == campaign.AuthBasic && r.Control.Scheme == "http" {
		lines = append(lines, "the guest was controlled without encryption, its password readable on the wire (transport.auth: basic over http)")
	}
	return lines
}

func workloadWords(w record.Workload, repetitions int, noun string) string {
	what := "iperf3 " + w.Protocol + " " + w.Direction
	switch {
	case w.BothAtOnce():
		what = "iperf3 " + w.Protocol + " both ways at once (two runs)"
	case w.Protocol == record.Latency:
		what = "vnettune's own meter, " + latencyWords(w)
	case w.ByIPerf2():
		what = "iperf2 " + w.Protocol + " " + w.Direction
	case w.ByMeter():
		what = "vnettune's own meter, " + w.Protocol + " " + w.Direction
	}
	line := fmt.Sprintf("%s: %s, %d s after %d s left out, %s a %s", w.Name, what, w.Seconds, w.Omit, count(repetitions, "repetition"), noun)
	if w.Streams > 1 {
		line += fmt.Sprintf(", %d streams", w.Streams)
	}
	if l := w.Ladder; w.Climbs() {
		line += fmt.Sprintf(", the highest rate between %s and %s bit/s of %d-byte datagrams at which less than %g %% are lost, %d runs at most", l.From, l.To, w.Length, l.LossBelow, w.Rungs())
	} else if w.Protocol == record.UDP {
		line += fmt.Sprintf(", %s bit/s of %d-byte datagrams offered", w.Rate, w.Length)
	}
	if w.Protocol == record.TCP && w.Length > 0 {
		line += fmt.Sprintf(", messages of %d bytes, each sent at once", w.Length)
	}
	if w.Offload {
		line += ", with USO and URO"
	}
	if w.Link != (record.Conditions{}) {
		line += ", the link's " + w.Link.String()
	}
	if w.Congestion != "" {
		line += ", host sends with " + w.Congestion
	}
	return line
}

// latencyWords say what a latency is of, and what a stall of the path does to it.
func latencyWords(w record.Workload) string {
	words := fmt.Sprintf("requests of %d bytes and responses of %d, ", w.Request, w.Response)
	if w.PerSecond > 0 {
		words += fmt.Sprintf("%d a second, each latency from the time at which its request was due (open loop)", w.PerSecond)
	} else {
		words += "one after the other, so that a stall is seen by one request alone (closed loop, coordinated omission not corrected)"
	}
	if w.Load != "" {
		words += ", while TCP runs " + w.Load
	}
	return words
}

// ownNotes say which settings are none of the catalogue's.
func ownNotes(p matrix.Plan) []string {
	var notes []string
	for _, s := range p.Settings {
		if matrix.IsOwn(s.Setting.ID) {
			notes = append(notes, s.Setting.ID+" is "+s.Setting.Name+"; no source says what it does")
		}
	}
	return notes
}

// settingWords name the placebo arm, and say which settings are expected to be inert and
// which lines of profiles do not apply.
func settingWords(p matrix.Plan) (placebo string, inert, notApplicable []string) {
	for _, a := range p.Arms {
		if a.Role == matrix.RolePlacebo {
			placebo = a.Name
		}
	}
	for _, s := range p.Settings {
		if s.Inert != "" && s.Setting.ID != matrix.PlaceboID {
			inert = append(inert, s.Setting.ID+": "+s.Inert)
		}
	}
	for _, d := range p.Dropped {
		notApplicable = append(notApplicable, d.String())
	}
	return placebo, inert, notApplicable
}

// measuredWith names the tools, host and guest of a campaign's sessions. Sessions that are alike
// share a line; several lines mean that something changed between sessions.
func measuredWith(sessions []results.Session) []string {
	var order []string
	who := map[string][]string{}
	for _, s := range sessions {
		words := sessionWords(s)
		if len(who[words]) == 0 {
			order = append(order, words)
		}
		who[words] = append(who[words], fmt.Sprintf("s%d", s.ID))
	}
	if len(order) == 1 {
		return []string{"measured with " + order[0]}
	}
	var lines []string
	for _, words := range order {
		lines = append(lines, fmt.Sprintf("measured in %s with %s", strings.Join(who[words], ", "), words))
	}
	return lines
}

func sessionWords(s results.Session) string {
	var parts []string
	add := func(format, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add("vnettune %s", s.Host.VNetTune)
	version, _, _ := strings.Cut(s.Host.IPerf3, "(") // its libraries and features follow
	add("%s", strings.TrimSpace(version))
	version, _, _ = strings.Cut(s.Host.IPerf2, "(")
	add("%s", strings.TrimSpace(version))
	add("host %s", strings.Join(notEmpty(s.Host.Kernel, s.Host.CPU), ", "))
	caption := notEmpty(s.Guest.Caption)
	if s.Guest.Build > 0 {
		caption = append(caption, fmt.Sprintf("build %d", s.Guest.Build))
	}
	add("guest %s", strings.Join(caption, ", "))
	add("guest's %s", s.Guest.IPerf3)
	add("guest's %s", s.Guest.IPerf2)
	for _, a := range s.Guest.Adapters {
		if a.Virtio() {
			add("driver of "+a.Name+" %s", a.DriverVersion)
		}
	}
	return strings.Join(parts, "; ")
}

// guestWords name the guest's Windows and its driver: "Windows 10 Pro, build 19045, NetKVM
// 100.85.104.20800".
func guestWords(g record.Guest) string {
	parts := notEmpty(strings.TrimPrefix(g.Caption, "Microsoft "))
	if g.Build > 0 {
		parts = append(parts, fmt.Sprintf("build %d", g.Build))
	}
	for _, a := range g.Adapters {
		if a.Virtio() && a.DriverVersion != "" {
			parts = append(parts, "NetKVM "+a.DriverVersion)
			break
		}
	}
	return strings.Join(parts, ", ")
}

// unrankedWords say what became of boots none of which is ranked; "" where one is.
func unrankedWords(c *stored.Campaign) string {
	excluded := map[string]bool{}
	for _, e := range c.Kept.Exclusions {
		excluded[e.Boot] = true
	}
	classes := map[string]int{}
	for _, b := range c.Kept.Boots {
		switch {
		case excluded[b.ID]:
			classes[sample.StatusExcluded]++
		case b.Status == sample.StatusOK:
			return ""
		default:
			classes[b.Status]++
		}
	}
	if len(classes) == 0 {
		return ""
	}
	var words []string
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		words = append(words, fmt.Sprintf("%s %d", class, classes[class]))
	}
	return fmt.Sprintf("of %s none gave a number that may be ranked (%s)", count(len(c.Kept.Boots), applied(c.Plan().Switch != nil)), strings.Join(words, ", "))
}

// interimWords say how far a campaign is that is not done; "" for one that is.
func interimWords(c *stored.Campaign) string {
	p := c.Progress()
	switch {
	case p.Done:
		return ""
	case c.Plan().Search != nil:
		return fmt.Sprintf("the search is not done, after %s", count(p.Made, "boot"))
	}
	words := fmt.Sprintf("%d of %s", p.Made, count(p.Planned, applied(p.Stints)))
	baseline := c.Plan().Baseline().Name
	if !slices.ContainsFunc(c.Kept.Boots, func(b results.Boot) bool { return b.Arm == baseline && b.Status == sample.StatusOK }) {
		words += ", none of the baseline yet"
	}
	return words
}

// notEmpty are the words that are not empty.
func notEmpty(words ...string) []string {
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}

// bootNotes are what a reader must know about the boots: which are not ranked, which settings'
// effect could not be observed, which blocks a stop cut, which clocks disagree.
func bootNotes(c *stored.Campaign) []string {
	var lines []string
	lines = append(lines, exclusionNotes(c)...)
	for _, b := range c.Kept.Boots {
		if b.Status != sample.StatusOK {
			lines = append(lines, fmt.Sprintf("boot %s (%s, block %d) is not ranked: %s: %s", b.Name(), b.Arm, b.Block, b.Status, b.Reason))
		}
	}
	lines = append(lines, settleNotes(c.Kept.Boots, applied(c.Plan().Switch != nil))...)
	lines = append(lines, busyNotes(c.Kept.Boots)...)
	for _, id := range c.Unobservable() {
		lines = append(lines, id+": in effect not observable; it was configured as asked, and so before the proven boot")
	}
	for _, x := range c.CutBlocks() {
		lines = append(lines, fmt.Sprintf("block %d was cut by a stop: its boots are from the sessions %s", x.Block, strings.Trim(fmt.Sprint(x.Sessions), "[]")))
	}
	if runs, suspect, most := c.Clocks(); suspect > 0 {
		lines = append(lines, fmt.Sprintf("in %d of %d runs the host's and the guest's clock are more than %g %% apart over the measured seconds (up to %.1f %%): the guest's clock may run wrong, or a queue drained at the end",
			suspect, runs, record.ClockTolerancePercent, most))
	}
	return lines
}

// settleNotes say of how many boots, or stints, the guest was not idle, or not known to be, when it was measured.
func settleNotes(boots []results.Boot, noun string) []string {
	var lines []string
	times, busiest := map[string]int{}, map[string]bool{}
	const notIdle = "the guest was not idle when it was measured: the time that it is waited for was over"
	for _, b := range boots {
		for _, s := range b.Steps {
			if s.Settled != nil && s.Settled.Host != nil && s.Settled.Host.GaveUp {
				times["this host was not idle when it was measured: half of the time that is waited for was over"]++
			}
			switch {
			case s.Settled == nil:
			case s.Settled.Unasked != "":
				times["whether the guest was idle could not be asked: "+s.Settled.Unasked]++
			case s.Settled.GaveUp:
				times[notIdle]++
				busiest[cmp.Or(s.Settled.Process, "not known")] = true
			}
		}
	}
	for _, what := range slices.Sorted(maps.Keys(times)) {
		line := fmt.Sprintf("in %s %s", count(times[what], noun), what)
		if what == notIdle {
			line += "; its busiest process was " + strings.Join(slices.Sorted(maps.Keys(busiest)), ", ")
		}
		lines = append(lines, line)
	}
	return lines
}

// leftChanged says that the guest of a campaign needs a restore, and how it gets one.
func leftChanged(c *stored.Campaign) string {
	return "the guest is left changed: vnettune restore " + c.Path + " puts it back"
}

// runningWords say that a run of the campaign is going on; "" where none is.
func runningWords(c *stored.Campaign) string {
	if !c.IsStore() || c.Kept.Running == nil {
		return ""
	}
	run := c.Kept.Running
	if run.Since.IsZero() {
		return "a run of this campaign is just beginning"
	}
	who := "of an earlier vnettune, "
	if run.Process > 0 {
		who = fmt.Sprintf("process %d on %s, ", run.Process, run.Host)
	}
	return fmt.Sprintf("a run of this campaign is going on (%ssince %s)", who, run.Since.UTC().Format("2006-01-02 15:04:05 MST"))
}

// figureNotes say which figures of runs were refused or replaced, and why; equal reasons share a line.
func figureNotes(c *stored.Campaign) []string {
	runs := map[string]int{}
	var order []string
	add := func(text string) {
		if runs[text] == 0 {
			order = append(order, text)
		}
		runs[text]++
	}
	c.Figures(func(workload string, d record.RunDetails) {
		for _, r := range d.Refused {
			add(fmt.Sprintf("%s of %s is not taken over: %s", r.Metric, workload, r.Reason))
		}
		if d.Counters != nil {
			for _, a := range d.Counters.Absent {
				add(fmt.Sprintf("%s could not be counted: %s", a.Part, a.Reason))
			}
		}
	})
	var lines []string
	for _, text := range order {
		lines = append(lines, fmt.Sprintf("in %s %s", count(runs[text], "run"), text))
	}
	return lines
}

// notConfirmed is said about a search that has no boots to judge its pick by.
const notConfirmed = "NOT CONFIRMED: all boots are a search's own, and the largest of many is flattered by its noise; nothing is ranked before fresh boots compare the pick with the baseline"

// searchNotes say what an adaptive search decided, and what its report rests on.
// Its last decision and what it rests on are for everybody, the decisions before it are notes.
func searchNotes(c *stored.Campaign, j stored.Judged) (urgent, notes []string) {
	if c.Plan().Search == nil {
		return nil, nil
	}
	var last record.Decision
	for _, d := range c.Kept.Decisions {
		last = d.Decision
		notes = append(notes, "search: "+last.String())
	}
	var lines []string
	if n := len(notes); n > 0 {
		lines, notes = notes[n-1:], notes[:n-1]
	}
	if last.Ended == "" {
		lines = append(lines, "THE SEARCH IS NOT DONE: eliminated arms lack boots; vnettune run goes on with it")
	}
	switch base := c.Plan().Baseline().Name; {
	case !j.Unconfirmed:
		lines = append(lines, fmt.Sprintf("the effect below is that of %s on fresh boots alone; what the search itself measured is not in it", last.Pick))
	case last.Pick == base:
		lines = append(lines, "the search picked the baseline: no other arm is shown to be better by the margin, and nothing was left to confirm")
	case last.Pick != "":
		lines = append(lines, "NOT CONFIRMED: "+last.Pick+" has no fresh boots against the baseline yet, and the largest of many is flattered; vnettune run goes on with it")
	}
	if len(j.Effects) > 0 {
		lines = append(lines, "the effects of settings below are those of the first blocks alone, in which every combination was booted")
	}
	return lines, notes
}

// calibrated is what is known about the guest's noise floor, and the lines about it: what the
// campaign shows if it is an A/A run itself, what the A/A run aa says about it, or what an earlier
// report kept.
func calibrated(c, aa *stored.Campaign, alpha float64) (*record.NoiseFloor, []string, error) {
	if c.AA() {
		if aa != nil {
			return nil, nil, trouble.Invalid(trouble.Hint(fmt.Errorf("--calibration: %s is an A/A run itself", c.Path), "leave the flag out"))
		}
		floor, err := c.OwnFloor(stored.Asked{})
		if err != nil {
			return nil, nil, err
		}
		lines := []string{"A/A run: every arm is the baseline, so each difference below is a false one"}
		return floor, append(lines, CalibrationLines(floor.Calibrations, alpha)...), nil
	}
	floor := c.KeptFloor()
	if aa != nil {
		var err error
		if floor, err = c.FloorFrom(aa); err != nil {
			return nil, nil, trouble.At(aa.Path, fmt.Errorf("--calibration: %w", err))
		}
	}
	if floor == nil {
		return nil, []string{NotCalibrated}, nil
	}
	lines := []string{fmt.Sprintf("calibrated by the A/A run %s (begun %s), which compared the guest with itself:", floor.Source, floor.Created.UTC().Format("2006-01-02"))}
	for _, line := range CalibrationLines(floor.Calibrations, floor.Alpha) {
		lines = append(lines, "- "+line)
	}
	for _, w := range c.Uncalibrated(*floor) {
		lines = append(lines, "- "+w+": NOT CALIBRATED: the A/A run did not measure it in the same way")
	}
	return floor, lines, nil
}
