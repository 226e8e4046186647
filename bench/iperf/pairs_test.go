package iperf

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vnettune/bench/leash"
	"vnettune/results/record"
)

// TestPairs runs every pair of the iperf3 programs that VNETTUNE_IPERFS lists (with
// colons between them), UDP to the server and faster than it can take, and compares loss
// and rate with the server's own log: the table of docs/measuring.md.
func TestPairs(t *testing.T) {
	ends := programs(t)
	var table strings.Builder
	for _, client := range ends {
		for _, server := range ends {
			for _, forced := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s-%s-%t", client.Version.Number, server.Version.Number, forced), func(t *testing.T) {
					p := pairRun(t, client, server, forced)
					table.WriteString(p.row())
					p.check(t)
				})
			}
		}
	}
	t.Logf("\n| client | server | -O | loss: document | vnettune | server's log | Mbit/s: vnettune | server's log |\n|---|---|---|---|---|---|---|---|\n%s", &table)
}

// TestPairsFromGuest runs the same pairs with the server sending: no figure is refused,
// and the loss is that of the intervals which the client saw.
func TestPairsFromGuest(t *testing.T) {
	ends := programs(t)
	for _, client := range ends {
		for _, server := range ends {
			for _, rate := range []string{"300M", "4G"} {
				t.Run(fmt.Sprintf("%s-%s-%s", client.Version.Number, server.Version.Number, rate), func(t *testing.T) {
					w := record.Workload{Protocol: record.UDP, Direction: record.FromGuest, Seconds: 2, Omit: 1, Rate: rate, Length: 1200}
					target := Target{Address: "127.0.0.1", Port: freePort(t), Server: server.Version}
					defer serve(t, server, target.Port, filepath.Join(t.TempDir(), "log"))()
					o := client.Run(t.Context(), target, w)
					if o.Class == record.Implausible {
						t.Skipf("SKIPPED: this machine is too busy to measure on: %s", o.Reason)
					}
					if o.Class != record.OK || len(o.Refused) > 0 {
						t.Fatalf("class %s (%s), refused %v", o.Class, o.Reason, o.Refused)
					}
					var d struct {
						Intervals []struct {
							Sum struct {
								Lost    float64 `json:"lost_packets"`
								Packets float64 `json:"packets"`
								Omitted bool    `json:"omitted"`
							} `json:"sum"`
						} `json:"intervals"`
					}
					if err := json.Unmarshal(o.Raw, &d); err != nil {
						t.Fatal(err)
					}
					lost, all := 0.0, 0.0
					for _, i := range d.Intervals {
						if !i.Sum.Omitted {
							lost, all = lost+i.Sum.Lost, all+i.Sum.Packets
						}
					}
					if got, want := o.Metrics[1].Value, 100*lost/all; o.Metrics[1].Name != "loss" || math.Abs(got-want) > 1 {
						t.Errorf("%s %.2f, the intervals lost %.2f %%", o.Metrics[1].Name, got, want)
					}
				})
			}
		}
	}
}

// programs are the iperf3 programs that VNETTUNE_IPERFS lists.
func programs(t *testing.T) []Runner {
	list := os.Getenv("VNETTUNE_IPERFS")
	if list == "" {
		t.Skip("SKIPPED: no programs to pair; set VNETTUNE_IPERFS to paths of iperf3 programs of several versions")
	}
	var ends []Runner
	for path := range strings.SplitSeq(list, ":") {
		v, err := Probe(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, Runner{Path: path, Version: v})
	}
	return ends
}

// serve starts a server that logs to a file, and gives what ends it.
func serve(t *testing.T, server Runner, port int, log string) (stop func()) {
	far := exec.Command(server.Path, "-s", "-p", strconv.Itoa(port), "--logfile", log)
	if err := far.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = far.Wait(); close(ended) }()
	t.Cleanup(func() { _ = far.Process.Kill(); <-ended })
	awaitListener(t, port)
	return func() {
		_ = far.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(leash.DefaultKillAfter):
		}
	}
}

// pair is what one run of a pair came to.
type pair struct {
	client, server string
	omitted        bool
	said           float64 // loss by the document
	outcome        Outcome
	loss, rate     float64 // by the server's log
}

