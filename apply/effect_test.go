package apply

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply/terms"
	"vnettune/matrix"
	"vnettune/results/record"
)

// answered is what a real PowerShell answered to the script effect, over classes whose objects
// were played (testdata/effect).
func answered(t *testing.T, name string) told {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "effect", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var a terms.EffectAnswer
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	return told{EffectAnswer: a}
}

// judged judges the first of some settings, given as ID, VALUE, ID, VALUE.
func judged(a told, settings ...string) (record.InEffect, string) {
	states := map[string]record.State{}
	var targets []Target
	for i := 0; i < len(settings); i += 2 {
		states[settings[i]] = record.State{Exists: settings[i+1] != "absent", Data: settings[i+1]}
		targets = append(targets, Target{Place: record.Place{ID: settings[i]}})
	}
	return a.inEffect(targets[0], targets, states)
}

func TestNumbersJudge(t *testing.T) {
	for _, c := range []struct {
		answer   string
		settings string
		want     record.InEffect
		why      string // part of the reason
	}{
		{"rsc-capability", "netkvm.RscIPv4 1", record.No, "MSFT_NetAdapterRscSettingData.IPv4OperationalState is 0, not 1; IPv4FailureReason is 6, Capability: the host does not offer"},
		{"rsc-capability", "netkvm.RscIPv6 1", record.No, "IPv6FailureReason is 6, Capability"},
		{"rsc-capability", "netkvm.RscIPv4 0", record.Yes, "MSFT_NetAdapterRscSettingData.IPv4OperationalState is 0"},
		{"rsc-without-word", "netkvm.RscIPv4 1", record.No, "IPv4FailureReason is 6, for which the guest has no word"},
		{"rsc-capability", "netkvm.RscIPv4 1 tcp.rsc disabled", record.NotObservable, "kept down by tcp.rsc=disabled of the same combination"},
		{"rsc-capability", "netkvm.RscIPv4 1 tcp.rsc enabled", record.No, "Capability"},
		{"rsc-capability", "tcp.rsc enabled", record.Yes, "MSFT_NetOffloadGlobalSetting.ReceiveSegmentCoalescing is 1"},
		{"rsc-capability", "tcp.rsc disabled", record.No, "ReceiveSegmentCoalescing is 1, not 0"},
		{"rsc-capability", "tcp.chimney automatic", record.No, "MSFT_NetOffloadGlobalSetting.Chimney is 0, not 2"},
		{"rsc-capability", "tcp.chimney default", record.NotObservable, "is not known"},
		{"rsc-capability", "netkvm.RSS 1", record.Yes, "MSFT_NetAdapterRssSettingData.Enabled is 1"},
		{"rsc-capability", "netkvm.NumRssQueues 4", record.Yes, "MSFT_NetAdapterRssSettingData.NumberOfReceiveQueues is 4"},
		{"rsc-capability", "netkvm.NumRssQueues 16", record.NotObservable, "is 4, and the value only allows up to 16"},
		{"rsc-capability", "netkvm.NumRssQueues 2", record.No, "is 4, not 2"},
		{"rsc-capability", "netkvm.JumboPacket 1514", record.Yes, "MSFT_NetAdapter.MtuSize is 1500"},
		{"rsc-capability", "netkvm.JumboPacket 9014", record.No, "MtuSize is 1500, not 9000"},
		{"rsc-capability", "netkvm.VlanID 0", record.NotObservable, "the guest gives no MSFT_NetAdapter.VlanID"},
		{"rsc-capability", "netkvm.TCPChecksumOffloadIPv4 3", record.Yes, "MSFT_NetAdapterChecksumOffloadSettingData.TcpIPv4Enabled is 3"},
		{"rsc-capability", "netkvm.UDPChecksumOffloadIPv6 1", record.No, "UdpIPv6Enabled is 3, not 1"},
		{"rsc-capability", "netkvm.OffLoad.TxChecksum 31", record.Yes, "UdpIPv6Enabled is 3"},
		{"rsc-capability", "netkvm.OffLoad.TxChecksum 27", record.No, "IpIPv4Enabled is 3, which has 1 in it"},
		{"rsc-capability", "netkvm.OffLoad.RxCS 0", record.No, "TcpIPv4Enabled is 3, which has 2 in it"},
		{"rsc-capability", "netkvm.OffLoad.TxLSO 2", record.Yes, "IPv6Enabled is 1"},
		{"rsc-capability", "netkvm.OffLoad.TxLSO 1", record.No, "MSFT_NetAdapterLsoSettingData.IPv6Enabled is 1, not 0"},
		{"rsc-capability", "netkvm.LsoV2IPv4 0", record.No, "IPv4Enabled is 1, not 0"},
		{"rsc-capability", "netkvm.LsoV2IPv4 absent", record.NotObservable, "for the value absent is not known"},
		{"rsc-capability", "netkvm.UsoIPv4 0", record.NotObservable, "MSFT_NetAdapterUsoSettingData.IPv4Enabled could not be asked: 0 objects"},
		{"by-name", "netkvm.RscIPv4 0", record.Yes, "IPv4OperationalState is 0"},
		{"no-rss", "netkvm.RSS 0", record.NotObservable, "could not be asked: 0 objects"},
		{"nulls", "netkvm.RscIPv4 0", record.NotObservable, "the guest gives no MSFT_NetAdapterRscSettingData.IPv4OperationalState"},
		{"nulls", "netkvm.OffLoad.TxChecksum 0", record.NotObservable, "the guest gives no"},
	} {
		got, why := judged(answered(t, c.answer), strings.Fields(c.settings)...)
		if got != c.want || !strings.Contains(why, c.why) {
			t.Errorf("%s, %s: %s (%s); want %s (%s)", c.answer, c.settings, got, why, c.want, c.why)
		}
	}
}

