package apply_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"vnettune/apply"
)

// Power plans by their GUIDs.
const (
	plansKey = `HKLM\SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes`
	balanced = "381b4222-f694-41f0-9685-ff5bb260df2e"
	fast     = "8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c"
	ultimate = "e9a42b02-d5df-448d-aa00-03f14749eb61"
)

// A power plan that the guest does not have is known before a boot, where the guest names the one that it has.
func TestPowerPlansAreKnownBeforehand(t *testing.T) {
	for name, c := range map[string]struct {
		named   []string // by the guest
		asked   string
		missing bool
		untold  bool
	}{
		"it is there":                 {[]string{balanced, fast}, fast, false, false},
		"it is not there":             {[]string{balanced, fast}, ultimate, true, false},
		"none is named":               {nil, fast, false, true},
		"the active one is asked for": {nil, balanced, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStandIn(t)
			for _, plan := range c.named {
				if said, err := s.Run(t.Context(), `reg add `+plansKey+`\`+plan+` /v FriendlyName /t REG_EXPAND_SZ /d name /f`, nil); err != nil || said.Exit != 0 {
					t.Fatalf("%v, %+v", err, said)
				}
			}
			g, o := originals(t, s, "power.scheme")
			err := g.PowerPlans(t.Context(), o, planOf(t, "power.scheme="+c.asked))
			var none *apply.NoPlanError
			switch {
			case c.missing && (!errors.As(err, &none) || !slices.Equal(none.Missing, []string{c.asked}) || !slices.Equal(none.Has, c.named) || !strings.Contains(none.Advice(), "/duplicatescheme "+c.asked)):
				t.Errorf("%+v, %v", none, err)
			case c.untold && !errors.Is(err, apply.ErrPlansUntold), !c.missing && !c.untold && err != nil:
				t.Error(err)
			}
		})
	}
	g, o := originals(t, newStandIn(t), "tcp.rss")
	if err := g.PowerPlans(t.Context(), o, planOf(t, "tcp.rss=disabled")); err != nil {
		t.Errorf("a campaign without power plans: %v", err)
	}
}
