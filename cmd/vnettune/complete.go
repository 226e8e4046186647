package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vnettune/lab/windows"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/stored"
	"vnettune/results/sample"
)

// complete tells the scripts of vnettune completion what may stand behind each command and flag.
func complete(cmd *cobra.Command) {
	cmd.ValidArgsFunction = completeArguments[strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")]
	if cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		with := completeFlags[f.Name]
		if c, ok := f.Value.(interface{ words() []string }); ok {
			with = cobra.FixedCompletions(c.words(), cobra.ShellCompDirectiveNoFileComp)
		}
		if with == nil {
			with = cobra.NoFileCompletions
		}
		_ = cmd.RegisterFlagCompletionFunc(f.Name, with) // the flag is there
	})
	for _, sub := range cmd.Commands() {
		complete(sub)
	}
}

// completeArguments are the arguments of commands by their path.
var completeArguments = map[string]cobra.CompletionFunc{
	"apply":        one(filesLike("yaml", "yml")),
	"doctor":       one(filesLike("yaml", "yml")),
	"audit":        one(filesLike("yaml", "yml")),
	"plan":         one(filesLike("yaml", "yml")),
	"run":          one(filesLike("yaml", "yml")),
	"init":         one(filesLike("yaml", "yml")),
	"bisect":       one(filesLike("yaml", "yml")),
	"import":       one(filesLike("reg")),
	"report":       one(filesLike("db", "gz")),
	"bundle":       one(filesLike("db")),
	"verify":       one(filesLike("gz")),
	"verdicts":     filesLike("db", "gz"),
	"restore":      one(filesLike("db")),
	"status":       one(filesLike("db")),
	"baseline add": one(filesLike("db")),
	"history":      filesLike("db"),
	"gate":         filesLike("db", "csv"),
	"compare":      filesLike("db", "csv"),
	"rank":         one(filesLike("csv")),
	"exclude":      storeAndBoot,
	"export":       one(profileOrStore),
	"settings":     one(settingIDs),
	"profiles":     profilesOrFiles,
	"man":          one(folders),
	"lab down":     one(labNames),
	"lab status":   one(labNames),
	"lab exec":     one(labNames),
	"lab logs":     one(labNames),
}

// completeFlags are the values of flags that no choice lists, by the flag's name, which means the same
// wherever it is. Of flags that are not here nothing is known: numbers, addresses, texts.
var completeFlags = map[string]cobra.CompletionFunc{
	"arm":           arms,
	"baseline":      arms,
	"builds":        anyFile,
	"build":         played(func(p windows.Personality) []string { return p.Builds }),
	"calibration":   filesLike("db"),
	"candidate":     arms,
	"differs":       cobra.FixedCompletions(stored.FactNames(), cobra.ShellCompDirectiveNoFileComp),
	"driver":        played(func(p windows.Personality) []string { return p.Drivers }),
	"engine":        folders,
	"for":           questions,
	"from":          filesLike("db"),
	"generation":    generations,
	"in":            folders,
	"iperf":         anyFile,
	"language":      played(func(p windows.Personality) []string { return p.Languages }),
	"metric":        ofRows(func(r sample.Row) string { return r.Metric }),
	"output":        anyFile,
	"password-file": anyFile,
	"probe":         anyFile,
	"profile":       profileIDs,
	"record":        anyFile,
	"store":         filesLike("db"),
	"summary":       anyFile,
	"trust-ca":      anyFile,
	"use":           applicable,
	"verdicts":      filesLike("db"),
	"workload":      ofRows(func(r sample.Row) string { return r.Workload }),
}

// one offers what another does for the first argument, and nothing behind it.
func one(with cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return with(cmd, args, typed)
	}
}

// filesLike offers the files that end so, and folders.
func filesLike(ends ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(ends, cobra.ShellCompDirectiveFilterFileExt)
}

