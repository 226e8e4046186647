package matrix

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func switchedPlan(t *testing.T, d Design, blocks int, seed uint64) Plan {
	t.Helper()
	d.Switch, d.Restarts = SwitchWithinBoots, true
	p, err := NewPlan(W10, d, blocks, seed)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// boots are the slots of a plan that are booted in any case, by boot.
func bootsOf(p Plan) [][]Slot {
	var all [][]Slot
	last := 0
	for _, s := range p.Slots {
		switch {
		case s.Only != Always:
		case s.Boot == 0 || s.Boot != last:
			all = append(all, []Slot{s})
			last = s.Boot
		default:
			all[len(all)-1] = append(all[len(all)-1], s)
		}
	}
	return all
}

// Whatever the levels: a block has one boot of each; a boot has every arm of its level behind the booted one, the
// first of the level twice, none behind itself; each arm is booted into once in a rotation.
func TestOrderOfStints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var levels [][]int
		arm := 0
		for range rapid.IntRange(1, 3).Draw(t, "levels") {
			var level []int
			for range rapid.IntRange(1, 5).Draw(t, "arms") {
				level = append(level, arm)
				arm++
			}
			levels = append(levels, level)
		}
		sw := Switching{Blocks: rapid.IntRange(1, 12).Draw(t, "blocks"), Levels: levels}
		p := Plan{Arms: make([]Arm, arm), Switch: &sw, Slots: sw.switched(arm, 3, rapid.Uint64().Draw(t, "seed"))}
		booted := map[int]map[int]int{}
		perBlock := map[int]int{}
		for _, b := range bootsOf(p) {
			level := slices.IndexFunc(levels, func(l []int) bool { return slices.Contains(l, b[0].Arm) })
			perBlock[b[0].Block]++
			if len(levels[level]) == 1 {
				if len(b) != 1 || b[0].Boot != 0 {
					t.Fatalf("an arm alone on its level: %v", b)
				}
				continue
			}
			if booted[level] == nil {
				booted[level] = map[int]int{}
			}
			booted[level][b[0].Arm]++
			times := map[int]int{}
			for i, s := range b {
				if s.Block != b[0].Block || s.Boot != b[0].Boot || !slices.Contains(levels[level], s.Arm) {
					t.Fatalf("slot %v in the boot of %v", s, b[0])
				}
				if i > 0 {
					times[s.Arm]++
					if s.Arm == b[i-1].Arm {
						t.Fatalf("an arm follows itself: %v", b)
					}
				}
			}
			for i, a := range levels[level] {
				want := 1
				if i == 0 && !(len(levels[level]) == 2 && b[0].Arm == a) {
					want = 2
				}
				if times[a] != want {
					t.Fatalf("arm %d is switched to %d times in %v, want %d", a, times[a], b, want)
				}
			}
		}
		for block := 1; block <= sw.Blocks; block++ {
			if perBlock[block] != len(levels) {
				t.Fatalf("block %d has %d boots, want %d", block, perBlock[block], len(levels))
			}
		}
		for k, level := range levels {
			for _, a := range level {
				if n := booted[k][a]; len(level) > 1 && (n < sw.Blocks/len(level) || n > (sw.Blocks+len(level)-1)/len(level)) {
					t.Fatalf("arm %d was booted into %d times in %d blocks of a level of %d", a, n, sw.Blocks, len(level))
				}
			}
		}
		for i, s := range p.Slots {
			if s.Order != i+1 {
				t.Fatalf("slot %d has order %d", i, s.Order)
			}
		}
		boots, switches := p.Load()
		if want := sw.Boots() + 2*3; boots != want {
			t.Fatalf("%d boots, want %d", boots, want)
		}
		if n := len(bootsOf(p)); switches+n != stintsOf(p) {
			t.Fatalf("%d switches and %d boots make %d stints", switches, n, stintsOf(p))
		}
	})
}

