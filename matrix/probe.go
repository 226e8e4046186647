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
	ProbeUDP       ProbeKind = "udp"
	ProbeCIM       ProbeKind = "cim"
	ProbeNone      ProbeKind = "none"
)

// Probes lists the questions that are open for a generation.
func Probes(g Generation) []Probe {
	return slices.DeleteFunc(slices.Clone(probes()), func(p Probe) bool { return !slices.Contains(p.For, g) })
}

var probes = embedded("probes", probesYAML, parseProbes)

// Question is a question about the guest as a whole that no source settles.
type Question struct {
	ID       string // of docs/facts/windows-answers.md: D1 to D11
	Question string
	For      []Generation
	Ask      AskKind
	Names    []string    // keys of a dump, or the property of a template
	Values   [][2]string // key and value of the registry, of AskRegistry
	ByHand   string      // of AskNone: what tells, and changes the guest
}

// AskKind is how a Question is asked.
type AskKind string

// The kinds; probes.yaml explains them.
const (
	AskDump       AskKind = "dump"
	AskTemplates  AskKind = "templates"
	AskInterfaces AskKind = "interfaces"
	AskUnset      AskKind = "unset"
	AskInput      AskKind = "input"
	AskDurations  AskKind = "durations"
	AskWinRM      AskKind = "winrm"
	AskDeadMan    AskKind = "dead-man"
	AskRegistry   AskKind = "registry"
	AskNone       AskKind = "none"
)

// bare are the kinds that need nothing but their name.
var bare = []AskKind{AskInterfaces, AskUnset, AskInput, AskDurations, AskWinRM, AskDeadMan}

// Questions lists the questions about the guest as a whole that are open for a generation.
func Questions(g Generation) []Question {
	return slices.DeleteFunc(slices.Clone(questions()), func(q Question) bool { return !slices.Contains(q.For, g) })
}

var questions = embedded("questions", probesYAML, parseQuestions)

// questionYAML is an entry of the file's second list.
type questionYAML struct {
	ID       string       `yaml:"id"`
	For      []Generation `yaml:"for"`
	Question string       `yaml:"question"`
	Ask      AskKind      `yaml:"ask"`
	Names    []string     `yaml:"names"`
	Values   [][]string   `yaml:"values"`
	ByHand   string       `yaml:"by_hand"`
}

// fileYAML is the whole file.
type fileYAML struct {
	Probes    []probeYAML    `yaml:"probes"`
	Questions []questionYAML `yaml:"questions"`
}

func parseQuestions(data []byte) ([]Question, error) {
	var file fileYAML
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict()); err != nil {
		return nil, err
	}
	var all []Question
	for _, y := range file.Questions {
		q := Question{ID: y.ID, Question: y.Question, For: y.For, Ask: y.Ask, Names: y.Names, ByHand: y.ByHand}
		whole := true
		for _, v := range y.Values {
			if whole = whole && len(v) == 2; whole {
				q.Values = append(q.Values, [2]string{v[0], v[1]})
			}
		}
		named := map[bool]AskKind{len(y.Names) > 0: AskDump, len(y.Values) > 0: AskRegistry, y.ByHand != "": AskNone}[true]
		switch {
		case y.Ask == AskTemplates && len(y.Names) == 1:
		case named != "" && y.Ask == named:
		case named == "" && slices.Contains(bare, y.Ask):
		default:
			whole = false
		}
		if !whole || y.ID == "" || y.Question == "" || len(y.For) == 0 {
			return nil, fmt.Errorf("question %q: it needs an id, a question, generations, and a way to ask with what that takes", y.ID)
		}
		all = append(all, q)
	}
	return all, nil
}

// probeYAML is an entry of the file.
type probeYAML struct {
	Setting   string       `yaml:"setting"`
	For       []Generation `yaml:"for"`
	Question  string       `yaml:"question"`
	Registry  []string     `yaml:"registry"`
	Interface string       `yaml:"interface"`
	Driver    string       `yaml:"driver"`
	Dump      string       `yaml:"dump"`
	UDP       string       `yaml:"udp"`
	CIM       string       `yaml:"cim"`
	None      string       `yaml:"none"`
}

func parseProbes(data []byte) ([]Probe, error) {
	var file fileYAML
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
		for kind, name := range map[ProbeKind]string{ProbeInterface: y.Interface, ProbeDriver: y.Driver, ProbeDump: y.Dump, ProbeUDP: y.UDP, ProbeCIM: y.CIM, ProbeNone: y.None} {
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
