package apply_test

import (
	"slices"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
)

// What the guest was found with and is not in effect is foretold, with the arms that have it and nothing that
// keeps its number down; only of a baseline that changes nothing it is certain.
func TestForetell(t *testing.T) {
	rsc := func(v matrix.Value) map[string]matrix.Value { return map[string]matrix.Value{"netkvm.RscIPv4": v} }
	arms := []matrix.ArmSpec{
		{Name: "off", Set: rsc("0")},
		{Name: "asked", Set: rsc("1")},
		{Name: "absent", Set: rsc(matrix.Absent)},
		{Name: "other", Set: map[string]matrix.Value{"tcp.autotuninglevel": "disabled"}},
		{Name: "down", Set: map[string]matrix.Value{"tcp.rsc": "disabled"}},
	}
	for name, c := range map[string]struct {
		faults   []string
		baseline map[string]matrix.Value
		arms     []matrix.ArmSpec
		want     []string // names of arms
		certain  bool
	}{
		"the baseline leaves it alone":         {[]string{"no-guest-tso"}, nil, arms, []string{"baseline", "asked", "other"}, true},
		"the baseline has another value":       {[]string{"no-guest-tso"}, rsc("0"), []matrix.ArmSpec{{Name: "on", Set: rsc("1")}}, []string{"on"}, false},
		"no arm has it":                        {[]string{"no-guest-tso"}, rsc("0"), []matrix.ArmSpec{{Name: "absent", Set: rsc(matrix.Absent)}}, nil, false},
		"the baseline changes something else":  {[]string{"no-guest-tso"}, map[string]matrix.Value{"tcp.rss": "disabled"}, arms[:1], []string{"baseline"}, false},
		"it is in effect":                      {nil, nil, arms, nil, false},
		"the baseline has what keeps it down ": {[]string{"no-guest-tso"}, map[string]matrix.Value{"tcp.rsc": "disabled"}, arms[:1], nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := matrix.NewPlan(matrix.W10, matrix.Design{Kind: matrix.List, Arms: c.arms, Baseline: c.baseline}, 1, 1)
			if err != nil {
				t.Fatal(err)
			}
			g := newStandIn(t, c.faults...).guest()
			o, err := g.Originals(t.Context(), declared(t, g), p.Settings)
			if err != nil {
				t.Fatal(err)
			}
			all, err := g.Foretell(t.Context(), o, p)
			if err != nil || len(all) != min(1, len(c.want)) {
				t.Fatalf("%+v, %v", all, err)
			}
			if refused := apply.NotInEffect(all) != nil; refused != c.certain {
				t.Errorf("refused %v, want %v", refused, c.certain)
			}
			if len(all) == 0 {
				return
			}
			f := all[0]
			if f.ID != "netkvm.RscIPv4" || !slices.Equal(f.Arms, c.want) || f.Baseline != c.certain || f.Reading.InEffect != record.No {
				t.Errorf("%+v; want %q, the baseline %v", f, c.want, c.certain)
			}
			for _, want := range []string{"found with netkvm.RscIPv4: 1, in effect: no (MSFT_NetAdapterRscSettingData.IPv4OperationalState is 0, not 1; IPv4FailureReason is 6, Capability", "not_in_effect: " + strings.Join(c.want, ", ")} {
				if !strings.Contains(f.String(), want) {
					t.Errorf("%q is not in %q", want, f)
				}
			}
		})
	}
}

// Many arms are counted, and not all are named.
func TestManyArmsAreForetold(t *testing.T) {
	f := apply.Foretold{ID: "x.y", Arms: strings.Split("abcdefghi", "")}
	if got := f.String(); !strings.HasSuffix(got, ": a, b, c, d, e, f and 3 more") {
		t.Error(got)
	}
}
