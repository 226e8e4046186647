package deadman_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply/deadman"
	"vnettune/apply/scripts"
	"vnettune/apply/terms"
	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
	"vnettune/results/record"
)

// said is a guest that gives one answer and keeps what it was asked.
type said struct {
	answer deadman.State
	err    error
	asked  deadman.Input
}

func (s *said) ask(_ context.Context, in deadman.Input) (deadman.State, []byte, error) {
	s.asked = in
	return s.answer, []byte("raw"), s.err
}

func TestWhatTheScriptIsAsked(t *testing.T) {
	steps := []terms.Step{{Op: "registry-delete", Path: `HKLM\A`, Name: "B"}}
	s := &said{answer: deadman.State{Armed: true}}
	if _, raw, err := deadman.Arm(t.Context(), s.ask, steps, 90*time.Second); err != nil || string(raw) != "raw" {
		t.Errorf("arm: %q, %v", raw, err)
	}
	if !strings.Contains(s.asked.Commands, "-File revert.ps1") || !strings.Contains(s.asked.Commands, "shutdown.exe /r") || !strings.Contains(s.asked.Registry, "[HKEY_LOCAL_MACHINE\\A]\r\n\"B\"=-") {
		t.Errorf("the commands behind the script: %s%s", s.asked.Commands, s.asked.Registry)
	}
	s.asked.Commands, s.asked.Registry = "", ""
	if d := cmp.Diff(deadman.Input{Action: "arm", Limit: 90, Script: scripts.Source(scripts.Revert), Steps: steps}, s.asked); d != "" {
		t.Error(d)
	}
	if _, err := deadman.Status(t.Context(), s.ask); err != nil {
		t.Error(err)
	}
	if text, err := json.Marshal(s.asked); err != nil || string(text) != `{"action":"status"}` {
		t.Errorf("status asks %s, %v", text, err)
	}
	s.answer.Armed = false
	if _, _, err := deadman.Disarm(t.Context(), s.ask); err != nil {
		t.Error(err)
	}
	if text, err := json.Marshal(s.asked); err != nil || string(text) != `{"action":"disarm"}` {
		t.Errorf("disarm asks %s, %v", text, err)
	}
}

// An answer that says otherwise than was asked is no success.
func TestAnAnswerThatSaysOtherwise(t *testing.T) {
	if _, _, err := deadman.Arm(t.Context(), (&said{}).ask, nil, time.Minute); err == nil || !strings.Contains(err.Error(), "nothing is armed") {
		t.Errorf("arm: %v", err)
	}
	if _, _, err := deadman.Disarm(t.Context(), (&said{answer: deadman.State{Armed: true}}).ask); err == nil || !strings.Contains(err.Error(), "still armed") {
		t.Errorf("disarm: %v", err)
	}
	none := &said{err: deadman.ErrNone}
	_, _, arm := deadman.Arm(t.Context(), none.ask, nil, time.Minute)
	_, _, disarm := deadman.Disarm(t.Context(), none.ask)
	_, status := deadman.Status(t.Context(), none.ask)
	for _, err := range []error{arm, disarm, status} {
		if !errors.Is(err, deadman.ErrNone) || !strings.Contains(err.Error(), "dead-man switch") {
			t.Errorf("error %v, want ErrNone with what was tried", err)
		}
	}
}

// A switch is never believed unarmed without asking. Where the answer to arming was lost the
// guest is asked, and armed once more.
func TestAnArmWhoseAnswerWasLost(t *testing.T) {
	lost := &winrm.NetError{Step: "send", Err: errors.New("the connection was reset")}
	timeout := &fault.Fault{Step: "send", Code: 1460}
	refused := errors.New("script deadman on the guest: rights: S-1-1-0 may change it")
	tests := []struct {
		name   string
		arms   []error // what each comes to; nil: armed
		armed  bool    // what the guest says of it when it is asked
		unsaid error   // why it does not say it
		asked  string
		says   string // "" for success
	}{
		{"lost", []error{lost, nil}, true, nil, "arm status arm", ""},
		{"lost, and it had not come", []error{lost, nil}, false, nil, "arm status arm", ""},
		{"a fault of WinRM", []error{timeout, nil}, true, nil, "arm status arm", ""},
		{"lost twice, and armed", []error{lost, lost}, true, nil, "arm status arm", "the guest says that one is armed"},
		{"lost for good", []error{lost}, false, lost, "arm status", "whether it is armed all the same is not known"},
		{"refused by the guest", []error{refused}, false, nil, "arm", "rights"},
		{"none there is", []error{deadman.ErrNone}, false, nil, "arm", "generation xp"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked []string
			ask := func(_ context.Context, in deadman.Input) (deadman.State, []byte, error) {
				asked = append(asked, in.Action)
				if in.Action == "status" {
					return deadman.State{Armed: tt.armed}, nil, tt.unsaid
				}
				err := tt.arms[0]
				tt.arms = tt.arms[1:]
				return deadman.State{Armed: err == nil}, nil, err
			}
			s, _, err := deadman.Arm(t.Context(), ask, nil, time.Minute)
			if got := strings.Join(asked, " "); got != tt.asked {
				t.Errorf("asked %q, want %q", got, tt.asked)
			}
			if tt.says == "" && (err != nil || !s.Armed) || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%+v, %v; want %q", s, err, tt.says)
			}
		})
	}
}

