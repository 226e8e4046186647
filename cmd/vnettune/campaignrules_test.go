package main

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vnettune/lab"
	"vnettune/matrix"
)

// What `run` can refuse by the campaign's text alone, `plan` refuses. The tests of this
// file go in through the command, and nowhere else.

// positioned is a line of an error that says where in the file it is.
var positioned = regexp.MustCompile(`^(vnettune: )?\S+\.yaml:[1-9][0-9]*:[1-9][0-9]*: `)

// refusal checks that plan refuses a file as it must, and returns what it says.
func refusal(t *testing.T, file string) string {
	t.Helper()
	code, stdout, stderr := runPlan(file)
	if code != exitUsage || stdout != "" {
		t.Errorf("plan: exit code %d, want %d; stdout %d bytes, stderr %s", code, exitUsage, len(stdout), stderr)
		return stderr
	}
	for line := range strings.Lines(stderr) {
		if !positioned.MatchString(line) {
			t.Errorf("plan refuses without a position: %s", line)
		}
	}
	return stderr
}

// ruleCampaign is a campaign of parts: everything that a case does not give is legal.
type ruleCampaign struct{ name, guest, host, design, rest string }

func (c ruleCampaign) text() string {
	if c.name == "" {
		c.name = "rules"
	}
	if c.design == "" {
		c.design = "design: list\narms:\n  - {name: one, set: {vnettune.placebo: 1}}\n"
	}
	return "name: " + c.name + "\nguest:\n" + c.guest + c.host + c.design + c.rest
}

// remoteGuest is a guest at an address that nothing listens at.
const remoteGuest = "  control: 127.0.0.1:1\n  data: 127.0.0.1\n  user: u\n  password_env: VNETTUNE_TEST_PASSWORD\n"

// knownRefusals are what run was seen to refuse, or to fail by, after plan had accepted it.
var knownRefusals = []struct {
	name     string
	campaign ruleCampaign
	want     []string // what the message says, its position first
}{
	{"a language that nobody plays", ruleCampaign{guest: "  lab: {kind: fast, language: fr}\n"},
		[]string{":3:31: guest.lab.language: ", "legal: en, de, ru, zh, ja, pseudo"}},
	{"a generation that nobody plays", ruleCampaign{guest: "  lab: {kind: fast, generation: nt60}\n"},
		[]string{":3:33: guest.lab.generation: ", `did you mean "nt62"?`, "legal: xp, nt62, w10, w11"}},
	{"a campaign's name too long for its lab", ruleCampaign{name: strings.Repeat("n", 50), guest: "  lab: {kind: fast}\n"},
		[]string{":1:7: name: ", "40 characters", "guest.lab.name"}},
	{"a lab's name too long", ruleCampaign{guest: "  lab:\n    kind: fast\n    name: " + strings.Repeat("n", 41) + "\n"},
		[]string{":5:11: guest.lab.name: ", "40 characters"}},
	{"a delay that no lab has", ruleCampaign{guest: "  lab: {kind: vm, delay: 2s}\n"},
		[]string{":3:26: guest.lab.delay: ", "1s"}},
	{"a delay finer than a lab's", ruleCampaign{guest: "  lab: {kind: vm, delay: 1500ns}\n"},
		[]string{":3:26: guest.lab.delay: ", "microseconds"}},
	{"xp with the default iperf3.exe", ruleCampaign{guest: remoteGuest + "  generation: xp\n"},
		[]string{":3:3: guest.iperf: ", `C:\vnettune\iperf3.exe`}},
	{"xp with a path with a space", ruleCampaign{guest: remoteGuest + "  generation: xp\n  iperf: 'C:\\Program Files\\iperf3.exe'\n"},
		[]string{":8:10: guest.iperf: ", "spaces"}},
	{"generation nt60", ruleCampaign{guest: remoteGuest + "  generation: nt60\n"},
		[]string{":7:15: guest.generation: ", "legal: xp, nt62, w10, w11"}},
	{"a keyword of the adapter on xp", ruleCampaign{guest: remoteGuest + "  generation: xp\n  iperf: 'C:\\iperf3.exe'\n",
		design: "design: list\narms:\n  - set:\n      netkvm.TxCapacity: 512\n"}, []string{":12:26: arms[0].set.netkvm.TxCapacity: ", "xp"}},
	{"a keyword of the adapter on a lab's xp", ruleCampaign{guest: "  lab: {kind: fast, generation: xp}\n",
		design: "design: factorial\nsettings:\n  netkvm.TxCapacity: [256, 512]\n"}, []string{":6:22: settings.netkvm.TxCapacity: ", "xp"}},
	{"something dangerous on xp, whose switch there is not", ruleCampaign{guest: remoteGuest + "  generation: xp\n  iperf: 'C:\\iperf3.exe'\n",
		design: "design: list\narms:\n  - set: {netkvm.VlanID: 7}\n"}, []string{":11:26: arms[0].set.netkvm.VlanID: "}},
	{"more boots than the limit", ruleCampaign{guest: remoteGuest + "  generation: w10\n", rest: "limits:\n  boots: 3\n"},
		[]string{":12:10: limits.boots: ", "10 boots"}},
	{"more hours than the limit", ruleCampaign{guest: remoteGuest + "  generation: w10\n", rest: "limits: {hours: 0.01}\n"},
		[]string{":11:17: limits.hours: "}},
	{"a proxy's address with a zone", ruleCampaign{guest: remoteGuest + "  generation: w10\n  transport: {proxy: 'http://[fe80::1%25lo]:3128'}\n"},
		[]string{":8:22: guest.transport.proxy: "}},
	{"measuring from another family", ruleCampaign{guest: remoteGuest + "  generation: w10\n", host: "host: {bind: '::1'}\n"},
		[]string{":8:14: host.bind: ", "IPv4"}},
	{"iperf3 at WinRM's port", ruleCampaign{guest: strings.Replace(remoteGuest, "127.0.0.1:1", "127.0.0.1:5201", 1) + "  generation: w10\n"},
		[]string{":3:12: guest.control: ", "5201"}},
	{"a guest whose Windows is not said", ruleCampaign{guest: remoteGuest}, []string{":3:3: guest.generation: "}},
}

