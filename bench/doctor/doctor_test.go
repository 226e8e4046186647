package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"vnettune/apply/transcripttest"
	"vnettune/apply/winrm"
	"vnettune/matrix/campaign"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The transcripts were recorded on stand-in guests with vnettune doctor --record; one
// that a user sends in is looked into in the same way.
func transcriptOf(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// transcripts are those of the Windows that a lab plays, of each generation and each that differs from
// the others of its generation.
var transcripts = []struct {
	name, generation, build, language string
}{
	{"xp", "xp", "2600", "en"},
	{"server2012", "nt62", "9200", "en"},
	{"server2012r2", "nt62", "9600", "en"},
	{"server2016", "w10", "14393", "en"},
	{"server2019", "w10", "17763", "de"},
	{"w10", "w10", "19045", "en"},
	{"server2022", "w11", "20348", "en"},
	{"server2025", "w11", "26100", "pseudo"},
	{"w11", "w11", "26200", "ru"},
}

// replayed examines what a transcript says.
func replayed(t *testing.T, text string) *Examination {
	t.Helper()
	replay, err := transcripttest.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c, err := campaign.Parse("transcript", replay.Campaign)
	if err != nil {
		t.Fatal(err)
	}
	d := New(c, "campaign.db", replay, nil)
	d.Examine(t.Context())
	return d
}

func TestDoctorOnATranscript(t *testing.T) {
	for _, c := range transcripts {
		name := c.name
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			e := replayed(t, transcriptOf(t, name))
			if err := e.WriteText(&got); err != nil {
				t.Fatal(err)
			}
			if says := "build " + c.build + ", generation " + c.generation + ","; !strings.Contains(got.String(), says) {
				t.Errorf("no %q in\n%s", says, &got)
			}
			for _, check := range e.Checks {
				if check.Status == Failed {
					t.Errorf("%s: %s", check.ID, check.Saw)
				}
			}
			file := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got.String()); d != "" {
				t.Errorf("doctor says otherwise; look at it, then run go test ./bench/doctor -update:\n%s", d)
			}
		})
	}
}

// Every generation that a lab plays has a transcript, in a language that it is played in.
func TestEveryGenerationOfALabHasATranscript(t *testing.T) {
	for _, p := range campaign.Personalities {
		i := slices.IndexFunc(transcripts, func(c struct{ name, generation, build, language string }) bool {
			return c.generation == string(p.Generation)
		})
		if i < 0 {
			t.Errorf("no transcript of a %s", p.Generation)
		}
	}
	for _, c := range transcripts {
		if !slices.ContainsFunc(campaign.Personalities, func(p campaign.Personality) bool {
			return string(p.Generation) == c.generation && slices.Contains(p.Builds, c.build) && slices.Contains(p.Languages, c.language)
		}) {
			t.Errorf("%s is of no Windows that a lab plays", c.name)
		}
	}
}

