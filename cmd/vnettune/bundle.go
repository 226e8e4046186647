package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/foreign"
	"vnettune/report"
	"vnettune/report/bundle"
	"vnettune/report/stored"
	"vnettune/trouble"
)

func newBundleCmd() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "bundle STORE",
		Short: "a campaign as a file to hand on: redacted, and verifiable",
		Long: `Writes what a store holds of a campaign as an archive that another machine verifies and
ranks anew: campaign file, plan, samples, readings, facts of host and guest, the ranking
with noise floor, placebo and positive control. The same store gives the same bytes.

Addresses, users, passwords' sources, names of machines and links, MACs, UUIDs and paths
have stand-ins, the same throughout; comments of the campaign file and raw outputs are
left out. Words that people wrote (names of arms, reasons of exclusions) stay but for
what of that is found in them: read them before you hand the file on.

Its manifest has the SHA-256 of every file, and the manifest's own is printed: told to
others on another way it shows that a bundle was changed, and not who made it.`,
		Example: "  vnettune bundle nightly.db\n  vnettune verify nightly" + bundle.Suffix,
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if !cmd.Flags().Changed("output") {
				output = strings.TrimSuffix(filepath.Base(a[0]), ".db") + bundle.Suffix
			}
			if err := target(cmd, "--output", output); err != nil {
				return err
			}
			c, err := stored.OpenStore(a[0])
			if err != nil {
				return err
			}
			archive, manifest, err := bundle.Make(c, version())
			if err != nil {
				return err
			}
			if err := replaceFile(output, func(w io.Writer) error { _, err := w.Write(archive); return err }); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s has %d files; the SHA-256 of its manifest is:\n", output, len(manifest.Files)+1)
			_, err = fmt.Fprintln(cmd.OutOrStdout(), manifest.Hash())
			return err
		},
	}
	cmd.Flags().StringVar(&output, "output", "", "write to this file (default: the store's name with "+bundle.Suffix+", in the current folder)")
	return cmd
}

func newVerifyCmd() *cobra.Command {
	var format, manifest string
	cmd := &cobra.Command{
		Use:   "verify BUNDLE",
		Short: "check a bundle and rank it anew",
		Long: `Checks every file of a bundle against its manifest, ranks the samples anew and compares
the ranking with that of the bundle: by the version that made it byte for byte; another
version says what it ranks otherwise. What was changed, is missing or does not belong
there is refused, and named.

The printed SHA-256 of the manifest stands for the whole bundle. Compare it with what
its maker told you (--manifest does): a bundle by itself does not show who made it.

Exit codes: 0 verified, also where another version ranks otherwise; 2 refused.`,
		Example: "  vnettune verify nightly" + bundle.Suffix,
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			r, err := bundle.Open(a[0])
			if err != nil {
				return err
			}
			if has := r.Manifest.Hash(); manifest != "" && !strings.EqualFold(manifest, has) {
				return trouble.Invalid(trouble.Hint(trouble.At(a[0], fmt.Errorf("its manifest has the SHA-256 %s, and not %s", has, foreign.Word(manifest))), "it is another bundle than you were told of, or it was changed: ask its maker"))
			}
			v, err := r.Verify(version())
			if err != nil {
				return err
			}
			if format == "json" {
				return foreign.JSON(cmd.OutOrStdout(), v, "  ")
			}
			return writeVerified(cmd.OutOrStdout(), v, r.Campaign)
		},
	}
	formats(cmd.Flags(), &format)
	cmd.Flags().StringVar(&manifest, "manifest", "", "the SHA-256 that its manifest has to have")
	return cmd
}

