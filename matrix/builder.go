package matrix

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// NewPlan turns a design into the plan of a campaign on a guest of generation
// gen: the same arguments always make the same plan. Its error joins one
// *DesignError for everything found wrong; DesignErrors takes it apart.
func NewPlan(gen Generation, d Design, blocks int, seed uint64) (Plan, error) {
	b := builder{gen: gen, seed: seed, planned: map[string]Planned{}, baseline: map[string]Value{}, choices: map[string]Value{}, chosen: map[string]bool{}, own: map[string]Profile{}}
	if !slices.Contains(Generations, gen) {
		b.fail("legal: "+words(Generations), fmt.Sprintf("%q is no generation of Windows", gen), "guest", "generation")
	}
	if slices.Contains(Generations, gen) && !slices.Contains(Driven(), gen) {
		b.fail("legal: "+words(Driven()), fmt.Sprintf("a guest of generation %s cannot be driven yet", gen), "guest", "generation")
	}
	if blocks < 1 {
		b.fail("give 5 or more", fmt.Sprintf("%d blocks make no campaign", blocks), "blocks")
	}
	if Searches(d.Kind) && blocks < FirstBlocks {
		b.fail(fmt.Sprintf("they are the budget of the search; give %d or more, 20 for a start", FirstBlocks), fmt.Sprintf("%d blocks decide nothing", blocks), "blocks")
	}
	if len(b.errs) == 0 {
		b.design(d)
	}
	if len(b.errs) > 0 {
		return Plan{}, errors.Join(b.errs...)
	}
	p := b.plan()
	if Searches(d.Kind) {
		p.Search = &Search{Blocks: blocks, Confirm: max(d.Confirm, MinConfirm)}
		if d.Kind == FactorialScreen {
			p.Search.Screen = ScreenBlocks
		}
		return p.scheduled(1, p.Search.Last()+p.Search.Confirm, seed)
	}
	if d.Switch == SwitchWithinBoots {
		if p.Switch = p.switching(blocks, d.Restarts); p.Switch != nil {
			return p.switched(seed)
		}
	}
	p.Looks, p.Covariate = looks(d.Looks, blocks), d.Covariate
	times := baselineTimes(len(p.Arms))
	if d.Control > 0 {
		if len(p.Arms) == MaxArms {
			return Plan{}, &DesignError{Path: []string{"positive_control"}, Msg: fmt.Sprintf("%d arms beside it, of at most %d with it", MaxArms, MaxArms), Hint: "leave it out, or compare fewer"}
		}
		p.Control = d.Control
		p.Arms = append(p.Arms, Arm{Name: ControlName, Combination: p.Arms[0].Combination, Role: RoleControl})
	}
	return p.scheduled(times, blocks, seed)
}

// looks are the blocks after which arms settle: n, or as many as there are blocks, evenly spread.
func looks(n, blocks int) []int {
	var all []int
	n = min(n, blocks)
	for k := range n {
		all = append(all, ((k+1)*blocks+n-1)/n)
	}
	return all
}

// AfterSettling says whether a slot is of an arm that was settled at a look before its block, or of the baseline
// or the positive control when all others were: nothing is left that the campaign is for. settled has the number of
// each settled arm's look, from 1.
func (p Plan) AfterSettling(settled map[string]int, slot Slot) bool {
	compared := len(p.Compared())
	if slot.Arm > 0 && slot.Arm < compared {
		return p.settledBefore(settled, slot.Arm, slot.Block)
	}
	for arm := 1; arm < compared; arm++ {
		if !p.settledBefore(settled, arm, slot.Block) {
			return false
		}
	}
	return compared > 1
}

// settledBefore says whether an arm was settled at a look before a block.
func (p Plan) settledBefore(settled map[string]int, arm, block int) bool {
	look := settled[p.Arms[arm].Name]
	return look >= 1 && look <= len(p.Looks) && block > p.Looks[look-1]
}

// switched gives a plan that switches its order, unless its slots are too many.
func (p Plan) switched(seed uint64) (Plan, error) {
	confirm := MaxConfirm
	if p.AA() || p.Switch.Blocks < FirstBlocks {
		confirm = 0 // there is no best, or fewer boots than name one
	}
	p.Slots = p.Switch.switched(len(p.Arms), confirm, seed)
	if len(p.Slots) > MaxSlots {
		return Plan{}, &DesignError{Path: []string{"blocks"}, Msg: fmt.Sprintf("%d boots and stints, of at most %d", len(p.Slots), MaxSlots), Hint: "ask for fewer blocks, or compare fewer"}
	}
	return p, nil
}

