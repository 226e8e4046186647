package campaign

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/matrix"
	"vnettune/results/record"
)

var update = flag.Bool("update", false, "write the golden files anew")

// minimal is the shortest campaign on a real guest.
const minimal = `name: short
guest:
  control: 192.0.2.10
  data: 192.0.2.11
  user: Administrator
  password_env: VNETTUNE_PASSWORD
design: list
arms:
  - set: {tcp.autotuninglevel: disabled}
`

// TestIPerf2 reads workloads of iperf2, whose names carry the tool's.
func TestIPerf2(t *testing.T) {
	c, err := Parse("c.yaml", []byte(`name: n
guest: {control: 192.0.2.10, data: 192.0.2.10, user: u, password_env: P, generation: xp}
design: aa
workloads:
  - {tool: iperf2}
  - {tool: iperf2, direction: to-guest, streams: 4, seconds: 5, congestion: reno}
  - {tool: iperf2, protocol: udp, rate: 1.5M, length: 1472}
  - {name: bulk, tool: iperf2, seconds: 9}
  - {name: iperf2-own, tool: iperf2, seconds: 8}
`))
	if err != nil {
		t.Fatal(err)
	}
	of := func(w record.Workload) record.Workload {
		w.Tool, w.Direction = "iperf2", "to-guest"
		return w
	}
	want := []record.Workload{
		of(record.Workload{Name: "iperf2-tcp-to-guest", Protocol: "tcp", Streams: 1, Seconds: 3, Congestion: "cubic"}),
		of(record.Workload{Name: "iperf2-tcp-to-guest-P4", Protocol: "tcp", Streams: 4, Seconds: 5, Congestion: "reno"}),
		of(record.Workload{Name: "iperf2-udp-to-guest-1.5M-l1472", Protocol: "udp", Streams: 1, Seconds: 3, Rate: "1.5M", Length: 1472}),
		of(record.Workload{Name: "iperf2-bulk", Protocol: "tcp", Streams: 1, Seconds: 9, Congestion: "cubic"}),
		of(record.Workload{Name: "iperf2-own", Protocol: "tcp", Streams: 1, Seconds: 8, Congestion: "cubic"}),
	}
	if d := cmp.Diff(want, c.Workloads); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	// A guest measured by iperf2 alone needs no iperf3, whose default no command line of xp takes.
	if c.NeedsIPerf3() || !c.MeasuresByIPerf2() || c.Guest.Remote.Iperf != "iperf3.exe" {
		t.Errorf("needs iperf3: %t, measures by iperf2: %t", c.NeedsIPerf3(), c.MeasuresByIPerf2())
	}
	for _, w := range c.Workloads {
		if w.CanBePaced() || w.OverUDP() || w.ByIPerf3() || w.ByMeter() {
			t.Errorf("%+v is taken for another tool's", w)
		}
	}
}

