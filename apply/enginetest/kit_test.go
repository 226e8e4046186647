package enginetest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"vnettune/spawn"
)

// kit is an unpacked engine: one registry, one disk.
type kit struct{ pskit, dir string }

// job is one script to be run; answer is what came of it. The members are pskit's.
type job struct {
	ID          string `json:"id"`
	Script      string `json:"script"`
	Stdin       string `json:"stdin"`
	State       any    `json:"state,omitempty"`
	Session     string `json:"session,omitempty"`
	Constrained bool   `json:"constrained,omitempty"`
}

type answer struct {
	ID       string          `json:"id"`
	Exit     int             `json:"exit"`
	Stdout   string          `json:"stdout"`
	Errors   []string        `json:"errors"`
	TimedOut bool            `json:"timedOut"`
	State    json.RawMessage `json:"state"` // of a session, with its last job
}

// unpacked is the kit of all tests of this process. VNETTUNE_PWSH_DIR names a folder that is
// kept and taken again. Another is a second one, since calls on one wait for each other.
var (
	unpacked = sync.OnceValues(func() (*kit, error) { return unpack(os.Getenv("VNETTUNE_PWSH_DIR")) })
	another  = sync.OnceValues(func() (*kit, error) { return unpack("") })
)

// unpack makes a kit in a folder; "" is one that is removed at the end.
func unpack(dir string) (*kit, error) {
	k := &kit{pskit: filepath.Join(os.Getenv("VNETTUNE_PWSH"), "pskit"), dir: dir}
	if k.dir == "" {
		var err error
		if k.dir, err = os.MkdirTemp("", "vnettune-engine-"); err != nil {
			return nil, err
		}
		made = append(made, k.dir)
	}
	if _, err := k.run(nil, "unpack", k.dir); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(k.dir, "replies", "netsh,interface,udp,dump.out"), []byte(dumpOfUDP), 0o600); err != nil {
		return nil, err
	}
	return k, k.importReg(seed)
}

// dumpOfUDP is what the engine's netsh prints in every state (docs/facts/windows-samples.md 2.4).
const dumpOfUDP = "pushd interface udp\r\nreset\r\nset global uro=disabled\r\npopd\r\n"

// made are the folders that are removed at the end.
var made []string

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range made {
		wait := spawn.Command(context.Background(), "wineserver", "-w")
		wait.Env = append(wait.Env, "WINEPREFIX="+filepath.Join(dir, "prefix"))
		_ = wait.Run() // a prefix is removed when nothing writes to it any more
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// engine is the kit, or the end of the test where there is none.
func engine(t *testing.T) *kit {
	t.Helper()
	if os.Getenv("VNETTUNE_PWSH") == "" {
		t.Skip("NOT TESTED: no PowerShell engine; VNETTUNE_PWSH names the folder of one (make test-extern)")
	}
	k, err := unpacked()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// kitLimit bounds one call of the kit.
const kitLimit = 20 * time.Minute

// run calls pskit. The output comes with an exit code that is not 0 as well.
func (k *kit) run(stdin []byte, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), kitLimit)
	defer cancel()
	out, errs, err := toFiles(spawn.Command(ctx, k.pskit, args...), stdin)
	if err != nil {
		err = fmt.Errorf("pskit %s: %w: %s", strings.Join(args, " "), err, errs)
	}
	return out, err
}

// toFiles runs a command with files for its streams: what Wine leaves running in the
// background keeps pipes open.
func toFiles(cmd *exec.Cmd, stdin []byte) (out, errs []byte, err error) {
	dir, err := os.MkdirTemp("", "vnettune-streams-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	name := func(stream string) string { return filepath.Join(dir, stream) }
	if err := os.WriteFile(name("in"), stdin, 0o600); err != nil {
		return nil, nil, err
	}
	for _, stream := range []string{"in", "out", "errs"} {
		f, err := os.OpenFile(name(stream), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, nil, err
		}
		defer f.Close()
		switch stream {
		case "in":
			cmd.Stdin = f
		case "out":
			cmd.Stdout = f
		case "errs":
			cmd.Stderr = f
		}
	}
	err = cmd.Run()
	for stream, to := range map[string]*[]byte{"out": &out, "errs": &errs} {
		b, readErr := os.ReadFile(name(stream))
		*to, err = b, cmp.Or(err, readErr)
	}
	return out, errs, err
}

// jobs runs scripts in one process, in their order.
func (k *kit) jobs(t *testing.T, jobs []job) map[string]answer {
	t.Helper()
	var in bytes.Buffer
	e := json.NewEncoder(&in)
	for _, j := range jobs {
		j.Script = onThisNet(j.Script)
		if err := e.Encode(j); err != nil {
			t.Fatal(err)
		}
	}
	out, err := k.run(in.Bytes(), "jobs", k.dir)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]answer{}
	for line := range bytes.Lines(out) {
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			t.Fatal(err)
		}
		answers[a.ID] = a
	}
	if len(answers) != len(jobs) {
		t.Fatalf("%d jobs, %d answers: an id is there twice", len(jobs), len(answers))
	}
	return answers
}

