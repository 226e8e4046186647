package apply_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/winrm"
)

// idling is a guest whose answers to the script idle are given, the last again and again. Each takes
// as long as it says.
type idling struct {
	*standIn
	answers []string
	asked   []map[string]int
}

func (i *idling) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if command != scripts.CommandLine(scripts.Idle) {
		return i.standIn.Run(ctx, command, stdin)
	}
	var in map[string]int
	if err := json.Unmarshal(stdin, &in); err != nil {
		return winrm.Result{}, err
	}
	i.asked = append(i.asked, in)
	a := i.answers[min(len(i.asked), len(i.answers))-1]
	var said struct{ Elapsed int }
	if err := json.Unmarshal([]byte(a), &said); err != nil {
		return winrm.Result{}, err
	}
	return winrm.Result{Stdout: []byte(a)}, i.Sleep(ctx, time.Duration(said.Elapsed)*time.Millisecond)
}

func TestAwaitIdle(t *testing.T) {
	const (
		busy    = `{"problems":{},"windows":30,"idle":0,"processor":97,"disk":1.5,"busiest":{"name":"CompatTelRunner.exe","milliseconds":7760},"elapsed":8000}`
		partly  = `{"problems":{},"windows":30,"idle":4,"processor":60,"disk":null,"busiest":null,"elapsed":8000}`
		rest    = `{"problems":{},"windows":6,"idle":6,"processor":2,"disk":0,"busiest":{"name":"\u0421.exe","milliseconds":10},"elapsed":3000}`
		refused = `{"problems":{"processor":"Zugriff verweigert"},"windows":0,"idle":0,"processor":null,"disk":null,"busiest":null,"elapsed":20}`
		silent  = `{"problems":{},"windows":0,"idle":0,"processor":null,"disk":null,"busiest":null,"elapsed":8000}`
	)
	for name, c := range map[string]struct {
		answers []string
		limit   time.Duration
		idle    float64
		gaveUp  bool
		process string
		unasked string
		asked   [][2]int // need, limit
	}{
		"gathered in two questions": {[]string{partly, rest}, 10 * time.Minute, 5, false, "С.exe", "", [][2]int{{10, 8000}, {6, 8000}}},
		"never":                     {[]string{partly, busy}, 20 * time.Second, 2, true, "CompatTelRunner.exe", "", [][2]int{{10, 8000}, {6, 8000}, {6, 4000}}},
		"refused":                   {[]string{refused}, time.Minute, 0, false, "", "Zugriff verweigert", [][2]int{{10, 8000}}},
		"counters that stand still": {[]string{silent}, time.Minute, 0, false, "", "no share", [][2]int{{10, 8000}}},
		"no PowerShell":             {[]string{`{"error":{"where":"language","message":"Constrained"},"elapsed":1}`}, time.Minute, 0, false, "", "constrained language", [][2]int{{10, 8000}}},
	} {
		s := &idling{standIn: newStandIn(t), answers: c.answers}
		g := apply.New(s, guestAddress, s.port, s.standIn)
		got, raw, err := g.AwaitIdle(t.Context(), 5*time.Second, c.limit)
		if err != nil || got.Idle != c.idle || got.GaveUp != c.gaveUp || got.Process != c.process || !strings.Contains(got.Unasked, c.unasked) || (c.unasked == "") != (got.Unasked == "") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		var asked [][2]int
		for _, in := range s.asked {
			asked = append(asked, [2]int{in["need"], in["limit"]})
			if in["window"] != 500 || in["below"] != 20 {
				t.Errorf("%s: asked %v", name, in)
			}
		}
		if !slices.Equal(asked, c.asked) || len(raw) == 0 {
			t.Errorf("%s: asked %v, want %v; raw %s", name, asked, c.asked, raw)
		}
	}
}

// The stand-in does nothing by itself, unless a fault keeps it busy.
func TestTheStandInIsIdle(t *testing.T) {
	for fault, want := range map[string]string{"": "", "busy=CompatTelRunner.exe": "CompatTelRunner.exe"} {
		var faults []string
		if fault != "" {
			faults = []string{fault}
		}
		s := newStandIn(t, faults...)
		began := time.Now()
		g := apply.New(s, guestAddress, s.port, passing{s, began})
		got, _, err := g.AwaitIdle(t.Context(), 500*time.Millisecond, time.Second)
		if err != nil || got.Unasked != "" || got.GaveUp != (want != "") || got.Process != want {
			t.Errorf("%s: %+v, %v", fault, got, err)
		}
	}
}

// passing is a stand-in's clock that goes on by itself, too.
type passing struct {
	*standIn
	began time.Time
}

func (p passing) Now() time.Time { return p.standIn.Now().Add(time.Since(p.began)) }