// Each change to what a guest or host answered shows in one line, with what to do.
func TestDoctorFindsWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, transcript, was, is, status, id string }{
		{"no iperf3 here", "w10", `{"host":"iperf3","out":`, `{"host":"iperf3","error":{"kind":"other","text":"not found"},"out":`, Failed, "host.iperf3"},
		{"governor", "w10", `"governors":null`, `"governors":["powersave"]`, Warning, "host.governor"},
		{"read-only folder", "w10", `"writable":""`, `"writable":"permission denied"`, Failed, "host.store"},
		{"disk full", "w10", `"free":[0-9]+`, `"free":1000`, Failed, "host.store"},
		{"running", "w10", `"running":false`, `"running":true`, Failed, "host.store"},
		{"left changed", "w10", `"changed":false`, `"changed":true`, Failed, "host.left"},
		{"another machine", "w10", `(?s)"changed":false(.*?)"computerName":`, `"changed":false,"machine":{"machineGuid":"B35049F3-5769-402C-AE72-76ADEC86CF40"}$1"machineGuid":"8AB6FA93-8CF0-40A1-8942-16BCE7AC06CE","computerName":`, Failed, "guest.machine"},
		{"another name", "w10", `"changed":false`, `"changed":false,"machine":{"name":"host-1"}`, Warning, "guest.machine"},
		{"gateway", "w10", `"gateway":""`, `"gateway":"192.0.2.9"`, Warning, "network.route"},
		{"MTU", "w10", `"interface":"vnt0","mtu":1500`, `"interface":"vnt0","mtu":9000`, Warning, "network.guest-mtu"},
		{"nobody there", "w10", `{"guest":"connect"}`, `{"guest":"connect","error":{"kind":"net","text":"refused"}}`, Failed, "winrm.reach"},
		{"password", "w10", `{"guest":"script facts",.*`, `{"guest":"script facts","in":{},"error":{"kind":"unauthorized","text":"refuses"}}`, Failed, "winrm.login"},
		{"fault", "w10", `{"guest":"script facts",.*`, `{"guest":"script facts","in":{},"error":{"kind":"fault","code":5,"text":"denied"}}`, Failed, "winrm.login"},
		{"strange answer", "w10", `{"guest":"script facts",.*`, `{"guest":"script facts","in":{},"out":{"build":0}}`, Failed, "winrm.answer"},
		{"readable password", "w10", `"auth":"ntlm"`, `"auth":"basic"`, Warning, "winrm.encrypted"},
		{"clock behind", "w10", `"clock before","out":"2026-11-22`, `"clock before","out":"2026-11-29`, Warning, "guest.clock"},
		{"clock ahead", "w10", `"clock after","out":"2026-11-22T23`, `"clock after","out":"2026-11-22T22`, Warning, "guest.clock"},
		{"slow PowerShell", "w10", `"clock after","out":"2026-11-22T23:34:55`, `"clock after","out":"2026-11-22T23:35:03`, Warning, "guest.pace"},
		{"PowerShell 3.0", "w10", `"psVersion":"5.1[^"]*"`, `"psVersion":"3.0"`, Warning, "guest.powershell"},
		{"envelope", "w10", `"maxEnvelopeSizekb":500`, `"maxEnvelopeSizekb":32`, Failed, "winrm.quotas"},
		{"quota not given", "w10", `"maxShellsPerUser":30`, `"maxShellsPerUser":null`, OK, "winrm.quotas"},
		{"unencrypted not given", "w10", `"allowUnencrypted":(true|false)`, `"allowUnencrypted":null`, Warning, "winrm.service"},
		{"delayed start", "w10", `"delayed":false`, `"delayed":true`, Warning, "winrm.start"},
		{"start by hand", "w10", `"start":\{"type":2`, `"start":{"type":3`, Failed, "winrm.start"},
		{"start not given", "w10", `"start":\{"type":2`, `"start":{"type":null`, Warning, "winrm.start"},
		{"quotas not readable", "w10", `"winrm":\{[^}]*\}`, `"winrm":null`, Warning, "winrm.quotas"},
		{"another generation", "w10", `"build":19045`, `"build":26100`, Failed, "guest.windows"},
		{"unknown build", "w10", `"build":19045`, `"build":20000`, Failed, "guest.windows"},
		{"read-only on a client", "w10", `"tcp.autotuninglevel":"disabled"`, `"template.icw":"10"`, Failed, "campaign.settings"},
		{"no virtio", "w10", `VEN_1AF4`, `VEN_8086`, Failed, "guest.adapter"},
		{"no driver version", "w10", `"driverVersion":"[^"]*"`, `"driverVersion":""`, Warning, "guest.adapter"},
		{"unplugged", "w10", `"up":true`, `"up":false`, Failed, "guest.adapter"},
		{"other adapter answers", "w10", `"route":\{"ifIndex":[0-9]+`, `"route":{"ifIndex":99`, Failed, "guest.route"},
		{"public network", "w10", `"category":1`, `"category":0`, Warning, "guest.network"},
		{"no network", "w10", `"networks":\{[^}]*\}`, `"networks":{}`, OK, "guest.network"},
		{"network of no category", "w10", `"category":1`, `"category":null`, Warning, "guest.network"},
		{"networks not readable", "w10", `"networks":\{[^}]*\}(.*)"problems":\{\}`, `"networks":null$1"problems":{"networks":"Zugriff verweigert"}`, Warning, "guest.network"},
		{"no command for the route", "w10", `"route":\{[^}]*\}`, `"route":null`, NotAsked, "guest.route"},
		{"route without an interface", "w10", `"route":\{"ifIndex":[0-9]+`, `"route":{"ifIndex":null`, Warning, "guest.route"},
		{"MTU not given", "w10", `("driverVersion".*?"mtu":)[0-9]+`, `${1}null`, Warning, "network.guest-mtu"},
		{"pending not readable", "w10", `"pending":\[\]`, `"pending":null,"problems":{"pending":"Zugriff verweigert"}`, Failed, "guest.pending"},
		{"a part not readable", "w10", `"pending":\[\]`, `"pending":[],"problems":{"classKeys":"Zugriff verweigert"}`, Warning, "guest.facts"},
		{"adapters not readable", "w10", `"pending":\[\]`, `"pending":[],"problems":{"adapters":"Zugriff verweigert"}`, Failed, "guest.adapter"},
		{"updates", "w10", `"pending":\[\]`, `"pending":["wu"]`, Failed, "guest.pending"},
		{"renames", "w10", `"pending":\[\]`, `"pending":"rename"`, OK, "guest.pending"},
		{"fast plan", "w10", `381b4222-f694-41f0-9685-ff5bb260df2e`, `8C5E7FDA-e8bf-4a96-9a85-a6e23a8c635c`, OK, "guest.power"},
		{"no administrator", "w10", `"administrator":true`, `"administrator":false`, Failed, "rights.administrator"},
		{"no task", "w10", `"problems":\{\}(.*)"task":true`, `"problems":{"task":"Zugriff verweigert"}$1"task":null`, Failed, "rights.task"},
		{"somebody's mark", "w10", `(OwnerSeen.*"registry":\[).*?\]`, `$1{"exists":true,"kind":"String","data":"h"},{"exists":true,"kind":"String","data":"1"},{"exists":true,"kind":"String","data":"1"},{"exists":true,"kind":"String","data":"0123"}]`, Failed, "guest.left"},
		{"armed", "w10", `"armed":false,"due":null`, `"armed":true,"due":"134000000000000000"`, Failed, "rescue.dead-man"},
		{"fired by its commands", "w10", `("fired":"134[0-9]*","by":)null`, `${1}"cmd.exe"`, Warning, "rescue.dead-man"},
		{"its step failed", "w10", `("by":null,"outcome":\[\{"ok":)true`, `${1}false`, Failed, "rescue.dead-man"},
		{"did not go off", "w10", `"fired":"134[0-9]*"(.*)"outcome":\[.*\]`, `"fired":null$1"outcome":null`, Failed, "rescue.dead-man"},
		{"arm refused by an antivirus", "w10", `("limit":3600.*"out":).*`, `$1"","err":"+ FullyQualifiedErrorId : ScriptContainedMaliciousContent","exit":1}`, Failed, "rescue.dead-man"},
		{"token filtered", "w10", `"administrator":true(.*)`, `"administrator":false$1
{"guest":"script token","in":{},"out":{"problems":{},"filtered":true,"EnableLUA":1,"LocalAccountTokenFilterPolicy":null}}`, Failed, "rights.administrator"},
		{"iperf3 blocked", "w10", `"rules":\[\]`, `"rules":[{"name":"{1}","store":"local","rule":"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|App=C:\\vnettune\\iperf3.exe|Name=iperf3|"}]`, Warning, "firewall.block-rules"},
		{"all blocked by policy", "w10", `"rules":\[\]`, `"rules":{"name":"{1}","store":"policy","rule":"v2.31|Action=Block|Active=TRUE|Dir=In|Name=all|"}`, Warning, "firewall.block-rules"},
		{"another port blocked", "w10", `"rules":\[\]`, `"rules":[{"name":"{1}","store":"local","rule":"v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=80|Name=all|"}]`, OK, "firewall.block-rules"},
		{"rules not readable", "w10", `"problems":\{\},"rules":\[\]`, `"problems":{"policy":"Zugriff verweigert"},"rules":[]`, Warning, "firewall.block-rules-policy"},
		{"agent silent", "w10", `("name":"guest agent","ok":)true,"remedy":""`, `${1}false,"remedy":"install it"`, Failed, "rescue.guest-agent"},
		{"no way back", "xp", `("host":"rescue".*"out":)\[.*\]`, `${1}[{"name":"guest agent"},{"name":"machine reset"}]`, Warning, "rescue.any"},
		{"deep sleep", "w10", `("host":"machine","out":\{)`, `${1}"hygiene":{"idle_states":[{"name":"C1","exit_us":2},{"name":"C6","exit_us":133}]},`, Warning, "host.sleep"},
		{"light sleep", "w10", `("host":"machine","out":\{)`, `${1}"hygiene":{"idle_states":[{"name":"C1","exit_us":2}]},`, OK, "host.sleep"},
		{"interrupts are moved", "w10", `("host":"machine","out":\{)`, `${1}"hygiene":{"irqbalance":true},`, Warning, "host.irqbalance"},
		{"interrupts are not moved", "w10", `("host":"machine","out":\{)`, `${1}"hygiene":{"irqbalance":false},`, OK, "host.irqbalance"},
		{"a clock on its own", "w10", `("host":"machine","out":\{)`, `${1}"hygiene":{"clock":{"synchronised":false}},`, Warning, "host.clock"},
		{"a clock that is kept", "w10", `("host":"machine","out":\{)`, `${1}"hygiene":{"clock":{"synchronised":true}},`, OK, "host.clock"},
		{"two nodes", "w10", `("host":"machine","out":\{)`, `${1}"hygiene":{"numa_nodes":2},`, OK, "host.numa"},
		{"a busy host", "w10", `("host":"machine","out":\{)`, `${1}"load":{"busy":37.2,"steal":0},`, Warning, "host.load"},
		{"a full host of this host", "w10", `("host":"machine","out":\{)`, `${1}"load":{"busy":1,"steal":6},`, Warning, "host.load"},
		{"a quiet host", "w10", `("host":"machine","out":\{)`, `${1}"load":{"busy":1,"steal":0},`, OK, "host.load"},
		{"in use", "w10", `{"host":"lock","out":""}`, `{"host":"lock","out":"another vnettune"}`, Failed, "host.lock"},
		{"no iperf3 there", "w10", `("action":"status".*"out":).*`, `$1{"error":{"where":"exe","message":"none"}}}`, Failed, "iperf.guest"},
		{"old Cygwin", "w10", `("action":"status".*"version":")[^"]*`, `${1}iperf 3.1.3\nCYGWIN_NT-10.0 G 2.5.1(0.297/5/3) x86_64`, Failed, "iperf.guest"},
		{"old Cygwin that the campaign allows", "w10", `"guest":\{"lab":((?s:.*?)"action":"status".*?"version":")[^"]*`, `"guest":{"old_iperf":"allow","lab":${1}iperf 3.1.3\nCYGWIN_NT-10.0 G 2.5.1(0.297/5/3) x86_64`, Warning, "iperf.guest"},
		{"one thread for all streams", "w10", `("action":"status".*"version":")[^"]*`, `${1}iperf 3.9\nCYGWIN_NT-10.0 G 3.1.7(0.340/5/3) 2020-08-22 17:48 x86_64`, Warning, "iperf.guest"},
		{"a Cygwin of today", "w10", `("action":"status".*"version":")[^"]*`, `${1}iperf 3.17.1\nCYGWIN_NT-10.0-19045 G 3.5.3-1.x86_64 2024-04-03 17:25 UTC x86_64`, OK, "iperf.guest"},
		{"datagrams in fragments", "w10", `"length":1000`, `"length":1473`, Warning, "iperf.datagram"},
		{"port taken", "w10", `("action":"status".*"listening":)false`, `${1}true`, Failed, "iperf.start"},
		{"server does not start", "w10", `("action":"start".*"listening":)true`, `${1}false`, Failed, "iperf.start"},
		{"firewall", "w10", `{"host":"port",.*`, `{"host":"port","error":{"kind":"net","text":"timeout"}}`, Failed, "firewall.tcp"},
		{"UDP", "w10", `(?m)^(.*"host":"run udp to-guest".*"class":")ok(.*)$`, "${1}udp_blocked$2\n${1}udp_blocked$2", Failed, "iperf.udp-to-guest"},
		{"one datagram lost", "w10", `(?m)^(.*"host":"run udp to-guest".*"class":")ok(.*)$`, "${1}udp_blocked$2\n${1}ok$2", OK, "iperf.udp-to-guest"},
		{"busy host", "w10", `("host":"run tcp to-guest".*"class":")ok`, `${1}implausible`, Warning, "iperf.tcp-to-guest"},
		{"not stopped", "w10", `("action":"stop".*"out":).*`, `$1{"error":{"where":"stop","message":"no"}}}`, Failed, "iperf.stop"},
		{"xp: rename", "xp", `(PendingFileRenameOperations"),"exit":1.*`, `$1,"out":"  PendingFileRenameOperations\tREG_MULTI_SZ\ta\r\n"}`, OK, "guest.pending"},
		{"xp: no virtio", "xp", `VEN_1AF4`, `VEN_10EC`, Failed, "guest.adapter"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := transcriptOf(t, c.transcript)
			changed := regexp.MustCompile(c.was).ReplaceAllString(text, c.is)
			if changed == text {
				t.Fatalf("the transcript has no %s", c.was)
			}
			d := replayed(t, changed)
			for _, line := range d.Checks {
				if line.ID == c.id && line.Status == c.status {
					if (line.Do != "") != (c.status == Warning || c.status == Failed) {
						t.Errorf("%+v: what to do belongs to warnings and failures", line)
					}
					if c.status == Failed && d.Verdict != Failed {
						t.Errorf("verdict %s", d.Verdict)
					}
					return
				}
			}
			var b strings.Builder
			_ = d.WriteText(&b)
			t.Errorf("%s is not %s:\n%s", c.id, c.status, &b)
		})
	}
}

