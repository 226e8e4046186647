package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"vnettune/foreign"
	"vnettune/report/stored"
	"vnettune/trouble"
)

// Read is a bundle whose files are as its manifest says.
type Read struct {
	Path     string
	Manifest Manifest
	Campaign *stored.Campaign

	archive []byte
	files   map[string][]byte
	parts   parts
}

// Parse reads a bundle; path names it in messages. Whether its ranking is that of its samples, Verify says.
func Parse(path string, archive []byte) (*Read, error) {
	files, m, err := unpack(archive)
	if err != nil {
		return nil, trouble.Invalid(trouble.At(path, err))
	}
	return parse(path, archive, files, m)
}

// parse reads the files of a bundle, which are as its manifest says.
func parse(path string, archive []byte, files map[string][]byte, m Manifest) (*Read, error) {
	p, err := decode(files)
	if err != nil {
		return nil, trouble.Invalid(trouble.At(path, err))
	}
	c, err := p.campaign(path)
	if err != nil {
		return nil, trouble.Invalid(trouble.At(path, err))
	}
	return &Read{Path: path, Manifest: m, Campaign: c, archive: archive, files: files, parts: p}, nil
}

// Open reads the bundle of a file.
func Open(path string) (*Read, error) {
	text, err := foreign.ReadFile(path, MaxArchive)
	if err != nil {
		return nil, trouble.Invalid(trouble.Hint(err, "vnettune bundle STORE makes a bundle"))
	}
	return Parse(path, text)
}

// Verified is what became of ranking a bundle's samples anew.
type Verified struct {
	Schema  string `json:"schema"`
	Bundle  string `json:"bundle"` // path
	Hash    string `json:"manifest_sha256"`
	MadeBy  string `json:"made_by"`     // version
	By      string `json:"verified_by"` // version
	Same    bool   `json:"same_version"`
	Ranking bool   `json:"ranking_equal"` // byte for byte
	// Differs says what of the ranking is otherwise by this version: a path into it, what the bundle has and what
	// this version finds. At most MaxDiffers of All are named.
	Differs []Differing `json:"differs"`
	All     int         `json:"differences"`
}

// Differing is a value of a ranking that two versions give differently.
type Differing struct {
	At    string `json:"at"`
	Had   string `json:"bundle"`
	Finds string `json:"now"`
}

// VerifySchema names the JSON form of Verified; docs/schema/verify-v1.json describes it.
const VerifySchema = "vnettune/verify/v1"

// MaxDiffers is how many differences of a ranking are named.
const MaxDiffers = 20

// ErrOtherRanking says that the ranking of a bundle is not that of its samples, by the version that made it.
var ErrOtherRanking = errors.New("its ranking is not that of its samples, by the version that made it")

// Verify ranks the samples anew. By the version that made the bundle the ranking has to be the same to the byte, and
// so do samples and archive be what that version makes; by another one Verified says what differs.
func (r *Read) Verify(program string) (Verified, error) {
	v := Verified{Schema: VerifySchema, Bundle: r.Path, Hash: r.Manifest.Hash(), MadeBy: r.Manifest.Program, By: program, Same: r.Manifest.Program == program, Differs: []Differing{}}
	bad := func(err error) (Verified, error) { return v, trouble.Invalid(trouble.At(r.Path, err)) }
	c, err := r.parts.campaign(rankedPath)
	if err != nil {
		return bad(err)
	}
	// The samples are what the boots gave, whatever the version.
	again, err := r.parts.encode(c.All())
	if err != nil {
		return bad(err)
	}
	if !bytes.Equal(again[fileSamples], r.files[fileSamples]) {
		return bad(fmt.Errorf("%s is not what the runs in %s gave", fileSamples, fileBoots))
	}
	ranking, err := ranked(c)
	if err != nil {
		return bad(err)
	}
	if v.Ranking = bytes.Equal(ranking, r.files[fileRanking]); !v.Ranking {
		if v.Differs, v.All, err = differing(r.files[fileRanking], ranking); err != nil {
			return bad(inFile(fileRanking, err))
		}
	}
	if !v.Same {
		return v, nil
	}
	for _, name := range contents {
		if !bytes.Equal(again[name], r.files[name]) {
			return bad(fmt.Errorf("%s is not written as the version that made the bundle writes it", name))
		}
	}
	if !v.Ranking {
		return bad(ErrOtherRanking)
	}
	if packed, err := pack(r.files, r.Manifest); err != nil || !bytes.Equal(packed, r.archive) {
		return bad(errors.New("its compression is not that of the version that made it"))
	}
	return v, nil
}

// differing are the values in which two documents differ, and how many there are.
func differing(a, b []byte) ([]Differing, int, error) {
	var x, y any
	for _, d := range []struct {
		text []byte
		into *any
	}{{a, &x}, {b, &y}} {
		if err := foreign.CheckJSON(d.text, maxFiles); err != nil {
			return nil, 0, err
		}
		if err := json.Unmarshal(d.text, d.into); err != nil {
			return nil, 0, errors.New(foreign.Line(err.Error()))
		}
	}
	found, all := []Differing{}, 0
	compare(x, y, "", func(at string, a, b any) {
		if all++; len(found) < MaxDiffers {
			found = append(found, Differing{foreign.Line(at), shown(a), shown(b)})
		}
	})
	if all == 0 { // of two that say the same in other bytes
		found, all = append(found, Differing{At: "/", Had: "the same values, written otherwise", Finds: "the same values"}), 1
	}
	return found, all, nil
}

// missing stands for a value that one document has not.
type missing struct{}

func compare(a, b any, at string, differ func(at string, a, b any)) {
	switch x := a.(type) {
	case map[string]any:
		y, is := b.(map[string]any)
		if !is {
			break
		}
		keys := slices.Collect(maps.Keys(x))
		for key := range y {
			if _, both := x[key]; !both {
				keys = append(keys, key)
			}
		}
		slices.Sort(keys)
		for _, key := range keys {
			compare(valueOf(x, key), valueOf(y, key), at+"/"+key, differ)
		}
		return
	case []any:
		y, is := b.([]any)
		if !is {
			break
		}
		for i := range max(len(x), len(y)) {
			var p, q any = missing{}, missing{}
			if i < len(x) {
				p = x[i]
			}
			if i < len(y) {
				q = y[i]
			}
			compare(p, q, fmt.Sprintf("%s/%d", at, i), differ)
		}
		return
	}
	if !reflect.DeepEqual(a, b) {
		differ(at, a, b)
	}
}

func valueOf(m map[string]any, key string) any {
	if v, there := m[key]; there {
		return v
	}
	return missing{}
}

// shown is a value as a message has it.
func shown(v any) string {
	if _, none := v.(missing); none {
		return "nothing"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return foreign.Words(strings.TrimSpace(string(text)))
}
