package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/bench/rig"
	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report"
	"vnettune/report/rank/bisect"
	"vnettune/report/stored"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// maxBuilds is the most bytes of a list of builds.
const maxBuilds = 1 << 20

func newBisectCmd() *cobra.Command {
	var good, bad, builds, command, folder string
	var looks int
	var yes bool
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "bisect CAMPAIGN --good A --bad B --builds FILE --command CMD",
		Short: "which build made it slower, with a bounded error",
		Long: `Finds the first bad one of a row of builds (of a driver, a QEMU, a kernel). FILE has a
build a line, from good to bad; CMD, with a build's name behind it, makes the guest's
machine that build's while the guest is off, and starts it (docs/variants.md).

First the ends must differ; then each step holds one build against the good end, in a
campaign of those two, whose boots alternate. A step is a gate at alpha/steps, with
steps = 1 + ceil(log2(builds - 1)), shared by its looks: the whole bisect is wrong at
most as often as the campaign's alpha says. A step that stays undecided widens the answer
to several builds. What is found is where a loss of the margin or more against the good
end begins, if it stays from there on.

CAMPAIGN gives guest, workloads, margins, alpha, limits and the blocks of a look; what it
says of arms is not used, nor whom it notifies. Each step has a store in a folder beside
CAMPAIGN; the same command goes on where it was stopped.

Exit codes: 0 no regression: the bad end is no worse than the margin; 4 the first bad
build is named; 5 several are left, or the ends are not told apart; others as run.`,
		Example: "  vnettune bisect nightly.yaml --good 266 --bad 285 --builds drivers.txt \\\n      --command ./install-driver.sh --looks 3",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := out.check(cmd); err != nil {
				return err
			}
			for _, f := range []struct{ name, value string }{{"good", good}, {"bad", bad}, {"builds", builds}, {"command", command}} {
				if f.value == "" {
					return usageError(trouble.Hint(fmt.Errorf("bisect: --%s is missing", f.name), "vnettune bisect --help says what it is for"))
				}
			}
			c, text, err := loadCampaign(a[0])
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("looks") {
				looks = c.Looks
			}
			names, err := readBuilds(builds)
			if err != nil {
				return err
			}
			plan, err := bisect.NewPlan(names, good, bad, looks, c.Alpha)
			if err != nil {
				return usageError(trouble.At(builds, err))
			}
			if folder == "" {
				folder = strings.TrimSuffix(a[0], filepath.Ext(a[0])) + ".bisect"
			}
			b := bisector{path: a[0], text: text, campaign: c, plan: plan, command: strings.Fields(command), folder: folder, again: "vnettune bisect ...", stderr: cmd.ErrOrStderr()}
			b.again = strings.Join([]string{"vnettune bisect", trouble.ShellWord(a[0]), "--good", trouble.ShellWord(good), "--bad", trouble.ShellWord(bad), "--builds", trouble.ShellWord(builds), "--command", trouble.ShellWord(command)}, " ")
			for _, flag := range []string{"looks", "store"} {
				if given := cmd.Flags().Lookup(flag); given != nil && given.Changed {
					b.again += " --" + flag + " " + trouble.ShellWord(given.Value.String())
				}
			}
			state, err := b.begin(command)
			if err != nil {
				return err
			}
			if state.Ending == bisect.GoesOn && !inside(c) {
				return b.inLab(cmd, yes)
			}
			cleansUp(cmd.Context())
			outliveOutput()
			if err := b.walk(cmd.Context(), state, func(s rig.Files) error { _, err := believeAt(cmd, s.Store, yes); return err }, b.run); err != nil {
				return err
			}
			if err := b.tell(cmd, out); err != nil {
				return err
			}
			switch bisect.Ending(b.found.Ending) {
			case bisect.NoRegression:
				return nil
			case bisect.Found:
				return &exitError{code: exitRegression}
			}
			return &exitError{code: exitInconclusive}
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&good, "good", "", "the good end, one of the builds (required)")
	flags.StringVar(&bad, "bad", "", "the bad end, one of the builds behind it (required)")
	flags.StringVar(&builds, "builds", "", "the file of the builds, a name a line, from good to bad (required)")
	flags.StringVar(&command, "command", "", "the program, and arguments with blanks between them, behind which the build's name is put (required)")
	flags.IntVar(&looks, "looks", 1, "how often at most a step is asked, each time with the campaign's blocks more; they share the step's error rate (default: the campaign's looks)")
	flags.StringVar(&folder, "store", "", "the folder of the steps' stores (default: the campaign file's name with .bisect, beside it)")
	yesFlag(cmd, &yes)
	out.add(cmd)
	return cmd
}

