package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/rank/gate"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/results/sample"
)

// TellGate puts a gate's outcome into words.
func TellGate(g stored.Gated) page.Page {
	r := Report{GuestKind: g.GuestKind}
	lead := string(g.Verdict) + ": " + g.Candidate + " against " + g.Baseline
	if bySwitching(g) {
		lead += ", by switching within boots"
	}
	p := page.Page{Title: "Gate", Key: "gate " + g.Key, Notice: r.noticeWords(), Verdict: markOfGate(g.Verdict), Lead: []string{lead}}
	if g.Looks.Planned > 1 {
		p.Lead = append(p.Lead, fmt.Sprintf("Look %d of %d, as fixed before the first: each has %s of the error rate.", g.Looks.This, g.Looks.Planned, significant(g.Looks.Alpha(g.Alpha), 3)))
	}
	if g.Unmade > 0 && g.Verdict != gate.Inconclusive {
		p.Lead = append(p.Lead, fmt.Sprintf("Provisional: %d of the campaign's planned boots are still to come, and the error rate holds for one look, at their end.", g.Unmade))
	}
	p.Next = notEmpty(lookSentence(g))
	judged := page.Part{Title: "What was judged", ID: "judged", Blocks: paragraphs(fmt.Sprintf("%s; each bound is wrong at most %s of the time; FAIL by Holm's rule over %s",
		gateMargins(g.Results), strconv.FormatFloat(g.Looks.Alpha(g.Alpha), 'g', 3, 64), count(tests(g), "test")))}
	judged.Blocks = append(judged.Blocks, gateGrid(g.Results))
	if g.Results[0].BootOrder == rank.OrderUnknown && g.Results[0].Method != rank.MethodSessions {
		judged.Blocks = append(judged.Blocks, page.Text{Words: "The samples do not say in which order the boots were made: drift cannot be excluded.", Mark: page.Undecided})
	}
	for _, res := range g.Results {
		one := page.List{Title: res.Workload + " " + res.Metric + ": " + GateSentence(res, g.Alpha)}
		for _, w := range res.Warnings {
			arm := ""
			if w.Arm != "" {
				arm = string(w.Arm) + ": "
			}
			one.Items = append(one.Items, arm+w.Text)
		}
		if len(one.Items) == 0 {
			judged.Blocks = append(judged.Blocks, page.Text{Words: one.Title})
		} else {
			judged.Blocks = append(judged.Blocks, one)
		}
	}
	for _, text := range g.NotJudged {
		judged.Blocks = append(judged.Blocks, page.Text{Words: "not judged: " + text, Mark: page.Undecided})
	}
	judged.Blocks = append(judged.Blocks, paragraphs(FailuresSentence(g), switchSentence(g), gateQuestion(g))...)
	p.Parts = []page.Part{judged}
	return p
}

// markOfGate is the mark of a gate's verdict.
func markOfGate(v gate.Verdict) page.Mark {
	switch v {
	case gate.Pass:
		return page.Better
	case gate.Fail, gate.FailFailures:
		return page.Worse
	}
	return page.Undecided
}

// tests counts the tests of which any may fail the gate.
func tests(g stored.Gated) int {
	n := len(g.Results)
	if g.Failures.InFamily {
		n++
	}
	return n
}

// gateMargins are the margins of the metrics, each once.
func gateMargins(results []gate.Result) string {
	var with, without []string
	for _, g := range results {
		if !g.Margin.Exists() {
			without = append(without, "no margin for "+g.Metric)
			continue
		}
		text := gateMargin(g)
		if len(results) > 1 {
			text += " of " + g.Metric
		}
		if !slices.Contains(with, text) {
			with = append(with, text)
		}
	}
	if len(with) > 0 {
		with[0] = "margin " + with[0]
	}
	return strings.Join(append(with, without...), ", ")
}

func gateMargin(g gate.Result) string { return plainNumber(float64(g.Margin)) + " " + g.EffectUnit }

