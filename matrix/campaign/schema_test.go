package campaign

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	jsonschemakind "github.com/santhosh-tekuri/jsonschema/v6/kind"

	"vnettune/matrix"
	"vnettune/results/sample"
)

// TestSchemaFile: the file that people link to is what the program makes.
func TestSchemaFile(t *testing.T) {
	const golden = "../../docs/schema/campaign-v1.json"
	if *update {
		if err := os.WriteFile(golden, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(Schema())); diff != "" {
		t.Errorf("%s is not the schema (-update writes it anew), -want +got:\n%s", golden, diff)
	}
	if !IsSchema(want) || IsSchema([]byte(`{"title": "mine"}`)) || IsSchema([]byte("name: x")) {
		t.Error("its own schema is not told from others")
	}
}

// compiled is the schema, itself checked against that of schemas.
func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("campaign.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("campaign.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read is a file as an editor has it: as YAML with the types that its values have without quotes.
func read(t testing.TB, file []byte) any {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal(bytes.TrimPrefix(file, []byte("\ufeff")), &doc); err != nil {
		t.Fatalf("%v in\n%s", err, file)
	}
	return doc
}

// places are where a schema finds something wrong: the value, or the key that is missing or not known.
func places(err error) []string {
	var all []string
	var collect func(*jsonschema.ValidationError)
	collect = func(e *jsonschema.ValidationError) {
		at := strings.Join(e.InstanceLocation, "/")
		var names []string
		switch k := e.ErrorKind.(type) {
		case *jsonschemakind.Required:
			names = k.Missing
		case *jsonschemakind.AdditionalProperties:
			names = k.Properties
		default:
			if len(e.Causes) == 0 {
				all = append(all, at)
			}
		}
		for _, name := range names {
			all = append(all, strings.TrimPrefix(at+"/"+name, "/"))
		}
		for _, c := range e.Causes {
			collect(c)
		}
	}
	if e, ok := err.(*jsonschema.ValidationError); ok {
		collect(e)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// steps is a place in the words of Problem.Path or of a JSON pointer, in one form for both.
func steps(place string) string {
	return strings.NewReplacer("[", "/", "]", "", ".", "/").Replace(place)
}

// TestSchemaRefuses: of the wrong files the schema refuses those that one value tells, and each where Parse does: an
// editor marks no place that is right.
func TestSchemaRefuses(t *testing.T) {
	s := compiled(t)
	refused, exactly := 0, 0
	for _, w := range wrong {
		_, err := Parse("c.yaml", []byte(w.file))
		want := map[string]bool{}
		for _, p := range err.(Errors) {
			want[steps(p.Path)] = true
		}
		if want[""] { // it is no mapping, or no YAML
			continue
		}
		got := places(s.Validate(read(t, []byte(w.file))))
		for _, place := range got {
			inList := func(at string) bool {
				return regexp.MustCompile("^" + regexp.QuoteMeta(steps(place)) + "/[0-9]+$").MatchString(at)
			}
			if !want[steps(place)] && !slices.ContainsFunc(slices.Collect(maps.Keys(want)), inList) {
				t.Errorf("%s: the schema finds something wrong at %s, the parser does not:\n%v", w.name, place, err)
			}
		}
		if len(got) > 0 {
			refused++
		}
		if len(got) == len(want) {
			exactly++
		}
	}
	if refused < 120 || exactly < 110 {
		t.Errorf("the schema refuses %d of %d wrong files, %d of them in all places", refused, len(wrong), exactly)
	}
	for file, place := range map[string]string{
		head + lab + arms + "workloads:\n  - {protocol: tcp}\n  - {direction: to-host}\n":  "workloads/1/direction",
		head + lab + arms + "workloads:\n  - {protocol: udp, rate: {from: 1M, too: 2M}}\n": "workloads/0/rate/to workloads/0/rate/too",
		head + lab + arms + "workloads: quickly\n":                                         "workloads",
		head + lab + arms + "settle: {idle: 5}\n":                                          "settle/idle",
		head + lab + arms + "settle: idel\n":                                               "settle",
		head + lab + arms + "baseline: {tcp.rss: enabld}\n":                                "baseline/tcp.rss",
		head + lab + arms + "baseline: {tcp.rs: enabled}\n":                                "baseline/tcp.rs",
		head + lab + "design: factorial\nsettings: {tcp.rss: [enabled, on]}\n":             "settings/tcp.rss/1",
		head + "guest: {lab: {kind: vm, build: 19046}}\n" + arms:                           "guest/lab/build",
		head + "guest: {lab: {kind: vm}, user: me}\n" + arms:                               "guest/user",
		head + lab + arms + "placebo: yes\n":                                               "placebo",
		head + lab + arms + "forbid: [{tcp.autotuninglevel: disabled, tcp.rss: [on]}]\n":   "forbid/0/tcp.rss",
	} {
		if _, err := Parse("c.yaml", []byte(file)); err == nil {
			t.Errorf("the parser takes\n%s", file)
		}
		if got := strings.Join(places(s.Validate(read(t, []byte(file)))), " "); got != place {
			t.Errorf("the schema finds something wrong at %q, want %q in\n%s", got, place, file)
		}
	}
}

// campaigns are the files of the project that may be campaigns, by where they are.
func campaigns(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{"the template": Template(), "minimal": []byte(minimal)}
	text, err := os.ReadFile("../../docs/campaigns.md")
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range codeBlock.FindAllStringSubmatch(string(text), -1) {
		all[fmt.Sprint("docs/campaigns.md, example ", i)] = []byte(b[1])
	}
	err = filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".git") {
			return fs.SkipDir
		}
		if ext := filepath.Ext(path); ext != ".yaml" && ext != ".txtar" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if filepath.Ext(path) == ".yaml" {
			all[path] = data
			return nil
		}
		for _, f := range txtar.Parse(data).Files {
			if filepath.Ext(f.Name) == ".yaml" {
				all[path+", "+f.Name] = f.Data
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range Questions {
		for _, g := range matrix.Driven() {
			profiles := [][]string{nil}
			for _, id := range profileIDs() {
				profiles = append(profiles, []string{id})
			}
			for _, p := range profiles {
				d := Draft{For: q[0], Profiles: p, Generation: g}
				if text, err := d.Text(); err == nil {
					all[fmt.Sprintf("init %+v", d)] = text
				}
			}
		}
	}
	return all
}

// TestSchemaTakes: what Parse takes of all the project's files the schema takes, too.
func TestSchemaTakes(t *testing.T) {
	s := compiled(t)
	taken, examples, drafts := 0, 0, 0
	for name, file := range campaigns(t) {
		if _, err := Parse(name, file); err != nil {
			continue
		}
		taken++
		if strings.HasPrefix(name, "../../examples/") {
			examples++
		}
		if strings.HasPrefix(name, "init") {
			drafts++
		}
		if err := s.Validate(read(t, file)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all, _ := filepath.Glob("../../examples/*.yaml"); examples < len(all) {
		t.Errorf("%d of %d examples are campaigns", examples, len(all))
	}
	if taken < 150 || drafts < 40 {
		t.Errorf("%d campaigns and %d drafts among them: fewer than there are", taken, drafts)
	}
}

// around are beginnings of campaigns in which a key may be legal, with the flow mapping that it goes into at %s.
var around = map[string][]string{
	"": {
		"{guest: {lab: {kind: vm}}, design: list, arms: [{set: {tcp.rss: disabled}}], name: x, %s}",
		"{guest: {lab: {kind: vm}}, design: factorial, settings: {tcp.rss: [enabled, disabled]}, name: x, %s}",
		"{guest: {lab: {kind: vm}}, design: profile, profile: seed-vista, name: x, %s}",
		"{guest: {lab: {kind: vm}}, design: covering, settings: {tcp.rss: [enabled, disabled], tcp.rsc: [enabled, disabled]}, name: x, %s}",
		"{guest: {lab: {kind: vm}}, design: fractional, settings: {tcp.rss: [enabled, disabled], tcp.rsc: [enabled, disabled]}, name: x, %s}",
		"{guest: {lab: {kind: vm}}, design: sample, settings: {tcp.rss: [enabled, disabled], tcp.rsc: [enabled, disabled]}, name: x, %s}",
		"{guest: {lab: {kind: vm}}, design: profile, profile: mine, profiles: {mine: {tcp.rss: disabled}}, name: x, %s}",
		"{guest: {lab: {kind: vm}}, design: adaptive, blocks: 20, search: {workload: tcp-to-guest}, arms: [{set: {tcp.rss: disabled}}], name: x, %s}",
		"{guest: {lab: {kind: vm}}, design: aa, name: x, %s}",
		"{host: {}, design: aa, name: x, guest: {control: a, data: b, user: c, password_env: D, generation: w10}, %s}",
		"{guest: {control: a, data: b, libvirt: c, user: d, password_env: E}, design: list, arms: [{set: {tcp.rss: disabled}}], name: x, %s}",
	},
	"profiles": {"{set: {tcp.rss: disabled}, %s}"},
	"guest": {
		"{control: a, data: b, user: c, password_env: D, %s}",
		"{control: a, data: b, user: c, password_file: D, %s}",
		"{control: a, data: b, user: c, %s}",
		"{%s}",
		"{control: 'https://a', data: b, user: c, password_env: D, %s}",
		"{control: a, data: b, transport: {scheme: https, auth: certificate, client_cert: a, client_key: b}, %s}",
	},
	"guest.lab":            {"{kind: vm, rate: 300, %s}", "{kind: fast, generation: w11, %s}"},
	"guest.transport":      {"{scheme: https, auth: certificate, client_cert: a, client_key: b, %s}", "{%s}"},
	"guest.trust":          {"{%s}"},
	"guest.rescue":         {"{%s}", "{qmp: /a, %s}"},
	"guest.rescue.libvirt": {"{domain: d, %s}"},
	"peer":                 {"{command: [ssh, x], %s}"},
	"search":               {"{workload: tcp-to-guest, %s}"},
	"settle":               {"{%s}"},
	"arms":                 {"{set: {tcp.rss: disabled}, %s}"},
	"define": {`{key: 'HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters', value: Foo, type: String, values: [a, b], %s}`,
		"{keyword: '*Foo', %s}"},
	"workloads": {"{%s}", "{direction: to-guest, %s}", "{protocol: udp, rate: 1M, length: 100, %s}", "{protocol: udp, rate: 1M, length: 100, tool: meter, %s}",
		"{protocol: latency, %s}", "{protocol: latency, load: to-guest, %s}"},
	"workloads.rate": {"{from: 10M, to: 1G, %s}"},
	"workloads.link": {"{delay: 10ms, %s}"},
	"notify":         {"{command: [a], %s}"},
	"variants":       {"{command: [a], %s}", "{name: v, %s}", "{name: v, command: [a], %s}", "{name: v, xml: [{path: vcpu, remove: true}], %s}"},
	"variants.xml":   {"{path: vcpu, %s}", "{path: vcpu, remove: true, %s}", "{path: vcpu, attribute: current, remove: true, %s}"},
	"guest.libvirt":  {"{domain: d, %s}"},
}

// written are values as people may write them (but .inf and .nan, which JSON does not have): plain, in quotes, in other types, with and without units, none.
var written = []string{
	"0", "1", "2", "5", "+5", "007", "-0", "-1", "20", "64", "300", "1000", "70000", "5.0", "0.5", ".5", "5.", "1e1", "0x10", "'5'", "'0x10'", "'+5'", "' 5'", "'5 '", "1_0", "0x1p-2", "'0x1p-2'",
	"2%", "'2 %'", "'%'", "0%", "60%", "inf", "true", "True", "'true'", "false", "yes", "on", "off", "On", "null", "~", "''", "' '",
	"[]", "[a]", "[1]", "[[a]]", "[a, a]", "[16, 32]", "[true, 1.5, x]", "{}", "{a: b}", "{tcp.rss: enabled}", "{tcp.rss: ' Enabled '}", "{tcp.rss: [enabled, disabled]}", "{own.a: 1}",
	"0s", "2s", "-0s", "+1m", "1h30m", ".5s", "1.s", "5us", "5µs", "90m", "1d", "5 s", "idle", "quick", "x", "é", "a b", "a/b", "/a/b", "a@b", "10M", "0.5M", "10.5G", "10m", "2024-01-01",
	"192.0.2.1", "'fe80::1%eth0'", "'::1'", "https://a:5986", "HTTP://p:1", "qemu:///system", "w10", "seed-vista", "19045", "'19045'", "0.1.240", "DWord", "absent",
	"[[tcp.rss, tcp.rsc]]", "[tcp.rss=reboot]", "['tcp.rss=disabled:10']", "[{set: {tcp.rss: disabled}}]", "{mine: {tcp.rss: frob, tcp.autotuninglevel: 1}}", "{netkvm.NumRssQueues: 4}", "[{tcp.rss: disabled}]", "{lab: {kind: fast}}", "{kind: fast}", "{domain: d}", "{command: [a]}", "{delay: 5ms}", "{loss: 1}", "{workload: tcp-to-guest}", "tcp-to-guest",
	"[{path: vcpu, remove: true}]", "'<mtu size=\"9000\"/>'",
	strings.Repeat("0", 64), "'" + strings.Repeat("AB:", 31) + "AB'", `"a\nb"`, strings.Repeat("n", 41), strings.Repeat("n", 101),
}

// TestSchemaAndParserAgree puts every one of the written values, and what the key's form names itself, at every key of
// the tables, in the contexts until one takes it. What Parse takes the schema takes; every key takes something, and
// what no key takes is refused there: the tables have no key that is not read.
func TestSchemaAndParserAgree(t *testing.T) {
	s := compiled(t)
	// wrongAt says whether a file is refused for what it has at a key, wherever that would stand.
	wrongAt := func(err error, path string) bool {
		return slices.ContainsFunc(err.(Errors), func(p Problem) bool {
			return strings.NewReplacer("[0]", "", "own.X.", "").Replace(p.Path) == path && (strings.HasSuffix(p.Message, " is not legal") || strings.HasPrefix(p.Message, "this must be "))
		})
	}
	var try func(prefix string, g group)
	try = func(prefix string, g group) {
		for _, k := range g {
			path := strings.TrimPrefix(prefix+"."+k.name, ".")
			taken := false
			for _, value := range slices.Concat(written, wordsOf(k.form)) {
				for _, file := range inContext(prefix, k.name+": "+value) {
					_, err := Parse("c.yaml", []byte(file))
					if err == nil {
						taken = true
						if err := s.Validate(read(t, []byte(file))); err != nil {
							t.Errorf("%s: %s is taken by the parser:\n%s\n%v", path, value, file, err)
						}
					}
					if err == nil || wrongAt(err, path) {
						break
					}
				}
			}
			if !taken {
				t.Errorf("%s: no value is taken, or no context has a place for it", path)
			}
			if !slices.ContainsFunc(inContext(prefix, k.name+": [[[{}]]]"), func(file string) bool {
				_, err := Parse("c.yaml", []byte(file))
				return err != nil && strings.Contains(err.Error(), k.name)
			}) {
				t.Errorf("%s: it is not read", path)
			}
			for _, part := range parts(k.form) {
				try(path, part)
			}
		}
	}
	try("", fileKeys)
}

// wordsOf are the words and texts that a form names.
func wordsOf(f form) []string {
	switch f := f.(type) {
	case word:
		return f.of
	case either:
		return wordsOf(f.plain)
	case several:
		var all []string
		for _, w := range wordsOf(f.of) {
			all = append(all, "["+w+"]")
		}
		return all
	}
	return nil
}

// parts are the groups within a form.
func parts(f form) []group {
	switch f := f.(type) {
	case group:
		return []group{f}
	case machine:
		return []group{guestKeys}
	case either:
		return parts(f.parts)
	case having:
		return parts(f.with)
	case several:
		return parts(f.of)
	case named:
		return parts(f.form)
	}
	return nil
}

// inContext are campaigns in which a group has an entry.
func inContext(group, entry string) []string {
	contexts, ok := around[group]
	if !ok {
		contexts = []string{"{%s}"}
	}
	var all []string
	for _, c := range contexts {
		key := strings.TrimSpace(strings.SplitN(entry, ":", 2)[0])
		text := strings.Replace(withoutKey(c, key), "%s", entry, 1)
		if group == "" {
			all = append(all, text)
			continue
		}
		outer, name := "", group
		if i := strings.LastIndex(group, "."); i >= 0 {
			outer, name = group[:i], group[i+1:]
		}
		switch name {
		case "arms", "workloads", "variants", "xml":
			text = "[" + text + "]"
		case "define":
			text = "{own.X: " + text + "}"
		case "profiles":
			text = "{mine: " + text + "}"
		}
		within := inContext(outer, name+": "+text)
		if name == "variants" {
			within = within[len(within)-1:] // some need a domain
		} else if outer == "" && name != "search" {
			within = within[:1] // which designs there are makes no difference to other groups
		}
		all = append(all, within...)
	}
	return all
}

// withoutKey is a context without an entry of its own of that key.
func withoutKey(context, key string) string {
	var n, depth, from int
	for n = 1; n < len(context); n++ {
		switch c := context[n]; {
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		if depth == 0 && (context[n] == ',' || n == len(context)-1) {
			if entry := strings.TrimSpace(context[max(1, from):n]); strings.HasPrefix(entry, key+":") {
				return context[:max(1, from)] + strings.TrimPrefix(context[n:], ",")
			}
			from = n + 1
		}
	}
	return context
}

// TestNameForm: a name as the schema has it is one as the reader takes it.
func TestNameForm(t *testing.T) {
	for _, s := range append(slices.Clone(written), "-a", "a-", "a+b,c=d:e", "") {
		if nameForm.MatchString(s) != sample.ValidName(s) {
			t.Errorf("%q: legal %v by its form", s, nameForm.MatchString(s))
		}
	}
}
