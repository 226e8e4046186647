package matrix

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vnettune/results/sample"
)

// TestCatalogueCounts guards the catalogue against entries that get lost: the
// golden file counts settings, forms and status words.
func TestCatalogueCounts(t *testing.T) {
	count := map[string]int{}
	for _, s := range Catalogue().All() {
		count["settings"]++
		count["scope "+s.Scope]++
		if len(s.Forms) == 0 {
			count["settings without a form"]++
		}
		for _, g := range Generations {
			count[fmt.Sprintf("%s status %s", g, s.Status[g].Word)]++
			if f, ok := s.Forms[g]; ok {
				count[fmt.Sprintf("%s form %s", g, f.Kind)]++
				if f.CIM != "" {
					count[fmt.Sprintf("%s read through MSFT_NetTCPSetting", g)]++
				}
			}
		}
	}
	if count["settings"] != 118+1 {
		t.Errorf("%d settings, want the catalogue's 118 and the placebo", count["settings"])
	}
	var out strings.Builder
	for _, k := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(&out, "%4d %s\n", count[k], k)
	}
	golden(t, "counts.golden", out.String())
}

func TestCatalogueConsistent(t *testing.T) {
	words := []StatusWord{Effective, Inert, NotApplicable, Unverified}
	for _, s := range Catalogue().All() {
		if !sample.ValidName(s.ID) {
			t.Errorf("%s: id is not legal in a name", s.ID)
		}
		if s.Name == "" || s.Confidence == "" || len(s.Sources) == 0 {
			t.Errorf("%s: name, confidence and sources are needed", s.ID)
		}
		if !slices.Contains([]string{"none", "low", "medium", "high"}, s.Danger) {
			t.Errorf("%s: danger %q", s.ID, s.Danger)
		}
		for _, e := range s.Legal.Enum {
			if s.Legal.Canon(Value(e)) != Value(e) {
				t.Errorf("%s: legal value %q is not canonical", s.ID, e)
			}
			if !text.MatchString(e) {
				t.Errorf("%s: legal value %q may not be sent", s.ID, e)
			}
		}
		for w := range s.Legal.Builds {
			if !slices.Contains(s.Legal.Enum, w) {
				t.Errorf("%s: since of %q, which is not legal", s.ID, w)
			}
		}
		for _, g := range Generations {
			checkGeneration(t, s, g, words)
		}
	}
}

// Every fact has a source that anybody can open, or says how a guest answers it;
// and the table holds no source that nothing names.
func TestSourcesCanBeOpened(t *testing.T) {
	c := Catalogue()
	named := map[string]bool{}
	for _, s := range c.All() {
		for _, text := range s.Sources {
			named[text] = true
		}
		for _, st := range s.Status {
			named[st.Source] = true
		}
		for _, t := range s.TakesEffect {
			for _, text := range t.Sources {
				named[text] = true
			}
		}
	}
	for _, p := range Profiles() {
		named[p.Source] = true
	}
	ids := map[string]bool{}
	for _, s := range c.sources {
		text, err := c.cite(s.ID)
		if err != nil || ids[s.ID] || s.Title == "" {
			t.Errorf("%s: %v, or twice, or without a title", s.ID, err)
		}
		ids[s.ID] = true
		if !named[text] {
			t.Errorf("%s: no setting and no profile names it", s.ID)
		}
		if u, err := url.Parse(s.URL); err == nil && u.Scheme == "https" && u.Host != "" {
			continue
		}
		if _, err := os.Stat(filepath.Join("..", s.URL)); err != nil {
			t.Errorf("%s: %q is neither an https address nor a page of this repository", s.ID, s.URL)
		}
	}
	for _, bad := range []string{"", "general knowledge", "not verified", "boot trace"} {
		if text, err := c.cite(bad); err == nil {
			t.Errorf("source %q is taken for %q", bad, text)
		}
	}
}

