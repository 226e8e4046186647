package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/apply/transcript"
	"vnettune/bench/doctor"
)

func newDoctorCmd() *cobra.Command {
	var format, record, probe string
	var writeTest, withNoise bool
	cmd := &cobra.Command{
		Use:   "doctor CAMPAIGN",
		Short: "check host, guest and tools of a campaign; every failed check says how to fix it",
		Long: `Checks this host, the network path, WinRM, the guest, iperf3 on both sides with a
real run of a second each way, the firewall, the ways back, the rights, and the
campaign's settings. Each line is ok, warning, failed or not asked, and says what to
do. Nothing stays behind on the guest: an iperf3 server is started and ended, and a
disabled task registered and deleted; the dead-man switch is tried with a step that
changes nothing and without a reboot, and taken away.

--record writes everything asked and answered, with passwords, names, addresses and
keys replaced: attach it to a bug report. --probe only reads: it asks the guest what no
source says for certain about its Windows, and writes the answers. Send them in.

--write-test writes the values that the guest was found with once more, those of the
campaign's settings, and says of each whether it is taken: what is read-only is found
before a campaign does. The guest is marked meanwhile, and the dead-man switch armed
where a setting can cut it off. What netsh wrote stays set where it stood at its default.

--noise, where no check failed, boots the campaign's baseline three times, measures its
workloads, puts the guest's originals back, and says what the campaign could see with
that noise, and at what price. The boots are in CAMPAIGN-noise.db; asked again it goes
on there, or tells what it has. --record and --probe are written first.

Exit code 1: a check failed. With --noise those of run, too.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			c, text, err := loadWithDrivers(a[0])
			if err != nil {
				return err
			}
			cleansUp(cmd.Context())
			outliveOutput()
			n, changes := noise{file: a[0], campaign: c, store: noiseStore(a[0])}, ""
			if withNoise {
				if err := n.mine(text); err != nil {
					return err
				}
				changes = n.store
			}
			if !inside(c) {
				if err := goneLab(c, changes); err != nil {
					return err
				}
				return runInside(cmd.Context(), c, changes, "", cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			g, err := reach(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer g.Close()
			rec := &transcript.Recorder{Runner: g.Client}
			d := doctor.New(c, storePath(a[0], ""), rec, g)
			d.Examine(cmd.Context())
			if writeTest {
				d.WriteTest(cmd.Context())
			}
			sender := doctor.Sender{Version: version(), Users: []string{os.Getenv("USER"), os.Getenv("LOGNAME")}}
			if probe != "" {
				err = writeProbes(cmd.Context(), d, sender, probe)
			}
			if record != "" {
				err = errors.Join(err, writeFile(record, func(w io.Writer) error { return d.Transcript(w, rec, text, sender) }))
			}
			failed := d.Count(doctor.Failed)
			later := withNoise && failed == 0 && format == "json" // all of it is one document
			if !later {
				err = errors.Join(err, showDiagnosis(cmd, &d.Diagnosis, format))
			}
			if err != nil {
				return err
			}
			if failed > 0 {
				checks := "checks"
				if failed == 1 {
					checks = "check"
				}
				return signalled(cmd.Context(), fmt.Errorf("%d %s failed; each says what to do", failed, checks))
			}
			if !withNoise {
				return nil
			}
			g.Close()
			if err = n.measure(cmd, text); err != nil && exitCode(err) != exitPartial {
				if later {
					err = errors.Join(err, showDiagnosis(cmd, &d.Diagnosis, format))
				}
				return err
			}
			if later {
				return errors.Join(n.tellJSON(cmd, &d.Diagnosis), err)
			}
			return errors.Join(n.tell(cmd), err)
		},
	}
	formats(cmd.Flags(), &format)
	cmd.Flags().StringVar(&record, "record", "", "write a redacted transcript of everything asked and answered to this file")
	cmd.Flags().StringVar(&probe, "probe", "", "ask what no source says for certain of this Windows, and write the answers to this file")
	cmd.Flags().BoolVar(&withNoise, "noise", false, "boot the baseline three times and say what the campaign could see")
	cmd.Flags().BoolVar(&writeTest, "write-test", false, "write the values of the campaign's settings that the guest has once more, and say which it takes")
	return cmd
}

// doctorIndent is where the words of a check begin in a diagnosis that a person reads.
const doctorIndent = 29

// showDiagnosis writes a diagnosis in the asked form, on a terminal with the words of each check below each other.
func showDiagnosis(cmd *cobra.Command, d *doctor.Diagnosis, format string) error {
	if format == "json" {
		return writeJSON(cmd.OutOrStdout(), d)
	}
	width := outputFlags{}.style(cmd).Width
	if width == 0 {
		return d.WriteText(cmd.OutOrStdout())
	}
	var text, narrow strings.Builder
	if err := d.WriteText(&text); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		indent := doctorIndent
		if !strings.HasPrefix(line, " ") {
			indent = 2
		}
		for _, part := range wrapped(strings.TrimSuffix(line, "\n"), width, indent) {
			narrow.WriteString(part + "\n")
		}
	}
	_, err := io.WriteString(cmd.OutOrStdout(), narrow.String())
	return err
}

// writeProbes asks a guest what no source says for certain and writes the answers.
func writeProbes(ctx context.Context, d *doctor.Examination, s doctor.Sender, path string) error {
	text, err := d.Probe(ctx, s)
	if errors.Is(err, doctor.ErrNoAnswer) {
		return fmt.Errorf("--probe: %w, so %s was not written", err, path)
	}
	if err != nil {
		return err
	}
	return writeFile(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// writeFile writes a file that only its user can read, and leaves none when
// writing fails.
func writeFile(path string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o600)
}
