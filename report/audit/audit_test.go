package audit

import (
	"bytes"
	"strings"
	"testing"

	"vnettune/matrix"
	"vnettune/report"
	"vnettune/report/html"
	"vnettune/report/markdown"
	"vnettune/report/terminal"
	"vnettune/results/record"
)

// input is a guest of Windows 10 with the settings that text names, as ID=VALUE.
func input(t *testing.T, driver string, text ...string) Input {
	t.Helper()
	w := matrix.Windows{Generation: matrix.W10, Build: 19045, Edition: matrix.Client}
	in := Input{Profiles: matrix.Profiles(), Undo: map[string]UndoLine{}, Driver: driver, Windows: "Windows 10 Pro, build 19045"}
	in.Survey.Guest = record.Guest{Caption: "Microsoft Windows 10 Pro", Build: 19045, ProductType: 1}
	in.Survey.Adapter = record.Adapter{Name: "Ethernet", DriverVersion: driver, Driver: &record.Driver{Keywords: record.List[record.Keyword]{
		{Name: "RxCapacity", Type: ptr("enum"), Default: ptr("256"), Enum: record.List[string]{"16", "256", "1024"}},
		{Name: "*RscIPv4", Type: ptr("enum"), Default: ptr("1"), Enum: record.List[string]{"0", "1"}},
	}}}
	for _, p := range matrix.Catalogue().Everywhere(w, nil) {
		for _, one := range text {
			id, value, _ := strings.Cut(one, "=")
			if p.Setting.ID != id {
				continue
			}
			s := record.Surveyed{Original: record.Original{Place: record.Place{ID: id, Kind: string(p.Form.Kind), Name: p.Form.Name}, State: record.State{Exists: value != "absent", Data: value}}}
			if value == "absent" {
				s.State.Data = ""
			}
			if k, err := in.Survey.Adapter.Driver.Find(p.Form.Name); err == nil {
				s.Default = &record.State{Exists: true, Data: *k.Default}
			}
			if strings.HasPrefix(value, "off:") {
				s.State.Data, s.InEffect, s.Reason = "1", record.No, strings.TrimPrefix(value, "off:")
			}
			in.Settings = append(in.Settings, p)
			in.Survey.Settings = append(in.Survey.Settings, s)
			in.Undo[id] = UndoLine{Command: "undo " + id}
		}
	}
	if len(in.Settings) != len(text) {
		t.Fatalf("%d settings of %v", len(in.Settings), text)
	}
	return in
}

func ptr(s string) *string { return &s }

func judged(t *testing.T, in Input) Audit {
	t.Helper()
	a, err := Judge(in)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestDangers(t *testing.T) {
	for _, c := range []struct {
		driver string
		has    []string
		want   string // of what it says; "" for no danger
	}{
		{"100.93.104.24000", []string{"ip.taskoffload=disabled"}, "ip.taskoffload=disabled: with task offload disabled"},
		{"100.95.104.29500", []string{"ip.taskoffload=disabled"}, "before build 296"},
		{"100.95.104.29600", []string{"ip.taskoffload=disabled"}, ""},
		{"100.93.104.24000", []string{"ip.taskoffload=enabled"}, ""},
		{"1.2.3.4", []string{"ip.taskoffload=disabled"}, "it is not known whether it is one of them"},
		{"", []string{"ip.taskoffload=disabled"}, "version not known"},
		{"100.93.104.24000", []string{"ip.mtu=1279"}, "1280"},
		{"100.93.104.24000", []string{"ip.mtu=1280"}, ""},
		{"100.93.104.24000", []string{"tcpip.MTU=576"}, "tcpip.MTU=576: no link"},
		{"100.93.104.24000", []string{"tcpip.MTU=absent"}, ""},
	} {
		var got string
		for _, f := range judged(t, input(t, c.driver, c.has...)).Findings {
			if f.Kind != Dangerous {
				continue
			}
			got += f.Says
			if len(f.Sources) == 0 || f.Do == "" || f.Default != "" && len(f.Undo) == 0 {
				t.Errorf("%v: %+v", c.has, f)
			}
		}
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s %v: says %q, want %q", c.driver, c.has, got, c.want)
		}
	}
}

func TestWhatDiffers(t *testing.T) {
	for _, c := range []struct {
		has, kind, says string
	}{
		{"tcp.autotuninglevel=disabled", "differs", "tcp.autotuninglevel is disabled; the default of this Windows is normal."},
		{"tcp.autotuninglevel=Normal", "", ""},
		{"afd.DefaultReceiveWindow=65536", "differs", "afd.DefaultReceiveWindow is 65536; the default of this Windows is absent."},
		{"power.NetworkThrottlingIndex=10", "", ""}, // as Windows ships it
		{"power.NetworkThrottlingIndex=4294967295", "differs", "the default of this Windows is absent"},
		{"netkvm.RxCapacity=1024", "differs", "netkvm.RxCapacity is 1024; the default of this driver is 256."},
		{"netkvm.RxCapacity=absent", "differs", "netkvm.RxCapacity has no value; the driver declares 256"},
		{"netkvm.RxCapacity=4096", "not taken", "netkvm.RxCapacity is 4096, which the driver does not list (16, 256, 1024)"},
		{"netkvm.RscIPv4=off:x is 6, Capability: no", "not in effect", "netkvm.RscIPv4 is configured as 1 and is not in effect"},
		{"template.icw=20", "", ""}, // no default is known
	} {
		a := judged(t, input(t, "100.93.104.24000", c.has))
		got, says := "", ""
		for _, f := range a.Findings {
			got, says = got+string(f.Kind), says+f.Says
		}
		if got != c.kind || !strings.Contains(says, c.says) {
			t.Errorf("%s: %q, %q; want %q, %q", c.has, got, says, c.kind, c.says)
		}
	}
	if a := judged(t, input(t, "", "template.icw=20")); len(a.Unjudged) != 1 || a.Unjudged[0].Value != "20" || !strings.Contains(text(t, a), "template.icw=20") {
		t.Errorf("%+v", a.Unjudged)
	}
}

