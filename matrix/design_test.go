package matrix

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dump is a plan as text for golden files.
func (p Plan) dump() string {
	var out strings.Builder
	fmt.Fprintf(&out, "generation %s, %d blocks\n", p.Generation, p.Blocks())
	for _, s := range p.Settings {
		fmt.Fprintf(&out, "setting %s through %s", s.Setting.ID, s.Form.Kind)
		if s.Inert != "" {
			fmt.Fprintf(&out, " (expected inert)")
		}
		out.WriteByte('\n')
	}
	for i, a := range p.Arms {
		fmt.Fprintf(&out, "arm %d %s %s %s %q\n", i, a.Combination.ID(), a.Role, a.Name, a.Profile)
		for _, v := range a.Combination.Assignments() {
			fmt.Fprintf(&out, "  %s=%s\n", v.ID, v.Value)
		}
	}
	for _, d := range p.Dropped {
		fmt.Fprintf(&out, "dropped %s %s: %s\n", d.Profile, d.Line, d.Reason)
	}
	for _, e := range p.Excluded {
		fmt.Fprintf(&out, "excluded %s: %s\n", e.Name, e.Reason)
	}
	out.WriteString("order")
	for _, s := range p.Slots {
		fmt.Fprintf(&out, " %d.%d:%d", s.Block, s.Order, s.Arm)
	}
	out.WriteByte('\n')
	return out.String()
}

func names(p Plan) []string {
	var all []string
	for _, a := range p.Arms {
		all = append(all, a.Name)
	}
	return all
}

// demo is the design of the project's demonstration.
var demo = Design{
	Kind: List, Placebo: true,
	Arms: []ArmSpec{
		{Use: "seed-vista"},
		{Set: map[string]Value{"tcp.autotuninglevel": "Disabled"}},
		{Name: "heuristics", Set: map[string]Value{"tcp.heuristics_wsh": "disabled", "tcpip.EnableWsd": "0x0"}},
		{Name: "ctcp", Set: map[string]Value{"template.congestionprovider": "ctcp"}},
	},
}

func TestPlanGolden(t *testing.T) {
	for _, c := range []struct {
		file string
		g    Generation
		d    Design
	}{
		{"plan-demo-w10.golden", W10, demo},
		{"plan-profile-seed-vista-w10.golden", W10, Design{Kind: ByProfile, Profile: "seed-vista"}},
		{"plan-profile-seed-xp.golden", XP, Design{Kind: ByProfile, Profile: "seed-xp", Placebo: true}},
		{"plan-profile-two-lines.golden", W11, Design{Kind: ByProfile, Profile: "lso-off"}},
		{"plan-factorial.golden", W10, Design{Kind: Factorial,
			Levels:   map[string][]Value{"tcp.autotuninglevel": {"normal", "disabled"}, "afd.DefaultReceiveWindow": {"absent", "0x100000"}},
			Baseline: map[string]Value{"tcp.autotuninglevel": "normal", "afd.DefaultReceiveWindow": "absent"},
			Forbid:   []map[string]Value{{"tcp.autotuninglevel": "disabled", "afd.DefaultReceiveWindow": "1048576"}}}},
		{"plan-one-at-a-time.golden", W10, Design{Kind: OneAtATime,
			Levels: map[string][]Value{"tcp.autotuninglevel": {"normal", "restricted", "disabled"}, "tcp.ecncapability": {"enabled", "found"}}}},
		{"plan-adaptive.golden", W10, Design{Kind: Adaptive, Levels: map[string][]Value{"tcp.rss": {"enabled", "disabled"}, "tcp.autotuninglevel": {"normal", "disabled"}}}},
		{"plan-factorial-screen.golden", W10, Design{Kind: FactorialScreen, Levels: map[string][]Value{
			"tcp.rss": {"enabled", "disabled"}, "tcp.autotuninglevel": {"normal", "disabled"}, "tcp.timestamps": {"enabled", "disabled"}, "tcp.ecncapability": {"enabled", "disabled"}}}},
		{"plan-aa.golden", W10, Design{Kind: AA, Labels: 3, Baseline: map[string]Value{"tcp.rss": "enabled"}}},
	} {
		t.Run(c.file, func(t *testing.T) {
			blocks := 2
			if Searches(c.d.Kind) {
				blocks = FirstBlocks
			}
			p, err := NewPlan(c.g, c.d, blocks, 20120618)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, c.file, p.dump())
		})
	}
}

