package domain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/matrix"
	"vnettune/trouble"
)

// recorded is what a libvirt 9.0.0 printed: found.xml of a machine as it was found; patched.xml after it was given the
// same with four queues and a watchdog instead of the audio device.
func recorded(t testing.TB, name string) Document {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const driver = "devices/interface/mac[@address='52:54:00:aa:aa:02']/../driver"

func TestPatch(t *testing.T) {
	found := recorded(t, "found.xml")
	for name, c := range map[string]struct {
		edits []matrix.Edit
		want  []string // lines that go and come
	}{
		"an attribute": {[]matrix.Edit{{Path: driver, Attribute: "queues", Set: new("4")}},
			[]string{`-      <driver name="vhost" queues="2">`, `+      <driver name="vhost" queues="4">`}},
		"a new attribute": {[]matrix.Edit{{Path: "devices/interface[2]/driver/host", Attribute: "csum", Set: new("off")}},
			[]string{`-        <host gso="off"/>`, `+        <host csum="off" gso="off"/>`}},
		"an attribute less": {[]matrix.Edit{{Path: "devices/interface[2]/driver", Attribute: "queues", Remove: true}},
			[]string{`-      <driver name="vhost" queues="2">`, `+      <driver name="vhost">`}},
		"a text": {[]matrix.Edit{{Path: "vcpu", Set: new("4")}},
			[]string{`-  <vcpu placement="static">2</vcpu>`, `+  <vcpu placement="static">4</vcpu>`}},
		"an element": {[]matrix.Edit{{Path: "devices/interface[model]/mac[@address='52:54:00:aa:aa:02']/..", Insert: `<mtu size="9000"/>`}},
			[]string{`+      <mtu size="9000"/>`}},
		"an element less": {[]matrix.Edit{{Path: "devices/interface[2]/driver", Remove: true}},
			[]string{`-      <driver name="vhost" queues="2">`, `-        <host gso="off"/>`, `-      </driver>`}},
		"one after the other": {[]matrix.Edit{{Path: "devices/interface[2]/driver", Remove: true}, {Path: "devices/interface[2]", Insert: "<driver name='qemu'/>"}, {Path: driver, Attribute: "queues", Set: new("8")}},
			[]string{`-      <driver name="vhost" queues="2">`, `-        <host gso="off"/>`, `-      </driver>`, `+      <driver name="qemu" queues="8"/>`}},
		"the domain itself": {[]matrix.Edit{{Path: ".", Insert: "<iothreads>2</iothreads>"}},
			[]string{`+  <iothreads>2</iothreads>`}},
		"a text of another namespace": {[]matrix.Edit{{Path: "qemu:commandline/qemu:arg[2]", Attribute: "value", Set: new("virtio-net-pci.tx=timer")}},
			[]string{`-    <qemu:arg value="virtio-net-pci.tx=bh"/>`, `+    <qemu:arg value="virtio-net-pci.tx=timer"/>`}},
		"what XML escapes": {[]matrix.Edit{{Path: "description", Set: new(`<a> & "b"`)}},
			[]string{`-  <description>a guest &amp; its &lt;words&gt;</description>`, `+  <description>&lt;a&gt; &amp; &#34;b&#34;</description>`}},
		"nothing new": {[]matrix.Edit{{Path: "vcpu", Set: new("2")}}, nil},
	} {
		patched, err := found.Patch(c.edits)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, line := range Diff(found, patched) {
			if strings.HasPrefix(line, "-") || strings.HasPrefix(line, "+") {
				got = append(got, line)
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
	}
	if recorded(t, "found.xml").Canonical() != found.Canonical() {
		t.Error("a patch changed the document that it was made of")
	}
}

func TestWhatCannotBePatched(t *testing.T) {
	found := recorded(t, "found.xml")
	for name, c := range map[string]struct {
		edit matrix.Edit
		want string
	}{
		"two elements":               {matrix.Edit{Path: "devices/interface/model", Attribute: "type", Set: new("e1000")}, "devices/interface/model is 2 elements"},
		"no element":                 {matrix.Edit{Path: "devices/interface[3]", Remove: true}, "devices/interface[3] is 0 elements"},
		"no attribute":               {matrix.Edit{Path: "vcpu", Attribute: "current", Remove: true}, "vcpu has no attribute current"},
		"a text with elements":       {matrix.Edit{Path: "devices", Set: new("x")}, "has elements in it"},
		"a MAC":                      {matrix.Edit{Path: "devices/interface[2]/mac", Attribute: "address", Set: new("52:54:00:aa:aa:03")}, "known by"},
		"a MAC's element":            {matrix.Edit{Path: "devices/interface[2]/mac", Remove: true}, "known by"},
		"an adapter":                 {matrix.Edit{Path: "devices/interface[2]", Remove: true}, "known by"},
		"another adapter with a MAC": {matrix.Edit{Path: "devices", Insert: "<interface type='user'><mac address='52:54:00:aa:aa:09'/></interface>"}, "known by"},
		"the UUID":                   {matrix.Edit{Path: "uuid", Set: new("3dca7698-a22a-446a-87b0-1c2a937f7a52")}, "known by"},
		"the name":                   {matrix.Edit{Path: "name", Set: new("other")}, "known by"},
		"a UUID of the SMBIOS":       {matrix.Edit{Path: ".", Insert: "<sysinfo type='smbios'><system><entry name='uuid'>3dca7698-a22a-446a-87b0-1c2a937f7a52</entry></system></sysinfo>"}, "known by"},
		"the domain":                 {matrix.Edit{Path: "devices/..", Remove: true}, "the domain itself"},
		"above the domain":           {matrix.Edit{Path: "..", Remove: true}, "is not legal"},
		"anything below":             {matrix.Edit{Path: "//model", Remove: true}, "is not legal"},
		"up and down again":          {matrix.Edit{Path: "a/../a/../a", Remove: true}, "is not legal"},
		"a function":                 {matrix.Edit{Path: "devices[text()='x']", Remove: true}, "is not legal"},
		"no path":                    {matrix.Edit{Remove: true}, "no element is named"},
		"nothing to do":              {matrix.Edit{Path: "vcpu"}, "this does 0"},
		"two things to do":           {matrix.Edit{Path: "vcpu", Set: new("1"), Remove: true}, "this does 2"},
		"an element in an attribute": {matrix.Edit{Path: "vcpu", Attribute: "a", Insert: "<b/>"}, "into an attribute"},
		"two elements at once":       {matrix.Edit{Path: "devices", Insert: "<a/><b/>"}, "2 elements of its own"},
		"no element at all":          {matrix.Edit{Path: "devices", Insert: "words"}, "text outside"},
		"half an element":            {matrix.Edit{Path: "devices", Insert: "<a><b></a>"}, "not one element of XML"},
		"an entity":                  {matrix.Edit{Path: "devices", Insert: `<!DOCTYPE a [<!ENTITY b SYSTEM "/etc/passwd">]><a>&b;</a>`}, "not one element of XML"},
		"an attribute twice":         {matrix.Edit{Path: "devices", Insert: `<a b="1" b="2"/>`}, "twice"},
		"a name of no attribute":     {matrix.Edit{Path: "vcpu", Attribute: "a b", Set: new("1")}, "is not legal"},
		"what XML does not take":     {matrix.Edit{Path: "vcpu", Set: new("\x01")}, "characters"},
		"too deep":                   {matrix.Edit{Path: "devices", Insert: strings.Repeat("<a>", 33) + strings.Repeat("</a>", 33)}, "within one another"},
	} {
		if _, err := found.Patch([]matrix.Edit{c.edit}); err == nil || !strings.Contains(trouble.Line(err), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}

// What libvirt made of a patched text has all of it and more; the original has not.
func TestLacks(t *testing.T) {
	found, made := recorded(t, "found.xml"), recorded(t, "patched.xml")
	given, err := found.Patch([]matrix.Edit{
		{Path: "devices/interface[2]/driver", Attribute: "queues", Set: new("4")},
		{Path: "devices/audio", Remove: true}, {Path: "devices", Insert: "<watchdog model='i6300esb'/>"}})
	if err != nil {
		t.Fatal(err)
	}
	if why := Lacks(given, made); why != "" {
		t.Errorf("what libvirt made of it: %s", why)
	}
	for _, c := range []struct {
		want, got Document
		why       string
	}{
		{given, found, `domain/devices/interface/driver has queues="2", not "4"`},
		{made, given, `domain/devices has no <controller index="6"`},
		{found, made, `domain/devices/interface/driver has queues="4", not "2"`},
		{found, found, ""},
	} {
		if why := Lacks(c.want, c.got); !strings.Contains(why, c.why) || (why == "") != (c.why == "") {
			t.Errorf("%q, want %q", why, c.why)
		}
	}
}

// White space, comments, quotes and the order of attributes decide nothing; the order of elements does.
func TestCanonical(t *testing.T) {
	one := parse(t, `<domain a="1" b="2"><x>t</x><y/></domain>`)
	if d := Diff(one, parse(t, "<?xml version='1.0'?>\n<domain b='2'\n a='1'>\n  <!-- c --> <x> t\n</x><y></y></domain>\n")); d != nil {
		t.Errorf("they are alike, and differ in %q", d)
	}
	for _, other := range []string{`<domain a="1" b="2"><y/><x>t</x></domain>`, `<domain a="1"><x>t</x><y/></domain>`, `<domain a="1" b="2"><x>u</x><y/></domain>`} {
		if Diff(one, parse(t, other)) == nil {
			t.Errorf("%s is taken for the same", other)
		}
	}
}

func parse(t *testing.T, text string) Document {
	t.Helper()
	d, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhatIsNoDomain(t *testing.T) {
	for text, want := range map[string]string{
		"": "0 elements", "words": "text outside", "<domain>": "EOF", "<network/>": "network is no domain", "<domain/><domain/>": "2 elements", "<domain/>words": "text outside",
		"<domain>" + strings.Repeat("<a/>", maxElements) + "</domain>": "too many elements", strings.Repeat(" ", MaxText) + "<domain/>": "bytes",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v; want %q", text, err, want)
		}
	}
}

func TestWords(t *testing.T) {
	for want, e := range map[string]matrix.Edit{
		`vcpu: set "4"`:                       {Path: "vcpu", Set: new("4")},
		`vcpu/@current: set "4"`:              {Path: "vcpu", Attribute: "current", Set: new("4")},
		`vcpu/@current: remove`:               {Path: "vcpu", Attribute: "current", Remove: true},
		`devices: insert <a> <b/> </a>`:       {Path: "devices", Insert: "<a>\n  <b/>\n</a>"},
		`devices/interface[1]/driver: remove`: {Path: "devices/interface[1]/driver", Remove: true},
	} {
		if got := Words(e); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Whatever an edit is, a patch of it is XML that libvirt can read, with the guest's name, UUID and MACs, or is refused.
func FuzzPatch(f *testing.F) {
	f.Add(driver, "queues", "4", "", false)
	f.Add("devices", "", "", "<mtu size='9000'/>", false)
	f.Add("devices/audio[@id='1']", "", "", "", true)
	f.Add("description", "", "<&>\"'", "", false)
	f.Add(".", "xmlns:x", "urn:x", "", false)
	f.Add("devices/interface[2]/mac", "address", "52:54:00:AA:AA:02", "", false)
	found := recorded(f, "found.xml")
	f.Fuzz(func(t *testing.T, path, attribute, set, insert string, remove bool) {
		e := matrix.Edit{Path: path, Attribute: attribute, Insert: insert, Remove: remove}
		if insert == "" && !remove {
			e.Set = &set
		}
		patched, err := found.Patch([]matrix.Edit{e})
		if err != nil {
			return
		}
		again, err := Parse(patched.Text())
		if err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
		if d := Diff(patched, again); d != nil {
			t.Errorf("%+v: written and read it differs in %q", e, d)
		}
		if why := Lacks(patched, again); why != "" {
			t.Errorf("%+v: written and read it lacks something: %s", e, why)
		}
		if d := cmp.Diff(found.known(), again.known()); d != "" {
			t.Errorf("%+v: the guest is known by something else:\n%s", e, d)
		}
	})
}
