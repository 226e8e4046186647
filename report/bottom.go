package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vnettune/report/rank"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Bottom is what a reader needs first.
type Bottom struct {
	// Sentences say what is known of the primary metrics of all workloads together, one to three of
	// them; before them, what forbids to rest anything on it.
	Sentences []string `json:"sentences"`
	// Next says what to do, and what is missing to decide the rest.
	Next []string `json:"next"`
}

// BottomLine sums a report up.
func BottomLine(r Report) (b Bottom) {
	b = Bottom{Sentences: []string{}, Next: []string{}}
	say := func(text string) { b.Sentences = append(b.Sentences, capital(r.subject()+text)) }
	if r.Interim != "" {
		b.Sentences = append(b.Sentences, "Interim: "+r.Interim+". To stop because of what is seen here voids the error rates.")
		defer func() { b.Next = append(b.Next, "Go on with the campaign: vnettune run "+r.fileWord()+".") }()
	}
	primary := stored.Primary(r.Ranking.Analyses)
	arms := judgedArms(r, primary)
	switch {
	case len(primary) == 0 || len(arms) == 0:
		say(r.nothing())
		return b
	case r.AA:
		say(againstItself(primary))
		b.Sentences = append(b.Sentences, r.fallBackSentences()...)
		b.Next = append(b.Next, falseNext(primary)...)
		return b
	case !slices.ContainsFunc(primary, func(a rank.Analysis) bool { return !nothingMeasured(a) }):
		if fell := r.fallBackSentences(); len(fell) > 0 {
			b.Sentences = append(b.Sentences, fell...)
			b.Next = append(b.Next, "Run the campaign by reboots, with switch: reboot: what switching shows is not what a reboot does here.")
		}
		say(nothingRanked(primary))
		return b
	case !slices.ContainsFunc(primary, func(a rank.Analysis) bool { return a.BootOrder != rank.OrderGrouped }):
		say("nothing can be claimed: the boots were made arm by arm, so that drift and difference cannot be told apart.")
		b.Next = append(b.Next, "Boot the arms anew, in blocks of random order.")
		return b
	}
	against := r.Ranking.Baseline
	if r.Placebo != "" {
		against += " (the placebo is not counted)"
	}
	if len(r.BaselineSets) > 0 {
		against += " (not the guest as found: it sets " + strings.Join(few(r.BaselineSets), ", ") + ")"
	}
	b.Sentences = slices.Concat(b.Sentences, r.fallBackSentences(), contradictions(arms))
	if len(arms) > 1 || arms[0].outcome != contradicts { // else all is said
		say(counts(arms, against, r.Ranking.Baseline, primary) + ".")
	}
	b.Sentences = append(b.Sentences, r.reasons(arms, primary))
	if onlySwitched(primary) {
		b.Sentences = append(b.Sentences, "What differs was found by switching within boots; that a reboot does the same is not shown for every arm: see below each table.")
	}
	b.Sentences = slices.Concat(b.Sentences, notEmpty(r.unconfirmed(primary)), r.doubts(primary))
	if r.Narrowed {
		b.Next = append(b.Next, "Only a part of what was measured is judged here: nothing is recommended by a part.")
	}
	b.Next = append(b.Next, r.next(arms, primary)...)
	return b
}

// onlySwitched says whether an arm is claimed to differ by switches of which nothing shows that a reboot does the same.
func onlySwitched(primary []rank.Analysis) bool {
	return slices.ContainsFunc(primary, func(a rank.Analysis) bool {
		return slices.ContainsFunc(a.Arms, func(arm rank.Arm) bool { return record.True(arm.Differs) && arm.OnlySwitched() })
	})
}

// fileWord is the campaign file as a command takes it.
func (r Report) fileWord() string {
	if r.Again != nil && r.Again.File != "" {
		return trouble.ShellWord(r.Again.File)
	}
	return "CAMPAIGN"
}

// nothingRanked says that no boot is ranked, and whether any gave a number.
func nothingRanked(primary []rank.Analysis) string {
	aside := 0
	for _, a := range primary {
		for _, arm := range a.Arms {
			aside += arm.Boots.NotInEffect + arm.Boots.Excluded
		}
	}
	of := applied(slices.ContainsFunc(primary, func(a rank.Analysis) bool { return a.Stints != nil }))
	switch {
	case slices.ContainsFunc(primary, fellBackAll):
		return "no stint is ranked, and no arm has boots of its own that could be."
	case aside > 0:
		return "no " + of + " is ranked, neither of the baseline nor of any other arm: they failed, or are set aside."
	}
	return "no " + of + " gave a number, neither of the baseline nor of any other arm."
}