// scheduled gives the plan its order of boots, unless they are too many.
func (p Plan) scheduled(baseline, blocks int, seed uint64) (Plan, error) {
	if slots := (len(p.Arms) - 1 + baseline) * blocks; slots > MaxSlots {
		return Plan{}, &DesignError{Path: []string{"blocks"}, Msg: fmt.Sprintf("%d boots, of at most %d", slots, MaxSlots), Hint: "ask for fewer blocks, or compare fewer"}
	}
	p.Slots = schedule(len(p.Arms), baseline, blocks, seed)
	return p, nil
}

// draft is an arm with only the values that the design gives, before every setting under test is
// known.
type draft struct {
	path    []string // where the design names it
	name    string   // "" takes the differences from the baseline
	profile string
	role    Role
	values  map[string]Value
	alias   bool // the baseline under another name, on purpose
}

// builder collects what a design asks for.
type builder struct {
	gen      Generation
	seed     uint64
	planned  map[string]Planned // the settings under test
	baseline map[string]Value
	choices  map[string]Value        // for lines of profiles without a plain value
	chosen   map[string]bool         // the settings of such lines
	own      map[string]Profile      // profiles of the campaign
	only     map[string][]Generation // for which Windows they are, where not for all
	settings *SettingSet             // the catalogue's, and those that the campaign defines
	drafts   []draft
	forbid   []map[string]Value
	arms     []Arm
	dropped  []Dropped
	excluded []Exclusion
	rows     *Rows
	variants []Variant
	variant  *Setting // that the choice of a variant is like; nil where there is none
	merge    bool     // arms that differ only in settings that are expected inert
	errs     []error
}

func (b *builder) fail(hint, msg string, path ...string) {
	b.errs = append(b.errs, &DesignError{Path: path, Msg: msg, Hint: hint})
}

func (b *builder) design(d Design) {
	b.define(d.Define)
	b.variantsOf(d)
	maps.Copy(b.baseline, b.values(d.Baseline, "baseline"))
	b.ways()
	d.Levels = crossed(d)
	for _, id := range slices.Sorted(maps.Keys(d.Choices)) {
		v := d.Choices[id]
		if s, ok := b.settings.Lookup(id); ok {
			if _, err := s.Check(On(b.gen), v); err != nil {
				b.fail("", err.Error(), "choices", id)
				continue
			}
		}
		b.choices[id] = v
	}
	b.only = d.For
	b.ownProfiles(d.Profiles)
	b.irrelevant(d)
	var factors []factor // of a design of rows, which are made when it is known what is forbidden
	switch d.Kind {
	case List:
		if len(d.Arms) > 0 || len(d.Variants) == 0 {
			b.list(d.Arms)
		}
	case ByProfile:
		b.byProfile(d)
	case Factorial, OneAtATime:
		b.levels(d)
	case Adaptive:
		b.adaptive(d)
	case FactorialScreen:
		b.screen(d)
	case AA:
		b.labels(d.Labels)
	case Pairwise, Covering, Fractional, PlackettBurman, Sample:
		factors = b.factors(d)
	default:
		b.fail(Meant(Nearest(d.Kind, DesignKinds))+"legal: "+strings.Join(DesignKinds, ", "), fmt.Sprintf("%q is no kind of design", d.Kind), "design")
	}
	b.alone(d)
	b.unused()
	if d.Placebo && d.Kind != AA {
		b.placebo()
	}
	for i, f := range d.Forbid {
		b.forbidden(f, strconv.Itoa(i))
	}
	if OfRows(d.Kind) && len(b.errs) == 0 {
		b.ofRows(d, factors)
	}
	if len(b.errs) == 0 {
		b.settle()
	}
	b.checkCovariate(d)
	if n := len(b.arms) - 1; d.Kind == FactorialScreen && len(b.errs) == 0 && n <= ScreenKeep {
		b.fail("write design: adaptive", fmt.Sprintf("a screen keeps %d combinations, and there are %d", ScreenKeep, n), "settings")
	}
}

