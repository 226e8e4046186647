package matrix

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
)

//go:embed profiles.yaml
var profilesYAML []byte

// Profile is a named set of setting=value lines, as somebody published it.
type Profile struct {
	ID        string            `yaml:"id"`
	Title     string            `yaml:"title"`
	AppliesTo []Generation      `yaml:"applies_to"` // whom the source addresses
	Lines     []Line            `yaml:"lines"`      // in the published order
	Host      map[string]string `yaml:"host"`       // what it asks of the host: shown, never applied
	Note      string            `yaml:"note"`
	Source    string            `yaml:"source"` // in the file an id of the catalogue's sources; here its title and address
}

// Line is one published recommendation. Exactly one of Value and Choice is set.
type Line struct {
	Setting  string `yaml:"setting"`
	Value    Value  `yaml:"value"`
	Choice   string `yaml:"choice"`                     // the published words where they are no plain value
	Computed string `yaml:"computed" json:",omitempty"` // with Choice: what the guest decides of it, VCPUs or Largest; ""
	Example  Value  `yaml:"example" json:",omitempty"`  // with Choice: a value that one may choose
}

// What a line's Computed may be.
const (
	VCPUs   = "vcpus" // the number of the guest's virtual processors
	Largest = "max"   // the largest value that the guest's driver takes
)

// String is the line as published.
func (l Line) String() string {
	if l.Choice != "" {
		return l.Setting + "=" + l.Choice
	}
	return l.Setting + "=" + string(l.Value)
}

// Profiles lists the published profiles.
func Profiles() []Profile { return slices.Clone(profiles()) }

// LookupProfile finds a profile by its id.
func LookupProfile(id string) (Profile, bool) {
	for _, p := range profiles() {
		if p.ID == id {
			return p, true
		}
	}
	return Profile{}, false
}

// NearestProfile is the id most like a misspelt one; "" when none is near.
func NearestProfile(id string) string {
	var ids []string
	for _, p := range profiles() {
		ids = append(ids, p.ID)
	}
	return Nearest(id, ids)
}

var profiles = embedded("profiles", profilesYAML, parseProfiles)

func parseProfiles(data []byte) ([]Profile, error) {
	var file struct {
		Profiles []Profile `yaml:"profiles"`
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i, p := range file.Profiles {
		text, err := catalogue().cite(p.Source)
		if err != nil {
			return nil, fmt.Errorf("profile %s: %w", p.ID, err)
		}
		file.Profiles[i].Source = text
		if seen[p.ID] || p.ID == "" {
			return nil, fmt.Errorf("profile %q occurs twice or has no id", p.ID)
		}
		seen[p.ID] = true
		for _, l := range p.Lines {
			if (l.Value == "") == (l.Choice == "") || (l.Choice == "") != (l.Example == "") {
				return nil, fmt.Errorf("profile %s: line %s: exactly one of value and choice, and an example with a choice", p.ID, l.Setting)
			}
			if l.Computed != "" && (l.Choice == "" || l.Computed != VCPUs && l.Computed != Largest) {
				return nil, fmt.Errorf("profile %s: line %s: only a choice is computed: %s or %s", p.ID, l.Setting, VCPUs, Largest)
			}
		}
	}
	return file.Profiles, nil
}

// ProfileLine is what two profiles say of one setting, as published; "" for nothing.
type ProfileLine struct {
	Setting string `json:"setting"`
	A       string `json:"a,omitempty"`
	B       string `json:"b,omitempty"`
}

// ProfileComparison is how two profiles stand to each other on a generation, each part in the order of the lines.
type ProfileComparison struct {
	Generation  Generation    `json:"generation"`
	Contradicts []ProfileLine `json:"contradicts"` // one thing, two values
	MayDiffer   []ProfileLine `json:"may_differ"`  // one thing, and one of the two leaves its value to the guest or to the reader
	Alike       []ProfileLine `json:"alike"`
	OnlyA       []ProfileLine `json:"only_a"`
	OnlyB       []ProfileLine `json:"only_b"`
}

// CompareProfiles says where two profiles contradict each other on a generation: what was published of a setting that another
// took the place of there counts as said of that one. Values are compared as the generation takes them.
func CompareProfiles(a, b Profile, g Generation) ProfileComparison {
	c := ProfileComparison{Generation: g, Contradicts: []ProfileLine{}, MayDiffer: []ProfileLine{}, Alike: []ProfileLine{}, OnlyA: []ProfileLine{}, OnlyB: []ProfileLine{}}
	inB := make(map[string]Line)
	for _, l := range b.Lines {
		inB[l.on(g)] = l
	}
	both := make(map[string]bool)
	for _, l := range a.Lines {
		id := l.on(g)
		other, ok := inB[id]
		if !ok {
			c.OnlyA = append(c.OnlyA, ProfileLine{Setting: id, A: l.said()})
			continue
		}
		if both[id] {
			continue // two of its lines are one here
		}
		both[id] = true
		line := ProfileLine{id, l.said(), other.said()}
		switch {
		case l.taken(g) == other.taken(g):
			c.Alike = append(c.Alike, line)
		case l.Choice != "" || other.Choice != "":
			c.MayDiffer = append(c.MayDiffer, line)
		default:
			c.Contradicts = append(c.Contradicts, line)
		}
	}
	for _, l := range b.Lines {
		if id := l.on(g); !both[id] {
			c.OnlyB = append(c.OnlyB, ProfileLine{Setting: id, B: l.said()})
		}
	}
	return c
}

// on is the id of the setting that a line is about on a generation.
func (l Line) on(g Generation) string {
	if s, ok := Catalogue().Lookup(l.Setting); ok && s.Superseded[g] != "" {
		return s.Superseded[g]
	}
	return l.Setting
}

// said is a line's value, as published.
func (l Line) said() string { return l.String()[len(l.Setting)+1:] }

// taken is a line's value as a generation takes it; as published where that is none of its legal ones.
func (l Line) taken(g Generation) string {
	if s, ok := Catalogue().Lookup(l.on(g)); ok && l.Choice == "" {
		if v, err := s.Check(On(g), l.Value); err == nil {
			return string(v)
		}
	}
	return l.said()
}
