package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"

	"vnettune/apply"
	"vnettune/apply/transcript"
	"vnettune/matrix"
)

// probeSchema names the form of a file of answers.
const probeSchema = "vnettune/probe/v1"

// probeFile is what --probe writes.
type probeFile struct {
	Schema   string              `json:"schema"`
	VNetTune string              `json:"vnettune"`
	Guest    probedGuest         `json:"guest"`
	Dump     []string            `json:"netsh_dump"` // the lines that begin with set
	Answers  []apply.ProbeAnswer `json:"answers"`
}

// probedGuest says which Windows answered.
type probedGuest struct {
	Kind        string `json:"kind"` // windows, or a stand-in, whose answers prove nothing
	Generation  string `json:"generation"`
	Build       int    `json:"build"`
	ProductType int    `json:"product_type"` // 1 client, 2 domain controller, 3 server
	Language    int    `json:"language"`     // LCID
	PowerShell  string `json:"powershell"`
	NetKVM      string `json:"netkvm"` // the driver's version
}

// writeProbes asks the open questions of the catalogue and writes the answers,
// redacted as a transcript is.
func (d *doctor) writeProbes(ctx context.Context, path string) error {
	if d.facts == nil {
		return errors.New("--probe: the guest does not answer, so " + path + " was not written")
	}
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	f := *d.facts
	adapter, err := d.guest.AdapterUnderTest(f)
	if err != nil {
		return err
	}
	gen := generationOf(f)
	answers, dump, err := d.guest.Probe(ctx, f, matrix.Probes(gen))
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(probeFile{Schema: probeSchema, VNetTune: version(), Dump: dump, Answers: answers,
		Guest: probedGuest{Kind: f.Kind(), Generation: string(gen), Build: f.Build, ProductType: f.ProductType, Language: f.OSLanguage, PowerShell: f.PSVersion, NetKVM: adapter.DriverVersion}}, "", "  ")
	if err != nil {
		return err
	}
	private := d.private()
	private.Hosts = append(private.Hosts, f.ComputerName)
	text, err = transcript.Redact(text, private)
	if err != nil {
		return err
	}
	return writeFile(path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// private is what this end knows to be nobody else's business.
func (d *doctor) private() transcript.Private {
	c := d.live.config
	p := transcript.Private{Passwords: []string{c.Password}, Users: []string{c.User, os.Getenv("USER"), os.Getenv("LOGNAME")}}
	if host, _, ok := cutLast(c.Address, ":"); ok {
		p.Hosts = append(p.Hosts, host)
	}
	if name, err := os.Hostname(); err == nil {
		p.Hosts = append(p.Hosts, name)
	}
	return p
}
