package record_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"vnettune/results/record"
)

// Stores of every version are read, and what is read is written as it was: these are
// texts that the first version stored.
func TestStoredForms(t *testing.T) {
	adapter := `{"guid":"{0A1B}","ifIndex":4,"name":"Ethernet","description":"Red Hat VirtIO Ethernet Adapter","pnpId":"PCI\\VEN_1AF4\u0026DEV_1041","driverVersion":"100.95.104.26200","mac":"52-54-00-00-00-02","up":true,"mtu":1500,"addresses":["192.0.2.2"],"classKey":"HKLM\\C\\0001","keywords":{"*JumboPacket":"1514"}}`
	for name, c := range map[string]struct {
		text string
		into any
	}{
		"guest": {`{"build":19045,"productType":1,"caption":"Windows 10","osLanguage":1033,"psVersion":"5.1","oemCodePage":"437","computerName":"GUEST","bootTime":"133000000000000001","now":"133000000600000000","standIn":"","pending":["cbs"],"adapters":[` + adapter + `]}`,
			&record.Guest{}},
		"guest without lists": {`{"build":2600,"productType":1,"caption":"","osLanguage":0,"psVersion":"","oemCodePage":"","computerName":"","bootTime":"133000000000000000","now":"133000000600000000","standIn":"lab","pending":null,"adapters":null}`,
			&record.Guest{}},
		"originals": {`{"generation":"w10","adapter":` + adapter + `,"template":"Internet","settings":[{"place":{"id":"a","kind":"adapter-keyword","path":"HKLM\\C\\0001","name":"*JumboPacket","type":"String"},"state":{"exists":true,"kind":"String","data":"1514"},"default":{"exists":true,"kind":"String","data":"1514"}},{"place":{"id":"b","kind":"netsh-global","name":"rss","template":"Internet","interface":4,"cim":"X","enum":["off","on"],"inert":"why"},"state":{"exists":false}}]}`,
			&record.Originals{}},
		"reboot": {`{"nonce":"12 34","boot_before":"2024-01-01T00:00:00Z","before":"2024-01-01T01:00:00Z","boot_after":"2024-01-01T01:01:00Z","event_before":"7","event_after":"8","asked":"2024-01-01T01:00:00.5Z","down":"0001-01-01T00:00:00Z","up":"2024-01-01T01:01:10Z","ready":"2024-01-01T01:01:11Z","signs":["a","b"],"extra":1,"unseen":"no monitor is configured"}`,
			&record.Reboot{}},
		"readings": {`[{"id":"a","asked":"found","want":"1514","configured":"1514","as_asked":true,"in_effect":"not observable","reason":"why"}]`,
			&[]record.Reading{}},
		"rescue": {`[{"rung":"winrm","started":"2024-01-01T01:00:00Z","ended":"2024-01-01T01:00:01Z","ok":false,"outcome":"why"}]`,
			&[]record.RescueStep{}},
		"details": {`{"args":["-c"],"exit_code":1,"elapsed_seconds":1.5,"bytes":3,"retransmits":0,"sender_congestion":"cubic","client_version":"iperf 3.12","clock":{"Compared":true,"HostSeconds":1,"GuestSeconds":1.01,"HostMbit":2,"ApartPercent":1,"Suspect":false},"rates_mbit":[1,2],"notes":["n"]}`,
			&record.RunDetails{}},
		"host": {`{"congestion_control":"cubic","cpu":"C","governor":"","iperf3":"iperf 3.12","kernel":"Linux 6","lab":{"name":"l","kind":"fast","generation":"w10","language":"en","delayMs":0,"faults":null,"winrm":["https"],"guestAddress":"192.0.2.2","hostAddress":"192.0.2.1","httpPort":5985,"httpsPort":5986,"user":"u","fingerprint":"f","keeperPid":1,"keeperStart":2,"userNamespace":true,"firstAnswerSeconds":0.5},"no_metrics_save":"1","vnettune":"v"}`,
			&record.Host{}},
	} {
		if err := json.Unmarshal([]byte(c.text), c.into); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text, err := json.Marshal(c.into); err != nil || string(text) != c.text {
			t.Errorf("%s is written (%v)\n%s\nand was\n%s", name, err, text, c.text)
		}
	}
}

// PowerShell 5.1 writes an array of one as its element, and some arrays as objects.
func TestList(t *testing.T) {
	for text, want := range map[string]record.List[string]{
		`null`: nil, `{}`: nil, `[]`: {}, `["a","b"]`: {"a", "b"}, `"a"`: {"a"}, `{"value":["a","b"],"Count":2}`: {"a", "b"},
	} {
		var got record.List[string]
		if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %#v (%v), not %#v", text, got, err, want)
		}
	}
	var adapters record.List[record.Adapter]
	if err := json.Unmarshal([]byte(`{"name":"one"}`), &adapters); err != nil || len(adapters) != 1 || adapters[0].Name != "one" {
		t.Errorf("one adapter is read as %+v (%v)", adapters, err)
	}
	for _, text := range []string{`7`, `{"value":["a"]}`, `[7]`} {
		var got record.List[string]
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s is read as %q", text, got)
		}
	}
}

