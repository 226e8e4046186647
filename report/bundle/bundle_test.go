package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"vnettune/report"
	"vnettune/report/stored"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// demo is the store of the example report: a campaign on the stand-in, with a placebo.
func demo(t testing.TB) *stored.Campaign {
	t.Helper()
	c, err := stored.OpenStore(filepath.Join("..", "..", "examples", "report", "demo.db"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// program is the version that makes the bundles of these tests.
const program = "v1"

func bundleOf(t testing.TB, c *stored.Campaign) []byte {
	t.Helper()
	b, _, err := Make(c, program)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// recorded are stores of every kind of design, unpacked into a folder.
func recorded(t *testing.T) []string {
	t.Helper()
	packed, err := filepath.Glob(filepath.Join("..", "..", "cmd", "vnettune", "testdata", "stores", "*.db.gz"))
	if err != nil || len(packed) < 7 {
		t.Fatal(packed, err)
	}
	var all []string
	for _, path := range packed {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(path), ".gz"))
		if err := os.WriteFile(to, text, 0o600); err != nil {
			t.Fatal(err)
		}
		all = append(all, to)
	}
	return all
}

// The same store gives the same bytes, wherever it lies, and its bundle is verified.
func TestSameStoreSameBundle(t *testing.T) {
	first := bundleOf(t, demo(t))
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "report", "demo.db"))
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "of-somebody.db")
	if err := os.WriteFile(elsewhere, text, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := stored.OpenStore(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, bundleOf(t, c)) {
		t.Error("a copy of the store gives another bundle")
	}
	path := filepath.Join(t.TempDir(), "demo"+Suffix)
	if err := os.WriteFile(path, first, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(program)
	if err != nil || !v.Same || !v.Ranking || v.All != 0 || len(v.Hash) != 64 {
		t.Errorf("verified %+v, %v", v, err)
	}
	if _, err := Open(path + "x"); err == nil {
		t.Error("a file that is not there is a bundle")
	}
}

// What is ranked of a bundle is what is ranked of its store: every design, every number.
func TestBundleRanksAsItsStore(t *testing.T) {
	for _, path := range recorded(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			c, err := stored.OpenStore(path)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Parse("bundle", bundleOf(t, c))
			if err != nil {
				t.Fatal(err)
			}
			if v, err := r.Verify(program); err != nil || !v.Ranking {
				t.Fatalf("%+v, %v", v, err)
			}
			of := func(c *stored.Campaign) map[string]any {
				j, err := report.Of(c, nil, stored.Asked{})
				if err != nil {
					t.Fatal(err)
				}
				var b bytes.Buffer
				if err := report.JSON(&b, j); err != nil {
					t.Fatal(err)
				}
				var doc map[string]any
				if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
					t.Fatal(err)
				}
				for _, key := range []string{"setups", "plan", "notes"} { // which name hosts
					delete(doc, key)
				}
				return doc
			}
			compare(of(c), of(r.Campaign), "", func(at string, a, b any) { t.Errorf("%s: %v of the store, %v of the bundle", at, a, b) })
			// The samples alone, as vnettune rank takes them, have the same rows.
			rows, err := sample.Read(bytes.NewReader(r.files[fileSamples]))
			if err != nil || len(rows) != len(c.All()) {
				t.Errorf("%d rows of %d, %v", len(rows), len(c.All()), err)
			}
		})
	}
}

