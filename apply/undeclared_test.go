package apply_test

import (
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/trouble"
)

// Values of the interface's key and of the class key that no driver declares: where they are, that
// default deletes them, and that the guest has what it had after a restore.
func TestUndeclaredValues(t *testing.T) {
	const interfaces = `HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces\`
	s := newStandIn(t)
	g, o := originals(t, s, "tcpip.TcpAckFrequency", "tcpip.TCPNoDelay", "tcpip.MTU", "rss.MaxRssProcessors", "netkvm.LsoV1IPv4")
	for _, p := range o.Settings {
		want := o.Adapter.ClassKey
		if strings.HasPrefix(p.Place.ID, "tcpip.") {
			want = interfaces + o.Adapter.GUID
		}
		if p.Place.Path != want || p.State.Exists {
			t.Errorf("%s is at %s with %s, want %s and nothing", p.Place.ID, p.Place.Path, p.State, want)
		}
	}
	write := func(values map[string]matrix.Value) []record.Reading {
		t.Helper()
		readings := readBack(t, g, o, values, false)
		for _, r := range readings {
			if !r.OK() || r.InEffect != record.NotObservable {
				t.Errorf("%s", r)
			}
		}
		return readings
	}
	values := map[string]matrix.Value{"tcpip.TcpAckFrequency": "1", "tcpip.TCPNoDelay": "1", "tcpip.MTU": "1400", "rss.MaxRssProcessors": "2", "netkvm.LsoV1IPv4": "0"}
	for _, r := range write(values) {
		if r.Configured != string(values[r.ID]) {
			t.Errorf("%s is configured as %s", r.ID, r.Configured)
		}
	}
	for id := range values {
		values[id] = matrix.Default
	}
	for _, r := range write(values) {
		if r.Configured != "absent" {
			t.Errorf("the default of %s is %s", r.ID, r.Configured)
		}
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Error(err)
	}
}

// A guest whose adapter names no GUID gets no value of an interface.
func TestInterfaceWithoutGUID(t *testing.T) {
	s := newStandIn(t)
	g := s.guest()
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Adapters {
		f.Adapters[i].GUID = `{..\..\Run}`
	}
	if _, err := g.Originals(t.Context(), f, planned(t, "tcpip.TCPNoDelay")); err == nil || !strings.Contains(err.Error(), "names no GUID") {
		t.Errorf("%v", err)
	}
}

// The same on XP, by command lines.
func TestInterfaceValuesOfXP(t *testing.T) {
	x := newXP(t)
	g, o, err := originalsXP(t, x, "tcpip.TcpAckFrequency")
	if err != nil {
		t.Fatal(err)
	}
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"tcpip.TcpAckFrequency": "1"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	key := strings.ToLower(tcpipKey + `\Interfaces\` + o.Adapter.GUID)
	if got := x.registry[key]["tcpackfrequency"]; got != (regValue{"TcpAckFrequency", "REG_DWORD", "0x1"}) {
		t.Errorf("the registry has %v", got)
	}
	if readings, _, err := g.ReadBack(t.Context(), targets); err != nil || !readings[0].OK() {
		t.Errorf("%v, %v", readings, err)
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Fatal(err)
	}
	if len(x.registry[key]) != 0 {
		t.Errorf("after the restore: %v", x.registry[key])
	}
}

// A build that nothing is known of is refused, with the words to send in.
func TestUnknownBuild(t *testing.T) {
	_, err := apply.GenerationOf(record.Guest{Build: 20000, ProductType: 3})
	if err == nil || !strings.Contains(err.Error(), "build 20000 is not known") {
		t.Fatal(err)
	}
	if hint := strings.Join(trouble.Hints(err), " "); !strings.Contains(hint, "doctor CAMPAIGN --record FILE") || !strings.Contains(hint, "build 20000, product type 3") {
		t.Errorf("hint %q", hint)
	}
}

// The range of dynamic ports is set by its first port, by default has Windows's own, and comes back.
func TestDynamicPorts(t *testing.T) {
	s := newStandIn(t)
	g, o := originals(t, s, "ip.dynamicport")
	if o.Settings[0].State.Data != "49152" {
		t.Fatalf("found %s", o.Settings[0].State)
	}
	for _, c := range []struct{ set, want matrix.Value }{{"1025", "1025"}, {matrix.Default, "49152"}, {"2000", "2000"}} {
		targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"ip.dynamicport": c.set}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Write(t.Context(), targets); err != nil {
			t.Fatal(err)
		}
		readings, _, err := g.ReadBack(t.Context(), targets)
		if err != nil || !readings[0].OK() || readings[0].Configured != string(c.want) {
			t.Errorf("%s: %v, %v", c.set, readings, err)
		}
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Error(err)
	}
}
