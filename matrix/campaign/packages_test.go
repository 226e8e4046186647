package campaign

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/matrix"
	"vnettune/trouble"
)

// aPackage is a package by the folder that it lies in; hash is the digit that its INF file's is made of.
func aPackage(folder, hash string) matrix.Package {
	return matrix.Package{Folder: folder, INF: "a.inf", Catalog: "a.cat", Version: "100.95.104.26200", Date: "07/15/2024", Devices: []string{`PCI\VEN_1AF4&DEV_1000`, `PCI\VEN_1AF4&DEV_1041`},
		Files: []matrix.PackageFile{{Name: "a.inf", Size: 1218, SHA256: strings.Repeat(hash, 64)}, {Name: "a.cat", Size: 13, SHA256: strings.Repeat("f", 64)}}}
}

const ofDrivers = `name: c
guest: {lab: {kind: fast, generation: w10}}
design: list
variants:
  - {name: as-found}
  - {name: one, driver: ../SECRET/one} # a remark
  - {name: two, driver: two}
`

// withDrivers is the text with its packages inside, by the hashes of their folders.
func withDrivers(t *testing.T, text string, hashes map[string]string) []byte {
	t.Helper()
	out, err := WithPackages("c.yaml", []byte(text), func(path string) (matrix.Package, error) { return aPackage("elsewhere", hashes[path]), nil })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func parsed(t *testing.T, text []byte) Campaign {
	t.Helper()
	c, err := Parse("c.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := ParseStored("c.yaml", text)
	if err != nil || len(Changed(c, stored)) > 0 {
		t.Fatalf("a store has another campaign: %v, %v", Changed(c, stored), err)
	}
	return c
}

// A text with its packages inside needs no folder, and says what is in them.
func TestWithPackages(t *testing.T) {
	text := withDrivers(t, ofDrivers, map[string]string{"../SECRET/one": "1", "two": "2"})
	if !strings.HasPrefix(string(text), ofDrivers) {
		t.Errorf("the campaign's own lines moved:\n%s", text)
	}
	c := parsed(t, text)
	want := []matrix.Package{aPackage("../SECRET/one", "1"), aPackage("two", "2")}
	for i, p := range want {
		if d := cmp.Diff(p, *c.Design.Variants[i+1].Driver); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	}
	if got := c.In("/here").PathOf(want[0]); got != "/SECRET/one" {
		t.Errorf("it lies in %s", got)
	}
	again, err := WithPackages("c.yaml", text, func(path string) (matrix.Package, error) {
		t.Errorf("%s is read, which is inside", path)
		return matrix.Package{}, nil
	})
	if err != nil || string(again) != string(text) {
		t.Errorf("%v\n%s", err, again)
	}
	without := parsed(t, []byte(ofDrivers)) // for what installs nothing
	if d := without.Design.Variants[2].Driver; d == nil || d.Folder != "two" || d.Files != nil {
		t.Errorf("%+v", d)
	}
	if noise := string(NoiseRun(text)); strings.Contains(noise, "---") || strings.Contains(noise, "driver") {
		t.Errorf("boots of the baseline alone have drivers:\n%s", noise)
	}
}

// Beside a package the text has files of profiles inside.
func TestPackagesBesideProfiles(t *testing.T) {
	text, err := WithFiles([]byte(strings.Replace(ofDrivers, "design: list", "design: list\nprofiles: [own.yaml]\narms: [{use: mine}]", 1)), map[string][]byte{"own.yaml": []byte("profiles: {mine: {tcp.rss: disabled}}\n")})
	if err != nil {
		t.Fatal(err)
	}
	before := string(text)
	text = withDrivers(t, before, map[string]string{"../SECRET/one": "1", "two": "2"})
	c := parsed(t, text)
	if len(c.Own.Profiles) != 1 || len(c.Design.Variants[2].Driver.Files) != 2 || strings.Count(string(text), "---\n") != 1 {
		t.Errorf("%+v:\n%s", c.Own, text)
	}
	if noise := string(NoiseRun(text)); !strings.Contains(noise, filesKey) || strings.Contains(noise, packagesKey) {
		t.Errorf("%s", noise)
	}
}

// Every folder that cannot be read is told with its place, beside what else is wrong.
func TestPackagesThatCannotBeRead(t *testing.T) {
	_, err := WithPackages("c.yaml", []byte(ofDrivers+"blocks: many\n"), func(path string) (matrix.Package, error) {
		return matrix.Package{}, trouble.Hint(errors.New("no "+path), "find it")
	})
	want := `c.yaml:6:25: variants[1].driver: no ../SECRET/one; find it
c.yaml:7:25: variants[2].driver: no two; find it
c.yaml:8:9: blocks: "many" is not legal; legal: a whole number from 1 to 1000`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
	if text, err := WithPackages("c.yaml", []byte("name: ["), nil); err != nil || string(text) != "name: [" {
		t.Errorf("what is no file is told twice: %v", err)
	}
}

// What makes a campaign another one is what its packages are, and not where they lie.
func TestChangedPackages(t *testing.T) {
	was := parsed(t, withDrivers(t, ofDrivers, map[string]string{"../SECRET/one": "1", "two": "2"}))
	for name, c := range map[string]struct {
		text   string
		hashes map[string]string
		want   []string
	}{
		"moved":         {strings.Replace(ofDrivers, "../SECRET/one", "/mnt/one", 1), map[string]string{"/mnt/one": "1", "two": "2"}, nil},
		"other bytes":   {ofDrivers, map[string]string{"../SECRET/one": "1", "two": "3"}, []string{"the driver's package of variant two (100.95.104.26200, now of other files)"}},
		"another name":  {strings.Replace(ofDrivers, "name: two", "name: three", 1), map[string]string{"../SECRET/one": "1", "two": "2"}, []string{"design"}},
		"a command now": {strings.Replace(ofDrivers, "driver: two", "command: [x], undo: [y]", 1), map[string]string{"../SECRET/one": "1"}, []string{"design"}},
	} {
		if got := Changed(was, parsed(t, withDrivers(t, c.text, c.hashes))); !slices.Equal(got, c.want) {
			t.Errorf("%s: changed in %v, want %v", name, got, c.want)
		}
	}
}

// A file that is handed on says what the packages are, and not where they lay.
func TestRedactPackages(t *testing.T) {
	text := withDrivers(t, ofDrivers, map[string]string{"../SECRET/one": "1", "two": "2"})
	out, err := Redact(text, func(s string) string { return s })
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out.Text), "SECRET") || strings.Contains(string(out.Text), "folder: \"two") {
		t.Errorf("something is left:\n%s", out.Text)
	}
	if got := out.Private["variants.driver"]; !slices.Equal(got, []string{"../SECRET/one", "two"}) {
		t.Errorf("of folders it had %q", got)
	}
	if changed := Changed(parsed(t, text), parsed(t, out.Text)); len(changed) > 0 {
		t.Errorf("another experiment, in %v:\n%s", changed, out.Text)
	}
	again, err := Redact(out.Text, strings.ToUpper)
	if err != nil || !strings.Contains(string(again.Text), `"driver-2"`) || !strings.Contains(string(again.Text), strings.Repeat("2", 64)) {
		t.Errorf("a second time: %v\n%s", err, again.Text)
	}
}

// What is written there of a package and is none is not taken: the folder is read then.
func TestWhatIsNoPackageInside(t *testing.T) {
	bad := aPackage("two", "2")
	bad.Files[1].Name = "../../x.cat"
	c := parsed(t, []byte(ofDrivers+packagesMark+packages{bad}.text()+"- 1\n- {folder: one, files: [a, {b: c}]}\n"))
	if d := c.Design.Variants[2].Driver; d.Files != nil || d.Version != "" {
		t.Errorf("%+v", d)
	}
}
