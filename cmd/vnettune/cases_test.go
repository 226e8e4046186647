package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testdata/cases has small inputs that went wrong once, from the field and from reading verdicts
// beside each other: what they must say was settled before the program said it.

// kept runs a command on a file of testdata/cases and returns its text and its JSON.
func kept(t *testing.T, wantCode int, command, file string, flags ...string) (text string, doc reportDoc) {
	t.Helper()
	args := append([]string{command, filepath.Join("testdata", "cases", file)}, flags...)
	run := func(args ...string) string {
		var out, errs bytes.Buffer
		if code := vnettune(args, nil, &out, &errs); code != wantCode || errs.Len() > 0 {
			t.Fatalf("vnettune %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, wantCode, out.String(), errs.String())
		}
		return out.String()
	}
	if err := json.Unmarshal([]byte(run(append(args, "--format", "json")...)), &doc); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(run(args...)), " "), doc
}

func number(t *testing.T, from map[string]any, name string) float64 {
	t.Helper()
	v, ok := from[name].(float64)
	if !ok {
		t.Fatalf("%s is %v", name, from[name])
	}
	return v
}

func names(list any) []string {
	var out []string
	for _, v := range list.([]any) {
		out = append(out, v.(string))
	}
	return out
}

// claims are words of a page that claims something.
var claims = []string{"helps, by more", "Best:", "May be the best", "Tiers", "Shown to be worse", "are wrong in at most", "share a letter"}

func saysNone(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(text, w) {
			t.Errorf("%q is said in\n%s", w, text)
		}
	}
}

func saysAll(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not said in\n%s", w, text)
		}
	}
}

// A setting that ends the loss, 3 % to 0 in 10 of 10 boots, is the best.
func TestLossCured(t *testing.T) {
	text, doc := kept(t, exitDone, "rank", "loss_cured.csv", "--baseline", "base")
	a := doc.analysis(t, "udp", "loss")
	x := a.arm(t, "x")
	if x["verdict"] != "helps" || number(t, x, "upper") > -2.5 || number(t, x, "estimate") != 0 || a["single_winner"] != "x" || a["effect_unit"] != "percentage points" || a["margin"] != 0.1 {
		t.Errorf("x: %v, best %v", x, a["single_winner"])
	}
	saysAll(t, text, "Best: x", "x helps, by more than the margin of 0.1 percentage points")
	saysNone(t, text, "not working", "fails more often")
}

// virtio-win #1012: a larger queue ends the loss of small packets.
func TestALargerQueueEndsTheLoss(t *testing.T) {
	_, doc := kept(t, exitDone, "rank", "08a-loss-cured.csv", "--baseline", "baseline")
	a := doc.analysis(t, "udp-small", "loss")
	first := a.arms()[0]
	if first["combination"] != "queue1024" || first["rank"] != 1.0 || first["verdict"] != "helps" || number(t, first, "estimate") != 0 || number(t, first, "difference") > -0.36 {
		t.Errorf("%v", first)
	}
	if !slices.Contains(names(a["best_set"]), "queue1024") || slices.Contains(names(a["best_set"]), "baseline") {
		t.Errorf("may be the best: %v", a["best_set"])
	}
}

// No loss against no loss is equal and passes, however few boots a user might be asked for; jitter is
// not judged.
func TestGateWithoutLoss(t *testing.T) {
	for _, tt := range []struct {
		file, baseline, candidate string
		open                      int // percent of boots that may yet have loss: 1 - 0.05^(1/boots)
	}{
		{"gate_udp_no_loss.csv", "base", "new", 14}, {"08c-gate-udp-no-loss.csv", "baseline", "new-driver", 26},
	} {
		text, doc := kept(t, exitDone, "gate", tt.file, "--baseline", tt.baseline, "--candidate", tt.candidate)
		if doc["verdict"] != "PASS" || len(doc["metrics"].([]any)) != 2 {
			t.Errorf("%s: %v", tt.file, doc)
		}
		for _, m := range doc["metrics"].([]any) {
			m := reportDoc(m.(map[string]any))
			if loss := m["metric"] == "loss"; m["verdict"] != "PASS" || m["equal_in_every_boot"] != loss || loss && m["difference"] != 0.0 {
				t.Errorf("%s: %v", tt.file, m)
			}
		}
		saysAll(t, text, "loss: equal in every boot;", fmt.Sprintf("do not exclude that up to %d %% of boots have another value", tt.open))
		saysNone(t, text, "more boots", "more blocks", "jitter")
	}
}

