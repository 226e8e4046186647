package stored

import (
	"fmt"
	"testing"

	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/rank"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

const controlCampaign = `name: c
guest: {lab: {kind: fast}}
design: list
arms:
  - {name: off, set: {tcp.autotuninglevel: disabled}}
placebo: true
positive_control: 5%
workloads:
  - {name: tcp, direction: to-guest}
  - {name: udp, protocol: udp, direction: to-guest, rate: 10M, length: 1000}
blocks: 6
settle_arms: 2
`

// controlStore is a campaign with a positive control, of which one boot was never made. The control was not measured
// over UDP.
func controlStore(t *testing.T) *Campaign {
	t.Helper()
	c, err := campaign.Parse("c.yaml", []byte(controlCampaign))
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Plan(matrix.W10)
	if err != nil {
		t.Fatal(err)
	}
	kept := results.Contents{Path: "c.db", Campaign: results.Campaign{Plan: p, Text: []byte(controlCampaign)}}
	missed := false
	for i, slot := range p.Slots {
		arm := p.Arms[slot.Arm]
		if arm.Role == matrix.RoleControl && !missed {
			missed = true
			continue
		}
		value := 9000 * (1 + 0.002*float64((7*i+3*slot.Block)%5-2))
		switch arm.Name {
		case "off":
			value *= 0.6
		case matrix.ControlName:
			value *= 0.95
		}
		b := results.Boot{ID: fmt.Sprintf("b%03d", i+1), Session: 1, Block: slot.Block, Order: slot.Order, Arm: arm.Name, Combination: arm.Combination.Canonical(), Status: sample.StatusOK}
		for n := 1; n <= 2; n++ {
			for _, w := range []string{"tcp", "udp"} {
				if w == "udp" && arm.Role == matrix.RoleControl {
					continue
				}
				b.Runs = append(b.Runs, results.Run{Workload: w, Repetition: n, Attempt: 1, Class: record.OK,
					Metrics: []record.Metric{{Name: "throughput", Unit: "Mbit/s", Better: "higher", Value: value + float64(n)}}})
			}
		}
		kept.Boots = append(kept.Boots, b)
	}
	rows, err := rowsOf(kept)
	if err != nil {
		t.Fatal(err)
	}
	all := &Campaign{Path: kept.Path, Kept: &kept, File: &c}
	all.take(rows)
	return all
}

// A stored campaign knows its control: its rows, lost ones too, stand apart from what is ranked, settled and gated, and
// it is compared with the baseline in what it has.
func TestAStoredCampaignKnowsItsControl(t *testing.T) {
	c := controlStore(t)
	for _, r := range c.Rows {
		if r.Combination == matrix.ControlName || r.Control != 0 {
			t.Fatalf("among what is ranked: %+v", r)
		}
	}
	lost := 0
	for _, r := range c.Control {
		if r.Combination != matrix.ControlName || r.Control != 5 {
			t.Fatalf("of the control: %+v", r)
		}
		if r.Status == sample.StatusNotRun {
			lost++
		}
	}
	if lost != 1 || len(c.All()) != len(c.Rows)+len(c.Control) {
		t.Errorf("%d boots of it are lost, and %d rows in all", lost, len(c.All()))
	}
	j, err := c.Ranking(Asked{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range j.Ranking.Analyses {
		if a.Family != 2 {
			t.Errorf("%s: a family of %d comparisons, want off and the placebo", a.Workload, a.Family)
		}
	}
	if len(j.Control) != 1 || j.Control[0].Workload != "tcp" || j.Control[0].Outcome != rank.ControlFound || j.Control[0].Boots != 5 || j.Control[0].BaselineBoots != 6 {
		t.Errorf("%+v", j.Control)
	}
	if j, err := c.Ranking(Asked{Baseline: "off"}); err != nil || len(j.Control) != 0 {
		t.Errorf("against another baseline: %+v, %v", j.Control, err)
	}
	if j, err := c.Ranking(Asked{Workloads: []string{"udp"}}); err != nil || len(j.Control) != 0 {
		t.Errorf("of another workload: %+v, %v", j.Control, err)
	}
	settled, err := NewSettleJudge(*c.File).Settled(*c.Kept, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settled {
		if s.Arm == matrix.ControlName {
			t.Error("the control is settled")
		}
	}
	if _, err := c.Gate(matrix.ControlName, Asked{}); err == nil {
		t.Error("the gate judges the control")
	}
}
