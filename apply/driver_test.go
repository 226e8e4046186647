package apply_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/winrm"
	"vnettune/lab/windows/stack"
	"vnettune/matrix"
	"vnettune/results/record"
)

// driven is a stand-in with a driver.
func driven(t *testing.T, driver string) *standIn {
	t.Helper()
	s := newStandIn(t)
	s.config.Driver, s.disk = driver, memoryDisk{}
	s.start()
	return s
}

// planOf is a plan of arms that set one value each.
func planOf(t *testing.T, values ...string) matrix.Plan {
	t.Helper()
	d := matrix.Design{Kind: matrix.List}
	for i, v := range values {
		id, value, _ := strings.Cut(v, "=")
		d.Arms = append(d.Arms, matrix.ArmSpec{Name: fmt.Sprintf("arm%d", i), Set: map[string]matrix.Value{id: matrix.Value(value)}})
	}
	p, err := matrix.NewPlan(matrix.W10, d, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What each of three drivers takes of the same values: its own list decides, not the catalogue's.
func TestADriverTakesWhatItLists(t *testing.T) {
	for driver, want := range map[string]map[string]string{
		"0.1.185": {
			"netkvm.RxCapacity=4096":    "netkvm.RxCapacity=4096: for RxCapacity it lists 16, 32, 64, 128, 256, 512, 1024",
			"netkvm.NumRssQueues=32":    "netkvm.NumRssQueues=32: for *NumRssQueues it lists 1 to 16",
			"netkvm.UsoIPv4=0":          "netkvm.UsoIPv4: the driver has no property *UsoIPv4",
			"netkvm.FastInit=absent":    "netkvm.FastInit: the driver has no property FastInit",
			"netkvm.RxCapacity=1024":    "",
			"netkvm.NumRssQueues=16":    "",
			"netkvm.RxCapacity=default": "",
		},
		"0.1.240": {
			"netkvm.RxCapacity=4096":        "",
			"netkvm.NumRssQueues=32":        "",
			"netkvm.MinRxBufferPercent=50":  "netkvm.MinRxBufferPercent: the driver has no property MinRxBufferPercent",
			"netkvm.NetworkAddress=default": "netkvm.NetworkAddress=default: it declares no default for NetworkAddress",
			"netkvm.NetworkAddress=absent":  "",
		},
		"0.1.271": {
			"netkvm.RxCapacity=4096":       "",
			"netkvm.NumRssQueues=32":       "",
			"netkvm.MinRxBufferPercent=50": "",
			"netkvm.FastInit=0":            "netkvm.FastInit: the driver has no property FastInit",
		},
	} {
		t.Run(driver, func(t *testing.T) {
			s := driven(t, driver)
			g := s.guest()
			f := declared(t, g)
			for value, words := range want {
				err := g.Legal(f, planOf(t, value))
				var illegal *apply.IllegalError
				switch {
				case words == "" && err != nil:
					t.Errorf("%s: %v", value, err)
				case words != "" && (!errors.As(err, &illegal) || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), s.machine.Edition().Driver.Version)):
					t.Errorf("%s: %v, want %q and the driver's version %s", value, err, words, s.machine.Edition().Driver.Version)
				}
			}
		})
	}
}

// Every value that is not taken is named, each once.
func TestAllIllegalValuesAreNamed(t *testing.T) {
	g := driven(t, "0.1.185").guest()
	err := g.Legal(declared(t, g), planOf(t, "netkvm.RxCapacity=4096", "netkvm.NumRssQueues=32", "netkvm.RxCapacity=2048", "tcp.rss=disabled"))
	var illegal *apply.IllegalError
	if !errors.As(err, &illegal) {
		t.Fatal(err)
	}
	var got []string
	for _, v := range illegal.Values {
		got = append(got, fmt.Sprintf("%s=%s", v.ID, v.Value))
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{"netkvm.NumRssQueues=32", "netkvm.RxCapacity=2048", "netkvm.RxCapacity=4096"}, got); d != "" {
		t.Error(d)
	}
}

