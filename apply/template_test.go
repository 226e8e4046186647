package apply_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/apply/winrm"
	"vnettune/matrix"
	"vnettune/results/record"
)

// A server's templates are all written, and each gets its own value back.
func TestEveryTemplateOfAServer(t *testing.T) {
	s := newStandIn(t, "server-rtt=20ms")
	g, o := originals(t, s, "template.congestionprovider", "vnettune.placebo")
	found := map[string]string{}
	for _, s := range o.Settings {
		if s.Place.Template != "" {
			found[s.Place.Template] = s.State.Data
		}
	}
	if len(found) != 5 || found["Compat"] != "newreno" || found["Internet"] != "cubic" || found["DatacenterCustom"] != "cubic" {
		t.Fatalf("originals %v; want the value of each of the five templates", found)
	}
	if err := apply.Known(o); err != nil {
		t.Error(err)
	}
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"template.congestionprovider": "ctcp"}))
	if err == nil {
		_, err = g.Write(t.Context(), targets)
	}
	if err != nil {
		t.Fatal(err)
	}
	readings, _, err := g.ReadBack(t.Context(), targets)
	if err != nil || len(readings) != 2 || !readings[0].AsAsked || readings[0].Configured != "ctcp" || readings[0].InEffect != record.NotObservable {
		t.Errorf("%v, %v; want one reading of the templates, as asked, and not yet observable", readings, err)
	}
	if got := s.effects[len(s.effects)-1].Congestion; got != "illinois" {
		t.Errorf("connections use %s; want the provider's counterpart", got)
	}
	if was, err := apply.Targets(o, combination(o, nil)); err != nil {
		t.Error(err)
	} else if readings, _, err := g.ReadBack(t.Context(), was); err != nil || readings[0].AsAsked || !strings.Contains(readings[0].Want, "Compat newreno") {
		t.Errorf("%v, %v; want it not as found, and what each template had", readings, err)
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Fatal(err)
	}
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now, err := g.Originals(t.Context(), f, planned(t, "template.congestionprovider", "vnettune.placebo"))
	if err != nil || o.Same(now) != nil {
		t.Errorf("after the restore: %v, %v", err, o.Same(now))
	}
}

// A template that refuses a value is named, and does not keep the others from coming back.
func TestATemplateThatRefuses(t *testing.T) {
	s := newStandIn(t, "server-rtt=20ms")
	g, o := originals(t, s, "template.congestionprovider")
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"template.congestionprovider": "ctcp"}))
	if err == nil {
		_, err = g.Write(t.Context(), targets)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range o.Settings {
		if o.Settings[i].Place.Template == "Datacenter" {
			o.Settings[i].State.Data = "nonsense"
		}
	}
	err = g.Restore(t.Context(), o, rebootLimits)
	if err == nil || !strings.Contains(err.Error(), "write template.congestionprovider@Datacenter: the guest refuses it") {
		t.Errorf("%v; want the template named", err)
	}
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	now, err := g.Originals(t.Context(), f, planned(t, "template.congestionprovider"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range now.Settings {
		want := map[string]string{"Datacenter": "ctcp", "Compat": "newreno"}[s.Place.Template]
		if want == "" {
			want = "cubic"
		}
		if s.State.Data != want {
			t.Errorf("%s has %s, want %s", s.Place.Template, s.State, want)
		}
	}
}

// A store of an earlier version has one template of a server, and restores that.
func TestAStoreWithOneTemplate(t *testing.T) {
	s := newStandIn(t, "server-rtt=20ms")
	g, o := originals(t, s, "template.congestionprovider")
	o.Settings = slices.DeleteFunc(o.Settings, func(s record.Original) bool { return s.Place.Template != "Datacenter" })
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"template.congestionprovider": "ctcp"}))
	if err == nil {
		_, err = g.Write(t.Context(), targets)
	}
	if err != nil {
		t.Fatal(err)
	}
	if differs, err := g.Differs(t.Context(), o); err != nil || len(differs) != 1 {
		t.Errorf("%v, %v; want one setting that differs", differs, err)
	}
	if err := g.Restore(t.Context(), o, rebootLimits); err != nil {
		t.Fatal(err)
	}
	f, _, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if now, err := g.Originals(t.Context(), f, planned(t, "template.congestionprovider")); err != nil || o.Same(now) != nil {
		t.Errorf("%v, %v; want the guest as the earlier store has it", err, o.Same(now))
	}
}

// A client has one template: that of its connections.
func TestTheTemplateOfAClient(t *testing.T) {
	_, o := originals(t, newStandIn(t), "template.congestionprovider")
	if len(o.Settings) != 1 || o.Settings[0].Place.Template != "Internet" {
		t.Errorf("%+v; want the template in use", o.Settings)
	}
}

// netsh has names for the custom templates too.
func TestAClientOnACustomTemplate(t *testing.T) {
	s := newStandIn(t)
	if r, err := s.Run(t.Context(), "netsh interface tcp set supplemental template=internetcustom", nil); err != nil || r.Exit != 0 {
		t.Fatalf("%v: %s", err, r.Stdout)
	}
	g, o := originals(t, s, "template.congestionprovider")
	targets, err := apply.Targets(o, combination(o, map[string]matrix.Value{"template.congestionprovider": "ctcp"}))
	if err == nil {
		_, err = g.Write(t.Context(), targets)
	}
	if err != nil {
		t.Fatal(err)
	}
	if readings, _, err := g.ReadBack(t.Context(), targets); err != nil || !readings[0].AsAsked || o.Settings[0].Place.Template != "InternetCustom" {
		t.Errorf("%v, %v of %s; want it set on the template in use", readings, err, o.Settings[0].Place.Template)
	}
}

