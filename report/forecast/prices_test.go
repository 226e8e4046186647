package forecast

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/report/rank/boots"
	"vnettune/results/sample"
)

const eight = `name: p
guest: {generation: w10, control: 192.0.2.1, data: 192.0.2.2, user: Administrator, password_env: PW}
design: list
arms:
  - {name: a, set: {tcp.autotuninglevel: disabled}}
  - {name: b, set: {tcp.timestamps: enabled}}
  - {name: c, set: {tcp.ecncapability: enabled}}
  - {name: d, set: {tcp.fastopen: disabled}}
  - {name: e, set: {tcp.autotuninglevel: restricted}}
  - {name: f, set: {tcp.autotuninglevel: highlyrestricted}}
  - {name: g, set: {tcp.autotuninglevel: experimental}}
`

// measuredIn is an earlier store whose boots and repetitions vary by so many percent.
func measuredIn(c campaign.Campaign, boot, repetition float64) *Earlier {
	old := &Earlier{Store: "old.db", Boots: 40, Boot: 80 * time.Second, Discarded: 10 * time.Second, Repetition: 20 * time.Second, Alike: true}
	for _, w := range c.Workloads {
		mean := boot*boot + repetition*repetition/3
		old.Noise = append(old.Noise, rank.Noise{Workload: w.Name, Metric: "throughput", Unit: "Mbit/s", Axis: boots.Axis{Scale: sample.Ratio, Better: sample.HigherIsBetter},
			Margin: c.Margin, Boot: boot * boot, Repetition: repetition * repetition, BootMean: mean, DF: 100})
	}
	return old
}

// A larger difference costs no more, whichever way, and more noise costs no less.
func TestPricesFallWithTheDifference(t *testing.T) {
	c, p := planned(t, eight)
	known := waysOf(c, p, nil, 0.8, noisesOf(c, nil))
	by := func(old *Earlier) ways {
		w := known
		w.old, w.primary = old, primaries(noisesOf(c, old))
		return w
	}
	rapid.Check(t, func(t *rapid.T) {
		boot, repetition := rapid.Float64Range(0.2, 5).Draw(t, "boot"), rapid.Float64Range(0.2, 5).Draw(t, "repetition")
		small, times := rapid.Float64Range(0.5, 10).Draw(t, "difference"), rapid.Float64Range(1, 3).Draw(t, "times")
		quiet, loud := by(measuredIn(c, boot, repetition)), by(measuredIn(c, boot*times, repetition*times))
		for name, price := range map[string]func(w ways, d float64) *Cost{
			"by reboots": func(w ways, d float64) *Cost { return w.dearest(d, false, w.byReboots) },
			"within":     func(w ways, d float64) *Cost { return w.dearest(d, false, w.within) },
		} {
			a, larger, louder := price(quiet, small), price(quiet, small*times), price(loud, small)
			if a != nil && (larger == nil || larger.Hours > a.Hours) {
				t.Fatalf("%s: %+v for %g %%, %+v for %g %%", name, a, small, larger, small*times)
			}
			if louder != nil && (a == nil || louder.Hours < a.Hours) {
				t.Fatalf("%s: %+v, and with more noise %+v", name, a, louder)
			}
		}
	})
}

