package apply_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/winrm"
	"vnettune/matrix"
	"vnettune/results/record"
)

// booted is what a guest reads back after a proven boot under some values, given as ID=VALUE.
func booted(t *testing.T, s *standIn, values ...string) map[string]record.Reading {
	t.Helper()
	set, ids := map[string]matrix.Value{}, []string{}
	for _, v := range values {
		id, value, _ := strings.Cut(v, "=")
		set[id], ids = matrix.Value(value), append(ids, id)
	}
	g, o := originals(t, s, ids...)
	by := map[string]record.Reading{}
	for _, r := range readBack(t, g, o, set, true) {
		by[r.ID] = r
	}
	return by
}

// The stand-in's own numbers, written without a look at this package, say of each of these
// settings that it is in effect, at both of two values.
func TestTheStandInSaysWhatIsInEffect(t *testing.T) {
	for _, c := range []struct{ id, number, one, other string }{
		{"tcp.rss", "MSFT_NetOffloadGlobalSetting.ReceiveSideScaling", "disabled", "enabled"},
		{"tcp.rsc", "MSFT_NetOffloadGlobalSetting.ReceiveSegmentCoalescing", "disabled", "enabled"},
		{"tcp.autotuninglevel", "MSFT_NetTCPSetting.AutoTuningLevelLocal", "disabled", "normal"},
		{"tcp.heuristics_forcews", "MSFT_NetTCPSetting.ForceWS", "disabled", "enabled"},
		{"ip.mtu", "MSFT_NetIPInterface.NlMtu", "1500", "1500"},
		{"netkvm.JumboPacket", "MSFT_NetAdapter.MtuSize", "9014", "1514"},
		{"netkvm.VlanID", "MSFT_NetAdapter.VlanID", "7", "0"},
		{"netkvm.OffLoad.TxChecksum", "MSFT_NetAdapterChecksumOffloadSettingData.TcpIPv4Enabled", "0", "31"},
		{"netkvm.OffLoad.TxChecksum", "MSFT_NetAdapterChecksumOffloadSettingData.IpIPv4Enabled", "27", "3"},
		{"netkvm.OffLoad.RxCS", "MSFT_NetAdapterChecksumOffloadSettingData.UdpIPv6Enabled", "1", "31"},
		{"netkvm.OffLoad.TxLSO", "MSFT_NetAdapterLsoSettingData.IPv6Enabled", "1", "2"},
		{"netkvm.IPChecksumOffloadIPv4", "MSFT_NetAdapterChecksumOffloadSettingData.IpIPv4Enabled", "0", "3"},
		{"netkvm.TCPChecksumOffloadIPv4", "MSFT_NetAdapterChecksumOffloadSettingData.TcpIPv4Enabled", "1", "3"},
		{"netkvm.TCPChecksumOffloadIPv6", "MSFT_NetAdapterChecksumOffloadSettingData.TcpIPv6Enabled", "2", "3"},
		{"netkvm.UDPChecksumOffloadIPv4", "MSFT_NetAdapterChecksumOffloadSettingData.UdpIPv4Enabled", "0", "2"},
		{"netkvm.UDPChecksumOffloadIPv6", "MSFT_NetAdapterChecksumOffloadSettingData.UdpIPv6Enabled", "1", "3"},
		{"netkvm.LsoV2IPv4", "MSFT_NetAdapterLsoSettingData.IPv4Enabled", "0", "1"},
		{"netkvm.LsoV2IPv6", "MSFT_NetAdapterLsoSettingData.IPv6Enabled", "0", "1"},
		{"netkvm.RSS", "MSFT_NetAdapterRssSettingData.Enabled", "0", "1"},
		{"netkvm.NumRssQueues", "MSFT_NetAdapterRssSettingData.NumberOfReceiveQueues", "1", "1"},
		{"netkvm.RscIPv4", "MSFT_NetAdapterRscSettingData.IPv4OperationalState", "0", "1"},
		{"netkvm.RscIPv6", "MSFT_NetAdapterRscSettingData.IPv6OperationalState", "0", "1"},
		{"netkvm.UsoIPv4", "MSFT_NetAdapterUsoSettingData.IPv4Enabled", "0", "1"},
		{"netkvm.UsoIPv6", "MSFT_NetAdapterUsoSettingData.IPv6Enabled", "0", "1"},
	} {
		for _, value := range []string{c.one, c.other} {
			r := booted(t, newStandIn(t), c.id+"="+value)[c.id]
			if !r.AsAsked || r.InEffect != record.Yes || !strings.Contains(r.Reason, c.number) {
				t.Errorf("%s=%s: %s; want it in effect by %s", c.id, value, r, c.number)
			}
		}
	}
}

