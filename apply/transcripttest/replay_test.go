package transcripttest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"vnettune/apply/scripts"
	"vnettune/apply/transcript"
	"vnettune/apply/transcripttest"
	"vnettune/apply/winrm"
	"vnettune/apply/winrm/fault"
)

// failing fails every command with one error.
type failing struct{ err error }

func (f failing) Run(context.Context, string, []byte) (winrm.Result, error) {
	return winrm.Result{}, f.err
}
func (f failing) Ping(context.Context) error { return f.err }
func (f failing) Forget()                    {}

func TestReplayMakesTheSameErrors(t *testing.T) {
	for _, want := range []error{fault.ErrUnauthorized, &winrm.NetError{Step: "connect", Err: errors.New("refused")}, &fault.Fault{Step: "create shell", Code: 5}, errors.New("else")} {
		r := &transcript.Recorder{Runner: failing{want}}
		_, _ = r.Run(t.Context(), "x", nil)
		var b bytes.Buffer
		if err := r.Write(&b, "test", json.RawMessage(`{}`), transcript.Private{}); err != nil {
			t.Fatal(err)
		}
		replay, err := transcripttest.Read(&b)
		if err != nil {
			t.Fatal(err)
		}
		_, got := replay.Run(t.Context(), "x", nil)
		if got == nil || winrm.Lost(got) != winrm.Lost(want) || errors.Is(got, fault.ErrUnauthorized) != errors.Is(want, fault.ErrUnauthorized) {
			t.Errorf("got %v, want %v", got, want)
		}
		var f *fault.Fault
		if errors.As(want, &f) && (!errors.As(got, &f) || f.Code != 5) {
			t.Errorf("got %v, want fault 5", got)
		}
	}
}

// A transcript of an earlier version has another name for the dead-man switch's script.
func TestRenamedQuestions(t *testing.T) {
	r, err := transcripttest.Read(strings.NewReader(`{"transcript":"vnettune/transcript/v1","vnettune":"x","campaign":{}}` + "\n" +
		`{"guest":"script guard","in":{"action":"status"},"out":{"armed":false}}` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Run(t.Context(), scripts.CommandLine(scripts.DeadMan), []byte(`{"action":"status"}`)); err != nil || string(got.Stdout) != `{"armed":false}` {
		t.Errorf("answered %q, %v", got.Stdout, err)
	}
}

func TestBrokenTranscripts(t *testing.T) {
	head := `{"transcript":"vnettune/transcript/v1","vnettune":"x","campaign":{}}` + "\n"
	for text, want := range map[string]string{
		"":                                "empty",
		"{}\n":                            "line 1",
		"name: campaign\n":                "line 1",
		head + "{\n":                      "line 2",
		head + "{}\n":                     "line 2: it must have either guest or host",
		head + `{"guest":"a","host":"b"}`: "line 2",
	} {
		if _, err := transcripttest.Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func FuzzReadTranscript(f *testing.F) {
	f.Add([]byte(`{"transcript":"vnettune/transcript/v1","vnettune":"x","campaign":{}}` + "\n" + `{"guest":"script facts","in":{},"out":{"a":1}}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := transcripttest.Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		_, _ = r.Run(t.Context(), scripts.CommandLine(scripts.Facts), []byte("{}"))
		_ = r.Ping(t.Context())
	})
}
