package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"vnettune/bench/meter"
	"vnettune/report/stat"
)

// fidelity skips unless the machine is asked for: figures of the clock of a machine that others use prove nothing.
func fidelity(t *testing.T) {
	t.Helper()
	if os.Getenv("VNETTUNE_METER") != "all" {
		t.Skip("NOT TESTED: the meter's figures by this machine's clock: VNETTUNE_METER=all measures them, on a machine that does nothing else")
	}
}

// serving is the meter as a process of its own, as other programs are that it stands beside.
func serving(t *testing.T) meter.Target {
	t.Helper()
	path := filepath.Join(t.TempDir(), "meter")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	server := exec.Command(path, "serve")
	in, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = server.Wait() })
	fmt.Fprintf(in, `{"port":0,"peer":"127.0.0.1","token":%q,"idle_seconds":600,"limit_seconds":3600}`+"\n", token)
	var listens struct{ Port int }
	if err := json.NewDecoder(out).Decode(&listens); err != nil {
		t.Fatal(err)
	}
	return meter.Target{Address: "127.0.0.1", Port: listens.Port, Token: token}
}

// held relays to a server and holds back what it answers to requests of the given size, until so long has passed since
// the request came: what is measured through it is a responder that waits. It waits by looking at the clock, which is
// exact where a timer is not.
func held(t *testing.T, to meter.Target, size int, wait time.Duration) meter.Target {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", net.JoinHostPort(to.Address, strconv.Itoa(to.Port)))
			if err != nil {
				in.Close()
				return
			}
			go relayed(in, out, size, wait)
		}
	}()
	relay := to // the server is still dialed
	relay.Port = l.Addr().(*net.TCPAddr).Port
	return relay
}

// relayed takes turns: whatever is a request of that size waits for its response.
func relayed(in, out net.Conn, size int, wait time.Duration) {
	defer in.Close()
	defer out.Close()
	back := make(chan struct{})
	asked := make(chan time.Time, 1)
	go func() {
		defer close(back)
		b := make([]byte, 64<<10)
		for {
			n, err := out.Read(b)
			if err != nil {
				in.Close()
				return
			}
			select {
			case at := <-asked:
				for time.Since(at) < wait {
				}
			default:
			}
			if _, err := in.Write(b[:n]); err != nil {
				return
			}
		}
	}()
	b := make([]byte, 64<<10)
	for {
		n, err := in.Read(b)
		if err != nil {
			break
		}
		if n == size && binary.BigEndian.Uint64(b) < 1<<32 { // a number, and no control message
			asked <- time.Now()
		}
		if _, err := out.Write(b[:n]); err != nil {
			break
		}
	}
	out.Close()
	<-back
}

// TestLatencyOfAResponderThatWaits: one after the other, half of the latencies against one that waits 2 ms are that
// within 3 %.
func TestLatencyOfAResponderThatWaits(t *testing.T) {
	fidelity(t)
	const wait = 2 * time.Millisecond
	target := held(t, serving(t), 64, wait)
	for _, rate := range []float64{0, 200} {
		d := meter.Client{}.Run(t.Context(), target, meter.Params{Kind: meter.KindRR, Seconds: 10, WarmUp: 1, Request: 64, Response: 64, Rate: rate})
		if d.Failed != nil {
			t.Fatal(d.Failed)
		}
		rr := d.Host.RR
		off := float64(rr.P50)/float64(wait) - 1
		t.Logf("%s loop: p50 %s (%+.1f %%), p99 %s, p99.9 %s, the slowest %s, of %d", rr.Loop, time.Duration(rr.P50), 100*off, time.Duration(rr.P99), time.Duration(rr.P999), time.Duration(rr.Max), rr.Count)
		if rate == 0 && math.Abs(off) > 0.03 { // at fixed times all ends sleep between requests, and waking up counts
			t.Errorf("%s loop: p50 is %s, further than 3 %% from %s", rr.Loop, time.Duration(rr.P50), wait)
		}
	}
}

// percentile is how sockperf prints one, in microseconds.
var percentile = regexp.MustCompile(`percentile (50\.000|99\.000|99\.900) =\s*([0-9.]+)`)

// TestLatencyBesideSockperf prints how the meter's latencies are beside those of sockperf, which is written in C, over the
// loopback. Runs are interleaved, and either goes first in turns.
func TestLatencyBesideSockperf(t *testing.T) {
	fidelity(t)
	if _, err := exec.LookPath("sockperf"); err != nil {
		t.Skip("NOT TESTED: the meter beside sockperf: install the package sockperf")
	}
	target := serving(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	server := exec.Command("sockperf", "server", "--tcp", "-i", "127.0.0.1", "-p", port)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })

	sockperf := func() (got [3]float64, err error) {
		text, err := exec.CommandContext(t.Context(), "sockperf", "ping-pong", "--tcp", "-i", "127.0.0.1", "-p", port, "-m", "64", "-t", "3", "--full-rtt").CombinedOutput()
		all := percentile.FindAllStringSubmatch(string(text), -1)
		if err != nil || len(all) != len(got) {
			return got, errors.Join(err, fmt.Errorf("sockperf says %s", text))
		}
		for i, m := range all { // the highest first
			if got[len(got)-1-i], err = strconv.ParseFloat(m[2], 64); err != nil {
				return got, err
			}
		}
		return got, nil
	}
	own := func() (got [3]float64, err error) {
		d := meter.Client{}.Run(t.Context(), target, meter.Params{Kind: meter.KindRR, Seconds: 3, WarmUp: 0.5, Request: 64, Response: 64})
		if d.Failed != nil {
			return got, d.Failed
		}
		rr := d.Host.RR
		return [3]float64{float64(rr.P50) / 1e3, float64(rr.P99) / 1e3, float64(rr.P999) / 1e3}, nil
	}
	for try := 0; ; try++ { // until its server listens
		if _, err := sockperf(); err == nil {
			break
		} else if try == 20 {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	const runs = 20
	var of [2][3][]float64 // by tool and percentile
	for i := range 2 * runs {
		tool := (i + i/2) % 2 // either goes first in turns
		got, err := []func() ([3]float64, error){sockperf, own}[tool]()
		if err != nil {
			t.Fatal(err)
		}
		for k := range got {
			of[tool][k] = append(of[tool][k], got[k])
		}
	}
	for k, name := range []string{"p50", "p99", "p99.9"} {
		var sum, squares float64
		for i := range runs {
			y := math.Log(of[1][k][i] / of[0][k][i])
			sum, squares = sum+y, squares+y*y
		}
		mean := sum / runs
		half := stat.TUpper(0.025, runs-1) * math.Sqrt((squares-runs*mean*mean)/(runs-1)/runs)
		t.Logf("%s: sockperf %.1f us (%.1f to %.1f), the meter %.1f us (%.1f to %.1f): ratio %.3f (95 %% interval %.3f to %.3f), %d interleaved runs of each",
			name, median(of[0][k]), slices.Min(of[0][k]), slices.Max(of[0][k]), median(of[1][k]), slices.Min(of[1][k]), slices.Max(of[1][k]),
			math.Exp(mean), math.Exp(mean-half), math.Exp(mean+half), runs)
	}
}

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
