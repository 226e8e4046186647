package campaign

import (
	"fmt"
	"time"

	"vnettune/matrix"
)

// Personality is one Windows that a lab plays.
type Personality struct {
	Generation matrix.Generation
	Languages  []string
	Builds     []string // of Windows
	Drivers    []string // of its adapter
}

// Personalities lists what a lab can play, MaxLabName and MaxLabDelay what it can be called and how
// far away it can be. The lab itself has the lists that count; a test of cmd/vnettune compares
// them.
var Personalities = []Personality{
	{matrix.XP, []string{"en"}, []string{"2600"}, nil},
	{matrix.NT62, []string{"en", "pseudo"}, []string{"9600", "9200"}, []string{"0.1.185", "0.1.240"}},
	{matrix.W10, sampled, []string{"19045", "18362", "18363", "19041", "19042", "19043", "19044", "14393", "17763"}, []string{"0.1.185", "0.1.240", "0.1.271"}},
	{matrix.W11, sampled, []string{"26200", "22000", "22621", "22631", "20348", "26100"}, []string{"0.1.185", "0.1.240", "0.1.271"}},
}

// sampled are the languages that a Windows of which there are samples is played in.
var sampled = []string{"en", "de", "ru", "zh", "ja", "pseudo"}

// What a lab can be.
const (
	MaxLabName  = 40 // characters: the name is part of the paths of its sockets
	MaxLabDelay = time.Second
)

// lab reads guest.lab; a lab without a name takes its campaign's.
func (o object) lab(campaign string) (*Lab, matrix.Generation) {
	n := o.get("lab")
	if n == nil {
		return nil, ""
	}
	l := o.r.object(n, "guest.lab", "kind", "generation", "language", "build", "driver", "delay", "name", "iperf")
	l.require("legal: vm (a virtual machine with a virtio-net device), fast (a network namespace)", "kind")
	lab := &Lab{
		Kind:  l.word("kind", "", LabVM, LabFast),
		Delay: l.duration("delay", 0, MaxLabDelay),
		Name:  l.name("name"),
		Iperf: l.matching("iperf", "", line, "the path of an iperf3 of this host"),
	}
	if lab.Delay%time.Microsecond != 0 {
		l.bad("delay", fmt.Sprintf("%q is not legal", lab.Delay), "legal: whole microseconds, such as 1500us")
	}
	if lab.Kind == LabFast && lab.Delay > 0 {
		l.bad("delay", "a fast lab cannot delay packets", "delete it or take kind: vm")
	}
	if len(lab.Name) > MaxLabName {
		l.bad("name", fmt.Sprintf("%q is too long for a lab", lab.Name), fmt.Sprintf("at most %d characters", MaxLabName))
	}
	if lab.Name == "" {
		lab.Name = campaign
	}
	var generations []string
	for _, p := range Personalities {
		generations = append(generations, string(p.Generation))
	}
	generation := matrix.Generation(l.word("generation", string(matrix.W10), generations...))
	for _, p := range Personalities {
		if p.Generation == generation {
			lab.Language = l.word("language", p.Languages[0], p.Languages...)
			lab.Build = l.word("build", "", p.Builds...)
			lab.Driver = l.driver(p)
		}
	}
	return lab, generation
}

// driver reads the driver of a lab's adapter, which not every Windows that it plays can be given.
func (o object) driver(p Personality) string {
	if p.Drivers == nil && o.get("driver") != nil {
		o.bad("driver", fmt.Sprintf("a lab of generation %s has no choice of drivers", p.Generation), "delete it")
		return ""
	}
	return o.word("driver", "", p.Drivers...)
}

// nameOfLab checks the name of a campaign whose lab takes it over.
func (o object) nameOfLab(name string) {
	lab := o.get("guest").get("lab")
	if len(name) > MaxLabName && lab.get("name") == nil {
		o.bad("name", fmt.Sprintf("%q is too long for the lab, which is called as the campaign is", name),
			fmt.Sprintf("at most %d characters, or give the lab another name as guest.lab.name", MaxLabName))
	}
}
