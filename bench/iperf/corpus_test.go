package iperf

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"vnettune/bench/iperf/document"
	"vnettune/results/record"
)

// corpusEntry is one row of a corpus index.
type corpusEntry struct {
	File     string         `json:"file"`
	Class    string         `json:"expected_class"`
	Command  string         `json:"command"`
	Server   string         `json:"server"` // its version
	Exit     int            `json:"exit_code"`
	Wall     float64        `json:"wall_s"`
	Deadline bool           `json:"killed_by_harness"` // the deadline had passed
	Stderr   string         `json:"stderr_file"`
	Expected map[string]any `json:"expected"` // what each name means: checks and flowChecks
}

// corpora are the folders of documents that were made for this project: those that came
// with its facts, and those that were made of more versions and modes (testdata/versions/README.md).
var corpora = []string{"testdata/corpus", "testdata/versions"}

// TestCorpus reads real documents of many versions, modes and failures: class and every
// value. VNETTUNE_IPERF_CORPUS names a folder of others, with an index.json of the same form.
func TestCorpus(t *testing.T) {
	if dir := os.Getenv("VNETTUNE_IPERF_CORPUS"); dir != "" {
		testCorpus(t, dir)
		return
	}
	testCorpus(t, corpora...)
}

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

// testCorpus fails also where an entry was not run, or has a value that was not checked.
func testCorpus(t *testing.T, dirs ...string) {
	files, values, all := 0, 0, 0
	for _, dir := range dirs {
		for _, e := range readIndex(t, dir) {
			all++
			t.Run(e.File, func(t *testing.T) {
				files++
				values += e.check(t, dir)
			})
		}
	}
	t.Logf("%d files, %d values checked", files, values)
	if files != all {
		t.Errorf("%d of %d entries were not run", all-files, all)
	}
}

// check holds one entry to its index; it says how many values were compared, the class
// among them.
func (e corpusEntry) check(t *testing.T, dir string) int {
	ev := evidence{stdout: mustRead(t, filepath.Join(dir, e.File)), exit: e.Exit, deadline: e.Deadline}
	if e.Stderr != "" {
		ev.stderr = mustRead(t, filepath.Join(dir, e.Stderr))
	}
	if e.Exit < 0 {
		ev.signal = syscall.Signal(-e.Exit).String()
	}
	want := askedBy(t, e.Command, ev.stdout)
	want.Elapsed = e.Wall
	if server, err := ParseVersion("iperf " + e.Server); err == nil {
		want.Server = server
	}
	v := classify(ev, want)
	if v.class != e.Class {
		t.Errorf("class %q (%s), want %q", v.class, v.reason, e.Class)
	}
	if (v.reason == "") != (v.class == record.OK) {
		t.Errorf("class %q has reason %q", v.class, v.reason)
	}
	checked := 1
	for name, wanted := range e.Expected {
		switch name {
		case "client_to_server":
			checked += checkFlow(t, name, v, true, wanted)
		case "server_to_client":
			checked += checkFlow(t, name, v, false, wanted)
		default:
			check, known := checks[name]
			member := members[name]
			switch {
			case known:
				same(t, name, check(v.Document), wanted)
			case member != nil:
				same(t, name, found(member, ev.stdout), wanted)
			default:
				t.Errorf("%s is not checked", name)
				continue
			}
			checked++
		}
	}
	for _, f := range v.flows {
		if name := map[bool]string{true: "client_to_server", false: "server_to_client"}[f.ToGuest]; e.Expected != nil && e.Expected[name] == nil {
			t.Errorf("%s: %+v, want no figures", name, f)
		}
	}
	return checked
}

// checks says by name what a document has; nil for nothing.
var checks = map[string]func(d document.Document) any{
	"version": func(d document.Document) any { return text(strings.TrimPrefix(d.Start.Version, "iperf ")) },
	"error":   func(d document.Document) any { return text(d.Error) },
	"protocol": func(d document.Document) any {
		if d.Start.TestStart == nil {
			return nil
		}
		return text(d.Start.TestStart.Protocol)
	},
	"has_summary": func(d document.Document) any {
		return d.End.Sum != nil || d.End.Sent != nil || d.End.Received != nil
	},
	"intervals": func(d document.Document) any { return float64(len(d.Intervals)) },
	"omitted_intervals": func(d document.Document) any {
		n := 0.0
		for _, i := range d.Intervals {
			if i.Sum != nil && i.Sum.Omitted {
				n++
			}
		}
		return n
	},
	"sender_tcp_congestion":   func(d document.Document) any { return text(d.End.Congestion) },
	"receiver_tcp_congestion": func(d document.Document) any { return text(d.End.FarCongestion) },
	"cpu_host_total":          func(d document.Document) any { return optional(d.End.CPU.Host) },
	"cpu_remote_total":        func(d document.Document) any { return optional(d.End.CPU.Remote) },
}

// members are what nothing but the corpus looks for in a document.
var members = map[string]*regexp.Regexp{
	"title":         regexp.MustCompile(`(?m)^\t"title":\t"(.*)"`),
	"extra_data":    regexp.MustCompile(`(?m)^\t"extra_data":\t"(.*)"`),
	"server_output": regexp.MustCompile(`"server_output_(json|text)"`),
}

func found(member *regexp.Regexp, stdout []byte) any {
	m := member.FindSubmatch(stdout)
	if m == nil {
		return nil
	}
	var said string
	if json.Unmarshal([]byte(`"`+string(m[1])+`"`), &said) != nil {
		return string(m[1])
	}
	return said
}

