package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/lab"
	"vnettune/lab/windows"
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
		{"--delay", "2s"}, {"--delay", "1500ns"}, {"--kind", "container"}, {strings.Repeat("n", lab.MaxName+1)},
	} {
		var said strings.Builder
		t.Setenv("XDG_STATE_HOME", t.TempDir())
		args := append([]string{"lab", "up"}, tt...)
		if code := vnettune(args, strings.NewReader(""), &said, &said); code != exitUsage || !strings.Contains(said.String(), "use ") {
			t.Errorf("%v: exit code %d: %s", args, code, &said)
		}
	}
}
