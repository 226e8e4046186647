package scripts

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"regexp"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/programs"
	"vnettune/lab/windows/registry"
)

// ansibleHashes maps what Ansible's win_reboot asks of a guest to the SHA-256 of its script, taken
// as ansible.windows of Ansible 7.7 sends it, with ansibleWords in place of what differs from call
// to call. With another Ansible the refusal shows the hashes of its scripts.
//
//go:embed ansiblehashes.json
var ansibleHashes []byte

// What win_reboot asks: the time of the boot, to go down, whether the logon is there.
const (
	ansibleBootTime = "bootTime"
	ansibleReboot   = "reboot"
	ansibleReady    = "ready"
)

// The parts of Ansible's scripts that differ from call to call, and what stands for
// them while a script is looked up.
var (
	ansibleDelete  = regexp.MustCompile(`\nif \(\$(True|False)\) \{\n`)
	ansibleDelay   = regexp.MustCompile(` /t (\d{1,9}) /c '((?:[^'\n]|'')*)' \|`)
	ansibleSuccess = regexp.MustCompile(`'(success-[0-9a-f-]{36})'`)
)

// ansibleScript is a script of Ansible's with its parts.
type ansibleScript struct {
	asks    string
	forget  bool   // delete the key of the logon first
	delay   string // seconds
	comment string
	success string // what to print where the key is there
}

// parseAnsible recognises a script of Ansible's.
func parseAnsible(script string) (s ansibleScript, ok bool) {
	if m := ansibleDelete.FindStringSubmatch(script); m != nil {
		s.forget = m[1] == "True"
	}
	if m := ansibleDelay.FindStringSubmatch(script); m != nil {
		s.delay, s.comment = m[1], strings.ReplaceAll(m[2], "''", "'")
	}
	if m := ansibleSuccess.FindStringSubmatch(script); m != nil {
		s.success = m[1]
	}
	script = ansibleDelete.ReplaceAllLiteralString(script, "\nif (FORGET) {\n")
	script = ansibleDelay.ReplaceAllLiteralString(script, " /t DELAY /c COMMENT |")
	script = ansibleSuccess.ReplaceAllLiteralString(script, "SUCCESS")
	var known map[string]string
	if err := json.Unmarshal(ansibleHashes, &known); err != nil {
		return ansibleScript{}, false // a test reads the embedded file, so it is never broken
	}
	hash := hashOf(script)
	for asks, h := range known {
		if h == hash {
			s.asks = asks
			return s, true
		}
	}
	return ansibleScript{}, false
}

// ansible plays what a script of Ansible's does and returns PowerShell's exit code.
func ansible(ctx context.Context, p *machine.Process, s ansibleScript) int {
	logon := registry.MustPath(registry.WinlogonKey).Join(machine.LogonChecked)
	switch s.asks {
	case ansibleBootTime:
		p.Outln(machine.FileTime(p.Machine.Host().BootTime()))
		return 0
	case ansibleReady:
		if p.Machine.View().Reg.Find(logon) == nil {
			// Nobody looks at PowerShell's words: the exit code counts.
			p.Errln("Get-Item : Cannot find path 'HKLM:\\" + strings.Join(logon.Keys, `\`) + "' because it does not exist.")
			return 1
		}
		p.Outln("\n    Hive: " + registry.MustPath(registry.WinlogonKey).String() + "\n\nName                           Property\n----                           --------\n" + machine.LogonChecked + "\n\n" + s.success)
		return 0
	}
	if s.forget {
		err := p.Machine.Update(func(st *machine.State) error {
			st.Reg.Remove(logon)
			return nil
		})
		if err != nil {
			p.Errln(err.Error())
			return 1
		}
	}
	var out, errs bytes.Buffer
	q := *p
	q.Command.Stdout, q.Command.Stderr, q.Command.CodePage = &out, &errs, 65001
	rc := programs.Shutdown(ctx, &q, []string{"shutdown.exe", "/r", "/t", s.delay, "/c", s.comment})
	b, err := asciiJSON(map[string]any{"stdout": psLines(out.String()), "stderr": psLines(errs.String()), "rc": rc})
	if err != nil {
		return 1
	}
	p.Outln(string(b))
	return 0
}

// psLines is a program's output as PowerShell's lines joined by a line feed.
func psLines(s string) string {
	return strings.TrimSuffix(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
}
