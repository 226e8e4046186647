package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/apply"
	"vnettune/bench/rig"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report"
	"vnettune/report/page"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

func newApplyCmd() *cobra.Command {
	var used, from, store string
	var yes bool
	cmd := &cobra.Command{
		Use:   "apply CAMPAIGN --use PROFILE|ID|winner|minimal",
		Short: "put settings on the campaign's guest to stay, verified, with a way back",
		Long: `Puts a published profile, or what a campaign found, on the guest of a campaign file:
shows what would change, who recommends it and who contradicts it, and what the store
of --from measured of it; asks, or takes --yes for it; stores the originals in a store of
its own, writes, reboots, proves the reboot, reads back, and says of each setting whether
it is in effect.

  PROFILE  one of vnettune profiles, or of the campaign's own
  winner   the arm that the report of the store recommends
  minimal  what is left of a profile without the lines that can be left out
  ID       an arm of the store, or a combination's id

vnettune restore with that store puts the originals back, and vnettune status says what
is applied. Where a setting is not in effect, something fails, or Ctrl-C is pressed, the
guest gets its originals at once. Nothing is measured, and where nothing would change
nothing is written. What is applied is noted in the guest: a later run asks whether it is
its baseline.

Exit code 1: not in effect, and put back; 6: the guest is left changed without being as
asked, and the message says how to put it back.`,
		Example: "  vnettune apply demo.yaml --use seed-vista\n  vnettune apply demo.yaml --from demo.db --use winner --yes",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			c, text, err := loadCampaign(a[0])
			if err != nil {
				return err
			}
			w := wanted{campaign: c, use: used}
			if err := w.find(from); err != nil {
				return err
			}
			cleansUp(cmd.Context())
			outliveOutput()
			if !inside(c) {
				return runInside(cmd.Context(), c, "", "", cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			return applyTo(cmd, w, rig.Files{Campaign: a[0], Text: text, Store: store}, yes)
		},
	}
	cmd.Flags().StringVar(&used, "use", "", "what to apply (required)")
	cmd.Flags().StringVar(&from, "from", "", "the store of the campaign that measured it; winner, minimal and ID need it")
	cmd.Flags().StringVar(&store, "store", "", "the file that keeps the originals, a new one (default: the campaign file's name with -applied.db, in the current folder)")
	cmd.Flags().BoolVar(&yes, "yes", false, "apply without asking")
	return cmd
}

// wanted is what is to be put on a guest.
type wanted struct {
	campaign campaign.Campaign
	use      string
	profile  bool

	// Of a store:
	from   *stored.Campaign
	report *report.Report
	arm    string // "" for none of its arms
	who    string
	set    map[string]matrix.Value
	left   []string // what of it is no setting
}

// find looks up what --use and --from name.
func (w *wanted) find(from string) error {
	if w.use == "" {
		return usageError(trouble.Hint(errors.New("--use: nothing is named"), "name a profile, or with --from STORE winner, minimal, an arm or a combination's id"))
	}
	if from != "" {
		c, err := stored.OpenStore(from)
		if err != nil {
			return err
		}
		w.from = c
		if r, err := report.Of(c, nil, stored.Asked{}); err == nil { // a store of which nothing is ranked has no verdicts
			w.report = &r
		}
		who, combination, err := chosen(c, w.use)
		if err == nil {
			return w.take(from, who, combination)
		}
		if !w.isProfile() {
			return usageError(trouble.At(from, err))
		}
	}
	if !w.isProfile() {
		if slices.Contains([]string{"winner", "minimal"}, w.use) {
			return usageError(trouble.Hint(fmt.Errorf("--use %s: no store is named that could say what it is", w.use), "say --from STORE"))
		}
		return usageError(unknown("profile", w.use, matrix.NearestProfile(w.use), "vnettune profiles lists the profiles; an arm or a combination's id needs --from STORE"))
	}
	w.profile, w.who = true, w.use
	return nil
}

func (w *wanted) isProfile() bool {
	_, published := matrix.LookupProfile(w.use)
	_, own := w.campaign.Design.Profiles[w.use]
	return published || own
}

// take takes a combination of a store: what it leaves as it was found is nothing to apply.
func (w *wanted) take(path, who string, combination matrix.Combination) error {
	w.set = map[string]matrix.Value{}
	for _, x := range combination.Assignments() {
		if x.ID == matrix.VariantID {
			v, _ := w.from.Plan().Variant(combination)
			w.left = append(w.left, fmt.Sprintf("%s=%s is %s: it is not applied", x.ID, x.Value, v.Is()))
			continue
		}
		if x.Value != matrix.Found && x.ID != matrix.PlaceboID {
			w.set[x.ID] = x.Value
		}
	}
	if len(w.set) == 0 {
		found := fmt.Errorf("%s sets no setting of Windows: there is nothing to apply", strings.TrimSuffix(who, ","))
		return usageError(trouble.At(path, trouble.Hint(found, "%s", strings.Join(append(w.left, "name another arm"), "; "))))
	}
	arms := w.from.Plan().Arms
	if i := slices.IndexFunc(arms, func(a matrix.Arm) bool { return a.Combination == combination }); i >= 0 {
		w.arm = arms[i].Name
	}
	w.who = strings.TrimSuffix(who, ",") + " of " + filepath.Base(path)
	if w.use == "winner" && w.arm != "" {
		w.who = fmt.Sprintf("%s, recommended by %s", w.arm, filepath.Base(path))
	}
	return nil
}

// plan is the one boot that puts it on a guest of generation g.
func (w *wanted) plan(g matrix.Generation) (matrix.Plan, error) {
	c := w.campaign.Design
	d := matrix.Design{Kind: matrix.List, Define: maps.Clone(c.Define), Profiles: c.Profiles, For: c.For}
	if w.profile {
		d.Arms = []matrix.ArmSpec{{Use: w.use}}
		d.Choices = choicesOf(w.use, g, c.Choices)
	} else {
		if has := matrix.Generation(w.from.Kept.Campaign.Generation); has != g {
			return matrix.Plan{}, usageError(trouble.At(w.from.Path, trouble.Hint(fmt.Errorf("%s was measured on %s, and this guest is %s", w.who, has, g), "what helps one Windows need not help another: name a profile, or measure on this one")))
		}
		if d.Define == nil {
			d.Define = map[string]matrix.Definition{}
		}
		for id, x := range w.from.File.Design.Define {
			if _, both := d.Define[id]; !both {
				d.Define[id] = x
			}
		}
		spec := matrix.ArmSpec{Name: w.arm, Set: w.set}
		if slices.Contains([]string{matrix.BaselineName, matrix.PlaceboName, matrix.ControlName}, w.arm) {
			spec.Name = ""
		}
		if w.arm == "" && w.report != nil && w.report.Minimal != nil && w.use == "minimal" {
			spec.Name = w.report.Minimal.Profile + "-minimal"
		}
		d.Arms = []matrix.ArmSpec{spec}
	}
	p, err := matrix.NewPlan(g, d, 1, 1)
	if err != nil {
		why := make([]string, 0, 1)
		for _, e := range matrix.DesignErrors(err) { // whose paths are of no file
			why = append(why, e.Msg)
		}
		return p, usageError(trouble.Hint(fmt.Errorf("--use %s: %s", w.use, strings.Join(why, "; ")), "name another; vnettune profiles says for which Windows each is published"))
	}
	if len(p.Settings) == 0 {
		return p, usageError(fmt.Errorf("--use %s: no line of it can be set on %s", w.use, g))
	}
	p.Slots = []matrix.Slot{{Block: 1, Order: 1, Arm: 1}}
	p.Applied = w.who
	return p, nil
}

// choicesOf are those of the choices that a published profile leaves to its reader.
func choicesOf(profile string, g matrix.Generation, all map[string]matrix.Value) map[string]matrix.Value {
	p, _ := matrix.LookupProfile(profile)
	needed := map[string]matrix.Value{}
	for _, l := range p.Lines {
		id := l.Setting
		if s, ok := matrix.Catalogue().Lookup(id); ok && s.Superseded[g] != "" {
			id = s.Superseded[g]
		}
		if v, ok := all[id]; ok && l.Choice != "" {
			needed[id] = v
		}
	}
	return needed
}

// tell is what would change, on a page.
func (w *wanted) tell(plan matrix.Plan, changes []apply.Change) page.Page {
	var all []report.Change
	for _, c := range changes {
		one := report.Change{Setting: c.Key, Found: c.Was.String(), Wanted: c.Will.String(), None: c.None}
		one.For, one.Against = advisers(slices.Concat(matrix.Profiles(), w.campaign.Own.Profiles), plan, c)
		if c.Asked == matrix.Default || c.Asked == matrix.Absent {
			one.Wanted = string(c.Asked)
		}
		if w.report != nil {
			one.Verdicts = w.report.VerdictsOn(c.ID, string(c.Asked))
		}
		all = append(all, one)
	}
	var whole []string
	left := slices.Clone(w.left)
	if w.report != nil && w.arm != "" {
		whole = w.report.VerdictsOf(w.arm)
	}
	for _, d := range plan.Dropped {
		left = append(left, d.String())
	}
	return report.TellChanges(plan.Applied, all, w.report != nil, whole, left)
}

// advisers are those of the profiles for this Windows that recommend the value, and those that recommend another, each
// with it.
func advisers(profiles []matrix.Profile, plan matrix.Plan, c apply.Change) (with, against []string) {
	i := slices.IndexFunc(plan.Settings, func(s matrix.Planned) bool { return s.Setting.ID == c.ID })
	if i < 0 {
		return nil, nil
	}
	for _, a := range matrix.AdviceOn(profiles, plan.Settings[i].Setting, matrix.On(plan.Generation), string(c.Asked)) {
		switch {
		case !a.Applies:
		case a.Stance == matrix.Advises && !slices.Contains(with, a.Profile):
			with = append(with, a.Profile)
		case a.Stance == matrix.Contradicts:
			_, value, _ := strings.Cut(a.Line, "=")
			against = append(against, fmt.Sprintf("%s (%s)", a.Profile, value))
		}
	}
	return with, against
}

// applyTo does it on a guest that this process can reach.
func applyTo(cmd *cobra.Command, w wanted, files rig.Files, yes bool) error {
	ctx := cmd.Context()
	g, err := reach(ctx, rig.ToApply(w.campaign))
	if err != nil {
		return err
	}
	defer g.Close()
	unlock, err := g.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	gen, err := g.Generation(ctx)
	if err != nil {
		return signalled(ctx, err)
	}
	plan, err := w.plan(gen)
	if err != nil {
		return err
	}
	cutShort, err := nameStore(g, &files, plan)
	if err != nil {
		return err
	}
	if cutShort {
		fmt.Fprintf(cmd.ErrOrStderr(), "an earlier vnettune apply of %s was cut short, and left the guest changed; its originals are in %s\n", plan.Applied, files.Store)
	} else {
		if err := nothingApplied(ctx, g); err != nil {
			return err
		}
		changes, readings, err := g.Before(ctx, plan)
		if err != nil {
			return signalled(ctx, err)
		}
		if err := showPage(cmd, w.tell(plan, changes)); err != nil {
			return err
		}
		if !slices.ContainsFunc(changes, func(c apply.Change) bool { return !c.None }) {
			return allThere(cmd, readings)
		}
	}
	if err := agreed(ctx, yes, files.Store); err != nil {
		return err
	}
	return put(cmd, g, files, plan)
}

// showPage writes a page as text.
func showPage(cmd *cobra.Command, p page.Page) error {
	out := outputFlags{format: "text"}
	return out.write(cmd, func(to io.Writer) error { return out.page(cmd, p)(to) })
}

// allThere ends an apply that would change nothing.
func allThere(cmd *cobra.Command, readings []record.Reading) error {
	if err := showPage(cmd, report.TellReadings("As the guest is now", readings)); err != nil {
		return err
	}
	for _, r := range readings {
		if r.InEffect == record.No {
			return &exitError{exitFailed, fmt.Errorf("the guest has all of it, and not all is in effect: %s", r)}
		}
	}
	return nil
}

// agreed is nil where a person wants it.
func agreed(ctx context.Context, yes bool, store string) error {
	if yes {
		return nil
	}
	answer, err := askTerminal(ctx, fmt.Sprintf("Apply it, with a reboot? The originals are kept in %s. [y/N] ", store), false)
	switch {
	case errors.Is(err, errNoTerminal):
		return usageError(trouble.Hint(errors.New("nothing was applied: there is no terminal to ask"), "if that is what the guest is to have, say --yes"))
	case err != nil:
		return signalled(ctx, err)
	case !slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(string(answer)))):
		return usageError(errors.New("nothing was applied"))
	}
	return nil
}

