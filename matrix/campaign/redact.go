package campaign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// private are the texts of a file that say who runs a campaign, on which machines and from where, by the path of
// their keys, with what a file has in their place that is handed on. They are legal, so that such a file is still read.
var private = map[string]string{
	"guest.control":               "192.0.2.1", // with scheme and port as they were: see standIn
	"guest.data":                  "192.0.2.2",
	"guest.libvirt":               "guest",
	"guest.libvirt.domain":        "guest",
	"guest.libvirt.uri":           "qemu:///system",
	"guest.user":                  "user",
	"guest.password_env":          "PASSWORD",
	"guest.password_file":         "password",
	"guest.transport.client_cert": "certificate.pem",
	"guest.transport.client_key":  "key.pem",
	"guest.transport.proxy":       "http://192.0.2.3:3128",
	"guest.trust.ca":              "ca.pem",
	"guest.trust.fingerprint":     strings.Repeat("0", 64),
	"guest.iperf":                 `C:\iperf3.exe`,
	"guest.iperf2":                `C:\iperf.exe`,
	"guest.rescue.qmp":            "/qmp",
	"guest.rescue.guest_agent":    "/guest-agent",
	"guest.rescue.libvirt.domain": "guest",
	"guest.rescue.libvirt.uri":    "qemu:///system",
	"guest.rescue.snapshot":       "snapshot",
	"guest.lab.name":              "lab",
	"guest.lab.iperf":             "iperf3",
	"guest.lab.engine":            "engine",
	"host.bind":                   "192.0.2.4",
	"host.iperf":                  "iperf3",
	"host.iperf2":                 "iperf",
	"peer.command":                "peer",
	"peer.iperf":                  "iperf3",
	"peer.meter":                  "meter",
	"profiles":                    "profiles.yaml",
	"profiles.title":              "title",
	"profiles.source":             "source",
	"profiles.note":               "note",
	"variants.command":            "command",
	"variants.undo":               "undo",
	"variants.xml.insert":         "<redacted/>",
	"variants.driver":             "driver", // with a number: see folder
	"notify.command":              "notify",
}

// public are the other texts of free form, which are the experiment's own.
var public = []string{
	"guest.lab.takes", "guest.lab.effects", "host.set.governor", "host.set.congestion_control",
	"profile", "arms.use", "linked", "define.key", "define.value", "define.keyword", "define.type", "define.values", "define.default",
	"variants.xml.path", "variants.xml.attribute", "variants.xml.set", "search.workload", "workloads.congestion", "workloads.rate", "workloads.rate.from", "workloads.rate.to", "workloads.link.rate",
}

// Redacted is a campaign file that may be handed on.
type Redacted struct {
	Text []byte
	// Private are the texts that it had where it says who runs the campaign and on which machines, by the path of
	// their keys.
	Private map[string][]string
}

// Redact takes out of a file, as a store has it, what says who runs the campaign, on which machines and where its
// secrets lie: addresses, users, passwords' sources, paths, commands, and all comments. All other texts pass words.
// A key that is not known to be the experiment's own is taken out.
func Redact(data []byte, words func(string) string) (Redacted, error) {
	r := &reader{file: "the campaign file", stored: true}
	root := r.document(data)
	if root == nil {
		return Redacted{}, r.err()
	}
	r.flat(root)
	w := redactor{words: words, found: map[string][]string{}}
	w.walk(root, fileKeys, "")
	var b bytes.Buffer
	write(&b, root, 0)
	b.WriteString(secondDocument(nil, w.packages(r.packages)))
	again := &reader{file: "the redacted campaign file", stored: true}
	if back := again.document(b.Bytes()); back == nil || !same(root, back) {
		return Redacted{}, errors.New("the campaign file cannot be written without what is private in it")
	}
	if _, err := ParseStored("the redacted campaign file", b.Bytes()); err != nil {
		return Redacted{}, err
	}
	return Redacted{b.Bytes(), w.found}, nil
}

// redactor changes the texts of a file.
type redactor struct {
	words func(string) string
	found map[string][]string
}

// driverPath is the path of the keys that name folders of packages.
const driverPath = "variants.driver"

// packages are those that the file has inside, under what stands for their folders: what they are is the experiment's own.
func (w *redactor) packages(inside packages) packages {
	var all packages
	for _, p := range inside {
		if !slices.Contains(w.found[driverPath], p.Folder) {
			continue // no variant names it
		}
		p.Folder = w.folder(p.Folder)
		all = append(all, p)
	}
	return all
}

// folder is what stands for the folder of a package: another one for each.
func (w *redactor) folder(text string) string {
	var each []string
	for _, found := range w.found[driverPath] {
		if !slices.Contains(each, found) {
			each = append(each, found)
		}
	}
	return fmt.Sprintf("%s-%d", private[driverPath], slices.Index(each, text)+1)
}

