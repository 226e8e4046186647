package campaign

import (
	"os"
	"slices"
	"strings"
	"testing"

	"vnettune/matrix"
)

const ownHead = "name: c\nguest: {control: 192.0.2.10, data: 192.0.2.10, user: u, password_env: P, generation: w10}\ndesign: profile\nprofile: house\nprofiles: [own.yaml]\nworkloads: [{protocol: tcp, direction: to-guest, seconds: 1}]\n"

// inside is a campaign file with files of profiles inside.
func inside(t *testing.T, text string, files map[string]string) []byte {
	t.Helper()
	all := map[string][]byte{}
	for name, text := range files {
		all[name] = []byte(text)
	}
	out, err := WithFiles([]byte(text), all)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func example(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../examples/profiles/own.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A campaign that names files has them inside for the store, and says the same from there.
func TestProfilesOfFiles(t *testing.T) {
	own, err := ParseProfiles("own.yaml", []byte(example(t)))
	if err != nil {
		t.Fatal(err)
	}
	if len(own.Profiles) != 2 || own.Profiles[1].ID != "house" || own.Profiles[1].Title != "our build image" || !slices.Equal(own.Profiles[1].AppliesTo, []matrix.Generation{matrix.W10, matrix.W11}) ||
		own.Profiles[0].Source != "own.yaml" || len(own.Define) != 1 {
		t.Errorf("%+v", own)
	}
	if got := ProfileFiles([]byte(ownHead)); !slices.Equal(got, []string{"own.yaml"}) {
		t.Errorf("the files are %v", got)
	}
	for name, head := range map[string]string{"block": ownHead, "without an end of line": strings.TrimSuffix(ownHead, "\n"),
		"flow":             `{"name": "c", "guest": {"control": "192.0.2.10", "data": "192.0.2.10", "user": "u", "password_env": "P", "generation": "w10"}, "design": "profile", "profile": "house", "profiles": ["own.yaml"]}`,
		"carriage returns": strings.ReplaceAll(ownHead, "\n", "\r\n")} {
		text := inside(t, head, map[string]string{"own.yaml": example(t)})
		if got := ProfileFiles(text); len(got) > 0 {
			t.Errorf("%s: it still asks for %v", name, got)
		}
		if again := inside(t, string(text), map[string]string{"more.yaml": "profiles: {}"}); strings.Count(string(again), filesKey) != 1 || !strings.Contains(string(again), `"own.yaml"`) {
			t.Errorf("%s: a file beside those inside:\n%s", name, again)
		}
		for _, parse := range []func(string, []byte) (Campaign, error){Parse, ParseStored} {
			c, err := parse("dir/c.yaml", text)
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, text)
				continue
			}
			p, err := c.Plan(matrix.W10)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if v, _ := p.Arms[1].Combination.Value("own.TcpRcvBufMax"); v != "16777216" || p.Arms[1].Name != "house" {
				t.Errorf("%s: %s %v", name, p.Arms[1].Name, v)
			}
		}
		noise, err := Parse("n.yaml", NoiseRun(text))
		if err != nil || noise.Design.Define["own.TcpRcvBufMax"].Name != "TcpRcvBufMax" {
			t.Errorf("%s: its noise run: %v", name, err)
		}
	}
	if _, err := Parse("c.yaml", inside(t, strings.Replace(ownHead, "w10", "nt62", 1), map[string]string{"own.yaml": example(t)})); err == nil || !strings.Contains(err.Error(), "published for w10, w11") {
		t.Errorf("on another Windows: %v", err)
	}
}

