package forecast

import (
	"strings"
	"testing"

	"vnettune/matrix"
)

// TestRowsWords: a plan says what its rows hold, what they cannot tell, and what is aliased only in the long form.
func TestRowsWords(t *testing.T) {
	four := map[string][]matrix.Value{"tcp.rss": {"enabled", "disabled"}, "tcp.rsc": {"enabled", "disabled"}, "tcp.timestamps": {"disabled", "enabled"}, "tcp.ecncapability": {"disabled", "enabled"}}
	for _, c := range []struct {
		d    matrix.Design
		want string
	}{
		{matrix.Design{Kind: matrix.Fractional, Levels: four}, "fractional: 8 rows of resolution IV: effects of settings are not aliased with those of two together; 3 groups are aliased (--full)"},
		{matrix.Design{Kind: matrix.Fractional, Levels: four, Resolution: 5}, "fractional: 16 rows: no fraction is smaller at this resolution, and these are all combinations"},
		{matrix.Design{Kind: matrix.Fractional, Levels: four, Resolution: 3, Linked: [][]string{{"tcp.rss", "tcp.rsc"}}}, "fractional: 4 rows of resolution III: effects of settings are aliased with those of two together; 3 groups are aliased (--full)"},
		{matrix.Design{Kind: matrix.PlackettBurman, Levels: four}, "plackett-burman: 8 rows of resolution III: the effect of each setting is aliased, wholly or in part, with those of every two others together"},
		{matrix.Design{Kind: matrix.Sample, Levels: four, Rows: 3}, "sample: 3 rows drawn by the seed\n3 rows cannot tell 4 effects of single values apart: they compare combinations"},
		{matrix.Design{Kind: matrix.Pairwise, Levels: four, Forbid: []map[string]matrix.Value{{"tcp.rss": "disabled", "tcp.rsc": "disabled"}}},
			"no row has tcp.rsc=disabled with tcp.rss=disabled: it is forbidden wherever it would stand"},
	} {
		p, err := matrix.NewPlan(matrix.W10, c.d, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(rowsWords(p.Rows), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.d.Kind, got, c.want)
		}
	}
	if rowsWords(nil) != nil {
		t.Error("a plan of another design has no rows of its own")
	}
}