// Both ways are priced whichever the campaign has, at the same prices, and its own design is a row.
func TestBothWaysArePriced(t *testing.T) {
	c, p := planned(t, eight)
	sc, sp := planned(t, eight+"switch: within-boot\n")
	f, s := New(c, p, nil, 0.8), New(sc, sp, nil, 0.8)
	if len(f.Prices) != 3 || len(s.Prices) != 3 || f.CannotSwitch != "" || len(f.Switched.Levels) != 1 {
		t.Fatalf("%+v\n%+v", f, s)
	}
	for i := range 2 {
		a, b := f.Prices[i], s.Prices[i]
		if *a.ByReboots != *b.ByReboots || a.Within.Boots != b.Within.Boots || a.Within.Hours != b.Within.Hours {
			t.Errorf("%+v and %+v: %+v, %+v", a.ByReboots, b.ByReboots, a.Within, b.Within)
		}
	}
	if two := f.Prices[0]; two.Difference != 2 || two.ByReboots.Boots < 180 || two.Within.Boots > 20 || two.Within.Hours > two.ByReboots.Hours/2 {
		t.Errorf("2 %%: %+v, %+v", two.ByReboots, two.Within)
	}
	own := f.Prices[2]
	if !own.Own || own.Difference != f.Detectable[0].MDE || own.ByReboots.Boots != 45 || math.Abs(own.ByReboots.Hours-f.Hours) > 1e-9 || own.Within == nil {
		t.Errorf("%+v", own)
	}
	own = s.Prices[2]
	boots, switches := sp.Load()
	// The plan's own hours are with the fewest boots that confirm; finding so small a difference takes more of them,
	// no fewer than finding a larger one.
	if !own.Own || own.Difference != s.Detectable[0].MDE || own.Within.Boots+own.Within.Confirm < boots || own.Within.Stints != own.Within.Boots+switches ||
		own.Within.Hours < s.Hours || own.ByReboots == nil || own.Difference < s.Prices[1].Difference && own.Within.Confirm < s.Prices[1].Within.Confirm {
		t.Errorf("%+v, of %d boots and %d switches in %g hours", own.Within, boots, switches, s.Hours)
	}
}

// Where differences are large the boots that confirm cost more than switching saves, and a plan says so, with what to do.
func TestWhereSwitchingIsDearer(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{eight, ""},
		{eight + "margin: 20%\nswitch: within-boot\n", "say switch: reboot."},
		{eight + "margin: 20%\n", ""}, // the table says it
	} {
		c, p := planned(t, x.text)
		f := New(c, p, nil, 0.8)
		dear := 0
		for _, price := range f.Prices {
			if p.Switch != nil && price.ByReboots != nil && (price.Within == nil || price.Within.Hours > price.ByReboots.Hours) {
				dear++
			}
		}
		out := told(t, c, p, f, false)
		if (dear > 0) != (x.want != "") || !strings.Contains(out, x.want) || strings.Contains(strings.ToLower(out), "dearer than reboots") != (dear > 0) {
			t.Errorf("%d of %d prices are dearer within boots, and the plan says\n%s", dear, len(f.Prices), out)
		}
	}
}

// What arms that settle save is said as what it is.
func TestWhatSettlingSaves(t *testing.T) {
	c, p := planned(t, eight+"settle_arms: 4\n")
	if out := told(t, c, p, New(c, p, nil, 0.8), false); !strings.Contains(out, "settle_arms: up to 45 boots. Where arms are equal nearly all of them are made; ") {
		t.Errorf("the plan:\n%s", out)
	}
	c, p = planned(t, eight)
	if out := told(t, c, p, New(c, p, nil, 0.8), false); strings.Contains(out, "settle_arms") {
		t.Errorf("a plan without looks:\n%s", out)
	}
}

// The second difference is never the margin's.
func TestTheOtherDifference(t *testing.T) {
	for margin, want := range map[string]float64{"2%": 5, "5%": 10, "7%": 10, "20%": 40} {
		c, p := planned(t, eight+"margin: "+margin+"\n")
		if got := New(c, p, nil, 0.8).Prices[1].Difference; got != want {
			t.Errorf("margin %s: %g, want %g", margin, got, want)
		}
	}
}