func TestPlanRefusesWhatRunWasSeenToRefuse(t *testing.T) {
	for _, tt := range knownRefusals {
		t.Run(tt.name, func(t *testing.T) {
			said := refusal(t, campaignFile(t, "c.yaml", tt.campaign.text()))
			for _, w := range tt.want {
				if !strings.Contains(said, w) {
					t.Errorf("plan says %s, want %q in it", said, w)
				}
			}
		})
	}
}

// draws is how many campaigns of a kind are drawn; VNETTUNE_DRAWS=2000 draws more.
func draws(usual int) int {
	if n, err := strconv.Atoi(os.Getenv("VNETTUNE_DRAWS")); err == nil {
		return n
	}
	return usual
}

// drawing draws parts of a campaign.
type drawing struct{ *rand.Rand }

func (d drawing) of(words ...string) string { return words[d.IntN(len(words))] }

// often is one of two texts, mostly the first.
func (d drawing) often(usual string, others ...string) string {
	if d.IntN(4) > 0 {
		return usual
	}
	return d.of(others...)
}

// design draws what is compared: settings of the whole catalogue, profiles.
func (d drawing) design() string {
	settings := matrix.Catalogue().All()
	assign := func() string {
		s := settings[d.IntN(len(settings))]
		values := append(slices.Clone(s.Legal.Enum), "found", "default", "absent", "0", "1", "1500")
		return s.ID + ": " + d.of(values...)
	}
	switch d.IntN(4) {
	case 0:
		profiles := matrix.Profiles()
		return "design: " + d.of("profile", "list") + "\nprofile: " + profiles[d.IntN(len(profiles))].ID + "\n"
	case 1:
		profiles := matrix.Profiles()
		return "design: list\narms:\n  - use: " + profiles[d.IntN(len(profiles))].ID + "\n"
	case 2:
		id, _, _ := strings.Cut(assign(), ":")
		return "design: " + d.of("factorial", "one-at-a-time", "adaptive") + "\nsettings:\n  " + id + ": [found, " + d.of("default", "absent", "0", "1", "enabled", "disabled") + "]\n"
	}
	return "design: list\narms:\n  - {name: one, set: {" + assign() + "}}\n  - {name: two, set: {" + assign() + "}}\nplacebo: " + d.of("true", "false") + "\n"
}

// rest draws what is measured, how often, and the limits.
func (d drawing) rest() string {
	return "workloads:\n  - {direction: " + d.of("to-guest", "from-guest", "both") + ", seconds: " + d.often("1", "0", "3600") + "}\n" +
		"blocks: " + d.often("2", "1", "5", "1000") + "\nrepetitions: " + d.often("1", "3", "1000") + "\n" +
		d.often("", "limits: {boots: 4}\n", "limits: {hours: 0.02}\n", "limits: {hours: 1, boots: 100}\n")
}