// A property that is declared and has no value is absent, can be set, and is put back by being
// deleted; the registry finds it in any case.
func TestAPropertyWithoutAValueIsAbsent(t *testing.T) {
	s := newStandIn(t)
	g, o := originals(t, s, "netkvm.NetworkAddress")
	if got := o.Settings[0]; got.State.Exists || got.Default != nil {
		t.Fatalf("%+v, want it absent and without a default", got)
	}
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"netkvm.NetworkAddress": "525400AABBCC"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	readings, _, err := g.ReadBack(t.Context(), targets)
	if err != nil || !readings[0].AsAsked {
		t.Fatalf("%+v, %v", readings, err)
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Fatal(err)
	}
	_, again := originals(t, s, "netkvm.NetworkAddress")
	if again.Settings[0].State.Exists {
		t.Errorf("after the restore it is %s", again.Settings[0].State)
	}
	f := declared(t, g)
	for i := range f.Adapters[0].Driver.Keywords {
		k := &f.Adapters[0].Driver.Keywords[i]
		k.Name = strings.ToUpper(k.Name)
	}
	if o, err = g.Originals(t.Context(), f, planned(t, "netkvm.RxCapacity")); err != nil || !o.Settings[0].State.Exists || o.Settings[0].Default == nil {
		t.Errorf("a driver that spells it otherwise: %+v, %v", o.Settings, err)
	}
}

// A guest that cannot say what its driver takes is not guessed at.
func TestAGuestThatDoesNotAnswerForItsDriver(t *testing.T) {
	for what, answer := range map[string]winrm.Result{
		"an older stand-in": {Stderr: []byte("stand-in: this script is none of them"), Exit: 1},
		"an error":          {Stdout: []byte(`{"error":{"where":"classKey","message":"Zugriff verweigert"}}`), Exit: 1},
		"another form":      {Stdout: []byte(`{"keywords":[7]}`)},
		"too much":          {Stdout: bytes.Repeat([]byte("["), 1<<16)},
	} {
		t.Run(what, func(t *testing.T) {
			s := newStandIn(t)
			g := apply.New(mute{s, answer}, guestAddress, s.port, s)
			f, _, err := g.Facts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			f, err = g.Declare(t.Context(), f)
			if err == nil || !strings.Contains(err.Error(), "does not say which values the driver of adapter \"Ethernet\" takes") {
				t.Errorf("declare: %v", err)
			}
			p := planOf(t, "netkvm.RxCapacity=256")
			if err := g.Legal(f, p); err == nil || !strings.Contains(err.Error(), "did not say which properties") {
				t.Errorf("legal: %v", err)
			}
			if _, err := g.Originals(t.Context(), f, p.Settings); err == nil || !strings.Contains(err.Error(), "did not say which properties") {
				t.Errorf("originals: %v", err)
			}
			if err := g.Legal(f, planOf(t, "tcp.rss=disabled")); err != nil {
				t.Errorf("a plan without a property of the adapter: %v", err)
			}
		})
	}
}

// mute is a guest that answers the script driver in its own way.
type mute struct {
	*standIn
	answer winrm.Result
}

func (m mute) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if n, ok := scripts.Sent(command); ok && n == scripts.Driver {
		return m.answer, nil
	}
	return m.standIn.Run(ctx, command, stdin)
}

// What the stand-in answers for each driver is what an engine answers that runs the script over a
// registry of the same tree, field by field: testdata/driver has its answers.
func TestTheStandInAnswersForItsDriverAsAnEngineDoes(t *testing.T) {
	for _, driver := range stack.NetKVMs() {
		t.Run(driver, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", "driver", driver+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var engine struct {
				Script string          `json:"script"` // SHA-256 of the script that ran
				Answer json.RawMessage `json:"answer"`
			}
			if err := json.Unmarshal(text, &engine); err != nil {
				t.Fatal(err)
			}
			if engine.Script != scripts.Hash(scripts.Driver) {
				t.Fatalf("recorded of another script, %s: run it anew (see the README beside it)", engine.Script)
			}
			var want record.Driver
			if err := json.Unmarshal(engine.Answer, &want); err != nil {
				t.Fatal(err)
			}
			g := driven(t, driver).guest()
			a, err := g.AdapterUnderTest(declared(t, g))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(inOrder(want), inOrder(*a.Driver)); d != "" {
				t.Errorf("(-engine +stand-in):\n%s", d)
			}
		})
	}
}

// inOrder has keywords and lists of values in order, which no contract promises.
func inOrder(d record.Driver) record.Driver {
	slices.SortFunc(d.Keywords, func(a, b record.Keyword) int { return strings.Compare(a.Name, b.Name) })
	for _, k := range d.Keywords {
		slices.Sort(k.Enum)
	}
	return d
}
