package report

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vnettune/matrix/campaign"
	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/rank/minimal"
	"vnettune/report/stored"
	"vnettune/trouble"
)

// minimalSentences say which lines of a profile are enough, and how that is confirmed; none without a profile.
func minimalSentences(r Report) []string {
	s := r.Minimal
	if s == nil {
		return nil
	}
	if r.harms(s.Profile) {
		return []string{s.Profile + " harms: no part of it takes its place."}
	}
	matter, dropped, undecided := s.Of(minimal.Matters), s.Of(minimal.Dropped), s.Of(minimal.Undecided)
	text := fmt.Sprintf("Of %d lines of %s ", len(s.Lines), s.Profile)
	switch {
	case len(matter) > 0:
		text += fmt.Sprintf("keep %d: %s", len(matter), lineWords(matter))
	case len(undecided) > 0:
		text += "none is shown to matter"
	default:
		text += "keep none"
	}
	switch n := len(dropped); {
	case n == 1:
		text += fmt.Sprintf("; 1 can be left out: %s (%s, %s %% sure)", dropped[0].Setting, r.lossWords(), sure(r.Ranking.Alpha))
	case n > 1:
		text += fmt.Sprintf("; %d can be left out together (%s, %s %% sure, if their effects add up)", n, r.lossWords(), sure(r.Ranking.Alpha))
	case len(undecided) > 0:
		text += "; none can be left out yet"
	}
	if n := len(undecided); n > 0 {
		stay := "are undecided and stay"
		if n == 1 {
			stay = "is undecided and stays"
		}
		text += fmt.Sprintf("; %d %s: %s", n, stay, lineWords(undecided))
	}
	if s.BySwitching {
		text += ". That is by switching, not by reboots"
	}
	all := []string{text + "."}
	if s.BootsNeeded > 0 && len(undecided) > 0 {
		all = append(all, fmt.Sprintf("To decide the rest takes about %s of each combination, if leaving them out costs nothing.", count(int(s.BootsNeeded), applied(s.BySwitching))))
	}
	if n := int(s.ConfirmBlocks); n > 0 {
		confirm := fmt.Sprintf("Confirm it by fresh boots of the baseline, %s and what is left of it, %d of each", s.Profile, n)
		if r.Confirm != nil {
			confirm += fmt.Sprintf(": the campaign file %s is in the page of vnettune report %s --format html", r.Confirm.Name, trouble.ShellWord(r.Path))
		}
		all = append(all, confirm+".")
	}
	return all
}

// harms says whether an arm is shown to harm in anything that is primary.
func (r Report) harms(name string) bool {
	return slices.ContainsFunc(stored.Primary(r.Ranking.Analyses), func(a rank.Analysis) bool {
		return slices.ContainsFunc(a.Arms, func(arm rank.Arm) bool { return arm.Name == name && verdictWords(arm) == string(rank.LabelHarms) })
	})
}

// subsetSentences say whether an arm that sets a part of another does as well.
func subsetSentences(r Report) []string {
	s := r.Subset
	if s == nil {
		return nil
	}
	if r.harms(s.Whole) {
		return []string{s.Whole + " harms: no part of it takes its place."}
	}
	var words []string
	for _, b := range s.Bounds {
		a, _ := r.analysis(b.Workload, b.Metric)
		where := b.Metric
		if len(s.Bounds) > 1 {
			where += " in " + b.Workload
		}
		in := rank.Interval{Low: b.Worst, High: b.Worst}
		switch lost := (settingSpeaker{speaker{a, 0}}).benefit(in).Low; {
		case !lost.Exists():
			words = append(words, where+" is not known")
		case lost < 0:
			words = append(words, fmt.Sprintf("%s %s by %s %s at most", where, map[bool]string{true: "higher", false: "lower"}[a.Better == "lower"], significant(-lost, 2), a.EffectUnit))
		default:
			words = append(words, where+" no worse")
		}
	}
	lines := count(s.Lines, "line")
	text := fmt.Sprintf("Whether the %s of %s do what the %d of %s do is undecided", lines, s.Arm, s.Of, s.Whole)
	if s.NoWorse {
		text = fmt.Sprintf("The %s of %s do what the %d of %s do, no worse than the margin", lines, s.Arm, s.Of, s.Whole)
	}
	if s.Lines == 1 {
		text = strings.Replace(text, " do ", " does ", 1)
	}
	text += fmt.Sprintf(" (%s, each %s %% sure)", listed(words), sure(r.Ranking.Alpha))
	var verdicts []string
	for _, a := range r.Ranking.Analyses {
		for _, arm := range a.Arms {
			isKey := slices.ContainsFunc(s.Bounds, func(b minimal.Bound) bool { return b.Workload == a.Workload && b.Metric == a.Metric })
			if arm.Name == s.Arm && isKey && !slices.Contains(verdicts, verdictWords(arm)) {
				verdicts = append(verdicts, verdictWords(arm))
			}
		}
	}
	return []string{text + "; against the baseline: " + listed(verdicts) + "."}
}