func TestDefaults(t *testing.T) {
	got, err := Parse("c.yaml", []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	want := Campaign{
		Name: "short",
		Guest: Guest{
			Remote: &Remote{
				Control: Control{Scheme: "http", Host: "192.0.2.10", Port: 5985}, Data: "192.0.2.11",
				User: "Administrator", Password: Password{Env: "VNETTUNE_PASSWORD"}, Transport: Transport{Auth: "ntlm"}, Iperf: "iperf3.exe", Iperf2: `C:\vnettune\iperf.exe`,
			},
			IperfPort: 5201, SecondPort: 5203, MeterPort: 5202, Iperf2Port: 5001, Rescue: Rescue{DeadMan: DefaultDeadMan},
		},
		Host:   Host{Iperf: "iperf3", Iperf2: "iperf"},
		Design: matrix.Design{Kind: "list", Arms: []matrix.ArmSpec{{Set: map[string]matrix.Value{"tcp.autotuninglevel": "disabled"}}}},
		Workloads: []record.Workload{
			{Name: "tcp-to-guest", Protocol: "tcp", Direction: "to-guest", Streams: 1, Seconds: 3, Omit: 1, Congestion: "cubic"},
			{Name: "tcp-from-guest", Protocol: "tcp", Direction: "from-guest", Streams: 1, Seconds: 3, Omit: 1},
		},
		Blocks: 5, Repetitions: 3, Margin: 2, Alpha: 0.05, Seed: 1, Looks: 1, Settle: DefaultSettle,
		Limits: Limits{FailuresInARow: 5, Answer: DefaultAnswer, Command: DefaultCommand, Store: DefaultStore, Reboot: DefaultReboot},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Old campaigns keep their meaning: a time is waited for whatever the guest does.
func TestSettle(t *testing.T) {
	const arms = "design: list\narms:\n  - set: {tcp.autotuninglevel: disabled}\n"
	const lab = "name: c\nguest: {lab: {kind: fast}}\n" + arms
	remote := func(generation string) string {
		return "name: c\nguest: {control: 192.0.2.10, data: 192.0.2.11, user: a, password_env: P, generation: " + generation + ", iperf: 'C:\\iperf3.exe'}\n" + arms
	}
	for _, c := range []struct {
		text string
		want record.Settle
	}{
		{lab, record.Settle{Plain: 2 * time.Second}},
		{lab + "settle: 0s\n", record.Settle{}},
		{lab + "settle: idle\n", DefaultSettle},
		{lab + "settle: {idle: 1s, at_least: 0s, at_most: 2s}\n", record.Settle{Idle: time.Second, Most: 2 * time.Second}},
		{remote("w11"), DefaultSettle},
		{remote("w11") + "settle: 7s\n", record.Settle{Plain: 7 * time.Second}},
		{remote("w11") + "settle: {at_most: 5m}\n", record.Settle{Idle: 5 * time.Second, Least: 30 * time.Second, Most: 5 * time.Minute}},
	} {
		if got, err := Parse("c.yaml", []byte(c.text)); err != nil || got.Settle != c.want {
			t.Errorf("%+v, %v, want %+v of\n%s", got.Settle, err, c.want, c.text)
		}
	}
	for text, want := range map[string]string{
		"settle: idel\n":           "legal: idle, a time",
		"settle: {idle: 0s}\n":     "settle.idle: no idle time is waited for",
		"settle: {at_most: 29s}\n": "settle.at_most: 29s are over before 30s",
		"settle: [1s]\n":           "settle: this must be a group of keys",
	} {
		if _, err := Parse("c.yaml", []byte(lab+text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q of %s", err, want, text)
		}
	}
}

func TestAnotherIperfOfALab(t *testing.T) {
	c, err := Parse("c.yaml", []byte("name: short\nguest: {lab: {kind: fast, iperf: ./iperf3-3.9, engine: ./kit}}\ndesign: list\narms:\n  - set: {tcp.autotuninglevel: disabled}\n"))
	if err != nil || c.Guest.Lab.Iperf != "./iperf3-3.9" || c.Guest.Lab.Engine != "./kit" {
		t.Errorf("%+v, %v", c.Guest.Lab, err)
	}
}

func TestEveryField(t *testing.T) {
	got, err := Parse("c.yaml", []byte(`
name: every-field
guest:
  control: https://guest.example:15986/wsman
  data: fd00::2
  user: 'EXAMPLE\admin'
  password_file: /etc/vnettune/password
  password_file_shared: true
  transport: {scheme: https, auth: basic, proxy: 'http://proxy.example:3128/'}
  trust:
    fingerprint: "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89"
  generation: w11
  iperf: 'C:\tools\iperf3.exe'
  iperf_port: 5301
  iperf_second_port: 5303
  meter_port: 5302
  iperf2: 'C:\tools\iperf.exe'
  iperf2_port: 5304
  rescue: {qmp: /run/qmp, guest_agent: /run/qga, snapshot: clean-1, dead_man: 30m}
host:
  bind: fd00::1
  iperf: /opt/iperf3
  iperf2: /opt/iperf
design: factorial
settings:
  tcp.rss: [enabled, disabled]
  afd.DefaultReceiveWindow: [absent, 0x100000]
forbid:
  - {tcp.rss: enabled, afd.DefaultReceiveWindow: 1048576}
baseline:
  tcp.timestamps: disabled
placebo: true
workloads:
  - {name: up, direction: to-guest, streams: 4, seconds: 10, omit: 2, congestion: reno}
  - {protocol: udp, direction: from-guest, rate: 200M, length: 1472}
  - {name: both, protocol: tcp, direction: both}
  - {protocol: latency}
  - {protocol: latency, request: 8, response: 1400, per_second: 500, load: from-guest, streams: 2, seconds: 9, omit: 0}
  - {protocol: tcp, tool: meter, direction: to-guest, streams: 2}
  - {direction: at-once, streams: 2, congestion: reno}
  - {name: x, direction: at-once, length: [256, 512]}
  - {protocol: udp, tool: meter, direction: from-guest, rate: 1G, length: 1200, offload: true}
  - {direction: to-guest, link: {delay: 10ms, jitter: 1500us, loss: 0.5%, rate: 100M}}
  - {direction: from-guest, name: far, link: {delay: 1ms}}
blocks: 7
repetitions: 4
margin: 1.5
alpha: 0.01
seed: 18446744073709551615
looks: 3
budget: 90m
settle: 1m
limits: {hours: 4.5, boots: 100, failures_in_a_row: 3, answer: 4s, command: 20s, store: 40s, reboot: {ask: 5s, going_down: 6s, down: 7s, up: 8s, ready: 9s}}
notify: {command: [notify-send, done], on: [failure]}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := Campaign{
		Name: "every-field",
		Guest: Guest{
			Remote: &Remote{
				Control: Control{Scheme: "https", Host: "guest.example", Port: 15986}, Data: "fd00::2",
				User: `EXAMPLE\admin`, Password: Password{File: "/etc/vnettune/password", Shared: true, Where: "c.yaml:7:18"}, Transport: Transport{Auth: "basic", Proxy: "http://proxy.example:3128"},
				Trust: Trust{Fingerprint: strings.Repeat("abcdef0123456789", 4)},
				Iperf: `C:\tools\iperf3.exe`, Iperf2: `C:\tools\iperf.exe`,
			},
			Generation: "w11", IperfPort: 5301, SecondPort: 5303, MeterPort: 5302, Iperf2Port: 5304,
			Rescue: Rescue{QMP: "/run/qmp", GuestAgent: "/run/qga", Snapshot: "clean-1", DeadMan: 30 * time.Minute},
		},
		Host: Host{Bind: "fd00::1", Iperf: "/opt/iperf3", Iperf2: "/opt/iperf"},
		Design: matrix.Design{
			Kind: "factorial",
			Levels: map[string][]matrix.Value{
				"tcp.rss": {"enabled", "disabled"}, "afd.DefaultReceiveWindow": {"absent", "0x100000"},
			},
			Baseline: map[string]matrix.Value{"tcp.timestamps": "disabled"},
			Forbid:   []map[string]matrix.Value{{"tcp.rss": "enabled", "afd.DefaultReceiveWindow": "1048576"}},
			Placebo:  true,
		},
		Workloads: []record.Workload{
			{Name: "up", Protocol: "tcp", Direction: "to-guest", Streams: 4, Seconds: 10, Omit: 2, Congestion: "reno"},
			{Name: "udp-from-guest-200M-l1472", Protocol: "udp", Direction: "from-guest", Streams: 1, Seconds: 3, Omit: 1, Rate: "200M", Length: 1472},
			{Name: "both-to-guest", Protocol: "tcp", Direction: "to-guest", Streams: 1, Seconds: 3, Omit: 1, Congestion: "cubic"},
			{Name: "both-from-guest", Protocol: "tcp", Direction: "from-guest", Streams: 1, Seconds: 3, Omit: 1},
			{Name: "latency", Protocol: "latency", Direction: "to-guest", Tool: "meter", Seconds: 3, Omit: 1, Request: 64, Response: 64},
			{Name: "latency-under-from-guest-P2-500ps-8-1400", Protocol: "latency", Direction: "to-guest", Tool: "meter", Streams: 2, Seconds: 9,
				Request: 8, Response: 1400, PerSecond: 500, Load: "from-guest"},
			{Name: "meter-tcp-to-guest-P2", Protocol: "tcp", Direction: "to-guest", Tool: "meter", Streams: 2, Seconds: 3, Omit: 1},
			{Name: "tcp-at-once-P2", Protocol: "tcp", Direction: "at-once", Streams: 2, Seconds: 3, Omit: 1, Congestion: "reno"},
			{Name: "x-l256", Protocol: "tcp", Direction: "at-once", Streams: 1, Seconds: 3, Omit: 1, Congestion: "cubic", Length: 256},
			{Name: "x-l512", Protocol: "tcp", Direction: "at-once", Streams: 1, Seconds: 3, Omit: 1, Congestion: "cubic", Length: 512},
			{Name: "meter-udp-from-guest-1G-l1200-offload", Protocol: "udp", Direction: "from-guest", Tool: "meter", Streams: 1, Seconds: 3, Omit: 1, Rate: "1G", Length: 1200, Offload: true},
			{Name: "tcp-to-guest-delay10ms-jitter1.5ms-loss0.5-rate100M", Protocol: "tcp", Direction: "to-guest", Streams: 1, Seconds: 3, Omit: 1, Congestion: "cubic",
				Link: record.Conditions{At: "host", Delay: 10 * time.Millisecond, Jitter: 1500 * time.Microsecond, Loss: 0.5, Rate: "100M"}},
			{Name: "far", Protocol: "tcp", Direction: "from-guest", Streams: 1, Seconds: 3, Omit: 1, Link: record.Conditions{At: "host", Delay: time.Millisecond}},
		},
		Blocks: 7, Repetitions: 4, Margin: 1.5, Alpha: 0.01, Seed: 18446744073709551615, Settle: record.Settle{Plain: time.Minute},
		Limits: Limits{Hours: 4.5, Boots: 100, FailuresInARow: 3, Answer: 4 * time.Second, Command: 20 * time.Second, Store: 40 * time.Second, Reboot: Reboot{5 * time.Second, 6 * time.Second, 7 * time.Second, 8 * time.Second, 9 * time.Second}},
		Notify: Notify{Command: []string{"notify-send", "done"}, On: []string{"failure"}}, Budget: 90 * time.Minute, Looks: 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRescue(t *testing.T) {
	const remote = "name: r\nguest:\n  control: 192.0.2.10\n  data: 192.0.2.11\n  user: admin\n  password_env: PW\n"
	const arms = "design: list\narms:\n  - set: {tcp.autotuninglevel: disabled}\n"
	for in, want := range map[string]Rescue{
		remote + "  rescue: {dead_man: off}\n": {},
		remote + "  rescue: {dead_man: 90s, libvirt: {domain: win 10, uri: 'qemu+ssh://user@host/system'}}\n": {
			DeadMan: 90 * time.Second, Domain: "win 10", URI: "qemu+ssh://user@host/system"},
		remote + "  libvirt: win10\n": {DeadMan: DefaultDeadMan, Domain: "win10"},
		remote + "  libvirt: {domain: win10, uri: 'qemu:///session'}\n  rescue: {snapshot: clean, libvirt: {domain: win10, uri: 'qemu:///session'}}\n": {
			DeadMan: DefaultDeadMan, Domain: "win10", URI: "qemu:///session", Snapshot: "clean"},
		"name: r\nguest: {libvirt: w, user: u, password_env: P}\n":       {DeadMan: DefaultDeadMan, Domain: "w"},
		remote + "  rescue: {libvirt: {domain: w}, snapshot: clean}\n":   {DeadMan: DefaultDeadMan, Domain: "w", Snapshot: "clean"},
		"name: r\nguest: {lab: {kind: fast}, rescue: {dead_man: 20s}}\n": {DeadMan: 20 * time.Second},
		"name: r\nguest: {lab: {kind: fast}}\n":                          {DeadMan: DefaultDeadMan},
	} {
		c, err := Parse("c.yaml", []byte(in+arms))
		if err != nil {
			t.Errorf("%v in\n%s", err, in)
			continue
		}
		if c.Guest.Rescue != want {
			t.Errorf("%+v, want %+v of\n%s", c.Guest.Rescue, want, in)
		}
		if independent := want.Domain != ""; c.Guest.Rescue.Independent() != independent {
			t.Errorf("%+v: independent of network and switch: %v, want %v", want, !independent, independent)
		}
	}
}

func TestControl(t *testing.T) {
	for in, want := range map[string]Control{
		"192.0.2.1":                   {"http", "192.0.2.1", 5985},
		"192.0.2.1:5986":              {"https", "192.0.2.1", 5986},
		"guest:1234":                  {"http", "guest", 1234},
		"https://guest":               {"https", "guest", 5986},
		"http://[fd00::2]:5985/wsman": {"http", "fd00::2", 5985},
		"'[fd00::2]:5986'":            {"https", "fd00::2", 5986},

		"http://[fe80::2%virbr0]:5985":    {"http", "fe80::2%virbr0", 5985},
		"http://[fe80::2%25virbr0]:5985":  {"http", "fe80::2%virbr0", 5985},
		"'[fe80::2%virbr0]'":              {"http", "fe80::2%virbr0", 5985},
		"https://[fe80::2%25]:5986/wsman": {"https", "fe80::2%25", 5986},
		"https://[fe80::2%br-lan.7]":      {"https", "fe80::2%br-lan.7", 5986},
	} {
		c, err := Parse("c.yaml", []byte(strings.Replace(minimal, "control: 192.0.2.10", "control: "+in, 1)))
		if err != nil {
			t.Errorf("%s: %v", in, err)
		} else if c.Guest.Remote.Control != want {
			t.Errorf("%s: %+v, want %+v", in, c.Guest.Remote.Control, want)
		}
	}
}

// TestShippedFiles: what the product hands out parses and can be planned.
func TestShippedFiles(t *testing.T) {
	files, err := filepath.Glob("../../examples/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]byte{"the template": Template()}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts[f] = text
	}
	for name, text := range texts {
		c, err := Parse(name, text)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := c.Plan(c.Guest.Generation); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDemoCompares(t *testing.T) {
	for _, file := range []string{"demo.yaml", "demo-fast.yaml"} {
		text, err := os.ReadFile("../../examples/" + file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(file, text)
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Plan(c.Guest.Generation)
		if err != nil {
			t.Fatal(err)
		}
		var arms []string
		for _, a := range p.Arms {
			arms = append(arms, a.Name)
		}
		want := []string{"baseline", "seed-vista", "autotuning-off", "heuristics-off", "ctcp", "placebo"}
		if diff := cmp.Diff(want, arms); diff != "" {
			t.Errorf("%s: arms -want +got:\n%s", file, diff)
		}
		if len(p.Slots) != 35 || len(c.Workloads) != 2 {
			t.Errorf("%s: %d boots of %d workloads, want 35 of 2", file, len(p.Slots), len(c.Workloads))
		}
	}
}

// A client certificate says who the user is, and a password can be asked for.
func TestWaysToLogIn(t *testing.T) {
	guest := func(lines string) string {
		return strings.Replace(minimal, "  user: Administrator\n  password_env: VNETTUNE_PASSWORD\n", lines, 1)
	}
	tests := []struct {
		name, guest string
		want        Remote
	}{
		{"prompt", "  user: Administrator\n  password_prompt: true\n",
			Remote{User: "Administrator", Password: Password{Prompt: true}, Transport: Transport{Auth: "ntlm"}}},
		{"basic over http, in so many words", "  user: Administrator\n  password_prompt: true\n  transport: {auth: basic}\n",
			Remote{User: "Administrator", Password: Password{Prompt: true}, Transport: Transport{Auth: "basic"}}},
		{"certificate", "  transport: {scheme: https, auth: certificate, client_cert: me.pem, client_key: me.key}\n",
			Remote{Transport: Transport{Auth: "certificate", ClientCert: "me.pem", ClientKey: "me.key"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse("c.yaml", []byte(guest(tt.guest)))
			if err != nil {
				t.Fatal(err)
			}
			got := Remote{User: c.Guest.Remote.User, Password: c.Guest.Remote.Password, Transport: c.Guest.Remote.Transport}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// everyKey is every key that a campaign file can have, but the metrics of margins, of which the files name some.
var everyKey = func() (all []string) {
	var add func(g group)
	add = func(g group) {
		for _, k := range g {
			if _, metric := k.form.(margin); !metric && !slices.Contains(all, k.name) {
				all = append(all, k.name)
			}
			for _, part := range parts(k.form) {
				add(part)
			}
		}
	}
	add(fileKeys)
	return all
}()

// TestTemplateShowsEveryKey: the commented file is also the list of what there is.
func TestTemplateShowsEveryKey(t *testing.T) {
	text := string(Template())
	for _, key := range everyKey {
		if !strings.Contains(text, key+":") {
			t.Errorf("the template does not show %s", key)
		}
	}
}

func TestErrorsAreOfTheirType(t *testing.T) {
	_, err := Parse("c.yaml", []byte("nam: x\n"))
	var all Errors
	if !errors.As(err, &all) || len(all) < 3 || all[0].File != "c.yaml" || all[0].Line != 1 || all[0].Column != 1 {
		t.Errorf("%#v", err)
	}
}

// A generation without a dead-man switch takes nothing dangerous unless another way back
// is there, or nobody wants one. No such setting can be given to one today.
func TestNoWayBack(t *testing.T) {
	vlan, _ := matrix.Catalogue().Lookup("netkvm.VlanID")
	for _, tt := range []struct {
		generation matrix.Generation
		settings   []matrix.Planned
		guest      Guest
		refused    bool
	}{
		{matrix.XP, []matrix.Planned{{Setting: vlan}}, Guest{Remote: &Remote{}, Rescue: Rescue{DeadMan: time.Minute}}, true},
		{matrix.XP, nil, Guest{Remote: &Remote{}, Rescue: Rescue{DeadMan: time.Minute}}, false},
		{matrix.XP, []matrix.Planned{{Setting: vlan}}, Guest{Remote: &Remote{}}, false},
		{matrix.XP, []matrix.Planned{{Setting: vlan}}, Guest{Remote: &Remote{}, Rescue: Rescue{DeadMan: time.Minute, GuestAgent: "/run/qga"}}, false},
		{matrix.XP, []matrix.Planned{{Setting: vlan}}, Guest{Lab: &Lab{}, Rescue: Rescue{DeadMan: time.Minute}}, false},
		{matrix.W10, []matrix.Planned{{Setting: vlan}}, Guest{Remote: &Remote{}, Rescue: Rescue{DeadMan: time.Minute}}, false},
	} {
		e := Campaign{Guest: tt.guest}.wayBackOn(matrix.Plan{Generation: tt.generation, Settings: tt.settings})
		if (e != nil) != tt.refused {
			t.Errorf("%s, %d settings, %+v: %v, want refused %v", tt.generation, len(tt.settings), tt.guest, e, tt.refused)
		}
	}
}

// What a store has kept was legal once: a newer version puts its guest back whatever it
// would say of the same file now.
func TestStoredFilesAreNotJudgedAnew(t *testing.T) {
	text := []byte(minimal + "limits: {boots: 1}\nhost: {bind: 'fd00::1'}\n")
	if _, err := Parse("c.yaml", text); err == nil {
		t.Error("a new file of ten boots with a limit of one is taken")
	}
	c, err := ParseStored("c.yaml", text)
	if err != nil || c.Limits.Boots != 1 {
		t.Errorf("%v, %+v", err, c.Limits)
	}
	if _, err := ParseStored("c.yaml", []byte(minimal+"block: 2\n")); err == nil {
		t.Error("a stored file with an unknown key is taken")
	}
}

// Metrics have margins of their own, beside the one of all ratios; what a store has kept of
// them is read again. They change nothing that is booted.
func TestMargins(t *testing.T) {
	for in, want := range map[string]map[string]float64{
		"":                                    nil,
		"margins: {loss: 0.1}":                {"loss": 0.1},
		"margins: {loss: 250%}":               {"loss": 250}, // percentage points; too many, but a number
		"margins: {throughput: 1.5%}":         {"throughput": 1.5},
		"margins: {latency: 99.9, jitter: 5}": {"latency": 99.9, "jitter": 5},
		"margins:\n  retransmits: 1e6\n":      {"retransmits": 1e6},
	} {
		text := []byte(minimal + "margin: 3%\n" + in + "\n")
		c, err := Parse("c.yaml", text)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if diff := cmp.Diff(want, c.Margins); diff != "" || c.Margin != 3 {
			t.Errorf("%s: margin %g, -want +got:\n%s", in, c.Margin, diff)
		}
		kept, err := ParseStored("c.yaml", text)
		if err != nil || !cmp.Equal(c, kept) {
			t.Errorf("%s: read back otherwise: %v", in, err)
		}
		plain, err := Parse("c.yaml", []byte(minimal))
		if err != nil {
			t.Fatal(err)
		}
		p, err1 := c.Plan(matrix.W10)
		q, err2 := plain.Plan(matrix.W10)
		if err1 != nil || err2 != nil || !cmp.Equal(p.Slots, q.Slots) {
			t.Errorf("%s: other boots: %v, %v", in, err1, err2)
		}
	}
}

// A guest may be reached by link-local addresses: testdata is a field's own file.
func TestLinkLocalAddresses(t *testing.T) {
	text, err := os.ReadFile("testdata/scoped-ipv6.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse("scoped-ipv6.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	const guest = "fe80::5054:ff:fe12:3456%virbr0"
	if want := (Control{"http", guest, 5985}); c.Guest.Remote.Control != want || c.Guest.Remote.Data != guest || c.Host.Bind != "fe80::1%virbr0" {
		t.Errorf("control %+v, data %s, bind %s", c.Guest.Remote.Control, c.Guest.Remote.Data, c.Host.Bind)
	}
	if _, err := c.Plan(c.Guest.Generation); err != nil {
		t.Error(err)
	}
	// A file that a version took which knew no zones is read back, so that its guest can be put back.
	if _, err := ParseStored("c.yaml", []byte(strings.Replace(minimal, "data: 192.0.2.10", "data: 'fe80::2'", 1))); err != nil {
		t.Error(err)
	}
}

// Published profiles run with what can be set, and say what they are without; the best known tweaks
// of the registry can be set.
func TestFieldProfiles(t *testing.T) {
	for _, c := range []struct{ file, dropped, under string }{
		{"12a-profile-bbr2.yaml", "ip.loopbacklargemtu=disabled", "template.congestionprovider"},
		{"12b-profile-mysticfox.yaml", "", "offload.PacketCoalescingFilter"},
		{"13a-nagle.yaml", "", "tcpip.TCPNoDelay"},
	} {
		text, err := os.ReadFile("testdata/" + c.file)
		if err != nil {
			t.Fatal(err)
		}
		spec, err := Parse(c.file, text)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		p, err := spec.Plan(spec.Guest.Generation)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		var dropped []string
		for _, d := range p.Dropped {
			dropped = append(dropped, d.Line)
		}
		if got := strings.Join(dropped, " "); got != c.dropped {
			t.Errorf("%s: dropped %q, want %q", c.file, got, c.dropped)
		}
		if _, ok := p.Arms[1].Combination.Value(c.under); !ok {
			t.Errorf("%s: %s is not under test: %v", c.file, c.under, p.Settings)
		}
	}
}

// A choice stands in the file once for all arms, and is refused where the file has it.
func TestChoices(t *testing.T) {
	const head = "name: c\nguest: {control: 192.0.2.10, data: 192.0.2.10, user: u, password_env: P, generation: w10}\ndesign: profile\nprofile: proxmox-multiqueue\nworkloads: [{protocol: tcp, direction: to-guest, seconds: 1}]\n"
	spec, err := Parse("c.yaml", []byte(head+"choices: {netkvm.NumRssQueues: 4}\n"))
	if err != nil || spec.Design.Choices["netkvm.NumRssQueues"] != "4" {
		t.Errorf("%v, %v", spec.Design.Choices, err)
	}
	if _, err := Parse("c.yaml", []byte(head+"choices: {netkvm.RSS: 1}\n")); err == nil || !strings.Contains(err.Error(), "c.yaml:6:23: choices.netkvm.RSS") {
		t.Errorf("a choice that nothing needs: %v", err)
	}
}

// A campaign defines settings of its own; what is wrong with one is said where the file has it.
func TestDefine(t *testing.T) {
	const head = "name: c\nguest: {control: 192.0.2.10, data: 192.0.2.10, user: u, password_env: P, generation: w10}\ndesign: factorial\nsettings: {own.Max: [0x10, default]}\nworkloads: [{protocol: tcp, direction: to-guest, seconds: 1}]\n"
	const key = `  own.Max: {key: HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters, value: TcpRcvBufMax, type: DWord, values: [16, 32], default: 32}` + "\n"
	spec, err := Parse("c.yaml", []byte(head+"define:\n"+key+`  own.Lines:
    key: HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters
    value: Lines
    type: MultiString
    values: {both: [one, two words], one: one}
  own.Flow: {keyword: '*FlowControl', values: [0, 3]}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]matrix.Definition{
		"own.Max": {Key: `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, Name: "TcpRcvBufMax", Type: "DWord", Values: []matrix.Value{"16", "32"}, Default: "32", Where: "c.yaml:7:102"},
		"own.Lines": {Key: `HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters`, Name: "Lines", Type: "MultiString", Values: []matrix.Value{"both", "one"},
			Texts: map[matrix.Value]string{"both": "one\ntwo words", "one": "one"}, Where: "c.yaml:11:11"},
		"own.Flow": {Keyword: "*FlowControl", Values: []matrix.Value{"0", "3"}},
	}
	if diff := cmp.Diff(want, spec.Design.Define); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for text, want := range map[string]string{
		"define: [own.Max]\n":     "c.yaml:6:9: define: this must be ids with definitions",
		"define: {own.Max: 16}\n": "c.yaml:6:19: define.own.Max: this must be a group of keys",
		"define:\n" + strings.Replace(key, "TcpRcvBufMax", "Tcp1323Opts", 1):           "c.yaml:7:18: define.own.Max.key: the catalogue has it already: use tcpip.Tcp1323Opts",
		"define:\n" + strings.Replace(key, `Tcpip\Parameters`, `WinRM`, 1):             "c.yaml:7:18: define.own.Max.key: a campaign cannot define a value in the key",
		"define:\n" + strings.Replace(key, "[16, 32]", "[16, many]", 1):                `define.own.Max.values: "many" is no number of 32 bits`,
		"define:\n" + strings.Replace(key, "default: 32", "initial: 32", 1):            `define.own.Max.initial: unknown key`,
		"define:\n" + strings.Replace(key, "[16, 32]", "[32]", 1):                      `c.yaml:4:22: settings.own.Max[0]: own.Max: "16" is not legal; legal: 32, absent, default, found`,
		"define:\n" + strings.Replace(key, "own.Max", "own.Min", 1):                    `did you mean "own.Min"`,
		"define: {own.Lines: {values: {x: {y: z}}}}\n":                                 "define.own.Lines.values.x: this must be a single value",
		"define: {own.Max: {keyword: '*FlowControl', type: String, values: [0, 3]}}\n": "c.yaml:6:19: define.own.Max: a keyword has values only",
	} {
		if _, err := Parse("c.yaml", []byte(head+text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestOwnProfiles(t *testing.T) {
	const head = "name: c\nguest: {control: 192.0.2.10, data: 192.0.2.10, user: u, password_env: P, generation: w10}\ndesign: profile\nprofile: mine\nworkloads: [{protocol: tcp, direction: to-guest, seconds: 1}]\n"
	spec, err := Parse("c.yaml", []byte(head+"profiles: {mine: {tcp.rss: disabled}}\n"))
	if err != nil || spec.Design.Profiles["mine"]["tcp.rss"] != "disabled" {
		t.Errorf("%v, %v", spec.Design.Profiles, err)
	}
	for text, want := range map[string]string{
		"profiles: [mine]\n": "profiles[0]: the file mine was not read",
		"profiles: mine\n":   "names with settings",
		"profiles: {mine: {tcp.rss: disabled}, 'x y': {tcp.rss: disabled}}\n": "not legal as a name",
		"profiles: {mine: disabled}\n":                                        "settings with a value each",
	} {
		if _, err := Parse("c.yaml", []byte(head+text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// Characters that look like YAML's are text where they stand in one, and letters of an older encoding are let be in
// comments, and in what a store has kept.
func TestCharactersThatAreText(t *testing.T) {
	for name, file := range map[string]string{
		"a quotation":           head + lab + arms + "notify: {command: [echo, \"Bob\u2019s \u201cnew\u201d driver\"]}\n",
		"in a comment":          head + "# Gr\xfc\xdfe, \u00a0\u201chere\u201d\n" + lab + arms,
		"CR LF and a mark":      "\ufeff" + strings.ReplaceAll(head+lab+arms, "\n", "\r\n"),
		"CR alone, as long ago": strings.ReplaceAll(head+lab+arms, "\n", "\r"),
	} {
		if _, err := Parse("c.yaml", []byte(file)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse("c.yaml", []byte(head+lab+arms+"notify: {command: [echo, \"\u201ca\u201d\"]}\nblokcs: 3\n")); err == nil || !strings.Contains(err.Error(), "blokcs: unknown key") {
		t.Errorf("a problem beside a quotation: %v", err)
	}
	old := head + strings.Replace(remote, "user: admin", "user: J\xfcrgen", 1) + arms
	if _, err := ParseStored("c.yaml", []byte(old)); err != nil {
		t.Errorf("a store's: %v", err)
	}
	if _, err := Parse("c.yaml", []byte(old)); err == nil || !strings.Contains(err.Error(), "c.yaml:5:10: the byte 0xfc") {
		t.Errorf("a user in Windows-1252: %v", err)
	}
}
