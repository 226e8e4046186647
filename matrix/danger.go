package matrix

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed dangers.yaml
var dangersYAML []byte

// Danger is a conjunction of values, Windows and driver of which a source says that it breaks something.
type Danger struct {
	ID           string       `yaml:"id"`
	Says         string       `yaml:"says"` // what happens, and why
	Do           string       `yaml:"do"`
	Generations  []Generation `yaml:"generations"`   // none: all
	DriverBefore int          `yaml:"driver_before"` // the first build of NetKVM that is free of it; 0: none is known to be
	When         []DangerWhen `yaml:"when"`          // all of them
	Sources      []string     `yaml:"sources"`       // addresses
}

// DangerWhen is that one of some settings has one of some values, or a number below a bound.
type DangerWhen struct {
	Settings []string `yaml:"settings"`
	Values   []Value  `yaml:"values"`
	Below    uint64   `yaml:"below"` // 0: no bound
}

// Dangers lists what is known to be dangerous.
func Dangers() []Danger { return slices.Clone(dangers()) }

var dangers = embedded("dangers", dangersYAML, parseDangers)

func parseDangers(data []byte) ([]Danger, error) {
	var file struct {
		Dangers []Danger `yaml:"dangers"`
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, d := range file.Dangers {
		if seen[d.ID] || d.ID == "" || d.Says == "" || d.Do == "" || len(d.When) == 0 || len(d.Sources) == 0 {
			return nil, fmt.Errorf("danger %q occurs twice, or lacks what it says, what to do, its conditions or its sources", d.ID)
		}
		seen[d.ID] = true
		for _, c := range d.When {
			if (len(c.Values) == 0) == (c.Below == 0) || len(c.Settings) == 0 {
				return nil, fmt.Errorf("danger %s: a condition has settings, and values or a bound", d.ID)
			}
			for _, id := range c.Settings {
				s, ok := Catalogue().Lookup(id)
				if !ok {
					return nil, fmt.Errorf("danger %s: the catalogue has no %s", d.ID, id)
				}
				for _, v := range c.Values {
					if err := s.Legal.Check(v); err != nil {
						return nil, fmt.Errorf("danger %s: %s: %w", d.ID, id, err)
					}
				}
			}
		}
	}
	return file.Dangers, nil
}

// Threat is whether a danger holds on a guest.
type Threat int

// The answers.
const (
	NoThreat       Threat = iota
	PossibleThreat        // the driver's build is not known, by which it is decided
	CertainThreat
)

// Holds says whether a danger holds on a Windows with that build of the driver, 0 where it is not known, and what the
// settings have: values gives those of a setting, none where it was not read. met are the settings that meet it.
func (d Danger) Holds(w Windows, driver int, values func(id string) []string) (t Threat, met []string) {
	if len(d.Generations) > 0 && !slices.Contains(d.Generations, w.Generation) || d.DriverBefore > 0 && driver >= d.DriverBefore {
		return NoThreat, nil
	}
	for _, c := range d.When {
		before := len(met)
		for _, id := range c.Settings {
			if slices.ContainsFunc(values(id), c.holds) {
				met = append(met, id)
			}
		}
		if len(met) == before {
			return NoThreat, nil
		}
	}
	if d.DriverBefore > 0 && driver == 0 {
		return PossibleThreat, met
	}
	return CertainThreat, met
}

func (c DangerWhen) holds(value string) bool {
	if c.Below > 0 {
		n, err := strconv.ParseUint(value, 10, 64)
		return err == nil && n < c.Below
	}
	return slices.ContainsFunc(c.Values, func(v Value) bool { return strings.EqualFold(string(v), value) })
}