// walk changes the texts below a node of that form.
func (w *redactor) walk(n *node, f form, path string) {
	below := func(key string) string { return strings.TrimPrefix(path+"."+key, ".") }
	switch is := f.(type) {
	case machine:
		w.walk(n, guestKeys, path)
	case group:
		for _, e := range n.entries {
			var of form = matching{} // of a key that no version has
			if slices.Contains(is.names(), e.key) {
				of = is.form(e.key)
			}
			w.walk(e.value, of, below(e.key))
		}
	case several:
		if _, is := private[path]; is && n.kind == list && len(n.items) > 0 {
			w.texts(n, path)
			n.items = []*node{{text: private[path]}}
			return
		}
		for _, item := range n.items {
			w.walk(item, is.of, path)
		}
	case either:
		if n.kind == scalar {
			w.walk(n, is.plain, path)
		} else {
			w.walk(n, is.parts, path)
		}
	case having:
		if n.get(is.key) != nil {
			w.walk(n, is.with, path)
		} else {
			w.walk(n, is.without, path)
		}
	case named:
		for i, e := range n.entries {
			n.entries[i].key = w.words(e.key)
			w.walk(e.value, is.form, path)
		}
	case valued:
		for i := range n.entries {
			n.entries[i].key = w.words(n.entries[i].key)
		}
		w.each(n, w.words)
	case title, matching:
		if stand, is := private[path]; is {
			w.texts(n, path)
			w.each(n, func(text string) string {
				if path == driverPath {
					return w.folder(text)
				}
				return standIn(path, stand, text)
			})
		} else if _, named := f.(title); named || slices.Contains(public, path) {
			w.each(n, w.words)
		} else {
			w.texts(n, path)
			w.each(n, func(string) string { return "redacted" })
		}
	}
}

// texts keeps what a private key has.
func (w *redactor) texts(n *node, path string) {
	w.each(n, func(text string) string {
		w.found[path] = append(w.found[path], text)
		return text
	})
}

// each changes the texts of a node and of all below it.
func (w *redactor) each(n *node, to func(string) string) {
	if n.kind == scalar {
		n.text = to(n.text)
	}
	for _, item := range n.items {
		w.each(item, to)
	}
	for _, e := range n.entries {
		w.each(e.value, to)
	}
}

// control parts the address of WinRM: what else in the file is legal hangs on its scheme and port.
var control = regexp.MustCompile(`^(https?://)?.*?(:[0-9]{1,5})?/?(wsman)?/?$`)

func standIn(path, stand, text string) string {
	if path != "guest.control" {
		return stand
	}
	parts := control.FindStringSubmatch(text)
	if parts == nil {
		return stand
	}
	if strings.Count(text, ":") > 2 && !strings.Contains(text, "]:") { // of a bare IPv6 address it is no port
		parts[2] = ""
	}
	return parts[1] + stand + parts[2]
}

// plain is a text that YAML takes for itself without quotes.
var plain = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_.-]*|[0-9]+(\.[0-9]+)?%?)$`)

// write writes a node as YAML, each value behind its key or on lines of its own, two blanks further in.
func write(b *bytes.Buffer, n *node, in int) {
	indent := strings.Repeat("  ", in)
	inline := func(of *node) bool { return of.kind == scalar || of.kind == null || len(of.items)+len(of.entries) == 0 }
	value := func(of *node) {
		if inline(of) {
			fmt.Fprintf(b, " %s\n", of.single())
		} else {
			b.WriteString("\n")
			write(b, of, in+1)
		}
	}
	for _, e := range n.entries {
		fmt.Fprintf(b, "%s%s:", indent, quoted(e.key))
		value(e.value)
	}
	for _, item := range n.items {
		b.WriteString(indent + "-")
		value(item)
	}
}

// single is a node that takes no lines of its own.
func (n *node) single() string {
	switch n.kind {
	case mapping:
		return "{}"
	case list:
		return "[]"
	case null:
		return "null"
	}
	return quoted(n.text)
}

func quoted(text string) string {
	if plain.MatchString(text) && !slices.Contains([]string{"null", "Null", "NULL"}, text) {
		return text
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		panic(err) // a text has a form in JSON
	}
	return strings.TrimSpace(b.String())
}

// same says whether two nodes are alike but for their places.
func same(a, b *node) bool {
	if a.kind != b.kind || a.text != b.text || len(a.items) != len(b.items) || len(a.entries) != len(b.entries) {
		return false
	}
	for i := range a.items {
		if !same(a.items[i], b.items[i]) {
			return false
		}
	}
	return slices.EqualFunc(a.entries, b.entries, func(x, y entry) bool { return x.key == y.key && same(x.value, y.value) })
}