// repacked packs files as they are, with a manifest that fits them.
func repacked(t testing.TB, files map[string][]byte, by string) []byte {
	t.Helper()
	b, err := pack(files, newManifest(files, by))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// entry is a file of an archive of the tests' own.
type entry struct {
	name string
	text []byte
	kind byte
	link string
}

func archive(t testing.TB, all []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range all {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: 0o644, Size: int64(len(e.text)), Format: tar.FormatUSTAR}
		if e.kind != 0 {
			h.Typeflag, h.Linkname = e.kind, e.link
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is not as its manifest says is refused, and the file is named.
func TestChangedBundlesAreRefused(t *testing.T) {
	good := bundleOf(t, demo(t))
	files, m, err := unpack(good)
	if err != nil {
		t.Fatal(err)
	}
	all := []entry{{name: fileManifest, text: m.text()}}
	for _, f := range m.Files {
		all = append(all, entry{name: f.Name, text: files[f.Name]})
	}
	with := func(change func([]entry) []entry) []byte { return archive(t, change(slices.Clone(all))) }
	at := func(name string) int { return slices.IndexFunc(all, func(e entry) bool { return e.name == name }) }
	changed := func(name string, f func(string) string) map[string][]byte {
		out := maps.Clone(files)
		out[name] = []byte(f(string(out[name])))
		if bytes.Equal(out[name], files[name]) {
			t.Fatalf("%s is not changed", name)
		}
		return out
	}
	twice := func(s string) string { return strings.ReplaceAll(s, `"value":`, `"value":2`) }
	for name, c := range map[string]struct {
		archive []byte
		says    string
	}{
		"a changed sample": {with(func(e []entry) []entry {
			i := at(fileSamples)
			e[i].text = bytes.Replace(e[i].text, []byte("1"), []byte("2"), 1)
			return e
		}), fileSamples + " was changed"},
		"a missing file":      {with(func(e []entry) []entry { return slices.Delete(e, at(fileBoots), at(fileBoots)+1) }), fileBoots + " is missing"},
		"no manifest":         {with(func(e []entry) []entry { return e[1:] }), fileManifest + " is missing"},
		"an additional file":  {with(func(e []entry) []entry { return append(e, entry{name: "readme", text: []byte("x")}) }), "readme is no file of a bundle"},
		"a path that escapes": {with(func(e []entry) []entry { return append(e, entry{name: "../../etc/passwd", text: []byte("x")}) }), "../../etc/passwd is no file"},
		"an absolute path":    {with(func(e []entry) []entry { return append(e, entry{name: "/etc/passwd", text: []byte("x")}) }), "/etc/passwd is no file"},
		"a name twice":        {with(func(e []entry) []entry { return append(e, e[at(fileHead)]) }), fileHead + " is in it twice"},
		"a link": {with(func(e []entry) []entry {
			e[at(fileHead)] = entry{name: fileHead, kind: tar.TypeSymlink, link: "/etc/passwd"}
			return e
		}), fileHead + " is no file, but a link"},
		"a hard link": {with(func(e []entry) []entry {
			e[at(fileHead)] = entry{name: fileHead, kind: tar.TypeLink, link: fileBoots}
			return e
		}), fileHead + " is no file, but a link"},
		"another order": {with(func(e []entry) []entry { slices.Reverse(e); return e }), "was not written by vnettune"},
		"another form": {with(func(e []entry) []entry {
			e[0].text = bytes.Replace(e[0].text, []byte("bundle/v1"), []byte("bundle/v9"), 1)
			return e
		}), "bundle/v9"},
		"another manifest": {with(func(e []entry) []entry { e[0].text = append([]byte(" "), e[0].text...); return e }), fileManifest + ": it was changed"},
		"bytes behind it":  {append(slices.Clone(good), "more"...), "come behind its end"},
		"half of it":       {good[:len(good)/2], "cannot be unpacked"},
		"no archive":       {[]byte("name: demo"), "this is no bundle"},
		// With a manifest made for them the files are whole, and still no bundle that this version made.
		"a figure for which the samples were not made": {repacked(t, changed(fileBoots, twice), program), "samples.csv is not what the runs in boots.jsonl gave"},
		"a ranking of one's own":                       {repacked(t, changed(fileRanking, func(s string) string { return strings.Replace(s, `"alpha": 0.05`, `"alpha": 0.01`, 1) }), program), ErrOtherRanking.Error()},
		"a key that no bundle has":                     {repacked(t, changed(fileHead, func(s string) string { return strings.Replace(s, "{", `{"author":"me",`, 1) }), program), fileHead},
		"written otherwise":                            {repacked(t, changed(fileHead, func(s string) string { return s + "\n" }), program), fileHead + " is not written as"},
		"a plan without boots":                         {repacked(t, changed(filePlan, func(string) string { return "{}" }), program), "the plan has no boots"},
		"a boot that is no JSON":                       {repacked(t, changed(fileBoots, func(s string) string { return "{\n" + s }), program), fileBoots + ", line 1"},
		"a campaign file that is none":                 {repacked(t, changed(fileCampaign, func(string) string { return "name: [" }), program), fileCampaign},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Parse("x.tar.gz", c.archive)
			if err == nil {
				_, err = r.Verify(program)
			}
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %v, and not %q", err, c.says)
			} else if !trouble.IsInvalid(err) || !strings.Contains(trouble.Line(err), "x.tar.gz") {
				t.Errorf("%v does not say that %s is to blame", err, "x.tar.gz")
			}
		})
	}
}

