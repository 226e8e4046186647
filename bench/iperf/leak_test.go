package iperf

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"vnettune/results/record"
)

// leaksEnv asks for ten thousand runs; without it there are fewer.
const leaksEnv = "VNETTUNE_LEAKS"

// held is what a process has: a leak of one run in a hundred shows.
type held struct {
	goroutines, files, children int
	heap                        uint64 // bytes
}

func holds(t *testing.T) held {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	children := 0
	for _, l := range lists {
		text, _ := os.ReadFile(l) // of a thread that has ended there is none
		children += len(strings.Fields(string(text)))
	}
	return held{runtime.NumGoroutine(), len(files), children, m.HeapAlloc}
}

// Thousands of runs, good ones, broken ones and such that leave a process behind, leave no process, file, goroutine
// or memory.
func TestManyRunsLeaveNothing(t *testing.T) {
	runs := 150
	if os.Getenv(leaksEnv) == "all" {
		runs = 10_000
	}
	doc, err := filepath.Abs("testdata/corpus/01_3.12_tcp.json")
	if err != nil {
		t.Fatal(err)
	}
	kinds := []Runner{
		patient(fake(t, "cat "+doc+"\n")),
		patient(fake(t, "head -c 3000 "+doc+"; exit 1\n")),
		patient(fake(t, "echo 'iperf3: error - unable to connect to server: Connection refused' >&2; exit 1\n")),
		patient(fake(t, "sleep 300 & cat "+doc+"\n")),
	}
	run := func(n int) {
		for i := range n {
			kind := i % 3
			if i%50 == 49 { // it is killed, which takes a while
				kind = 3
			}
			o := kinds[kind].Run(t.Context(), anywhere, upload)
			if kind == 0 && o.Class != record.OK || (kind == 1 || kind == 2) && len(o.Metrics) > 0 {
				t.Fatalf("run %d: %s: %s, %d metrics", i, o.Class, o.Reason, len(o.Metrics))
			}
		}
	}
	run(50) // what is made once is made
	before := holds(t)
	run(runs)
	after := holds(t)
	const noise = 4 << 20 // bytes: what the collector keeps differs from time to time
	if after.goroutines > before.goroutines+2 || after.files > before.files || after.children > before.children || after.heap > before.heap+noise {
		t.Errorf("after %d runs: %+v, before them %+v", runs, after, before)
	}
}
