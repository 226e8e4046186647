package forecast

import (
	"math"
	"strings"
	"testing"
	"time"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/report/terminal"
	"vnettune/results/sample"
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

// told is the long form of a plan as text, with single blanks.
func told(t *testing.T, c campaign.Campaign, p matrix.Plan, f Forecast, ordered bool) string {
	t.Helper()
	var out strings.Builder
	if err := terminal.Write(&out, Tell(c, p, f, ordered), terminal.Style{Full: true}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

func TestAnAssumptionIsCalledOne(t *testing.T) {
	c, p := planned(t, text)
	f := New(c, p, nil, 0.8)
	f.Unused = "there is none"
	if f.From != "" || f.Costs != nil || len(f.Detectable) != len(c.Workloads) {
		t.Fatalf("%+v", f)
	}
	for _, d := range f.Detectable {
		if !d.Assumed || math.Abs(d.BootMeanSD-math.Sqrt(4+4./3)) > 1e-9 || d.BootsNeeded != 3*d.BlocksNeeded || d.MDE <= 0 {
			t.Errorf("%+v", d)
		}
	}
	if out := told(t, c, p, f, false); !strings.Contains(out, "ASSUMING that boots vary by 2 %, repetitions by 2 %, an arm in a boot by 0.5 %: nobody measured it (there is none):") {
		t.Errorf("an assumption is not called one:\n%s", out)
	}
}

// A plan says what the default is that an arm asks for, where it depends on the guest too, and of no
// other setting.
func TestAPlanNamesTheDefaultThatIsAsked(t *testing.T) {
	c, p := planned(t, "name: p\nguest:\n  lab: {kind: vm, generation: w10}\ndesign: list\narms: [{name: a, set: {tcp.ecncapability: default, tcp.fastopen: disabled}}]\n")
	if got := told(t, c, p, New(c, p, nil, 0.8), false); !strings.Contains(got, " default of tcp.ecncapability: disabled on clients, else enabled on servers ") || strings.Contains(got, "default of tcp.fastopen") {
		t.Errorf("the plan:\n%s", got)
	}
}

// More noise asks for more boots, and shows less.
func TestNoiseDecidesWhatCouldBeDetected(t *testing.T) {
	c, p := planned(t, text)
	var last Detectable
	for i, variance := range []float64{1, 4, 16} {
		old := &Earlier{Store: "old.db", Boots: 20, Boot: 30 * time.Second, Discarded: 4 * time.Second, Repetition: 2 * time.Second, Alike: true,
			Noise: []rank.Noise{{Workload: c.Workloads[0].Name, Metric: "throughput", Unit: "Mbit/s", Margin: c.Margin, Boot: variance, Repetition: variance, BootMean: variance, DF: 12}}}
		f := New(c, p, old, 0.8)
		if f.From != "old.db" || f.Costs == nil || f.Costs.BootSeconds != 34 || f.Costs.RepetitionSeconds != 2 {
			t.Fatalf("%+v", f)
		}
		want := time.Duration(p.MaxBoots()) * (34*time.Second + time.Duration(c.Repetitions)*2*time.Second)
		if f.Hours != want.Hours() {
			t.Errorf("%g hours, want %s", f.Hours, want)
		}
		d := f.Detectable[0]
		if d.Assumed || i > 0 && (d.MDE <= last.MDE || d.BlocksNeeded <= last.BlocksNeeded) {
			t.Errorf("variance %g: %+v, after %+v", variance, d, last)
		}
		last = d
	}
}

// What the text alone does not allow, the campaign file refuses; by measured times the
// same limits hold.
func TestTheCampaignsOwnLimits(t *testing.T) {
	c, p := planned(t, text)
	slow := &Earlier{Store: "old.db", Alike: true, Boots: 9, Boot: time.Hour, Repetition: time.Second}
	for _, x := range []struct {
		hours float64
		boots int
		old   *Earlier
		want  string
	}{
		{0, 15, slow, ""},
		{0, 14, nil, "the plan has 15 boots, 14 are allowed"},
		{1, 0, nil, ""},
		{1, 0, slow, "the plan takes about"},
	} {
		c.Limits.Hours, c.Limits.Boots = x.hours, x.boots
		err := WithinLimits(c, p, x.old)
		if (err == nil) != (x.want == "") || err != nil && (!strings.Contains(err.Error(), x.want) || !trouble.IsInvalid(err)) {
			t.Errorf("%+v: %v", x, err)
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

// Noise of loss is in points, and so are its margin and what could be detected; of a metric without a
// margin it is said that nothing will be claimed.
func TestForecastOfLoss(t *testing.T) {
	c, p := planned(t, text)
	noise := func(metric string, margin float64) rank.Noise {
		return rank.Noise{Workload: c.Workloads[0].Name, Metric: metric, Unit: "%", Axis: boots.Axis{Scale: sample.Difference, Better: sample.LowerIsBetter}, Margin: margin,
			Boot: 0.01, Repetition: 0.01, BootMean: 0.01, DF: 12}
	}
	old := &Earlier{Store: "old.db", Boots: 20, Boot: 30 * time.Second, Repetition: 2 * time.Second, Alike: true, Noise: []rank.Noise{noise("loss", 0.1), noise("drops", math.NaN())}}
	f := New(c, p, old, 0.8)
	loss, drops := f.Detectable[0], f.Detectable[1]
	if loss.Unit != "percentage points" || *loss.Margin != 0.1 || !(loss.MDE > 0 && loss.MDE < 1) || loss.BlocksNeeded == 0 {
		t.Errorf("loss: %+v", loss)
	}
	if drops.Margin != nil || drops.BlocksNeeded != 0 || drops.MDE != loss.MDE {
		t.Errorf("without a margin: %+v", drops)
	}
	out := told(t, c, p, f, false)
	for _, want := range []string{"percentage points with 80 % power", "the margin of 0.1 percentage points needs", "drops has no margin, and nothing will be claimed of it"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
}

// A draft of init whose guest nobody has filled in is called one.
func TestADraftIsCalledOne(t *testing.T) {
	text, err := campaign.Draft{For: campaign.Validate, Generation: matrix.W11}.Text()
	if err != nil {
		t.Fatal(err)
	}
	for as, want := range map[string]bool{strings.Repeat("0", 64): true, strings.Repeat("0a", 32): false} {
		c, err := campaign.Parse("c.yaml", []byte(strings.Replace(string(text), strings.Repeat("0", 64), as, 1)))
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Plan(matrix.W11)
		if err != nil {
			t.Fatal(err)
		}
		if out := told(t, c, p, New(c, p, nil, 0.8), false); strings.Contains(out, "still the zeros") != want {
			t.Errorf("%s: %s", as, out)
		}
	}
}
