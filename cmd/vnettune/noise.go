package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/bench/doctor"
	"vnettune/bench/rig"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/forecast"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/trouble"
)

// noise is what doctor --noise does for a campaign: its A/A boots, in a store of their own.
type noise struct {
	file     string            // the campaign's
	campaign campaign.Campaign // that is to be run later
	store    string            // of the A/A boots
}

// noiseStore is the store of doctor --noise for a campaign file.
func noiseStore(file string) string {
	return strings.TrimSuffix(storePath(file, ""), ".db") + "-noise.db"
}

// mine says whether there is nothing yet at the store's place, or what this user has made on this host for the campaign
// as it is: doctor sends no password to whom another store names.
func (n noise) mine(text []byte) error {
	store, err := results.OpenReadOnly(n.store)
	if err != nil {
		if _, none := os.Stat(n.store); errors.Is(none, os.ErrNotExist) {
			return nil
		}
		return trouble.Invalid(err)
	}
	defer store.Close()
	state, err := stateFolder()
	if err != nil {
		return err
	}
	strange, err := rig.Foreign(store, receipts(state))
	if err != nil {
		return err
	}
	const anew = "move it away: it is made anew"
	if strange {
		return usageError(trouble.Hint(trouble.At(n.store, errors.New("the store is not known to be made by this user on this host")), anew))
	}
	kept := store.Campaign()
	if bytes.Equal(kept.Text, campaign.NoiseRun(text)) {
		return nil
	}
	err = trouble.At(n.store, errors.New("the boots in it are of the campaign as it was, and it has changed since"))
	if changed, unread := store.Changed(); changed || unread != nil {
		err = trouble.Hint(err, "put the guest back first: vnettune restore %s", trouble.ShellWord(n.store))
	}
	return usageError(trouble.Hint(err, anew))
}

// measure boots the baseline and measures it, or goes on where that stopped; with all boots in the store it touches no
// guest.
func (n noise) measure(cmd *cobra.Command, text []byte) error {
	text = campaign.NoiseRun(text)
	aa, err := campaign.Parse(n.file, text)
	if err != nil {
		return err // a campaign that is legal makes one that is
	}
	r := runner{campaign: aa, files: rig.Files{Campaign: n.file, Text: text, Store: n.store}, format: "text",
		again: "vnettune doctor " + trouble.ShellWord(n.file) + " --noise", stdout: cmd.OutOrStdout(), stderr: cmd.ErrOrStderr()}
	if sum, finished := rig.Finished(aa, r.files, judges); finished {
		fmt.Fprintf(r.stderr, "%s has the boots already; to measure anew move it away\n", n.store)
		return r.verdict(sum, nil)
	}
	return r.run(cmd.Context())
}

// forecast is what the campaign could see, by the boots that were measured.
func (n noise) forecast() (matrix.Plan, forecast.Forecast, error) {
	fail := func(err error) (matrix.Plan, forecast.Forecast, error) {
		return matrix.Plan{}, forecast.Forecast{}, err
	}
	store, err := results.OpenReadOnly(n.store)
	if err != nil {
		return fail(err)
	}
	gen := matrix.Generation(store.Campaign().Generation)
	store.Close()
	c := n.campaign
	c.Guest.Generation = gen
	p, err := c.Plan(gen)
	if err != nil {
		return fail(usageError(trouble.At(n.file, err)))
	}
	old, unused, err := stored.FindEarlier(n.store, "", c)
	if err != nil {
		return fail(err)
	}
	f := forecast.New(c, p, old, wantedPower)
	f.Unused = unused
	return p, f, nil
}

// wantedPower is the chance to see a difference that commands ask for unless told otherwise.
const wantedPower = 0.8

// tell writes what the campaign could see.
func (n noise) tell(cmd *cobra.Command) error {
	p, f, err := n.forecast()
	if err != nil {
		return err
	}
	out := outputFlags{format: "text"}
	page := forecast.TellNoise(n.campaign, p, f)
	page.Next = append(page.Next, "all of it: vnettune plan "+trouble.ShellWord(n.file)+" --from "+trouble.ShellWord(n.store))
	fmt.Fprintln(cmd.OutOrStdout())
	return out.write(cmd, func(w io.Writer) error { return out.page(cmd, page)(w) })
}

// tellJSON writes a diagnosis with what the campaign could see.
func (n noise) tellJSON(cmd *cobra.Command, d *doctor.Diagnosis) error {
	_, f, err := n.forecast()
	if err != nil {
		return err
	}
	return writeJSON(cmd.OutOrStdout(), struct {
		*doctor.Diagnosis
		Noise forecast.Forecast `json:"noise"`
	}{d, f})
}
