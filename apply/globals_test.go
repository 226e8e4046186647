package apply_test

import (
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
)

// Switches of offloads and the power plan: where they are read, what their default is, and that the guest has what it
// had after a restore.
func TestGlobals(t *testing.T) {
	s := newStandIn(t)
	g, o := originals(t, s, "ip.taskoffload", "offload.NetworkDirect", "offload.PacketCoalescingFilter", "power.scheme")
	if err := apply.Known(o); err != nil {
		t.Error(err)
	}
	const balanced, high = "381b4222-f694-41f0-9685-ff5bb260df2e", "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c"
	for _, p := range o.Settings {
		if want := map[bool]string{true: balanced, false: "enabled"}[p.Place.ID == "power.scheme"]; p.State.Data != want {
			t.Errorf("%s is found as %s, want %s", p.Place.ID, p.State, want)
		}
	}
	write := func(values map[string]matrix.Value, want map[string]string) {
		t.Helper()
		for _, r := range readBack(t, g, o, values, false) {
			if !r.OK() || r.Configured != want[r.ID] || (r.InEffect == record.Yes) != (r.ID != "power.scheme") {
				t.Errorf("%s, in effect %s (%s); want %s", r, r.InEffect, r.Reason, want[r.ID])
			}
		}
	}
	write(map[string]matrix.Value{"ip.taskoffload": "disabled", "offload.NetworkDirect": "disabled", "offload.PacketCoalescingFilter": "disabled", "power.scheme": high},
		map[string]string{"ip.taskoffload": "disabled", "offload.NetworkDirect": "disabled", "offload.PacketCoalescingFilter": "disabled", "power.scheme": high})
	write(map[string]matrix.Value{"ip.taskoffload": matrix.Default, "offload.NetworkDirect": matrix.Default, "offload.PacketCoalescingFilter": "disabled", "power.scheme": matrix.Default},
		map[string]string{"ip.taskoffload": "enabled", "offload.NetworkDirect": "enabled", "offload.PacketCoalescingFilter": "disabled", "power.scheme": balanced})
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Error(err)
	}
	if differs, err := g.Differs(t.Context(), o); err != nil || len(differs) > 0 {
		t.Errorf("after the restore: %v, %v", differs, err)
	}
}

// A guest that takes a switch and does not turn it is not believed, and one without a power plan gets none.
func TestGlobalsFailClosed(t *testing.T) {
	s := newStandIn(t)
	s.config.Faults.Ignore = []string{"packetcoalescingfilter"}
	s.start()
	g, o := originals(t, s, "offload.PacketCoalescingFilter")
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"offload.PacketCoalescingFilter": "disabled"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), targets); err != nil {
		t.Fatal(err)
	}
	if readings, _, err := g.ReadBack(t.Context(), targets); err != nil || readings[0].OK() {
		t.Errorf("a switch that did not turn: %v, %v", readings, err)
	}
	f := declared(t, g)
	plan, err := g.Originals(t.Context(), f, planned(t, "power.scheme"))
	if err != nil {
		t.Fatal(err)
	}
	ultimate, err := apply.Targets(plan, combination(plan, map[string]matrix.Value{"power.scheme": "e9a42b02-d5df-448d-aa00-03f14749eb61"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Write(t.Context(), ultimate); err == nil || !strings.Contains(err.Error(), "write power.scheme: the guest refuses it") {
		t.Errorf("a plan that the guest does not have: %v", err)
	}
	if _, err := s.Run(t.Context(), `reg delete HKLM\SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes /v ActivePowerScheme /f`, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Originals(t.Context(), f, planned(t, "power.scheme")); err == nil || !strings.Contains(err.Error(), "names no active power plan") {
		t.Errorf("a guest without a power plan: %v", err)
	}
	lacks, err := g.Lacking(t.Context(), f, planned(t, "offload.PacketCoalescingFilter", "power.scheme"))
	if err != nil || len(lacks) != 1 || lacks[0].ID != "power.scheme" {
		t.Errorf("%v, %v", lacks, err)
	}
}
