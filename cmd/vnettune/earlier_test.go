package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/report/forecast"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
)

func runPlan(a ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = vnettune(append([]string{"plan"}, a...), strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

// planWords is the long form of a plan, with single blanks.
func planWords(a ...string) (code int, words, stderr string) {
	code, text, stderr := runPlan(append(a, "--full")...)
	return code, strings.Join(strings.Fields(text), " "), stderr
}

// The plan of the demo is one screen of a terminal, and all of its lines fit.
func TestPlanIsOneScreen(t *testing.T) {
	file, err := filepath.Abs(filepath.Join("..", "..", "examples", "demo.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	code, text, stderr := runPlan(file)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if code != exitDone || len(lines) > 24 || len(lines) < 15 {
		t.Errorf("exit code %d, %d lines: %s\n%s", code, len(lines), stderr, text)
	}
	for _, line := range lines {
		if n := len([]rune(line)); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// campaignFile writes a campaign file and makes its folder the current one.
func campaignFile(t *testing.T, name, text string) string {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// The campaign's own store, when it is there, says what noise and times to expect.
func TestPlanFindsEarlierData(t *testing.T) {
	s := filledStore(t, crossedCampaign)
	file := campaignFile(t, "crossed.yaml", crossedCampaign)
	_, before, _ := planWords(file)
	if !strings.Contains(before, "(there is no crossed.db yet): doctor --noise or --from STORE") || !strings.Contains(before, "ASSUMING") {
		t.Errorf("without a store:\n%s", before)
	}
	data, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("crossed.db", data, 0o644); err != nil {
		t.Fatal(err)
	}
	_, text, _ := planWords(file)
	for _, want := range []string{
		"Noise and times by 20 ranked boots in crossed.db: a boot costs 34.0 s beside its repetitions, a repetition 2.0 s (medians)",
		"could detect in tcp-to-guest, throughput: ", "% with 80 % power (boots vary by ",
		"tcp-to-guest, throughput: by the noise of crossed.db a boot's mean varies by up to ",
		"boots vary by ", "repetitions within a boot by ", "12 degrees of freedom",
		"the margin of 2 % needs ", "most precision for the time: ",
		"20 boots: 13 min, ", // 20 boots of 34 s and three repetitions of 2 s
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "ASSUMING") {
		t.Errorf("assumes what is known:\n%s", text)
	}
	var doc struct{ Forecast forecast.Forecast }
	for power, flag := range map[float64]string{0.8: "80%", 0.95: "95"} {
		_, out, _ := runPlan(file, "--format", "json", "--power", flag)
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Fatal(err)
		}
		f := doc.Forecast
		if f.From != "crossed.db" || f.Power != power || f.Costs == nil || f.Costs.Boots != 20 || f.Costs.BootSeconds != 34 || f.Costs.RepetitionSeconds != 2 || len(f.Detectable) != 1 {
			t.Fatalf("%+v", f)
		}
		d := f.Detectable[0]
		best := int(math.Round(math.Sqrt(34 / 2. * *d.RepetitionSD * *d.RepetitionSD / (*d.BootSD * *d.BootSD))))
		if d.Repetitions != max(1, min(10, best)) || d.BlocksThen < 1 || d.HoursNeeded <= 0 || d.BootsNeeded != 5*d.BlocksNeeded {
			t.Errorf("%+v, want %d repetitions", d, best)
		}
	}
	_, out, _ := planWords(file, "--store", filepath.Join("nowhere", "x.db"))
	if !strings.Contains(out, "there is no nowhere/x.db yet") {
		t.Errorf("another store:\n%s", out)
	}
}

// A store that is there and of no use is named with the reason, and is no error.
func TestPlanSaysWhyAStoreIsOfNoUse(t *testing.T) {
	other := filledStore(t, strings.Replace(crossedCampaign, "kind: fast", "kind: vm", 1))
	empty, _, _ := emptyStore(t, crossedCampaign)
	workloads := filledStore(t, strings.Replace(crossedCampaign, "seconds: 1", "seconds: 2", 1))
	file := campaignFile(t, "crossed.yaml", crossedCampaign)
	for want, path := range map[string]string{
		"is of another guest": other.Path(),
		"no samples":          empty.Path(),
		"no workload of this campaign is measured": workloads.Path(),
	} {
		code, text, stderr := planWords(file, "--store", path)
		if code != 0 || !strings.Contains(text, want) || !strings.Contains(text, "ASSUMING") {
			t.Errorf("%s: exit %d, %s\n%s", want, code, stderr, text)
		}
	}
	if code, _, stderr := runPlan(file, "--from", other.Path()); code != exitUsage || !strings.Contains(stderr, "give a store of the same guest") {
		t.Errorf("--from another guest: exit %d, %s", code, stderr)
	}
	for _, power := range []string{"100%", "0.8", "much"} {
		if code, _, stderr := runPlan(file, "--power", power); code != exitUsage || !strings.Contains(stderr, "--power") {
			t.Errorf("--power %s: exit %d, %s", power, code, stderr)
		}
	}
}

// A choice that its source computes from the guest has that value in the words to copy, once a store
// knows the guest.
func TestPlanComputesChoices(t *testing.T) {
	text := func(value string) *string { return &value }
	vcpus := 6
	driver := &record.Driver{Keywords: record.List[record.Keyword]{
		{Name: "*NumRssQueues", Type: text("enum"), Enum: record.List[string]{"1", "16", "2", "8"}},
		{Name: "RxCapacity", Type: text("int"), Min: text("16"), Max: text("1023"), Step: text("16")},
	}}
	for _, name := range []string{"*RSS", "*LsoV2IPv4", "*LsoV2IPv6", "*TCPChecksumOffloadIPv4", "*UDPChecksumOffloadIPv4"} {
		driver.Keywords = append(driver.Keywords, record.Keyword{Name: name, Type: text("enum"), Enum: record.List[string]{"0", "1", "2", "3"}})
	}
	for _, c := range []struct{ profile, line, unknown, known string }{
		{"proxmox-multiqueue", "netkvm.NumRssQueues=number of vCPUs", `published as "number of vCPUs"; to choose: choices: {netkvm.NumRssQueues: 4}`,
			`published as "number of vCPUs", which is 6 on this guest; to choose: choices: {netkvm.NumRssQueues: 6}`},
		{"ms-throughput", "netkvm.NumRssQueues=max", `published as "max"; to choose: choices: {netkvm.NumRssQueues: 16}`,
			`published as "max", which is 16 on this guest; to choose: choices: {netkvm.NumRssQueues: 16}`},
		{"ms-throughput", "netkvm.RxCapacity=max", `published as "max"; to choose: choices: {netkvm.RxCapacity: 1024}`,
			`published as "max", which is 1008 on this guest; to choose: choices: {netkvm.RxCapacity: 1008}`},
	} {
		campaign := "name: choices\nguest: {generation: w10, control: 192.0.2.1, data: 192.0.2.2, user: Administrator, password_env: VNETTUNE_PASSWORD}\n" +
			"design: profile\nprofile: " + c.profile + "\n"
		s, _, now := emptyStore(t, campaign)
		file := filepath.Join(t.TempDir(), "choices.yaml")
		if err := os.WriteFile(file, []byte(campaign), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{c.unknown, c.known} {
			if want == c.known {
				if _, err := s.StartSession(record.Host{VM: &record.VM{VCPUs: &vcpus}}, record.Guest{Adapters: []record.Adapter{{Driver: driver}}}, now); err != nil {
					t.Fatal(err)
				}
			}
			code, out, errs := planWords(file, "--store", s.Path())
			if want = c.profile + " without " + c.line + " (unchosen): " + want; code != exitDone && want == c.known || !strings.Contains(out+errs, want) {
				t.Errorf("exit code %d, %s is not in\n%s%s", code, want, out, errs)
			}
		}
	}
}

// The settings of a guest that was measured are those of its own build, edition and driver.
func TestSettingsOfAMeasuredGuest(t *testing.T) {
	for _, c := range []struct {
		guest               record.Guest
		minRTO, rsc, queues string // whether each can be set
	}{
		{record.Guest{Build: 19045, ProductType: 1}, "read-only", "yes", "missing"},
		{record.Guest{Build: 20348, ProductType: 3}, "yes", "yes", "missing"},
	} {
		s, _, now := emptyStore(t, crossedCampaign)
		if _, err := s.StartSession(record.Host{}, c.guest, now); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveOriginals(record.Originals{Generation: "w10", Adapter: record.Adapter{Keywords: map[string]string{"*RscIPv4": "1"}}}); err != nil {
			t.Fatal(err)
		}
		out, _ := seemly(t, "", "settings", "--from", s.Path())
		for id, want := range map[string]string{"template.minrto": c.minRTO, "netkvm.RscIPv4": c.rsc, "netkvm.NumRssQueues": c.queues} {
			i := strings.Index(out, "\n"+id+" ")
			if i < 0 {
				t.Fatalf("%s is not in\n%s", id, out)
			}
			line, _, _ := strings.Cut(out[i+1:], "\n")
			if fields := strings.Fields(strings.ReplaceAll(line, "not applicable", "not-applicable")); len(fields) < 3 || fields[2] != want {
				t.Errorf("build %d: %s: want %s", c.guest.Build, line, want)
			}
		}
	}
	s, _, _ := emptyStore(t, crossedCampaign)
	if _, errs := seemly(t, "", "settings", "--from", s.Path()); !strings.Contains(errs, s.Path()) || !strings.Contains(errs, "build 0") {
		t.Errorf("a guest of no known build: %s", errs)
	}
}

// A campaign whose boots were all set aside before they were measured shows them, with their reasons; plan
// and gate say why they have nothing from it.
func TestReportOfBootsThatAreAllSetAside(t *testing.T) {
	s, plan, now := emptyStore(t, crossedCampaign)
	for _, slot := range plan.Slots[:3] {
		_, err := s.AddBoot(results.Boot{Session: 1, Block: slot.Block, Order: slot.Order, Arm: plan.Arms[slot.Arm].Name, Combination: plan.Arms[slot.Arm].Combination.Canonical(),
			Status: sample.StatusNotInEffect, Reason: "netkvm.RscIPv4: 1, in effect: no", Started: now, Ended: now})
		if err != nil {
			t.Fatal(err)
		}
	}
	text, _ := seemly(t, "", "report", s.Path())
	text = strings.Join(strings.Fields(text), " ")
	for _, want := range []string{"of 3 boots none gave a number that may be ranked (not_in_effect 3): nothing is ranked.", "Interim: 3 of 20 boots, none of the baseline yet.", "not_in_effect: netkvm.RscIPv4: 1, in effect: no"} {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(want)) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	csv, _ := seemly(t, "", "report", s.Path(), "--format", "csv")
	if strings.Count(csv, sample.StatusNotInEffect) != 3 {
		t.Errorf("the rows:\n%s", csv)
	}
	var out, errs bytes.Buffer
	if code := vnettune([]string{"rank", "-", "--baseline", "baseline"}, strings.NewReader(csv), &out, &errs); code != exitUsage || !strings.Contains(errs.String(), "no boot gave a number that may be ranked") {
		t.Errorf("rank ends with %d: %s", code, errs.String())
	}
	file := filepath.Join(t.TempDir(), "next.yaml")
	if err := os.WriteFile(file, []byte(crossedCampaign), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := planWords(file, "--from", s.Path()); code != exitDone || !strings.Contains(out, "no boot gave a number that may be ranked") {
		t.Errorf("plan ends with %d: %s%s", code, out, errs)
	}
}

// The Windows that a lab plays is known without asking it.
func TestPlanKnowsWhatItsLabPlays(t *testing.T) {
	for guest, want := range map[string]int{"generation: w10": exitUsage, "generation: w10, build: 17763": exitDone, "generation: nt62": exitDone, "generation: w11": exitUsage} {
		file := filepath.Join(t.TempDir(), "c.yaml")
		text := "name: c\nguest: {lab: {kind: fast, " + guest + "}}\ndesign: list\narms:\n  - set: {template.icw: 10}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, errs := runPlan(file, "--store", file+".db")
		if code != want || code == exitUsage && !(strings.Contains(errs, "template.icw is not writable on a client") && strings.Contains(errs, file) && strings.Contains(errs, "guest.lab.build")) {
			t.Errorf("%s: exit code %d, want %d: %s", guest, code, want, errs)
		}
	}
}

// What the driver that guest.lab.driver names does not take is known without asking it, and refused as run refuses it.
func TestPlanKnowsTheDriverOfItsLab(t *testing.T) {
	const (
		ring   = "netkvm.RxCapacity: 4096"
		queues = "netkvm.NumRssQueues: 32"
		uso    = "netkvm.UsoIPv4: 1"
	)
	for guest, want := range map[string]map[string]string{ // setting: what the refusal says; "" for none
		"generation: w10, driver: 0.1.185": {
			ring:   "version 100.0.104.18500, does not take netkvm.RxCapacity=4096: for RxCapacity it lists 16, 32, 64, 128, 256, 512, 1024",
			queues: "does not take netkvm.NumRssQueues=32: for *NumRssQueues it lists 1 to 16",
			uso:    "does not take netkvm.UsoIPv4: the driver has no property *UsoIPv4",
		},
		"generation: w10, driver: 0.1.240":               {ring: "", queues: "", uso: ""},
		"generation: w11, language: zh, driver: 0.1.185": {ring: "version 100.0.104.18500, does not take netkvm.RxCapacity=4096"},
		"generation: nt62, build: 9200":                  {ring: ""},
		"generation: nt62, driver: 0.1.185":              {ring: "version 63.0.104.18500, does not take netkvm.RxCapacity=4096"},
		"generation: w10":                                {ring: "", uso: ""},
	} {
		for set, says := range want {
			file := filepath.Join(t.TempDir(), "c.yaml")
			text := "name: c\nguest: {lab: {kind: fast, " + guest + "}}\ndesign: list\narms:\n  - set: {" + set + "}\n"
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			code, _, errs := runPlan(file, "--store", file+".db")
			switch refused := code == exitUsage; {
			case refused != (says != ""):
				t.Errorf("%s, %s: exit code %d: %s", guest, set, code, errs)
			case refused && !(strings.Contains(errs, says) && strings.Contains(errs, "where: "+file) && strings.Contains(errs, "guest.lab.driver")):
				t.Errorf("%s, %s: %s", guest, set, errs)
			}
		}
	}
}

// What the driver of a real guest does not take is known once a store has its answer, with the store's name.
func TestPlanKnowsTheDriverOfAStore(t *testing.T) {
	const text = "name: c\nguest: {generation: w10, control: 192.0.2.1, data: 192.0.2.2, user: Administrator, password_env: VNETTUNE_PASSWORD}\n" +
		"design: list\narms:\n  - set: {netkvm.RxCapacity: 4096}\n"
	s, _, now := emptyStore(t, text)
	file := campaignFile(t, "c.yaml", text)
	if code, _, errs := runPlan(file, "--store", s.Path()); code != exitDone {
		t.Errorf("no session yet: exit code %d: %s", code, errs)
	}
	enum := "enum"
	driver := &record.Driver{Keywords: record.List[record.Keyword]{{Name: "RxCapacity", Type: &enum, Enum: record.List[string]{"256", "1024"}}}}
	if _, err := s.StartSession(record.Host{}, record.Guest{Adapters: []record.Adapter{{Name: "LAN", DriverVersion: "1.2", Driver: driver}}}, now); err != nil {
		t.Fatal(err)
	}
	code, _, errs := runPlan(file, "--store", s.Path())
	if want := `"LAN", version 1.2, does not take netkvm.RxCapacity=4096: for RxCapacity it lists 256, 1024`; code != exitUsage || !strings.Contains(errs, want) || !strings.Contains(errs, "where: "+s.Path()) {
		t.Errorf("exit code %d: %s", code, errs)
	}
}