// Whichever arms fall back, and wherever a boot is gone on with: no arm follows itself, and all others keep their stints.
func TestNoArmFollowsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 6).Draw(t, "arms")
		sw := Switching{Blocks: 9, Levels: [][]int{nil}}
		p := Plan{Switch: &sw}
		for i := range n {
			sw.Levels[0] = append(sw.Levels[0], i)
			p.Arms = append(p.Arms, Arm{Name: string(rune('a' + i))})
		}
		p.Slots = sw.switched(n, 3, rapid.Uint64().Draw(t, "seed"))
		d := Decided{FellBack: map[string]int{}}
		for i := 1; i < n; i++ {
			if rapid.Bool().Draw(t, "fell back") {
				d.FellBack[p.Arms[i].Name] = 3
			}
		}
		times := map[[2]int]int{} // of an arm in a boot
		due := p.Due(d)
		for i, s := range due {
			if i > 0 && s.Boot > 0 && due[i-1].Boot == s.Boot && due[i-1].Arm == s.Arm {
				t.Fatalf("an arm follows itself: %v", due)
			}
			times[[2]int{s.Boot, s.Arm}]++
		}
		for _, s := range p.Slots {
			switch left := times[[2]int{s.Boot, s.Arm}]; {
			case s.Boot == 0:
			case p.applies(d, s) != (left > 0):
				t.Fatalf("boot %d has arm %d %d times", s.Boot, s.Arm, left)
			}
		}
		rest := slices.DeleteFunc(slices.Clone(p.Slots[:n+2]), func(Slot) bool { return rapid.Bool().Draw(t, "over") })
		before := rapid.IntRange(-1, n-1).Draw(t, "before")
		was, seen := before, map[int]bool{}
		for _, s := range Apart(rest, before) {
			if s.Arm == before {
				t.Fatalf("%v behind arm %d: an arm follows itself", rest, was)
			}
			before, seen[s.Arm] = s.Arm, true
		}
		for _, s := range rest {
			if !seen[s.Arm] && s.Arm != was {
				t.Fatalf("%v behind arm %d: arm %d is left out", rest, was, s.Arm)
			}
		}
	})
}

func stintsOf(p Plan) int {
	n := 0
	for _, b := range bootsOf(p) {
		n += len(b)
	}
	return n
}

