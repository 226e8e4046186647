package enginetest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vnettune/apply/deadman"
	"vnettune/apply/scripts"
	"vnettune/apply/terms"
)

// plan are steps of which the second and the last fail: netsh refuses the one, or is never asked, and
// the other is none that is allowed, nor one that cmd.exe could do.
var plan = []terms.Step{
	{Op: "registry-set", Path: written, Name: "Life", Kind: "DWord", Data: "4294967295"},
	{Op: "netsh", Args: []string{"interface", "tcp", "set", "global", "autotuninglevel=wide"}},
	{Op: "registry-set", Path: written, Name: "After", Kind: "QWord", Data: "18446744073709551615"},
	{Op: "registry-set", Path: written, Name: `Quote " \\ % &`, Kind: "String", Data: `'"; exit 7 #%PATH% & Größe` + "\n\U0001f680"},
	{Op: "registry-set", Path: written, Name: "Multi", Kind: "MultiString", Data: "a\nb"},
	{Op: "registry-set", Path: written, Name: "Expand", Kind: "ExpandString", Data: "%PATH%"},
	{Op: "registry-set", Path: written, Name: "Bin", Kind: "Binary", Data: "00ff"},
	{Op: "registry-set", Path: written, Name: "NoBin", Kind: "Binary"},
	{Op: "registry-set", Path: written, Name: "Gone", Kind: "String", Data: "x"},
	{Op: "registry-delete", Path: written, Name: "Gone"},
	{Op: "netsh", Args: []string{"interface", "tcp", "set", "global", "autotuninglevel=normal"}},
	{Op: "power", Data: "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c"},
	{Op: "offload", Name: "Chimney", Data: "disabled"},
}

