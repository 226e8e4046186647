package enginetest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply/setup"
	"vnettune/matrix/campaign"
)

// texts of guest-setup, as they are printed.
func setupText(t *testing.T, undo bool) string {
	t.Helper()
	text, err := setup.Script{Host: "192.0.2.1", Undo: undo, IPerf: `C:\vnettune\iperf3.exe`, Port: 5201, Second: 5203, Meter: 5202}.Text()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// look says what guest-setup may leave in the registry.
const look = `"$((Get-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Services\WinRM).DelayedAutostart) $(Test-Path HKLM:\SOFTWARE\vnettune\Setup)"`

// delay sets when the service starts.
func delay(value string) job {
	return job{ID: "delay=" + value, Script: `Set-ItemProperty HKLM:\SYSTEM\CurrentControlSet\Services\WinRM DelayedAutostart ` + value + ` -Type DWord`}
}

// Set up, set up again, undone: the guest is as it was, and says so. A client Windows with a
// public network refuses every put to WinRM's configuration: then nothing is put that is not
// needed, and what is refused is said, with what to do.
func TestGuestSetupThroughItsLife(t *testing.T) {
	k := engine(t)
	good := states(t, k)[0].State
	public := func(s *state) { s.CIM["MSFT_NetConnectionProfile"][0]["NetworkCategory"] = 0 }
	unsafe := func(s *state) { s.WSMan["basic"], s.WSMan["allowUnencrypted"] = "true", "true" }
	auto := func(s *state) {
		s.CIM["Win32_Service"][0]["StartMode"], s.CIM["Win32_Service"][0]["State"] = "Auto", "Running"
	}
	const refused, policy, whole = "counts as public", "by a group policy", "trust: {fingerprint: "
	for _, c := range []struct {
		name    string
		changes []func(*state)
		delayed bool
		exit    int      // of setup
		says    []string // setup, each time
		puts    int      // of setup, the first time
	}{
		{name: "as it comes", says: []string{whole}},
		{name: "everything has to be changed", changes: []func(*state){unsafe}, says: []string{whole}, puts: 2},
		{name: "a public network", changes: []func(*state){public}, says: []string{refused, whole}},
		{name: "a public network, and a put that is needed", changes: []func(*state){public, unsafe}, exit: 1, says: []string{refused, "WinRM refused Basic=false", "Set-NetConnectionProfile"}, puts: 2},
		{name: "a public network of a server", changes: []func(*state){public, unsafe, func(s *state) { s.Server = true }}, says: []string{refused, whole}, puts: 2},
		{name: "settings by policy", changes: []func(*state){func(s *state) { s.WSMan["policy"] = true }}, says: []string{whole}},
		{name: "settings by policy that a campaign cannot have", changes: []func(*state){unsafe, func(s *state) { s.WSMan["policy"] = true }}, exit: 1, says: []string{policy}, puts: 1},
		{name: "a delayed service", changes: []func(*state){auto}, delayed: true, says: []string{whole}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := cloned(t, good)
			for _, change := range c.changes {
				change(&s)
			}
			before := cloned(t, s)
			value := map[bool]string{false: "0", true: "1"}[c.delayed]
			jobs := []job{delay(value)}
			for _, j := range []job{{ID: "setup", Script: setupText(t, false)}, {ID: "changed", Script: look}, {ID: "again", Script: setupText(t, false)},
				{ID: "undo", Script: setupText(t, true)}, {ID: "left", Script: look}, {ID: "undo again", Script: setupText(t, true)}} {
				j.Session, j.State = "setup", s
				jobs = append(jobs, j)
			}
			answers := k.jobs(t, append(jobs, job{ID: "at the end", Script: delay("0").Script}))
			for _, id := range []string{"setup", "again"} {
				said := answers[id].Stdout + strings.Join(answers[id].Errors, "\n")
				for _, words := range c.says {
					if answers[id].Exit != c.exit || !strings.Contains(said, words) {
						t.Errorf("%s ends with %d, want %d and %q: %s", id, answers[id].Exit, c.exit, words, said)
					}
				}
			}
			if _, block, ok := strings.Cut(answers["setup"].Stdout, "In the campaign file:"); ok {
				text := "name: pasted\n" + strings.ReplaceAll(block, "\r", "") + "design: aa\n"
				if c, err := campaign.Parse("pasted.yaml", []byte(text)); err != nil || c.Guest.Remote.Iperf != `C:\vnettune\iperf3.exe` {
					t.Errorf("what is to be pasted: %v\n%s", err, text)
				}
			}
			if got := strings.TrimSpace(answers["changed"].Stdout); got != "0 True" {
				t.Errorf("after setup: %q", got)
			}
			if got := strings.TrimSpace(answers["left"].Stdout); got != value+" False" {
				t.Errorf("left: %q, want the service as before and nothing of ours", got)
			}
			if a := answers["undo"]; a.Exit != 0 || !strings.Contains(a.Stdout, "as it was before") {
				t.Errorf("undo ends with %d: %s %s", a.Exit, a.Stdout, a.Errors)
			}
			if a := answers["undo again"]; a.Exit != 0 || !strings.Contains(a.Stdout, "Nothing to undo") {
				t.Errorf("undo again ends with %d: %s %s", a.Exit, a.Stdout, a.Errors)
			}
			var after state
			if err := json.Unmarshal(answers["undo again"].State, &after); err != nil {
				t.Fatal(err)
			}
			puts := 0
			for _, call := range after.Log {
				if strings.HasPrefix(call, "Set-WSManInstance") {
					puts++
				}
			}
			// Each undo puts back what was put, and a refused put is tried again.
			if (puts > 0) != (c.puts > 0) {
				t.Errorf("%d puts: %q", puts, after.Log)
			}
			before.Log, after.Log = nil, nil
			if len(after.Certs) == 0 {
				after.Certs = nil
			}
			if d := cmp.Diff(before, after); d != "" {
				t.Errorf("the guest is not as it was (-before +after):\n%s", d)
			}
		})
	}
}

// In constrained language mode neither does anything, and each says why.
func TestGuestSetupInConstrainedLanguageMode(t *testing.T) {
	k := engine(t)
	for id, a := range k.jobs(t, []job{{ID: "setup", Script: setupText(t, false), Constrained: true}, {ID: "undo", Script: setupText(t, true), Constrained: true}}) {
		if a.Exit == 0 || !strings.Contains(strings.Join(a.Errors, "\n"), "constrained language mode") {
			t.Errorf("%s ends with %d: %s %s", id, a.Exit, a.Stdout, a.Errors)
		}
	}
}