// mostApplied is how many stores are looked at for a free name.
const mostApplied = 1000

// nameStore gives the files a store that is not there yet, or that of the same apply, which was cut short; says whether
// that left the guest changed.
func nameStore(g *rig.Rig, files *rig.Files, plan matrix.Plan) (changed bool, err error) {
	if files.Store != "" {
		free, changed, err := g.Free(*files, plan)
		if err != nil || free {
			return changed, err
		}
		return false, usageError(trouble.At(files.Store, trouble.Hint(errors.New("--store: there is such a file already, and it is not of this apply"), "name a file that is not there yet")))
	}
	base := strings.TrimSuffix(storePath(files.Campaign, ""), ".db") + "-applied"
	for n := 1; n <= mostApplied; n++ {
		files.Store = base + ".db"
		if n > 1 {
			files.Store = fmt.Sprintf("%s-%d.db", base, n)
		}
		if free, changed, err := g.Free(*files, plan); err == nil && free {
			return changed, nil
		}
	}
	return false, usageError(trouble.Hint(fmt.Errorf("there are %d stores %s-N.db already", mostApplied, base), "name another with --store"))
}

// nothingApplied refuses a guest on which something is applied already, and one that a campaign, or an apply that was
// cut short, has marked: what it has is not its own.
func nothingApplied(ctx context.Context, g *rig.Rig) error {
	is, err := g.Applied(ctx)
	if err == nil && is == nil {
		err = g.Unmarked(ctx)
	}
	if err != nil || is == nil {
		return signalled(ctx, err)
	}
	return usageError(trouble.Hint(fmt.Errorf("something is applied on the guest already: %s", is), "put it back first: vnettune restore %s", appliedStore(is.ID)))
}