// armed is what the script arm is sent for the plan.
func armed(t *testing.T) deadman.Input {
	t.Helper()
	var sent deadman.Input
	_, _, err := deadman.Arm(t.Context(), func(_ context.Context, in deadman.Input) (deadman.State, []byte, error) {
		sent = in
		return deadman.State{Armed: true}, nil, nil
	}, plan, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// asking is a question about the switch, in one session.
func asking(t *testing.T, k *kit) func(id string, n scripts.Name, in any) job {
	good := states(t, k)[0].State
	return func(id string, n scripts.Name, in any) job {
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		return job{ID: id, Script: scripts.Source(n), Stdin: string(b), Session: "life", State: good}
	}
}

// held asks for what the plan writes, and compares it.
func held() terms.ReadInput {
	in := terms.ReadInput{Ports: []int{}, Interfaces: []int{}}
	for _, s := range plan {
		if strings.HasPrefix(s.Op, "registry-") {
			in.Registry = append(in.Registry, terms.RegistryValue{Path: s.Path, Name: s.Name})
		}
	}
	return in
}

func compareHeld(t *testing.T, got terms.ReadAnswer, raw string) {
	t.Helper()
	i := 0
	for _, s := range plan {
		if !strings.HasPrefix(s.Op, "registry-") {
			continue
		}
		if i >= len(got.Registry) {
			t.Fatalf("%d values: %s", len(got.Registry), raw)
		}
		v := got.Registry[i]
		if want := s.Name != "Gone"; v.Exists != want || want && (v.Kind != s.Kind || v.Data != s.Data) {
			t.Errorf("%s is %+v, want %s %q", s.Name, v, s.Kind, s.Data)
		}
		i++
	}
}

// The dead-man switch through a whole life, steps failing on the way.
func TestDeadManThroughItsLife(t *testing.T) {
	k := engine(t)
	k.refuse(t)
	ask := asking(t, k)
	status, disarm, arm := deadman.Input{Action: "status"}, deadman.Input{Action: "disarm"}, armed(t)
	answers := k.jobs(t, []job{
		{ID: "before", Script: `Remove-Item HKLM:\SOFTWARE\vnettune-written -Recurse -ErrorAction SilentlyContinue`, Session: "life", State: states(t, k)[0].State},
		ask("no limit", scripts.Arm, deadman.Input{Action: deadman.ActionArm}),
		ask("arm", scripts.Arm, arm), ask("armed", scripts.DeadMan, status),
		ask("arm again", scripts.Arm, arm), ask("fire", scripts.Revert, struct{}{}),
		ask("fired", scripts.DeadMan, status), ask("read", scripts.Read, held()),
		ask("disarm", scripts.DeadMan, disarm), ask("disarm again", scripts.DeadMan, disarm),
		ask("jump", scripts.DeadMan, deadman.Input{Action: "jump"}),
		ask("prove nothing", scripts.Prove, deadman.Input{Action: deadman.ActionProve, Limit: 1}),
		{ID: "left", Script: `Get-ChildItem "$env:ProgramFiles\vnettune" -Name`, Session: "life", State: states(t, k)[0].State},
	})
	var wrong []string
	for id, armed := range map[string]bool{"arm": true, "armed": true, "arm again": true, "disarm": false, "disarm again": false} {
		if s := decoded[deadman.State](&wrong, answers[id]); s.Armed != armed || (s.Due != nil) != armed || len(form(scripts.DeadMan, answers[id])) > 0 {
			t.Errorf("%s: %s", id, answers[id].Stdout)
		}
	}
	fired := decoded[deadman.State](&wrong, answers["fired"])
	if fired.Fired == nil || fired.By != "" || len(fired.Outcome) != len(plan) || fired.Failed() != 2 || fired.Outcome[1].OK || fired.Outcome[len(plan)-1].OK {
		t.Errorf("fired: %s", answers["fired"].Stdout)
	}
	compareHeld(t, decoded[terms.ReadAnswer](&wrong, answers["read"]), answers["read"].Stdout)
	for id, where := range map[string]string{"no limit": "input", "jump": "jump", "prove nothing": "task"} {
		if a := answers[id]; a.Exit != 1 || !strings.HasPrefix(a.Stdout, `{"error"`) || !strings.Contains(a.Stdout, `"where":"`+where+`"`) {
			t.Errorf("%s: %s", id, a.Stdout)
		}
	}
	if left := strings.Fields(answers["left"].Stdout); len(left) != 1 || left[0] != "revert-done.json" {
		t.Errorf("left in the folder: %q", left)
	}
	report(t, wrong)
}

// refuse has netsh refuse the one step of the plan that fails.
func (k *kit) refuse(t *testing.T) {
	t.Helper()
	rc := filepath.Join(k.dir, "replies", "netsh,interface,tcp,set,global,autotuninglevel=wide.rc")
	if err := os.WriteFile(rc, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(rc) })
}

// setOff runs what the task runs, by Wine's own cmd.exe and reg.exe. The powershell.exe of
// Wine's system folder runs no script, as one whose antivirus refuses it.
const setOff = `$env:PATH = "$env:PSKIT_BIN;$env:PATH"
Set-Location "$env:ProgramFiles\vnettune"
& "$env:SystemRoot\System32\cmd.exe" /d /c .\revert.cmd`

// The commands behind the script, where that is kept back: they do the same steps, leave a
// record that says so, ask for the reboot once and take everything away.
func TestTheCommandsBehindTheScript(t *testing.T) {
	k := engine(t)
	k.refuse(t)
	ask := asking(t, k)
	log := filepath.Join(k.dir, "replies", "log.txt")
	if err := os.Remove(log); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	in := armed(t)
	good := states(t, k)[0].State
	answers := k.jobs(t, []job{
		{ID: "before", Script: `Remove-Item HKLM:\SOFTWARE\vnettune-written -Recurse -ErrorAction SilentlyContinue`, Session: "life", State: good},
		ask("arm", scripts.Arm, in),
		{ID: "off", Script: setOff, Session: "life", State: good},
		ask("fired", scripts.DeadMan, deadman.Input{Action: "status"}), ask("read", scripts.Read, held()),
		{ID: "left", Script: `Get-ChildItem "$env:ProgramFiles\vnettune" -Name`, Session: "life", State: good},
		// Its own removal failed, and the task starts once more.
		{ID: "again", Script: `[IO.File]::WriteAllText("$env:ProgramFiles\vnettune\revert.cmd", @'` + "\n" + in.Commands + "\n'@)\n" + setOff, Session: "life", State: good},
		ask("disarm", scripts.DeadMan, deadman.Input{Action: "disarm"}),
	})
	var wrong []string
	fired := decoded[deadman.State](&wrong, answers["fired"])
	if fired.Fired == nil || fired.By != deadman.ByCommands || len(fired.Outcome) != len(plan) || fired.Failed() != 2 || fired.Outcome[len(plan)-1].OK || !strings.Contains(fired.HasFired(), "kept back") {
		t.Errorf("fired: %s", answers["fired"].Stdout)
	}
	compareHeld(t, decoded[terms.ReadAnswer](&wrong, answers["read"]), answers["read"].Stdout)
	if left := strings.Fields(answers["left"].Stdout); len(left) != 1 || left[0] != "revert-done.json" {
		t.Errorf("left in the folder: %q", left)
	}
	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(calls), "shutdown|/r|/t|5|/f"); n != 1 {
		t.Errorf("the reboot was asked for %d times:\n%s", n, calls)
	}
	if n := strings.Count(string(calls), `schtasks|/Delete|/TN|\vnettune\revert|/F`); n != 2 {
		t.Errorf("the task was removed %d times:\n%s", n, calls)
	}
	report(t, wrong)
}

