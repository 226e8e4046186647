package apply_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/winrm"
	"vnettune/bench/meter"
	"vnettune/lab/windows/machine"
	"vnettune/results/record"
	"vnettune/spawn"
)

// builtMeter is the meter for the machine that the stand-in runs on.
func builtMeter(t *testing.T) apply.MeterProgram {
	t.Helper()
	path := filepath.Join(t.TempDir(), "meter")
	build := spawn.Command(t.Context(), "go", "build", "-o", path, "vnettune/cmd/meter")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return apply.NewMeterProgram(b)
}

// free is a port on which nobody listens.
func free(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// pushed are the meter's files on the stand-in's machine.
func (s *standIn) pushed(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.folder, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	return strings.Join(files, " ")
}

// TestTheMeterIsPutRunAndRemoved: a guest without it gets it in pieces, runs it, measures, keeps
// it, and has nothing of it in the end.
func TestTheMeterIsPutRunAndRemoved(t *testing.T) {
	s, program, port := newStandIn(t), builtMeter(t), free(t)
	g, token := s.guest(), meter.NewToken()
	config, err := json.Marshal(meter.Config{Port: port, Peer: netip.MustParseAddr("127.0.0.1"), Token: token, Idle: 600, Limit: 600})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is there
		m, err := g.StartMeter(t.Context(), program, port, string(config))
		if err != nil {
			t.Fatal(err)
		}
		if !m.Listening || m.PID == 0 || !strings.HasPrefix(m.Version, "vnettune meter ") {
			t.Errorf("the guest says %+v", m)
		}
		d := meter.Client{}.Run(t.Context(), meter.Target{Address: "127.0.0.1", Port: port, Token: token}, meter.Params{Kind: meter.KindRR, Seconds: 0.2, Request: 64, Response: 64})
		if d.Failed != nil {
			t.Errorf("measured: %v", d.Failed)
		}
		if files := s.pushed(t); files != "meter.exe" {
			t.Errorf("while it runs the guest has %s: the token's file is to be gone", files)
		}
	}
	if err := g.RemoveMeter(t.Context()); err != nil {
		t.Error(err)
	}
	if files := s.pushed(t); files != "" || len(s.programs) > 0 {
		t.Errorf("it was removed, and %d run, %q is there", len(s.programs), files)
	}
	if err := g.RemoveMeter(t.Context()); err != nil {
		t.Errorf("removed once more: %v", err)
	}
	if d := (meter.Client{}).Run(t.Context(), meter.Target{Address: "127.0.0.1", Port: port, Token: token}, meter.Params{Kind: meter.KindRR, Seconds: 0.2, Request: 64, Response: 64}); d.Failed == nil || d.Failed.Class != record.ConnectionRefused {
		t.Errorf("after it was removed: %v", d.Failed)
	}
}

// onTheWay changes the input of a script before the guest gets it.
type onTheWay struct {
	*standIn
	change func(n scripts.Name, in []byte) []byte
}

func (w onTheWay) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if n, ok := scripts.Sent(command); ok {
		stdin = w.change(n, stdin)
	}
	return w.standIn.Run(ctx, command, stdin)
}

// TestAWrongHashIsRefused: a program that comes as another is not run, and not kept.
func TestAWrongHashIsRefused(t *testing.T) {
	s := newStandIn(t)
	piece := 0
	g := apply.New(onTheWay{s, func(n scripts.Name, in []byte) []byte {
		if n != scripts.Put {
			return in
		}
		if piece++; piece == 2 {
			return bytes.Replace(in, []byte("QUFB"), []byte("QUFC"), 1) // one letter
		}
		return in
	}}, guestAddress, s.port, s)
	program := apply.NewMeterProgram(bytes.Repeat([]byte("A"), 1<<20))
	err := g.PutMeter(t.Context(), program)
	var refused *apply.ScriptError
	if !errors.As(err, &refused) || refused.Where != "hash" || piece != 2 {
		t.Errorf("after %d pieces: %v", piece, err)
	}
	if files := s.pushed(t); files != "" {
		t.Errorf("the guest keeps %s", files)
	}
	// And one that was changed where it lies is put anew before it runs.
	if err := s.guest().PutMeter(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	at := filepath.Join(s.folder, "pushed", "meter.exe")
	if err := os.WriteFile(at, []byte("another"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := s.guest().StartMeter(t.Context(), program, free(t), "{}"); !errors.As(err, &refused) || refused.Where != "run" {
		t.Errorf("a changed program: %v", err) // what was put again is no program either
	}
	if b, err := os.ReadFile(at); err != nil || !bytes.Equal(b, program.Bytes) {
		t.Errorf("it was not put anew: %d bytes, %v", len(b), err)
	}
}

// TestAMeterThatIsKeptBack: an antivirus or a policy is known by Windows' number, whatever the words are.
func TestAMeterThatIsKeptBack(t *testing.T) {
	for code, blocks := range map[int]bool{225: true, 226: true, 577: true, 1260: true, 4551: true, 193: false, 0: false} {
		answer := []byte(`{"error":{"where":"run","message":"Vorgang verweigert","code":` + map[bool]string{true: "null", false: ""}[code == 0])
		if code != 0 {
			text, _ := json.Marshal(code)
			answer = append(answer, text...)
		}
		answer = append(answer, "}}"...)
		s := newStandIn(t)
		g := apply.New(onlyAnswer{s, scripts.Meter, answer}, guestAddress, s.port, s)
		_, err := g.StartMeter(t.Context(), apply.NewMeterProgram([]byte("x")), 5202, "{}")
		var blocked *apply.MeterBlockedError
		if err == nil || errors.As(err, &blocked) != blocks {
			t.Errorf("number %d: %v", code, err)
		}
	}
	// One that is gone as soon as it was put, with the right hash.
	s := newStandIn(t)
	g := apply.New(onTheWay{s, func(n scripts.Name, in []byte) []byte {
		if n == scripts.Meter {
			_ = os.Remove(filepath.Join(s.folder, "pushed", "meter.exe"))
		}
		return in
	}}, guestAddress, s.port, s)
	var blocked *apply.MeterBlockedError
	if _, err := g.StartMeter(t.Context(), apply.NewMeterProgram([]byte("x")), 5202, "{}"); !errors.As(err, &blocked) {
		t.Errorf("a program that goes as it comes: %v", err)
	}
}

// onlyAnswer gives one answer to one script.
type onlyAnswer struct {
	*standIn
	script scripts.Name
	answer []byte
}

func (a onlyAnswer) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if n, _ := scripts.Sent(command); n == a.script {
		return winrm.Result{Stdout: a.answer, Exit: 1}, nil
	}
	return a.standIn.Run(ctx, command, stdin)
}

// TestXPHasNoMeter: it is said, and nothing is to be removed.
func TestXPHasNoMeter(t *testing.T) {
	s := newStandInOf(t, machine.Config{Generation: "xp", Language: "en"})
	if _, err := s.guest().StartMeter(t.Context(), apply.NewMeterProgram([]byte("x")), 5202, "{}"); !errors.Is(err, apply.ErrNoMeter) {
		t.Errorf("started: %v", err)
	}
	if err := s.guest().RemoveMeter(t.Context()); err != nil {
		t.Errorf("removed: %v", err)
	}
}