func gateGrid(results []gate.Result) page.Grid {
	g := page.Grid{Columns: []page.Column{{Head: "judged", Name: true}, {Head: "difference", Right: true}, {Head: "at least", Right: true}, {Head: "at most", Right: true},
		{Head: "boots", Right: true, Spare: 1}, {Head: "verdict", Verdict: true}}}
	for _, r := range results {
		g.Rows = append(g.Rows, page.Row{Mark: markOfGate(r.Verdict), Cells: []string{r.Workload + " " + r.Metric, gateAmount(r, r.Difference), gateBound(r, r.Interval.Low), gateBound(r, r.Interval.High),
			fmt.Sprintf("%d+%d", r.New.OK, r.Base.OK), gateWord(r)}})
	}
	return g
}

// gateWord is the verdict of a metric, with the reason why it is none.
func gateWord(g gate.Result) string {
	if g.Reason == "" || g.Reason == gate.ReasonNoise {
		return string(g.Verdict)
	}
	return fmt.Sprintf("%s(%s)", g.Verdict, g.Reason)
}

// gateBound is a difference without its unit, which stands beside it.
func gateBound(g gate.Result, v record.Number) string {
	return strings.TrimSuffix(gateAmount(g, v), " "+shortUnit(g.EffectUnit))
}

// gateAmount writes a difference.
func gateAmount(g gate.Result, v record.Number) string {
	unit := shortUnit(g.EffectUnit)
	switch {
	case !v.Exists():
		return "-"
	case g.Scale == sample.Ratio && !(100+g.Interval.High < beyondFactor*(100+g.Interval.Low)) && g.Interval.Low.Exists():
		return "?" // the sentence says that the interval is beyond sense
	}
	return signed(v, 2) + " " + unit
}

// GateSentence says what the verdict on a metric means and what would settle it; alpha is that of
// the gate, all looks together.
func GateSentence(g gate.Result, alpha float64) string {
	switch {
	case g.Verdict == gate.Pass && g.Equal && g.Method == rank.MethodSessions:
		return "equal in every campaign"
	case g.Verdict == gate.Pass && g.Equal:
		return "equal in every boot; " + notExcluded(min(g.New.OK, g.Base.OK), alpha, "another value")
	case g.Verdict == gate.Pass && g.LostWorst != "":
		return "shown to be no worse than the margin of " + gateMargin(g) + ", whatever the lost boots would have measured"
	case g.Verdict == gate.Pass:
		return "shown to be no worse than the margin of " + gateMargin(g)
	case g.Verdict == gate.Fail && g.LostEven != "":
		return fmt.Sprintf("shown to be worse, by an estimated loss of the margin of %s or more (p %s after Holm), also if the lost boots were like those of the other side", gateMargin(g), pValue(g.PFailHolm))
	case g.Verdict == gate.Fail:
		return fmt.Sprintf("shown to be worse, by an estimated loss of the margin of %s or more (p %s after Holm)", gateMargin(g), pValue(g.PFailHolm))
	}
	switch g.Reason {
	case gate.ReasonSession:
		return fmt.Sprintf("INCONCLUSIVE(session): campaigns differ from day to day by an amount that %s cannot tell; %s needed. A baseline booted among the candidate's boots needs none",
			count(g.Sessions, "stored session"), count(g.SessionsMissing, "more session"))
	case gate.ReasonBoots:
		switch {
		case g.New.OK+g.Base.OK == 0:
			return "no boot of either side gave a number: that says something of the workload, and nothing of the candidate"
		case g.Base.OK == 0 && g.Base.Failed > 0:
			return "no boot of the baseline gave a number: see why its boots failed"
		case g.New.OK == 0 && g.New.Failed > 0:
			return "no boot of the candidate gave a number: see why its boots failed"
		case g.New.OK == 0 && g.New.Lost > 0:
			return "no boot of the candidate gave a number, for reasons that say nothing about it: see what became of them, and boot it anew"
		}
		return "fewer than 3 boots on a side: a new campaign needs more blocks"
	case gate.ReasonGrown:
		return "INCONCLUSIVE(grown): blocks were added more often than was fixed before the first boot, so that chance had more looks than its error rate allows"
	case gate.ReasonFellBack:
		return "the candidate is not the same after a switch as after a reboot, and has fewer than 3 boots of its own: its stints are not judged"
	case gate.ReasonOrder:
		return fmt.Sprintf("INCONCLUSIVE(order): the boots were made arm by arm, so that drift and difference cannot be told apart; if nothing drifted, it would be %s. Boot candidate and baseline in blocks", g.Numbers)
	case gate.ReasonMargin:
		return fmt.Sprintf("nobody said from which loss on %s matters: say --margin %s=NUMBER (in %s)", g.Metric, g.Metric, g.EffectUnit)
	case gate.ReasonMissing:
		return fmt.Sprintf("INCONCLUSIVE(missing): %s of the ranked boots hangs on what the lost ones would have measured: %d of %d of the candidate's and %d of %d of the baseline's are ranked; %d and %d failed, %d and %d were set aside",
			g.Numbers, g.New.OK, g.New.Planned, g.Base.OK, g.Base.Planned, g.New.Failed, g.Base.Failed, g.New.NotInEffect+g.New.Excluded, g.Base.NotInEffect+g.Base.Excluded)
	case gate.ReasonVariance:
		return "no variance seen: resolution limit? Nothing can be tested"
	}
	if g.Scale == sample.Ratio && !(100+g.Interval.High < beyondFactor*(100+g.Interval.Low)) && g.Interval.Low.Exists() {
		return fmt.Sprintf("%s is not known within a factor of %d: lower the noise first (docs/quiet.md)", g.Metric, beyondFactor)
	}
	if g.Method == rank.MethodSessions {
		return fmt.Sprintf("neither a loss nor its absence is shown by %s: a baseline booted among the candidate's boots is more precise", count(g.Sessions, "stored session"))
	}
	if g.BootsNeeded > manyBoots {
		return "neither a loss nor its absence is shown: to pass a candidate without a difference takes more than 10,000 boots on each side, so lower the noise first (docs/quiet.md)"
	}
	if g.BootsNeeded > 0 {
		return fmt.Sprintf("neither a loss nor its absence is shown: about %s on each side would pass a candidate without a difference 4 times out of 5", bootsWords(int(g.BootsNeeded)))
	}
	return "neither a loss nor its absence is shown"
}