// Steps that could not stand in the files behind the script are refused, and nothing is sent.
func TestStepsThatNoFileCanHold(t *testing.T) {
	for name, s := range map[string]terms.Step{
		"an argument":   {Op: "netsh", Args: []string{"interface", "a&b"}},
		"no argument":   {Op: "netsh", Args: []string{""}},
		"another root":  {Op: "registry-delete", Path: `HKCU\A`, Name: "B"},
		"a broken name": {Op: "registry-delete", Path: `HKLM\A`, Name: "B\r\n[C]"},
		"a kind":        {Op: "registry-set", Path: `HKLM\A`, Name: "B", Kind: "None"},
		"no number":     {Op: "registry-set", Path: `HKLM\A`, Name: "B", Kind: "DWord", Data: "4294967296"},
		"a power plan":  {Op: "power", Data: "High performance"},
		"an offload":    {Op: "offload", Name: "NetworkDirect&exit", Data: "enabled"},
		"another kind":  {Op: "format"},
		"no bytes":      {Op: "registry-set", Path: `HKLM\A`, Name: "B", Kind: "Binary", Data: "0"},
	} {
		guest := &said{answer: deadman.State{Armed: true}}
		if _, _, err := deadman.Arm(t.Context(), guest.ask, []terms.Step{s}, time.Minute); err == nil || guest.asked.Action != "" {
			t.Errorf("%s: %v, asked %+v; want it refused before anything is sent", name, err, guest.asked)
		}
	}
}

// The trial of a switch changes nothing, has no reboot, and leaves nothing armed.
func TestProve(t *testing.T) {
	at := record.FiletimeOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	for name, tt := range map[string]struct {
		armed, proved deadman.State
		fails         error // the question "prove"
		asked, says   string
	}{
		"it goes off":          {deadman.State{Armed: true}, deadman.State{Fired: &at}, nil, "arm prove", ""},
		"it leaves no record":  {deadman.State{Armed: true}, deadman.State{Armed: true}, nil, "arm prove disarm", "left no record"},
		"it does not end":      {deadman.State{Armed: true}, deadman.State{Armed: true, Fired: &at}, nil, "arm prove disarm", "did not remove itself"},
		"it cannot be set off": {deadman.State{Armed: true}, deadman.State{}, errors.New("start: no"), "arm prove disarm", "start: no"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			s, err := deadman.Prove(t.Context(), func(_ context.Context, in deadman.Input) (deadman.State, []byte, error) {
				asked = append(asked, in.Action)
				switch in.Action {
				case "arm":
					if strings.Contains(in.Commands, "shutdown") || !strings.Contains(in.Commands, "-File revert.ps1") || len(in.Steps) != 1 || in.Steps[0].Op != "registry-delete" {
						t.Errorf("armed with %+v", in)
					}
					return tt.armed, nil, nil
				case "prove":
					return tt.proved, nil, tt.fails
				}
				return deadman.State{}, nil, nil
			})
			if got := strings.Join(asked, " "); got != tt.asked {
				t.Errorf("asked %q, want %q", got, tt.asked)
			}
			if tt.says == "" && (err != nil || s.Fired == nil) || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%+v, %v; want %q", s, err, tt.says)
			}
		})
	}
}

func TestHasFired(t *testing.T) {
	var s deadman.State
	if got := s.HasFired(); got != "" {
		t.Errorf("a switch that never fired: %q", got)
	}
	at := record.FiletimeOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s = deadman.State{Fired: &at, Outcome: record.List[terms.StepAnswer]{{OK: true}, {OK: false}, {OK: true}}}
	if want, got := "the dead-man switch put the originals back at 2026-03-01T12:00:00Z (guest's clock), 1 of 3 steps failed", s.HasFired(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
