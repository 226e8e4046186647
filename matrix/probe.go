package matrix

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
)

//go:embed probes.yaml
var probesYAML []byte

// Probe is a question about a fact that no source says for certain, and the way to
// ask a guest without changing it.
type Probe struct {
	Setting  string // id
	Question string
	For      []Generation
	Kind     ProbeKind
	Path     string // registry key, of ProbeRegistry
	Name     string // value, keyword, netsh key or CIM property
	Why      string // of ProbeNone: why nothing that only reads could answer
}

// ProbeKind is where the answer is.
type ProbeKind string

// The kinds; probes.yaml explains them.
const (
	ProbeRegistry  ProbeKind = "registry"
	ProbeInterface ProbeKind = "interface"
	ProbeDriver    ProbeKind = "driver"
	ProbeDump      ProbeKind = "dump"
	ProbeCIM       ProbeKind = "cim"
	ProbeNone      ProbeKind = "none"
)

// Probes lists the questions that are open for a generation.
func Probes(g Generation) []Probe {
	return slices.DeleteFunc(slices.Clone(probes()), func(p Probe) bool { return !slices.Contains(p.For, g) })
}

var probes = embedded("probes", probesYAML, parseProbes)

// probeYAML is an entry of the file.
type probeYAML struct {
	Setting   string       `yaml:"setting"`
	For       []Generation `yaml:"for"`
	Question  string       `yaml:"question"`
	Registry  []string     `yaml:"registry"`
	Interface string       `yaml:"interface"`
	Driver    string       `yaml:"driver"`
	Dump      string       `yaml:"dump"`
	CIM       string       `yaml:"cim"`
	None      string       `yaml:"none"`
}

func parseProbes(data []byte) ([]Probe, error) {
	var file struct {
		Probes []probeYAML `yaml:"probes"`
	}
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, err
	}
	var all []Probe
	for _, y := range file.Probes {
		p := Probe{Setting: y.Setting, Question: y.Question, For: y.For, Why: y.None}
		ways := 0
		if len(y.Registry) == 2 {
			p.Kind, p.Path, p.Name = ProbeRegistry, y.Registry[0], y.Registry[1]
			ways++
		}
		for kind, name := range map[ProbeKind]string{ProbeInterface: y.Interface, ProbeDriver: y.Driver, ProbeDump: y.Dump, ProbeCIM: y.CIM, ProbeNone: y.None} {
			if name != "" {
				p.Kind, p.Name = kind, name
				ways++
			}
		}
		if _, known := Catalogue().Lookup(y.Setting); !known || y.Question == "" || len(y.For) == 0 || ways != 1 {
			return nil, fmt.Errorf("probe of %q: it needs a setting of the catalogue, a question, generations, and one way to ask", y.Setting)
		}
		all = append(all, p)
	}
	return all, nil
}
