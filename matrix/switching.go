package matrix

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Words of Design.Switch.
const (
	SwitchByReboot    = "reboot"
	SwitchWithinBoots = "within-boot"
)

// Condition says when a slot is booted that is not booted in any case.
type Condition string

// The conditions.
const (
	Always Condition = ""
	// OnFallBack: only once the bridge has shown that its arm is not the same after a switch as
	// after a reboot, so that the arm is booted as one that needs a reboot is.
	OnFallBack Condition = "fell back"
	// OnConfirm: only the baseline and the arm that is best by switching, to be confirmed.
	OnConfirm Condition = "confirms"
)

// What confirms by real boots which arm is the best by switching: at least, and at most, so many blocks.
const MaxConfirm = 20

// Switching says how a plan switches arms within a boot. The slots of one boot follow each other and
// share its number (Slot.Boot); the guest is booted into the arm of the first.
type Switching struct {
	Blocks int // those whose boots are switched; the others behind them confirm
	// Levels are the arms that differ in nothing that needs a reboot, those with the baseline first. A
	// block has one boot of each. An arm alone on its level is booted as in any other plan.
	Levels [][]int
	// Takes is what a switch has to do for a change of a setting to act, by id.
	Takes map[string]Takes
	// Whole are the settings that need a reboot, with the reason; nil if none does.
	Whole []WholeSetting `json:",omitempty"`
}

// WholeSetting is a setting under test that is not switched within a boot.
type WholeSetting struct{ ID, Reason string }

// switching finds the levels of a plan; nil if no two arms share one, where nothing that matters can be switched.
// restarts allows to restart the adapter.
func (p Plan) switching(blocks int, restarts bool) *Switching {
	s := &Switching{Blocks: blocks}
	s.Takes, s.Whole = p.takes(restarts)
	whole := map[string]bool{}
	for _, x := range s.Whole {
		whole[x.ID] = true
	}
	at := map[string]int{}
	for arm, a := range p.Arms {
		var key strings.Builder
		for _, v := range a.Combination.Assignments() {
			if whole[v.ID] {
				key.WriteString(v.ID + "=" + string(v.Value) + "\n")
			}
		}
		level, known := at[key.String()]
		if !known {
			level = len(s.Levels)
			at[key.String()] = level
			s.Levels = append(s.Levels, nil)
		}
		s.Levels[level] = append(s.Levels[level], arm)
	}
	if !slices.ContainsFunc(s.Levels, p.compares) {
		return nil
	}
	for _, level := range s.Levels {
		p.hubFirst(level)
	}
	return s
}

// takes is what a switch has to do for each setting in which arms differ, and which of them need a reboot.
func (p Plan) takes(restarts bool) (takes map[string]Takes, whole []WholeSetting) {
	takes = map[string]Takes{}
	for _, x := range p.Settings {
		if !p.varies(x.Setting.ID) {
			continue
		}
		switch t := x.Setting.Switch(p.Generation, x.Inert != ""); {
		case t == TakesReboot:
			whole = append(whole, WholeSetting{x.Setting.ID, x.Setting.TakesOn(p.Generation).String()})
		case t == TakesAdapterRestart && !restarts:
			whole = append(whole, WholeSetting{x.Setting.ID, "it takes a restart of the adapter, and the guest has no other way back"})
		default:
			takes[x.Setting.ID] = t
		}
	}
	return takes, whole
}

// Whole are the settings in which arms differ and that need a reboot, with the reason. restarts allows to
// restart the adapter.
func (p Plan) Whole(restarts bool) []WholeSetting {
	_, whole := p.takes(restarts)
	return whole
}

// compares says whether a level has arms of which somebody wants to know something: two, the placebo not
// counted, which is inert and so shares a level with the baseline whatever the others need.
func (p Plan) compares(level []int) bool {
	n := 0
	for _, arm := range level {
		if p.Arms[arm].Role != RolePlacebo {
			n++
		}
	}
	return n > 1
}

// varies says whether two arms have different values of a setting.
func (p Plan) varies(id string) bool {
	first, _ := p.Arms[0].Combination.Value(id)
	return slices.ContainsFunc(p.Arms, func(a Arm) bool {
		v, _ := a.Combination.Value(id)
		return v != first
	})
}

// hubFirst puts that arm of a level first that is nearest to the baseline, the one that a boot has twice.
func (p Plan) hubFirst(level []int) {
	least, hub := -1, 0
	for i, arm := range level {
		if d := p.differences(arm); least < 0 || d < least {
			least, hub = d, i
		}
	}
	level[0], level[hub] = level[hub], level[0]
	slices.Sort(level[1:])
}

// differences is in how many settings an arm differs from the baseline.
func (p Plan) differences(arm int) int {
	n := 0
	for _, a := range p.Arms[arm].Combination.Assignments() {
		if base, _ := p.Arms[0].Combination.Value(a.ID); base != a.Value {
			n++
		}
	}
	return n
}