// A group policy's level counts where the stack says so, and one that has no word is not known.
func TestGroupPolicyOfAutoTuning(t *testing.T) {
	levels := []string{"disabled", "highlyrestricted", "restricted", "normal", "experimental"}
	p := record.Place{ID: "tcp.autotuninglevel", Kind: string(matrix.NetshGlobal), Name: "autotuninglevel", CIM: "AutoTuningLevelLocal", Enum: levels, Template: "Internet"}
	for _, c := range []struct {
		effective, policy string
		want              record.InEffect
		why               string
	}{
		{"0", "254", record.Yes, "MSFT_NetTCPSetting.AutoTuningLevelLocal is normal"},
		{"1", "3", record.Yes, "AutoTuningLevelLocal is normal"},
		{"1", "0", record.No, "AutoTuningLevelEffective is 1: group policy sets disabled"},
		{"1", "254", record.NotObservable, "AutoTuningLevelGroupPolicy = 254, which is not known here"},
		{"1", "null", record.NotObservable, "AutoTuningLevelGroupPolicy"},
	} {
		var a answer
		text := fmt.Sprintf(`{"templates":{"name":"Internet","values":{"AutoTuningLevelLocal":3,"AutoTuningLevelEffective":%s,"AutoTuningLevelGroupPolicy":%s}}}`, c.effective, c.policy)
		if err := json.Unmarshal([]byte(text), &a.ReadAnswer); err != nil {
			t.Fatal(err)
		}
		got, why := a.inEffect(Target{Place: p}, record.State{Exists: true, Kind: word, Data: "normal"})
		if got != c.want || !strings.Contains(why, c.why) {
			t.Errorf("effective %s, policy %s: %s (%s); want %s (%s)", c.effective, c.policy, got, why, c.want, c.why)
		}
	}
}

// Every number is one of a setting that the catalogue knows, and nothing says yes or no where
// nothing was answered.
func TestEvidenceIsOfSettings(t *testing.T) {
	silent := told{silent: terms.ErrNotAsked}
	for _, e := range evidences {
		s, ok := matrix.Catalogue().Lookup(e.id)
		if !ok {
			t.Errorf("%s: the catalogue does not have it", e.id)
			continue
		}
		for id := range e.under {
			if _, ok := matrix.Catalogue().Lookup(id); !ok {
				t.Errorf("%s: kept down by %s, which the catalogue does not have", e.id, id)
			}
		}
		for _, v := range append(s.Legal.Enum, "1") {
			for _, a := range []told{silent, {}} {
				if got, why := judged(a, e.id, v); got != record.NotObservable || !strings.Contains(why, e.name()) && !strings.Contains(why, "not known") {
					t.Errorf("%s=%s is %s (%s) though nothing was said", e.id, v, got, why)
				}
			}
		}
	}
}

// A guest's answer is judged whatever it is, its words can be shown, and no setting is in effect
// without a number.
func FuzzEffectAnswer(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "effect", "*.json"))
	if err != nil || len(files) == 0 {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "1")
	}
	f.Add([]byte(`{"classes":{"MSFT_NetAdapter":{"MtuSize":4294967295,"VlanID":1e3}},"words":null,"problems":{"MSFT_NetAdapter":"\u001b[31m"}}`), "4294967295")
	f.Fuzz(func(t *testing.T, text []byte, value string) {
		var a terms.EffectAnswer
		if json.Unmarshal(text, &a) != nil {
			return
		}
		for _, e := range evidences {
			got, why := judged(told{EffectAnswer: a}, e.id, value)
			if strings.ContainsFunc(why, func(r rune) bool { return r < ' ' }) {
				t.Errorf("%s: %q cannot be shown", e.id, why)
			}
			if got == record.Yes && !a.Classes[e.class][e.property].Given {
				t.Errorf("%s=%s is in effect without %s", e.id, value, e.name())
			}
		}
	})
}