// What needs a reboot makes levels; a line that is expected inert does not, nor what all arms share.
func TestLevels(t *testing.T) {
	for name, x := range map[string]struct {
		design   Design
		restarts bool
		levels   [][]string
		whole    []string
	}{
		"switched all": {Design{Kind: List, Arms: []ArmSpec{{Name: "off", Set: map[string]Value{"tcp.autotuninglevel": "disabled"}}}}, true,
			[][]string{{"baseline", "off"}}, nil},
		"one needs a reboot": {Design{Kind: List, Arms: []ArmSpec{
			{Name: "off", Set: map[string]Value{"tcp.autotuninglevel": "disabled"}},
			{Name: "afd", Set: map[string]Value{"afd.DefaultReceiveWindow": "65536"}},
			{Name: "both", Set: map[string]Value{"tcp.autotuninglevel": "disabled", "afd.DefaultReceiveWindow": "65536"}}}}, true,
			[][]string{{"baseline", "off"}, {"afd", "both"}}, []string{"afd.DefaultReceiveWindow"}},
		"only such, and the placebo": {Design{Kind: List, Placebo: true, Arms: []ArmSpec{{Name: "afd", Set: map[string]Value{"afd.DefaultReceiveWindow": "65536"}}}}, true, nil, nil},
		"only such":                  {Design{Kind: List, Arms: []ArmSpec{{Name: "afd", Set: map[string]Value{"afd.DefaultReceiveWindow": "65536"}}}}, true, nil, nil},
		"shared by all": {Design{Kind: List, Baseline: map[string]Value{"afd.DefaultReceiveWindow": "65536"},
			Arms: []ArmSpec{{Name: "off", Set: map[string]Value{"tcp.autotuninglevel": "disabled"}}}}, true, [][]string{{"baseline", "off"}}, nil},
		"no other way back": {Design{Kind: List, Arms: []ArmSpec{
			{Name: "off", Set: map[string]Value{"tcp.autotuninglevel": "disabled"}},
			{Name: "capacity", Set: map[string]Value{"netkvm.TxCapacity": "256"}}}}, false,
			[][]string{{"baseline", "off"}, {"capacity"}}, []string{"netkvm.TxCapacity"}},
		"the seed page": {Design{Kind: ByProfile, Profile: "seed-vista"}, true, nil, nil},
	} {
		x.design.Switch, x.design.Restarts = SwitchWithinBoots, x.restarts
		p, err := NewPlan(W10, x.design, 4, 1)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if x.levels == nil && name != "the seed page" {
			if p.Switch != nil {
				t.Errorf("%s: switches: %+v", name, p.Switch)
			}
			continue
		}
		if p.Switch == nil {
			t.Errorf("%s: does not switch", name)
			continue
		}
		var levels [][]string
		for _, l := range p.Switch.Levels {
			var names []string
			for _, a := range l {
				names = append(names, p.Arms[a].Name)
			}
			levels = append(levels, names)
		}
		var whole []string
		for _, w := range p.Switch.Whole {
			whole = append(whole, w.ID)
		}
		if name == "the seed page" {
			if len(levels) != 1 || len(whole) != 0 {
				t.Errorf("%s: %v, whole %v", name, levels, whole)
			}
			continue
		}
		if !slices.EqualFunc(levels, x.levels, slices.Equal) || !slices.Equal(whole, x.whole) {
			t.Errorf("%s: levels %v and whole %v, want %v and %v", name, levels, whole, x.levels, x.whole)
		}
	}
}

// An A/A run switches between names of the same combination, and confirms nothing.
func TestSwitchedAA(t *testing.T) {
	p := switchedPlan(t, Design{Kind: AA, Labels: 4}, 3, 7)
	if len(p.Switch.Levels) != 1 || len(p.Switch.Levels[0]) != 4 {
		t.Fatalf("%+v", p.Switch)
	}
	for _, s := range p.Slots {
		if s.Only == OnConfirm {
			t.Fatal("an A/A run has no best to confirm")
		}
	}
}

// The seed decides the order, and nothing else does.
func TestSwitchedOrderFollowsTheSeed(t *testing.T) {
	d := Design{Kind: List, Arms: []ArmSpec{{Name: "off", Set: map[string]Value{"tcp.autotuninglevel": "disabled"}}, {Name: "ts", Set: map[string]Value{"tcp.timestamps": "enabled"}}}}
	a, b, c := switchedPlan(t, d, 5, 1), switchedPlan(t, d, 5, 1), switchedPlan(t, d, 5, 2)
	if !slices.Equal(a.Slots, b.Slots) || slices.Equal(a.Slots, c.Slots) {
		t.Error("the order does not follow from the seed alone")
	}
}

func TestRestarts(t *testing.T) {
	sw := Switching{Takes: map[string]Takes{"ip.mtu": TakesAdapterRestart, "tcp.rss": TakesNewConnections}}
	at := func(mtu, rss Value) Combination {
		return NewCombination(map[string]Value{"ip.mtu": mtu, "tcp.rss": rss})
	}
	a, b := at("1500", "enabled"), at("1500", "disabled")
	for _, x := range []struct {
		from *Combination
		to   Combination
		want bool
	}{{&a, b, false}, {&a, at("1400", "enabled"), true}, {nil, b, true}} {
		if got := sw.Restarts(x.from, x.to); got != x.want {
			t.Errorf("%v to %v: %v", x.from, x.to, got)
		}
	}
}