func folders(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

func anyFile(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

func settingIDs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, s := range matrix.Catalogue().All() {
		all = append(all, cobra.CompletionWithDesc(s.ID, s.Name))
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// profilesOrFiles offers the profiles while what is typed may be one, and files of profiles.
func profilesOrFiles(cmd *cobra.Command, named []string, typed string) ([]string, cobra.ShellCompDirective) {
	all, with := profileIDs(cmd, named, typed)
	for _, p := range matrix.Profiles() {
		if strings.HasPrefix(p.ID, typed) {
			return all, with
		}
	}
	return filesLike("yaml", "yml")(cmd, named, typed)
}

func profileIDs(_ *cobra.Command, named []string, _ string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, p := range matrix.Profiles() {
		if !slices.Contains(named, p.ID) {
			all = append(all, cobra.CompletionWithDesc(p.ID, p.Title))
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// profileOrStore offers the profiles while what is typed may be one, and stores.
func profileOrStore(cmd *cobra.Command, named []string, typed string) ([]string, cobra.ShellCompDirective) {
	all, _ := profileIDs(cmd, named, typed)
	for _, p := range matrix.Profiles() {
		if strings.HasPrefix(p.ID, typed) {
			return all, cobra.ShellCompDirectiveDefault
		}
	}
	return filesLike("db", "yaml", "yml")(cmd, named, typed)
}

// applicable offers what vnettune apply can put on a guest: profiles, and of the store that --from names winner, minimal and
// its arms.
func applicable(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	all, how := profileIDs(cmd, nil, "")
	if from, _ := cmd.Flags().GetString("from"); from != "" { // the command has the flag
		named, _ := arms(cmd, []string{from}, "")
		all = slices.Concat([]string{"winner", "minimal"}, named, all)
	}
	return all, how
}

func questions(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	if cmd.Name() != "init" { // run --for is a time
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var all []string
	for _, q := range campaign.Questions {
		all = append(all, cobra.CompletionWithDesc(q[0], q[1]))
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// generations are those that can be driven; the flags that take others are choices.
func generations(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, g := range matrix.Driven() {
		all = append(all, cobra.CompletionWithDesc(string(g), generationWords[g]))
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// played offers what the stand-in can play, of the generation that the line names.
func played(of func(windows.Personality) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		generation, _ := cmd.Flags().GetString("generation") // a command without the flag has none of these either
		for _, p := range windows.Personalities {
			if p.Generation == generation {
				return of(p), cobra.ShellCompDirectiveNoFileComp
			}
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

func labNames(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var all []string
	if m, err := labManager(); err == nil {
		labs, _ := m.List() // those that can be read
		for _, l := range labs {
			all = append(all, l.Name)
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// arms are those of the store or the samples that the line names already: a flag that stands before the file has none.
func arms(_ *cobra.Command, named []string, _ string) ([]string, cobra.ShellCompDirective) {
	c, err := firstNamed(named)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if !c.IsStore() {
		return distinct(c, func(r sample.Row) string { return r.Combination })
	}
	var all []string
	for _, a := range c.Plan().Arms {
		all = append(all, cobra.CompletionWithDesc(a.Name, string(a.Role)))
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// ofRows offers what the rows of the named store or samples have.
func ofRows(of func(sample.Row) string) cobra.CompletionFunc {
	return func(_ *cobra.Command, named []string, _ string) ([]string, cobra.ShellCompDirective) {
		c, err := firstNamed(named)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return distinct(c, of)
	}
}

func distinct(c *stored.Campaign, of func(sample.Row) string) ([]string, cobra.ShellCompDirective) {
	seen := map[string]bool{}
	for _, r := range c.Rows {
		seen[of(r)] = true
	}
	return slices.Sorted(maps.Keys(seen)), cobra.ShellCompDirectiveNoFileComp
}

// completeWithin is how long a shell is kept waiting.
const completeWithin = 2 * time.Second

// firstNamed reads the first file on the line. Standard input is not: the user types there. Nor is a store whose last writer was
// killed: SQLite mends it at the next opening, and a key press is no time for that.
func firstNamed(named []string) (*stored.Campaign, error) {
	if len(named) == 0 || named[0] == "-" {
		return nil, errors.New("no file is named")
	}
	if _, err := os.Stat(named[0] + "-journal"); err == nil {
		return nil, errors.New("somebody writes it, or was killed while writing")
	}
	type read struct {
		c   *stored.Campaign
		err error
	}
	done := make(chan read, 1)
	go func() {
		c, err := stored.Open(named[0], strings.NewReader(""))
		done <- read{c, err}
	}()
	select {
	case r := <-done:
		return r.c, r.err
	case <-time.After(completeWithin):
		return nil, errors.New("it takes too long")
	}
}

// storeAndBoot offers a store, then its boots by name, the newest first.
func storeAndBoot(cmd *cobra.Command, named []string, typed string) ([]string, cobra.ShellCompDirective) {
	switch len(named) {
	case 0:
		return filesLike("db")(cmd, named, typed)
	case 1:
		c, err := firstNamed(named)
		if err != nil || !c.IsStore() {
			break
		}
		var all []string
		for _, b := range slices.Backward(c.Kept.Boots) {
			all = append(all, cobra.CompletionWithDesc(b.BootName(), fmt.Sprintf("%s, %s", b.Arm, b.Status)))
		}
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
	return nil, cobra.ShellCompDirectiveNoFileComp
}