func TestDoctorJSONMatchesItsSchema(t *testing.T) {
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "schema", "doctor-v1.json"))
	if err != nil {
		t.Fatal(err)
	}
	unreachable := strings.Replace(transcriptOf(t, "w10"), `{"guest":"connect"}`, `{"guest":"connect","error":{"kind":"net","text":"refused"}}`, 1)
	for name, transcript := range map[string]string{"w10": transcriptOf(t, "w10"), "xp": transcriptOf(t, "xp"), "unreachable": unreachable} {
		var b bytes.Buffer
		if err := json.NewEncoder(&b).Encode(replayed(t, transcript).Diagnosis); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v\n%s", name, err, &b)
		}
		wrong, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(b.String(), `"status":"ok"`, `"status":"fine"`, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(wrong) == nil {
			t.Errorf("%s: the schema takes a status that is none", name)
		}
	}
}

// A filtered token is named with its cure, and a user who is no administrator otherwise.
func TestDoctorSaysWhyTheRightsAreMissing(t *testing.T) {
	for filtered, want := range map[string]string{"true": "LocalAccountTokenFilterPolicy is not set", "false": "none of the guest's administrators"} {
		text := strings.Replace(transcriptOf(t, "w10"), `"administrator":true`, `"administrator":false`, 1) +
			`{"guest":"script token","in":{},"out":{"problems":{},"filtered":` + filtered + `,"EnableLUA":1,"LocalAccountTokenFilterPolicy":null}}` + "\n"
		var b strings.Builder
		if err := replayed(t, text).WriteText(&b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) || strings.Contains(b.String(), "$LocalAdministrator = $true") != (filtered == "true") {
			t.Errorf("filtered %s:\n%s", filtered, &b)
		}
	}
}

