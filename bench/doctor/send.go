package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/goccy/go-yaml"

	"vnettune/apply"
	"vnettune/apply/transcript"
	"vnettune/foreign"
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

	Questions []apply.QuestionAnswer `json:"questions"` // about the guest as a whole, by the ids of docs/facts/windows-answers.md
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

// ErrNoAnswer says that there is no guest to ask.
var ErrNoAnswer = errors.New("the guest does not answer")

// Probe asks the open questions of the catalogue and gives the answers, redacted as a
// transcript is.
func (d *Examination) Probe(ctx context.Context, s Sender) ([]byte, error) {
	if d.facts == nil {
		return nil, ErrNoAnswer
	}
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	f := *d.facts
	adapter, err := d.guest.AdapterUnderTest(f)
	if err != nil {
		return nil, err
	}
	gen := generationOf(f)
	answers, dump, err := d.guest.Probe(ctx, f, matrix.Probes(gen))
	if err != nil {
		return nil, err
	}
	guest := probedGuest{Kind: f.Kind(), Generation: string(gen), Build: f.Build, ProductType: f.ProductType, Language: f.OSLanguage, PowerShell: f.PSVersion, NetKVM: adapter.DriverVersion}
	whole, err := d.guest.Questions(ctx, f, matrix.Questions(gen))
	if err != nil {
		return nil, err
	}
	for i, q := range matrix.Questions(gen) {
		d.answer(q, &whole[i], guest)
	}
	text, err := json.Marshal(probeFile{Schema: probeSchema, VNetTune: s.Version, Dump: dump, Answers: answers, Questions: whole, Guest: guest})
	if err != nil {
		return nil, err
	}
	private := d.private(s)
	private.Hosts = append(private.Hosts, f.ComputerName)
	text, err = transcript.Redact(text, private)
	if err != nil {
		return nil, err
	}
	var redacted probeFile
	if err := json.Unmarshal(text, &redacted); err != nil {
		return nil, err
	}
	for i := range redacted.Questions { // the program's own words, whatever they have in common with a name
		redacted.Questions[i].Question = whole[i].Question
	}
	text, err = json.MarshalIndent(redacted, "", "  ")
	return append(text, '\n'), err
}

// answer adds what the examination itself found out, and the words to send in.
func (d *Examination) answer(q matrix.Question, a *apply.QuestionAnswer, g probedGuest) {
	switch q.Ask {
	case matrix.AskWinRM:
		switch {
		case d.health == nil:
			a.NotAsked = d.silent
		case d.health.WinRM == nil:
			a.Answer = "no: " + foreign.Words(d.health.Problems["winrm"])
		default:
			a.Answer = "yes: " + quotas(*d.health.WinRM)
		}
	case matrix.AskDeadMan:
		i := slices.IndexFunc(d.Checks, func(c Check) bool { return c.ID == "rescue.dead-man" })
		if i < 0 || d.Checks[i].Status == NotAsked {
			a.NotAsked = "doctor did not try the switch"
		} else {
			a.Answer = d.Checks[i].Status + ": " + d.Checks[i].Saw
		}
	}
	said := a.Answer
	if a.NotAsked != "" {
		said = "not asked, " + a.NotAsked
	}
	a.Send = fmt.Sprintf("%s, %s of generation %s, build %d, product type %d, language %d, PowerShell %s, NetKVM %s: %s", q.ID, g.Kind, g.Generation, g.Build, g.ProductType, g.Language, g.PowerShell, g.NetKVM, said)
}

// Transcript writes everything asked and answered; text is the campaign file. The campaign goes with it
// without its comments and its notice command, which may say anything, and without
// what is of this machine only: where the password is, the ways back, folders of drivers.
func (d *Examination) Transcript(w io.Writer, rec *transcript.Recorder, text []byte, s Sender) error {
	var file map[string]any
	if err := yaml.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("transcript: %w", err)
	}
	delete(file, "notify")
	if guest, ok := file["guest"].(map[string]any); ok && guest["lab"] == nil {
		for _, k := range []string{"password_file", "password_file_shared", "password_prompt", "rescue"} {
			delete(guest, k)
		}
		guest["password_env"] = "VNETTUNE_PASSWORD"
	}
	if variants, ok := file["variants"].([]any); ok {
		for i, v := range variants {
			if v, ok := v.(map[string]any); ok && v["driver"] != nil {
				v["driver"] = fmt.Sprintf("driver-%d", i+1)
			}
		}
	}
	campaign, err := json.Marshal(file)
	if err != nil {
		return fmt.Errorf("transcript: %w", err)
	}
	return rec.Write(w, s.Version, campaign, d.private(s))
}

// Sender is who sends a file in: what cmd alone knows of this program and its user.
type Sender struct {
	Version string   // of the program
	Users   []string // this host's names of its user, which go into no file
}

// private is what this end knows to be nobody else's business.
func (d *Examination) private(s Sender) transcript.Private {
	c := d.live.Config
	p := transcript.Private{Passwords: []string{c.Password}, Users: append([]string{c.User}, s.Users...)}
	if host, _, ok := cutLast(c.Address, ":"); ok {
		p.Hosts = append(p.Hosts, host)
	}
	if name, err := os.Hostname(); err == nil {
		p.Hosts = append(p.Hosts, name)
	}
	return p
}
