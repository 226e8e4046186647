package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"vnettune/foreign"
	"vnettune/report/html"
	"vnettune/report/junit"
	"vnettune/report/markdown"
	"vnettune/report/page"
	"vnettune/report/terminal"
	"vnettune/trouble"
)

// outputFlags say in which form a result is written, and where.
type outputFlags struct {
	format, output string
	full           bool
	width          int
	inconclusive   junit.Inconclusive // with junit
}

// The formats of pages; a command has more where its result has a form for programs.
var pageFormats = []string{"text", "markdown", "html", "json"}

// add adds the flags; more are formats beside those of every page.
func (f *outputFlags) add(cmd *cobra.Command, more ...string) {
	legal := append(slices.Clone(pageFormats), more...)
	flags := cmd.Flags()
	oneOf(flags, &f.format, "format", "text", strings.Join(legal[:len(legal)-1], ", ")+" or "+legal[len(legal)-1], legal...)
	flags.StringVar(&f.output, "output", "", "write to this file, in the format that its name ends in unless --format says another; it is replaced only when all went well (default: standard output)")
	flags.BoolVar(&f.full, "full", false, "text: the long form, with how sure each claim is, whether the rig was sound, what was in effect, and the machine")
	if slices.Contains(more, "junit") {
		oneOf(flags, &f.inconclusive, "inconclusive", junit.Skip, "junit: what becomes of what is not decided: skip or fail", junit.Skip, junit.Fail)
	}
	flags.IntVar(&f.width, "width", 0, usageWidth)
}

// addText adds the flags of a command whose pages are text only, with what its long form has.
func (f *outputFlags) addText(cmd *cobra.Command, full string) {
	flags := cmd.Flags()
	formats(flags, &f.format)
	flags.BoolVar(&f.full, "full", false, full)
	flags.IntVar(&f.width, "width", 0, usageWidth)
}

// usageWidth is the usage of --width.
const usageWidth = "text: columns (default: the terminal's, or 80)"

// suffixes are the formats that a file's name says where no --format does.
var suffixes = map[string]string{".html": "html", ".htm": "html", ".md": "markdown", ".json": "json", ".csv": "csv"}

// check refuses what is not legal before anything is read, and takes the format from the file's name where none is said.
func (f *outputFlags) check(cmd *cobra.Command) error {
	if as, told := suffixes[strings.ToLower(filepath.Ext(f.output))]; told && !cmd.Flags().Changed("format") {
		if cmd.Flags().Lookup("format").Value.Set(as) != nil {
			return usageError(trouble.Hint(fmt.Errorf("--output: %s cannot be %s", cmd.CommandPath(), as), "say the --format that %s is to have", f.output))
		}
	}
	if cmd.Flags().Changed("output") && f.output != "-" {
		if err := target(cmd, "--output", f.output); err != nil {
			return err
		}
	}
	for _, flag := range []string{"full", "width"} {
		if cmd.Flags().Changed(flag) && f.format != "text" {
			return usageError(trouble.Hint(fmt.Errorf("--%s: it is for --format text", flag), "leave it out: the other formats have all of it"))
		}
	}
	if cmd.Flags().Changed("inconclusive") && f.format != "junit" {
		return usageError(trouble.Hint(fmt.Errorf("--inconclusive is of --format junit, not of %s", f.format), "leave it out, or say --format junit"))
	}
	if cmd.Flags().Changed("width") && f.width < terminal.Narrowest {
		return usageError(trouble.Hint(fmt.Errorf("--width: %d is not legal", f.width), "say %d columns or more", terminal.Narrowest))
	}
	return nil
}

// page renders a page in one of the formats of pages; not as JSON, which is the command's own.
func (f outputFlags) page(cmd *cobra.Command, p page.Page) func(io.Writer) error {
	return func(w io.Writer) error {
		switch f.format {
		case "markdown":
			return markdown.Write(w, p)
		case "html":
			return html.Write(w, p)
		case "vega":
			return writeCharts(w, p)
		}
		return terminal.Write(w, p, f.style(cmd))
	}
}

// style is how a page is laid out for where it goes.
func (f outputFlags) style(cmd *cobra.Command) terminal.Style {
	s := terminal.Style{Full: f.full, Width: f.width, ASCII: !utf8Locale()}
	if out, ok := behind(cmd.OutOrStdout()).(*os.File); ok && f.output == "" && term.IsTerminal(int(out.Fd())) {
		s.Colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if columns, _, err := term.GetSize(int(out.Fd())); err == nil && s.Width == 0 {
			s.Width = columns
		}
	}
	return s
}