// Check says what is wrong with the levels of a plan that was read back: they have each of its arms once.
func (s Switching) Check(arms int) error {
	seen := map[int]bool{}
	for _, level := range s.Levels {
		if len(level) == 0 {
			return errors.New("a level of the plan has no arm")
		}
		for _, arm := range level {
			if arm < 0 || arm >= arms || seen[arm] {
				return fmt.Errorf("the plan's levels have arm %d, of %d arms that each have one", arm, arms)
			}
			seen[arm] = true
		}
	}
	if len(seen) != arms || s.Blocks < 1 {
		return fmt.Errorf("the plan's levels have %d of %d arms, in %d blocks", len(seen), arms, s.Blocks)
	}
	return nil
}

// Rotation is how many blocks it takes until every arm that is switched was booted into once.
func (s Switching) Rotation() int {
	longest := 0
	for _, level := range s.Levels {
		longest = max(longest, len(level))
	}
	return longest
}

// Looks is how often the bridge is asked whether switching does what a reboot does: after every rotation from
// the second on, and by the report at the end.
func (s Switching) Looks() int { return max(0, (s.Blocks-1)/s.Rotation()-1) + 1 }

// Last is the last block that is switched.
func (s Switching) Last() int { return s.Blocks }

// Boots is the number of boots of the blocks that are switched, unless an arm falls back.
func (s Switching) Boots() int { return s.Blocks * len(s.Levels) }

// switched makes the order of a plan that switches. In a block every level has one boot, in fresh
// order; the arms of a level are booted into in rotation, in fresh order each time round. In a boot
// every arm of the level follows by a switch, the first of the level twice, in fresh order in which none follows itself.
// Behind the switched blocks come those that confirm.
func (s Switching) switched(arms, confirm int, seed uint64) []Slot {
	source := rand.NewPCG(seed, 1)
	shuffle := func(n int, swap func(i, j int)) {
		for i := n - 1; i > 0; i-- {
			swap(i, int(source.Uint64()%uint64(i+1)))
		}
	}
	var slots []Slot
	boots := 0
	add := func(x Slot) {
		x.Order = len(slots) + 1
		slots = append(slots, x)
	}
	rotation := make([][]int, len(s.Levels))
	for block := 1; block <= s.Blocks; block++ {
		// Boots of the levels, as numbers from 0, and those of arms that fell back, as arms behind them.
		var order []int
		for k, level := range s.Levels {
			order = append(order, k)
			if len(level) == 1 {
				continue
			}
			for _, arm := range level {
				order = append(order, len(s.Levels)+arm)
			}
		}
		shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, k := range order {
			if k >= len(s.Levels) {
				add(Slot{Block: block, Arm: k - len(s.Levels), Only: OnFallBack})
				continue
			}
			level := s.Levels[k]
			if len(level) == 1 {
				add(Slot{Block: block, Arm: level[0]})
				continue
			}
			if len(rotation[k]) == 0 {
				rotation[k] = slices.Clone(level)
				shuffle(len(level), func(i, j int) { rotation[k][i], rotation[k][j] = rotation[k][j], rotation[k][i] })
			}
			booted := rotation[k][0]
			rotation[k] = rotation[k][1:]
			boots++
			for _, arm := range stints(level, booted, shuffle) {
				add(Slot{Block: block, Arm: arm, Boot: boots})
			}
		}
	}
	block := make([]int, arms)
	for i := range block {
		block[i] = i
	}
	for b := range confirm {
		shuffle(arms, func(i, j int) { block[i], block[j] = block[j], block[i] })
		for _, arm := range block {
			add(Slot{Block: s.Blocks + 1 + b, Arm: arm, Only: OnConfirm})
		}
	}
	return slots
}

// stints are the arms of a boot: the booted one, then all of the level, its first one twice, none behind itself.
func stints(level []int, booted int, shuffle func(n int, swap func(i, j int))) []int {
	all := append([]int{booted, level[0]}, level...)
	if len(level) == 2 && booted == level[0] {
		all = all[:3:3] // of two arms the booted one cannot follow twice without following itself
		all[1], all[2] = level[1], level[0]
		return all
	}
	for {
		rest := all[1:]
		shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
		alone := true
		for i := range rest {
			alone = alone && all[i] != rest[i]
		}
		if alone {
			return all
		}
	}
}

// Restarts says whether going from one combination to another takes a restart of the adapter. Where it is not
// known what the guest has, after a failed write, any setting may have changed.
func (s Switching) Restarts(from *Combination, to Combination) bool {
	for id, takes := range s.Takes {
		if takes != TakesAdapterRestart {
			continue
		}
		if from == nil {
			return true
		}
		was, _ := from.Value(id)
		if is, _ := to.Value(id); was != is {
			return true
		}
	}
	return false
}

// Load is what a plan measures when no arm falls back and as few blocks confirm as may: its boots, and
// the stints beyond the first of each.
func (p Plan) Load() (boots, switches int) {
	if p.Switch == nil {
		return p.MaxBoots(), 0
	}
	last := 0
	for _, s := range p.Slots {
		switch {
		case s.Only != Always:
		case s.Boot == 0 || s.Boot != last:
			boots++
			last = s.Boot
		default:
			switches++
		}
	}
	least, _ := p.Confirming()
	return boots + least, switches
}