// fellBackAll says whether all that was measured was taken out of switching.
func fellBackAll(a rank.Analysis) bool {
	return a.Stints != nil && len(a.Arms) > 0 && !slices.ContainsFunc(a.Arms, func(arm rank.Arm) bool { return !slices.Contains(a.Stints.FellBack, arm.Name) })
}

// doubts are what stands against the claims as a whole: a placebo that differs, a positive control that contradicts
// what was planted, an order that is not
// known, workloads that gave nothing.
func (r Report) doubts(primary []rank.Analysis) []string {
	lines := controlDoubts(r)
	for _, a := range primary {
		for _, arm := range a.Arms {
			if arm.Name == r.Placebo && record.True(arm.Differs) {
				lines = append(lines, fmt.Sprintf("The placebo, which cannot make a difference, differs in %s (%s): the rig is suspect, and so is every claim here.", a.Workload, armIn{arm, a}.size()))
			}
		}
		if nothingMeasured(a) && len(primary) > 1 {
			lines = append(lines, fmt.Sprintf("Of %s in %s no boot is ranked.", a.Metric, a.Workload))
		}
	}
	if slices.ContainsFunc(primary, func(a rank.Analysis) bool { return a.BootOrder == rank.OrderUnknown }) {
		lines = append(lines, "The order of the boots is not known, so that drift cannot be excluded.")
	}
	return lines
}

// falseNext says what false differences of an A/A run mean.
func falseNext(primary []rank.Analysis) []string {
	for _, a := range primary {
		if slices.ContainsFunc(a.Arms, func(arm rank.Arm) bool { return !arm.IsBaseline && record.True(arm.Differs) }) {
			return []string{fmt.Sprintf("A false difference is to be expected in at most %s %% of such runs: make the run again, and if it comes back, mend the rig before anything is compared on it.", percentOf(a.Alpha))}
		}
	}
	return nil
}

// subject is what a sentence is about, as its beginning.
func (r Report) subject() string {
	switch {
	case r.notice() != "" && r.Guest != "":
		return "On a " + StandInNotice + " (it plays " + r.Guest + "): "
	case r.notice() != "":
		return "On a " + StandInNotice + ": "
	case r.Guest != "":
		return "On " + r.Guest + ": "
	}
	return ""
}

// nothing says that nothing is ranked.
func (r Report) nothing() string {
	if r.Unranked != "" {
		return r.Unranked + ": nothing is ranked."
	}
	return "nothing is ranked yet."
}

func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// againstItself says what an A/A run shows: false differences, and nothing else.
func againstItself(primary []rank.Analysis) string {
	differ, all := 0, 0
	for _, a := range primary {
		for _, arm := range a.Arms {
			if !arm.IsBaseline {
				all++
				if record.True(arm.Differs) {
					differ++
				}
			}
		}
	}
	return fmt.Sprintf("every arm is the baseline itself, so that each difference is a false one; %d of %s show one.", differ, count(all, "comparison"))
}

// contradictions say of each arm that helps one thing and harms another that it does.
func contradictions(arms []judgedArm) []string {
	var lines []string
	n := 0
	for _, j := range arms {
		if j.outcome != contradicts {
			continue
		}
		if n++; n <= fewNames {
			lines = append(lines, fmt.Sprintf("%s helps %s and harms %s.", j.name, j.sizes(helps, helpsMaybe), j.sizes(harms)))
		}
	}
	if n > fewNames {
		lines = append(lines[:1], fmt.Sprintf("%d further arms help one %s and harm another, too.", n-1, measureWord(arms)))
	}
	return lines
}

// measureWord is what decides between help and harm: the metric, where both are of one workload.
func measureWord(arms []judgedArm) string {
	words := map[string]bool{}
	for _, j := range arms {
		if j.outcome != contradicts {
			continue
		}
		word := "workload"
		for _, x := range j.in {
			for _, y := range j.in {
				if x.of.Workload == y.of.Workload && outcomeOf(x.Verdict) == harms && (outcomeOf(y.Verdict) == helps || outcomeOf(y.Verdict) == helpsMaybe) {
					word = "metric"
				}
			}
		}
		words[word] = true
	}
	switch {
	case len(words) == 2:
		return "workload or metric"
	case words["metric"]:
		return "metric"
	}
	return "workload"
}

