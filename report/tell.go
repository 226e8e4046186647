package report

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"vnettune/report/page"
	"vnettune/report/rank"
	"vnettune/report/stored"
	"vnettune/trouble"
)

// Tell puts a report into words: the bottom line, the primary metric of each workload, what was
// recommended line by line; and as details the other metrics, how sure all of it is, whether the rig
// was sound, what was in effect, and the machine.
func Tell(r Report) (page.Page, error) {
	bottom := BottomLine(r)
	p := page.Page{Title: "Ranking", Key: "ranking " + r.Path, Notice: r.noticeWords(), Lead: bottom.Sentences, Next: bottom.Next}
	if r.Campaign != "" {
		p.Title = "Campaign " + r.Campaign
	}
	primary := stored.Primary(r.Ranking.Analyses)
	isPrimary := func(a rank.Analysis) bool {
		return slices.ContainsFunc(primary, func(b rank.Analysis) bool { return a.Workload == b.Workload && a.Metric == b.Metric })
	}
	var rest []page.Part
	sure := page.Part{Title: "How sure, and what is missing", ID: "sure", Detail: true}
	sound := page.Part{Title: "Was the rig trustworthy?", ID: "sound", Detail: true}
	for _, a := range r.Ranking.Analyses {
		ranked, err := analysisPart(r, a)
		if err != nil {
			return p, fmt.Errorf("report: workload %q, metric %q: %w", a.Workload, a.Metric, err)
		}
		if ranked.Detail = !isPrimary(a); ranked.Detail {
			rest = append(rest, ranked)
		} else {
			p.Parts = append(p.Parts, ranked)
		}
		if blocks := r.effectBlocks(a); len(blocks) > 0 {
			does := page.Part{Title: "What the settings do - " + of(a), ID: idOf("effects", a.Workload, a.Metric), Detail: ranked.Detail, Blocks: blocks}
			if ranked.Detail {
				rest = append(rest, does)
			} else {
				p.Parts = append(p.Parts, does)
			}
		}
		sure.Blocks = append(sure.Blocks, sureLists(r, a)...)
		sound.Blocks = append(sound.Blocks, soundLists(r, a)...)
	}
	p.Parts = append(p.Parts, minimalPart(r)...)
	p.Parts = append(p.Parts, secondPart(r)...)
	p.Parts = append(p.Parts, movedPart(r, primary)...)
	again, err := reproducePart(r)
	if err != nil {
		return p, err
	}
	p.Parts = slices.Concat(recommendedPart(r, primary), p.Parts, linesPart(r), mindPart(r, primary), controlPart(r), bridgePart(r, primary), undoPart(r), measuredPart(r), rest, countedPart(r), parts(sure), parts(sound), placementPart(r), inEffectPart(r), machinePart(r), again)
	if r.Campaign != "" {
		p.Key = "report " + r.Campaign
		p.More = "vnettune report " + trouble.ShellWord(r.Path) + " --full"
	}
	return p, nil
}

// recommendedPart is the set of settings to use, and only one that was booted as a whole: what single
// lines do need not add up.
func recommendedPart(r Report, primary []rank.Analysis) []page.Part {
	if r.AA || len(judgedArms(r, primary)) == 0 {
		return nil
	}
	part := page.Part{Title: "The recommended set", ID: "recommended", Long: true}
	winner := r.recommended(judgedArms(r, primary), primary)
	switch {
	case winner == "":
		part.Blocks = paragraphs("None: " + noWinner(r) + ".")
	case len(r.Settings[winner]) == 0:
		part.Blocks = paragraphs(winner + ", which was booted as a whole.")
	default:
		part.Blocks = lists(page.List{Title: winner + ", which was booted as a whole, sets", Items: r.Settings[winner], Marked: nil})
	}
	if winner != "" && len(r.Files) > 0 {
		part.Blocks = append(part.Blocks, paragraphs("As files for this guest's Windows, to be run by hand, each with the file that undoes it: reboot after either. They are for the adapter of this guest only, say themselves what they leave out, and have never been run on a Windows by this project. On a guest of a campaign vnettune apply does the same with a proof.")...)
		for _, f := range r.Files {
			part.Blocks = append(part.Blocks, f)
		}
	}
	return []page.Part{part}
}

// noticeWords say what was measured, if that must be seen.
func (r Report) noticeWords() string {
	if n := r.notice(); n != "" {
		return "Guest: " + r.guestKind() + " - " + n
	}
	return ""
}

// idOf makes a short name for links of words.
func idOf(words ...string) string {
	return strings.Trim(notInIDs.ReplaceAllString(strings.ToLower(strings.Join(words, "-")), "-"), "-")
}

var notInIDs = regexp.MustCompile(`[^a-z0-9]+`)

