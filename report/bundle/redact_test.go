package bundle

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vnettune/matrix"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/results/record"
)

// planted is all in a free text that a bundle must not have: the names and addresses of the fixture, and others that
// nobody told it of.
const planted = `hal9000x.example.org hal9000x BOBSECRET desk-top7 vnet-bob 10.20.30.40, 172.16.99.7:5985 fe80::dead:beef:1 [2001:470:1::9]:80 ` +
	`52:54:00:AA:BB:CC 52-54-00-aa-bb-cc 525400AABBCC 3f2504e0-4f89-11d3-9a0c-0305e82c3301 {3F2504E0-4F89-11D3-9A0C-0305E82C3399} ` +
	`/home/bobsecret/campaigns9/x.yaml ~/keys/secretkey "C:\Users\Bob Secretson\iperf3.exe" \\fileserver9\share\x (/srv/hidden9/a) secretdomain7 hop-host9`

// secrets are what of that is looked for, in lower case.
var secrets = []string{"hal9000x", "bobsecret", "desk-top7", "vnet-bob", "10.20.30.40", "172.16.99.7", "dead:beef", "2001:470", "52:54:00:aa:bb:cc", "52-54-00-aa-bb-cc",
	"525400aabbcc", "3f2504e0", "campaigns9", "secretkey", "secretson", "fileserver9", "hidden9", "secretdomain7", "hop-host9", "remark", "ab12ab12"}

const privateFile = `# a remark of bobsecret
name: demo
guest:
  control: https://hal9000x.example.org:5986 # a remark
  data: 10.20.30.40
  user: 'SECRETDOMAIN7\bobsecret'
  password_file: /home/bobsecret/pw
  transport: {scheme: https, proxy: 'http://hal9000x:3128'}
  trust: {fingerprint: ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12ab12}
  generation: w10
  iperf: 'C:\Users\Bob Secretson\iperf3.exe'
  rescue:
    libvirt: {domain: vnet-bob, uri: 'qemu+ssh://bobsecret@hop-host9/system'}
    snapshot: hidden9
peer:
  command: [ssh, -oBatchMode=yes, bobsecret@hop-host9]
  iperf: /home/bobsecret/iperf3
notify:
  command: [/home/bobsecret/notify, --to, bobsecret]
  on: [end]
design: list
arms:
  - use: seed-vista
  - name: autotuning-off
    set: {tcp.autotuninglevel: disabled}
placebo: true
blocks: 5
`

// fill gives every pointer, list, mapping and text below v something.
func fill(v reflect.Value) {
	if _, is := v.Addr().Interface().(*time.Time); is {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 && v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Map:
		if v.Len() == 0 {
			one := reflect.New(v.Type().Elem()).Elem()
			fill(one)
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(reflect.ValueOf("key of bobsecret at 10.20.30.40").Convert(v.Type().Key()), one)
		}
	case reflect.String:
		if v.String() == "" {
			v.SetString("text")
		}
	}
}

// kept are texts that other things hang on: forms of their own, and what ties boots to the plan.
var kept = regexp.MustCompile(`^([0-9]+|[0-9-]+T[0-9:.]+Z)$`)

func keeps(at []string) bool {
	last := at[len(at)-1]
	return slices.Contains([]string{"combination", "status", "class", "workload", "id", "arm", "in", "boot", "generation", "standIn", "at"}, last) ||
		slices.Contains(at, "metrics")
}

