package apply_test

import (
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/matrix"
	"vnettune/results/record"
)

// What a campaign finds on a guest is known, every setting of the catalogue that the
// guest can be given, and nothing that a file could say beside it.
func TestOriginalsAreKnown(t *testing.T) {
	s := newStandIn(t)
	g := s.guest()
	f := declared(t, g)
	var ids []string
	for _, setting := range matrix.Catalogue().All() {
		if setting.CanSet(matrix.On(matrix.W10)) != nil {
			continue
		}
		if lacks, err := g.Lacking(t.Context(), f, planned(t, setting.ID)); err != nil || len(lacks) > 0 {
			continue
		}
		ids = append(ids, setting.ID)
	}
	if len(ids) < 50 {
		t.Fatalf("%d settings", len(ids))
	}
	_, o := originals(t, s, ids...)
	if err := apply.Known(o); err != nil {
		t.Error(err)
	}
	kinds := map[string]record.Original{}
	for _, s := range o.Settings {
		kinds[s.Place.Kind] = s
	}
	for name, c := range map[string]struct {
		kind   matrix.FormKind
		change func(*record.Original)
		says   string
	}{
		"a key of its own":                  {matrix.Registry, func(s *record.Original) { s.Place.Path = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run` }, "no place"},
		"a value of its own":                {matrix.Registry, func(s *record.Original) { s.Place.Name = "Owner" }, "no place"},
		"another hive":                      {matrix.Registry, func(s *record.Original) { s.Place.Path = strings.Replace(s.Place.Path, "HKLM", "HKCU", 1) }, "no place"},
		"a registry kind":                   {matrix.Registry, func(s *record.Original) { s.State = record.State{Exists: true, Kind: "Link", Data: "x"} }, `kind "Link"`},
		"a key that is no adapter's":        {matrix.AdapterKeyword, func(s *record.Original) { s.Place.Path = `HKLM\SYSTEM\CurrentControlSet\Services\x` }, "no key of a network adapter"},
		"a key below an adapter's":          {matrix.AdapterKeyword, func(s *record.Original) { s.Place.Path += `\Ndi` }, "no key of a network adapter"},
		"a value of another adapter's kind": {matrix.AdapterValue, func(s *record.Original) { s.Place.Name = "CoInstallers32" }, "no place"},
		"a key that is no interface's":      {matrix.InterfaceValue, func(s *record.Original) { s.Place.Path = strings.TrimSuffix(s.Place.Path, "}") }, "no key of an interface"},
		"a value of no interface":           {matrix.InterfaceValue, func(s *record.Original) { s.Place.Name = "NameServer" }, "no place"},
		"a property of no driver":           {matrix.AdapterKeyword, func(s *record.Original) { s.Place.Name = "CoInstallers32" }, "no place"},
		"a key of netsh":                    {matrix.NetshGlobal, func(s *record.Original) { s.Place.Name = "rss=enabled & calc" }, "no place"},
		"a word of netsh":                   {matrix.NetshGlobal, func(s *record.Original) { s.State.Data = "normal & calc" }, "no word of netsh"},
		"no word of netsh":                  {matrix.NetshGlobal, func(s *record.Original) { s.State = record.State{} }, "no word of netsh"},
		"a template":                        {matrix.NetshTemplate, func(s *record.Original) { s.Place.Template = "internet x=y" }, "no TCP template"},
		"a way that nobody knows":           {matrix.Registry, func(s *record.Original) { s.Place.Kind = "shell" }, "no place"},
		"a place of another mechanism":      {matrix.Registry, func(s *record.Original) { s.Place.Kind = string(matrix.NetshGlobal) }, "no place"},
	} {
		t.Run(name, func(t *testing.T) {
			one, ok := kinds[string(c.kind)]
			if !ok {
				t.Fatalf("the guest has no setting of kind %s", c.kind)
			}
			c.change(&one)
			err := apply.Known(record.Originals{Settings: []record.Original{one}})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

func TestOriginalsOfAnXPAreKnown(t *testing.T) {
	x := newXP(t)
	g := x.guest()
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, setting := range matrix.Catalogue().All() {
		if setting.CanSet(matrix.On(matrix.XP)) == nil {
			if lacks, err := g.Lacking(t.Context(), f, plannedOn(t, matrix.XP, setting.ID)); err == nil && len(lacks) == 0 {
				ids = append(ids, setting.ID)
			}
		}
	}
	o, err := g.Originals(t.Context(), f, plannedOn(t, matrix.XP, ids...))
	if err != nil {
		t.Fatal(err)
	}
	if err := apply.Known(o); err != nil || len(ids) < 5 {
		t.Errorf("%d settings: %v", len(ids), err)
	}
}