// paragraphs are texts as blocks.
func paragraphs(texts ...string) []page.Block {
	var blocks []page.Block
	for _, text := range texts {
		if text != "" {
			blocks = append(blocks, page.Text{Words: text})
		}
	}
	return blocks
}

// lists are those of the lists that have items.
func lists(all ...page.List) []page.Block {
	var blocks []page.Block
	for _, l := range all {
		if len(l.Items) > 0 {
			blocks = append(blocks, l)
		}
	}
	return blocks
}

// parts is the part, if there is anything in it.
func parts(p page.Part) []page.Part {
	if len(p.Blocks) == 0 {
		return nil
	}
	return []page.Part{p}
}

// of names an analysis.
func of(a rank.Analysis) string { return a.Workload + ": " + a.Metric }

// sureLists say how sure the claims about an analysis are, what is best, and what could not have been
// seen.
func sureLists(r Report, a rank.Analysis) []page.Block {
	if len(a.Arms) == 0 || nothingMeasured(a) {
		return nil
	}
	l := page.List{Title: of(a), Items: append([]string{capital(constants(a, r.Ranking.Baseline)) + "."}, answers(r, a)...)}
	l.Items = slices.DeleteFunc(l.Items, func(text string) bool { return slices.Contains(best(a), text) }) // it stands under the table
	if hasLetters(a) {
		l.Items = append(l.Items, groupsLegend+": "+lettersList(a)+".")
	}
	for _, arms := range saidTogether(a) {
		for _, arm := range arms {
			if len(arms) > 1 { // of one alone it is said with the table
				l.Items = append(l.Items, speaker{a, decimalsFor(a)}.sentence(arm))
			}
		}
	}
	l.Items = append(l.Items, comparedSentence(r, a))
	return []page.Block{l}
}

func hasLetters(a rank.Analysis) bool {
	return slices.ContainsFunc(a.Arms, func(arm rank.Arm) bool { return arm.Letters != a.Arms[0].Letters })
}

// soundLists say whether the rig was trustworthy, as far as one analysis tells.
func soundLists(r Report, a rank.Analysis) []page.Block {
	if len(a.Arms) == 0 || nothingMeasured(a) {
		return nil
	}
	return []page.Block{page.List{Title: of(a), Items: append(rigSentences(r, a), notEmpty(placeboLine(a, r.Placebo))...)}}
}

// mindPart is what a reader of the short form must not miss: what the campaign did not do as planned,
// and what else forbids to rest much on it.
func mindPart(r Report, primary []rank.Analysis) []page.Part {
	mind := page.List{Marked: map[int]page.Mark{}}
	add := func(text string) {
		if text != "" && !slices.Contains(mind.Items, text) {
			mind.Marked[len(mind.Items)] = page.Undecided
			mind.Items = append(mind.Items, text)
		}
	}
	for _, text := range r.Urgent {
		add(text)
	}
	for _, a := range primary {
		if nothingMeasured(a) {
			continue // the section of the workload says all that there is
		}
		if text := covariateSentence(a); text != "" {
			if len(primary) > 1 {
				text = a.Workload + ": " + text
			}
			add(text)
		}
		for _, w := range a.Warnings {
			if w.Code != rank.WarnOrder || a.BootOrder == rank.OrderMixed || a.BootOrder == rank.OrderBlocks { // else the bottom line says it
				text := w.Text
				if len(primary) > 1 {
					text = a.Workload + ": " + text
				}
				add(text)
			}
		}
		for _, arm := range a.Arms {
			if arm.Name == r.Placebo && arm.Differs != nil && *arm.Differs {
				add(placeboLine(a, r.Placebo))
			}
		}
	}
	return parts(page.Part{Title: "To bear in mind", ID: "mind", Blocks: lists(mind)})
}

// measuredPart says in a few lines what was measured, with what and on what.
func measuredPart(r Report) []page.Part {
	var arms []string
	for _, name := range slices.Sorted(maps.Keys(r.Settings)) {
		arms = append(arms, name+": "+strings.Join(r.Settings[name], ", "))
	}
	return parts(page.Part{Title: "What was measured, and on what", ID: "measured", Long: true, Blocks: lists(page.List{Items: r.Plan},
		page.List{Title: "What each combination sets; all else is as in the baseline", Items: arms}, page.List{Title: "The variants of the guest's machine and driver", Items: r.Variants})})
}

// machinePart is the host, the guest and the path between them, and all that is to be noted.
func machinePart(r Report) []page.Part {
	blocks := append(lists(setupLists(r.Setups)...), lists(
		page.List{Title: "Lines of profiles that are left out", Items: r.NotApplicable},
		page.List{Title: "Set, but expected to be inert", Items: r.ExpectedInert},
		page.List{Title: "Notes", Items: r.Notes},
	)...)
	blocks = append(blocks, paragraphs(pageLine(r))...)
	return parts(page.Part{Title: "The machine, and notes", ID: "machine", Detail: true, Blocks: blocks})
}