// A user's own files, where UAC is off or a policy gives what is made to its maker: such
// files of the switch are given to Administrators, with the rights that they should have. Without
// that every switch is refused there.
func TestDeadManFilesGetTheirOwner(t *testing.T) {
	k := engine(t)
	good := states(t, k)[0].State
	// The kit's Get-Acl says what the state says. This one remembers what Set-Acl gave.
	const rights = `$global:Given = @{}
function Set-Acl { param([Parameter(Position = 0)]$Path, [Parameter(Position = 1)]$AclObject) $global:Given[$Path] = $AclObject }
function Get-Acl { param([Parameter(Position = 0)]$Path)
  if ($global:Given[$Path]) { return $global:Given[$Path] }
  if ([IO.Directory]::Exists($Path)) { $s = [Security.AccessControl.DirectorySecurity]::new(); $s.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'); return $s }
  $s = [Security.AccessControl.FileSecurity]::new(); $s.SetSecurityDescriptorSddlForm('O:S-1-5-21-1-2-3-1001G:BAD:(A;ID;FA;;;SY)(A;ID;FA;;;BA)'); $s
}
`
	b, err := json.Marshal(armed(t))
	if err != nil {
		t.Fatal(err)
	}
	const gives = "foreach ($f in $files) { try { Test-Rights $f } catch { Set-Acl $f $s } }"
	source := scripts.Source(scripts.Arm)
	if !strings.Contains(source, gives) {
		t.Fatalf("the script has no %q", gives)
	}
	answers := k.jobs(t, []job{
		{ID: "given", Script: rights + source, Stdin: string(b), State: good},
		{ID: "not given", Script: rights + strings.Replace(source, gives, "", 1), Stdin: string(b), State: good},
	})
	if a := answers["given"]; a.Exit != 0 || !strings.Contains(a.Stdout, `"armed":true`) {
		t.Errorf("the files are the user's own at first: %s", a.Stdout)
	}
	if a := answers["not given"]; a.Exit != 1 || !strings.Contains(a.Stdout, `"where":"rights"`) || !strings.Contains(a.Stdout, "S-1-5-21-1-2-3-1001 owns") {
		t.Errorf("and stay so: %s", a.Stdout)
	}
}