// docs/effect.md says of every setting what number tells that it is in effect.
func TestEffectDocument(t *testing.T) {
	file := filepath.Join("..", "docs", "effect.md")
	got := effectDocument()
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(page), got); d != "" {
		t.Errorf("docs/effect.md is not what is judged; look at the change, then run go test ./apply -update:\n%s", d)
	}
}

func effectDocument() string {
	var b strings.Builder
	told := map[matrix.Generation]int{}
	var rows strings.Builder
	for _, s := range matrix.Catalogue().All() {
		var by []string
		var on []string
		for _, g := range matrix.Driven() {
			f, ok := s.Forms[g]
			if !ok || s.CanSet(matrix.On(g)) != nil || g == matrix.XP {
				continue
			}
			if n := InEffectBy(s.ID, f); len(n) > 0 {
				by = n
				if s.Status[g].Word == matrix.Inert {
					continue
				}
				told[g]++
				on = append(on, string(g))
			}
		}
		if len(on) > 0 {
			fmt.Fprintf(&rows, "| `%s` | %s | %s | %s |\n", s.ID, strings.Join(on, " "), "`"+strings.Join(by, "`, `")+"`", howJudged(s.ID))
		}
	}
	b.WriteString(`# What says that a setting is in effect

Generated from the code by ` + "`go test ./apply -update`" + `; a test compares it. After the proven boot, and once more after the measurement, each
setting is read back (what is configured), and the stack and the driver are asked what they do, by numbers of CIM (namespace
root/StandardCimv2) and never by a label. A number that is not what the value makes of it fails the boot as ` + "`not_in_effect`" + `; the
reason names class and property. Where a guest gives no number (an older build, no object for the adapter, a class that is refused), or
where the setting is not in this table, it is "not observable": configured as asked, and so before the proven boot. So it is on xp.

Of the settings that can be set, a number tells this of`)
	sep := " "
	for _, g := range matrix.Driven() {
		if told[g] > 0 {
			fmt.Fprintf(&b, "%s%d on %s", sep, told[g], g)
			sep = ", "
		}
	}
	b.WriteString(`.

A setting of TCP templates is in effect where the template that iperf3's connections use has it. A server chooses Internet or Datacenter
for each connection by the round trip of its handshake, up to 10 ms Datacenter
([Microsoft, TCP templates for Windows](https://blogs.technet.microsoft.com/networking/2018/10/03/tcp-templates-for-windows/)), so that all of
its templates are written, on Server 2012 the one that can be, and each gets its own value back. The guest is asked for AppliedSetting of
iperf3's port during the discarded run of every boot; where it names none until that run is over, that is "not observable". On a client the template
of WinRM's connection is written.

"Kept down": with the named setting at another value in the same combination a smaller number says nothing. "Only allows": a smaller
number says nothing either, since the host, or another setting, may give less than the value allows.

| setting | on | number | how it is judged |
|---|---|---|---|
`)
	b.WriteString(rows.String())
	b.WriteString(`
RSC that is on and does not work is told with the number of its FailureReason, and a word: `)
	for i, w := range failureReasons {
		fmt.Fprintf(&b, "%d %s, ", i, w)
	}
	b.WriteString(`which
are documented, or the guest's own (ValueMap and Values of the class). Capability is a host that does not offer guest TSO to the virtio-net
device ([virtio-win issue 1026](https://github.com/virtio-win/kvm-guest-drivers-windows/issues/1026)).
`)
	return b.String()
}

// howJudged says in words how the numbers of a setting are judged.
func howJudged(id string) string {
	all := evidenceOf(id)
	if len(all) == 0 {
		if strings.HasPrefix(id, "template.") {
			return "is what is configured, on the template that the second number names"
		}
		return "is what is configured"
	}
	e := all[0]
	words := "is the value"
	switch {
	case e.bit != 0:
		words = "each has the bit of its side where the value's mask has that of its protocol"
	case e.numbers != nil:
		words = "is the value's number"
	case e.less != 0:
		words = fmt.Sprintf("is the value less %d", e.less)
	}
	if e.most {
		words += "; only allows"
	}
	if len(e.under) > 0 {
		var under []string
		for _, s := range matrix.Catalogue().All() {
			if free, ok := e.under[s.ID]; ok {
				under = append(under, fmt.Sprintf("`%s` other than %s", s.ID, free))
			}
		}
		words += "; kept down by " + strings.Join(under, ", ")
	}
	return words
}