// sizes are the differences of the arm in the analyses with one of these outcomes: "tcp (throughput
// +3.1 % [+2.0, +4.2])".
func (j judgedArm) sizes(of ...outcome) string {
	var out []string
	for _, i := range j.in {
		if slices.Contains(of, outcomeOf(i.Verdict)) {
			out = append(out, i.of.Workload+" ("+i.size()+")")
		}
	}
	return strings.Join(out, ", ")
}

// size is a difference with its metric and interval.
func (i armIn) size() string {
	in, diff := i.Interval, i.Difference
	if look, _ := (speaker{i.of, 0}).weakest(i.Arm); i.Weakened() && look != nil {
		in, diff = look.Interval, look.Difference
	}
	decimals := decimalsFor(i.of)
	text := fmt.Sprintf("%s %s %s", i.of.Metric, signed(diff, decimals), i.of.EffectUnit)
	if beyondSense(i.of, in) || !in.Low.Exists() {
		return text
	}
	return text + fmt.Sprintf(" [%s, %s]", signed(in.Low, decimals), signed(in.High, decimals))
}

// fewNames is how many arms are named with their numbers; of more, the rest are counted.
const fewNames = 3

// alone says what a single arm does.
func alone(j judgedArm, baseline string, several bool) string {
	text := "compared with " + baseline + ", " + j.name
	size := func(o outcome) string {
		i := j.largest(o)
		if several {
			return ": " + i.of.Workload + ", " + i.size()
		}
		return ": " + i.size()
	}
	switch j.outcome {
	case fails:
		return text + " fails: " + j.failed()
	case helps:
		return text + " helps" + size(helps)
	case helpsMaybe:
		return text + " helps, maybe by less than the margin" + size(helpsMaybe)
	case harms:
		return text + " harms" + size(harms)
	case equivalent:
		return text + " is equivalent"
	case noWorse:
		return text + " is no worse than the margin allows"
	case undecided:
		return text + " is undecided" + unseenOf([]judgedArm{j})
	}
	return text + " gets no verdict"
}

// counts says how many arms have which outcome; against is the baseline with what is to be known of it.
func counts(arms []judgedArm, against, baseline string, primary []rank.Analysis) string {
	several := len(primary) > 1
	if len(arms) == 1 {
		return alone(arms[0], against, several)
	}
	by := map[outcome][]judgedArm{}
	for _, j := range arms {
		by[j.outcome] = append(by[j.outcome], j)
	}
	var parts []string
	add := func(o outcome, one, many, more string) {
		if n := len(by[o]); n == 1 {
			parts = append(parts, "1 "+one+more)
		} else if n > 1 {
			parts = append(parts, fmt.Sprintf("%d %s%s", n, many, more))
		}
	}
	what := measureWord(arms)
	add(fails, "fails", "fail", " ("+failedOf(by[fails])+")")
	add(contradicts, "helps one "+what+" and harms another", "help one "+what+" and harm another", "")
	add(helps, "helps", "help", named(by[helps], several, helps))
	add(helpsMaybe, "helps, maybe by less than the margin", "help, maybe by less than the margin", named(by[helpsMaybe], several, helpsMaybe))
	add(harms, "harms", "harm", named(by[harms], several, harms))
	if len(by[contradicts])+len(by[helps])+len(by[helpsMaybe]) == 0 {
		parts = append(parts, "none is shown to help")
	}
	add(equivalent, "is equivalent to "+baseline, "are equivalent to "+baseline, "")
	add(noWorse, "is no worse than the margin allows", "are no worse than the margin allows", "")
	add(undecided, "is undecided", "are undecided", unseenOf(by[undecided]))
	add(noVerdict, "gets no verdict", "get no verdict", " ("+namesOf(by[noVerdict])+")")
	return fmt.Sprintf("of %d arms compared with %s, %s", len(arms), against, strings.Join(parts, "; "))
}

// failed says how many boots of the arm failed, in the workload where most did.
func (j judgedArm) failed() string {
	most := j.in[0]
	for _, i := range j.in {
		if i.failing() && (!most.failing() || i.Boots.Failed > most.Boots.Failed) {
			most = i
		}
	}
	return fmt.Sprintf("%d of %s", most.Boots.Failed, count(most.Boots.Tried(), applied(most.of.Stints != nil)))
}

func failedOf(arms []judgedArm) string {
	var out []string
	for _, j := range arms {
		out = append(out, j.name+", "+j.failed())
	}
	return strings.Join(few(out), "; ")
}

// named are the first of the arms, with the size of what they do; in says that there are several
// workloads.
func named(arms []judgedArm, in bool, of outcome) string {
	var out []string
	for _, j := range arms {
		i := j.largest(of)
		text := j.name + ", " + i.size()
		if in {
			text += " in " + i.of.Workload
		}
		out = append(out, text)
	}
	return " (" + strings.Join(few(out), "; ") + ")"
}