// A host that offers no guest TSO leaves receive coalescing off whatever the keyword says
// (virtio-win issue 1026).
func TestReceiveCoalescingWithoutGuestTSO(t *testing.T) {
	readings := booted(t, newStandIn(t, "no-guest-tso"), "netkvm.RscIPv4=1", "netkvm.RscIPv6=0")
	r := readings["netkvm.RscIPv4"]
	if r.OK() || !strings.Contains(r.String(), "IPv4OperationalState is 0, not 1; IPv4FailureReason is 6, Capability: the host does not offer") {
		t.Errorf("%s; want it not in effect, with the reason", r)
	}
	if r := readings["netkvm.RscIPv6"]; r.InEffect != record.Yes {
		t.Errorf("%s; want what is off to be off", r)
	}
}

// What one setting of a combination keeps down is no proof against another.
func TestACombinationThatKeepsASettingDown(t *testing.T) {
	readings := booted(t, newStandIn(t), "netkvm.RscIPv4=1", "tcp.rsc=disabled", "netkvm.LsoV2IPv4=1", "netkvm.OffLoad.TxChecksum=0", "netkvm.TCPChecksumOffloadIPv4=3")
	for id, want := range map[string]struct {
		effect record.InEffect
		reason string
	}{
		"tcp.rsc":                       {record.Yes, "ReceiveSegmentCoalescing is 0"},
		"netkvm.RscIPv4":                {record.NotObservable, "kept down by tcp.rsc=disabled"},
		"netkvm.LsoV2IPv4":              {record.NotObservable, "kept down by netkvm.OffLoad.TxChecksum=0"},
		"netkvm.OffLoad.TxChecksum":     {record.Yes, "TcpIPv4Enabled is 2"},
		"netkvm.TCPChecksumOffloadIPv4": {record.NotObservable, "kept down by netkvm.OffLoad.TxChecksum=0"},
	} {
		if r := readings[id]; !r.AsAsked || r.InEffect != want.effect || !strings.Contains(r.Reason, want.reason) {
			t.Errorf("%s; want %s, %s", r, want.effect, want.reason)
		}
	}
}

// unhelpful is a stand-in that answers the script effect otherwise.
type unhelpful struct {
	*standIn
	answer func([]byte) ([]byte, error)
}

func (u unhelpful) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	r, err := u.standIn.Run(ctx, command, stdin)
	if name, ok := scripts.Sent(command); ok && name == scripts.Effect {
		r.Stdout, err = u.answer(r.Stdout)
	}
	return r, err
}

