package meter_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"vnettune/bench/meter"
	"vnettune/results/record"
)

var asked = meter.Params{Kind: meter.KindRR, Seconds: 1, Request: 64, Response: 64}

// whole is a document as the meter writes it.
func whole() meter.Document {
	return meter.Document{Params: asked, Client: meter.End{Version: "1"}, Server: meter.End{Version: "1"},
		Host:  meter.Half{RR: &meter.RR{Loop: meter.LoopClosed, Count: 5000, Seconds: 1, P50: 100e3, P99: 200e3, P999: 300e3, Max: 400e3}},
		Guest: meter.Half{Answered: 5000}}
}

// What a peer says is held to what it can be; a failure is never a number.
func TestADocumentOfAPeer(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*meter.Document)
		class  string
	}{
		"whole":                      {func(*meter.Document) {}, record.OK},
		"no latencies":               {func(d *meter.Document) { d.Host.RR = nil }, record.Implausible},
		"percentiles out of order":   {func(d *meter.Document) { d.Host.RR.P99 = 1 }, record.Implausible},
		"no time at all":             {func(d *meter.Document) { d.Host.RR.Seconds = 0 }, record.Implausible},
		"responses that nobody gave": {func(d *meter.Document) { d.Guest.Answered = 1 }, record.Implausible},
		"the other loop":             {func(d *meter.Document) { d.Host.RR.Loop = meter.LoopOpen }, record.Implausible},
		"a failure with figures":     {func(d *meter.Document) { d.Failed = &meter.Failure{Class: record.PeerLost, Reason: "gone"} }, record.PeerLost},
		"a failure called ok":        {func(d *meter.Document) { d.Failed = &meter.Failure{Class: record.OK} }, record.Failed},
		"a failure of no class":      {func(d *meter.Document) { d.Failed = &meter.Failure{Class: "\x1b[2J"} }, record.Failed},
	} {
		d := whole()
		c.change(&d)
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		read, err := meter.Read(text, asked)
		if err != nil {
			t.Fatal(err)
		}
		if o := read.Outcome(time.Second); o.Class != c.class || (len(o.Metrics) > 0) != (c.class == record.OK) {
			t.Errorf("%s: %s (%s), %d metrics; want %s", name, o.Class, o.Reason, len(o.Metrics), c.class)
		}
	}
	other := whole()
	other.Params.Seconds = 9
	text, err := json.Marshal(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := meter.Read(text, asked); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("another measurement: %v", err)
	}
}

// No document of a peer panics, or is a number where it is none.
func FuzzRead(f *testing.F) {
	text, err := json.Marshal(whole())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"params":{"kind":"rr","seconds":1,"warm_up":0,"request":64,"response":64},"host":{"rr":{"count":-1}}}`))
	f.Add([]byte(`{`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := meter.Read(text, asked)
		if err != nil {
			return
		}
		o := d.Outcome(time.Second)
		if record.Usable(o.Class) == (d.Failed != nil) {
			t.Fatalf("%s, failed %v", o.Class, d.Failed)
		}
		for _, m := range o.Metrics {
			if !(m.Value >= 0) {
				t.Fatalf("%s is %g", m.Name, m.Value)
			}
		}
	})
}
