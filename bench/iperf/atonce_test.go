package iperf

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vnettune/results/record"
)

var (
	twoServers = Target{Address: "192.0.2.1", Port: 5201, Second: 5203}
	bothWays   = record.Workload{Protocol: record.TCP, Direction: record.AtOnce, Seconds: 10, Congestion: "cubic"}
)

// played has one script play the client to the guest, and another that from it.
func played(t *testing.T, to, from string) Runner {
	t.Helper()
	return patient(fake(t, "case \"$* \" in\n*' -R '*)\n"+from+"\n;;\n*)\n"+to+"\n;;\nesac\n"))
}

// printed is the script of a client that prints the document of our own run of 3.12 in that direction.
func printed(t *testing.T, direction string) string {
	t.Helper()
	path, err := filepath.Abs("testdata/atonce/" + direction + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return "cat " + path
}

func TestBothAtOnce(t *testing.T) {
	r := played(t, printed(t, "to-guest"), printed(t, "from-guest"))
	to := r.Run(t.Context(), twoServers, bothWays.OneWay(record.ToGuest))
	from := r.Run(t.Context(), twoServers, bothWays.OneWay(record.FromGuest))
	if to.Class != record.OK || from.Class != record.OK {
		t.Fatalf("one way alone: %s (%s) and %s (%s)", to.Class, to.Reason, from.Class, from.Reason)
	}
	o := r.Run(t.Context(), twoServers, bothWays)
	if o.Class != record.OK || len(o.Metrics) != 3 {
		t.Fatalf("class %s (%s), metrics %v", o.Class, o.Reason, o.Metrics)
	}
	for i, want := range []record.Metric{
		{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: to.Metrics[0].Value + from.Metrics[0].Value},
		{Name: "throughput_to_guest", Unit: "Mbit/s", Better: "higher", Value: to.Metrics[0].Value},
		{Name: "throughput_from_guest", Unit: "Mbit/s", Better: "higher", Value: from.Metrics[0].Value},
	} {
		if o.Metrics[i] != want {
			t.Errorf("metric %+v, want %+v", o.Metrics[i], want)
		}
	}
	if o.Bytes != to.Bytes+from.Bytes || *o.Retransmits != *to.Retransmits+*from.Retransmits || len(o.Rates) != 10 || math.Abs(o.Rates[3]-to.Rates[3]-from.Rates[3]) > 1e-9 || o.SenderCongestion != "cubic" {
		t.Errorf("%+v", o.RunDetails)
	}
	at := slices.Index(o.Args, record.And)
	if at < 0 || slices.Contains(o.Args[:at], "-R") || !slices.Contains(o.Args[at:], "-R") || slices.Contains(o.Args[at:], "-C") ||
		!strings.Contains(strings.Join(o.Args[:at], " "), "-p 5201") || !strings.Contains(strings.Join(o.Args[at:], " "), "-p 5203") {
		t.Errorf("arguments %q", o.Args)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(o.Raw, &raw); err != nil || len(raw) != 2 {
		t.Fatalf("%v: the document has %d members", err, len(raw))
	}
	for direction, want := range map[string][]byte{record.ToGuest: to.Raw, record.FromGuest: from.Raw} {
		if !bytes.Equal(raw[direction], bytes.TrimSpace(want)) {
			t.Errorf("the document %s is not as it came", direction)
		}
	}
}

// A way that fails fails the run, by its own class, ends the other and leaves no half of a number.
func TestBothAtOnceFailsByOneWay(t *testing.T) {
	refused := `echo '{"error": "unable to connect to server: Connection refused"}'; exit 1`
	cut := "head -c 3000 " + strings.TrimPrefix(printed(t, "from-guest"), "cat ")
	for _, tt := range []struct {
		name, to, from     string
		class, reason, way string
		hangs              bool // the other way, which has to be ended
	}{
		{"no first server", refused, "hang", record.ConnectionRefused, "to the guest: iperf3: unable to connect", record.ToGuest, true},
		{"no second server", "hang", refused, record.ConnectionRefused, "from the guest: iperf3: unable to connect", record.FromGuest, true},
		{"killed", "hang", "kill -9 $$", record.KilledNoOutput, "from the guest: the client was ended", record.FromGuest, true},
		{"cut", printed(t, "to-guest"), cut, record.Truncated, "from the guest: ", record.FromGuest, false},
		{"another run's document", printed(t, "from-guest"), printed(t, "from-guest"), record.Implausible, "to the guest: ", record.ToGuest, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// The failing client waits until the other runs.
			pid := filepath.Join(t.TempDir(), "pid")
			hang := "echo $$ > " + pid + ".new; mv " + pid + ".new " + pid + "; exec sleep 600"
			to, from := tt.to, tt.from
			switch await := "while [ ! -e " + pid + " ]; do sleep 0.05; done; "; {
			case to == "hang":
				to, from = hang, await+from
			case from == "hang":
				to, from = await+to, hang
			}
			o := played(t, to, from).Run(t.Context(), twoServers, bothWays)
			if o.Class != tt.class || !strings.HasPrefix(o.Reason, tt.reason) || o.Way != tt.way || len(o.Metrics) != 0 {
				t.Errorf("class %s (%s) by %q, metrics %v; want %s (%s) by %q and none", o.Class, o.Reason, o.Way, o.Metrics, tt.class, tt.reason, tt.way)
			}
			if !json.Valid(o.Raw) {
				t.Errorf("what both printed is no JSON: %.80q", o.Raw)
			}
			if tt.hangs {
				awaitGone(t, pidIn(t, pid))
			}
		})
	}
}

func pidIn(t *testing.T, path string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Both clients end when the campaign is told to stop, and when their time is over.
func TestBothAtOnceLeavesNothing(t *testing.T) {
	for _, tt := range []struct {
		name, class string
		stop        bool
	}{{"told to stop", record.Interrupted, true}, {"deadline", record.HangKilled, false}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			to, from := filepath.Join(t.TempDir(), "to"), filepath.Join(t.TempDir(), "from")
			hang := func(path string) string {
				return "trap '' TERM; echo $$ > " + path + ".new; mv " + path + ".new " + path + "; while :; do sleep 0.2; done"
			}
			r, w := played(t, hang(to), hang(from)), bothWays
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			if tt.stop {
				go func() {
					for {
						_, a := os.Stat(to)
						if _, b := os.Stat(from); a == nil && b == nil || ctx.Err() != nil {
							stop()
							return
						}
						time.Sleep(5 * time.Millisecond)
					}
				}()
			} else {
				r.Grace, w.Seconds = 2*time.Second, 1
			}
			if o := r.Run(ctx, twoServers, w); o.Class != tt.class || len(o.Metrics) != 0 {
				t.Errorf("class %s (%s), metrics %v", o.Class, o.Reason, o.Metrics)
			}
			awaitGone(t, pidIn(t, to))
			awaitGone(t, pidIn(t, from))
		})
	}
}