// A small archive of a large file is unpacked no further than to the bound.
func TestABombIsNotUnpacked(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(make([]byte, 4<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := unpackWithin(b.Bytes(), 3<<20); err == nil || !strings.Contains(err.Error(), "it unpacks to more than 3 MiB") {
		t.Errorf("%d bytes that are 4 MiB: %v", b.Len(), err)
	}
	if _, _, err := unpack(make([]byte, MaxArchive+1)); err == nil || !strings.Contains(err.Error(), "more than 64 MiB") {
		t.Errorf("a long file: %v", err)
	}
}

// No byte of a bundle can be another one: of every seventh each, and of the first and last all.
func TestEveryByteCounts(t *testing.T) {
	good := bundleOf(t, demo(t))
	for i := range good {
		if i > 20 && i < len(good)-20 && i%997 != 0 {
			continue
		}
		bad := slices.Clone(good)
		bad[i] ^= 1 << (i % 8)
		if r, err := Parse("x", bad); err == nil {
			if _, err := r.Verify(program); err == nil {
				t.Errorf("byte %d of %d is another one, and the bundle is verified", i, len(good))
			}
		}
	}
}

// Another version says what it ranks otherwise.
func TestAnotherVersionSaysWhatDiffers(t *testing.T) {
	files, _, err := unpack(bundleOf(t, demo(t)))
	if err != nil {
		t.Fatal(err)
	}
	files[fileRanking] = bytes.Replace(files[fileRanking], []byte(`"alpha": 0.05`), []byte(`"alpha": 0.01`), 1)
	r, err := Parse("x", repacked(t, files, "v0"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := r.Verify(program)
	if err != nil || v.Same || v.Ranking || v.All != 1 || v.MadeBy != "v0" || v.By != program {
		t.Fatalf("%+v, %v", v, err)
	}
	if want := (Differing{At: "/alpha", Had: "0.01", Finds: "0.05"}); v.Differs[0] != want {
		t.Errorf("says %+v", v.Differs)
	}
}

func TestDocumentsFollowTheirSchemas(t *testing.T) {
	archive := bundleOf(t, demo(t))
	files, m, err := unpack(archive)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Parse("x", archive)
	if err != nil {
		t.Fatal(err)
	}
	verified, err := r.Verify(program)
	if err != nil {
		t.Fatal(err)
	}
	files[fileRanking] = bytes.Replace(files[fileRanking], []byte(`"alpha": 0.05`), []byte(`"alpha": 0.01`), 1)
	if r, err = Parse("x", repacked(t, files, "v0")); err != nil {
		t.Fatal(err)
	}
	other, err := r.Verify(program)
	if err != nil {
		t.Fatal(err)
	}
	for name, all := range map[string][]any{"bundle-v1.json": {m}, "verify-v1.json": {verified, other}} {
		s, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "schema", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range all {
			text, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(doc); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		}
	}
}

// short is the demo with fewer boots, which a fuzzer reads again and again.
func short(t testing.TB) map[string][]byte {
	t.Helper()
	c := *demo(t)
	kept := *c.Kept
	kept.Boots = kept.Boots[:14]
	files, err := filesOf(&stored.Campaign{Path: c.Path, Kept: &kept, File: c.File, Originals: c.Originals})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// values are what stands in the place of others, as an enemy would have it who makes a manifest of his own.
var values = []string{"null", "99", "-7", "0", "1e9", `""`, "[]", "{}", "9999999999", "x", "true"}

// Values of any kind in the place of others are read within bounds, and refused or ranked.
func TestChangedValuesAreReadWithinBounds(t *testing.T) {
	files := short(t)
	names := append(slices.Clone(contents), fileRanking)
	draw := rand.New(rand.NewPCG(1, 2))
	read := 0
	for range 150 {
		name := names[draw.IntN(len(names))]
		old := files[name]
		at := draw.IntN(len(old))
		if next := bytes.IndexByte(old[at:], ':'); next >= 0 {
			at += next + 1
		}
		end := len(old)
		if next := bytes.IndexAny(old[at:], ",\n}"); next >= 0 {
			end = at + next
		}
		all := maps.Clone(files)
		all[name] = slices.Concat(old[:at], []byte(values[draw.IntN(len(values))]), old[end:])
		r, err := parse("x", nil, all, newManifest(all, "v0"))
		if err != nil {
			continue
		}
		if v, err := r.Verify(program); err == nil && v.MadeBy == "v0" {
			read++
		}
	}
	if read == 0 || read == 150 {
		t.Errorf("%d of 150 are verified: nothing was tried", read)
	}
}

func FuzzParse(f *testing.F) {
	good := bundleOf(f, demo(f))
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(archive(f, []entry{{name: fileManifest, text: []byte("{}")}}))
	f.Add(archive(f, []entry{{name: "../x", text: []byte("x")}, {name: fileHead, kind: tar.TypeSymlink, link: "/"}}))
	f.Fuzz(func(t *testing.T, archive []byte) {
		if r, err := Parse("x", archive); err == nil {
			if v, err := r.Verify(program); err == nil && v.Same && !bytes.Equal(repacked(t, r.files, program), archive) {
				t.Error("an archive that no version made is verified")
			}
		}
	})
}

// FuzzFiles changes a file and fits the manifest to it: what comes in so is read within bounds, whatever it says.
func FuzzFiles(f *testing.F) {
	files := short(f)
	names := append(slices.Clone(contents), fileRanking)
	for i, name := range names {
		f.Add(uint8(i), 0, 0, files[name][:min(200, len(files[name]))])
	}
	f.Add(uint8(0), 10, 3, []byte("null"))
	f.Add(uint8(2), 5000, 1, []byte("99"))
	f.Add(uint8(4), 40, 1, []byte("-7"))
	f.Fuzz(func(t *testing.T, which uint8, at, gone int, put []byte) {
		all := maps.Clone(files)
		name := names[int(which)%len(names)]
		old := all[name]
		at = min(max(at, 0), len(old))
		gone = min(max(gone, 0), len(old)-at)
		all[name] = slices.Concat(old[:at], put, old[at+gone:])
		r, err := parse("x", nil, all, newManifest(all, "v0"))
		if err != nil {
			return
		}
		if v, err := r.Verify(program); err == nil && v.Ranking != (v.All == 0) {
			t.Errorf("equal %t, and %d differences", v.Ranking, v.All)
		}
	})
}
