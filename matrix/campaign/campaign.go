package campaign

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"vnettune/matrix"
	"vnettune/results/record"
)

// Campaign is one whole experiment on one guest, as its file describes it, with
// every default filled in.
type Campaign struct {
	Name        string
	Guest       Guest
	Host        Host
	Peer        *Peer // nil: this host is the other end
	Design      matrix.Design
	Workloads   []record.Workload // each of one direction, names unique
	Blocks      int
	Repetitions int     // measurements of each workload in a boot, the discarded first one not counted
	Margin      float64 // smallest difference worth caring about, percent: of every metric that is compared as a ratio
	// Margins are those that metrics have of their own, by name: percent of a metric that is
	// compared as a ratio, and else its unit (loss: percentage points). nil without any.
	Margins map[string]float64
	Alpha   float64 // error rate of the family of comparisons
	Seed    uint64
	Search  Search        // what design: adaptive searches by; empty for other designs
	Settle  record.Settle // what is waited for between the proof of a boot and its first measurement
	Limits  Limits
	Notify  Notify
	// Budget is how long one session may take, the restore included; 0 is as long as it takes.
	Budget time.Duration
	// Own is what the campaign brings itself, that of its files of profiles included; Files is that of each file, by
	// its name in the campaign file.
	Own   Own
	Files map[string]Own
	// Folder is that of the file, which the paths in it go from, as In was told; "": the present one.
	Folder string
	// Looks is how often the campaign may be judged while blocks are added to it, at least 1: each has its part of Alpha.
	Looks int
}

// LookAlpha is the error rate of one judgement: each of the looks has its part of Alpha (Bonferroni's inequality).
func (c Campaign) LookAlpha() float64 { return c.Alpha / float64(max(1, c.Looks)) }

// Paced are the workloads that the positive control is measured by.
func (c Campaign) Paced() []record.Workload {
	return slices.DeleteFunc(slices.Clone(c.Workloads), func(w record.Workload) bool { return !w.CanBePaced() })
}

// ControlWords say of a plan what its positive control does, and which workloads it leaves out; "" without one.
func (c Campaign) ControlWords(p matrix.Plan) string {
	if p.ControlArm() == "" {
		return ""
	}
	text := fmt.Sprintf("%s: sets what the baseline sets, and each boot of it is paced to %g %% of an unpaced run of that boot; it is in no family of claims", p.ControlArm(), 100-p.Control)
	var left []string
	for _, w := range c.Workloads {
		if !w.CanBePaced() {
			left = append(left, w.Name)
		}
	}
	if len(left) > 0 {
		text += "; left out of it: " + strings.Join(left, ", ") + ": a pace takes no known amount of them away"
	}
	return text
}

// Guest is the machine under test: a Lab or a Remote, never both.
type Guest struct {
	Lab        *Lab              // the stand-in guest
	Remote     *Remote           // a real Windows
	Generation matrix.Generation // "": whatever the guest turns out to be
	IperfPort  int               // TCP and UDP port of the guest's iperf3 server
	SecondPort int               // TCP port of the guest's second iperf3 server, where a workload goes both ways at once
	MeterPort  int               // of the guest's meter
	Iperf2Port int               // TCP and UDP port of the guest's iperf2 servers
	Rescue     Rescue            // ways back when a setting cut it off

	AllowPending  bool // runs although the guest asks for a reboot to finish updates
	AllowOldIperf bool // runs although the guest's iperf3 hides settings under test
}

// restarts says whether the adapter under test may be restarted: the guest has a way back that does not
// need it, a second adapter, the dead-man switch or one outside of its network.
func (g Guest) restarts() bool {
	if g.Remote == nil {
		return true // a lab has its own way back
	}
	return g.Rescue.DeadMan > 0 || g.Rescue.Independent() || g.Remote.Control.Host != g.Remote.Data
}

// Lab asks for a stand-in guest, which is brought up for the campaign.
type Lab struct {
	Kind     string        // LabVM or LabFast
	Language string        // of the personality
	Build    string        // of its Windows; "": the lab's own choice
	Driver   string        // of its adapter; "": the lab's own choice
	Delay    time.Duration // round trip between host and guest
	Rate     int           // of its link in both directions, in Mbit/s; 0: as fast as it goes
	Name     string        // several labs run side by side under different names
	Iperf    string        // the guest's iperf3, a program of this host; "": the one on PATH
	Engine   string        // folder of what executes its commands; "": they are played

	// What is true of it although no reading says so.
	Takes       []string // SETTING=MOMENT: when settings really act
	Effects     []string // SETTING=VALUE:PERCENT: planted ones
	CarryOver   float64  // share of a window or buffer that outlasts its change, 0 to 1
	Interaction float64  // standard deviation of what each boot draws for each state, in percent of Rate
	Seed        uint64   // of that drawing
}

// Kinds of Lab.
const (
	LabVM   = "vm"   // a virtual machine with a virtio-net device
	LabFast = "fast" // a network namespace
)

// Remote is a real Windows guest and the way to it.
type Remote struct {
	Control   Control
	Transport Transport
	Data      string // address under test, which traffic is measured on; "": what libvirt says of the guest's domain
	User      string // "" if a client certificate names it
	Password  Password
	Trust     Trust
	Iperf     string // the guest's iperf3: a path, or a name on its PATH
	Iperf2    string // the guest's iperf2: a path
}

