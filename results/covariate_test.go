package results

import (
	"testing"

	"vnettune/matrix"
	"vnettune/results/record"
)

// The covariate is stored with its boot, one that could not be measured with the reason, and every row of the boot has it.
func TestCovariate(t *testing.T) {
	s := create(t)
	for i, c := range []*record.Covariate{
		{Name: matrix.MemoryCopy, Value: 8123.5, Unit: "MiB/s", Rounds: 31},
		{Name: matrix.MemoryCopy, Missing: "no memory"}, nil} {
		b := boot(s, i+1)
		b.Covariate = c
		add(t, s, b)
		got := read(t, s).Boots[i].Covariate
		if (got == nil) != (c == nil) || c != nil && *got != *c {
			t.Errorf("stored %+v, want %+v", got, c)
		}
	}
	rows, err := read(t, s).Samples()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if want := map[string]float64{"b001": 8123.5}[r.Boot]; r.Covariate != want {
			t.Errorf("a row of %s has the covariate %v, want %v", r.Boot, r.Covariate, want)
		}
	}
}
