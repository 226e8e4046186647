package windows

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"regexp"
	"strings"
)

// ansibleHashes maps what Ansible's win_reboot asks of a guest to the SHA-256 of its
// script, taken as ansible.windows of Ansible 7.7 sends it, with ansibleWords in place
// of what differs from call to call. Whoever takes another Ansible sees in the refusal
// what hash its scripts have.
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
func (p *process) ansible(ctx context.Context, s ansibleScript) int {
	logon := mustPath(winlogonKey).join(logonChecked)
	switch s.asks {
	case ansibleBootTime:
		p.outln(fileTime(p.m.machineHost().BootTime()))
		return 0
	case ansibleReady:
		if p.m.view().reg.find(logon) == nil {
			// What the words of PowerShell are nobody looks at: the exit code counts.
			p.errln("Get-Item : Cannot find path 'HKLM:\\" + strings.Join(logon.keys, `\`) + "' because it does not exist.")
			return 1
		}
		p.outln("\n    Hive: " + mustPath(winlogonKey).String() + "\n\nName                           Property\n----                           --------\n" + logonChecked + "\n\n" + s.success)
		return 0
	}
	if s.forget {
		err := p.m.update(false, func(st *state) error {
			st.reg.remove(logon)
			return nil
		})
		if err != nil {
			p.errln(err.Error())
			return 1
		}
	}
	var out, errs bytes.Buffer
	q := *p
	q.c.Stdout, q.c.Stderr, q.c.CodePage = &out, &errs, 65001
	rc := q.shutdown(ctx, []string{"shutdown.exe", "/r", "/t", s.delay, "/c", s.comment})
	b, err := asciiJSON(map[string]any{"stdout": psLines(out.String()), "stderr": psLines(errs.String()), "rc": rc})
	if err != nil {
		return 1
	}
	p.outln(string(b))
	return 0
}

// psLines is a program's output as PowerShell's lines joined by a line feed.
func psLines(s string) string {
	return strings.TrimSuffix(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
}
