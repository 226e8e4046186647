package doctor

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"vnettune/apply"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/bench/iperf"
	"vnettune/bench/iperf2"
	"vnettune/bench/rig"
	"vnettune/matrix/campaign"
	"vnettune/results/record"
)

// Witness answers doctor's questions: a guest and this host, or a transcript of both.
type Witness interface {
	terms.Runner
	// Ask returns the host's answer as JSON: what live returns, or what was recorded.
	Ask(question string, live func() (any, error)) (json.RawMessage, error)
}

// Examination is one examination of a campaign's host, guest and tools.
type Examination struct {
	Diagnosis
	campaign campaign.Campaign
	store    string // the campaign's store, there or not
	witness  Witness
	live     *rig.Rig // nil in a replay
	unlock   func()

	way     way
	guest   *apply.Guest
	machine *record.Identity // which one the store's guest is; nil: not known
	facts   *record.Guest    // nil until the guest answered
	health  *terms.Health
	silent  string     // why health is nil
	self    netip.Addr // this host's address on the way to the guest
	mtu     int        // this host's, on that way; 0 when it is not known

	client  iperf.Version  // this host's; zero when it is not known
	client2 iperf2.Version // this host's iperf2; zero when it is not known
	target  iperf.Target   // what is known of the guest's server: its version and the path to it
}

// New prepares the examination of a campaign, whose store is at the path store, there
// or not. What the witness does not know is asked of the live rig; a transcript knows
// everything and has none.
func New(c campaign.Campaign, store string, w Witness, live *rig.Rig) *Examination {
	return &Examination{
		Diagnosis: Diagnosis{Schema: schema, Campaign: c.Name, Checks: []Check{}},
		campaign:  c, store: store, witness: w, live: live, unlock: func() {},
		silent: "this host's own address is not known",
	}
}

// askHost asks this host, or the transcript.
func askHost[T any](d *Examination, question string, live func() (T, error)) (T, error) {
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
	Second    int    `json:"iperf_second_port,omitempty"` // 0 where no workload needs a second server

	IPerf2     string `json:"iperf2,omitempty"` // where workloads need it
	IPerf2Port int    `json:"iperf2_port,omitempty"`

	HTTPS bool   `json:"https"`
	Auth  string `json:"auth"`  // ntlm, basic or certificate
	Trust string `json:"trust"` // fingerprint, ca, system, insecure; empty without https
}

func (d *Examination) liveWay() (way, error) {
	c := d.live.Config
	_, text, _ := cutLast(c.Address, ":")
	port, err := strconv.Atoi(text)
	if err != nil {
		return way{}, fmt.Errorf("the port of %s: %w", c.Address, err)
	}
	w := way{Control: c.Address, Data: d.live.Target.Address, Port: port, IPerf: d.live.Exe, IPerfPort: d.live.Target.Port, Second: d.live.Target.Second, HTTPS: c.HTTPS, Auth: string(cmp.Or(c.Auth, winrm.NTLM))}
	if d.campaign.MeasuresByIPerf2() {
		w.IPerf2, w.IPerf2Port = d.live.Exe2, d.campaign.Guest.Iperf2Port
	}
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

// ports are where the guest's iperf3 is to listen.
func (w way) ports() []int { return iperf.Target{Port: w.IPerfPort, Second: w.Second}.Ports() }

// stepLimit bounds one question to the guest. PowerShell's first start on a slow
// guest takes its time.
const stepLimit = 2 * time.Minute

// Examine goes through all checks. What cannot be asked because an earlier answer
// is missing is said to be not asked.
func (d *Examination) Examine(ctx context.Context) {
	defer func() { d.unlock() }()
	defer d.judge()
	var err error
	if d.way, err = askHost(d, "way", d.liveWay); err != nil {
		d.fail("network.way", remedy(err, "check guest.control and guest.data"), "%v", err)
		return
	}
	data, err := netip.ParseAddr(d.way.Data)
	if err != nil {
		d.fail("network.way", remedy(err, "set guest.data to the IP address of the adapter under test"), "%v", err)
		return
	}
	d.guest = apply.New(d.witness, data, d.way.Port, rig.Clock{})
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
			d.notAsked(area+".all", "nothing of the guest is known: see winrm")
		}
		d.notAsked("rescue.dead-man", "nothing of the guest is known: see winrm")
		d.examineLadder(ctx)
		return
	}
	d.examineGuest(data)
	d.examineDriver(ctx)
	d.examineRights(ctx)
	d.examineTraces(ctx)
	d.examineLadder(ctx)
	if _, err := d.guest.AdapterUnderTest(*d.facts); err != nil { // which guest.adapter has said
		for _, area := range []string{"iperf", "firewall"} {
			d.notAsked(area+".all", "the address under test is not that of an adapter that can be measured: see guest.adapter")
		}
	} else {
		if d.campaign.NeedsIPerf3() {
			d.examineIPerf(ctx)
		}
		d.examineIPerf2(ctx)
	}
	d.examineCampaign(ctx)
}
