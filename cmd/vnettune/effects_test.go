package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

const crossedCampaign = `name: crossed
guest:
  lab: {kind: fast}
design: factorial
settings:
  tcp.autotuninglevel: [normal, disabled]
  tcp.timestamps: [enabled, disabled]
workloads: [{direction: to-guest, seconds: 1}]
blocks: 4
`

const profileCampaign = `name: taken-apart
guest:
  lab: {kind: fast}
design: profile
profile: seed-vista
workloads: [{direction: to-guest, seconds: 1}]
blocks: 4
`

// filledStore is the store of a campaign all of whose boots gave a number: 1000, less
// half where auto-tuning is disabled, with a little noise.
func filledStore(t *testing.T, text string) *results.Store {
	t.Helper()
	s, plan, now := emptyStore(t, text)
	for _, slot := range plan.Slots {
		addBoot(t, s, plan, slot, now)
	}
	return s
}

// emptyStore is that of a campaign that has just begun.
func emptyStore(t *testing.T, text string) (*results.Store, matrix.Plan, time.Time) {
	t.Helper()
	c, err := campaign.Parse("c.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := c.Plan(c.Guest.Generation)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s, err := results.Create(filepath.Join(t.TempDir(), c.Name+".db"), results.Campaign{Name: c.Name, File: "c.yaml", Text: []byte(text),
		Generation: string(plan.Generation), Plan: plan, Seed: c.Seed, Created: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.StartSession(record.Host{}, record.Guest{}, now); err != nil {
		t.Fatal(err)
	}
	return s, plan, now
}

// addBoot stores the boot of one slot.
func addBoot(t *testing.T, s *results.Store, plan matrix.Plan, slot matrix.Slot, now time.Time) {
	t.Helper()
	arm := plan.Arms[slot.Arm]
	level := 1000.0
	if v, _ := arm.Combination.Value("tcp.autotuninglevel"); v == "disabled" {
		level = 500
	}
	b := results.Boot{Session: 1, Block: slot.Block, Order: slot.Order, Arm: arm.Name, Combination: arm.Combination.Canonical(), Status: sample.StatusOK,
		Started: now, Ended: now.Add(40 * time.Second)}
	for i := range 4 {
		started := now.Add(time.Duration(20+5*i) * time.Second)
		b.Runs = append(b.Runs, results.Run{Workload: "tcp-to-guest", Repetition: i, Attempt: 1, Class: record.OK, Started: started, Ended: started.Add(2 * time.Second),
			Metrics: []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher",
				Value: level * (1 + 0.01*math.Sin(float64(7*slot.Arm+13*slot.Block)) + 0.005*math.Sin(float64(3*i+slot.Order)))}}})
	}
	if _, err := s.AddBoot(b); err != nil {
		t.Fatal(err)
	}
}

// reported is the report of a store.
func reported(t *testing.T, s *results.Store, format string) string {
	t.Helper()
	var out, errs bytes.Buffer
	args := []string{"report", s.Path(), "--format", format}
	if format == "text" {
		args = append(args, "--full")
	}
	if code := vnettune(args, nil, &out, &errs); code != exitDone {
		t.Fatalf("report: exit %d: %s", code, errs.String())
	}
	return out.String()
}

// effectsDocument is what a program reads of the effects.
type effectsDocument struct {
	Analyses []struct {
		Effects *struct {
			Design   string
			Profile  string
			Settings []struct{ Setting, Reading, Sentence string }
		}
	}
}

// What `report` says of settings, `rank` says of the report's CSV.
func TestEffectsAreReported(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		campaign string
		baseline string
		want     []string
	}{
		"factorial": {crossedCampaign, "baseline", []string{
			"Effects of settings, from 16 boots of 4 combinations",
			"tcp.autotuninglevel  normal    disabled",
			"tcp.autotuninglevel: normal instead of disabled helps: throughput is higher by",
			"Not in the model, because their levels are not crossed with the others': baseline."}},
		"profile": {profileCampaign, "baseline", []string{
			"Settings of seed-vista: each alone against the baseline",
			"tcp.autotuninglevel: alone it harms: throughput is lower by",
			"within seed-vista it harms: without it throughput is higher by"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := filledStore(t, c.campaign)
			output := map[string]string{}
			for _, format := range []string{"text", "json", "csv"} {
				output[format] = reported(t, s, format)
			}
			_, ranked, _ := runRank(output["csv"], "-", "--baseline", c.baseline)
			for _, text := range []string{output["text"], ranked} {
				flat := strings.Join(strings.Fields(text), " ")
				for _, want := range c.want {
					if !strings.Contains(flat, strings.Join(strings.Fields(want), " ")) {
						t.Errorf("%q is not in\n%s", want, text)
					}
				}
			}
			_, rankedJSON, _ := runRank(output["csv"], "-", "--baseline", c.baseline, "--format", "json")
			var documents []string
			for _, text := range []string{output["json"], rankedJSON} {
				var doc effectsDocument
				if err := json.Unmarshal([]byte(text), &doc); err != nil {
					t.Fatal(err)
				}
				if len(doc.Analyses) != 1 || doc.Analyses[0].Effects == nil || doc.Analyses[0].Effects.Design != name {
					t.Fatalf("no effects of the design %s in\n%s", name, text)
				}
				documents = append(documents, fmt.Sprint(*doc.Analyses[0].Effects))
			}
			if documents[0] != documents[1] {
				t.Errorf("report and rank differ:\n%s\n%s", documents[0], documents[1])
			}
		})
	}
}

