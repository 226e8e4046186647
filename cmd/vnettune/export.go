package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/apply/export"
	"vnettune/matrix"
	"vnettune/report"
	"vnettune/report/page"
	"vnettune/report/rank/minimal"
	"vnettune/report/stored"
	"vnettune/trouble"
)

func newExportCmd() *cobra.Command {
	var format export.Format
	var generation matrix.Generation
	var output string
	cmd := &cobra.Command{
		Use:   "export PROFILE|FILE.yaml[:NAME]|STORE[:winner|:minimal|:ID]",
		Short: "settings as a file for a Windows, with the file that undoes it",
		Long: `Writes a published profile, one of a file of your own, or what a campaign found, as a file that is run on a Windows
by hand, and beside it, with -undo before its extension, the file that undoes it:

  reg  for regedit and reg import: values of the registry only
  cmd  a command file: reg, netsh and powercfg
  ps1  a script for PowerShell 3.0 and later; it finds a virtio adapter by itself

A file of profiles is named as FILE.yaml, or FILE.yaml:NAME where it has several. Of a
store, winner (also without a word) is the arm that its report recommends, minimal
what is left of a profile without the lines that can be left out, and ID an arm or a
combination's id. Its undo is what the guest was found with, and the files are for that
guest's adapter only. A profile's .ps1 saves what it finds; .reg and .cmd of a profile
go back to Windows' defaults.

What a format cannot have is named, in the file too, and left out. Where there are such
files already nothing is written. The files have never been run on a Windows by this
project, and take effect for certain after a reboot.`,
		Example: "  vnettune export seed-xp --format reg --output seed.reg\n  vnettune export demo.db:winner --format ps1 --output winner.ps1",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if output == "" || output == "-" {
				return usageError(trouble.Hint(errors.New("--output: no file is named"), "name the file to write, such as tuned.%s; its undo is written beside it", format))
			}
			set, err := toExport(a[0], generation, format)
			if err != nil {
				return err
			}
			for _, l := range set.Left {
				fmt.Fprintf(cmd.ErrOrStderr(), "left out: %s: %s\n", l.What, l.Why)
			}
			if set.Lines() == 0 {
				advice := "another format or generation may have more; vnettune settings says how each setting is set"
				if len(set.Left) == 1 && strings.HasPrefix(set.Left[0].What, matrix.VariantID+"=") {
					advice = "a driver is installed, or a machine changed, by hand: docs/apply.md says how"
				}
				return usageError(trouble.Hint(fmt.Errorf("%s: nothing is left to write for %s as .%s", a[0], set.Generation, format), "%s", advice))
			}
			do, undo, err := set.Files()
			if err != nil {
				return err
			}
			twin := undoName(output)
			if err := writePair([2]string{output, twin}, [2][]byte{do, undo}); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.ErrOrStderr(), "%s sets %d for %s, %s undoes it; reboot the guest after either\n", output, set.Lines(), set.Generation, twin)
			return err
		},
	}
	oneOf(cmd.Flags(), &format, "format", export.Reg, "reg, cmd or ps1", export.Formats...)
	oneOf(cmd.Flags(), &generation, "generation", "", "of a profile, for which Windows: xp, nt60, nt62, w10 or w11 (default: the only one that it is published for; of a store, its guest's)", matrix.Generations...)
	cmd.Flags().StringVar(&output, "output", "", "write to this file, and its undo beside it (required)")
	return cmd
}

// toExport is what the argument of export names.
func toExport(named string, g matrix.Generation, f export.Format) (export.Set, error) {
	if p, settings, ok, err := namedProfile(named); err != nil {
		return export.Set{}, err
	} else if ok {
		if g == "" && len(p.AppliesTo) > 1 {
			return export.Set{}, usageError(trouble.Hint(fmt.Errorf("profile %s is published for several generations of Windows", p.ID), "say --generation, one of %s", joined(p.AppliesTo)))
		}
		if g == "" {
			g = p.AppliesTo[0]
		}
		if f == export.PS1 && (g == matrix.XP || g == matrix.NT60) {
			return export.Set{}, usageError(trouble.Hint(fmt.Errorf("--format ps1: Windows of generation %s have no PowerShell 3.0", g), "say --format reg or cmd"))
		}
		r, err := settings.Resolve(p, g, nil)
		if err != nil {
			return export.Set{}, usageError(err)
		}
		return export.OfProfile(r, f)
	}
	store, what := named, "winner"
	if _, err := os.Stat(named); err != nil {
		if i := strings.LastIndex(named, ":"); i > 0 {
			store, what = named[:i], named[i+1:]
		}
		if _, err := os.Stat(store); err != nil {
			return export.Set{}, usageError(unknown("profile and no store", named, matrix.NearestProfile(named), "vnettune profiles lists the profiles"))
		}
	}
	c, err := stored.OpenStore(store)
	if err != nil {
		return export.Set{}, err
	}
	if c.Originals == nil {
		return export.Set{}, usageError(trouble.At(store, trouble.Hint(errors.New("no guest was read yet, so that nothing is known of its adapter and of what undoes the settings"), "run the campaign first")))
	}
	if has := matrix.Generation(c.Originals.Generation); g != "" && g != has {
		return export.Set{}, usageError(trouble.At(store, trouble.Hint(fmt.Errorf("--generation: the guest is of %s", has), "leave it out")))
	} else if f == export.PS1 && has == matrix.XP {
		return export.Set{}, usageError(trouble.Hint(fmt.Errorf("--format ps1: Windows of generation %s have no PowerShell 3.0", has), "say --format reg or cmd"))
	}
	who, combination, err := chosen(c, what)
	if err != nil {
		return export.Set{}, usageError(trouble.At(store, err))
	}
	variant, _ := c.Plan().Variant(combination)
	return export.OfStore(export.Guest{Originals: *c.Originals, Settings: c.Plan().Settings, Variant: variant, Store: filepath.Base(store)}, who, combination, f)
}