func (d drawing) name() string { return strings.Repeat("n", d.IntN(12)*d.IntN(10)+1) }

// generation draws one of the generations that a family of rules knows, and others.
func (d drawing) generation() string { return d.often(d.of("w10", "xp"), "nt60", "nt62", "w11") }

// away is a campaign of a remote guest of which nothing answers.
func (d drawing) away(port int) ruleCampaign {
	control := fmt.Sprintf(d.often("127.0.0.1:%d", "localhost:%d", "'[::1]:%d'", "http://127.0.0.1:%d", "https://127.0.0.1:%d/wsman", "http://localhost:%d"), port)
	guest := "  control: " + control + "\n  data: " + d.often("127.0.0.1", "'::1'", "localhost", "127.0.0.1:80") +
		"\n  generation: " + d.generation() + "\n"
	guest += d.often("  user: u\n  password_env: VNETTUNE_TEST_PASSWORD\n", "  user: 'D\\u'\n  password_env: VNETTUNE_TEST_PASSWORD\n", "")
	guest += d.often("", "  iperf: 'C:\\iperf3.exe'\n", "  iperf: 'C:\\Program Files\\iperf3.exe'\n", "  iperf: iperf3\n")
	guest += d.often("", fmt.Sprintf("  iperf_port: %d\n", port), "  iperf_port: 5202\n")
	guest += d.often("", "  transport: {auth: basic}\n", "  transport: {auth: certificate}\n", "  transport: {scheme: https}\n", "  transport: {scheme: http, auth: ntlm}\n",
		"  transport: {proxy: 'http://127.0.0.1:1'}\n", "  transport: {proxy: 'http://[fe80::1%25lo]:1'}\n", "  transport: {proxy: 'http://[::1]:1/'}\n", "  transport: {proxy: 'http://127.0.0.1:99999'}\n", "  transport: {proxy: 'http://pro%78y:1'}\n")
	guest += d.often("", "  trust: {insecure: true}\n", "  trust: {fingerprint: ab}\n", "  trust: {fingerprint: '"+strings.Repeat("AB:", 31)+"AB'}\n")
	guest += d.often("", "  rescue: {dead_man: off}\n", "  rescue: {dead_man: 10s}\n", "  rescue: {qmp: /none, snapshot: s}\n")
	return ruleCampaign{name: d.name(), guest: guest, host: "host: {iperf: ./iperf3" + d.often("", ", bind: 127.0.0.1", ", bind: '::1'") + "}\n",
		design: d.design(), rest: d.rest()}
}

// drawnFrom draws the campaign of a number, always the same.
func drawnFrom(kind, number int) drawing {
	return drawing{rand.New(rand.NewPCG(uint64(kind), uint64(number)))}
}

// Of a remote guest run knows the text only, until it asks for a connection: that is
// what must be missing, and nothing else.
func TestDrawnCampaignsThatPlanAcceptsFailOnlyForTheGuest(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := closed.Addr().(*net.TCPAddr).Port
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VNETTUNE_TEST_PASSWORD", "secret")
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	file := campaignFile(t, "drawn.yaml", "")
	if err := os.WriteFile("iperf3", []byte("#!/bin/sh\necho 'iperf 3.18 (cJSON 1.7.15)'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	accepted := 0
	n := draws(400)
	for i := range n {
		text := drawnFrom(1, i).away(port).text()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if code, _, _ := runPlan(file); code != exitDone {
			refusal(t, file)
			if t.Failed() {
				t.Fatalf("campaign %d:\n%s", i, text)
			}
			continue
		}
		accepted++
		t.Setenv("VNETTUNE_TEST_PASSWORD", "secret") // run takes it away
		var stdout, stderr bytes.Buffer
		code := vnettune([]string{"run", file, "--format", "json"}, strings.NewReader(""), &stdout, &stderr)
		if code != exitFailed || !ofTheGuestOnly.MatchString(stderr.String()) {
			t.Fatalf("campaign %d, which plan accepts: run ends with exit code %d: %s\n%s", i, code, &stderr, text)
		}
	}
	if accepted < n/20 {
		t.Errorf("of %d campaigns plan accepts %d: nothing is tested", n, accepted)
	}
}

// ofTheGuestOnly are refusals that no text foretells: what the guest's Windows and its
// driver know, what this host's names stand for.
var ofTheGuestOnly = regexp.MustCompile(`the driver of the guest's adapter .* does not take|the guest does not report|check that the guest is up|guest.data: "localhost" has`)

// begins runs a campaign until it has begun: until then run refuses. It says why it did.
func begins(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() }).Stop()
	begun := false
	for events := bufio.NewScanner(stdout); events.Scan(); {
		if !begun && strings.Contains(events.Text(), `"event":"start"`) {
			begun = true
			_ = cmd.Process.Signal(syscall.SIGTERM)
		}
	}
	_ = cmd.Wait() // how it ended is of no interest once it had begun
	if begun || ofTheGuestOnly.MatchString(stderr.String()) {
		return ""
	}
	return fmt.Sprintf("exit code %d: %s", cmd.ProcessState.ExitCode(), &stderr)
}