// What cannot be switched is said with the reason.
func TestWhatCannotBeSwitched(t *testing.T) {
	for text, want := range map[string]string{
		"name: p\nguest: {lab: {kind: fast, generation: xp}}\ndesign: list\narms: [{name: a, set: {tcpip.Tcp1323Opts: 3}}]\nplacebo: true\n":                     "on xp every setting needs a reboot",
		"name: p\nguest: {lab: {kind: fast}}\ndesign: list\narms: [{name: a, set: {afd.DefaultReceiveWindow: 65536}}]\n":                                         "all arms differ in what needs a reboot: afd.DefaultReceiveWindow",
		"name: p\nguest: {lab: {kind: fast}}\ndesign: adaptive\nsettings: {tcp.timestamps: [enabled, disabled]}\nsearch: {workload: tcp-to-guest}\nblocks: 20\n": "a search boots every arm",
	} {
		c, err := campaign.Parse("p.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Plan(c.Guest.Generation)
		if err != nil {
			t.Fatal(err)
		}
		f := New(c, p, nil, 0.8)
		if f.CannotSwitch != want || f.Switched != nil || f.Prices[0].ByReboots == nil || f.Prices[0].Within != nil {
			t.Errorf("%s: %+v", text, f)
		}
		if out := told(t, c, p, f, false); !strings.Contains(out, "Within boots: cannot be switched: "+want+".") || strings.Contains(out, "stints") {
			t.Errorf("the plan:\n%s", out)
		}
	}
}

const levels = `name: p
guest: {lab: {kind: fast}}
design: list
switch: within-boot
blocks: 3
arms:
  - {name: off, set: {tcp.autotuninglevel: disabled}}
  - {name: afd, set: {afd.DefaultReceiveWindow: 65536}}
  - {name: capacity, set: {netkvm.TxCapacity: 256}}
`

// What needs a reboot makes whole plots, which a plan names with the reason and prices; the order of boots has
// only what is booted in any case.
func TestAPlanThatSwitchesByLevels(t *testing.T) {
	c, p := planned(t, levels)
	f := New(c, p, nil, 0.8)
	if len(f.Switched.Levels) != 2 || len(f.Switched.Whole) != 1 || len(f.Switched.Restarts) != 1 || f.Switched.Beside == nil || f.Switched.Beside.Boots >= f.Prices[0].Within.Boots {
		t.Fatalf("%+v, beside %+v", f.Switched, f.Switched.Beside)
	}
	out := told(t, c, p, f, true)
	for _, want := range []string{
		"Within boots: afd.DefaultReceiveWindow needs a reboot, so that a block has 2 boots: baseline off capacity | afd.",
		"needs a reboot: afd.DefaultReceiveWindow: reboot, ",
		"the adapter is restarted for netkvm.TxCapacity",
		"The bridge will not show that arms are the same after a reboot: that takes 6 blocks, two boots into each arm.",
		"Then 5 to 20 blocks of two boots, the baseline and the arm that is best by switching, confirm it",
		"block 3, boot 6",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	if strings.Contains(out, "boot 7") || strings.Count(out, "level 2: afd") != 3 || strings.Count(out, "level 1:") != 3 || strings.Contains(out, "afd |") {
		t.Errorf("the order of boots:\n%s", out)
	}
	line := "block 1, boot "
	for _, s := range p.Slots {
		if s.Boot == 1 {
			if name := p.Arms[s.Arm].Name; strings.HasSuffix(line, " ") {
				line = "level 1: " + name + " |"
			} else {
				line += " " + name
			}
		}
	}
	if !strings.Contains(out, line+" block") {
		t.Errorf("%q is not in\n%s", line, out)
	}
	c.Blocks = 6
	p, err := c.Plan(matrix.W10)
	if err != nil {
		t.Fatal(err)
	}
	if out := told(t, c, p, New(c, p, nil, 0.8), false); !strings.Contains(out, "The bridge can be expected to show each arm after a reboot the same within ") {
		t.Errorf("two boots into each arm:\n%s", out)
	}
}

// Bytes, hours and limits count boots and stints, by measured times where there are any.
func TestStintsAreCounted(t *testing.T) {
	c, p := planned(t, eight+"switch: within-boot\n")
	_, unswitched := planned(t, eight)
	boots, switches := p.Load()
	old := measuredIn(c, 2, 1)
	each := old.Discarded + 3*old.Repetition
	if got, want := planTime(c, p, old), time.Duration(boots)*(old.Boot+each)+time.Duration(switches)*(c.SwitchTime()+each); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	old.Switch = 3 * time.Second
	if got, want := planTime(c, p, old), time.Duration(boots)*(old.Boot+each)+time.Duration(switches)*(3*time.Second+each); got != want {
		t.Errorf("by a measured switch %s, want %s", got, want)
	}
	if got, want := planBytes(c, p)-storeBytes, (planBytes(c, unswitched)-storeBytes)*int64(boots+switches)/int64(unswitched.MaxBoots()); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
	if got, want := planTime(c, p, nil), c.PlanTime(p, c.BootTime()); got != want {
		t.Errorf("without a store %s, the campaign says %s", got, want)
	}
}

// Of metrics with margins of their own the row of the margin is for those, and the dearest decides.
func TestPricesOfSeveralMetrics(t *testing.T) {
	c, p := planned(t, eight)
	old := measuredIn(c, 2, 1)
	before := New(c, p, old, 0.8)
	loss := rank.Noise{Workload: c.Workloads[0].Name, Metric: "loss", Unit: "%", Axis: boots.Axis{Scale: sample.Difference, Better: sample.LowerIsBetter}, Margin: 0.1, Boot: 0.04, Repetition: 0.01, BootMean: 0.05, DF: 100}
	old.Noise = append(old.Noise, loss)
	after := New(c, p, old, 0.8)
	if a, b := before.Prices[0], after.Prices[0]; b.ByReboots.Boots <= a.ByReboots.Boots || *after.Prices[1].ByReboots != *before.Prices[1].ByReboots {
		t.Errorf("%+v and %+v; %+v and %+v", a.ByReboots, b.ByReboots, before.Prices[1].ByReboots, after.Prices[1].ByReboots)
	}
	if out := told(t, c, p, after, false); !strings.Contains(out, "the margins ") || strings.Contains(out, "2 % margin") {
		t.Errorf("the plan:\n%s", out)
	}
}

// A store that switched says what an arm varies by from boot to boot, which else is assumed.
func TestInteractionIsMeasuredWhereArmsWereSwitched(t *testing.T) {
	c, p := planned(t, eight)
	old := measuredIn(c, 2, 1)
	assumed := New(c, p, old, 0.8)
	for i := range old.Noise {
		old.Noise[i].Within = &rank.WithinNoise{Interaction: 9, Stint: 1, Unit: 11, DF: 60}
	}
	known := New(c, p, old, 0.8)
	if a, b := assumed.Prices[0].Within, known.Prices[0].Within; b.Boots < 3*a.Boots || known.Detectable[0].InteractionSD != 3 {
		t.Errorf("%+v, and measured %+v", a, b)
	}
	const words = "and that an arm varies by 0.5 % from boot to boot"
	if !strings.Contains(told(t, c, p, assumed, false), words) || strings.Contains(told(t, c, p, known, false), words) {
		t.Errorf("the plans:\n%s\n%s", told(t, c, p, assumed, false), told(t, c, p, known, false))
	}
}

func TestHours(t *testing.T) {
	for h, want := range map[float64]string{0.001: "1 min", 47. / 60: "47 min", 1 + 40./60: "1 h 40", 2: "2 h", 3.05: "3 h 03", 11.4: "11 h", 200: "200 h"} {
		if got := hours(h); got != want {
			t.Errorf("%g hours: %q, want %q", h, got, want)
		}
	}
}

func TestShortened(t *testing.T) {
	words := []string{"tcp.rss=disabled", "ip.mtu=1400", "tcp.timestamps=enabled"}
	for room, want := range map[int]string{80: "tcp.rss=disabled ip.mtu=1400 tcp.timestamps=enabled", 40: "tcp.rss=disabled ip.mtu=1400 and 1 more", 5: "tcp.rss=disabled and 2 more"} {
		if got := shortened(words, room); got != want {
			t.Errorf("%d columns: %q, want %q", room, got, want)
		}
	}
}