// Password is where the password comes from: exactly one of Env, File and Prompt is set, or
// none if a client certificate proves the user.
type Password struct {
	Env    string // environment variable that holds it
	File   string // file that holds it
	Shared bool   // others may read that file
	Where  string // FILE:LINE:COLUMN of what says so in the campaign file, for messages
	Prompt bool   // the terminal is asked
}

// Transport is how WinRM is spoken.
type Transport struct {
	Auth       string // AuthNTLM, AuthBasic, AuthCertificate
	ClientCert string // PEM file, with AuthCertificate
	ClientKey  string // PEM file, with AuthCertificate
	Proxy      string // http://host:port; "" for none, whatever the environment says
}

// Ways to prove the user. NTLM encrypts what crosses plain http; Basic does not.
const (
	AuthNTLM        = "ntlm"
	AuthBasic       = "basic"
	AuthCertificate = "certificate"
)

// Control is where WinRM listens.
type Control struct {
	Scheme string // http or https
	Host   string // "": the address that libvirt says of the guest's domain
	Port   int
}

// Trust says which certificate of an https guest is accepted; the zero value accepts those that the
// host's own authorities signed.
type Trust struct {
	CA          string // PEM file with the authority
	Fingerprint string // SHA-256 of the guest's certificate, 64 lower-case hex digits
	Insecure    bool   // any certificate
}

// Host is this end of the measurement.
type Host struct {
	Bind   string // address to measure from; "" leaves it to the routes
	Iperf  string // the host's iperf3: a path, or a name on PATH
	Iperf2 string // the host's iperf2: a path, or a name on PATH
	// Set is what is set on this host while it measures, by name; nil for nothing.
	Set map[string]string
}

// Peer is another machine than this host as the other end of the measurement.
type Peer struct {
	Meter   string   // its meter: a path, or a name on its PATH
	Command []string // runs the command that is put behind it at the peer
	Iperf   string   // the peer's iperf3: a path, or a name on its PATH
}

// Search is what an adaptive search looks at.
type Search struct{ Workload, Metric string }

// Limits end a campaign early; 0 means no limit.
type Limits struct {
	Hours          float64
	Boots          int
	FailuresInARow int
	Answer         time.Duration // the longest that the guest may take to answer a message; never 0
	Command        time.Duration // the longest that a command on the guest may run; never 0
	Store          time.Duration // how long a store that cannot take a boot is waited for
	Reboot         Reboot        // never 0
}

// Reboot bounds the stages of one reboot, each by itself: until the request is taken,
// until the old system stops answering, until something takes connections, until a new
// boot is proven, until the adapter under test is up.
type Reboot struct{ Ask, GoingDown, Down, Up, Ready time.Duration }

// Notify is a command that the host runs when something happened; no command, no notice.
type Notify struct {
	Command []string
	On      []string // NotifyEnd, NotifyFailure
}

// Events that a campaign can notify of.
const (
	NotifyEnd     = "end"
	NotifyFailure = "failure"
)

// Plan makes the combinations and the order of their boots for a guest of generation g.
func (c Campaign) Plan(g matrix.Generation) (matrix.Plan, error) {
	return matrix.NewPlan(g, c.Design, c.Blocks, c.Seed)
}

// SwitchedBy is the campaign with its arms switched in the given way, by reboots or within boots, and with
// as many blocks as it has.
func (c Campaign) SwitchedBy(way string) Campaign {
	c.Design.Switch = way
	c.Design.Restarts = way == matrix.SwitchWithinBoots && c.Guest.restarts()
	return c
}

// Parse reads a campaign file; name is how its messages call it. The error is of
// type Errors and lists every problem that was found.
func Parse(name string, data []byte) (Campaign, error) {
	return parse(&reader{file: name}, data)
}

// ParseStored reads the file that a store has kept. It was legal for the version that began the
// campaign, and the plan is stored beside it. Whether its parts fit together is not checked again,
// so that a guest can be put back whatever a newer version refuses.
func ParseStored(name string, data []byte) (Campaign, error) {
	return parse(&reader{file: name, stored: true}, data)
}

func parse(r *reader, data []byte) (Campaign, error) {
	root := r.document(data)
	if root == nil {
		r.alike(data)
		return Campaign{}, r.err()
	}
	c := r.campaign(root)
	r.alike(data)
	if err := r.err(); err != nil {
		return Campaign{}, err
	}
	return c, nil
}

// RequireGeneration is an error if the file leaves the guest's generation open; it is for callers
// that cannot do without it.
func RequireGeneration(name string, data []byte) error {
	r := &reader{file: name}
	root := r.document(data)
	if root == nil {
		return r.err()
	}
	if guest := root.get("guest"); guest != nil {
		object{r: r, n: guest, path: "guest"}.require("a plan needs to know the guest's Windows; "+legalGenerations, "generation")
	}
	return r.err()
}

//go:embed template.yaml
var template []byte

// Template is a campaign file with a comment on every field: what `vnettune init` writes. It
// describes a real guest whose addresses are still to be filled in, and parses as it stands.
func Template() []byte { return slices.Clone(template) }
