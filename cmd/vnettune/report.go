package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report"
	"vnettune/report/rank"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

func newReportCmd() *cobra.Command {
	var format, calibration string
	cmd := &cobra.Command{
		Use:   "report STORE",
		Short: "the ranking of a campaign",
		Long: `Ranks what the store holds, with the campaign's own margin and alpha. If the design
crosses settings or takes a profile apart, it also says what each setting does. --format csv
writes the samples in the form that vnettune rank reads. The exit code is 0
whatever the verdicts are.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := oneOf("--format", format, "text", "json", "csv"); err != nil {
				return err
			}
			store, err := openStore(a[0])
			if err != nil {
				return err
			}
			defer store.Close()
			if err := writeReport(cmd.OutOrStdout(), store, format, calibration); err != nil || calibration == "" || format == "csv" {
				return err
			}
			keepCalibration(cmd.ErrOrStderr(), store, calibration)
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json or csv")
	cmd.Flags().StringVar(&calibration, "calibration", "", "the store of an A/A run (design: aa) of the same guest: its noise floor is shown, and kept for later reports of STORE")
	return cmd
}

// writeReport renders a store. Nothing is written unless all went well.
func writeReport(w io.Writer, store *results.Store, format, calibration string) error {
	rows, err := store.Samples()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if format == "csv" {
		if err := report.CSV(&out, rows); err != nil {
			return err
		}
		_, err = w.Write(out.Bytes())
		return err
	}
	r, err := buildReport(store, rows, calibration)
	if err != nil {
		return err
	}
	if format == "json" {
		err = report.JSON(&out, r)
	} else {
		err = report.Text(&out, r)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}

// buildReport ranks the rows and gathers what is known about where they come from.
func buildReport(store *results.Store, rows []sample.Row, calibration string) (report.Report, error) {
	kept := store.Campaign()
	c, err := campaign.Parse(kept.File+" (as stored)", kept.Text)
	if err != nil {
		return report.Report{}, usageError(err)
	}
	plan := store.Plan()
	options := rank.DefaultOptions()
	options.Baseline, options.Margin, options.Alpha = plan.Baseline().Name, c.Margin, c.Alpha
	r := report.Report{Campaign: kept.Name, Plan: planWords(c, plan, kept)}
	for _, a := range plan.Arms {
		if a.Role == matrix.RolePlacebo {
			r.Placebo = a.Name
		}
	}
	for _, s := range plan.Settings {
		if s.Inert != "" && s.Setting.ID != matrix.PlaceboID {
			r.ExpectedInert = append(r.ExpectedInert, s.Setting.ID+": "+s.Inert)
		}
	}
	for _, d := range plan.Dropped {
		r.NotApplicable = append(r.NotApplicable, fmt.Sprintf("%s: %s: %s", d.Profile, d.Line, d.Reason))
	}
	with, err := measuredWith(store)
	if err != nil {
		return report.Report{}, err
	}
	r.Plan = append(r.Plan, with...)
	if r.Notes, err = notes(store); err != nil {
		return report.Report{}, err
	}
	if r.BootTime, err = bootTimeOf(store); err != nil {
		return report.Report{}, err
	}
	all := rows
	rows, search, err := searched(store, rows)
	if err != nil {
		return report.Report{}, err
	}
	r.Notes = append(r.Notes, search...)
	r.Ranking, err = rank.Analyze(rows, options)
	if err != nil {
		return report.Report{}, &exitError{exitFailed, err}
	}
	if plan.Search != nil && len(rows) < len(all) {
		withoutBest(&r.Ranking)
	}
	if err := inspectIntervals(store, &r.Ranking); err != nil {
		return report.Report{}, err
	}
	if r.Effects, err = settingEffects(plan, all, rows, options); err != nil {
		return report.Report{}, &exitError{exitFailed, err}
	}
	if plan.Search != nil && len(r.Effects) > 0 {
		r.Notes = append(r.Notes, "the effects of settings below are those of the screen's boots alone")
	}
	floor, lines, err := calibrated(store, c, rows, options, calibration)
	if err != nil {
		return report.Report{}, err
	}
	r.NoiseFloor, r.Notes = floor, append(r.Notes, lines...)
	return r, nil
}

// perBlock is how often each arm boots in a block: the baseline twice in a large plan.
func perBlock(p matrix.Plan) map[string]int {
	times := map[string]int{}
	for _, s := range p.Slots {
		if s.Block == 1 {
			times[p.Arms[s.Arm].Name]++
		}
	}
	return times
}

// planWords says in a few lines what was run.
func planWords(c campaign.Campaign, p matrix.Plan, kept results.Campaign) []string {
	lines := []string{fmt.Sprintf("%d combinations, %s, on %s, random order within each block (seed %d); begun %s",
		len(p.Arms), boots(p), p.Generation, kept.Seed, kept.Created.UTC().Format("2006-01-02 15:04 MST"))}
	if p.Search != nil && p.Search.Screen > 0 {
		lines = append(lines, record.ScreenCaveat)
	}
	for _, w := range c.Workloads {
		line := fmt.Sprintf("%s: iperf3 %s %s, %d s after %d s left out, %d repetitions a boot", w.Name, w.Protocol, w.Direction, w.Seconds, w.Omit, c.Repetitions)
		if w.Streams > 1 {
			line += fmt.Sprintf(", %d streams", w.Streams)
		}
		if w.Protocol == "udp" {
			line += fmt.Sprintf(", %s bit/s of %d-byte datagrams offered", w.Rate, w.Length)
		}
		if w.Congestion != "" {
			line += ", host sends with " + w.Congestion
		}
		lines = append(lines, line)
	}
	if c.Guest.Lab != nil && c.Guest.Lab.Delay > 0 {
		lines = append(lines, fmt.Sprintf("the lab adds %s to every round trip", c.Guest.Lab.Delay))
	}
	if r := c.Guest.Remote; r != nil && r.Trust.Insecure {
		lines = append(lines, "the guest's certificate was not verified (trust.insecure)")
	}
	if r := c.Guest.Remote; r != nil && r.Transport.Auth == campaign.AuthBasic && r.Control.Scheme == "http" {
		lines = append(lines, "the guest was controlled without encryption, its password readable on the wire (transport.auth: basic over http)")
	}
	return lines
}

// notes are what a reader must know of the boots: those that are not ranked, and
// settings whose effect could not be observed.
func notes(store *results.Store) ([]string, error) {
	boots, err := store.Boots()
	if err != nil {
		return nil, err
	}
	excluded, err := store.Exclusions()
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, e := range excluded {
		lines = append(lines, fmt.Sprintf("boot %s is excluded by the operator: %s", e.Boot, e.Reason))
	}
	for _, b := range boots {
		if b.Status != sample.StatusOK {
			lines = append(lines, fmt.Sprintf("boot %s (%s, block %d) is not ranked: %s: %s", b.ID, b.Arm, b.Block, b.Status, b.Reason))
		}
	}
	unseen, err := unobservable(boots)
	if err != nil {
		return nil, err
	}
	lines = append(lines, unseen...)
	lines = append(lines, cutBlocks(boots)...)
	clocks, err := suspectClocks(boots)
	if err != nil {
		return nil, err
	}
	lines = append(lines, clocks...)
	if changed, err := store.Changed(); err != nil {
		return nil, err
	} else if changed {
		lines = append(lines, "the guest is left changed: vnettune restore "+store.Path()+" puts it back")
	}
	return lines, nil
}
