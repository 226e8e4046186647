package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vnettune/apply/rescue"
	"vnettune/bench/rig"
	"vnettune/matrix/campaign"
	"vnettune/report/stored"
	"vnettune/results"
)

func newRestoreCmd() *cobra.Command {
	var yes bool
	var way campaign.Way
	cmd := &cobra.Command{
		Use:   "restore STORE",
		Short: "put the guest's originals back, and this host",
		Long: `Writes the originals that the store holds back to the guest, reboots it and reads
them back. What the campaign set on this host (host.set) is put back first, on this host
only. A guest that does not answer is brought back by the ways of the campaign's
guest.rescue. It needs the store and the guest's password, nothing else. Another machine
at the guest's address gets nothing. A guest that has moved, or another user, is named by
flags; all else is the campaign's. Where the store says that the guest has its
originals, and this host is not set, there is nothing to do.

A store that this user did not make on this host is not believed by itself: it says
whom the password is sent to. What it says is shown and asked about on the terminal,
or --yes is given; with neither the exit code is 2.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			store, err := stored.OpenToWrite(a[0])
			if err != nil {
				return err
			}
			defer store.Close()
			cleansUp(cmd.Context())
			outliveOutput()
			why, err := nothingToRestore(store)
			if err != nil {
				return err
			}
			hostSet, err := rig.HostIsSet(store)
			if err != nil {
				return err
			}
			if why != "" && !hostSet {
				fmt.Fprint(cmd.ErrOrStderr(), why)
				return nil
			}
			believed, err := believe(cmd, store, yes, way)
			if err != nil {
				return err
			}
			c, err := stored.FileOf(store)
			if err == nil {
				c, err = c.By(way)
			}
			if err != nil {
				return usageError(err)
			}
			hidePassword(c)
			outside := !inside(c)
			var left error                             // what stays of this host keeps the guest from nothing
			if hostSet && (!outside || labIsDown(c)) { // a lab that is up has settings of its own network, inside
				if left = restoreHost(store, c, cmd.ErrOrStderr()); errors.Is(left, results.ErrRunning) {
					return left
				}
				hostSet = false
			}
			if why != "" && !hostSet {
				fmt.Fprint(cmd.ErrOrStderr(), why)
				return left
			}
			if outside {
				if err := goneLab(c, store.Path()); err != nil {
					return errors.Join(err, left)
				}
				return errors.Join(runInside(cmd.Context(), c, store.Path(), believed, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()), left)
			}
			return errors.Join(restore(cmd.Context(), store, c, cmd.ErrOrStderr()), left)
		},
	}
	yesFlag(cmd, &yes)
	wayFlags(cmd.Flags(), &way)
	return cmd
}

// wayFlags are the flags that name another way to a guest than its campaign's.
func wayFlags(flags *pflag.FlagSet, way *campaign.Way) {
	flags.StringVar(&way.Control, "control", "", "where the guest's WinRM listens now: HOST, HOST:PORT or a URL")
	flags.StringVar(&way.User, "user", "", "another administrator of the guest")
	flags.StringVar(&way.PasswordEnv, "password-env", "", "the environment variable that holds the password")
	flags.StringVar(&way.PasswordFile, "password-file", "", "the file that holds the password")
	flags.BoolVar(&way.PasswordFileShared, "password-file-shared", false, "others may read that file")
	flags.BoolVar(&way.PasswordPrompt, "password-prompt", false, "ask for the password on the terminal")
	flags.StringVar(&way.Fingerprint, "trust", "", "the SHA-256 fingerprint of the guest's certificate")
	flags.StringVar(&way.CA, "trust-ca", "", "the PEM file of the authority that signed it")
	flags.BoolVar(&way.Insecure, "trust-insecure", false, "take any certificate")
}

// restoreHost puts back what a session has set on this host, unless one is running.
func restoreHost(store *results.Store, c campaign.Campaign, stderr io.Writer) error {
	if err := store.Lock(); err != nil {
		return err
	}
	as := "as it was before the campaign set it"
	err := rig.PutHostBack(store, c.Guest.Lab != nil, func(what string) {
		fmt.Fprintln(stderr, what)
		as = "as it was before the campaign set it, but for that"
	})
	if err == nil {
		fmt.Fprintln(stderr, "this host is "+as)
	}
	return err
}

// nothingToRestore says, as a line, why a store's guest needs no restore; "" where it does.
func nothingToRestore(store *results.Store) (string, error) {
	changed, err := store.Changed()
	if err != nil || changed {
		return "", err
	}
	o, err := store.Originals()
	switch {
	case err != nil:
		return "", err
	case o == nil:
		return "the store holds no originals: this campaign never wrote to the guest, nothing is to be put back\n", nil
	}
	return "the store says that the guest has its originals: nothing is to be put back\n", nil
}

// restore puts back what the store holds and says what came of it.
func restore(ctx context.Context, store *results.Store, c campaign.Campaign, stderr io.Writer) error {
	done, err := rig.Restore(ctx, store, func() (*rig.Rig, error) { return reachBy(ctx, c, rig.ReachToRestore) }, func() error { return holdsGuest(ctx, store.Path()) })
	if len(done.Steps) > 1 {
		for _, s := range done.Steps {
			if err == nil || !strings.Contains(err.Error(), s.Outcome) { // what is said once is enough
				fmt.Fprintf(stderr, "%s: %s\n", s.Rung, s.Outcome)
			}
		}
	}
	for _, what := range done.Others {
		fmt.Fprintln(stderr, what)
	}
	if done.Driver != "" && !done.Untouched {
		fmt.Fprintf(stderr, "its adapter has the driver that it was found with, %s\n", done.Driver)
	}
	if done.Machine != "" {
		fmt.Fprintf(stderr, "the guest's machine is again what it was, by %s\n", done.Machine)
	}
	for _, what := range done.Moved {
		fmt.Fprintf(stderr, "the guest is the machine of this store, but its %s\n", what)
	}
	if changed, unread := store.Changed(); unread == nil && !changed { // else the store would ask for a guest that ended with its lab
		err = errors.Join(err, holdsGuest(ctx, ""))
	}
	switch {
	case done.Untouched:
		fmt.Fprintln(stderr, rescue.Untouched)
	case done.Done:
		but := ""
		if len(done.Kept) > 0 {
			but = " but for " + strings.Join(done.Kept, ", ") + ", kept as somebody else set it"
		}
		fmt.Fprintf(stderr, "the guest has its originals%s, read back after a reboot\n", but)
		for _, what := range store.Plan().Inexact() {
			fmt.Fprintln(stderr, what)
		}
	}
	return err
}
