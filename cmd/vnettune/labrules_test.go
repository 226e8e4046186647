package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vnettune/lab"
	"vnettune/lab/windows"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
)

// What a campaign file takes for a lab, a lab can be, and nothing else: two lists that
// may not see each other.
func TestCampaignsKnowWhatALabPlays(t *testing.T) {
	legal := func(lab string) error {
		_, err := campaign.Parse("c.yaml", []byte("name: c\nguest: {lab: {"+lab+"}}\ndesign: aa\n"))
		return err
	}
	check := func(what string, err error, played bool) {
		t.Helper()
		if (err == nil) != played {
			t.Errorf("%s: played %v, the campaign file says %v", what, played, err)
		}
	}
	languages := []string{"en", "de", "fr", "ja", "pseudo"}
	for _, p := range windows.Personalities {
		languages = append(languages, p.Languages...)
	}
	for _, p := range campaign.Personalities {
		languages = append(languages, p.Languages...)
	}
	for _, g := range matrix.Generations {
		for _, l := range languages {
			check(string(g)+" in "+l, legal(fmt.Sprintf("kind: fast, generation: %s, language: %s", g, l)), windows.Played(string(g), l, "", "") == nil)
		}
	}
	for _, p := range windows.Personalities {
		if !slices.Contains(matrix.Generations, matrix.Generation(p.Generation)) {
			t.Errorf("a lab plays %s, which is no generation", p.Generation)
		}
	}
	builds, drivers := []string{"7601", "26100", "19045.1"}, []string{"0.1.173", "271", "0.0.0.1"}
	for _, p := range windows.Personalities {
		builds, drivers = append(builds, p.Builds...), append(drivers, p.Drivers...)
	}
	for _, p := range campaign.Personalities {
		builds, drivers = append(builds, p.Builds...), append(drivers, p.Drivers...)
	}
	for _, p := range windows.Personalities {
		for _, b := range builds {
			check("build "+b+" of "+p.Generation, legal(fmt.Sprintf("kind: fast, generation: %s, build: %s", p.Generation, b)), windows.Played(p.Generation, "en", b, "") == nil)
		}
		for _, d := range drivers {
			check("driver "+d+" on "+p.Generation, legal(fmt.Sprintf("kind: fast, generation: %s, driver: %s", p.Generation, d)), windows.Played(p.Generation, "en", "", d) == nil)
		}
	}
	for _, n := range []int{1, lab.MaxName, lab.MaxName + 1, campaign.MaxName} {
		check(fmt.Sprintf("a name of %d", n), legal("kind: fast, name: "+strings.Repeat("n", n)), n <= lab.MaxName)
	}
	for _, d := range []time.Duration{0, time.Nanosecond, time.Microsecond, 1500 * time.Nanosecond, lab.MaxDelay, lab.MaxDelay + time.Microsecond} {
		check("a delay of "+d.String(), legal("kind: vm, delay: "+d.String()), d <= lab.MaxDelay && d%time.Microsecond == 0)
	}
	for _, p := range windows.Personalities {
		if diff := cmp.Diff(stack.Settings(p.Generation), campaign.LabSettings(matrix.Generation(p.Generation))); diff != "" {
			t.Errorf("settings of a lab of %s (-lab +campaign):\n%s", p.Generation, diff)
		}
	}
	if diff := cmp.Diff(stack.Whens(), campaign.LabMoments); diff != "" {
		t.Errorf("moments (-lab +campaign):\n%s", diff)
	}
	for _, r := range []int{-1, 0, 1, lab.MaxRate, lab.MaxRate + 1} {
		check(fmt.Sprintf("a rate of %d", r), legal(fmt.Sprintf("kind: fast, rate: %d", r)), r >= 0 && r <= lab.MaxRate)
	}
	for _, text := range []string{"tcp.rsc=disabled:10", "tcp.rsc=disabled:90", "tcp.rsc=disabled:91", "tcp.rsc=disabled:0", "tcp.rsc=disabled:0.5", "tcp.rsc=:10", "tcp.rsc:10", "tcp.rsc=disabled", "none=1:10", "tcp.rsc=disabled:-1", "netkvm.OffLoad.RxCS=31:2"} {
		check("effect "+text, legal("kind: fast, rate: 100, effects: ['"+text+"']"), machine.Untold{Effects: []string{text}}.Check("w10") == nil)
	}
	for _, takes := range [][]string{{"tcp.rsc=reboot"}, {"tcp.rsc=never"}, {"tcp.rsc"}, {"x=reboot"}, {"tcp.rsc=reboot", "tcp.rss=at-once"}, {"tcp.rsc=reboot", "tcp.rsc=reboot"}} {
		check(fmt.Sprintf("takes %v", takes), legal("kind: fast, takes: ["+strings.Join(takes, ", ")+"]"), machine.Untold{Takes: takes}.Check("w10") == nil)
	}
	for _, x := range []float64{0.1, 1, 1.1, machine.MaxInteraction, machine.MaxInteraction + 0.5} {
		check(fmt.Sprintf("a carry-over of %g", x), legal(fmt.Sprintf("kind: fast, carry_over: %g", x)), machine.Untold{CarryOver: x}.Check("w10") == nil)
		check(fmt.Sprintf("an interaction of %g", x), legal(fmt.Sprintf("kind: fast, rate: 100, interaction: %g", x)), machine.Untold{Interaction: x}.Check("w10") == nil)
	}
	for _, k := range []string{"vm", "fast", "lab-vm", "container"} {
		_, played := labKinds[k]
		check("kind "+k, legal("kind: "+k), played)
	}
}

// `lab up` refuses by the lab's list, before anything is brought up.
func TestLabUpRefusesWhatIsNotPlayed(t *testing.T) {
	for _, tt := range [][]string{
		{"--generation", "nt62", "--driver", "0.1.271"}, {"--generation", "nt60"}, {"--language", "fr"}, {"--generation", "nt62", "--language", "de"}, {"--generation", "xp", "--language", "ru"},
		{"--build", "26100"}, {"--driver", "0.1.173"}, {"--generation", "xp", "--driver", "0.1.240"},
		{"--delay", "2s"}, {"--delay", "1500ns"}, {"--kind", "container"}, {"--engine", "kit"}, {"--kind", "fast", "--generation", "xp", "--engine", "kit"},
		{"--rate", "-1"}, {"--rate", "10001"}, {"--effect", "tcp.rsc=disabled:10"}, {"--interaction", "1"}, {"--rate", "100", "--effect", "tcp.rsc"}, {"--takes", "tcp.rsc=never"}, {"--takes", "x=reboot"}, {"--carry-over", "2"},
		{"--kind", "fast", "--engine", "kit", "--fault", "clock-jump=1h"}, {strings.Repeat("n", lab.MaxName+1)},
	} {
		var said strings.Builder
		t.Setenv("XDG_STATE_HOME", t.TempDir())
		args := append([]string{"lab", "up"}, tt...)
		if code := vnettune(args, strings.NewReader(""), &said, &said); code != exitUsage || !strings.Contains(said.String(), "use ") {
			t.Errorf("%v: exit code %d: %s", args, code, &said)
		}
	}
}