// few are the first of many, and how many more there are.
func few(texts []string) []string {
	if more := len(texts) - fewNames; more > 0 {
		return append(texts[:fewNames:fewNames], fmt.Sprintf("and %d more", more))
	}
	return texts
}

func namesOf(arms []judgedArm) string {
	var out []string
	for _, j := range arms {
		out = append(out, j.name)
	}
	return strings.Join(few(out), ", ")
}

// unseenOf says which differences the undecided comparisons do not see, where they have one unit.
func unseenOf(arms []judgedArm) string {
	low, high := record.Number(math.Inf(1)), record.Number(math.Inf(-1))
	var of *rank.Analysis
	for _, j := range arms {
		for _, i := range j.in {
			if outcomeOf(i.Verdict) != undecided || !i.MDE.Exists() {
				continue
			}
			if of != nil && of.EffectUnit != i.of.EffectUnit {
				return ""
			}
			of, low, high = &i.of, min(low, i.MDE), max(high, i.MDE)
		}
	}
	if of == nil {
		return ""
	}
	return ": " + unseenWords(*of, low, high)
}

// reasons says which arms are a reason to change anything.
func (r Report) reasons(arms []judgedArm, primary []rank.Analysis) string {
	var worth []string
	for _, j := range arms {
		if j.outcome != helps {
			continue
		}
		text := j.name
		if open := j.open(); len(open) > 0 {
			text += " (undecided in " + strings.Join(open, ", ") + ")"
		}
		if j.switchedAlone() {
			text += " (by switching alone)"
		}
		worth = append(worth, text)
	}
	if len(worth) > 0 {
		return "By more than the margin, and so a reason to change something: " + strings.Join(few(worth), ", ") + "."
	}
	if slices.ContainsFunc(arms, func(j judgedArm) bool { return j.outcome == contradicts }) {
		return capital("which " + measureWord(arms) + " counts decides whether there is a reason to change anything.")
	}
	if shown := r.settingsShown(primary); len(shown) > 0 {
		return "No arm is a reason to change anything; averaged over all arms, single settings are shown to help by more than the margin: " + strings.Join(few(shown), "; ") + "."
	}
	return "Nothing here is a reason to change anything."
}

// settingsShown are the levels of crossed settings that help by more than the margin.
func (r Report) settingsShown(primary []rank.Analysis) []string {
	var shown []string
	for _, a := range primary {
		e := r.effectsOf(a)
		if e == nil || e.Factors == nil {
			continue
		}
		s := settingSpeaker{speaker{a, effectDecimals(e.Factors.Levels)}}
		for _, l := range e.Factors.Levels {
			if in := s.benefit(l.Interval); in.Low.Exists() && in.Low > a.Margin {
				shown = append(shown, fmt.Sprintf("%s=%s instead of %s, %s %s %s [%s, %s] in %s", l.Factor, l.Level, l.Against, a.Metric, signed(l.Difference, s.decimals), a.EffectUnit, signed(l.Interval.Low, s.decimals), signed(l.Interval.High, s.decimals), a.Workload))
			}
		}
	}
	return shown
}