// Confirming is the number of boots that confirm what is best by switching, from least to most: how many it takes is
// decided by the difference that is found. It is 0 where nothing can be the best.
func (p Plan) Confirming() (least, most int) {
	blocks := p.Blocks() - p.Switch.Blocks
	return 2 * min(MinConfirm, blocks), 2 * blocks
}

// FirstSlot is the order of the first slot of a boot that is switched, by the order of any.
func (p Plan) FirstSlot(order int) int {
	for order > 1 && order <= len(p.Slots) && p.Slots[order-2].Boot == p.Slots[order-1].Boot && p.Slots[order-1].Boot > 0 {
		order--
	}
	return order
}

// Decided is what was decided of a plan that switches while it ran.
type Decided struct {
	// FellBack are the arms that are not switched any more, by name, with the block behind which they are not.
	FellBack map[string]int
	// Pick is the arm that is confirmed, "" for none, in so many blocks behind the switched ones.
	Pick    string
	Confirm int
}

// Due are the slots that are booted or switched to, by what is decided, in the order in which that is done: that of
// the plan, but for boots in which an arm would follow itself once others fell back. Where there is no order without that
// the arm comes once less.
func (p Plan) Due(d Decided) []Slot {
	var due, boot []Slot
	for i, slot := range p.Slots {
		if p.applies(d, slot) {
			boot = append(boot, slot)
		}
		if slot.Boot > 0 && i+1 < len(p.Slots) && p.Slots[i+1].Boot == slot.Boot {
			continue
		}
		if slot.Boot > 0 {
			boot = Apart(boot, -1)
		}
		due, boot = append(due, boot...), nil
	}
	return due
}

// Apart puts slots of a boot into an order in which no arm follows itself, nor the arm that is in force before, -1 for
// none: the given one as far as it can be. Where there is no such order, the last slots of the arm that comes too often are
// left out.
func Apart(slots []Slot, before int) []Slot {
	left := slices.Clone(slots)
	for {
		arm := tooOften(left, before)
		if arm < 0 {
			break
		}
		for i := len(left) - 1; ; i-- {
			if left[i].Arm == arm {
				left = slices.Delete(left, i, i+1)
				break
			}
		}
	}
	var order []Slot
	for len(left) > 0 {
		at := slices.IndexFunc(left, func(s Slot) bool {
			return s.Arm != before && tooOften(slices.DeleteFunc(slices.Clone(left), func(x Slot) bool { return x.Order == s.Order }), s.Arm) < 0
		})
		before = left[at].Arm
		order = append(order, left[at])
		left = slices.Delete(left, at, at+1)
	}
	return order
}

// tooOften is an arm of which so many of the slots are that it has to follow itself, or the arm before; -1 for none.
func tooOften(slots []Slot, before int) int {
	times := map[int]int{}
	for _, s := range slots {
		times[s.Arm]++
	}
	for _, s := range slots {
		most := (len(slots) + 1) / 2
		if s.Arm == before {
			most = len(slots) / 2
		}
		if times[s.Arm] > most {
			return s.Arm
		}
	}
	return -1
}

// applies says whether a slot is booted or switched to, by what is decided.
func (p Plan) applies(d Decided, slot Slot) bool {
	switch slot.Only {
	case OnConfirm:
		return d.Pick != "" && slot.Block <= p.Switch.Blocks+d.Confirm && (slot.Arm == 0 || p.Arms[slot.Arm].Name == d.Pick)
	case OnFallBack:
		return p.fellBack(d, slot)
	}
	return slot.Boot == 0 || !p.fellBack(d, slot)
}

// fellBack says whether the arm of a slot is booted in its block as those that need a reboot are. Where the
// arm fell back that a level's boots have twice, or one arm alone is left to be switched, all of the level are.
func (p Plan) fellBack(d Decided, slot Slot) bool {
	has := func(arm int) bool {
		behind, fell := d.FellBack[p.Arms[arm].Name]
		return fell && slot.Block > behind
	}
	for _, level := range p.Switch.Levels {
		if slices.Contains(level, slot.Arm) && slices.ContainsFunc(level, has) {
			left := slices.DeleteFunc(slices.Clone(level), has)
			return has(slot.Arm) || has(level[0]) || len(left) < 2
		}
	}
	return false
}

// Place is a slot's number among the boots of slots and, of a stint, among the stints of its boot, both from 1, and how
// many there are of each.
func Place(slots []Slot, slot Slot) (boot, boots, stint, stints int) {
	before := -1
	for _, x := range slots {
		if x.Boot == 0 || x.Boot != before {
			boots++
		}
		before = x.Boot
		if x.Order == slot.Order {
			boot = boots
		}
		if slot.Boot > 0 && x.Boot == slot.Boot {
			stints++
			if x.Order == slot.Order {
				stint = stints
			}
		}
	}
	return boot, boots, stint, stints
}
