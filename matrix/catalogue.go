package matrix

import (
	_ "embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed catalogue.yaml
var catalogueYAML []byte

// SettingSet is the settings that vnettune knows.
type SettingSet struct {
	all       []Setting
	byID      map[string]int
	sources   []source
	dangerous []string // patterns of path.Match
}

// Catalogue is the embedded catalogue.
func Catalogue() *SettingSet { return catalogue() }

var catalogue = embedded("catalogue", catalogueYAML, parseCatalogue)

// embedded parses an embedded file at the first call. It panics when the file is broken: that is a
// defect of the build, which the package's tests show.
func embedded[T any](name string, file []byte, parse func([]byte) (T, error)) func() T {
	return sync.OnceValue(func() T {
		v, err := parse(file)
		if err != nil {
			panic("matrix: embedded " + name + ": " + err.Error())
		}
		return v
	})
}

// All lists the settings in the catalogue's order.
func (c *SettingSet) All() []Setting { return slices.Clone(c.all) }

// HasPlace says whether a setting lives at that place on guests of any generation: a registry
// value, with its key unless that is an adapter's or an interface's, or a key of netsh.
func (c *SettingSet) HasPlace(kind FormKind, path, name string) bool {
	_, ok := c.at(kind, path, name)
	return ok
}

// at is the setting that lives at a place on guests of any generation. Neither the registry nor
// netsh looks at case.
func (c *SettingSet) at(kind FormKind, path, name string) (Setting, bool) {
	for _, s := range c.all {
		for _, f := range s.Forms {
			if f.Kind == kind && strings.EqualFold(f.Path, path) && strings.EqualFold(f.Name, name) {
				return s, true
			}
		}
	}
	return Setting{}, false
}

// Lookup finds a setting by its id, which is case-sensitive.
func (c *SettingSet) Lookup(id string) (Setting, bool) {
	i, ok := c.byID[id]
	if !ok {
		return Setting{}, false
	}
	return c.all[i], true
}

// Dangerous says whether a wrong value of the setting can cut the guest off from
// its network or keep it from booting: its danger is high, or it is on the
// catalogue's list (MTU, VLAN, offloads, queues, the adapter's address), or a campaign defines
// it, and nothing is known of it.
func (c *SettingSet) Dangerous(id string) bool {
	if IsOwn(id) {
		return true
	}
	s, ok := c.Lookup(id)
	return ok && (s.Danger == "high" || slices.ContainsFunc(c.dangerous, func(pattern string) bool {
		match, _ := path.Match(pattern, id) // the patterns were checked when the file was read
		return match
	}))
}

// Nearest is the id most like a misspelt one; "" when none is near.
func (c *SettingSet) Nearest(id string) string {
	ids := make([]string, len(c.all))
	for i, s := range c.all {
		ids[i] = s.ID
	}
	return Nearest(id, ids)
}

// settingYAML is an entry of the file; catalogue.yaml explains the words.
type settingYAML struct {
	ID          string                 `yaml:"id"`
	Name        string                 `yaml:"name"`
	Scope       string                 `yaml:"scope"`
	Unit        string                 `yaml:"unit"`
	Danger      string                 `yaml:"danger"`
	Takes       map[Generation]Taking  `yaml:"takes"`
	Legal       legalYAML              `yaml:"legal"`
	Forms       []formYAML             `yaml:"forms"`
	NoForm      string                 `yaml:"no_form"`
	ServersOnly bool                   `yaml:"servers_only"`
	Superseded  map[Generation]string  `yaml:"superseded"`
	Status      map[string]statusYAML  `yaml:"status"`
	Defaults    map[string]defaultYAML `yaml:"defaults"`
	Pitfalls    []string               `yaml:"pitfalls"`
	Confidence  string                 `yaml:"confidence"`
	Sources     []string               `yaml:"sources"`
}

type legalYAML struct {
	Enum   []string          `yaml:"enum"`
	Words  map[string]string `yaml:"words"`
	Since  map[string]int    `yaml:"since"`
	Min    *uint64           `yaml:"min"`
	Max    *uint64           `yaml:"max"`
	Step   uint64            `yaml:"step"`
	Advice string            `yaml:"advice"`
}

type formYAML struct {
	For    []Generation `yaml:"for"`
	Since  int          `yaml:"since"`
	Kind   FormKind     `yaml:"kind"`
	Path   string       `yaml:"path"`
	Name   string       `yaml:"name"`
	Type   string       `yaml:"type"`
	CIM    string       `yaml:"cim"`
	Values []string     `yaml:"values"`
}

type statusYAML struct {
	Word   StatusWord `yaml:"word"`
	Text   string     `yaml:"text"`
	Source string     `yaml:"source"`
}

// defaultYAML is a default in words, or one value for each kind of Windows.
type defaultYAML struct {
	text string
	of   []DefaultOf
}

// UnmarshalYAML reads the one or the other. It takes no bytes, for which the library would lay out the whole file anew
// at each default: most of the time of a command.
func (d *defaultYAML) UnmarshalYAML(unmarshal func(any) error) error {
	if err := unmarshal(&d.text); err == nil {
		return nil
	}
	var list []struct {
		Value Value   `yaml:"value"`
		For   Edition `yaml:"for"`
		Since int     `yaml:"since"`
		Until int     `yaml:"until"`
	}
	if err := unmarshal(&list); err != nil {
		return err
	}
	for _, one := range list {
		if one.For != "" && one.For != Client && one.For != Server {
			return fmt.Errorf("default for %q, which is neither %s nor %s", one.For, Client, Server)
		}
		d.of = append(d.of, DefaultOf(one))
	}
	return nil
}

// words are those that people read.
func (d defaultYAML) words() string {
	if d.of == nil {
		return d.text
	}
	var all []string
	for _, one := range d.of {
		all = append(all, one.String())
	}
	return strings.Join(all, ", else ")
}

// source is a document that facts are from.
type source struct {
	ID    string `yaml:"id"`
	Title string `yaml:"title"`
	URL   string `yaml:"url"` // a public address, or a page of this repository
}

// unverified begins a source for what no document says; how to ask a guest follows.
const unverified = "not verified: ask a guest, "

// cite is the text of a source that is named by its id, or the words that say how
// to ask a guest; an error when it is neither.
func (c *SettingSet) cite(name string) (string, error) {
	if how, ok := strings.CutPrefix(name, unverified); ok && how != "" {
		return name, nil
	}
	for _, s := range c.sources {
		if s.ID == name {
			return s.Title + ", " + s.URL, nil
		}
	}
	return "", fmt.Errorf("source %q is neither an id of the table of sources nor begins with %q", name, unverified)
}

func parseCatalogue(data []byte) (*SettingSet, error) {
	var file struct {
		Sources   []source      `yaml:"sources"`
		Settings  []settingYAML `yaml:"settings"`
		Dangerous []string      `yaml:"dangerous"`
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, err
	}
	set := &SettingSet{byID: map[string]int{}, sources: file.Sources}
	for _, y := range file.Settings {
		if _, twice := set.byID[y.ID]; twice || y.ID == "" {
			return nil, fmt.Errorf("setting %q occurs twice or has no id", y.ID)
		}
		s, err := y.setting(set.cite)
		if err != nil {
			return nil, fmt.Errorf("setting %s: %w", y.ID, err)
		}
		set.byID[s.ID] = len(set.all)
		set.all = append(set.all, s)
	}
	for _, p := range file.Dangerous {
		if !slices.ContainsFunc(set.all, func(s Setting) bool { match, err := path.Match(p, s.ID); return match && err == nil }) {
			return nil, fmt.Errorf("dangerous: %q matches no setting", p)
		}
	}
	set.dangerous = file.Dangerous
	return set, nil
}

func (y settingYAML) setting(cite func(string) (string, error)) (Setting, error) {
	s := Setting{
		ID: y.ID, Name: y.Name, Unit: y.Unit, Scope: y.Scope, Danger: y.Danger,
		Forms:  map[Generation]Form{},
		Status: map[Generation]Status{}, Defaults: map[Generation]string{},
		Pitfalls: y.Pitfalls, Superseded: y.Superseded, ServersOnly: y.ServersOnly, NoForm: y.NoForm, Confidence: y.Confidence,
		Legal: Legal{Enum: y.Legal.Enum, Words: y.Legal.Words, Builds: y.Legal.Since, Step: y.Legal.Step, Advice: y.Legal.Advice},
	}
	for _, name := range y.Sources {
		text, err := cite(name)
		if err != nil {
			return Setting{}, err
		}
		s.Sources = append(s.Sources, text)
	}
	if (y.Legal.Min == nil) != (y.Legal.Max == nil) {
		return Setting{}, fmt.Errorf("legal: min and max go together")
	}
	if y.Legal.Min != nil {
		s.Legal.Number, s.Legal.Min, s.Legal.Max = true, *y.Legal.Min, *y.Legal.Max
	}
	for _, f := range y.Forms {
		for _, g := range f.For {
			if _, twice := s.Forms[g]; twice {
				return Setting{}, fmt.Errorf("two forms for %s", g)
			}
			s.Forms[g] = Form{Kind: f.Kind, Path: f.Path, Name: f.Name, Type: f.Type, CIM: f.CIM, Enum: f.Values}
			if f.Since != 0 {
				if s.Since == nil {
					s.Since = map[Generation]int{}
				}
				s.Since[g] = f.Since
			}
			s.Legal.Absent = s.Legal.Absent || f.Kind.InRegistry()
		}
	}
	for _, g := range Generations {
		st, ok := y.Status[string(g)]
		if !ok {
			st = y.Status["all"]
		}
		if st.Source != "" {
			text, err := cite(st.Source)
			if err != nil {
				return Setting{}, err
			}
			st.Source = text
		}
		s.Status[g] = Status(st)
		d, ok := y.Defaults[string(g)]
		if !ok {
			d = y.Defaults["all"]
		}
		s.Defaults[g] = d.words()
		for _, one := range d.of {
			if err := s.Legal.Check(one.Value); err != nil || one.Value == Default || one.Value == Found {
				return Setting{}, fmt.Errorf("default on %s: %q is no legal value of its own", g, one.Value)
			}
			if s.DefaultsOf == nil {
				s.DefaultsOf = map[Generation][]DefaultOf{}
			}
			s.DefaultsOf[g] = append(s.DefaultsOf[g], one)
		}
	}
	var err error
	if s.TakesEffect, err = takings(y.Takes, cite); err != nil {
		return Setting{}, fmt.Errorf("takes: %w", err)
	}
	return s, nil
}