func checkGeneration(t *testing.T, s Setting, g Generation, words []StatusWord) {
	st := s.Status[g]
	if !slices.Contains(words, st.Word) || st.Text == "" || s.Defaults[g] == "" {
		t.Errorf("%s on %s: status %+v, default %q", s.ID, g, st, s.Defaults[g])
	}
	if (st.Word == Inert) != (st.Source != "") {
		t.Errorf("%s on %s: a source belongs to inert, and only there: %+v", s.ID, g, st)
	}
	if other := s.Superseded[g]; other != "" && g != NT60 {
		o, ok := Catalogue().Lookup(other)
		if !ok || o.CanSet(On(g)) != nil {
			t.Errorf("%s on %s: superseded by %s, which cannot be set", s.ID, g, other)
		}
	}
	f, ok := s.Forms[g]
	if !ok {
		return
	}
	if st.Word == NotApplicable {
		t.Errorf("%s on %s: a form for what does not exist", s.ID, g)
	}
	switch f.Kind {
	case Registry:
		if !strings.HasPrefix(f.Path, `HKLM\`) || f.Type != "DWord" || f.Name == "" {
			t.Errorf("%s on %s: %+v", s.ID, g, f)
		}
	case AdapterKeyword, AdapterValue:
		if f.Path != "" || f.Type != "String" || f.Name == "" {
			t.Errorf("%s on %s: %+v", s.ID, g, f)
		}
	case InterfaceValue:
		if f.Path != "" || f.Type != "DWord" || f.Name == "" {
			t.Errorf("%s on %s: %+v", s.ID, g, f)
		}
	case OffloadGlobal:
		if f.Path != "" || f.Type != "" || f.Name == "" || f.CIM == "" || g == XP {
			t.Errorf("%s on %s: %+v", s.ID, g, f)
		}
	case PowerScheme:
		if !strings.HasPrefix(f.Path, `HKLM\`) || f.Type != "" || f.Name == "" || g == XP {
			t.Errorf("%s on %s: %+v", s.ID, g, f)
		}
	case NetshGlobal, NetshHeuristics, NetshTemplate, NetshDynamicPort, NetshSubinterface, NetshIPGlobal, NetshUDPGlobal:
		if f.Path != "" || f.Type != "" || f.Name != strings.ToLower(f.Name) {
			t.Errorf("%s on %s: %+v", s.ID, g, f)
		}
		if g == XP {
			t.Errorf("%s: XP has no netsh interface tcp", s.ID)
		}
	default:
		t.Errorf("%s on %s: form kind %q", s.ID, g, f.Kind)
	}
	if f.Enum != nil && !slices.Contains(f.Enum, "disabled") {
		t.Errorf("%s on %s: CIM words %q", s.ID, g, f.Enum)
	}
	for _, w := range f.Enum {
		if !slices.Contains(s.Legal.Enum, w) {
			t.Errorf("%s on %s: CIM word %q is not legal", s.ID, g, w)
		}
	}
}

func TestLookup(t *testing.T) {
	c := Catalogue()
	if _, ok := c.Lookup("tcp.RSS"); ok {
		t.Error("ids are case-sensitive")
	}
	if got := c.Nearest("tcp.autotuninglvl"); got != "tcp.autotuninglevel" {
		t.Errorf("nearest %q", got)
	}
	if got := c.Nearest("xyzzy.frobnicate.quux"); got != "" {
		t.Errorf("nearest of nonsense: %q", got)
	}
	s, _ := c.Lookup("tcp.autotuninglevel")
	if f := s.Forms[W10]; f.Kind != NetshGlobal || f.Name != "autotuninglevel" || f.CIM != "AutoTuningLevelLocal" || f.Enum[3] != "normal" {
		t.Errorf("form of autotuning: %+v", f)
	}
	s, _ = c.Lookup("netkvm.LsoV2IPv4")
	if f := s.Forms[NT62]; f.Kind != AdapterKeyword || f.Name != "*LsoV2IPv4" {
		t.Errorf("form of a keyword: %+v", f)
	}
	placebo, _ := c.Lookup(PlaceboID)
	for _, g := range Generations {
		if f := placebo.Forms[g]; f.Path != `HKLM\SOFTWARE\vnettune` || placebo.Status[g].Word != Inert {
			t.Errorf("placebo on %s: %+v, %+v", g, f, placebo.Status[g])
		}
	}
}

func TestDefaultValue(t *testing.T) {
	of := func(edition Edition) func(int) Windows {
		return func(build int) Windows {
			w, err := WindowsOf(build, map[Edition]int{Client: 1, Server: 3}[edition])
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
	}
	client, server := of(Client), of(Server)
	for _, c := range []struct {
		id   string
		on   Windows
		want Value
		ok   bool
	}{
		{"tcp.autotuninglevel", On(W10), "normal", true},
		{"tcp.autotuninglevel", On(XP), "", false},
		{"tcp.initialrto", On(W10), "", false}, // depends on the build
		{"tcp.initialrto", On(W11), "1000", true},
		{"tcp.initialrto", server(17763), "3000", true},
		{"tcp.initialrto", client(18362), "1000", true},
		{"tcp.initialrto", client(17764), "", false}, // between what was seen
		{"tcp.ecncapability", On(W11), "", false},    // client or server
		{"tcp.ecncapability", client(22631), "disabled", true},
		{"tcp.ecncapability", server(20348), "enabled", true},
		{"tcp.ecncapability", server(9200), "enabled", true},
		{"tcp.ecncapability", server(9600), "disabled", true},
		{"tcp.ecncapability", client(9600), "", false}, // no sample of 8 and 8.1
		{"tcp.fastopen", server(14393), "disabled", true},
		{"tcp.fastopen", client(19045), "enabled", true},
		{"tcp.fastopen", client(14393), "", false},
		{"tcp.hystart", On(W10), "", false}, // not all builds have it
		{"tcp.prr", client(19041), "enabled", true},
		{"tcp.timestamps", client(26200), "", false}, // which build brought another is not known
		{"template.icw", server(17763), "", false},   // one for each template
		{"afd.DefaultSendWindow", On(XP), Absent, true},
		{"netkvm.RxCapacity", On(W10), "", false}, // the driver's own
		{"ip.mtu", On(W10), "1500", true},
		{"offload.NetworkDirect", On(W10), "enabled", true},
		{"offload.PacketCoalescingFilter", On(W10), "", false}, // client and server differ
		{"offload.PacketCoalescingFilter", client(19045), "enabled", true},
		{"offload.PacketCoalescingFilter", server(17763), "disabled", true},
		{"offload.PacketCoalescingFilter", server(9600), "", false}, // nobody has seen one
		{"power.scheme", On(W11), "381b4222-f694-41f0-9685-ff5bb260df2e", true},
		{"tcp.congestionprovider", On(W10), "", false}, // superseded there
	} {
		s, _ := Catalogue().Lookup(c.id)
		if got, ok := s.DefaultValue(c.on); got != c.want || ok != c.ok {
			t.Errorf("%s on %s: %q %v, want %q %v", c.id, c.on, got, ok, c.want, c.ok)
		}
	}
}

func TestParseCatalogueRefuses(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"twice", "settings: [{id: a, takes: {all: {when: unknown}}}, {id: a}]", "twice"},
		{"unknown key", "settings: [{id: a, colour: red}]", "colour"},
		{"two forms", "settings: [{id: a, forms: [{for: [xp], kind: registry}, {for: [xp], kind: registry}]}]", "two forms for xp"},
		{"a default for nobody", "settings: [{id: a, legal: {enum: [x]}, defaults: {w10: [{value: x, for: router}]}}]", "router"},
		{"a default that is not legal", "settings: [{id: a, legal: {enum: [x]}, defaults: {w10: [{value: y, for: client}]}}]", "no legal value"},
		{"half a range", "settings: [{id: a, legal: {min: 1}}]", "min and max"},
		{"no word on when it takes effect", "settings: [{id: a}]", "takes: nothing is said of xp"},
		{"no word for one generation", "settings: [{id: a, takes: {xp: {when: unknown}}}]", "takes: nothing is said of nt60"},
		{"a word for no generation", "settings: [{id: a, takes: {all: {when: unknown}, w12: {when: unknown}}}]", `"w12" is no generation`},
		{"takes effect at no known time", "settings: [{id: a, takes: {all: {when: tomorrow, sure: supposed, note: x}}}]", `all: when "tomorrow"`},
		{"takes effect without a when", "settings: [{id: a, takes: {all: {sure: supposed, note: x}}}]", `when ""`},
		{"sure in no known way", "settings: [{id: a, takes: {all: {when: reboot, sure: certain, note: x}}}]", `sure "certain"`},
		{"not said how sure", "settings: [{id: a, takes: {all: {when: reboot}}}]", "only what is unknown"},
		{"sure of the unknown", "settings: [{id: a, takes: {all: {when: unknown, sure: supposed, note: x}}}]", "only what is unknown"},
		{"documented by nobody", "settings: [{id: a, takes: {all: {when: reboot, sure: documented}}}]", "names no source"},
		{"reported by nobody", "settings: [{id: a, takes: {all: {when: reboot, sure: widely reported, note: x}}}]", "names no source"},
		{"supposed for no reason", "settings: [{id: a, takes: {all: {when: reboot, sure: supposed}}}]", "no note"},
		{"contradicted for no reason", "settings: [{id: a, takes: {all: {when: reboot, sure: contradicted}}}]", "no note"},
		{"a source that is not there", "settings: [{id: a, takes: {all: {when: reboot, sure: documented, sources: [hearsay]}}}]", `"hearsay"`},
		{"an unknown key of takes", "settings: [{id: a, takes: {all: {when: unknown, where: here}}}]", "where"},
	} {
		if _, err := parseCatalogue([]byte(c.yaml)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestDangerousSettings(t *testing.T) {
	for id, want := range map[string]bool{
		"netkvm.VlanID": true, "ip.mtu": true, "tcpip.MTU": true, "netkvm.NumRssQueues": true, "netkvm.OffLoad.TxLSO": true,
		"netkvm.TCPChecksumOffloadIPv4": true, "rss.RssBaseProcNumber": true, "netkvm.RxCapacity": true,
		"tcp.autotuninglevel": false, "afd.DefaultSendWindow": false, PlaceboID: false, "no.such": false,
	} {
		if got := Catalogue().Dangerous(id); got != want {
			t.Errorf("%s: dangerous is %v, want %v", id, got, want)
		}
	}
	for _, s := range Catalogue().All() {
		if s.Danger == "high" && !Catalogue().Dangerous(s.ID) {
			t.Errorf("%s has danger high and does not count as dangerous", s.ID)
		}
	}
	if _, err := parseCatalogue([]byte("settings: []\ndangerous: [no.such*]\n")); err == nil {
		t.Error("a pattern that matches nothing was taken")
	}
}
