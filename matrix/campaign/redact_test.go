package campaign

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// Every text of free form is either private or the experiment's own, and both tables have no other keys.
func TestEveryTextIsPrivateOrPublic(t *testing.T) {
	seen := map[string]bool{}
	var visit func(f form, path string)
	visit = func(f form, path string) {
		switch is := f.(type) {
		case machine:
			visit(guestKeys, path)
		case group:
			for _, k := range is {
				visit(k.form, strings.TrimPrefix(path+"."+k.name, "."))
			}
		case several:
			visit(is.of, path)
		case either:
			visit(is.plain, path)
			visit(is.parts, path)
		case having:
			visit(is.with, path)
			visit(is.without, path)
		case named:
			visit(is.form, path)
		case matching:
			seen[path] = true
			if _, hidden := private[path]; hidden == slices.Contains(public, path) {
				t.Errorf("%s must be in one of the tables of redact.go", path)
			}
		case title:
			seen[path] = true
		}
	}
	visit(fileKeys, "")
	for _, path := range append(slices.Collect(maps.Keys(private)), public...) {
		if !seen[path] {
			t.Errorf("there is no key %s", path)
		}
	}
}

const secretFile = `# SECRET
name: demo # SECRET
guest:
  control: https://SECRET.example:5986
  data: SECRET
  user: SECRET\SECRET
  password_env: SECRET
  transport: {scheme: https, proxy: 'http://SECRET:3128'}
  trust: {ca: SECRET.pem}
  generation: w10
  iperf: 'C:\SECRET\iperf3.exe'
  iperf2: 'C:\SECRET\iperf.exe'
  rescue: {qmp: /SECRET/q, guest_agent: /SECRET/a, snapshot: SECRET}
peer: {command: [ssh, SECRET, -x], iperf: SECRET, meter: SECRET}
notify: {command: [SECRET, 'a b'], on: [end]}
design: list
arms:
  - use: seed-vista
  - {name: of-secret, set: {tcp.rss: enabled, own.X: 'no: really, "it" is #1'}}
define:
  own.X: {key: 'HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters', value: X, type: String, values: ['no: really, "it" is #1', b]}
workloads:
  - {protocol: udp, rate: 200M, length: [64, 1400]}
  - {protocol: tcp, direction: both}
variants:
  - {name: one, command: [/SECRET/one, --x]}
  - {name: two, command: [/SECRET/two, --x], undo: [/SECRET/undo]}
margins: {loss: 0.1}
blocks: 5
seed: 18446744073709551615
settle: {idle: 5s}
`

// A file that is handed on says nothing of who runs it, and asks for the same experiment.
func TestRedact(t *testing.T) {
	words := func(s string) string { return strings.ReplaceAll(s, "secret", "nobody") }
	out, err := Redact([]byte(secretFile), words)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToUpper(string(out.Text)), "SECRET") {
		t.Errorf("something is left:\n%s", out.Text)
	}
	if got := out.Private["peer.command"]; !slices.Equal(got, []string{"ssh", "SECRET", "-x"}) {
		t.Errorf("of the peer's command it had %q", got)
	}
	if got := out.Private["guest.control"]; !slices.Equal(got, []string{"https://SECRET.example:5986"}) {
		t.Errorf("of the address it had %q", got)
	}
	before, err := ParseStored("file", []byte(secretFile))
	if err != nil {
		t.Fatal(err)
	}
	after, err := ParseStored("file", out.Text)
	if err != nil {
		t.Fatal(err)
	}
	before.Design.Arms[1].Name = "of-nobody"
	for i, v := range after.Design.Variants {
		before.Design.Variants[i].Command, before.Design.Variants[i].Undo = v.Command, v.Undo
	}
	if changed := Changed(before, after); !slices.Equal(changed, []string{"guest.iperf", "guest.iperf2", "peer"}) {
		t.Errorf("the experiment is another one in %v", changed)
	}
	if r := after.Guest.Remote; r.Control.Scheme != "https" || r.Control.Port != 5986 || r.Control.Host == before.Guest.Remote.Control.Host {
		t.Errorf("WinRM at %+v", r.Control)
	}
	again, err := Redact(out.Text, words)
	if err != nil || string(again.Text) != string(out.Text) {
		t.Errorf("a second time it is another file: %v\n%s", err, again.Text)
	}
}

// What files of profiles have is in the campaign itself then, and their names, titles and sources are not.
func TestRedactFilesOfProfiles(t *testing.T) {
	const own = "# SECRET\nprofiles:\n  house: {title: SECRET, source: SECRET, note: SECRET, for: [w10], set: {tcp.rss: disabled, own.X: 1}}\ndefine: {own.X: {keyword: '*X', values: [1]}}\n"
	text, err := WithFiles([]byte("name: x\nguest: {lab: {kind: fast, generation: w10}}\ndesign: profile\nprofile: house\nprofiles: [/SECRET/own.yaml]\ndefine: {own.Y: {keyword: '*Y', values: [1]}}\n"), map[string][]byte{"/SECRET/own.yaml": []byte(own)})
	if err != nil {
		t.Fatal(err)
	}
	out, err := Redact(text, func(s string) string { return s })
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out.Text), "SECRET") || strings.Contains(string(out.Text), "---") {
		t.Errorf("something is left:\n%s", out.Text)
	}
	before, err := Parse("x.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	after, err := Parse("x.yaml", out.Text)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := before.Plan("w10")
	b, errB := after.Plan("w10")
	if errA != nil || errB != nil || len(a.Arms) != 4 || len(b.Arms) != 4 || a.Arms[1].Combination.Canonical() != b.Arms[1].Combination.Canonical() || len(after.Design.Define) != 2 {
		t.Errorf("another experiment: %v, %v\n%s", errA, errB, out.Text)
	}
	if got := out.Private["profiles.source"]; !slices.Equal(got, []string{"SECRET"}) {
		t.Errorf("of the source it had %q", got)
	}
}

func TestRedactedAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"host": "192.0.2.1", "host:5985": "192.0.2.1:5985", "http://10.0.0.1": "http://192.0.2.1", "https://host:5986/wsman": "https://192.0.2.1:5986",
		"[fe80::1]:5985": "192.0.2.1:5985", "fe80::1:2": "192.0.2.1",
	} {
		if got := standIn("guest.control", private["guest.control"], text); got != want {
			t.Errorf("%s is %s, and not %s", text, got, want)
		}
	}
	if _, err := Redact([]byte("name: ["), strings.ToUpper); err == nil {
		t.Error("a file that is none is redacted")
	}
}

// What no version knows as the experiment's own is taken out.
func TestRedactTakesOutWhatItDoesNotKnow(t *testing.T) {
	w := redactor{words: func(s string) string { return s }, found: map[string][]string{}}
	n := &node{kind: mapping, entries: []entry{{key: "later", value: &node{text: "SECRET"}}}}
	w.walk(n, fileKeys, "")
	if got := n.get("later").text; got != "redacted" {
		t.Errorf("%q is left", got)
	}
}