// readBuilds reads a list of builds: a name a line; empty lines and those that begin with # are left out.
func readBuilds(path string) ([]string, error) {
	text, err := foreign.ReadFile(path, maxBuilds)
	if err != nil {
		return nil, usageError(trouble.Hint(fmt.Errorf("--builds: %w", err), "name a file with a build a line, from good to bad"))
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	return all, nil
}

// bisector is one call of vnettune bisect.
type bisector struct {
	path     string // of the campaign's file
	text     []byte
	campaign campaign.Campaign
	plan     bisect.Plan
	command  []string
	folder   string
	again    string // the command that goes on with it
	found    report.Bisect
	stderr   io.Writer
}

// file has what was found so far.
func (b *bisector) file() string { return filepath.Join(b.folder, "bisect.json") }

// begin makes a new bisect, or goes on with the one in the folder.
func (b *bisector) begin(command string) (bisect.State, error) {
	fresh, err := report.NewBisect(b.campaign.Name, command, b.plan, b.campaign.Blocks)
	if err != nil {
		return bisect.State{}, err
	}
	b.found = fresh
	text, err := foreign.ReadFile(b.file(), maxBuilds<<2)
	if errors.Is(err, fs.ErrNotExist) {
		return b.plan.State(nil)
	}
	if err != nil {
		return bisect.State{}, err
	}
	kept, err := report.ParseBisect(text)
	if err != nil {
		return bisect.State{}, trouble.Invalid(trouble.At(b.file(), err))
	}
	if differs := fresh.Differs(kept); differs != "" {
		return bisect.State{}, usageError(trouble.Hint(trouble.At(b.file(), fmt.Errorf("it is of another bisect: %s changed", differs)), "give this one a folder of its own with --store"))
	}
	b.found = kept
	state, err := b.found.Settle(b.plan)
	return state, trouble.Invalid(trouble.At(b.file(), err))
}

// step is the campaign of a build's look, and its files. Its text is legal by the same rules as any other.
func (b *bisector) step(build string, look int) (campaign.Campaign, rig.Files, error) {
	way := func(build string) matrix.Variant {
		return matrix.Variant{Name: build, Command: append(append([]string{}, b.command...), build)}
	}
	name := b.campaign.Name + "-" + build
	files := rig.Files{Campaign: b.path, Store: filepath.Join(b.folder, build+".db")}
	if whole, err := filepath.Abs(b.path); err == nil { // what the file names is found from wherever the store is opened
		files.Campaign = whole
	}
	var err error
	files.Text, err = campaign.OfStep(b.text, campaign.Step{Name: name, Lab: labOf(b.campaign), Variants: []matrix.Variant{way(b.found.Good), way(build)},
		Blocks: b.campaign.Blocks * look, Looks: b.plan.Looks, Alpha: b.plan.StepAlpha()})
	if err != nil {
		return campaign.Campaign{}, files, usageError(trouble.At(b.path, err))
	}
	c, err := campaign.Parse(b.path+" (step "+build+")", files.Text)
	if err != nil {
		return c, files, usageError(err)
	}
	return c.In(filepath.Dir(b.path)), files, nil
}

// labOf is the lab of a campaign; "" for a guest that is none.
func labOf(c campaign.Campaign) string {
	if c.Guest.Lab == nil {
		return ""
	}
	return labName(c)
}

// inLab goes on inside the campaign's lab.
func (b *bisector) inLab(cmd *cobra.Command, yes bool) error {
	state, err := b.found.Settle(b.plan)
	if err != nil {
		return err
	}
	c, files, err := b.step(state.Build, state.Look)
	if err != nil {
		return err
	}
	cleansUp(cmd.Context())
	outliveOutput()
	believed, err := believeAt(cmd, files.Store, yes)
	if err != nil {
		return err
	}
	if err := goneLab(c, files.Store); err != nil {
		return err
	}
	return runInside(cmd.Context(), c, files.Store, believed, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
}

// walk takes step after step until the bisect ends. Each look is kept before the next one is begun, so that a campaign
// grows only behind a look that was taken.
func (b *bisector) walk(ctx context.Context, state bisect.State, believed func(rig.Files) error, run func(context.Context, campaign.Campaign, rig.Files) error) error {
	if err := os.MkdirAll(b.folder, 0o777); err != nil {
		return trouble.Hint(err, "name a folder that can be written with --store")
	}
	for state.Ending == bisect.GoesOn {
		fmt.Fprintln(b.stderr, strings.Join(b.found.Sentences, " "))
		c, files, err := b.step(state.Build, state.Look)
		if err != nil {
			return err
		}
		if err := believed(files); err != nil {
			return err
		}
		if err := run(ctx, c, files); err != nil && exitCode(err) != exitPartial && !errors.Is(err, errNoUsableBoot) {
			return err
		} else if ctx.Err() != nil {
			return errors.Join(err, context.Cause(ctx))
		}
		judged, err := stored.OpenStore(files.Store)
		if err != nil {
			return err
		}
		if p := judged.Progress(); !p.Done {
			return &exitError{exitPartial, trouble.Hint(fmt.Errorf("step %s: %d of %d planned boots are made", state.Build, p.Made, p.Planned), "go on: %s", b.again)}
		}
		if err := b.put(judged, state.Build); err != nil {
			return err
		}
		g, err := judged.Gate(state.Build, stored.Asked{Baseline: b.found.Good})
		if err != nil {
			return err
		}
		fmt.Fprintf(b.stderr, "%s against %s, look %d of at most %d: %s\n", state.Build, b.found.Good, state.Look, b.plan.Looks, g.Verdict)
		if state, err = b.found.Take(b.plan, state.Build, state.Look, filepath.Base(files.Store), g); err != nil {
			return err
		}
		if err := replaceFile(b.file(), func(w io.Writer) error { return report.BisectJSON(w, b.found) }); err != nil {
			return err
		}
	}
	return nil
}

// put refuses a step with boots of which a build could not be put in place: that says nothing of the build's speed.
func (b *bisector) put(judged *stored.Campaign, build string) error {
	made := map[int]bool{} // slots in which the second try went well
	for _, row := range judged.Rows {
		made[row.Slot] = made[row.Slot] || row.Status == sample.StatusOK
	}
	for _, row := range judged.Rows {
		if row.Status == record.VariantFailed && !made[row.Slot] {
			return trouble.Hint(fmt.Errorf("step %s: in boot %s the command could not put %s in place", build, row.Boot, row.Combination),
				"vnettune status %s says why; mend it, remove that store, and go on: %s", trouble.ShellWord(filepath.Join(b.folder, build+".db")), b.again)
		}
	}
	return nil
}

// run makes the boots of a step that are not made yet.
func (b *bisector) run(ctx context.Context, c campaign.Campaign, files rig.Files) error {
	r := runner{campaign: c, files: files, format: "text", again: b.again, stdout: b.stderr, stderr: b.stderr}
	if sum, finished := rig.Finished(c, files, judges); finished {
		return r.finished(ctx, sum)
	}
	return r.run(ctx)
}

// tell writes what was found.
func (b *bisector) tell(cmd *cobra.Command, out outputFlags) error {
	if out.format == "json" {
		return out.write(cmd, func(w io.Writer) error { return report.BisectJSON(w, b.found) })
	}
	return out.write(cmd, out.page(cmd, report.TellBisect(b.found)))
}
