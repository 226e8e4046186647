package bench_test

import (
	"errors"
	"strings"
	"testing"

	"vnettune/results/record"
	"vnettune/results/sample"
)

// Whether a setting of a TCP template is in effect is asked of the guest in the discarded run,
// and stored with every boot.
func TestTemplatesAreAskedInTheDiscardedRun(t *testing.T) {
	for name, c := range map[string]struct {
		applied []string
		err     error
		status  string
		effect  record.InEffect
		why     string
	}{
		"its own":   {[]string{"Internet"}, nil, sample.StatusOK, record.Yes, "AppliedSetting of port 5201 is Internet"},
		"another":   {[]string{"Datacenter"}, nil, sample.StatusNotInEffect, record.No, "is Datacenter; it is set on Internet"},
		"no answer": {nil, errors.New("Zugriff verweigert"), sample.StatusOK, record.NotObservable, "is not known: Zugriff verweigert"},
		"none":      {nil, nil, sample.StatusOK, record.NotObservable, "the guest named none for port 5201"},
	} {
		r := newRig()
		r.spec.Target.Port = 5201
		r.spec.Plan.Slots = r.spec.Plan.Slots[:1]
		r.guest.template = "Internet"
		r.guest.onApplied = func() ([]string, []byte, error) { return c.applied, []byte("as it said"), c.err }
		if _, err := r.run(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(r.store.boots) != 1 {
			t.Errorf("%s: %d boots", name, len(r.store.boots))
			continue
		}
		b := r.store.boots[0]
		if len(b.Readings) != 1 || b.Status != c.status || b.Readings[0].InEffect != c.effect || !strings.Contains(b.Readings[0].Reason, c.why) {
			t.Errorf("%s: %s (%s), %v; want %s, %s", name, b.Status, b.Reason, b.Readings, c.status, c.why)
		}
		runs := 5 // the discarded one, and two of each workload
		if c.status == sample.StatusNotInEffect {
			runs = 1
		}
		if len(b.Runs) != runs {
			t.Errorf("%s: %d runs, want %d", name, len(b.Runs), runs)
		}
		kept := false
		for _, raw := range b.Raw {
			kept = kept || raw.Kind == "applied" && string(raw.Text) == "as it said"
		}
		if !kept {
			t.Errorf("%s: the guest's answer is not kept", name)
		}
	}
}
