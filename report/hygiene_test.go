package report

import (
	"strings"
	"testing"

	"vnettune/results"
	"vnettune/results/record"
)

// What is known of the host's steadiness is one line, what is not known is not in it, and what is another at every look
// does not make another setup.
func TestTheHostsSteadinessInWords(t *testing.T) {
	full := &record.Hygiene{Governors: []string{"powersave", "performance"}, IdleStates: []record.IdleState{{Name: "C1", Exit: 2}, {Name: "C6", Exit: 133}}, Turbo: new(false), SMT: new(true),
		NUMANodes: new(2), Clocksource: "tsc", Clock: &record.Clockwork{}, IRQBalance: new(true), GuestCPUs: []string{"2", "3"}, Processors: 16, StealPart: new(3.0), LoadAverage: new(0.5)}
	want := "governors powersave, performance, sleeps as deep as C6 (133 µs to wake up), no frequency beyond the rated one, threads of cores are processors, 2 NUMA nodes, irqbalance runs, " +
		"the guest's processors may run on 2; 3, clock by tsc, which nothing keeps right"
	if got := strings.Join(hygieneWords(full), ", "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for name, h := range map[string]*record.Hygiene{"an earlier version": nil, "nothing can be read": {}, "one node": {NUMANodes: new(1), SMT: new(false)}} {
		if got := hygieneWords(h); len(got) != 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
	session := func(id int64, h *record.Hygiene) results.Session {
		return results.Session{ID: id, Host: record.Host{Name: "host", Hygiene: h}}
	}
	later, other := *full, *full
	later.StealPart, later.LoadAverage, later.TxQueues = new(9.0), nil, []record.TxQueue{{Link: "tap7", Length: 1000}}
	other.IRQBalance = new(false)
	if all := setupsOf([]results.Session{session(1, full), session(2, &later), session(3, &other), session(4, nil)}); len(all) != 3 || len(all[0].Sessions) != 2 {
		t.Errorf("%d setups: %+v", len(all), all)
	}
}
