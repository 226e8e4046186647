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
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/trouble"
)

// A store says whom a password is sent to and what is written there. One that this user did
// not make on this host is believed only by a person's word.

// yesFlag gives a command the option that takes the place of that word.
func yesFlag(cmd *cobra.Command, yes *bool) {
	cmd.Flags().BoolVar(yes, "yes", false, "believe a store that this user did not make on this host; what it says is shown")
}

// believedEnv holds the digest of the store that a person believed, for the process that
// goes on with it inside a lab, where nobody is to be asked again.
const believedEnv = "VNETTUNE_BELIEVED"

// believeAt is believe for a store that may not be there yet.
func believeAt(cmd *cobra.Command, path string, yes bool) (believed string, err error) {
	store, err := results.OpenReadOnly(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", trouble.Invalid(err)
	}
	defer store.Close()
	return believe(cmd, store, yes, campaign.Way{})
}

// believe asks about a store with originals that is not known to be this user's own.
// way is another way to its guest, by the caller's word. believed is its digest where it was believed by a person's word, now or by --yes.
func believe(cmd *cobra.Command, store *results.Store, yes bool, way campaign.Way) (believed string, err error) {
	path := store.Path()
	state, err := stateFolder()
	if err != nil {
		return "", err
	}
	strange, err := rig.Foreign(store, receipts(state))
	if err != nil || !strange {
		return "", err
	}
	digest, err := store.Digest()
	if err != nil {
		return "", err
	}
	before := os.Getenv(believedEnv)
	_ = os.Unsetenv(believedEnv) // it is not for what this process starts
	if before != "" {
		if before != digest {
			return "", usageError(trouble.At(path, errors.New("the store is not the one any more that was believed a moment ago")))
		}
		return digest, nil
	}
	told, err := tellOf(store, way)
	if err != nil {
		return "", err
	}
	const what = "the store is not known to be made by this user on this host"
	if yes {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s; by --yes it is believed:\n%s", path, what, told)
		return digest, nil
	}
	answer, err := askTerminal(cmd.Context(), fmt.Sprintf("%s: %s\n%sBelieve it? [y/N] ", path, what, told), false)
	switch {
	case errors.Is(err, errNoTerminal):
		fmt.Fprintf(cmd.ErrOrStderr(), "what the store says:\n%s", told)
		return "", usageError(trouble.Hint(trouble.At(path, errors.New(what+", and there is no terminal to ask")), "if what it says is right, say --yes"))
	case err != nil:
		return "", err
	case !slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(string(answer)))):
		return "", usageError(trouble.At(path, errors.New("the store was not believed; nothing was done")))
	}
	return digest, nil
}

// tellOf is what a person has to look at before a store is believed.
func tellOf(store *results.Store, way campaign.Way) (string, error) {
	c, err := stored.FileOf(store)
	if err == nil {
		c, err = c.By(way)
	}
	if err != nil {
		return "", err
	}
	o, err := store.Originals()
	if err != nil {
		return "", err
	}
	kept := store.Campaign()
	lines := append([]string{fmt.Sprintf("campaign: %q, begun %s", kept.Name, kept.Created.UTC().Format("2006-01-02 15:04:05 MST"))}, rig.Reached(c)...)
	var ids []string
	var found []record.Original
	if o != nil { // else only this host was set
		found = o.Settings
	}
	for _, s := range found {
		id := s.Place.ID
		if matrix.IsOwn(id) {
			id += fmt.Sprintf(` (%s\%s)`, s.Place.Path, s.Place.Name)
		}
		ids = append(ids, id)
	}
	if len(ids) > 0 {
		lines = append(lines, "settings that are written there: "+strings.Join(ids, ", "))
	}
	if set, err := rig.HostIsSet(store); err != nil {
		return "", err
	} else if set {
		lines = append(lines, "settings of this host are put back (host.set)")
	}
	var b strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&b, "  %s\n", foreign.Line(line))
	}
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