// mostLines is how many lines are named by their values in one sentence.
const mostLines = 4

func lineWords(lines []minimal.Line) string {
	var words []string
	for _, l := range lines {
		words = append(words, l.Setting+"="+l.Value)
	}
	if more := len(words) - mostLines; more > 1 {
		return strings.Join(words[:mostLines], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return listed(words)
}

// lossWords say what leaving out the dropped lines is shown not to cost.
func (r Report) lossWords() string {
	var words []string
	several := slices.ContainsFunc(r.Minimal.Bounds, func(b minimal.Bound) bool { return b.Workload != r.Minimal.Bounds[0].Workload })
	for _, b := range r.Minimal.Bounds {
		a, _ := r.analysis(b.Workload, b.Metric)
		way, where := "lower", ""
		if a.Better == "lower" {
			way = "higher"
		}
		if several {
			where = " in " + b.Workload
		}
		words = append(words, fmt.Sprintf("%s%s %s by less than %s", b.Metric, where, way, strings.TrimPrefix(marginWords(a), "margin ")))
	}
	return listed(words)
}

// minimalPart says which lines of a profile are enough, and hands over the campaign file that confirms it.
func minimalPart(r Report) []page.Part {
	part := page.Part{Title: "The minimal set", ID: "minimal", Blocks: paragraphs(append(minimalSentences(r), subsetSentences(r)...)...)}
	if r.Confirm != nil {
		part.Blocks = append(part.Blocks, *r.Confirm)
	}
	return parts(part)
}

// topKey is a key of a campaign file.
var topKey = regexp.MustCompile(`^['"]?([a-z_]+)['"]?\s*:`)

// notKept are the keys of a campaign file that make up its design and its length; all others are the confirming
// campaign's, too.
var notKept = []string{"name", "design", "profile", "arms", "settings", "labels", "forbid", "placebo", "positive_control", "switch", "blocks", "search"}

// confirmOf is the campaign file by whose fresh boots the minimal set is compared with the whole profile and the
// baseline; nil where there is nothing to confirm, or no campaign of it can be made of the campaign's own file.
func confirmOf(c *stored.Campaign, s *minimal.Set) *page.File {
	if s == nil || s.ConfirmBlocks == 0 || s.ConfirmBlocks > campaign.MaxBlocks {
		return nil
	}
	kept := c.Kept.Campaign
	name := kept.Name + "-minimal"
	var b strings.Builder
	fmt.Fprintf(&b, "# Fresh boots of what is left of %s, the whole of it and the baseline; made by vnettune report of %s.\n", s.Profile, kept.Name)
	fmt.Fprintf(&b, "name: %s\ndesign: list\narms:\n  - use: %s\n  - name: %s\n    set:\n", strconv.Quote(name), strconv.Quote(s.Profile), strconv.Quote(s.Profile+"-minimal"))
	left := map[string]string{}
	for _, l := range s.Lines {
		if l.Outcome != minimal.Dropped {
			fmt.Fprintf(&b, "      %s: %s\n", strconv.Quote(l.Setting), strconv.Quote(l.Value))
			left[l.Setting] = l.Value
		}
	}
	fmt.Fprintf(&b, "blocks: %d\n", s.ConfirmBlocks)
	taken := false
	for line := range strings.Lines(string(kept.Text)) {
		if m := topKey.FindStringSubmatch(line); m != nil {
			taken = !slices.Contains(notKept, m[1])
		} else if strings.TrimSpace(line) == "---" { // the document that holds files of profiles
			taken = true
		} else if strings.HasPrefix(line, "#") {
			continue
		}
		if taken {
			b.WriteString(strings.TrimRight(line, "\r\n") + "\n")
		}
	}
	f := &page.File{Title: "Campaign file that confirms the minimal set", Name: name + ".yaml", Text: b.String(), Offered: true}
	if !confirms(c, s, f, left) {
		return nil
	}
	return f
}

// confirms says whether a campaign file is what it is meant to be: legal, and with the profile and what is left
// of it as they were measured.
func confirms(c *stored.Campaign, s *minimal.Set, f *page.File, left map[string]string) bool {
	parsed, err := campaign.Parse(f.Name, []byte(f.Text))
	if err != nil {
		return false
	}
	plan, err := parsed.Plan(c.Plan().Generation)
	if err != nil || len(plan.Arms) != 3 {
		return false
	}
	for i, lines := range []int{len(s.Lines), len(left)} {
		differ := plan.Arms[1+i].Combination.Differences(plan.Baseline().Combination)
		if len(differ) != lines {
			return false
		}
		for _, x := range differ {
			whole := slices.ContainsFunc(s.Lines, func(l minimal.Line) bool { return l.Setting == x.ID && l.Value == string(x.Value) })
			if !whole || i == 1 && left[x.ID] != string(x.Value) {
				return false
			}
		}
	}
	return true
}