// A candidate without any loss passes; it once made the gate panic.
func TestGateOfNothingButZeros(t *testing.T) {
	_, doc := kept(t, exitDone, "gate", "gate_all_reps_zero.csv", "--baseline", "baseline", "--candidate", "new")
	m := reportDoc(doc["metrics"].([]any)[0].(map[string]any))
	if doc["verdict"] != "PASS" || m["scale"] != "difference" || math.Abs(number(t, m, "difference")+0.95) > 1e-9 || m["boots_new"] != 6.0 || m["boots_failed_new"] != 0.0 {
		t.Errorf("%v", m)
	}
}

// -29 % with one of nine boots lost is a regression, whatever that boot would have measured.
func TestGateWithOneOfNineLost(t *testing.T) {
	_, doc := kept(t, exitRegression, "gate", "gate_lost_one_of_nine.csv", "--baseline", "baseline", "--candidate", "c01")
	m := reportDoc(doc["metrics"].([]any)[0].(map[string]any))
	if doc["verdict"] != "FAIL" || number(t, m, "missing_share_new") < 0.1 || m["verdict_lost_even"] != "FAIL" || number(t, m, "difference") > -28 {
		t.Errorf("%v", m)
	}
}

// A campaign whose order column shows that it was booted arm by arm claims nothing; the truth is that
// there are no differences.
func TestSequenceClaimsNothing(t *testing.T) {
	text, doc := kept(t, exitDone, "rank", "rank_sequential_drift.csv", "--baseline", "baseline")
	a := doc.analysis(t, "tcp", "throughput")
	for _, arm := range a.arms() {
		if arm["baseline"] == false && arm["verdict"] != "INCONCLUSIVE(order)" {
			t.Errorf("%v: %v", arm["combination"], arm["verdict"])
		}
		if arm["may_be_best"] != nil || arm["tier"] != nil || arm["letters"] != nil || arm["from_leader"] != nil {
			t.Errorf("%v", arm)
		}
	}
	if a["boot_order"] != "grouped" || a["single_winner"] != nil || len(a["best_set"].([]any))+len(a["tiers"].([]any)) > 0 {
		t.Errorf("order %v, winner %v, best %v, tiers %v", a["boot_order"], a["single_winner"], a["best_set"], a["tiers"])
	}
	saysNone(t, text, claims...)
	text, doc = kept(t, exitInconclusive, "gate", "rank_sequential_drift.csv", "--baseline", "baseline", "--candidate", "c03")
	if reason := doc["metrics"].([]any)[0].(map[string]any)["reason"]; reason != "order" {
		t.Errorf("gate: %v: %s", reason, text)
	}
}

// Where nothing is shown, nobody is the only best.
func TestNoBestWhereNothingIsShown(t *testing.T) {
	text, doc := kept(t, exitDone, "rank", "two_arms_undetermined_and_best.csv", "--baseline", "baseline")
	a := doc.analysis(t, "tcp", "throughput")
	if a["single_winner"] != nil || a.arm(t, "c01")["verdict"] != "undetermined" || !slices.Equal(names(a["best_set"]), []string{"baseline", "c01"}) {
		t.Errorf("winner %v, best %v, c01 %v", a["single_winner"], a["best_set"], a.arm(t, "c01")["verdict"])
	}
	saysNone(t, text, "Best:", "the only arm", "Shown to be worse")
}

