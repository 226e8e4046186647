package apply_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/lab/windows/machine"
	"vnettune/matrix"
	"vnettune/results/record"
)

// TestEveryRelease drives each Windows of PowerShell that a lab plays through what a campaign does to
// it: every setting that it can be given is found, written with another value, in the registry or the
// stack of a later boot, and put back.
func TestEveryRelease(t *testing.T) {
	for _, c := range releases {
		t.Run(c.generation+" "+c.build, func(t *testing.T) {
			everySetting(t, newStandInOf(t, machine.Config{Generation: c.generation, Build: c.build, Language: "en"}, "allow=uso"), c.generation, c.build)
		})
	}
}

// TestNoLabelIsParsed does the same to guests of which no label can be read, and of other languages:
// what they answer is the same but for texts that people read.
func TestNoLabelIsParsed(t *testing.T) {
	for _, c := range []struct{ language, generation, build string }{
		{"pseudo", "nt62", "9600"}, {"pseudo", "w10", "17763"}, {"pseudo", "w11", "26200"},
		{"de", "w10", "19045"}, {"ru", "w11", "26200"}, {"zh", "w11", "22631"}, {"ja", "w11", "26100"},
	} {
		t.Run(c.language+" "+c.build, func(t *testing.T) {
			s := newStandInOf(t, machine.Config{Generation: c.generation, Build: c.build, Language: c.language}, "allow=uso")
			everySetting(t, s, c.generation, c.build)
			english := newStandInOf(t, machine.Config{Generation: c.generation, Build: c.build, Language: "en"})
			if was, is := probed(t, english), probed(t, s); was != is {
				t.Errorf("in English\n%s\notherwise\n%s", was, is)
			}
		})
	}
}