// Windows that lie too far apart are no measurement of both at once.
func TestApart(t *testing.T) {
	at := time.Now()
	after := func(seconds float64) time.Time { return at.Add(time.Duration(seconds * 1e9)) }
	w := record.Workload{Protocol: record.TCP, Direction: record.AtOnce, Seconds: 3, Omit: 1}
	for _, tt := range []struct {
		name           string
		to, from       [2]float64
		shown, perhaps float64
		usable, noted  bool
	}{
		{"together", [2]float64{0, 4.1}, [2]float64{0, 4.1}, 0, 0, true, false},
		{"a slow connection of both", [2]float64{0, 9}, [2]float64{0, 9}, 0, 0, true, false},
		{"a little apart", [2]float64{0.1, 4.2}, [2]float64{0, 4.1}, 0.1, 0.1, true, false},
		{"one connected a second later", [2]float64{0, 4.1}, [2]float64{0, 5.1}, 0.9, 1, false, false},
		{"results behind a full queue", [2]float64{0, 5.5}, [2]float64{0, 5.9}, 0, 0.4, true, true},
		{"one connected late, behind a queue", [2]float64{0, 5}, [2]float64{0, 8}, 2, 3, false, false},
		{"one began later", [2]float64{0.5, 5.6}, [2]float64{0, 5.6}, 0.5, 0.5, false, false},
	} {
		ends := [2]oneWay{}
		for way, span := range [][2]float64{tt.to, tt.from} {
			ends[way] = oneWay{way: way, began: after(span[0]), ended: after(span[1])}
			ends[way].Class = record.OK
			ends[way].Metrics = []record.Metric{{Name: "throughput", Value: 100}}
		}
		if shown, perhaps := apart(ends, 4); math.Abs(shown-tt.shown) > 1e-6 || math.Abs(perhaps-tt.perhaps) > 1e-6 {
			t.Errorf("%s: %v s apart, perhaps %v; want %v and %v", tt.name, shown, perhaps, tt.shown, tt.perhaps)
		}
		o := judged(ends, -1, w)
		if (len(o.Metrics) == 3) != tt.usable || (len(o.Notes) > 0) != tt.noted || !tt.usable && (o.Class != record.Implausible || !strings.Contains(o.Reason, "at the same time for only")) {
			t.Errorf("%s: %s (%s), metrics %v, notes %q", tt.name, o.Class, o.Reason, o.Metrics, o.Notes)
		}
	}
}

// One way whose throughput was refused leaves no number.
func TestBothAtOnceNeedsBothFigures(t *testing.T) {
	ends := [2]oneWay{{way: toGuest}, {way: fromGuest}}
	for way := range ends {
		ends[way].Class = record.OK
		ends[way].Metrics = []record.Metric{{Name: "throughput", Value: 100}}
	}
	ends[fromGuest].Metrics = nil
	if o := judged(ends, -1, bothWays); o.Class != record.Implausible || o.Way != record.FromGuest || len(o.Metrics) != 0 {
		t.Errorf("%s (%s) by %q, metrics %v", o.Class, o.Reason, o.Way, o.Metrics)
	}
}

func TestBothAtOnceOnLoopback(t *testing.T) {
	r := client(t)
	target, second := server(t, r, ""), server(t, r, "")
	target.Second = second.Port
	o := r.Run(t.Context(), target, record.Workload{Protocol: record.TCP, Direction: record.AtOnce, Seconds: 2, Omit: 1, Streams: 2})
	got, _ := figures(o)
	if o.Class != record.OK || got["throughput_to_guest"] <= 0 || got["throughput_from_guest"] <= 0 || got["throughput"] != got["throughput_to_guest"]+got["throughput_from_guest"] {
		t.Errorf("%s (%s): %v", o.Class, o.Reason, got)
	}
}
