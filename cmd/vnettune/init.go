package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/trouble"
)

func newInitCmd() *cobra.Command {
	var d campaign.Draft
	var generation string
	cmd := &cobra.Command{
		Use:   "init [FILE]",
		Short: "write a campaign file to start from",
		Long: `Writes a campaign file (campaign.yaml unless named) to start from, by the question that it
is to answer. On a terminal it asks which, unless --for says it.

  validate  which lines of a published recommendation (--profile) help here
  best-of   which of several recommendations is best here
  gate      whether a change (--profile) is no regression, for CI
  noise     what could be seen with this guest and host at all

Where all lines of a recommendation act without a reboot they are switched within boots.
What is written passes plan once the lines marked with ! are changed, or replaced by the
block that the script of guest-setup prints. Without flags and without a terminal it
writes the file with every field, commented. An existing file is left alone.

Beside the file it saves a JSON Schema of campaign files, ` + campaign.SchemaFile + `,
which the first line names: editors that go by it (those with the YAML language server)
complete keys, settings and values, explain them, and mark what is wrong.`,
		Example: "  vnettune init --for validate --profile seed-vista --generation w11 seed.yaml",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			file := "campaign.yaml"
			if len(a) == 1 {
				file = a[0]
			}
			if filepath.Base(file) == campaign.SchemaFile {
				return usageError(trouble.Hint(fmt.Errorf("%s is the name of the schema that is saved beside a campaign", file), "name another file"))
			}
			if _, err := os.Lstat(file); err == nil {
				return thereAlready(file)
			}
			d.Generation = matrix.Generation(generation)
			flags := cmd.Flags()
			if d.For == "" && (flags.Changed("profile") || flags.Changed("generation")) {
				return usageError(trouble.Hint(errors.New("init: --for is missing"), "use one of validate, best-of, gate, noise"))
			}
			if d.For == "" && isTyped(cmd.InOrStdin()) {
				if err := askDraft(cmd.Context(), &d); err != nil {
					return err
				}
			}
			text := campaign.Template()
			if d.For != "" {
				var err error
				if text, err = d.Text(); err != nil {
					return usageError(err)
				}
			}
			beside, without := saveSchema(filepath.Dir(file))
			if without == nil {
				text = append([]byte(campaign.SchemaLine), text...)
			}
			if err := writeNew(file, text); err != nil {
				if beside != "" {
					fmt.Fprintf(cmd.ErrOrStderr(), "only %s was written\n", beside)
				}
				return err
			}
			switch {
			case without != nil: // the campaign can do without it
				fmt.Fprintf(cmd.ErrOrStderr(), "no schema for editors: %v\n", without)
			case beside != "":
				fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s, by which editors check campaign files\n", beside)
			}
			what := "edit it"
			if d.For != "" {
				what = "change the lines marked with !"
			}
			name := trouble.ShellWord(file)
			fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s; %s, then: vnettune plan %s\n", file, what, name)
			return nil
		},
	}
	cmd.Flags().StringVar(&d.For, "for", "", "the question: validate, best-of, gate or noise")
	cmd.Flags().StringArrayVar(&d.Profiles, "profile", nil, "a published recommendation (vnettune profiles); best-of takes several")
	cmd.Flags().StringVar(&generation, "generation", "", "the guest's Windows: xp, nt62, w10, w11 (default w11)")
	return cmd
}

// maxSchema is far more than a schema has, in bytes.
const maxSchema = 16 << 20

// saveSchema puts the schema of campaign files into a folder and says where; "" where it is there already. In the place
// of one of another version it puts this one; what is none of vnettune's it leaves alone, which is an error.
func saveSchema(folder string) (string, error) {
	path := filepath.Join(folder, campaign.SchemaFile)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", err
	case !info.Mode().IsRegular() || info.Size() > maxSchema:
		return "", fmt.Errorf("%s is there already, and no schema of vnettune's", path)
	default:
		there, err := os.ReadFile(path)
		switch {
		case err != nil:
			return "", err
		case bytes.Equal(there, campaign.Schema()):
			return "", nil
		case !campaign.IsSchema(there):
			return "", fmt.Errorf("%s is there already, and no schema of vnettune's", path)
		}
	}
	return path, writeBeside(path, campaign.Schema(), 0o644, os.Rename)
}

// writeNew writes a file that is not there.
func writeNew(file string, text []byte) error {
	err := writeBeside(file, text, 0o644, os.Link) // unlike a rename it takes nobody's place
	if errors.Is(err, fs.ErrExist) {
		return thereAlready(file)
	}
	if err != nil {
		return usageError(err)
	}
	return nil
}

func thereAlready(file string) error {
	return usageError(trouble.Hint(fmt.Errorf("%s is there already", file), "name another file"))
}

// isTyped says whether somebody types what is read.
func isTyped(in io.Reader) bool {
	f, ok := in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// titleColumns are those for a profile's title in a question, on a terminal of 80.
const titleColumns = 50

// askDraft asks for the question and what goes with it.
func askDraft(ctx context.Context, d *campaign.Draft) error {
	var b strings.Builder
	b.WriteString("What is the question?\n")
	for i, q := range campaign.Questions {
		fmt.Fprintf(&b, "  %d  %-9s %s\n", i+1, q[0], q[1])
	}
	b.WriteString("Number [1]: ")
	n, err := askNumber(ctx, b.String(), len(campaign.Questions))
	if err != nil {
		return err
	}
	d.For = campaign.Questions[n-1][0]
	generations := matrix.Driven()
	slices.Reverse(generations) // the newest is what most have
	b.Reset()
	b.WriteString("Which Windows does the guest have?\n")
	for i, g := range generations {
		fmt.Fprintf(&b, "  %d  %-5s %s\n", i+1, g, generationWords[g])
	}
	b.WriteString("Number [1]: ")
	if n, err = askNumber(ctx, b.String(), len(generations)); err != nil {
		return err
	}
	d.Generation = generations[n-1]
	if d.For != campaign.Validate && d.For != campaign.Gate {
		return nil
	}
	var fit []matrix.Profile
	b.Reset()
	b.WriteString("Which recommendation?\n")
	for _, p := range matrix.Profiles() {
		for _, g := range p.AppliesTo {
			if g == d.Generation {
				fit = append(fit, p)
				fmt.Fprintf(&b, "  %-3d%-24s %s\n", len(fit), p.ID, cut(p.Title, titleColumns))
			}
		}
	}
	b.WriteString("Number [1]: ")
	if n, err = askNumber(ctx, b.String(), len(fit)); err != nil {
		return err
	}
	d.Profiles = []string{fit[n-1].ID}
	return nil
}

// generationWords are the Windows of a generation, for people.
var generationWords = map[matrix.Generation]string{
	matrix.XP: "XP, Server 2003", matrix.NT62: "8, 8.1, Server 2012 and 2012 R2", matrix.W10: "10, Server 2016 and 2019", matrix.W11: "11, Server 2022 and 2025",
}

// askNumber asks the terminal for a number from 1 to most; an empty line is 1.
func askNumber(ctx context.Context, question string, most int) (int, error) {
	for {
		answer, err := askTerminal(ctx, question, false)
		if err != nil {
			return 0, err
		}
		text := strings.TrimSpace(string(answer))
		if text == "" {
			return 1, nil
		}
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= most {
			return n, nil
		}
		question = fmt.Sprintf("A number from 1 to %d: ", most)
	}
}
