package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOneVerdictForOneStore: report, rank of the samples that report exports, and the
// gate say the same of a store, whatever was lost from it. Stores are drawn at random,
// of every kind of design.
func TestOneVerdictForOneStore(t *testing.T) {
	t.Parallel()
	for _, design := range slices.Sorted(maps.Keys(drawnDesigns)) {
		t.Run(design, func(t *testing.T) {
			for seed := range uint64(4) {
				agrees(t, drawStore(t, design, seed, []float64{0, 0.05, 0.3}[seed%3]))
			}
		})
	}
}

// TestLostBaselineBoots is a store that once had three verdicts: 18 arms, the baseline
// booted twice a block, and 3 of its 10 boots lost. What they would have measured is bounded by the
// campaign: where all of it lies within half a percent, they cannot move a mean by the margin, and the
// verdicts stand; where one arm is 20 % faster, they can.
func TestLostBaselineBoots(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		faster  float64 // a01, in percent
		verdict string  // of the others
	}{{0, "equivalent"}, {20, "INCONCLUSIVE(missing)"}} {
		d := lostBaseline(t, tt.faster)
		agrees(t, d)
		page := document(t, "report", d.path, "--format", "json")
		for _, arm := range page.analysis(t, "down", "throughput").arms() {
			if arm["baseline"] == true {
				continue
			}
			if arm["lost_worst"] == nil || arm["lost_best"] == nil {
				t.Errorf("%v: nobody looked at the worst cases", arm["combination"])
			}
			if arm["combination"] != "a01" && (arm["label"] != "equivalent" || arm["verdict"] != tt.verdict) {
				t.Errorf("a01 is %v %% faster: %v: label %v, verdict %v with 3 of the baseline's 10 boots lost", tt.faster, arm["combination"], arm["label"], arm["verdict"])
			}
		}
		var out, errs bytes.Buffer
		if code := vnettune([]string{"gate", d.path, "--candidate", "a03", "--workload", "down"}, nil, &out, &errs); tt.faster == 0 && code != exitDone {
			t.Errorf("gate: exit %d\n%s%s", code, out.String(), errs.String())
		}
	}
}

// Of an arm whose boots were never made nobody has seen that it does not work.
func TestArmsThatWereNeverBooted(t *testing.T) {
	d := &drawnStore{design: "profile", draw: rand.New(rand.NewPCG(5, 1))}
	d.begin(t, d.campaign(5))
	made := map[string]bool{}
	for _, slot := range d.plan.Slots[:len(d.plan.Arms)] {
		if slot.Arm%3 == 1 {
			continue
		}
		d.boot(t, slot, "ok", 1000)
		made[d.plan.Arms[slot.Arm].Name] = true
	}
	if err := d.db.Close(); err != nil {
		t.Fatal(err)
	}
	agrees(t, d)
	for _, arm := range document(t, "report", d.path, "--format", "json").allArms() {
		never := arm["baseline"] == false && !made[arm["combination"].(string)]
		if open := arm["verdict"] == "undetermined"; open != never || arm["verdict"] == "not working" {
			t.Errorf("%v: verdict %v, made: %t", arm["combination"], arm["verdict"], !never)
		}
		if never && arm["grade"] != "none" {
			t.Errorf("%v: grade %v", arm["combination"], arm["grade"])
		}
	}
	var out, errs bytes.Buffer
	vnettune([]string{"report", d.path, "--full", "--width", "200"}, nil, &out, &errs)
	if !strings.Contains(out.String(), "none of its planned boots was made") || strings.Contains(out.String(), " - %") {
		t.Errorf("%s%s", out.String(), errs.String())
	}
}

// lostBaseline is the store of TestLostBaselineBoots; the arm a01 is so many percent faster.
func lostBaseline(t *testing.T, faster float64) *drawnStore {
	t.Helper()
	var arms strings.Builder
	for i := range 17 {
		fmt.Fprintf(&arms, "  - {name: a%02d}\n", i+1)
	}
	d := &drawnStore{draw: rand.New(rand.NewPCG(18, 1))}
	d.begin(t, drawnGuest+"design: list\narms:\n"+arms.String()+"workloads:\n  - {name: down, protocol: tcp, direction: to-guest}\nblocks: 5\n")
	lost := 3
	for _, slot := range d.plan.Slots {
		y := 1000 * math.Exp(d.draw.NormFloat64()/1000)
		if slot.Arm == 1 {
			y *= 1 + faster/100
		}
		if slot.Arm == 0 && lost > 0 {
			lost--
			d.boot(t, slot, "reboot_failed", 0)
			d.boot(t, slot, "reboot_failed", 0)
			continue
		}
		d.boot(t, slot, "ok", y)
	}
	if err := d.db.Close(); err != nil {
		t.Fatal(err)
	}
	return d
}

// reportDoc is the JSON of a ranking.
type reportDoc map[string]any

func document(t *testing.T, args ...string) reportDoc {
	t.Helper()
	return documentOf(t, "", args...)
}

func documentOf(t *testing.T, stdin string, args ...string) reportDoc {
	t.Helper()
	var out, errs bytes.Buffer
	code := vnettune(args, strings.NewReader(stdin), &out, &errs)
	if code != exitDone && code != exitRegression && code != exitInconclusive {
		t.Fatalf("vnettune %s: exit %d: %s", strings.Join(args, " "), code, errs.String())
	}
	var p reportDoc
	if err := json.Unmarshal(out.Bytes(), &p); err != nil {
		t.Fatalf("vnettune %s: %v\n%s", strings.Join(args, " "), err, out.String())
	}
	return p
}

