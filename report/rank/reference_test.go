package rank_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The reference cases hold inputs and numbers that other programs computed (R, scipy, independent
// implementations). VNETTUNE_REFERENCE_CASES names another folder of them.
func TestReferenceCases(t *testing.T) {
	dir := os.Getenv("VNETTUNE_REFERENCE_CASES")
	if dir == "" {
		dir = filepath.Join("testdata", "cases")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no reference cases in %s (%v)", dir, err)
	}
	values, skipped := 0, 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			k := kindOf(name)
			if why, ok := skippedKinds[k]; ok {
				skipped++
				t.Skipf("kind %s is not checked: %s", k, why)
			}
			run, ok := kinds[k]
			if !ok {
				t.Fatalf("kind %q of reference case is unknown", k)
			}
			c := loadCase(t, file)
			run(t, c)
			if c.checked == 0 {
				t.Error("nothing was checked")
			}
			values += c.checked
			for key := range c.Expected {
				if !c.read[key] && !slices.Contains(notChecked[k], key) {
					t.Errorf("nothing checks %q", key)
				}
			}
		})
	}
	t.Logf("%d cases, %d of them skipped by kind, %d values checked", len(files), skipped, values)
}

// kindOf is the file's name without its number: moderated_10 is "moderated".
func kindOf(name string) string {
	switch {
	case strings.HasPrefix(name, "nist_"):
		return "nist"
	case strings.HasPrefix(name, "campaign_"):
		return "campaign"
	}
	return regexp.MustCompile(`_\d+$`).ReplaceAllString(name, "")
}

// refCase is one file.
type refCase struct {
	t         *testing.T
	Input     json.RawMessage
	Expected  map[string]json.RawMessage
	Tolerance struct{ Relative, Absolute float64 }
	checked   int
	read      map[string]bool // keys of Expected that were looked at
}

func loadCase(t *testing.T, file string) *refCase {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := &refCase{t: t, read: make(map[string]bool)}
	if err := json.Unmarshal(data, c); err != nil {
		t.Fatal(err)
	}
	return c
}

// in decodes the input.
func (c *refCase) in(v any) {
	c.t.Helper()
	if err := json.Unmarshal(c.Input, v); err != nil {
		c.t.Fatal(err)
	}
}

// raw is one expected value; it counts as looked at.
func (c *refCase) raw(key string) json.RawMessage {
	c.t.Helper()
	raw, ok := c.Expected[key]
	if !ok {
		c.t.Fatalf("the case has no %q", key)
	}
	c.read[key] = true
	return raw
}

// skippedKinds are the kinds of which nothing is reached by a program any more, and so
// nothing is left in this repository to check: the only ones that are passed over.
var skippedKinds = map[string]string{
	"bootstrap_bca":     "no program shows a bootstrap interval",
	"mannwhitney_exact": "no program tests by ranks",
	"mannwhitney_ties":  "no program tests by ranks",
}

// notChecked are keys of a kind that this program has no counterpart of: tests of
// several samples at once, by ranks or without equal variances; adjustments of p beside
// Holm's; rank tests and robust locations; the components of variance beyond what the
// noise of a campaign is made of; and pairs where the design falls apart, which are null.
var notChecked = map[string][]string{
	"oneway":             {"kruskal_H", "kruskal_H_ties", "kruskal_df", "kruskal_p", "kruskal_p_ties", "welch_F", "welch_df", "welch_p"},
	"rcb":                {"friedman_chi2", "friedman_p", "mean_ranks", "nemenyi_cd_05", "quade_F", "quade_p"},
	"padjust":            {"bh", "by", "hochberg", "bonferroni"},
	"paired":             {"V", "p_signed_rank_exact", "hodges_lehmann", "hl_ci"},
	"robust_location":    {"trim20", "hl", "walsh_median", "hl_ci95", "median_ci_ranks", "median_ci", "median_ci_coverage"},
	"varcomp_balanced":   {"reml_var_boot", "reml_var_rep", "icc", "icc_ci95", "design_effect"},
	"varcomp_unbalanced": {"msb", "n0", "var_boot", "reml_var_boot", "reml_var_rep"},
	"outlier_threshold":  {"standard_error"},
}

// expected decodes one expected value.
func (c *refCase) expected(key string, v any) {
	c.t.Helper()
	raw := c.raw(key)
	if err := json.Unmarshal(raw, v); err != nil {
		c.t.Fatalf("%s: %v", key, err)
	}
}

// refNumber is a number, null (NaN) or "inf".
type refNumber float64

func (n *refNumber) UnmarshalJSON(b []byte) error {
	switch s := string(b); s {
	case "null":
		*n = refNumber(math.NaN())
	case `"inf"`, `"Inf"`:
		*n = refNumber(math.Inf(1))
	case `"-inf"`, `"-Inf"`:
		*n = refNumber(math.Inf(-1))
	default:
		return json.Unmarshal(b, (*float64)(n))
	}
	return nil
}

// number compares one value.
func (c *refCase) number(key string, got float64) {
	c.t.Helper()
	var want refNumber
	c.expected(key, &want)
	c.close(key, got, float64(want), c.Tolerance.Relative)
}

// numbers compares a list.
func (c *refCase) numbers(key string, got []float64) {
	c.t.Helper()
	c.numbersTo(key, got, c.Tolerance.Relative)
}

func (c *refCase) numbersTo(key string, got []float64, relative float64) {
	c.t.Helper()
	var want []refNumber
	c.expected(key, &want)
	if len(got) != len(want) {
		c.t.Errorf("%s: %d values, want %d", key, len(got), len(want))
		return
	}
	for i := range got {
		c.close(fmt.Sprintf("%s[%d]", key, i), got[i], float64(want[i]), relative)
	}
}

func (c *refCase) close(what string, got, want, relative float64) {
	c.t.Helper()
	c.checked++
	if math.IsNaN(got) && math.IsNaN(want) || got == want {
		return
	}
	if !(math.Abs(got-want) <= c.Tolerance.Absolute+relative*math.Abs(want)) {
		c.t.Errorf("%s = %.15g, want %.15g", what, got, want)
	}
}

// same compares anything else by its JSON form.
func (c *refCase) same(key string, got any) {
	c.t.Helper()
	c.checked++
	raw := c.raw(key)
	var want any
	if err := json.Unmarshal(raw, &want); err != nil {
		c.t.Fatal(err)
	}
	w, _ := json.Marshal(want)
	g, err := json.Marshal(got)
	if err != nil {
		c.t.Fatal(err)
	}
	if string(g) != string(w) {
		c.t.Errorf("%s = %s, want %s", key, g, w)
	}
}