// No check is made twice under one name with different meanings, and none is of an
// area that is not shown in order.
func TestDoctorChecksAreNamed(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9]+\.[a-z0-9-]+$`)
	for _, name := range []string{"w10", "xp"} {
		seen := map[string]bool{}
		for _, c := range replayed(t, transcriptOf(t, name)).Checks {
			if !form.MatchString(c.ID) || !json.Valid([]byte(`"`+c.ID+`"`)) || seen[c.ID] {
				t.Errorf("%s: check %q", name, c.ID)
			}
			seen[c.ID] = true
			if c.area() == "" || !strings.Contains(strings.Join(areas, " "), c.area()) {
				t.Errorf("%s: area of %q is not in the order", name, c.ID)
			}
		}
	}
}

// silentPort is a guest that does to connections what a list says: nil takes one.
type silentPort struct {
	transcripttest.Replay
	pings []error
	asked int
}

func (s *silentPort) Ping(context.Context) error {
	s.asked++
	return s.pings[s.asked-1]
}

// One that nothing answers was waited for as long as a SYN takes that is sent again; it is not asked anew, as one
// that refuses is.
func TestReachTriesAgainWhatIsRefused(t *testing.T) {
	refused, silent := &winrm.NetError{Step: "connect", Err: syscall.ECONNREFUSED}, &winrm.NetError{Step: "connect", Err: os.ErrDeadlineExceeded}
	for name, tt := range map[string]struct {
		pings []error
		asked int
		want  error
	}{
		"at once":              {[]error{nil}, 1, nil},
		"refused, then there":  {[]error{refused, refused, nil}, 3, nil},
		"refused":              {[]error{refused, refused, refused}, 3, refused},
		"silent":               {[]error{silent}, 1, silent},
		"refused, then silent": {[]error{refused, silent}, 2, refused},
	} {
		s := &silentPort{pings: tt.pings}
		d := New(campaign.Campaign{}, "", s, nil)
		if err := d.reach(t.Context()); err != tt.want || s.asked != tt.asked {
			t.Errorf("%s: %v after %d connections, want %v after %d", name, err, s.asked, tt.want, tt.asked)
		}
	}
}
