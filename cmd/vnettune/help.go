package main

import (
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// helpWidth is how many columns texts of --help take: those of the narrowest terminal that people use.
const helpWidth = 80

func init() { // cobra keeps these for all commands, and tests make many
	cobra.AddTemplateFuncs(map[string]any{
		"reflow": func(text string) string { return reflow(text, helpWidth) },
		"fold":   func(line string) string { return strings.Join(wrapped("  "+line, helpWidth, 6), "\n") },
		"listed": func(name, short string) string {
			return strings.Join(wrapped("  "+name+" "+short, helpWidth, len(name)+3), "\n")
		},
	})
}

// narrowHelp has the texts of a command and those below it fit helpWidth, whatever the lines are that their sources have.
func narrowHelp(root *cobra.Command) {
	root.SetUsageTemplate(strings.NewReplacer(
		"  {{.UseLine}}", "{{fold .UseLine}}",
		"  {{rpad .Name .NamePadding }} {{.Short}}", "{{listed (rpad .Name .NamePadding) .Short}}",
		"FlagUsages", "FlagUsagesWrapped 80",
		"{{.Example}}", "{{reflow .Example}}",
	).Replace(root.UsageTemplate()))
	root.SetHelpTemplate(strings.ReplaceAll(root.HelpTemplate(), "trimTrailingWhitespaces", "reflow"))
}

// second is where the words begin behind the word that an indented line explains.
var second = regexp.MustCompile(`^ *\S+(?: \S+)*  +`)

// reflow breaks a text anew: paragraphs between words, and each indented line for itself, with what does not fit below its words.
func reflow(text string, most int) string {
	var lines, paragraph []string
	end := func() {
		if len(paragraph) > 0 {
			lines, paragraph = append(lines, wrapped(strings.Join(paragraph, " "), most, 0)...), nil
		}
	}
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		line = strings.TrimRight(line, "\n ")
		if line != "" && line[0] != ' ' {
			paragraph = append(paragraph, line)
			continue
		}
		end()
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if words := second.FindString(line); words != "" {
			indent = len(words)
		} else {
			indent += 2
		}
		lines = append(lines, wrapped(line, most, indent)...)
	}
	end()
	return strings.Join(lines, "\n")
}