func TestFiletime(t *testing.T) {
	at := time.Date(2026, 2, 3, 4, 5, 6, 123456700, time.UTC)
	f := record.FiletimeOf(at.In(time.FixedZone("", 3600)))
	if !f.Time().Equal(at) || f != 134145651061234567 {
		t.Errorf("%s is %d, which is %s", at, f, f.Time())
	}
	for _, text := range []string{`""`, `"x"`, `"1"`, `1.5`, `"99999999999999999999"`} {
		if err := json.Unmarshal([]byte(text), &f); err == nil {
			t.Errorf("%s is taken for a FILETIME", text)
		}
	}
	var none record.Filetime
	if err := json.Unmarshal([]byte(`null`), &none); err != nil || none != 0 {
		t.Errorf("a moment that was not given is read as %d (%v)", none, err)
	}
	if err := json.Unmarshal([]byte(`116444736000000000`), &f); err != nil || !f.Time().Equal(time.Unix(0, 0)) {
		t.Errorf("a bare number is read as %s (%v)", f.Time(), err)
	}
}

func TestSame(t *testing.T) {
	of := func(guid, data string) record.Originals {
		return record.Originals{Adapter: record.Adapter{GUID: guid}, Settings: []record.Original{
			{Place: record.Place{ID: "a"}, State: record.State{Exists: data != "", Data: data}}}}
	}
	for _, c := range []struct {
		name     string
		was, now record.Originals
		same     bool
	}{
		{"the same", of("g", "1"), of("g", "1"), true},
		{"another value", of("g", "1"), of("g", "2"), false},
		{"gone", of("g", "1"), of("g", ""), false},
		{"another adapter", of("g", "1"), of("h", "1"), false},
		{"a setting more", record.Originals{Adapter: record.Adapter{GUID: "g"}}, of("g", "1"), false},
	} {
		if err := c.was.Same(c.now); (err == nil) != c.same {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAdapter(t *testing.T) {
	a := record.Adapter{PNPID: `pci\ven_1af4&dev_1041`, Addresses: record.List[string]{"not one", "192.0.2.2", "fe80::1"}}
	if !a.Virtio() || (record.Adapter{PNPID: `PCI\VEN_8086`}).Virtio() {
		t.Error("a virtio adapter is known by its vendor")
	}
	if !a.Has(netip.MustParseAddr("192.0.2.2")) || !a.Has(netip.MustParseAddr("fe80::1")) || !a.Has(netip.MustParseAddr("fe80::1%virbr0")) || a.Has(netip.MustParseAddr("192.0.2.3")) {
		t.Error("an adapter has the addresses that it lists, and no other")
	}
}

// Every class is described, and whatever the page describes is one.
func TestClassesAreDescribed(t *testing.T) {
	page, err := os.ReadFile("../../docs/failures.md")
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[a-z_]+`(?:, `[a-z_]+`)*) \\|").FindAllSubmatch(page, -1) {
		for _, name := range regexp.MustCompile("[a-z_]+").FindAll(row[1], -1) {
			described[string(name)] = true
		}
	}
	for _, no := range []string{record.OK, record.OKAfterRepair, "not_in_effect", "excluded"} {
		if !described[no] {
			t.Errorf("docs/failures.md lacks %s", no)
		}
		delete(described, no)
	}
	described[record.UpdatesPending] = regexp.MustCompile("`" + record.UpdatesPending + "`").Match(page)
	for i, c := range record.Classes {
		if !described[c] {
			t.Errorf("docs/failures.md does not describe %s", c)
		}
		if slices.Contains(record.Classes[:i], c) || record.Usable(c) {
			t.Errorf("%s is listed twice, or usable", c)
		}
		delete(described, c)
	}
	for c := range described {
		t.Errorf("docs/failures.md describes %s, which is no class", c)
	}
}

// What a guest says of itself is shown and not obeyed, whoever hands it on; its letters stay.
func TestWordsOfAGuestAreLetIn(t *testing.T) {
	var g record.Guest
	text := `{"build":19045,"caption":"Windows 10 Профессиональная\u001b[31m\u202e","computerName":"a\nb","pending":"\u009bcbs","adapters":{"name":"Ethernet\u0007","keywords":{"*Rss\u200b":"\u001b"}}}`
	if err := json.Unmarshal([]byte(text), &g); err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		g.Caption: `Windows 10 Профессиональная\x1b[31m\u202e`, g.ComputerName: `a\nb`, g.Pending[0]: `\u009bcbs`,
		g.Adapters[0].Name: `Ethernet\x07`, g.Adapters[0].Keywords[`*Rss\u200b`]: `\x1b`,
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