// joined lists generations.
func joined(all []matrix.Generation) string {
	words := make([]string, len(all))
	for i, g := range all {
		words[i] = string(g)
	}
	return strings.Join(words, ", ")
}

// chosen is a combination of a campaign by what of it is asked for, and that in words.
func chosen(c *stored.Campaign, what string) (string, matrix.Combination, error) {
	plan := c.Plan()
	byArm := func(name string) (matrix.Combination, bool) {
		i := slices.IndexFunc(plan.Arms, func(a matrix.Arm) bool { return a.Name == name || a.Combination.ID() == name })
		if i < 0 {
			return matrix.Combination{}, false
		}
		return plan.Arms[i].Combination, true
	}
	if found, ok := byArm(what); ok {
		return "combination " + what, found, nil
	}
	if what != "winner" && what != "minimal" {
		return "", matrix.Combination{}, trouble.Hint(fmt.Errorf("the campaign has no arm and no combination %q", what), "say :winner, :minimal, or the name of an arm")
	}
	r, err := report.Of(c, nil, stored.Asked{})
	if err != nil {
		return "", matrix.Combination{}, err
	}
	if what == "winner" {
		winner, err := r.Winner()
		if err != nil {
			return "", matrix.Combination{}, trouble.Hint(err, "name an arm or :minimal; vnettune report says what each did")
		}
		found, ok := byArm(winner)
		if !ok {
			return "", matrix.Combination{}, fmt.Errorf("the plan has no arm %q", winner)
		}
		return "the recommended set, " + winner + ",", found, nil
	}
	if r.Minimal == nil {
		return "", matrix.Combination{}, trouble.Hint(errors.New("there is no minimal set: no profile was taken apart, or nothing can be left out"), "name an arm, or run a campaign with design: profile")
	}
	set := plan.Baseline().Combination
	for _, l := range r.Minimal.Lines {
		if l.Outcome != minimal.Dropped {
			set = set.With(l.Setting, matrix.Value(l.Value))
		}
	}
	return "the minimal set of " + r.Minimal.Profile, set, nil
}

// undoName is the name of the file that undoes another.
func undoName(path string) string {
	ext := filepath.Ext(path)
	return strings.TrimSuffix(path, ext) + "-undo" + ext
}

// writePair writes two files that are not there yet: both, or none.
func writePair(paths [2]string, data [2][]byte) (err error) {
	var made []string
	defer func() {
		if err != nil {
			for _, m := range made {
				os.Remove(m)
			}
		}
	}()
	for i, path := range paths {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, os.ErrExist) {
			return usageError(trouble.Hint(fmt.Errorf("--output: %s is there already", path), "name another file, or take it away first: an undo that is written over is lost"))
		}
		if err != nil {
			return usageError(trouble.Hint(fmt.Errorf("--output: %w", err), "name a file in a folder that can be written to"))
		}
		made = append(made, path)
		_, err = f.Write(data[i])
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("--output: %w", err)
		}
	}
	return nil
}

// winnerFiles are the arm that a report recommends in all formats, each with its undo; none without a winner, and of a
// store without a guest's originals.
func winnerFiles(c *stored.Campaign, r report.Report) ([]page.File, error) {
	winner, err := r.Winner()
	if err != nil || c.Originals == nil {
		return nil, nil
	}
	i := slices.IndexFunc(c.Plan().Arms, func(a matrix.Arm) bool { return a.Name == winner })
	if i < 0 {
		return nil, nil
	}
	var files []page.File
	for _, f := range export.Formats {
		if f == export.PS1 && matrix.Generation(c.Originals.Generation) == matrix.XP {
			continue // it has no PowerShell 3.0
		}
		combination := c.Plan().Arms[i].Combination
		variant, _ := c.Plan().Variant(combination)
		set, err := export.OfStore(export.Guest{Originals: *c.Originals, Settings: c.Plan().Settings, Variant: variant, Store: filepath.Base(c.Path)}, "the recommended set, "+winner+",", combination, f)
		if err != nil {
			return nil, err
		}
		if set.Lines() == 0 {
			continue
		}
		do, undo, err := set.Files()
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(filepath.Base(c.Path), filepath.Ext(c.Path)) + "-winner." + string(f)
		files = append(files, page.File{Title: fmt.Sprintf("Sets %d of %d", set.Lines(), set.Lines()+len(set.Left)), Name: name, Text: string(do), Offered: true},
			page.File{Title: "Undoes " + name, Name: undoName(name), Text: string(undo), Offered: true})
	}
	return files, nil
}
