package iperf

import (
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"vnettune/foreign"
	"vnettune/results/record"
)

// Whatever a client prints, a run ends with a failure that is said in a line, at a bounded cost.
func TestHostileOutputs(t *testing.T) {
	const n = 400_000
	whole := string(mustRead(t, "testdata/corpus/01_3.12_tcp.json"))
	within := func(begin, text, end string) string { return begin + strings.Repeat(text, n/len(text)*8) + end }
	for name, out := range map[string]string{
		"words that paint":            `{"error":"unable to connect\u001b[31m\u202e\u009b\n` + "\x1b]0;owned\x07" + strings.Repeat("x", 1<<20) + `"}`,
		"words on no document":        "iperf3: error - \x1b[2J\u202e" + strings.Repeat("x", 3<<20) + "\n",
		"words behind a document":     whole + "\niperf3: error - \x1b[2J" + strings.Repeat("x", 1<<20),
		"a version that paints":       strings.Replace(strings.Replace(whole, `"iperf 3.12"`, `"iperf \u001b[31m3.12"`, 1), `"bytes"`, `"octets"`, -1),
		"intervals":                   within(`{"intervals":[`, "{},", `{}]}`),
		"intervals that are nothing":  within(`{"intervals":[`, "null,", `null]}`),
		"sums":                        within(`{"intervals":[`, `{"sum":{}},`, `{}]}`),
		"streams":                     within(`{"end":{"streams":[`, "{},", `{}]}}`),
		"full streams":                within(`{"end":{"streams":[`, `{"sender":{},"receiver":{},"udp":{}},`, `{}]}}`),
		"the same member":             within(`{"end":{`, `"sum":{"bytes":1},`, `"sum":{}}}`),
		"lists in each other":         within(`{"intervals":`, "[", ""),
		"groups in each other":        within("", `{"a":`, ""),
		"groups that close":           strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000),
		"a long number":               within(`{"end":{"sum":{"bytes":`, "9", "}}}"),
		"numbers that are none":       within(`{"a":[`, "nan,", "-inf]}"),
		"exponents without a sign":    within(`{"a":[`, "1e 9,", "1]}"),
		"quotes":                      within("{", `"`, "}"),
		"backslashes":                 within(`{"error":"`, `\\`, `"}`),
		"events":                      within("", `{"event":"interval","data":{}}`+"\n", ""),
		"events of nothing":           within("", `{"event":"x"}`+"\n", ""),
		"documents":                   within("", "{}\n", ""),
		"braces":                      within("", "{", ""),
		"lines":                       within("", "\n", ""),
		"lines that begin a document": within("", " {\n", ""),
		"longer than is kept":         strings.Repeat(whole, 5<<20/len(whole)),
		"NUL":                         within("{", "\x00", "}"),
		"UTF-16":                      "\xff\xfe{\x00}\x00",
		"no UTF-8":                    within(`{"error":"`, "\xff", `"}`),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out")
			if err := os.WriteFile(path, []byte(out), 0o600); err != nil {
				t.Fatal(err)
			}
			r := patient(fake(t, "cat "+path+"; cat "+path+" >&2\n"))
			var o Outcome
			grown := grown(func() { o = r.Run(t.Context(), anywhere, upload) })
			if record.Usable(o.Class) || len(o.Metrics) > 0 {
				t.Errorf("class %s with %d metrics", o.Class, len(o.Metrics))
			}
			for _, said := range []string{o.Reason, o.ClientVersion, o.SenderCongestion} {
				if foreign.Words(said) != said || len(said) > foreign.MaxLine {
					t.Errorf("words of %d bytes: %.200q", len(said), said)
				}
			}
			if o.Reason == "" {
				t.Error("no reason is said")
			}
			if grown > 150 {
				t.Errorf("the heap grew by %d MiB: %s", grown, o.Reason)
			}
		})
	}
}

// grown is how many MiB the heap grows by at its largest during a call. What is allocated in all
// says less: the race detector makes every pool forget, so that each match of an expression is
// charged anew.
func grown(call func()) int64 {
	var before, after runtime.MemStats
	debug.FreeOSMemory() // what an earlier call was given would hide what this one takes
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	held := func(m runtime.MemStats) int64 { return int64(m.HeapSys) - int64(m.HeapReleased) }
	return (held(after) - held(before)) >> 20
}

// A program in iperf3's place that prints without end is as little trouble when it is asked for
// its version.
func TestAVersionWithoutEnd(t *testing.T) {
	r := fake(t, "exec yes 'iperf \x1b[31m3.12 (cJSON 1.7.15)'\n")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Probe(t.Context(), r.Path)
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Error("it is taken")
	}
	if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 8 {
		t.Errorf("%d MiB were allocated", spent)
	}
}