// flowChecks says by name what a direction has.
var flowChecks = map[string]func(d document.Document, f document.Flow) any{
	"received_gbps": func(_ document.Document, f document.Flow) any { return f.Rate / 1e9 },
	"sent_gbps":     func(_ document.Document, f document.Flow) any { return f.Sent / 1e9 },
	"offered_gbps":  func(_ document.Document, f document.Flow) any { return f.Sent / 1e9 },
	"streams":       func(_ document.Document, f document.Flow) any { return float64(f.Streams) },
	"retransmits": func(_ document.Document, f document.Flow) any {
		if f.Retransmits == nil {
			return nil
		}
		return float64(*f.Retransmits)
	},
	"lost_percent": func(_ document.Document, f document.Flow) any { return optional(f.Loss) },
	"jitter_ms":    func(_ document.Document, f document.Flow) any { return optional(f.Jitter) },
	"lost_packets": func(d document.Document, f document.Flow) any { lost, _ := datagrams(d, f.ToGuest); return lost },
	"packets":      func(d document.Document, f document.Flow) any { _, all := datagrams(d, f.ToGuest); return all },
	"received_streams_gbps": func(d document.Document, f document.Flow) any {
		total := 0.0
		for _, s := range d.End.Streams {
			if s.Receiver == nil || s.Receiver.Rate == nil || s.Sender == nil {
				continue
			}
			if !d.Bidir() || s.Sender.Sender != nil && *s.Sender.Sender == f.ToGuest {
				total += *s.Receiver.Rate / 1e9
			}
		}
		return total
	},
}

// datagrams are those of a direction, and how many of them were lost, as the document says.
func datagrams(d document.Document, toGuest bool) (lost, all any) {
	sum := d.End.Sum // its packets are those that were sent, of which lost_percent is
	switch {
	case d.Bidir() && d.End.ReceivedReverse == nil:
		var l, a float64
		for _, s := range d.End.Streams {
			if s.UDP != nil && s.UDP.Sender != nil && *s.UDP.Sender == toGuest && s.UDP.Lost != nil && s.UDP.Packets != nil {
				l, a = l+*s.UDP.Lost, a+*s.UDP.Packets
			}
		}
		return l, a
	case d.Bidir() && !toGuest:
		sum = d.End.SumReverse
	}
	if sum == nil {
		return nil, nil
	}
	return optional(sum.Lost), optional(sum.Packets)
}

// told are values of an index that are words about the others.
var told = map[string]bool{"received_from": true}

// checkFlow holds a direction to what is wanted of it; it says how many values were compared.
func checkFlow(t *testing.T, name string, v verdict, toGuest bool, wanted any) (checked int) {
	t.Helper()
	values, ok := wanted.(map[string]any)
	got := flowOf(v, toGuest)
	if !ok || got == nil {
		if ok || wanted != nil {
			t.Errorf("%s: figures %v, want %v", name, got, wanted)
		}
		return 0
	}
	for _, r := range got.Refused {
		t.Logf("%s: %s is refused: %s", name, r.Metric, r.Reason)
	}
	for key, value := range values {
		if told[key] {
			continue
		}
		check, known := flowChecks[key]
		if !known {
			t.Errorf("%s: %s is not checked", name, key)
			continue
		}
		checked++
		same(t, name+" "+key, check(v.Document, *got), value)
	}
	return checked
}

// same compares what a document has with what the index says, which are strings, numbers,
// booleans, or nil for nothing. Numbers may be apart by 0.5 %, or by half of the last of
// the six digits that an index has.
func same(t *testing.T, name string, got, want any) {
	t.Helper()
	x, isNumber := got.(float64)
	y, wantsNumber := want.(float64)
	if isNumber && wantsNumber && math.Abs(x-y) <= max(0.005*math.Abs(y), 0.5e-6) || !isNumber && got == want {
		return
	}
	t.Errorf("%s: %v, want %v", name, got, want)
}

// text is what stands for a string: nil where there is none.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func optional(x *float64) any {
	if x == nil {
		return nil
	}
	return *x
}

// askedBy is what the recorded command asked for; transcribed documents have no
// command and are held to what they say of themselves.
func askedBy(t *testing.T, command string, stdout []byte) document.Asked {
	want := document.Asked{Streams: 1, Protocol: "TCP"}
	words := strings.Fields(command)
	if len(words) == 0 {
		if d, err := document.Read(stdout); err == nil && d.Start.TestStart != nil {
			s := d.Start.TestStart
			want = document.Asked{Seconds: s.Duration, Omit: s.Omit, Streams: s.Streams, Protocol: s.Protocol, Reverse: s.Reverse != 0, Bidir: d.Bidir()}
		}
		return want
	}
	number := func(i int) (x float64) {
		if _, err := fmt.Sscan(words[i], &x); err != nil {
			t.Fatalf("%s in %q: %v", words[i], command, err)
		}
		return x
	}
	want.Seconds = 10 // iperf3's own
	for i, word := range words {
		switch word {
		case "-n", "--bytes", "-k", "--blockcount":
			want.Seconds = 0
		}
		switch word {
		case "-t", "--time":
			want.Seconds = number(i + 1)
		case "-O", "--omit":
			want.Omit = number(i + 1)
		case "-P", "--parallel":
			want.Streams = int(number(i + 1))
		case "-u", "--udp":
			want.Protocol = "UDP"
		case "-R", "--reverse":
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