// A guest that does not answer what it does, or only a part of it, says nothing of what it left out,
// and of the rest what it says.
func TestWhatDoesNotAnswerIsNotObservable(t *testing.T) {
	s := newStandIn(t)
	g, o := originals(t, s, "netkvm.LsoV2IPv4", "netkvm.RSS", "tcp.rsc")
	targets, err := apply.Targets(o, combination(o, nil))
	if err != nil {
		t.Fatal(err)
	}
	lost := &winrm.NetError{Step: "receive", Err: context.DeadlineExceeded}
	for name, c := range map[string]struct {
		answer func([]byte) ([]byte, error)
		rss    string // of netkvm.RSS: the reason, "" for yes
		rsc    string
	}{
		"all":      {func(b []byte) ([]byte, error) { return b, nil }, "", ""},
		"an error": {func([]byte) ([]byte, error) { return []byte(`{"error":{"where":"classKey","message":"kaputt"}}`), nil }, "kaputt", "kaputt"},
		"not JSON": {func([]byte) ([]byte, error) { return []byte("Zugriff verweigert"), nil }, "in a form that is not known", "in a form that is not known"},
		"no class": {func(b []byte) ([]byte, error) { return bytes.ReplaceAll(b, []byte("Rss"), []byte("Rxx")), nil }, "gives no MSFT_NetAdapterRssSettingData.Enabled", ""},
		"a null": {func(b []byte) ([]byte, error) {
			return bytes.ReplaceAll(b, []byte(`"Enabled":true`), []byte(`"Enabled":null`)), nil
		}, "gives no MSFT_NetAdapterRssSettingData.Enabled", ""},
		"a text": {func(b []byte) ([]byte, error) {
			return bytes.ReplaceAll(b, []byte(`"Enabled":true`), []byte(`"Enabled":"1"`)), nil
		}, "gives no MSFT_NetAdapterRssSettingData.Enabled", ""},
		"a problem": {func(b []byte) ([]byte, error) {
			return bytes.ReplaceAll(b, []byte(`"problems":{`), []byte(`"problems":{"MSFT_NetAdapterRssSettingData":"Ung\u00fcltig\u001b[31m"`)), nil
		}, "could not be asked: Ungültig", ""},
		"no network": {func([]byte) ([]byte, error) { return nil, lost }, "", ""},
	} {
		readings, _, err := g.Through(unhelpful{s, c.answer}).ReadBack(t.Context(), targets)
		if name == "no network" {
			if !apply.Lost(err) {
				t.Errorf("%s: %v; want the guest lost", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		said := map[string]record.Reading{}
		for _, r := range readings {
			said[r.ID] = r
		}
		for id, why := range map[string]string{"netkvm.RSS": c.rss, "tcp.rsc": c.rsc} {
			want := record.NotObservable
			if why == "" {
				want = record.Yes
			}
			if r := said[id]; r.InEffect != want || !strings.Contains(r.Reason, why) || strings.Contains(r.Reason, "\x1b") {
				t.Errorf("%s: %s; want %s, %q", name, r, want, why)
			}
		}
	}
}

// The stand-in answers the contract of effect in the form of a real PowerShell.
func TestTheStandInAnswersAsPowerShell(t *testing.T) {
	s := newStandIn(t, "no-guest-tso")
	f, _, err := s.guest().Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in := fmt.Sprintf(`{"classKey":%q}`, f.Adapters[0].ClassKey)
	r, err := s.Run(t.Context(), scripts.CommandLine(scripts.Effect), []byte(in))
	if err != nil || r.Exit != 0 {
		t.Fatalf("exit %d, %v: %s", r.Exit, err, r.Stdout)
	}
	sameForm(t, "rsc-capability", r.Stdout)
}

// sameForm compares names and types of an answer with a recorded one of the script effect; what
// that one did not have, or had as null, may be there.
func sameForm(t *testing.T, recorded string, answer []byte) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "effect", recorded+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var want, got struct {
		Classes map[string]map[string]any
		Words   map[string]string
	}
	if err := errors.Join(json.Unmarshal(text, &want), json.Unmarshal(answer, &got)); err != nil {
		t.Fatal(err)
	}
	for class, properties := range want.Classes {
		for name, value := range properties {
			if is, ok := got.Classes[class][name]; !ok || value != nil && fmt.Sprintf("%T", is) != fmt.Sprintf("%T", value) {
				t.Errorf("%s.%s is %v of type %T; PowerShell answers %v of type %T", class, name, is, is, value, value)
			}
		}
		if len(got.Classes[class]) != len(properties) {
			t.Errorf("%s has %d properties, PowerShell's answer %d", class, len(got.Classes[class]), len(properties))
		}
	}
	if d := cmp.Diff(want.Words, got.Words); d != "" {
		t.Errorf("words (-PowerShell +stand-in):\n%s", d)
	}
}