// utf8Locale says whether characters beyond ASCII are shown as what they are.
func utf8Locale() bool {
	locale := strings.ToLower(cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_CTYPE"), os.Getenv("LANG")))
	return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
}

// write writes what render renders to where it goes: all of it or nothing.
func (f outputFlags) write(cmd *cobra.Command, render func(io.Writer) error) error {
	if f.output == "" || f.output == "-" {
		out := cmd.OutOrStdout()
		if f.format == "text" && f.style(cmd).Colour {
			out = behind(out) // colours cannot pass the guard; the page is shown as the guard shows it
		}
		return whole(out, render)
	}
	return replaceFile(f.output, render)
}

// target checks a file that is to be written: it is no input of the command, no store, and no folder.
func target(cmd *cobra.Command, flag, path string) error {
	if path == "" {
		return usageError(trouble.Hint(fmt.Errorf("%s: no file is named", flag), "name a file, or leave the flag out"))
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil // it is not there yet, or what writes it will say what is wrong
	}
	if info.IsDir() {
		return usageError(trouble.Hint(fmt.Errorf("%s: %s is a folder", flag, path), "name a file in it"))
	}
	for _, input := range cmd.Flags().Args() {
		if other, err := os.Stat(input); err == nil && os.SameFile(info, other) {
			return usageError(trouble.Hint(fmt.Errorf("%s: %s is what is read", flag, path), "name another file"))
		}
	}
	if info.Mode().IsRegular() && isDatabase(path) {
		return usageError(trouble.Hint(fmt.Errorf("%s: %s is a database, such as a store", flag, path), "name another file: what was measured is not written over"))
	}
	return nil
}

// isDatabase says whether a file is one of SQLite's, as stores are.
func isDatabase(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 16)
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == "SQLite format 3\x00"
}

// replaceFile writes a file beside the one that is meant and puts it in its place when all went well. A
// link leads to the file that is replaced, which keeps its mode; what is no file, such as a pipe, is
// written to.
func replaceFile(path string, render func(io.Writer) error) error {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return err
	}
	mode := os.FileMode(0o666)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
		info, err := os.Stat(path)
		if err == nil && !info.Mode().IsRegular() {
			return os.WriteFile(path, b.Bytes(), 0o600)
		}
		if err == nil {
			mode = info.Mode().Perm()
		}
	}
	if err := writeBeside(path, b.Bytes(), mode, os.Rename); err != nil {
		return trouble.Hint(fmt.Errorf("--output: %w", err), "name a file in a folder that can be written to")
	}
	return nil
}

// writeBeside writes a file beside the path and gives it that name, as os.Rename does or os.Link: it is there whole, or not at all.
func writeBeside(path string, text []byte, mode os.FileMode, as func(from, to string) error) error {
	name := fmt.Sprintf("%s.%d.part", path, os.Getpid())
	beside, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer os.Remove(name) // which is gone by then, or a second name
	_, err = beside.Write(text)
	if err = errors.Join(err, beside.Sync(), beside.Close()); err != nil {
		return err
	}
	return as(name, path)
}

// appendFile writes to the end of a file, on a line of its own; nothing unless all went well.
func appendFile(path string, render func(io.Writer) error) error {
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return trouble.Hint(fmt.Errorf("--summary: %w", err), "name a file that can be written to")
	}
	text := b.Bytes()
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' {
			text = append([]byte("\n"), text...)
		}
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// drawnChart is a chart of a page for programs.
type drawnChart struct {
	Name  string          `json:"name"`
	Title string          `json:"title"`
	Spec  json.RawMessage `json:"spec"`
}

// writeCharts writes the Vega-Lite specifications of a page's charts, by name.
func writeCharts(w io.Writer, p page.Page) error {
	charts := []drawnChart{}
	for _, part := range p.Parts {
		for _, b := range part.Blocks {
			if c, ok := b.(page.Chart); ok {
				charts = append(charts, drawnChart{c.Name, c.Title, c.Wide})
			}
		}
	}
	return foreign.JSON(w, struct {
		Notice string       `json:"notice,omitempty"`
		Charts []drawnChart `json:"charts"`
	}{p.Notice, charts}, "  ")
}