// analysis is that of one workload's metric.
func (p reportDoc) analysis(t *testing.T, workload, metric string) reportDoc {
	t.Helper()
	for _, a := range p["analyses"].([]any) {
		if a := a.(map[string]any); a["workload"] == workload && a["metric"] == metric {
			return a
		}
	}
	t.Fatalf("there is no analysis of %s, %s", workload, metric)
	return nil
}

// arms are the combinations of an analysis.
func (p reportDoc) arms() []map[string]any {
	var all []map[string]any
	for _, c := range p["combinations"].([]any) {
		all = append(all, c.(map[string]any))
	}
	return all
}

// arm is one of them.
func (p reportDoc) arm(t *testing.T, name string) map[string]any {
	t.Helper()
	for _, c := range p.arms() {
		if c["combination"] == name {
			return c
		}
	}
	t.Fatalf("there is no combination %s", name)
	return nil
}

// allArms are the combinations of all analyses.
func (p reportDoc) allArms() []map[string]any {
	var all []map[string]any
	for _, a := range p["analyses"].([]any) {
		all = append(all, reportDoc(a.(map[string]any)).arms()...)
	}
	return all
}

// judged is a page without what only a store can say: where the numbers come from.
func (p reportDoc) judged() reportDoc {
	q := maps.Clone(p)
	for _, only := range []string{"campaign", "guest_kind", "bottom_line", "plan", "setups", "placebo", "not_applicable", "expected_inert", "notes", "noise_floor"} {
		delete(q, only)
	}
	var analyses []any
	for _, a := range p["analyses"].([]any) {
		a := maps.Clone(a.(map[string]any))
		delete(a, "placebo")   // which arm it is, the samples do not say
		delete(a, "sentences") // some speak of the time of a boot
		rig := maps.Clone(a["diagnostics"].(map[string]any))
		delete(rig, "sentences") // the first is about the noise floor
		a["diagnostics"] = rig
		analyses = append(analyses, a)
	}
	q["analyses"] = analyses
	return q
}

// agrees checks that everything which reads a store says the same of it.
func agrees(t *testing.T, d *drawnStore) {
	t.Helper()
	page := document(t, "report", d.path, "--format", "json")
	var csv, errs bytes.Buffer
	if code := vnettune([]string{"report", d.path, "--format", "csv"}, nil, &csv, &errs); code != exitDone {
		t.Fatalf("report --format csv: exit %d: %s", code, errs.String())
	}
	ranked := documentOf(t, csv.String(), "rank", "-", "--format", "json", "--baseline", "baseline",
		"--margin", fmt.Sprint(page["margin_percent"]), "--alpha", fmt.Sprint(page["alpha"]))
	if diff := cmp.Diff(page.judged(), ranked.judged()); diff != "" {
		t.Errorf("%s: report and rank of its samples disagree (-report +rank):\n%s", filepath.Base(d.path), diff)
	}
	if len(page["analyses"].([]any)) == 0 || len(page.allArms()) == 0 {
		return // a search that confirmed nothing: there are no claims
	}
	for _, arm := range d.candidates() {
		gateAgrees(t, d, page, arm)
	}
}

// gateAgrees checks the gate's counts and lost boots, and that what hangs on lost boots is what lost many.
func gateAgrees(t *testing.T, d *drawnStore, page reportDoc, candidate string) {
	t.Helper()
	inAll := map[string]map[string]any{}
	for _, a := range page["analyses"].([]any) {
		a := a.(map[string]any)
		for _, c := range a["combinations"].([]any) {
			c := c.(map[string]any)
			inAll[fmt.Sprint(a["workload"], "/", a["metric"], "/", c["combination"])] = c
		}
	}
	var out, errs bytes.Buffer
	code := vnettune([]string{"gate", d.path, "--candidate", candidate, "--format", "json"}, nil, &out, &errs)
	if code == exitUsage && d.plan.Search != nil {
		return // an arm that the search did not pick is not compared
	}
	var gate map[string]any
	if err := json.Unmarshal(out.Bytes(), &gate); err != nil {
		t.Fatalf("gate --candidate %s: exit %d: %v %s", candidate, code, err, errs.String())
	}
	for _, r := range gate["metrics"].([]any) {
		r := r.(map[string]any)
		series := fmt.Sprint(r["workload"], "/", r["metric"], "/")
		for side, name := range map[string]string{"new": candidate, "base": "baseline"} {
			arm := inAll[series+name]
			if arm == nil {
				t.Errorf("gate judges %sof %s, which the report does not rank", series, name)
				continue
			}
			boots := arm["boots"].(map[string]any)
			want := map[string]any{"ok": boots["ok"], "failed": boots["failed"], "set aside": boots["not_in_effect"].(float64) + boots["excluded"].(float64), "missing": arm["missing_share"]}
			got := map[string]any{"ok": r["boots_"+side], "failed": r["boots_failed_"+side], "set aside": r["boots_set_aside_"+side], "missing": r["missing_share_"+side]}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("gate --candidate %s: %sboots of %s (-report +gate):\n%s", candidate, series, name, diff)
			}
		}
		// The two ask different questions, and a verdict may hang on lost boots in one of them only.
		lost := max(r["missing_share_new"].(float64), r["missing_share_base"].(float64)) > 0.1
		if looked := r["verdict_lost_worst"] != nil; looked != lost || r["reason"] == "missing" && !lost {
			t.Errorf("gate --candidate %s: %s%v (%v), lost many: %t, looked at the worst case: %t", candidate, series, r["verdict"], r["reason"], lost, looked)
		}
		if verdict := inAll[series+candidate]["verdict"]; r["verdict"] == "FAIL" && strings.HasPrefix(fmt.Sprint(verdict), "helps") {
			t.Errorf("gate --candidate %s: %s%v, the report says %v", candidate, series, r["verdict"], verdict)
		}
	}
}