// private is the demo's campaign with everything that a store can know, and secrets in every text.
func private(t *testing.T) results.Contents {
	t.Helper()
	c := *demo(t).Kept
	c.Campaign.Text = []byte(privateFile)
	c.Campaign.File = "/home/bobsecret/campaigns9/x.yaml"
	c.Boots = c.Boots[:14]
	for i := range c.Sessions {
		h, g := &c.Sessions[i].Host, &c.Sessions[i].Guest
		fill(reflect.ValueOf(h).Elem())
		fill(reflect.ValueOf(g).Elem())
	}
	for i := range c.Boots {
		fill(reflect.ValueOf(&c.Boots[i].Reboot).Elem())
		fill(reflect.ValueOf(&c.Boots[i].Steps).Elem())
		fill(reflect.ValueOf(&c.Boots[i].Readings).Elem())
		c.Boots[i].Reason = "text"
		for j := range c.Boots[i].Runs {
			c.Boots[i].Runs[j].Reason = "text"
			fill(reflect.ValueOf(&c.Boots[i].Runs[j].Details).Elem())
			c.Boots[i].Runs[j].Details.Refused = nil
		}
	}
	c.Exclusions = []results.Exclusion{{Boot: c.Boots[3].ID, Reason: "text", At: c.Boots[3].Ended}}
	c.TakenBack = []results.Exclusion{{Boot: c.Boots[4].ID, Reason: "text", At: c.Boots[3].Ended, Back: "text", BackAt: c.Boots[3].Ended}}
	return c
}