// next says what to do, and what it takes to decide the rest.
func (r Report) next(arms []judgedArm, primary []rank.Analysis) []string {
	var lines []string
	if winner := r.recommended(arms, primary); winner != "" {
		lines = append(lines, "Use "+winner+": it was booted as a whole, and is the only arm that may be the best.")
	}
	with := func(of outcome) []judgedArm {
		return slices.DeleteFunc(slices.Clone(arms), func(j judgedArm) bool { return j.outcome != of })
	}
	if bad := with(harms); len(bad) > 0 {
		lines = append(lines, "Do not use what harms, and undo it where it is in use: "+namesOf(bad)+".")
	}
	if bad := with(fails); len(bad) > 0 {
		lines = append(lines, "Do not use what fails: "+namesOf(bad)+".")
	}
	if r.Interim != "" { // what is still to come is planned
		return lines
	}
	for _, a := range primary {
		for _, arm := range a.Arms {
			if arm.IsBaseline && arm.Boots.OK == 0 && !nothingMeasured(a) {
				return append(lines, fmt.Sprintf("See first why no boot of the baseline is ranked in %s: nothing can be compared with it.", a.Workload))
			}
		}
	}
	if !slices.ContainsFunc(arms, func(j judgedArm) bool { return len(j.open()) > 0 }) {
		return lines
	}
	more := missing{}
	var of rank.Analysis
	for _, a := range primary {
		if m := bootsMissing(a); m.boots > more.boots {
			more, of = m, a
		}
	}
	switch {
	case more.boots == 0:
	case more.boots > manyBoots:
		lines = append(lines, fmt.Sprintf("To decide the rest at a margin of %s %s takes more than 10,000 boots: lower the noise first (docs/quiet.md).", plainNumber(float64(of.Margin)), of.EffectUnit))
	default:
		text := fmt.Sprintf("To decide the rest at a margin of %s %s takes a campaign of %s, which is %d more than this one: %d boots more", plainNumber(float64(of.Margin)), of.EffectUnit, count(more.of, "block"), more.blocks, more.boots)
		if of.Stints != nil && len(of.Stints.Levels) == 1 {
			text = fmt.Sprintf("To decide the rest at a margin of %s %s takes a campaign of %s within which the arms are switched, which is %d more than this one", plainNumber(float64(of.Margin)), of.EffectUnit, count(more.of, "boot"), more.boots)
		}
		if r.BootTime > 0 {
			text += ", " + hoursWords((time.Duration(more.boots) * r.BootTime).Hours())
		}
		lines = append(lines, text+". Plan it anew: blocks that are added because of what is seen here void the error rates.")
	}
	if names := openBetween(arms); names != "" {
		text := "What needs a reboot takes more boots than what is switched: " + names + "."
		if r.Campaign != "" {
			text += fmt.Sprintf(" vnettune plan %s --from %s prices it.", r.fileWord(), trouble.ShellWord(r.Path))
		}
		lines = append(lines, text)
	}
	return lines
}

// recommended is the arm that a reader is told to use: the only one that may be the best in every
// workload, which helps by more than the margin, and nothing speaks against it; "" for none.
func (r Report) recommended(arms []judgedArm, primary []rank.Analysis) string {
	if r.Narrowed || len(primary) == 0 {
		return ""
	}
	winner := string(primary[0].SingleWinner)
	for _, a := range primary {
		if string(a.SingleWinner) != winner {
			return ""
		}
		for _, arm := range a.Arms {
			if arm.Name == r.Placebo && record.True(arm.Differs) {
				return ""
			}
		}
	}
	for _, j := range arms {
		if j.name == winner && j.outcome == helps {
			return winner
		}
	}
	return ""
}

// missing is what an analysis lacks to find a difference of the margin: blocks, and the boots in them;
// of is how many blocks a campaign would have that has them.
type missing struct{ blocks, boots, of int }

// openBetween names the arms of which more boots could decide what was compared between boots.
func openBetween(arms []judgedArm) string {
	var open []judgedArm
	for _, j := range arms {
		if slices.ContainsFunc(j.in, func(i armIn) bool { return i.FoundBy == rank.FoundBetween && i.decidable() }) {
			open = append(open, j)
		}
	}
	return namesOf(open)
}

// bootsMissing counts in whole blocks, since arms are booted in blocks.
func bootsMissing(a rank.Analysis) missing {
	var m missing
	if a.Blocks == 0 {
		return m
	}
	if a.Stints != nil {
		return stintsMissing(a)
	}
	planned := 0
	for _, arm := range a.Arms {
		planned += arm.Boots.Planned
		if arm.Boots.OK == 0 { // more boots of an arm that does not work would be no better
			continue
		}
		perBlock := max(1, float64(arm.Boots.Planned)/float64(a.Blocks))
		if lacking := int(a.BootsNeeded) - arm.Boots.OK; lacking > 0 {
			m.blocks = max(m.blocks, int(math.Ceil(float64(lacking)/perBlock)))
		}
	}
	m.boots = m.blocks * int(math.Ceil(float64(planned)/float64(a.Blocks)))
	m.of = a.Blocks + m.blocks
	return m
}

// stintsMissing counts the boots that lack where arms are switched within boots: a block has one of each level, and
// all arms of a level. What is compared between boots has other noise, of which nothing is said here.
func stintsMissing(a rank.Analysis) missing {
	var m missing
	for _, arm := range a.Arms {
		if arm.Boots.OK > 0 && (arm.IsBaseline || arm.FoundBy == rank.FoundWithin) {
			m.blocks = max(m.blocks, int(a.BootsNeeded)-arm.Boots.OK)
		}
	}
	m.boots = m.blocks * len(a.Stints.Levels)
	m.of = slices.Max(a.Stints.Boots) + m.blocks
	return m
}
