package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"vnettune/bench/rig"
	"vnettune/foreign"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/trouble"
)

// A store says whom a password is sent to and what is written there. One that this user did
// not make on this host is believed only by a person's word.

// yesFlag gives a command the option that takes the place of that word.
func yesFlag(cmd *cobra.Command, yes *bool) {
	cmd.Flags().BoolVar(yes, "yes", false, "believe a store that this user did not make on this host; what it says is shown")
}

// believe asks about a store, if there is one with originals that is not known to be this
// user's own. Asked says that it was believed by a person's word, now or by --yes.
func believe(cmd *cobra.Command, path string, yes bool) (asked bool, err error) {
	store, err := results.OpenReadOnly(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, trouble.Invalid(err)
	}
	defer store.Close()
	state, err := stateFolder()
	if err != nil {
		return false, err
	}
	strange, err := rig.Foreign(store, receipts(state))
	if err != nil || !strange {
		return false, err
	}
	told, err := tellOf(store)
	if err != nil {
		return false, err
	}
	const what = "the store is not known to be made by this user on this host"
	if yes {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s; by --yes it is believed:\n%s", path, what, told)
		return true, nil
	}
	answer, err := askTerminal(cmd.Context(), fmt.Sprintf("%s: %s\n%sBelieve it? [y/N] ", path, what, told), false)
	switch {
	case errors.Is(err, errNoTerminal):
		fmt.Fprintf(cmd.ErrOrStderr(), "what the store says:\n%s", told)
		return false, usageError(trouble.Hint(trouble.At(path, errors.New(what+", and there is no terminal to ask")), "if what it says is right, say --yes"))
	case err != nil:
		return false, err
	case !slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(string(answer)))):
		return false, usageError(trouble.At(path, errors.New("the store was not believed; nothing was done")))
	}
	return true, nil
}

// tellOf is what a person has to look at before a store is believed.
func tellOf(store *results.Store) (string, error) {
	c, err := stored.FileOf(store)
	if err != nil {
		return "", err
	}
	o, err := store.Originals()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, line := range rig.Reached(c) {
		fmt.Fprintf(&b, "  %s\n", foreign.Line(line))
	}
	fmt.Fprintf(&b, "  written there: %d of its settings, as the store has them\n", len(o.Settings))
	return b.String(), nil
}

// maxLine bounds an answer on the terminal, in bytes.
const maxLine = 1000

// readLine reads one line from a terminal, byte by byte: what follows it is not ours.
func readLine(fd int) ([]byte, error) {
	var line []byte
	for one := make([]byte, 1); len(line) < maxLine; {
		n, err := syscall.Read(fd, one)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return nil, err
		case n == 0 || one[0] == '\n':
			return line, nil
		default:
			line = append(line, one[0])
		}
	}
	return line, nil
}

// believedArgs are this command's arguments for the process that goes on with it inside a
// lab, where nobody is to be asked again.
func believedArgs(asked bool) []string {
	args := os.Args[1:]
	if asked && len(args) > 0 && !slices.Contains(args, "--yes") {
		args = slices.Insert(slices.Clone(args), 1, "--yes")
	}
	return args
}