// FailuresSentence says how often boots fail; empty where none does.
func FailuresSentence(g stored.Gated) string {
	f := g.Failures
	if f.FailedNew+f.FailedBase == 0 {
		return ""
	}
	text := fmt.Sprintf("failures: %d of %d boots of the candidate, %d of %d of the baseline", f.FailedNew, f.TriedNew, f.FailedBase, f.TriedBase)
	switch {
	case g.Verdict == gate.FailFailures:
		return text + fmt.Sprintf(": the candidate is shown to fail more often (Fisher's exact test, p %s after Holm)", pValue(f.PHolm))
	case f.FailedNew == f.TriedNew && f.FailedBase == f.TriedBase:
		return text + ": every boot of both sides failed, which tells nothing of the candidate"
	case !f.InFamily:
		return text + ": too few to show anything"
	case float64(f.PHolm) <= g.Looks.Alpha(g.Alpha) && g.Verdict == gate.Fail:
		return text + fmt.Sprintf(": the candidate fails more often, too (Fisher's exact test, p %s after Holm)", pValue(f.PHolm))
	case float64(f.PHolm) <= g.Looks.Alpha(g.Alpha):
		return text + fmt.Sprintf(": the candidate fails more often (Fisher's exact test, p %s after Holm), but boots that were made arm by arm decide nothing", pValue(f.PHolm))
	}
	return text + fmt.Sprintf(": that the candidate fails more often is not shown (Fisher's exact test, p %s after Holm)", pValue(f.PHolm))
}

// gateQuestion says what the gate asks, and what it does not; empty where the campaign has no other
// arms, so that a ranking asks of the same two.
func gateQuestion(g stored.Gated) string {
	if g.Results[0].Method == rank.MethodSessions {
		return "The gate asks whether the candidate has become worse than the stored campaigns by the margin; which arm is better is what vnettune report says."
	}
	if g.Arms <= 2 {
		return ""
	}
	return fmt.Sprintf("The gate asks of these two arms alone whether the candidate is worse by the margin; the ranking asks of all %d arms at once, and may leave undetermined what the gate decides.", g.Arms)
}

