package rescue

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"vnettune/foreign"
)

// seemly fails the test where an error cannot be shown as it is.
func seemly(t *testing.T, err error) {
	t.Helper()
	var refused *AgentError
	if errors.As(err, &refused) && foreign.Words(refused.Desc) != refused.Desc {
		t.Errorf("the agent's words %q", refused.Desc)
	}
}

// FuzzAgentAnswer: no line of an agent brings its reader down, and what it took is JSON.
func FuzzAgentAnswer(f *testing.F) {
	for _, line := range []string{`{"return":{}}`, `{"return":{"pid":7}}`, "\xff" + `{"return":1}`, `{"error":{"class":"GenericError","desc":"\u001b[31mno"}}`,
		`{"return":{"exited":true,"exitcode":0,"out-data":"b2s=","out-truncated":true}}`, `{"return":{"version":"8.2","supported_commands":[{"name":"guest-exec","enabled":true}]}}`} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		answer, err := parseAnswer("guest-exec-status", line)
		seemly(t, err)
		if err != nil || answer == nil {
			return
		}
		if !json.Valid(answer) {
			t.Errorf("%q is taken for an answer", answer)
		}
		var s execStatus
		if json.Unmarshal(answer, &s) != nil {
			return
		}
		if r, err := s.result("cmd.exe"); err == nil && (s.ExitCode == nil || r.Exit != *s.ExitCode || len(r.Stdout) > len(line)) {
			t.Errorf("%q is taken for the end of a program: %+v", answer, r)
		}
	})
}

// FuzzVirsh: no answer of virsh brings its reader down, and a snapshot is there only where its
// name is.
func FuzzVirsh(f *testing.F) {
	f.Add("clean\n before \n", "error: internal error: unable to execute QEMU agent command 'guest-exec': The command \x1b[31m is disabled", "clean")
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, out, said, name string) {
		if listed(out, name) && !strings.Contains(out, name) {
			t.Errorf("%q has %q", out, name)
		}
		seemly(t, refusalOf("guest-exec", errors.New("virsh qemu-agent-command guest: "+foreign.Words(said))))
		if _, err := parseAnswer("guest-ping", []byte(out)); err != nil {
			seemly(t, err)
		}
	})
}