// Of Server 2012 only the custom template can be modified, and a provider without a word cannot
// be put back.
func TestTheTemplateOfServer2012(t *testing.T) {
	s := newStandIn(t)
	f, _, err := s.guest().Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.Build, f.ProductType = 9200, 3
	ask := func(provider string) (record.Originals, error) {
		read := `{"templates":[{"name":"Internet","values":{"CongestionProvider":"CTCP"}},{"name":"Custom","values":{"CongestionProvider":` + provider + `}}]}`
		return s.guest().Through(answering{s, []byte(read)}).Originals(t.Context(), f, plannedOn(t, matrix.NT62, "template.congestionprovider"))
	}
	for provider, want := range map[string]string{`"DCTCP"`: "dctcp", "2": "ctcp"} {
		o, err := ask(provider)
		if err != nil || len(o.Settings) != 1 || o.Settings[0].Place.Template != "Custom" || o.Settings[0].State.Data != want {
			t.Errorf("%s: %+v, %v; want the custom template alone, with %s", provider, o.Settings, err, want)
		}
	}
	// Where its connections use another one, no boot would have it in effect.
	applied := `{"templates":[{"name":"Custom","values":{"CongestionProvider":"CTCP"}}],"applied":[{"port":` + strconv.Itoa(s.port) + `,"template":"Datacenter"}]}`
	for _, c := range []struct{ read, want string }{{applied, "template.congestionprovider would be in effect in no boot"}, {strings.Replace(applied, "Datacenter", "Custom", 1), ""}} {
		_, err := s.guest().Through(answering{s, []byte(c.read)}).Originals(t.Context(), f, plannedOn(t, matrix.NT62, "template.congestionprovider"))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.read, err, c.want)
		}
	}
	if _, err := ask("5"); err == nil || !strings.Contains(err.Error(), "CongestionProvider = 5 and no word for it") {
		t.Errorf("%v; want a number without a word refused", err)
	}
}

func TestTheTemplateGoesByTheRoundTrip(t *testing.T) {
	for fault, want := range map[string]string{"server-rtt=10ms": "Datacenter", "server-rtt=11ms": "Internet"} {
		s := newStandIn(t, fault)
		names, raw, err := s.guest().AppliedTemplates(t.Context(), s.port)
		if err != nil || !slices.Equal(names, []string{want}) || len(raw) == 0 {
			t.Errorf("%s: %v, %v; want %s, and the raw answer", fault, names, err, want)
		}
	}
	if names, _, err := newStandIn(t).guest().AppliedTemplates(t.Context(), 1); err != nil || names != nil {
		t.Errorf("a port without a connection: %v, %v", names, err)
	}
}

// answering is a guest that answers a read with the same.
type answering struct {
	*standIn
	read []byte
}

func (a answering) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if strings.Contains(string(stdin), `"ports"`) {
		return winrm.Result{Stdout: a.read}, nil
	}
	return a.standIn.Run(ctx, command, stdin)
}

// What a Server 2019 whose WinRM and iperf3 use two networks answers: what counts is the template
// of iperf3's connections.
func TestTwoTemplatesOfOneServer(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "two-templates.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := newStandIn(t)
	names, _, err := s.guest().Through(answering{s, text}).AppliedTemplates(t.Context(), 5201)
	if err != nil || !slices.Equal(names, []string{"Datacenter"}) {
		t.Fatalf("%v, %v; want iperf3's alone", names, err)
	}
	on := func(templates ...string) (targets []apply.Target) {
		for _, name := range templates {
			targets = append(targets, apply.Target{Place: record.Place{ID: "template.minrto", Kind: string(matrix.NetshTemplate), Template: name}})
		}
		return targets
	}
	reading := []record.Reading{{ID: "template.minrto", AsAsked: true}, {ID: "vnettune.placebo", AsAsked: true, InEffect: record.Yes}}
	for _, c := range []struct {
		targets []apply.Target
		applied []string
		want    record.InEffect
		why     string
	}{
		{on("Internet"), names, record.No, "MSFT_NetTCPConnection.AppliedSetting of port 5201 is Datacenter; it is set on Internet"},
		{on("Internet", "Datacenter"), names, record.Yes, "AppliedSetting of port 5201 is Datacenter, where it is set"},
		{on("Internet", "Datacenter"), []string{"Internet", "Datacenter"}, record.Yes, "is Internet, Datacenter"},
		{on("Internet"), []string{"Internet", "Datacenter"}, record.No, "is Internet, Datacenter"},
		{on("Internet"), nil, record.NotObservable, "is not known: no answer"},
	} {
		got := apply.JudgeTemplates(reading, c.targets, 5201, c.applied, "no answer")
		if got[0].InEffect != c.want || !strings.Contains(got[0].Reason, c.why) || got[1].InEffect != record.Yes {
			t.Errorf("%v of %d: %s; want %s, %s", c.applied, len(c.targets), got[0], c.want, c.why)
		}
	}
}