// A claim that would be stronger without a far boot is no weaker for it.
func TestTheWeakerClaimStands(t *testing.T) {
	text, doc := kept(t, exitDone, "rank", "outliers_stronger_without.csv", "--baseline", "base")
	a03 := doc.analysis(t, "w0000", "throughput").arm(t, "a03")
	if a03["label"] != "helps, maybe by less than the margin" || a03["verdict"] != a03["label"] {
		t.Errorf("%v", a03)
	}
	saysNone(t, text, "INCONCLUSIVE")
}

// golang/perf's nightly data: half a percent, known to a hundredth, at a margin of 2 %.
func TestDifferencesInsideTheMargin(t *testing.T) {
	for file, want := range map[string]struct {
		difference float64
		better     string
	}{"09a-trivial-gain.csv": {0.487, "tweak"}, "09b-trivial-loss.csv": {-0.507, "baseline"}} {
		text, doc := kept(t, exitDone, "rank", file, "--baseline", "baseline")
		tweak := doc.analysis(t, "tcp", "throughput").arm(t, "tweak")
		if tweak["verdict"] != "equivalent" || tweak["differs"] != true || math.Abs(number(t, tweak, "difference")-want.difference) > 0.001 {
			t.Errorf("%s: %v", file, tweak)
		}
		saysAll(t, text, fmt.Sprintf("it differs by about %.3f %%, less than the margin", math.Abs(want.difference)))
		saysNone(t, text, "tweak helps", "tweak harms")
		if file == "09b-trivial-loss.csv" { // a loss inside the margin is no regression
			kept(t, exitDone, "gate", file, "--baseline", "baseline", "--candidate", "tweak")
		}
	}
}

// An arm that has no row in a workload is not measured there; it is not broken.
func TestAnArmThatMeasuredOneWorkload(t *testing.T) {
	text, doc := kept(t, exitDone, "rank", "15-arm-never-measured.csv", "--baseline", "flannel")
	service, direct := doc.analysis(t, "service", "throughput"), doc.analysis(t, "direct", "throughput")
	if !slices.Equal(names(service["not_measured"]), []string{"baremetal"}) || service["family"] != 1.0 || len(service.arms()) != 2 {
		t.Errorf("service: not measured %v, family %v", service["not_measured"], service["family"])
	}
	if len(names(direct["not_measured"])) != 0 || direct["family"] != 2.0 || direct.arm(t, "baremetal")["verdict"] != "helps" {
		t.Errorf("direct: not measured %v, family %v", direct["not_measured"], direct["family"])
	}
	saysAll(t, text, "Not measured in this workload, and not in its family: baremetal.")
	saysNone(t, text, "not working")
	// The gate of an arm judges the workloads that both measured.
	_, doc = kept(t, exitDone, "gate", "15-arm-never-measured.csv", "--baseline", "flannel", "--candidate", "baremetal")
	if m := doc["metrics"].([]any); len(m) != 1 || m[0].(map[string]any)["workload"] != "direct" {
		t.Errorf("gate: %v", m)
	}
}

// A known metric that is said to improve the other way is a mistake: helps and harms would be swapped.
func TestThroughputIsBetterWhenHigher(t *testing.T) {
	for _, args := range [][]string{
		{"rank", "--baseline", "baseline"}, {"gate", "--baseline", "baseline", "--candidate", "c02"}, {"history", "--baseline", "baseline"},
	} {
		var out, errs bytes.Buffer
		args = slices.Insert(args, 1, filepath.Join("testdata", "cases", "throughput_lower_is_better.csv"))
		code := vnettune(args, nil, &out, &errs)
		if code != exitUsage || out.Len() > 0 || !strings.Contains(errs.String(), `line 2: column "better": value "lower": higher is better for "throughput"`) {
			t.Errorf("%s: exit %d, %q, %q", args[0], code, out.String(), errs.String())
		}
	}
}