func TestPlanSurvivesJSON(t *testing.T) {
	p, err := NewPlan(W10, demo, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Plan
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, back, cmp.Comparer(func(a, b Combination) bool { return a == b })); diff != "" {
		t.Errorf("plan changed in JSON:\n%s", diff)
	}
}

func TestProfileSettlesChoices(t *testing.T) {
	d := Design{Kind: ByProfile, Profile: "proxmox-multiqueue", Choices: map[string]Value{"netkvm.NumRssQueues": "4"}}
	p, err := NewPlan(W10, d, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := p.Arms[1].Combination.Value("netkvm.NumRssQueues"); v != "4" || p.Arms[1].Name != "proxmox-multiqueue" {
		t.Errorf("whole profile: %+v", p.Arms[1])
	}
	if len(p.Dropped) > 0 {
		t.Errorf("dropped %v", p.Dropped)
	}
	d = Design{Kind: List, Choices: map[string]Value{"netkvm.NumRssQueues": "8"}, Arms: []ArmSpec{{Use: "proxmox-multiqueue"}, {Use: "proxmox-multiqueue", Set: map[string]Value{"netkvm.NumRssQueues": "2", "tcp.rss": "enabled"}}}}
	if p, err = NewPlan(W10, d, 1, 1); err != nil {
		t.Fatal(err)
	}
	if want := "proxmox-multiqueue+netkvm.NumRssQueues=2,tcp.rss=enabled"; p.Arms[2].Name != want {
		t.Errorf("name %q, want %q", p.Arms[2].Name, want)
	}
	if v, _ := p.Arms[1].Combination.Value("netkvm.NumRssQueues"); v != "8" {
		t.Errorf("the design's choice is %q, want 8", v)
	}
}

// A line without a plain value is dropped by name where nobody chooses, with the words that would
// choose; those words are legal as they stand.
func TestProfileWithoutAChoice(t *testing.T) {
	for _, pub := range Profiles() {
		for _, l := range pub.Lines {
			if s, _ := Catalogue().Lookup(l.Setting); l.Choice != "" {
				if _, err := s.Check(On(W11), l.Example); err != nil {
					t.Errorf("%s: %v", pub.ID, err)
				}
			}
		}
	}
	p, err := NewPlan(W10, Design{Kind: ByProfile, Profile: "proxmox-multiqueue"}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	const want = `proxmox-multiqueue without netkvm.NumRssQueues=number of vCPUs (unchosen): published as "number of vCPUs"; to choose: choices: {netkvm.NumRssQueues: 4}`
	if len(p.Dropped) != 1 || p.Dropped[0].String() != want {
		t.Errorf("dropped %v, want %s", p.Dropped, want)
	}
}

// TestProfilesPage writes docs/profiles.md: every profile can be planned on every generation that it is
// published for and that can be driven, and each line that is left out says why.
func TestProfilesPage(t *testing.T) {
	var out strings.Builder
	out.WriteString(`# What of a published profile is set

Written from the catalogue by ` + "`go test ./matrix -update`" + `. The profiles with their lines and sources: ` + "`vnettune profiles`" + `; a line that is
left out is said by plan and by report. "unchosen": published without a plain value; ` + "`choices`" + ` in a campaign gives one
([campaigns.md](campaigns.md)), and ` + "`plan --from STORE`" + ` has the number for that guest where the source computes it.
The other words are those of [settings.md](settings.md).

| profile | on | lines set | of | left out |
|---|---|---|---|---|
`)
	for _, pub := range Profiles() {
		for _, g := range pub.AppliesTo {
			p, err := NewPlan(g, Design{Kind: ByProfile, Profile: pub.ID}, 1, 1)
			if g == NT60 {
				if err == nil || !strings.Contains(err.Error(), "cannot be driven yet") {
					t.Errorf("%s on %s: %v", pub.ID, g, err)
				}
				fmt.Fprintf(&out, "| %s | %s | 0 | %d | all: %s |\n", pub.ID, g, len(pub.Lines), Undriven)
				continue
			}
			if err != nil {
				t.Errorf("%s on %s: %v", pub.ID, g, err)
				continue
			}
			var left []string
			for _, d := range p.Dropped {
				left = append(left, fmt.Sprintf("`%s`: %s", d.Line, d.Why))
			}
			fmt.Fprintf(&out, "| %s | %s | %d | %d | %s |\n", pub.ID, g, len(pub.Lines)-len(p.Dropped), len(pub.Lines), strings.Join(left, "; "))
		}
	}
	golden(t, "../../docs/profiles.md", out.String())
}

// TestAgainstItself: arms without settings are the baseline under other names
// and stay apart; arms that turn out to be another by accident are merged.
func TestAgainstItself(t *testing.T) {
	d := Design{Kind: List, Baseline: map[string]Value{"tcp.rss": "enabled"},
		Arms: []ArmSpec{
			{Name: "A1"}, {Name: "A2"},
			{Name: "same", Set: map[string]Value{"tcp.rss": "ENABLED"}},
			{Set: map[string]Value{"tcp.rss": "enabled"}},
			{Set: map[string]Value{"tcp.rss": "disabled"}},
		}}
	p, err := NewPlan(W10, d, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(p), []string{"baseline", "A1", "A2", "tcp.rss=disabled"}; !slices.Equal(got, want) {
		t.Errorf("arms %q, want %q", got, want)
	}
	if p.Arms[1].Combination != p.Baseline().Combination {
		t.Error("A1 is not the baseline's combination")
	}
	want := []Exclusion{{"same", "the same combination as baseline"}, {"tcp.rss=enabled", "the same combination as baseline"}}
	if !slices.Equal(p.Excluded, want) {
		t.Errorf("excluded %v, want %v", p.Excluded, want)
	}
}

// TestAdaptive: all arms once in every block of the budget and of the confirmation, the baseline
// too however many there are; at most the budget and two arms behind it are booted.
func TestAdaptive(t *testing.T) {
	levels := map[string][]Value{"tcp.rss": {"enabled", "disabled"}, "tcp.timestamps": {"enabled", "disabled"},
		"tcp.ecncapability": {"enabled", "disabled"}, "tcp.autotuninglevel": {"normal", "disabled"}, "tcp.rsc": {"enabled", "disabled"}}
	p, err := NewPlan(W10, Design{Kind: Adaptive, Levels: levels, Confirm: 7}, 20, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Arms) != 33 || *p.Search != (Search{Blocks: 20, Confirm: 7}) || len(p.Slots) != 33*27 || p.MaxBoots() != 33*20+14 {
		t.Errorf("%d arms, %+v, %d slots, at most %d boots", len(p.Arms), p.Search, len(p.Slots), p.MaxBoots())
	}
	if _, err := NewPlan(W10, Design{Kind: Adaptive, Levels: levels}, 2, 1); err == nil || !strings.Contains(err.Error(), "give 3 or more") {
		t.Errorf("two blocks: %v", err)
	}
}

// TestAA: six names for the baseline unless told otherwise, on every generation,
// with something to write that changes nothing.
func TestAA(t *testing.T) {
	for _, g := range Driven() {
		p, err := NewPlan(g, Design{Kind: AA}, 2, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !p.AA() || len(p.Arms) != DefaultLabels || len(p.Slots) != 2*(DefaultLabels+1) { // the baseline twice a block
			t.Errorf("%s: A/A %v, %d arms, %d boots", g, p.AA(), len(p.Arms), len(p.Slots))
		}
		if v, ok := p.Baseline().Combination.Value(PlaceboID); !ok || v != Found || len(p.Settings) != 1 {
			t.Errorf("%s: settings %v, want the placebo's alone as found", g, p.Baseline().Combination)
		}
	}
	if p, err := NewPlan(W10, demo, 1, 1); err != nil || p.AA() {
		t.Errorf("a campaign that compares is called an A/A run (%v)", err)
	}
}

func TestDesignErrors(t *testing.T) {
	set := func(id string, v Value) []ArmSpec { return []ArmSpec{{Name: "a", Set: map[string]Value{id: v}}} }
	good := set("tcp.rss", "disabled")
	two := map[string][]Value{"tcp.rss": {"enabled", "disabled"}}
	for _, c := range []struct {
		name string
		d    Design
		path string
		want string // part of the message with its hint
	}{
		{"kind", Design{Kind: "profil"}, "design", `did you mean "profile"`},
		{"kind missing", Design{}, "design", "legal: list, profile"},
		{"no arms", Design{Kind: List}, "arms", "a list needs arms"},
		{"unknown setting", Design{Kind: List, Arms: set("tcp.autotuning", "normal")}, "arms.0.set.tcp.autotuning", `did you mean "tcp.autotuninglevel"`},
		{"illegal value", Design{Kind: List, Arms: set("tcp.rss", "on")}, "arms.0.set.tcp.rss", "legal: disabled, enabled"},
		{"superseded", Design{Kind: List, Arms: set("tcp.congestionprovider", "ctcp")}, "arms.0.set.tcp.congestionprovider", "use template.congestionprovider"},
		{"not on w10", Design{Kind: List, Arms: set("tcp.netdma", "enabled")}, "arms.0.set.tcp.netdma", "does not exist on w10"},
		{"no form", Design{Kind: List, Arms: set("udp.uso", "enabled")}, "arms.0.set.udp.uso", "does not exist on w10 (NIC keyword only)"},
		{"no way yet", Design{Kind: List, Arms: set("ip.ecnmarking", "disabled")}, "arms.0.set.ip.ecnmarking", "cannot be set by this tool on w10 yet: Set-NetIPInterface alone sets it"},
		{"unreadable key of netsh", Design{Kind: List, Arms: set("ip.loopbacklargemtu", "enabled")}, "arms.0.set.ip.loopbacklargemtu", "cannot be read back on w10"},
		{"default that is not known", Design{Kind: List, Arms: set("offload.PacketCoalescingFilter", "default")}, "arms.0.set.offload.PacketCoalescingFilter", "name the value"},
		{"unknown profile", Design{Kind: List, Arms: []ArmSpec{{Use: "seed-vist"}}}, "arms.0.use", `did you mean "seed-vista"`},
		{"profile for others", Design{Kind: List, Arms: []ArmSpec{{Use: "seed-xp"}}}, "arms.0.use", "published for xp, not for w10"},
		{"unreadable", Design{Kind: List, Arms: set("template.rack", "enabled")}, "arms.0.set.template.rack", "cannot be read back on w10"},
		{"choice of the design profile among levels", Design{Kind: ByProfile, Profile: "proxmox-multiqueue", Levels: map[string][]Value{"netkvm.NumRssQueues": {"2"}}}, "settings", "under choices"},
		{"own profile of a published name", Design{Kind: List, Arms: good, Profiles: map[string]map[string]Value{"seed-vista": {"tcp.rss": "disabled"}}}, "profiles.seed-vista", "published profile"},
		{"own profile of an unknown setting", Design{Kind: List, Arms: good, Profiles: map[string]map[string]Value{"mine": {"tcp.rsss": "disabled"}}}, "profiles.mine.tcp.rsss", "there is no setting"},
		{"own profile of a kept name", Design{Kind: List, Arms: good, Profiles: map[string]map[string]Value{"baseline": {"tcp.rss": "disabled"}}}, "profiles.baseline", "is kept"},
		{"choice that nothing needs", Design{Kind: ByProfile, Profile: "seed-vista", Choices: map[string]Value{"netkvm.NumRssQueues": "4"}}, "choices.netkvm.NumRssQueues", "leave it out"},
		{"illegal choice", Design{Kind: ByProfile, Profile: "proxmox-multiqueue", Choices: map[string]Value{"netkvm.NumRssQueues": "33"}}, "choices.netkvm.NumRssQueues", "1 to 32"},
		{"profile missing", Design{Kind: ByProfile}, "profile", "needs a profile"},
		{"profile of a list", Design{Kind: List, Arms: good, Profile: "seed-vista"}, "profile", "in an arm"},
		{"arms of a factorial", Design{Kind: Factorial, Levels: two, Arms: good}, "arms", "list and adaptive have arms"},
		{"levels of a list", Design{Kind: List, Levels: two, Arms: good}, "settings", "no levels"},
		{"no levels", Design{Kind: Factorial}, "settings", "needs settings"},
		{"empty levels", Design{Kind: OneAtATime, Levels: map[string][]Value{"tcp.rss": nil}}, "settings.tcp.rss", "no values"},
		{"level twice", Design{Kind: Factorial, Levels: map[string][]Value{"afd.DefaultSendWindow": {"16", "0x10"}}}, "settings.afd.DefaultSendWindow.1", "listed twice"},
		{"illegal level", Design{Kind: Factorial, Levels: map[string][]Value{"tcp.rss": {"enabled", "maybe"}}}, "settings.tcp.rss.1", "not legal"},
		{"baseline", Design{Kind: List, Arms: good, Baseline: map[string]Value{"tcp.rss": "x"}}, "baseline.tcp.rss", "not legal"},
		{"kept name", Design{Kind: List, Arms: []ArmSpec{{Name: "baseline"}}}, "arms.0.name", "is kept"},
		{"nameless A/A", Design{Kind: List, Arms: []ArmSpec{{}}}, "arms.0", "give it a name"},
		{"name twice", Design{Kind: List, Arms: append(set("tcp.rss", "enabled"), good...)}, "arms.1", "two arms are called"},
		{"forbid nothing", Design{Kind: List, Arms: good, Forbid: []map[string]Value{{}}}, "forbid.0", "forbids nothing"},
		{"forbid the untested", Design{Kind: List, Arms: good, Forbid: []map[string]Value{{"tcp.rsc": "enabled"}}}, "forbid.0.tcp.rsc", "not under test"},
		{"forbid illegal", Design{Kind: List, Arms: good, Forbid: []map[string]Value{{"tcp.rss": "x"}}}, "forbid.0.tcp.rss", "not legal"},
		{"forbid the baseline", Design{Kind: List, Arms: good, Forbid: []map[string]Value{{"tcp.rss": "found"}}}, "baseline", "forbidden (tcp.rss=found)"},
		{"forbid all", Design{Kind: List, Arms: good, Forbid: []map[string]Value{{"tcp.rss": "disabled"}}}, "design", "nothing is left"},
		{"search of nothing", Design{Kind: Adaptive}, "settings", "needs settings"},
		{"search of both", Design{Kind: Adaptive, Arms: good, Levels: two}, "settings", "not both"},
		{"few confirmations", Design{Kind: Adaptive, Arms: good, Confirm: 4}, "search.confirm", "give 5 or more"},
		{"confirmation of a list", Design{Kind: List, Arms: good, Confirm: 5}, "search.confirm", "only the designs adaptive and factorial-screen"},
		{"screen of arms", Design{Kind: FactorialScreen, Arms: good}, "arms", "list and adaptive have arms"},
		{"screen of two settings", Design{Kind: FactorialScreen, Levels: map[string][]Value{"tcp.rss": {"enabled", "disabled"}, "tcp.autotuninglevel": {"normal", "disabled"}, "tcp.timestamps": {"enabled"}}}, "settings", "needs 3 settings with two values or more, and there are 2"},
		{"screen of few", Design{Kind: FactorialScreen, Levels: map[string][]Value{"tcp.rss": {"enabled", "disabled"}, "tcp.autotuninglevel": {"normal", "disabled"}, "tcp.timestamps": {"enabled", "disabled"}}}, "settings", "keeps 8 combinations, and there are 8"},
		{"screen of a placebo", Design{Kind: FactorialScreen, Placebo: true, Levels: two}, "placebo", "no placebo goes through it"},
		{"labels of a list", Design{Kind: List, Arms: good, Labels: 3}, "labels", "only the design aa"},
		{"one label", Design{Kind: AA, Labels: 1}, "labels", "legal: 2 to"},
		{"arms of an A/A run", Design{Kind: AA, Arms: good}, "arms", "list and adaptive have arms"},
		{"settings of an A/A run", Design{Kind: AA, Levels: two}, "settings", "no levels"},
		{"placebo of an A/A run", Design{Kind: AA, Placebo: true}, "placebo", "every arm is a placebo"},
		{"two placebos", Design{Kind: List, Placebo: true, Arms: set(PlaceboID, "1")}, "placebo", "leave one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := NewPlan(W10, c.d, 5, 1)
			all := DesignErrors(err)
			if len(all) == 0 {
				t.Fatalf("no DesignError in %v", err)
			}
			if got := strings.Join(all[0].Path, "."); got != c.path {
				t.Errorf("path %s, want %s (%v)", got, c.path, err)
			}
			if !strings.Contains(all[0].Error(), c.want) {
				t.Errorf("%q has no %q", all[0], c.want)
			}
		})
	}
}

func TestDesignErrorsAllAtOnce(t *testing.T) {
	_, err := NewPlan("w12", demo, 0, 1)
	if got := DesignErrors(err); len(got) != 2 || got[0].Path[1] != "generation" || got[1].Path[0] != "blocks" {
		t.Errorf("%v", err)
	}
	_, err = NewPlan(W10, Design{Kind: List, Baseline: map[string]Value{"nope": "1"},
		Arms: []ArmSpec{{Set: map[string]Value{"tcp.rss": "x", "tcp.rsc": "y"}}}}, 1, 1)
	if got := DesignErrors(err); len(got) != 3 {
		t.Errorf("want three problems: %v", err)
	}
	if DesignErrors(nil) != nil || DesignErrors(fmt.Errorf("other")) != nil {
		t.Error("no DesignError in other errors")
	}
}

func TestFactorialLimit(t *testing.T) {
	levels := map[string][]Value{}
	for _, s := range Catalogue().All() {
		if f := s.Forms[W10]; f.Kind == Registry && s.Legal.Number && len(levels) < 12 {
			levels[s.ID] = []Value{"20", "40", "60"}
		}
	}
	_, err := NewPlan(W10, Design{Kind: Factorial, Levels: levels}, 1, 1)
	if err == nil || !strings.Contains(err.Error(), "1024") {
		t.Errorf("3^12 combinations: %v", err)
	}
}

// A campaign's own profile is planned as a published one: with what can be set, and the rest by name.
func TestOwnProfile(t *testing.T) {
	own := map[string]map[string]Value{"mine": {"tcpip.TCPNoDelay": "1", "tcp.rss": "Disabled", "ip.ecnmarking": "disabled"}}
	p, err := NewPlan(W10, Design{Kind: ByProfile, Profile: "mine", Profiles: own}, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(p), []string{"baseline", "mine", "tcp.rss=disabled", "tcpip.TCPNoDelay=1"}; !slices.Equal(got, want) {
		t.Errorf("arms %q, want %q", got, want)
	}
	if len(p.Dropped) != 1 || p.Dropped[0].Why != Unwritable || !strings.HasPrefix(p.Dropped[0].String(), "mine without ip.ecnmarking=") {
		t.Errorf("dropped %v", p.Dropped)
	}
}

// What is planned can be read back from a store: a plan ends at MaxSlots boots.
func TestAPlanOfTooManyBoots(t *testing.T) {
	d := Design{Kind: AA, Labels: 501} // whose baseline boots twice a block
	if p, err := NewPlan(W10, d, 498, 1); err != nil || len(p.Slots) > MaxSlots {
		t.Errorf("%d boots, %v", len(p.Slots), err)
	}
	_, err := NewPlan(W10, d, 499, 1)
	var wrong *DesignError
	if !errors.As(err, &wrong) || !slices.Equal(wrong.Path, []string{"blocks"}) {
		t.Errorf("%v, want a DesignError of blocks", err)
	}
}
