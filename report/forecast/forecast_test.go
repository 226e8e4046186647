package forecast

import (
	"strings"
	"testing"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/trouble"
)

const text = `name: p
guest:
  lab: {kind: vm, generation: w10}
design: list
arms: [{use: seed-vista}, {name: off, set: {tcp.autotuninglevel: disabled}}]
`

func planned(t *testing.T, text string) (campaign.Campaign, matrix.Plan) {
	t.Helper()
	c, err := campaign.Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Plan(matrix.W10)
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

func TestAnAssumptionIsCalledOne(t *testing.T) {
	c, p := planned(t, text)
	f := New(c, p, nil, 0.8)
	f.Unused = "there is none"
	if f.From != "" || f.Costs != nil || len(f.Detectable) != len(c.Workloads) {
		t.Fatalf("%+v", f)
	}
	for _, d := range f.Detectable {
		if !d.Assumed || d.BootMeanSD != assumedSD || d.BootsNeeded != 3*d.BlocksNeeded || d.MDEPercent <= 0 {
			t.Errorf("%+v", d)
		}
	}
	var out strings.Builder
	f.writeText(&out, c)
	if !strings.Contains(out.String(), "ASSUMING") || !strings.Contains(out.String(), "(there is none)") {
		t.Errorf("an assumption is not called one:\n%s", &out)
	}
}

// More noise asks for more boots, and shows less.
func TestNoiseDecidesWhatCouldBeDetected(t *testing.T) {
	c, p := planned(t, text)
	var last Detectable
	for i, variance := range []float64{1, 4, 16} {
		old := &Earlier{Store: "old.db", Boots: 20, Boot: 30 * time.Second, Discarded: 4 * time.Second, Repetition: 2 * time.Second, Alike: true,
			Noise: []rank.Noise{{Workload: c.Workloads[0].Name, Metric: "throughput", Boot: variance, Repetition: variance, BootMean: variance, DF: 12}}}
		f := New(c, p, old, 0.8)
		if f.From != "old.db" || f.Costs == nil || f.Costs.BootSeconds != 34 || f.Costs.RepetitionSeconds != 2 {
			t.Fatalf("%+v", f)
		}
		want := time.Duration(p.MaxBoots()) * (34*time.Second + time.Duration(c.Repetitions)*2*time.Second)
		if f.Hours != want.Hours() {
			t.Errorf("%g hours, want %s", f.Hours, want)
		}
		d := f.Detectable[0]
		if d.Assumed || i > 0 && (d.MDEPercent <= last.MDEPercent || d.BlocksNeeded <= last.BlocksNeeded) {
			t.Errorf("variance %g: %+v, after %+v", variance, d, last)
		}
		last = d
	}
}

func TestTheCampaignsOwnLimits(t *testing.T) {
	for limits, want := range map[string]string{
		"":                       "",
		"limits: {boots: 15}\n":  "",
		"limits: {boots: 14}\n":  "the plan has 15 boots, limits.boots allows 14",
		"limits: {hours: 0.1}\n": "the plan takes about 9m0s, limits.hours allows 0.1",
	} {
		c, p := planned(t, text+limits)
		err := WithinLimits(c, p, nil)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", limits, err)
		case want != "" && (err == nil || err.Error() != want || !trouble.IsInvalid(err) || len(trouble.Hints(err)) != 1):
			t.Errorf("%s: %v, want %s, with a hint", limits, err, want)
		}
	}
}

// A search publishes the boots that confirm its pick, and only they are counted.
func TestASearchIsForecastByItsConfirmation(t *testing.T) {
	c, p := planned(t, `name: p
guest:
  lab: {kind: vm, generation: w10}
design: adaptive
settings:
  tcp.autotuninglevel: [normal, disabled]
  tcp.timestamps: [enabled, disabled]
search: {workload: tcp-to-guest}
blocks: 20
`)
	d := New(c, p, nil, 0.8).Detectable[0]
	if d.BootsNeeded != 2*d.BlocksNeeded {
		t.Errorf("%+v: want two boots a block", d)
	}
}