// In a list each arm is its own effect.
func TestNoEffectsOfAList(t *testing.T) {
	s := filledStore(t, "name: l\nguest:\n  lab: {kind: fast}\ndesign: list\narms: [{use: seed-vista}, {name: off, set: {tcp.autotuninglevel: disabled}}]\nplacebo: true\nworkloads: [{direction: to-guest}]\n")
	if s.Plan().Baseline().Role != matrix.RoleBaseline {
		t.Fatal("the plan was not stored")
	}
	for _, format := range []string{"text", "json"} {
		text := reported(t, s, format)
		if strings.Contains(text, "ffects of settings") || strings.Contains(text, `"effects"`) {
			t.Errorf("%s shows effects:\n%s", format, text)
		}
	}
}

const screenCampaign = `name: screened
guest:
  lab: {kind: fast}
design: factorial-screen
settings:
  tcp.autotuninglevel: [normal, disabled]
  tcp.timestamps: [enabled, disabled]
  tcp.ecncapability: [enabled, disabled]
  tcp.rss: [enabled, disabled]
workloads: [{direction: to-guest, seconds: 1}]
blocks: 3
`

// The report of a screen has its caveat, the screen's effects of settings, and ranks
// the fresh boots that confirm the pick.
func TestReportOfAScreen(t *testing.T) {
	s, plan, now := emptyStore(t, screenCampaign)
	var text string
	check := func(state string, want ...string) {
		t.Helper()
		text = reported(t, s, "text")
		flat := strings.Join(strings.Fields(text), " ")
		for _, w := range append(want, record.ScreenCaveat) {
			if !strings.Contains(flat, w) {
				t.Errorf("%s: %q is not in\n%s", state, w, text)
			}
		}
	}
	pick := ""
	for _, slot := range plan.Slots {
		if slot.Block == 1 {
			addBoot(t, s, plan, slot, now)
		} else if pick == "" && slot.Arm > 0 {
			pick = plan.Arms[slot.Arm].Name
		}
	}
	check("after the screen", "THE SEARCH IS NOT DONE", "the effects of settings below are those of the first blocks alone",
		"Effects of settings, from 16 boots of 16 combinations", "tcp.autotuninglevel: normal instead of disabled helps")
	for i, d := range []record.Decision{
		{Blocks: 1, Survivors: []string{"baseline", pick}, Screen: &record.Screen{Arms: []record.ScreenedArm{{Name: pick}, {Name: "baseline", Fitted: -3}}}},
		{Blocks: 4, Screened: true, Survivors: []string{"baseline", pick}, Ended: "budget", Pick: pick, MayBeBest: []string{"baseline", pick}},
	} {
		if err := s.AddDecision(d, now.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	for _, slot := range plan.Slots {
		if name := plan.Arms[slot.Arm].Name; slot.Block > 1 && (name == pick || name == "baseline") {
			addBoot(t, s, plan, slot, now)
		}
	}
	check("confirmed", "the screen keeps 2 of 2 arms", pick+" is the best so far, not proven; may be the best: baseline, "+pick,
		"the effect below is that of "+pick+" on fresh boots alone", "10 boots in 5 blocks", "Effects of settings, from 16 boots")
	for _, claim := range []string{"the only arm that may be the best", "May be the best: "} {
		if strings.Contains(text, claim) {
			t.Errorf("two arms do not say which of 17 is best: %q in\n%s", claim, text)
		}
	}
}

// downloads are the files that a page offers, by their names.
func downloads(t *testing.T, html string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`<a [^>]*>`).FindAllString(html, -1) {
		name, data := regexp.MustCompile(`download="([^"]*)"`).FindStringSubmatch(m), regexp.MustCompile(`;base64,([^"]*)"`).FindStringSubmatch(m)
		if name == nil || data == nil {
			continue
		}
		text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(data[1], "&#43;", "+"))
		if err != nil {
			t.Fatal(err)
		}
		out[name[1]] = string(text)
	}
	return out
}

// What is left of a profile is said on the terminal, and the page hands over a campaign that compares it with the
// whole on fresh boots: legal, with the guest and the workloads of the first, and the margin.
func TestTheMinimalSetIsReported(t *testing.T) {
	t.Parallel()
	s := filledStore(t, `name: mine-apart
guest:
  lab: {kind: fast}
design: profile
profile: mine
profiles:
  mine: {tcp.autotuninglevel: normal, tcp.timestamps: enabled, tcp.ecncapability: enabled}
# not what the guest had
baseline: {tcp.autotuninglevel: disabled}
placebo: true
workloads: [{direction: to-guest, seconds: 1}]
blocks: 12
margin: 3
`)
	text := strings.Join(strings.Fields(reported(t, s, "text")), " ")
	for _, want := range []string{"Of 3 lines of mine keep 1: tcp.autotuninglevel=normal; 2 can be left out together (throughput lower by less than 3 %, 95 % sure, if their effects add up).",
		"the campaign file mine-apart-minimal.yaml is in the page of vnettune report "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	file := downloads(t, reported(t, s, "html"))["mine-apart-minimal.yaml"]
	c, err := campaign.Parse("mine-apart-minimal.yaml", []byte(file))
	if err != nil {
		t.Fatalf("%v in\n%s", err, file)
	}
	plan, err := c.Plan("w10")
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Arms) != 3 || plan.Arms[1].Name != "mine" || plan.Arms[2].Name != "mine-minimal" || c.Margin != 3 || c.Blocks < 5 ||
		len(c.Workloads) != 1 || c.Workloads[0].Seconds != 1 || c.Guest.Lab == nil {
		t.Errorf("%+v in\n%s", plan.Arms, file)
	}
	if left := plan.Arms[2].Combination.Differences(plan.Baseline().Combination); len(left) != 1 || left[0].ID != "tcp.autotuninglevel" || left[0].Value != "normal" {
		t.Errorf("%+v is what is left in\n%s", left, file)
	}
}