// irrelevant refuses parts of a design that its kind would ignore.
func (b *builder) irrelevant(d Design) {
	if d.Profile != "" && d.Kind != ByProfile {
		b.fail("in a list, write use: "+d.Profile+" in an arm", "only the design profile has a profile of its own", "profile")
	}
	if d.Confirm != 0 && !Searches(d.Kind) {
		b.fail("leave it out, or write design: adaptive", "only the designs adaptive and factorial-screen confirm a pick", "search", "confirm")
	}
	if len(d.Arms) > 0 && d.Kind != List && d.Kind != Adaptive {
		b.fail("write design: list, or leave the arms out", "only the designs list and adaptive have arms", "arms")
	}
	if len(d.Levels) > 0 && (d.Kind == List || d.Kind == AA) {
		b.fail("write them as arms of design: list, or choose design: factorial or one-at-a-time", "the design "+d.Kind+" has no levels of settings", "settings")
	}
	if len(d.Levels) > 0 && d.Kind == ByProfile {
		b.fail("write the values that you choose under choices: {ID: VALUE}", "the design profile has no levels of settings", "settings")
	}
	if d.Switch == SwitchWithinBoots && Searches(d.Kind) {
		b.fail("leave it out, or choose another design: within boots every arm costs a minute, so that nothing needs to be dropped", "a search boots each arm; it does not switch within boots", "switch")
	}
	if d.Labels != 0 && d.Kind != AA {
		b.fail("leave it out, or write design: aa", "only the design aa has labels", "labels")
	}
	for _, only := range []struct {
		key, kind string
		given     int
	}{{"strength", Covering, d.Strength}, {"resolution", Fractional, d.Resolution}, {"rows", Sample, d.Rows}} {
		if only.given != 0 && d.Kind != only.kind {
			b.fail("leave it out, or write design: "+only.kind, fmt.Sprintf("only the design %s has %s", only.kind, only.key), only.key)
		}
	}
	if b.merge = d.MergeInert; b.merge && (d.Kind == Fractional || d.Kind == PlackettBurman) {
		b.fail("leave out the settings that are expected inert", "the effects of the design "+d.Kind+" rest on every row, so that none can be merged", "merge_inert")
	}
	if len(d.Linked) > 0 && len(d.Levels) == 0 {
		b.fail("leave it out, or list the settings with their values", "only designs over settings link them", "linked")
	}
	b.checkControl(d)
	if d.Placebo && d.Kind == FactorialScreen {
		b.fail("leave it out", "a screen keeps what looks best: no placebo goes through it", "placebo")
	}
	if d.Placebo && d.Kind == AA {
		b.fail("leave it out", "in an A/A run every arm is a placebo", "placebo")
	}
}

// setting finds a setting that this generation takes and puts it under test.
func (b *builder) setting(id string, path ...string) (Setting, bool) {
	if id == VariantID && b.variant != nil {
		return *b.variant, true
	}
	s, ok := b.settings.Lookup(id)
	if !ok {
		b.unknown(id, path...)
		return Setting{}, false
	}
	if err := s.CanSet(On(b.gen)); err != nil {
		b.fail("leave it out", err.Error(), path...)
		return Setting{}, false
	}
	b.planned[id] = Planned{Setting: s, Form: s.Forms[b.gen], Inert: s.inert(b.gen)}
	return s, true
}

// check canonicalises a value. A variant is one of those that the campaign names, as it is written: the words that stand
// for values of settings stand for none of them.
func (b *builder) check(s Setting, v Value) (Value, error) {
	if s.ID != VariantID {
		return s.Check(On(b.gen), v)
	}
	if slices.Contains(s.Legal.Enum, string(v)) {
		return v, nil
	}
	return "", fmt.Errorf("there is no variant %q; %slegal: %s", v, Meant(Nearest(string(v), s.Legal.Enum)), strings.Join(s.Legal.Enum, ", "))
}

// unknown refuses an id that no setting has.
func (b *builder) unknown(id string, path ...string) {
	b.fail(Meant(b.settings.Nearest(id))+"`vnettune settings` lists them, and `define` takes one of your own", fmt.Sprintf("there is no setting %q", id), path...)
}

// values checks and canonicalises assignments and puts their settings under test.
func (b *builder) values(set map[string]Value, path ...string) map[string]Value {
	out := map[string]Value{}
	for _, id := range slices.Sorted(maps.Keys(set)) {
		at := slices.Concat(path, []string{id})
		s, ok := b.setting(id, at...)
		if !ok {
			continue
		}
		v, err := b.check(s, set[id])
		if err != nil {
			b.fail("", err.Error(), at...)
			continue
		}
		out[id] = v
	}
	return out
}

// forbidden notes values that must not meet.
func (b *builder) forbidden(set map[string]Value, at string) {
	if len(set) == 0 {
		b.fail("name the values that must not meet", "forbids nothing", "forbid", at)
		return
	}
	for id := range set {
		if _, ok := b.planned[id]; !ok && len(b.errs) == 0 {
			b.fail("leave it out", fmt.Sprintf("setting %q is not under test", id), "forbid", at, id)
			return
		}
	}
	b.forbid = append(b.forbid, b.values(set, "forbid", at))
}

// checkName keeps the names of the arms that a design makes itself.
func (b *builder) checkName(given string, path ...string) {
	if given == BaselineName || given == PlaceboName || given == ControlName {
		b.fail("leave the arm out; `baseline`, `placebo` and `positive_control` of the campaign make it",
			fmt.Sprintf("the name %q is kept for the arm that the design makes itself", given), path...)
	}
}