func pairRun(t *testing.T, client, server Runner, forced bool) pair {
	w := record.Workload{Protocol: record.UDP, Direction: record.ToGuest, Seconds: 2, Omit: 1, Rate: "4G", Length: 1200}
	target := Target{Address: "127.0.0.1", Port: freePort(t), Server: server.Version}
	log := filepath.Join(t.TempDir(), "log")
	stop := serve(t, server, target.Port, log)
	p := pair{client: client.Version.Number, server: server.Version.Number}
	if forced { // with omitted seconds whatever the versions
		ev, err := client.execute(t.Context(), Args(client.Version, target, w), client.deadline(target, w))
		if err != nil {
			t.Fatal(err)
		}
		p.outcome.Raw, p.omitted = ev.stdout, true
		p.outcome.fill(classify(ev, askedOf(target, w)), w)
	} else {
		p.outcome = client.Run(t.Context(), target, w)
		p.omitted = strings.Contains(strings.Join(p.outcome.Args, " "), "-O")
	}
	if p.outcome.Class == record.Implausible {
		t.Skipf("SKIPPED: this machine is too busy to measure on: %s", p.outcome.Reason)
	}
	if p.outcome.Class != record.OK {
		t.Fatalf("class %s (%s)", p.outcome.Class, p.outcome.Reason)
	}
	var d struct {
		End struct {
			Sum struct {
				Loss float64 `json:"lost_percent"`
			} `json:"sum"`
		} `json:"end"`
	}
	if err := json.Unmarshal(p.outcome.Raw, &d); err != nil {
		t.Fatal(err)
	}
	p.said = d.End.Sum.Loss
	// The last lines come after the client's end, and reach the file when the server ends.
	time.Sleep(200 * time.Millisecond)
	stop()
	text := string(mustRead(t, log))
	found := receiverLine.FindAllStringSubmatch(text, -1)
	if found == nil { // one with threads can hang at its end, with the last lines unwritten
		t.Skipf("SKIPPED: the server's log has no line of the receiver:\n%s", text)
	}
	last := found[len(found)-1]
	seconds, lost, total := number(t, last[1]), number(t, last[2]), number(t, last[3])
	p.loss, p.rate = 100*lost/total, (total-lost)*float64(8*w.Length)/seconds/1e6
	return p
}

// receiverLine is the server's line of the whole run, with its seconds and datagrams.
// 3.1.3 does not say whose it is, and has no rate in it.
var receiverLine = regexp.MustCompile(`(?m)^\[ *\d+\] +0\.00-([23]\.\d+) +sec .*bits/sec +[0-9.]+ ms +(\d+)/(\d+) \(.*\) +(?:receiver)?\s*$`)

// awaitListener waits without a connection, which the server would take for a client.
func awaitListener(t *testing.T, port int) {
	t.Helper()
	listens := regexp.MustCompile(fmt.Sprintf(`:%04X [0-9A-F]+:0000 0A `, port))
	for range 500 {
		for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
			if text, err := os.ReadFile(table); err == nil && listens.Match(text) {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the server does not listen")
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (p pair) figure(name string) (float64, bool) {
	for _, m := range p.outcome.Metrics {
		if m.Name == name {
			return m.Value, true
		}
	}
	return 0, false
}

func (p pair) row() string {
	text := func(x float64, ok bool, form string) string {
		if !ok {
			return "refused"
		}
		return fmt.Sprintf(form, x)
	}
	omit := map[bool]string{true: "1", false: "-"}[p.omitted]
	loss, hasLoss := p.figure("loss")
	rate, hasRate := p.figure("throughput")
	return fmt.Sprintf("| %s | %s | %s | %.1f | %s | %.1f | %s | %.0f |\n", p.client, p.server, omit, p.said, text(loss, hasLoss, "%.1f"), p.loss, text(rate, hasRate, "%.0f"), p.rate)
}

// check holds the figures to the server's log. With omitted seconds the windows of the
// two ends lie up to some 50 ms apart, during which the loss may be another.
func (p pair) check(t *testing.T) {
	points, share := 1.0, 0.05 // 3.1.3 does not send its seconds, which are 2 to 3 % longer here
	if p.omitted {
		points = 3
	}
	if loss, ok := p.figure("loss"); ok && math.Abs(loss-p.loss) > points {
		t.Errorf("loss %.2f %%, the server's log says %.2f %%", loss, p.loss)
	} else if !ok && !p.omitted {
		t.Errorf("no loss: %v", p.outcome.Refused)
	}
	if rate, ok := p.figure("throughput"); ok && math.Abs(rate-p.rate) > share*p.rate {
		t.Errorf("%.1f Mbit/s, the server's log says %.1f", rate, p.rate)
	}
}