// A lab is no stranger to run: whatever plan accepts begins.
func TestDrawnLabCampaignsThatPlanAcceptsBegin(t *testing.T) {
	t.Parallel()
	needFastLab(t, "drawn campaigns of a lab")
	dir := t.TempDir()
	run, err := os.MkdirTemp("", "vnt") // a socket's path is short, a test's folder is not
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(run) })
	begun := 0
	for i := 0; begun < draws(3); i++ {
		d := drawnFrom(2, i)
		guest := "  lab: {kind: fast" + d.often("", ", generation: "+d.generation(), ", generation: w10") +
			d.often("", ", language: en", ", language: de", ", language: ru") + d.often("", ", name: l", ", name: "+d.name()) + "}\n" +
			d.often("", "  rescue: {dead_man: off}\n", "  rescue: {dead_man: 20s}\n", "  pending_updates: allow\n", "  old_iperf: allow\n")
		text := ruleCampaign{name: d.name(), guest: guest, design: d.design(), rest: d.rest() + "settle: 0s\n"}.text()
		file := filepath.Join(dir, fmt.Sprintf("lab%d.yaml", i))
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if code, _, _ := runPlan(file); code != exitDone {
			if refusal(t, file); t.Failed() {
				t.Fatalf("campaign %d:\n%s", i, text)
			}
			continue
		}
		begun++
		cmd := exec.Command(self(t), "run", file, "--format", "json")
		cmd.Dir = dir
		cmd.Env = append(cmd.Environ(), insideEnv+"=none", "XDG_STATE_HOME="+dir, "XDG_CACHE_HOME="+dir, "XDG_RUNTIME_DIR="+run)
		if why := begins(t, cmd); why != "" {
			t.Fatalf("campaign %d, which plan accepts, does not begin: %s\n%s", i, why, text)
		}
	}
}

// A guest that is played answers run: what its generation cannot be given is refused by
// plan before.
func TestDrawnCampaignsOfAPlayedGuestThatPlanAcceptsBegin(t *testing.T) {
	t.Parallel()
	needFastLab(t, "drawn campaigns of a guest that is played")
	for kind, generation := range []string{"w10", "xp"} {
		l := upLabOf(t, lab.Options{Name: "played-" + generation, Kind: lab.KindFast, Generation: generation, Executable: program(t)})
		info, begun := l.info, 0
		for i := 0; begun < draws(1+2*kind); i++ {
			d := drawnFrom(3+kind, i)
			guest := "  control: " + info.GuestAddress + "\n  data: " + info.GuestAddress + "\n  user: " + info.User + "\n  password_file: " + info.PasswordFile +
				"\n  generation: " + generation + "\n"
			if generation == "xp" {
				guest += d.of("", "  iperf: iperf3\n", "  iperf: 'C:\\Program Files\\iperf3.exe'\n", "  iperf: '"+labIPerf+"'\n", "  iperf: '"+labIPerf+"'\n")
			} else {
				guest += "  iperf: '" + labIPerf + "'\n"
			}
			file, store, command := inLab(t, l, ruleCampaign{guest: guest, design: d.design(), rest: d.rest()}.text())
			if code, _, _ := runPlan(file, "--store", store); code != exitDone {
				continue // how it is refused is another test's matter
			}
			begun++
			if why := begins(t, command("run", file, "--store", store, "--format", "json")); why != "" {
				text, _ := os.ReadFile(file)
				t.Fatalf("campaign %d, which plan accepts, does not begin: %s\n%s", i, why, text)
			}
		}
	}
}
