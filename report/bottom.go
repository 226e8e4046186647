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
func BottomLine(r Report) Bottom {
	b := Bottom{Sentences: []string{}, Next: []string{}}
	say := func(text string) { b.Sentences = append(b.Sentences, capital(r.subject()+text)) }
	if r.Interim != "" {
		b.Sentences = append(b.Sentences, "Interim: "+r.Interim+". To stop because of what is seen here voids the error rates.")
	}
	primary := stored.Primary(r.Ranking.Analyses)
	arms := judgedArms(r, primary)
	switch {
	case len(primary) == 0 || len(arms) == 0:
		say(r.nothing())
		return b
	case r.AA:
		say(againstItself(primary))
		return b
	case !slices.ContainsFunc(primary, func(a rank.Analysis) bool { return !nothingMeasured(a) }):
		say("no boot gave a number, neither of the baseline nor of any other arm.")
		return b
	case !slices.ContainsFunc(primary, func(a rank.Analysis) bool { return a.BootOrder != rank.OrderGrouped }):
		say("nothing can be claimed: the boots were made arm by arm, so that drift and difference cannot be told apart.")
		b.Next = append(b.Next, "Boot the arms anew, in blocks of random order.")
		return b
	}
	if slices.ContainsFunc(primary, func(a rank.Analysis) bool { return a.BootOrder == rank.OrderUnknown }) {
		b.Sentences = append(b.Sentences, "The order of the boots is not known, so that drift cannot be excluded.")
	}
	b.Sentences = append(b.Sentences, contradictions(arms)...)
	say(counts(arms, r.Ranking.Baseline, primary) + ".")
	b.Sentences = append(b.Sentences, reasons(arms))
	b.Next = append(b.Next, next(arms, primary, r.BootTime)...)
	return b
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

// contradictions say of each arm that helps one workload and harms another that it does.
func contradictions(arms []judgedArm) []string {
	var lines []string
	for _, j := range arms {
		if j.outcome == contradicts {
			lines = append(lines, fmt.Sprintf("%s helps %s and harms %s.", j.name, j.sizes(helps, helpsMaybe), j.sizes(harms)))
		}
	}
	return lines
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
	case contradicts:
		return text + " helps one workload and harms another"
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

// counts says how many arms have which outcome.
func counts(arms []judgedArm, baseline string, primary []rank.Analysis) string {
	several := len(primary) > 1
	if len(arms) == 1 {
		return alone(arms[0], baseline, several)
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
	add(contradicts, "helps one workload and harms another", "help one workload and harm another", "")
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
	return fmt.Sprintf("of %d arms compared with %s, %s", len(arms), baseline, strings.Join(parts, "; "))
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
func reasons(arms []judgedArm) string {
	var worth []string
	for _, j := range arms {
		if j.outcome != helps {
			continue
		}
		text := j.name
		if open := j.open(); len(open) > 0 {
			text += " (undecided in " + strings.Join(open, ", ") + ")"
		}
		worth = append(worth, text)
	}
	if len(worth) > 0 {
		return "By more than the margin, and so a reason to change something: " + strings.Join(few(worth), ", ") + "."
	}
	if slices.ContainsFunc(arms, func(j judgedArm) bool { return j.outcome == contradicts }) {
		return "Which workload counts decides whether there is a reason to change anything."
	}
	return "Nothing here is a reason to change anything."
}

// next says what to do, and what it takes to decide the rest.
func next(arms []judgedArm, primary []rank.Analysis, bootTime time.Duration) []string {
	var lines []string
	if winner := recommended(primary); winner != "" {
		lines = append(lines, "Use "+winner+": it was booted as a whole, and is the only arm that may be the best.")
	}
	if bad := slices.DeleteFunc(slices.Clone(arms), func(j judgedArm) bool { return j.outcome != harms }); len(bad) > 0 {
		lines = append(lines, "Do not use what harms: "+namesOf(bad)+".")
	}
	if !slices.ContainsFunc(arms, func(j judgedArm) bool { return j.outcome == undecided || len(j.open()) > 0 }) {
		return lines
	}
	more := 0
	var of rank.Analysis
	for _, a := range primary {
		if n := bootsMissing(a); n > more {
			more, of = n, a
		}
	}
	switch {
	case more == 0:
	case more > manyBoots:
		lines = append(lines, fmt.Sprintf("To decide the rest at a margin of %s %s takes more than 10,000 boots: lower the noise first.", plainNumber(float64(of.Margin)), of.EffectUnit))
	default:
		text := fmt.Sprintf("To decide the rest at a margin of %s %s takes some %d boots more", plainNumber(float64(of.Margin)), of.EffectUnit, more)
		if bootTime > 0 {
			text += ", " + hoursWords((time.Duration(more) * bootTime).Hours())
		}
		lines = append(lines, text+": more blocks in the campaign, and run it again.")
	}
	return lines
}

// recommended is the arm that a reader is told to use: the only one that may be the best, where one
// metric decides, by more than the margin; "" for none.
func recommended(primary []rank.Analysis) string {
	if len(primary) != 1 || primary[0].SingleWinner == "" {
		return ""
	}
	if winner := string(primary[0].SingleWinner); !primary[0].IsBaseline(winner) && !onlyBelowMargin(primary[0]) {
		return winner
	}
	return ""
}

// bootsMissing is how many boots more an analysis needs to find a difference of the margin.
func bootsMissing(a rank.Analysis) int {
	more := 0
	for _, arm := range a.Arms {
		if arm.Boots.OK > 0 { // more boots of an arm that does not work would be no better
			more += max(0, int(a.BootsNeeded)-arm.Boots.OK)
		}
	}
	return more
}