// text is the audit on a terminal of 80 columns.
func text(t *testing.T, a Audit) string {
	t.Helper()
	var b bytes.Buffer
	if err := terminal.Write(&b, Page(a), terminal.Style{Width: 80}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A verdict counts as this guest's only where Windows, driver and kind of guest are its own.
func TestVerdictsOfThisBuildAndOfOthers(t *testing.T) {
	opinion := func(mark, driver string, standIn bool) report.Opinion {
		return report.Opinion{Campaign: "c", Store: "c.db", Driver: record.Name(driver), Windows: "Windows 10 Pro, build 19045", StandIn: standIn, Values: []report.ValueOpinion{
			{Setting: "tcp.autotuninglevel", Value: "disabled", Against: "normal", Arm: "a", Workload: "tcp", Metric: "throughput", Verdict: "harms", Effect: "-9.1 [-10, -8] %", Mark: marks[Dangerous]},
			{Setting: "tcp.rss", Value: "disabled", Against: "enabled", Arm: "b", Workload: "tcp", Metric: "throughput", Verdict: "harms"},
		}}
	}
	const driver = "100.93.104.24000"
	for _, c := range []struct {
		o    report.Opinion
		do   string
		says string
	}{
		{opinion("worse", driver, false), "Undo it: it harms tcp in c.", "harms, -9.1 [-10, -8] %"},
		{opinion("worse", "100.93.104.27100", false), "Measure it before it is kept", "on another build"},
		{opinion("worse", driver, true), "Measure it before it is kept", "a stand-in guest, not Windows"},
	} {
		in := input(t, driver, "tcp.autotuninglevel=disabled")
		in.Opinions = []report.Opinion{c.o}
		a := judged(t, in)
		if len(a.Findings) != 1 || len(a.Findings[0].Verdicts) != 1 || !strings.Contains(a.Findings[0].Do, c.do) {
			t.Fatalf("%+v", a.Findings)
		}
		if got := strings.Join(strings.Fields(text(t, a)), " "); !strings.Contains(got, c.says) {
			t.Errorf("%q is missing:\n%s", c.says, got)
		}
	}
	in := input(t, driver, "tcp.autotuninglevel=disabled")
	back := opinion("", driver, false)
	back.Values[0].Value, back.Values[0].Against, back.Values[0].Mark = "normal", "disabled", "better"
	in.Opinions = []report.Opinion{back}
	if f := judged(t, in).Findings[0]; !f.Verdicts[0].Reverse || !strings.Contains(f.Do, "Undo it: it harms") {
		t.Errorf("the default against it: %+v", f)
	}
}

// Whoever published a value is named, and who says otherwise, with the source; the lines of others are not.
func TestWhoAdvisedIt(t *testing.T) {
	a := judged(t, input(t, "100.93.104.24000", "tcp.autotuninglevel=disabled"))
	got := strings.Join(strings.Fields(text(t, a)), " ")
	for _, want := range []string{"Advised by seed-vista: tcp.autotuninglevel=disabled", "Contradicted by ms-throughput: tcp.autotuninglevel=normal", "undo tcp.autotuninglevel", "https://learn.microsoft.com/"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	for line := range strings.Lines(text(t, a)) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 && !strings.Contains(line, "https://") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for _, x := range a.Findings[0].Advice {
		if x.Profile == "seed-xp" {
			t.Errorf("seed-xp has no such line: %+v", x)
		}
	}
}

// Nothing odd is said in so many words, and every format has the page.
func TestNothingOdd(t *testing.T) {
	a := judged(t, input(t, "100.93.104.24000", "tcp.autotuninglevel=normal", "afd.DefaultReceiveWindow=absent"))
	if got := text(t, a); !strings.Contains(got, "Nothing odd: 2 of 2 settings were read") {
		t.Error(got)
	}
	a.Left = "A campaign works on it."
	var md, page, js bytes.Buffer
	if err := markdown.Write(&md, Page(a)); err != nil {
		t.Error(err)
	}
	if err := html.Write(&page, Page(a)); err != nil {
		t.Error(err)
	}
	if err := JSON(&js, a); err != nil {
		t.Error(err)
	}
	for name, b := range map[string]string{"markdown": md.String(), "html": page.String(), "json": js.String()} {
		if !strings.Contains(b, "A campaign works on it.") {
			t.Errorf("%s: %s", name, b)
		}
	}
}