// restarts are commands that the kit has not, or not with a parameter that a restart of an adapter gives.
const restarts = `function New-ScheduledTaskSettingsSet { [CmdletBinding()] param([switch]$AllowStartIfOnBatteries, [switch]$DontStopIfGoingOnBatteries, [TimeSpan]$ExecutionTimeLimit) [void](Enter-Mock 'New-ScheduledTaskSettingsSet' "$ExecutionTimeLimit"); [pscustomobject]@{ ExecutionTimeLimit = $ExecutionTimeLimit } }
function Restart-NetAdapter { [CmdletBinding(SupportsShouldProcess)] param($InputObject) [void](Enter-Mock 'Restart-NetAdapter' $InputObject.InterfaceGuid); Save-Kit }
function Enable-NetAdapter { [CmdletBinding(SupportsShouldProcess)] param($InputObject) [void](Enter-Mock 'Enable-NetAdapter' $InputObject.InterfaceGuid); Save-Kit }
`

// onThisNet puts .NET's overload in place of .NET Framework's, which is the one thing that
// the kit's README lets differ from what is sent, and adds the commands that the kit has not.
func onThisNet(script string) string {
	if strings.Contains(script, "-ExecutionTimeLimit") || strings.Contains(script, "Restart-NetAdapter") {
		script = restarts + script
	}
	return strings.Replace(script, "[void][IO.Directory]::CreateDirectory($dir, $s)", "[void][IO.FileSystemAclExtensions]::CreateDirectory($s, $dir)", 1)
}

// console runs a script by the command line that a guest gets.
func (k *kit) console(t *testing.T, name, script, stdin string) (string, int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name+".ps1")
	if err := os.WriteFile(file, []byte(onThisNet(script)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := k.run([]byte(stdin), "console", k.dir, file)
	if exit, ok := err.(interface{ Unwrap() error }); ok {
		if e, ok := exit.Unwrap().(*exec.ExitError); ok {
			return string(out), e.ExitCode()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}

// importReg brings values into the kit's registry, in the form of a .reg file.
func (k *kit) importReg(text string) error {
	file := filepath.Join(k.dir, "import.reg")
	if err := os.WriteFile(file, regFile(text), 0o600); err != nil {
		return err
	}
	_, err := k.run(nil, "reg", k.dir, "import", file)
	return err
}

// regFile is a text in the form of a .reg file.
func regFile(text string) []byte {
	units := utf16.Encode([]rune("\ufeffWindows Registry Editor Version 5.00\r\n\r\n" + strings.ReplaceAll(text, "\n", "\r\n")))
	raw := make([]byte, 0, 2*len(units))
	for _, u := range units {
		raw = binary.LittleEndian.AppendUint16(raw, u)
	}
	return raw
}

// classRoot is where adapters have their class keys.
const classRoot = `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class\{4d36e972-e325-11ce-bfc1-08002be10318}\`

// seed is what a Windows has beside the kit's own registry: the key of WinRM's service, rules of
// the firewall, and a key among the adapters that is of none.
const seed = `[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\WinRM]
"Start"=dword:00000002
"DelayedAutostart"=dword:00000000

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules]
"Allows"="v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|App=C:\\vnettune\\iperf3.exe|Name=a|"
"Blocks"="v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|App=%SystemDrive%\\VNETTUNE\\iperf3.exe|Name=Größe|"
"Inactive"="v2.31|Action=Block|Active=FALSE|Dir=In|Protocol=6|App=C:\\vnettune\\iperf3.exe|Name=i|"
"Other"="v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|App=C:\\other.exe|Name=o|"
"Out"="v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|App=C:\\vnettune\\iperf3.exe|Name=u|"

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules]
"Everything"="v2.31|Action=Block|Active=TRUE|Dir=In|Name=e|"

[` + classRoot + `0009\Ndi\params\Nobodys]
"default"="1"
`
