package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vnettune/apply"
	"vnettune/apply/winrm"
	"vnettune/matrix/campaign"
)

func newDoctorCmd() *cobra.Command {
	var format, record, probe string
	cmd := &cobra.Command{
		Use:   "doctor CAMPAIGN",
		Short: "check host, guest and tools of a campaign; every failed check says how to fix it",
		Long: `Checks this host, the network path, WinRM, the guest, iperf3 on both sides with a
real run of a second each way, the firewall, the ways back, the rights, and the
campaign's settings. Each line is ok, warning, failed or not asked, and says what to
do. Nothing that it does on the guest lasts: it starts and ends an iperf3 server, and
registers and deletes a disabled task.

--record writes everything asked and answered, with passwords, names, addresses and
keys replaced: attach it to a bug report. --probe only reads: it asks the guest what no
source says for certain about its Windows, and writes the answers. Send them in.

Exit code 1: a check failed.`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			c, text, err := loadCampaign(a[0])
			if err != nil {
				return err
			}
			if !inside(c) {
				return runInside(cmd.Context(), c, os.Args[1:], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			con, err := reach(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer con.client.Close()
			rec := &apply.Recorder{Runner: con.client}
			d := newDoctor(c, storePath(a[0], ""), rec)
			d.live = con
			d.examine(cmd.Context())
			if probe != "" {
				err = d.writeProbes(cmd.Context(), probe)
			}
			if record != "" {
				err = errors.Join(err, writeFile(record, func(w io.Writer) error { return d.transcript(w, rec, text) }))
			}
			if err := errors.Join(err, d.say(cmd.OutOrStdout(), format)); err != nil {
				return err
			}
			if d.Verdict == statusFailed {
				n := d.count(statusFailed)
				return signalled(cmd.Context(), &exitError{exitFailed, fmt.Errorf("%d %s failed; each says what to do", n, plural(n, "check"))})
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text or json")
	cmd.Flags().StringVar(&record, "record", "", "write a redacted transcript of everything asked and answered to this file")
	cmd.Flags().StringVar(&probe, "probe", "", "ask what no source says for certain of this Windows, and write the answers to this file")
	return cmd
}

// witness answers doctor's questions: a guest and this host, or a transcript of both.
type witness interface {
	apply.Runner
	// Ask returns the host's answer as JSON: what live returns, or what was recorded.
	Ask(question string, live func() (any, error)) (json.RawMessage, error)
}

// doctor is one examination.
type doctor struct {
	diagnosis
	campaign campaign.Campaign
	store    string // the campaign's store, there or not
	witness  witness
	live     *connection // nil in a replay
	unlock   func()

	way    way
	guest  *apply.Guest
	facts  *apply.Facts // nil until the guest answered
	health *apply.Health
	silent string     // why health is nil
	self   netip.Addr // this host's address on the way to the guest
	mtu    int        // this host's, on that way; 0 when it is not known
}

func newDoctor(c campaign.Campaign, store string, w witness) *doctor {
	return &doctor{silent: "this host's own address is not known", diagnosis: diagnosis{Schema: doctorSchema, Campaign: c.Name, Checks: []check{}}, campaign: c, store: store, witness: w, unlock: func() {}}
}

// askHost asks this host, or the transcript.
func askHost[T any](d *doctor, question string, live func() (T, error)) (T, error) {
	var answer T
	text, err := d.witness.Ask(question, func() (any, error) { return live() })
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	return answer, err
}

// way is how the guest is reached.
type way struct {
	Control   string `json:"control"` // host:port
	Data      string `json:"data"`
	Port      int    `json:"port"` // of WinRM
	IPerf     string `json:"iperf"`
	IPerfPort int    `json:"iperf_port"`
	HTTPS     bool   `json:"https"`
	Auth      string `json:"auth"`  // ntlm, basic or certificate
	Trust     string `json:"trust"` // fingerprint, ca, system, insecure; empty without https
}

func (d *doctor) liveWay() (way, error) {
	c := d.live.config
	_, text, _ := cutLast(c.Address, ":")
	port, err := strconv.Atoi(text)
	if err != nil {
		return way{}, fmt.Errorf("the port of %s: %w", c.Address, err)
	}
	w := way{Control: c.Address, Data: d.live.target.Address, Port: port, IPerf: d.live.exe, IPerfPort: d.live.target.Port, HTTPS: c.HTTPS, Auth: string(cmp.Or(c.Auth, winrm.NTLM))}
	switch {
	case !c.HTTPS:
	case c.Fingerprint != "":
		w.Trust = "fingerprint"
	case c.Insecure:
		w.Trust = "insecure"
	case c.CACert != nil:
		w.Trust = "ca"
	default:
		w.Trust = "system"
	}
	return w, nil
}

// stepLimit bounds one question to the guest. PowerShell's first start on a slow
// guest takes its time.
const stepLimit = 2 * time.Minute

// examine goes through all checks. What cannot be asked because an earlier answer
// is missing is said to be not asked.
func (d *doctor) examine(ctx context.Context) {
	defer func() { d.unlock() }()
	defer d.judge()
	var err error
	if d.way, err = askHost(d, "way", d.liveWay); err != nil {
		d.fail("network.way", "check guest.control and guest.data", "%v", err)
		return
	}
	data, err := netip.ParseAddr(d.way.Data)
	if err != nil {
		d.fail("network.way", "set guest.data to the IP address of the adapter under test", "%v", err)
		return
	}
	d.guest = apply.New(d.witness, data, d.way.Port, systemClock{})
	d.examineHost(ctx)
	d.examineNetwork(data)
	if !d.alone() {
		for _, area := range areas[slices.Index(areas, "winrm"):] {
			d.notAsked(area+".all", "the guest is in use")
		}
		return
	}
	d.examineWinRM(ctx)
	if d.facts == nil {
		for _, area := range []string{"guest", "rights", "iperf", "firewall", "campaign"} {
			d.notAsked(area+".all", "the guest does not answer")
		}
		d.notAsked("rescue.dead-man", "the guest does not answer")
		d.examineLadder(ctx)
		return
	}
	d.examineGuest(data)
	d.examineRights()
	d.examineMarks(ctx)
	d.examineLadder(ctx)
	d.examineIPerf(ctx)
	d.examineCampaign(ctx)
}

// say writes the diagnosis in the asked form.
func (d *doctor) say(w io.Writer, format string) error {
	if format == "json" {
		return writeJSON(w, d.diagnosis)
	}
	return d.write(w)
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