// put writes, reboots, proves and reads back, and says what came of it.
func put(cmd *cobra.Command, g *rig.Rig, files rig.Files, plan matrix.Plan) error {
	ctx := cmd.Context()
	session, err := g.Open(files, plan)
	if err != nil {
		return err
	}
	defer session.Close()
	session.Holds = heldBy(ctx, files.Store, nil)
	if session.Changed {
		if err := session.Holds(true); err != nil {
			return err
		}
	}
	show := newProgress("text", cmd.OutOrStdout(), cmd.ErrOrStderr())
	showing(ctx, show)
	boot, stays, err := session.Apply(ctx, show.event)
	show.close()
	showing(ctx, nil)
	back := "vnettune restore " + trouble.ShellWord(files.Store)
	if len(boot.Readings) > 0 {
		title, next := "Applied: "+plan.Applied, []string{"put the originals back: " + back, "what is applied: vnettune status " + trouble.ShellWord(files.Store)}
		if !stays {
			title, next = "Not applied: "+plan.Applied, nil
		}
		if err := showPage(cmd, report.TellReadings(title, boot.Readings, next...)); err != nil {
			complain(cmd.ErrOrStderr(), err) // what the guest has is said by the exit code all the same
		}
	}
	switch {
	case err != nil:
		return signalled(ctx, err)
	case !stays && boot.Status == sample.StatusOK: // it was stopped at the last moment
		return signalled(ctx, errors.New("not applied, and the guest has its originals again"))
	case !stays:
		return &exitError{exitFailed, fmt.Errorf("not applied, and the guest has its originals again: %s: %s", boot.Status, boot.Reason)}
	}
	return nil
}
