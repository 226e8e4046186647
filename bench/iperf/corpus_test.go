package iperf

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/bench/iperf/document"
	"vnettune/results/record"
)

// corpusEntry is one row of a corpus index.
type corpusEntry struct {
	File     string `json:"file"`
	Class    string `json:"expected_class"`
	Command  string `json:"command"`
	Exit     int    `json:"exit_code"`
	Stderr   string `json:"stderr_file"`
	Expected *struct {
		Version    string      `json:"version"`
		Error      string      `json:"error"`
		ToGuest    *corpusFlow `json:"client_to_server"`
		FromGuest  *corpusFlow `json:"server_to_client"`
		Congestion string      `json:"sender_tcp_congestion"`
	} `json:"expected"`
}

type corpusFlow struct {
	Received    float64  `json:"received_gbps"`
	Sent        *float64 `json:"sent_gbps"`
	Offered     *float64 `json:"offered_gbps"`
	Loss        *float64 `json:"lost_percent"`
	Jitter      *float64 `json:"jitter_ms"`
	Retransmits *int64   `json:"retransmits"`
	Streams     int      `json:"streams"`
}

// TestCorpus reads real documents of many versions, modes and failures.
func TestCorpus(t *testing.T) { testCorpus(t, "testdata/corpus") }

// TestPublicCorpus reads documents that other people published. They are not
// ours to copy, so they are read from a checkout of the reference folder.
func TestPublicCorpus(t *testing.T) {
	root := os.Getenv("VNETTUNE_REFERENCE")
	if root == "" {
		root = "../../../shared/reference"
	}
	dir := filepath.Join(root, "iperf3", "corpus-public")
	if _, err := os.Stat(filepath.Join(dir, "index.json")); err != nil {
		t.Skipf("SKIPPED: no public corpus at %s; set VNETTUNE_REFERENCE to the reference folder: %v", dir, err)
	}
	testCorpus(t, dir)
}

func testCorpus(t *testing.T, dir string) {
	for _, e := range readIndex(t, dir) {
		t.Run(e.File, func(t *testing.T) {
			ev := evidence{stdout: mustRead(t, filepath.Join(dir, e.File)), exit: e.Exit}
			if e.Stderr != "" {
				ev.stderr = mustRead(t, filepath.Join(dir, e.Stderr))
			}
			if e.Exit < 0 {
				ev.signal = "killed"
			}
			v := classify(ev, askedBy(e.Command, ev.stdout))
			if v.class != e.Class {
				t.Fatalf("class %q (%s), want %q", v.class, v.reason, e.Class)
			}
			if (v.reason == "") != (v.class == record.OK) {
				t.Errorf("class %q has reason %q", v.class, v.reason)
			}
			if e.Expected == nil {
				return
			}
			if v.Error != e.Expected.Error {
				t.Errorf("error %q, want %q", v.Error, e.Expected.Error)
			}
			if want := "iperf " + e.Expected.Version; v.Start.Version != want {
				t.Errorf("version %q, want %q", v.Start.Version, want)
			}
			if v.End.Congestion != e.Expected.Congestion {
				t.Errorf("sender's congestion control %q, want %q", v.End.Congestion, e.Expected.Congestion)
			}
			checkFlow(t, "to guest", flowOf(v, true), e.Expected.ToGuest)
			checkFlow(t, "from guest", flowOf(v, false), e.Expected.FromGuest)
		})
	}
}

// askedBy is what the recorded command asked for; transcribed documents have no
// command and are held to what they say of themselves.
func askedBy(command string, stdout []byte) document.Asked {
	want := document.Asked{Streams: 1, Protocol: "TCP"}
	if command == "" {
		if d, err := document.Read(stdout); err == nil && d.Start.TestStart != nil {
			s := d.Start.TestStart
			var said struct {
				Start struct {
					Test struct {
						Duration float64 `json:"duration"`
					} `json:"test_start"`
				} `json:"start"`
			}
			_ = json.Unmarshal(stdout, &said)
			want = document.Asked{Seconds: said.Start.Test.Duration, Streams: s.Streams, Protocol: s.Protocol, Reverse: s.Reverse != 0, Bidir: d.Bidir()}
		}
		return want
	}
	words := strings.Fields(command)
	for i, word := range words {
		switch word {
		case "-t":
			_ = json.Unmarshal([]byte(words[i+1]), &want.Seconds)
		case "-P":
			_ = json.Unmarshal([]byte(words[i+1]), &want.Streams)
		case "-u":
			want.Protocol = "UDP"
		case "-R":
			want.Reverse = true
		case "--bidir":
			want.Bidir = true
		}
	}
	return want
}

func flowOf(v verdict, toGuest bool) *document.Flow {
	flows := v.flows
	if flows == nil { // a class without usable figures
		flows = v.Flows()
	}
	for _, f := range flows {
		if f.ToGuest == toGuest {
			return &f
		}
	}
	return nil
}

func checkFlow(t *testing.T, name string, got *document.Flow, want *corpusFlow) {
	t.Helper()
	if (got == nil) != (want == nil) {
		t.Fatalf("%s: figures %v, want %v", name, got != nil, want != nil)
	}
	if want == nil {
		return
	}
	near(t, name+" received", got.Rate/1e9, &want.Received)
	near(t, name+" sent", got.Sent/1e9, want.Sent)
	near(t, name+" offered", got.Sent/1e9, want.Offered)
	if want.Loss != nil && (got.Loss == nil || got.Jitter == nil) {
		t.Errorf("%s: figures were refused: %+v", name, got.Refused)
	} else if want.Loss != nil {
		near(t, name+" loss", *got.Loss, want.Loss)
		near(t, name+" jitter", *got.Jitter, want.Jitter)
	}
	if got.Streams != want.Streams {
		t.Errorf("%s: %d streams, want %d", name, got.Streams, want.Streams)
	}
	switch {
	case want.Loss != nil: // UDP has no retransmits
	case (got.Retransmits == nil) != (want.Retransmits == nil):
		t.Errorf("%s: retransmits known %t, want %t", name, got.Retransmits != nil, want.Retransmits != nil)
	case got.Retransmits != nil && *got.Retransmits != *want.Retransmits:
		t.Errorf("%s: %d retransmits, want %d", name, *got.Retransmits, *want.Retransmits)
	}
}

// near allows 0.5 %, or half of the index's last printed digit.
func near(t *testing.T, name string, got float64, want *float64) {
	t.Helper()
	if want != nil && math.Abs(got-*want) > max(0.005**want, 0.5e-6) {
		t.Errorf("%s: %g, want %g", name, got, *want)
	}
}

func readIndex(t testing.TB, dir string) []corpusEntry {
	t.Helper()
	var entries []corpusEntry
	if err := json.Unmarshal(mustRead(t, filepath.Join(dir, "index.json")), &entries); err != nil {
		t.Fatal(err)
	}
	if len(entries) == 0 {
		t.Fatalf("%s: empty index", dir)
	}
	return entries
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
