package results

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vnettune/matrix"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// switching makes the store's plan one that switches: two boots of three stints each, and one boot of its own.
func switching(p matrix.Plan) matrix.Plan {
	p.Switch = &matrix.Switching{Blocks: 2, Levels: [][]int{{0, 1}, {2}}}
	p.Slots = []matrix.Slot{
		{Block: 1, Order: 1, Arm: 1, Boot: 1}, {Block: 1, Order: 2, Arm: 0, Boot: 1}, {Block: 1, Order: 3, Arm: 1, Boot: 1},
		{Block: 2, Order: 4, Arm: 0, Boot: 2}, {Block: 2, Order: 5, Arm: 1, Boot: 2}, {Block: 3, Order: 6, Arm: 1, Only: matrix.OnConfirm},
	}
	return p
}

// stint is a stored boot of a slot, as stint n of a boot.
func stint(s *Store, order, n int, in string) Boot {
	b := boot(s, order)
	b.Stint, b.In = n, in
	return b
}

// createOf is a store of a campaign, with a session begun.
func createOf(t *testing.T, c Campaign) *Store {
	t.Helper()
	s, err := Create(filepath.Join(t.TempDir(), "demo.db"), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	begin(t, s, record.Guest{StandIn: "lab"})
	return s
}

func TestStints(t *testing.T) {
	c := demo(t)
	c.Plan = switching(c.Plan)
	s := createOf(t, c)
	var ids []string
	for _, x := range []struct {
		order, stint int
		in           string
	}{{1, 1, ""}, {2, 2, "b001"}, {3, 3, "b001"}, {4, 1, ""}, {5, 2, "b002"}, {6, 0, ""}} {
		id, err := s.AddBoot(stint(s, x.order, x.stint, x.in))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if want := []string{"b001.1", "b001.2", "b001.3", "b002.1", "b002.2", "b003"}; !slices.Equal(ids, want) {
		t.Errorf("named %q, want %q", ids, want)
	}
	if err := s.AddSwitchDecision(record.SwitchDecision{Blocks: 2, Look: 1, Of: 2, FellBack: []record.FellBack{{Arm: "tuned", Unit: "\x1b[31m%"}}}, noon); err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s)
	kept := read(t, s)
	for i, b := range kept.Boots {
		if b.ID != ids[i] || b.BootName() != strings.Split(ids[i], ".")[0] {
			t.Errorf("%+v", b)
		}
	}
	if d := kept.Decided(); d.FellBack["tuned"] != 2 || d.Pick != "" {
		t.Errorf("decided %+v", d)
	}
	if unit := kept.Switching[0].FellBack[0].Unit; strings.Contains(unit, "\x1b") {
		t.Errorf("%q is obeyed by a terminal", unit)
	}
	rows, err := kept.Samples()
	if err != nil {
		t.Fatal(err)
	}
	stints := map[string][]int{}
	for _, r := range rows {
		if !slices.Contains(stints[r.Boot], r.Stint) {
			stints[r.Boot] = append(stints[r.Boot], r.Stint)
		}
	}
	if !slices.Equal(stints["b001"], []int{1, 2, 3}) || !slices.Equal(stints["b003"], []int{0}) || len(stints) != 3 {
		t.Errorf("rows of %v", stints)
	}
	// A boot is taken out with all its stints, one stint alone by its own name or as reports name it.
	for _, b := range kept.Boots {
		if want := strings.Replace(b.ID, ".", " stint ", 1); b.Name() != want {
			t.Errorf("%s is called %q, want %q", b.ID, b.Name(), want)
		}
	}
	if err := errors.Join(s.Exclude("b002 stint 2", "this one", noon), s.Exclude("b001", "the whole boot", noon)); err != nil {
		t.Fatal(err)
	}
	if err := s.Exclude("b001.2", "again", noon); err == nil || !strings.Contains(trouble.Line(err), "excluded already") {
		t.Errorf("%v", err)
	}
	out := map[string]bool{}
	for _, e := range read(t, s).Exclusions {
		out[e.Boot] = true
	}
	for _, id := range ids {
		if want := strings.HasPrefix(id, "b001") || id == "b002.2"; out[id] != want {
			t.Errorf("%s excluded: %v, want %v", id, out[id], want)
		}
	}
	rows, err = read(t, s).Samples()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if want := r.Boot == "b001" || r.Boot == "b002" && r.Stint == 2; (r.Status == sample.StatusExcluded) != want {
			t.Errorf("row of %s, stint %d: %s", r.Boot, r.Stint, r.Status)
		}
	}
}

// A stint must be of a boot that is switched, and say which.
func TestAStintThatIsNone(t *testing.T) {
	c := demo(t)
	c.Plan = switching(c.Plan)
	s := createOf(t, c)
	for _, x := range []struct {
		order, stint int
		in           string
	}{{1, 0, ""}, {2, 2, ""}, {6, 1, ""}} {
		if _, err := s.AddBoot(stint(s, x.order, x.stint, x.in)); err == nil {
			t.Errorf("slot %d as stint %d of %q is stored", x.order, x.stint, x.in)
		}
	}
}