// lookSentence says what to do after an inconclusive gate.
func lookSentence(g stored.Gated) string {
	switch {
	case g.Verdict != gate.Inconclusive || g.Results[0].Reason == gate.ReasonOrder:
		return ""
	case g.Results[0].Reason == gate.ReasonSession:
		return "Store more campaigns (vnettune baseline add), or boot the baseline among the candidate's boots."
	case g.Results[0].Reason == gate.ReasonGrown:
		return "Blocks were added more often than the campaign fixed (looks): it stays inconclusive. Run a new campaign, with as many looks as are wanted."
	case g.Unmade > 0:
		return fmt.Sprintf("The campaign is not done, %d of its planned boots are still to come: go on with it, and ask then.", g.Unmade)
	case g.Looks.Planned < 2:
		return "Do not add boots and test again as if this had not been seen: the next campaign can plan several, with looks: 3 in its file."
	case g.Looks.Last():
		return "This was the last look: it stays inconclusive."
	}
	if g.Grows {
		return fmt.Sprintf("Add blocks to the campaign's file and run it again: that is look %d of %d.", g.Looks.This+1, g.Looks.Planned)
	}
	return fmt.Sprintf("Add blocks and look again with --looks %d --look %d.", g.Looks.Planned, g.Looks.This+1)
}

// GateSentences say in words what is said of the gate as a whole.
func GateSentences(g stored.Gated) []string {
	return notEmpty(FailuresSentence(g), switchSentence(g), gateQuestion(g), lookSentence(g))
}

// GateSchema names the JSON form of a gate; docs/schema/gate-v2.json describes it.
const GateSchema = "vnettune/gate/v2"

// jsonGate is a gate's outcome and where it comes from.
type jsonGate struct {
	Schema string `json:"schema"`
	stored.Gated
	Looks     jsonLooks    `json:"looks"`
	GuestKind record.Name  `json:"guest_kind"`
	Notice    record.Name  `json:"notice"`
	Results   []jsonResult `json:"metrics"`
	// Sentences say in words what is said of the gate as a whole.
	Sentences []string `json:"sentences"`
}

// jsonLooks are the looks that share alpha, which of them this is, and its share.
type jsonLooks struct {
	Planned int           `json:"planned"`
	This    int           `json:"this"`
	Alpha   record.Number `json:"alpha"`
}

// jsonResult is the gate of one metric, in numbers and in words.
type jsonResult struct {
	gate.Result
	BootsNew   int `json:"boots_new"`
	BootsBase  int `json:"boots_base"`
	FailedNew  int `json:"boots_failed_new"`
	FailedBase int `json:"boots_failed_base"`
	AsideNew   int `json:"boots_set_aside_new"`
	AsideBase  int `json:"boots_set_aside_base"`
	gate.Comparison
	Drift    record.Number  `json:"drift"`
	DriftP   record.Number  `json:"drift_p"`
	Sentence string         `json:"sentence"`
	Warnings []rank.Warning `json:"warnings"`
}

// GateJSON writes the outcome for programs.
func GateJSON(w io.Writer, g stored.Gated) error {
	r := Report{GuestKind: g.GuestKind}
	g.NotJudged = list(g.NotJudged)
	d := jsonGate{
		Schema: GateSchema, Gated: g, Looks: jsonLooks{g.Looks.Count(), max(1, g.Looks.This), record.Number(g.Looks.Alpha(g.Alpha))},
		GuestKind: record.Name(r.guestKind()), Notice: record.Name(r.notice()), Results: []jsonResult{},
	}
	d.Sentences = GateSentences(g)
	for _, m := range g.Results {
		d.Results = append(d.Results, jsonResult{
			m, m.New.OK, m.Base.OK, m.New.Failed, m.Base.Failed, m.New.NotInEffect + m.New.Excluded, m.Base.NotInEffect + m.Base.Excluded,
			m.Comparison, m.Drift.Change, m.Drift.P, GateSentence(m, g.Alpha), warnings(m.Warnings),
		})
	}
	return writeJSON(w, "gate", d)
}