// probed are the originals of a guest's stack, as JSON.
func probed(t *testing.T, s *standIn) string {
	t.Helper()
	g := s.guest()
	ids := []string{"tcp.autotuninglevel", "tcp.ecncapability"}
	if s.config.Generation != "nt62" {
		ids = append(ids, "template.congestionprovider")
	}
	o, err := g.Originals(t.Context(), declared(t, g), plannedOn(t, matrix.Generation(s.config.Generation), ids...))
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(o.Settings)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// releases are the builds of a lab that differ from each other.
var releases = []struct{ generation, build string }{
	{"nt62", "9200"}, {"nt62", "9600"}, {"w10", "14393"}, {"w10", "17763"}, {"w10", "18362"}, {"w10", "19045"},
	{"w11", "20348"}, {"w11", "22000"}, {"w11", "26100"}, {"w11", "26200"},
}

func everySetting(t *testing.T, s *standIn, generation, build string) {
	t.Helper()
	g := s.guest()
	f := declared(t, g)
	w, err := apply.WindowsOf(f)
	if err != nil || string(w.Generation) != generation || strconv.Itoa(w.Build) != build || w.Edition == "" {
		t.Fatalf("%s, %v", w, err)
	}
	a, err := g.AdapterUnderTest(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range a.Driver.Keywords {
		w.Declared = append(w.Declared, k.Name)
	}
	var ids []string
	for _, s := range matrix.Catalogue().All() {
		// The machine under this stand-in has an MTU that nothing changes, and one queue.
		if s.CanSet(w) == nil && s.ID != "ip.mtu" && !strings.HasPrefix(s.ID, "rss.") {
			ids = append(ids, s.ID)
		}
	}
	lacking, err := g.Lacking(t.Context(), f, plannedOn(t, w.Generation, ids...))
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lacking { // the templates of a 2012 that can be written are not those in use
		if generation != "nt62" || !strings.HasPrefix(l.ID, "template.") {
			t.Errorf("%s: %v", l.ID, l.Err)
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return id == l.ID })
	}
	if (len(lacking) == 0) != (generation != "nt62") {
		t.Errorf("%d settings are refused", len(lacking))
	}
	o, err := g.Originals(t.Context(), f, plannedOn(t, w.Generation, ids...))
	if err == nil {
		err = apply.Known(o)
	}
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, s := range o.Settings {
		found[s.Place.ID] = s.State.Data
	}
	values := map[string]matrix.Value{}
	for _, id := range ids {
		if v, ok := another(w, a, id, found[id]); ok {
			values[id] = v
		}
	}
	if len(values) < 60 {
		t.Fatalf("%d settings", len(values))
	}
	for _, r := range readBack(t, g, o, values, true) {
		if !r.AsAsked || r.InEffect == record.No && !strings.HasPrefix(r.ID, "netkvm.") {
			t.Errorf("%s", r)
		}
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Fatal(err)
	}
	now, err := g.Originals(t.Context(), declared(t, g), plannedOn(t, w.Generation, ids...))
	if err == nil {
		err = o.Same(now)
	}
	if err != nil {
		t.Errorf("after the restore: %v", err)
	}
}

// another is a legal value of a setting that the guest does not have.
func another(w matrix.Windows, a record.Adapter, id, found string) (matrix.Value, bool) {
	s, _ := matrix.Catalogue().Lookup(id)
	choices := slices.Clone(s.Legal.Enum)
	if s.Legal.Number {
		choices = append(choices, strconv.FormatUint(s.Legal.Min, 10), strconv.FormatUint(s.Legal.Min+max(s.Legal.Step, 1), 10), strconv.FormatUint(s.Legal.Max, 10))
	}
	for _, c := range choices {
		v, err := s.Check(w, matrix.Value(c))
		if err != nil || c == found || c == "none" {
			continue
		}
		if k, err := a.Driver.Find(s.Forms[w.Generation].Name); s.Forms[w.Generation].Kind == matrix.AdapterKeyword && (err != nil || !k.Takes(c)) {
			continue
		}
		return v, true
	}
	return "", false
}

// TestDefaultsOfReleases asks each Windows for the defaults of its netsh: where the catalogue knows
// the default of this build and edition, that value is written and read back, and it is what a fresh
// guest has; an original of an earlier store has none, and Windows picks.
func TestDefaultsOfReleases(t *testing.T) {
	ecn := map[string]string{"nt62 9200": "enabled", "w10 14393": "enabled", "w10 17763": "enabled", "w11 20348": "enabled", "w11 26100": "enabled"}
	for _, c := range releases {
		t.Run(c.generation+" "+c.build, func(t *testing.T) {
			s := newStandInOf(t, machine.Config{Generation: c.generation, Build: c.build, Language: "en"})
			g := s.guest()
			f := declared(t, g)
			w, err := apply.WindowsOf(f)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			values, defaults := map[string]matrix.Value{}, map[string]matrix.Value{}
			for _, one := range matrix.Catalogue().All() {
				if kind := one.Forms[w.Generation].Kind; one.CanSet(w) != nil || kind != matrix.NetshGlobal && kind != matrix.NetshHeuristics {
					continue
				}
				ids = append(ids, one.ID)
				defaults[one.ID] = matrix.Default
			}
			o, err := g.Originals(t.Context(), f, plannedOn(t, w.Generation, ids...))
			if err != nil {
				t.Fatal(err)
			}
			fresh := map[string]string{}
			for _, one := range o.Settings {
				fresh[one.Place.ID] = one.State.Data
				values[one.Place.ID], _ = another(w, o.Adapter, one.Place.ID, one.State.Data)
			}
			if want := cmp.Or(ecn[c.generation+" "+c.build], "disabled"); fresh["tcp.ecncapability"] != want {
				t.Errorf("ECN is %s, want %s", fresh["tcp.ecncapability"], want)
			}
			for _, arm := range []map[string]matrix.Value{values, defaults} {
				targets, err := apply.Targets(o, combination(o, arm))
				if err == nil {
					_, err = g.Write(t.Context(), targets)
				}
				if err != nil {
					t.Fatal(err)
				}
				readings, _, err := g.ReadBack(t.Context(), targets)
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range readings {
					if !r.AsAsked || arm[r.ID] == matrix.Default && r.Configured != fresh[r.ID] {
						t.Errorf("%s; fresh it is %s", r, fresh[r.ID])
					}
					if arm[r.ID] == matrix.Default && targets[i].Open && r.ID != "tcp.timestamps" {
						t.Errorf("the default of %s is not known", r.ID)
					}
				}
			}
			for i := range o.Settings {
				o.Settings[i].Default = nil
			}
			targets, err := apply.Targets(o, combination(o, defaults))
			if err != nil || !targets[0].Open || targets[0].Want.Data != "default" {
				t.Errorf("%+v, %v; want Windows to pick", targets[0], err)
			}
		})
	}
}