// writeVerified says what became of verifying a bundle.
func writeVerified(w io.Writer, v bundle.Verified, c *stored.Campaign) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: every file is as its manifest says\n", v.Bundle)
	fmt.Fprintf(&b, "campaign:  %s, %d boots, made by vnettune %s\n", c.Kept.Campaign.Name, c.BootsMade(), v.MadeBy)
	fmt.Fprintf(&b, "manifest:  %s\n", v.Hash)
	switch {
	case v.Ranking && v.Same:
		b.WriteString("ranking:   ranked anew by the same version, the same byte for byte\n")
	case v.Ranking:
		fmt.Fprintf(&b, "ranking:   ranked anew by vnettune %s, the same byte for byte\n", v.By)
	default:
		fmt.Fprintf(&b, "ranking:   vnettune %s ranks it otherwise, in %d places:\n", v.By, v.All)
		for _, d := range v.Differs {
			fmt.Fprintf(&b, "  %s: %s in the bundle, %s now\n", d.At, d.Had, d.Finds)
		}
		if more := v.All - len(v.Differs); more > 0 {
			fmt.Fprintf(&b, "  and %d more\n", more)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func newVerdictsCmd() *cobra.Command {
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "verdicts FOLDER|BUNDLE|STORE...",
		Short: "what many campaigns found: setting by Windows, driver and host",
		Long: `Makes a page of bundles and stores: for each setting (or settings that are set together),
workload, metric, Windows, driver and host the printed verdict, the effect with its
interval, and of how many campaigns. What contradicts itself comes first. A folder stands
for the bundles (*` + bundle.Suffix + `) and stores (*.db) in it.

Nothing is pooled: each verdict is its campaign's own, by its own margin and error rate.
A bundle that does not verify, a campaign that is not finished and one without a ranking
are left out and named; a campaign counts once, however many copies and bundles of it
there are. The exit code is 0 whatever is found.`,
		Example: "  vnettune verdicts bundles/\n  vnettune verdicts bundles/ today.db --output verdicts.html",
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := out.check(cmd); err != nil {
				return err
			}
			v, err := gathered(a)
			if err != nil {
				return err
			}
			if out.format == "json" {
				return out.write(cmd, func(w io.Writer) error { return report.VerdictsJSON(w, v) })
			}
			return out.write(cmd, out.page(cmd, report.TellVerdicts(v)))
		},
	}
	out.add(cmd)
	return cmd
}

// gathered reads bundles and stores, each campaign once.
func gathered(named []string) (stored.Verdicts, error) {
	files, err := bundlesAndStores(named)
	if err != nil {
		return stored.Verdicts{}, err
	}
	if len(files) == 0 {
		return stored.Verdicts{}, usageError(trouble.Hint(trouble.At(named[0], errors.New("there is no bundle and no store in it")), "vnettune bundle STORE makes a bundle"))
	}
	var all []*stored.Campaign
	var left []stored.LeftOut
	seen := map[string]string{} // by identity, the file that is counted
	for _, path := range files {
		c, identity, err := bundleOrStore(path)
		if err != nil {
			left = append(left, stored.LeftOut{Path: path, Reason: reason(err)})
			continue
		}
		if first, twice := seen[identity]; twice {
			left = append(left, stored.LeftOut{Path: path, Reason: "the same campaign as " + first + ", which is counted"})
			continue
		}
		seen[identity], all = path, append(all, c)
	}
	v := stored.VerdictsOf(all)
	v.LeftOut = append(left, v.LeftOut...)
	slices.SortStableFunc(v.LeftOut, func(a, b stored.LeftOut) int { return strings.Compare(a.Path, b.Path) })
	return v, nil
}

// reason is an error without the file that stands before it.
func reason(err error) string {
	what, _ := trouble.Split(err)
	return foreign.Line(what)
}

// toReport reads a store, or a bundle if it verifies.
func toReport(path string) (*stored.Campaign, error) {
	if !strings.HasSuffix(path, bundle.Suffix) {
		return stored.OpenStore(path)
	}
	c, _, err := bundleOrStore(path)
	return c, err
}

// bundleOrStore reads one of either, a bundle only if it verifies.
func bundleOrStore(path string) (*stored.Campaign, string, error) {
	if !strings.HasSuffix(path, bundle.Suffix) {
		c, err := stored.OpenStore(path)
		if err != nil {
			return nil, "", err
		}
		identity, err := bundle.Identity(c)
		return c, identity, err
	}
	r, err := bundle.Open(path)
	if err != nil {
		return nil, "", err
	}
	if _, err := r.Verify(version()); err != nil {
		return nil, "", err
	}
	return r.Campaign, r.Identity(), nil
}

// bundlesAndStores puts in the place of each folder the bundles and stores in it, in the order of their names.
func bundlesAndStores(named []string) ([]string, error) {
	var all []string
	for _, path := range named {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usageError(trouble.At(path, errors.New("there is no such folder, bundle or store")))
		}
		if err != nil || !info.IsDir() {
			all = append(all, path)
			continue
		}
		files, err := os.ReadDir(path)
		if err != nil {
			return nil, trouble.Hint(trouble.At(path, fmt.Errorf("read the folder: %w", err)), "look at its rights")
		}
		for _, f := range files {
			name := f.Name()
			if (strings.HasSuffix(name, bundle.Suffix) || strings.HasSuffix(name, ".db")) && !strings.HasPrefix(name, ".") && !f.IsDir() {
				all = append(all, filepath.Join(path, name))
			}
		}
	}
	return all, nil
}