// Whatever a store holds of names, addresses and places, its bundle has none of it in any file, and ranks as before.
func TestNothingPrivateIsInABundle(t *testing.T) {
	c := private(t)
	var originals record.Originals
	if o := demo(t).Originals; o != nil {
		originals = *o
	}
	fill(reflect.ValueOf(&originals).Elem())
	p := partsOf(c, &originals)
	plant := func(v, into any) {
		tree, err := treeOf(v)
		if err != nil {
			t.Fatal(err)
		}
		tree = walk(tree, nil, func(at []string, s string) string {
			if s == "" || keeps(at) || kept.MatchString(s) {
				return s
			}
			switch ruleOf(at) {
			case hostName:
				return "hal9000x"
			case guestName:
				return "Desk-Top7"
			case userName:
				return "bobsecret"
			case linkName, diskID, other:
				return "vnet-bob"
			case address:
				return "10.20.30.40"
			case hardware:
				return "52-54-00-AA-BB-CC"
			case uuid:
				return "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}"
			case "":
				return s + " " + planted
			}
			return "x " + planted
		}, func(_ []string, key string) string { return key })
		text, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	plant(p.Facts, &p.Facts)
	plant(p.Notes, &p.Notes)
	for i, b := range p.Boots {
		p.Boots[i] = boot{}
		plant(b, &p.Boots[i])
	}
	p.Head.Name = "demo-of-BobSecret"
	rename := func(name *string) {
		if *name == "autotuning-off" {
			*name = "off-at-10.20.30.40"
		}
	}
	p.Plan.Variants = []matrix.Variant{{Name: "one"}, {Name: "two", Command: []string{"/home/bobsecret/two", "hal9000x"}, Undo: []string{"undo", "--to", "hidden9"}},
		{Name: "three", Driver: &matrix.Package{Folder: "../campaigns9/NetKVM", INF: "a.inf", Catalog: "a.cat", Version: "10.20.30.40", Files: []matrix.PackageFile{{Name: "a.inf", Size: 1, SHA256: strings.Repeat("5", 64)}, {Name: "a.cat", Size: 1, SHA256: strings.Repeat("6", 64)}}}}}
	p.Plan.Arms = slices.Clone(p.Plan.Arms)
	for i := range p.Plan.Arms {
		rename(&p.Plan.Arms[i].Name)
	}
	for i := range p.Boots {
		rename(&p.Boots[i].Arm)
	}
	full, err := p.contents("/home/bobsecret/campaigns9/x.db")
	if err != nil {
		t.Fatal(err)
	}
	full.Campaign.File = c.Campaign.File
	full.Changed, full.HostSet = true, true
	store, err := stored.Of(full, p.Facts.Originals)
	if err != nil {
		t.Fatal(err)
	}
	files, m, err := unpack(bundleOf(t, store))
	if err != nil {
		t.Fatal(err)
	}
	files[fileManifest] = m.text()
	for name, text := range files {
		lower := strings.ToLower(string(text))
		for _, secret := range secrets {
			if i := strings.Index(lower, secret); i >= 0 {
				t.Errorf("%s has %s: %s", name, secret, text[max(0, i-120):min(len(text), i+60)])
			}
		}
	}
	for name, want := range map[string]int{fileBoots: 42, fileSamples: 100, fileRanking: 100} { // something is left to look at
		if n := bytes.Count(files[name], []byte("\n")); n < want/3 {
			t.Errorf("%s has %d lines", name, n)
		}
	}
	if text := string(files[fileBoots]); !strings.Contains(text, "192.0.2.") || !strings.Contains(text, "user-") || !strings.Contains(text, "path-") {
		t.Error("nothing stands in the place of what was taken out")
	}
}

// What was alike stays alike and what differed still differs, wherever it stands.
func TestStandInsAreConsistent(t *testing.T) {
	r := &redactor{stands: map[string]string{}, count: map[kind]int{}, known: map[string]string{}}
	r.stand(hostName, "Alpha7")
	r.stand(userName, "zed9")
	r.prepare()
	for _, c := range [][2]string{
		{"alpha7 and ALPHA7.", "host-1 and host-1."},
		{"alpha77, xalpha7, zed9@alpha7", "alpha77, xalpha7, user-1@host-1"},
		{"dial tcp 10.1.2.3:5985: timeout", "dial tcp 192.0.2.1:5985: timeout"},
		{"10.1.2.4, 10.1.2.3.", "192.0.2.2, 192.0.2.1."},
		{"127.0.0.1 and ::1 and 0.0.0.0", "127.0.0.1 and ::1 and 0.0.0.0"},
		{"fe80::1%eth0, [fe80::1]:80, 12:30:05", "2001:db8::3%eth0, [2001:db8::3]:80, 12:30:05"},
		{"iperf 3.1.3 of 62.61.101.5800", "iperf 3.1.3 of 62.61.101.5800"},
		{"52:54:00:00:00:07 is 52-54-00-00-00-07", "02:00:00:00:00:01 is 02:00:00:00:00:01"},
		{"https://learn.microsoft.com/a/b Mbit/s", "https://learn.microsoft.com/a/b Mbit/s"},
		{"open /etc/x/y: no; /etc/x/y", "open path-1: no; path-1"},
		{`HKLM\SYSTEM\X, C:\Program Files\z\a.exe`, `HKLM\SYSTEM\X, path-2`},
	} {
		if got := r.words(c[0]); got != c[1] {
			t.Errorf("%q is %q, and not %q", c[0], got, c[1])
		}
	}
	seen := map[string]int{}
	for n := range 2000 {
		seen[standIn(address, n+1, "10.0.0.1")]++
		seen[standIn(address, n+1, "fe80::1")]++
		seen[standIn(hardware, n+1, "a:b")]++
		seen[standIn(uuid, n+1, "{x}")]++
	}
	for is, n := range seen {
		if n > 1 {
			t.Errorf("%s stands for %d", is, n)
		}
		if _, err := netip.ParseAddr(is); err != nil && strings.ContainsAny(is, ".") {
			t.Errorf("%s is no address", is)
		}
	}
}

// Of a driver's package the bundle has what it is, and not where it lay.
func TestPackagesInABundle(t *testing.T) {
	r := &redactor{stands: map[string]string{}, count: map[kind]int{}, known: map[string]string{}}
	r.learnFile(map[string][]string{"variants.driver": {"../bobs/NetKVM", "netkvm"}})
	r.prepare()
	for _, c := range []struct {
		key, text, want string
	}{
		{"Folder", "../bobs/NetKVM", "path-1"}, {"Folder", "netkvm", "folder-1"}, {"Folder", "other", "folder-2"}, {"INF", "netkvm.inf", "netkvm.inf"},
		{"Version", "1.20.30.40", "1.20.30.40"}, {"Version", "100.95.104.26200", "100.95.104.26200"}, {"Catalog", "netkvm.cat", "netkvm.cat"},
		{"Name", "netkvm.sys", "netkvm.sys"}, {"SHA256", strings.Repeat("5", 64), strings.Repeat("5", 64)},
	} {
		if got := r.text([]string{"Variants", "Driver", c.key}, c.text); got != c.want {
			t.Errorf("%s %q is %q, and not %q", c.key, c.text, got, c.want)
		}
	}
	if got := r.words("../bobs/NetKVM: netkvm"); got != "path-1: netkvm" {
		t.Errorf("in words it is %q", got)
	}
}