// What is wrong in a file is said with that file, line and field, and what to do.
func TestWrongFilesOfProfiles(t *testing.T) {
	for text, want := range map[string]string{
		"": "own.yaml:1:1: the file is empty",
		"profiles: {house: {tcp.rsss: disabled}}":                                            "own.yaml:1:30: profiles.house.tcp.rsss: there is no such setting; did you mean \"tcp.rss\"? ",
		"profiles:\n  house:\n    tcp.rss: maybe":                                            `own.yaml:3:14: profiles.house.tcp.rss: "maybe" is not legal; legal: `,
		"profiles: {house: {set: {tcp.rss: maybe}}}":                                         `own.yaml:1:35: profiles.house.set.tcp.rss: "maybe" is not legal`,
		"profiles: {seed-vista: {tcp.rss: disabled}}":                                        `own.yaml:1:24: profiles.seed-vista: "seed-vista" is a published profile; give it another name`,
		"profiles: {house: {set: {tcp.rss: disabled}, fro: [w10]}}":                          "own.yaml:1:46: profiles.house.fro: ",
		"profiles: {house: {set: {tcp.rss: disabled}, for: [w12]}}":                          `own.yaml:1:52: profiles.house.for[0]: "w12" is not legal`,
		"profiles: {house: disabled}":                                                        "own.yaml:1:19: profiles.house: this must be settings with a value each",
		"profiles: [other.yaml]":                                                             "a file of profiles names no other files",
		"arms: []":                                                                           "own.yaml:1:1: arms: ",
		"define: {own.x: {key: 'HKLM\\SYSTEM\\Select', value: x, type: DWord, values: [1]}}": "own.yaml:1:23: define.own.x.key: a campaign cannot define a value in the key",
		"profiles: {house: {tcp.rss: disabled}}\n---\nprofile_files: []\n":                   "a second document",
		"\tprofiles:": "own.yaml:1:9: ",
	} {
		if _, err := ParseProfiles("own.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if want == "own.yaml:1:1: the file is empty" || strings.HasPrefix(text, "define") {
			continue
		}
		if _, err := Parse("dir/c.yaml", inside(t, ownHead, map[string]string{"own.yaml": text})); err == nil || !strings.Contains(err.Error(), strings.Replace(want, "own.yaml", "dir/own.yaml", 1)) {
			t.Errorf("of a campaign, %q: %v, want %q", text, err, want)
		}
	}
	two := "profiles: [own.yaml, b.yaml]"
	for _, c := range []struct{ head, a, b, want string }{
		{two, "profiles: {house: {tcp.rss: disabled}}", "profiles: {house: {tcp.rss: enabled}}", "b.yaml:1:19: profiles.house: the campaign has a profile of that name elsewhere, too"},
		{"profiles: [own.yaml, own.yaml]", "profiles: {house: {tcp.rss: disabled}}", "", "c.yaml:5:22: profiles[1]: own.yaml is named twice"},
		{"profiles: [own.yaml, none.yaml]", "profiles: {house: {tcp.rss: disabled}}", "", "c.yaml:5:22: profiles[1]: the file none.yaml was not read"},
		{two, "define: {own.x: {keyword: '*A', values: [1]}}", "define: {own.x: {keyword: '*B', values: [1]}}", "b.yaml:1:17: define.own.x: the campaign has a setting of that id elsewhere, too"},
		{two + "\ndefine: {own.x: {keyword: '*A', values: [1]}}", "define: {own.x: {keyword: '*B', values: [1]}}", "profiles: {house: {tcp.rss: disabled}}", "own.yaml:1:17: define.own.x: the campaign has a setting of that id elsewhere, too"},
		{two, "define: {own.x: {key: 'HKLM\\SYSTEM\\Select', value: x, type: DWord, values: [1]}}", "profiles: {house: {tcp.rss: disabled}}", "own.yaml:1:23: define.own.x.key: a campaign cannot define"},
		{two, "profiles: {house: {own.none: 1}}", "profiles: {other: {tcp.rss: disabled}}", "own.yaml:1:30: profiles.house.own.none: there is no setting"},
	} {
		text := inside(t, strings.Replace(ownHead, "profiles: [own.yaml]", c.head, 1), map[string]string{"own.yaml": c.a, "b.yaml": cmpOr(c.b, "profiles: {b: {tcp.rss: disabled}}")})
		if _, err := Parse("c.yaml", text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.head, err, c.want)
		}
	}
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// A file that was changed is another experiment, and is named; a remark, a title or the order of lines is none.
func TestAChangedFileIsAnotherExperiment(t *testing.T) {
	parse := func(head, text string) Campaign {
		t.Helper()
		c, err := Parse("c.yaml", inside(t, head, map[string]string{"own.yaml": text}))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	was := parse(ownHead, example(t))
	for text, want := range map[string]string{
		"# a remark\n" + strings.Replace(example(t), "our build image", "the image", 1): "",
		strings.Replace(example(t), "tcp.rss: enabled", "tcp.rss: disabled", 1):         "profiles (own.yaml)",
		strings.Replace(example(t), "[1048576, 16777216]", "[16777216]", 1):             "profiles (own.yaml)",
		strings.Replace(example(t), "for: [w10, w11]", "for: [w10]", 1):                 "profiles (own.yaml)",
	} {
		if got := strings.Join(Changed(was, parse(ownHead, text)), ", "); got != want {
			t.Errorf("changed: %q, want %q in\n%s", got, want, text)
		}
	}
	inline := func(text string) Campaign {
		t.Helper()
		c, err := Parse("c.yaml", []byte(strings.Replace(ownHead, "profiles: [own.yaml]", text, 1)))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	a := inline("profiles: {house: {tcp.rss: disabled}}")
	if got := Changed(a, inline("# a remark\nprofiles: {house: {tcp.rss: enabled}}")); !slices.Equal(got, []string{"profiles"}) {
		t.Errorf("of the campaign itself: %v", got)
	}
	if got := Changed(a, inline("profiles: {house: {title: x, set: {tcp.rss: disabled}}}")); len(got) > 0 {
		t.Errorf("the long form of it: %v", got)
	}
}

// FuzzParseProfiles: any bytes give profiles or problems with positions, alone and inside a campaign.
func FuzzParseProfiles(f *testing.F) {
	text, err := os.ReadFile("../../examples/profiles/own.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("profiles: {house: {set: {tcp.rss: disabled}, for: [w10]}}\n---\nprofile_files: [{file: a, lines: [b]}]"))
	f.Add([]byte("define: {own.x: {keyword: '*A', values: [1]}}\nprofiles: {house: {own.x: 1}}"))
	f.Add([]byte("profiles: {\"a\\u2028\": {tcp.rss: \"\\x00\"}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		own, err := ParseProfiles("own.yaml", data)
		if err != nil {
			for _, p := range err.(Errors) {
				if p.Line < 1 || p.Column < 1 || p.Message == "" {
					t.Errorf("problem without place or words: %+v", p)
				}
			}
			return
		}
		for _, p := range own.Profiles {
			if p.ID == "" || p.Title == "" || p.Source == "" || len(p.AppliesTo) == 0 {
				t.Errorf("incomplete: %+v", p)
			}
		}
		whole, err := WithFiles([]byte(strings.Replace(ownHead, "design: profile\nprofile: house", "design: aa", 1)), map[string][]byte{"own.yaml": data})
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse("c.yaml", whole)
		if err == nil && len(c.Own.Profiles) != len(own.Profiles) {
			t.Errorf("%d profiles inside, %d alone", len(c.Own.Profiles), len(own.Profiles))
		}
		if err != nil && !strings.Contains(err.Error(), "own.yaml:") && !strings.Contains(err.Error(), "define") {
			t.Errorf("taken alone, inside: %v\n%q", err, whole)
		}
	})
}
