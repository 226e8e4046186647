package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"vnettune/matrix"
	"vnettune/report"
	"vnettune/results/record"
)

// Schema names the JSON form; docs/schema/audit-v1.json describes it.
const Schema = "vnettune/audit/v1"

// Kind is what a finding is.
type Kind string

// The kinds, the most urgent first.
const (
	Dangerous Kind = "dangerous"     // values that a source says break something together
	NotTaken  Kind = "not taken"     // a property has a value that the driver does not list
	Off       Kind = "not in effect" // configured, and the stack or the driver says otherwise
	Differs   Kind = "differs"       // from the default
)

var kinds = []Kind{Dangerous, NotTaken, Off, Differs}

// Input is what an audit is made of.
type Input struct {
	Survey   record.Survey
	Settings []matrix.Planned    // that were asked for
	Profiles []matrix.Profile    // who may have advised what was found
	Opinions []report.Opinion    // of stored campaigns
	Undo     map[string]UndoLine // by the place's key: how it gets its default back
	Driver   string              // as stored campaigns name it; "" where it is not known
	Windows  string              // likewise
	Left     string              // that a campaign's mark is in the guest, in words; "" for none
}

// UndoLine is the command that gives a place its default back, or why there is none.
type UndoLine struct {
	Command string `json:"command"`
	Why     string `json:"why,omitempty"`
}

// Audit is what was found.
type Audit struct {
	Schema   string      `json:"schema"`
	Guest    string      `json:"guest"`        // its Windows
	Adapter  string      `json:"adapter"`      // under test
	Driver   record.Name `json:"driver"`       // its version
	Build    *int        `json:"driver_build"` // of Red Hat's packages; null where it is not known
	StandIn  bool        `json:"stand_in"`
	Left     record.Name `json:"left"`
	Asked    int         `json:"asked"` // settings
	Read     int         `json:"read"`  // of them
	Findings []Finding   `json:"findings"`
	// Unjudged are settings whose default is not known, with what they have.
	Unjudged []Held          `json:"default_not_known"`
	Unread   []record.Unread `json:"not_read"`
}

// Held is what a setting has.
type Held struct {
	Setting string `json:"setting"`
	Value   string `json:"value"`
}

// Finding is one thing that was found, and what to do about it.
type Finding struct {
	Kind     Kind            `json:"kind"`
	Setting  string          `json:"setting"` // the first of several
	Value    string          `json:"value"`
	Default  record.Name     `json:"default"` // null where it is not known
	Says     string          `json:"says"`    // in one line
	Do       string          `json:"do"`
	Advice   []matrix.Advice `json:"advice"`
	Verdicts []Verdict       `json:"verdicts"`
	Undo     []UndoLine      `json:"undo"`
	Takes    string          `json:"takes_effect"` // when what is undone does
	Sources  []string        `json:"sources"`
}

// Verdict is what a stored campaign says of the value that was found.
type Verdict struct {
	report.ValueOpinion
	Campaign string `json:"campaign"`
	Store    string `json:"store"`
	Same     bool   `json:"same_build"` // it was measured on this Windows and this driver
	Where    string `json:"where"`      // on what it was measured
	Reverse  bool   `json:"reverse"`    // it is of another value against this one
}

// place is a setting with all that was read of it.
type place struct {
	planned matrix.Planned
	held    []record.Surveyed // one, or one a TCP template
}

// Judge makes an audit. The error is a Windows that is not known.
func Judge(in Input) (Audit, error) {
	g := in.Survey.Guest
	w, err := matrix.WindowsOf(g.Build, g.ProductType)
	if err != nil {
		return Audit{}, err
	}
	a := Audit{Schema: Schema, Guest: fmt.Sprintf("%s, %s", cmp.Or(g.Caption, "Windows"), w), Adapter: in.Survey.Adapter.Name, Driver: record.Name(in.Survey.Adapter.DriverVersion),
		StandIn: g.StandIn != "", Left: record.Name(in.Left), Asked: len(in.Settings), Findings: []Finding{}, Unjudged: []Held{}, Unread: in.Survey.Unread}
	build, known := matrix.DriverBuild(in.Survey.Adapter.DriverVersion)
	if known {
		a.Build = &build
	}
	if a.Unread == nil {
		a.Unread = []record.Unread{}
	}
	held := map[string][]record.Surveyed{}
	for _, s := range in.Survey.Settings {
		held[s.Place.ID] = append(held[s.Place.ID], s)
	}
	values := func(id string) []string {
		var all []string
		for _, s := range held[id] {
			all = append(all, s.State.String())
		}
		return all
	}
	a.Read = len(held)
	byID := map[string]place{}
	for _, p := range in.Settings {
		if len(held[p.Setting.ID]) > 0 {
			byID[p.Setting.ID] = place{p, held[p.Setting.ID]}
		}
	}
	told := map[string]bool{} // settings of a danger, which says that they are not at their defaults, too
	for _, d := range matrix.Dangers() {
		threat, met := d.Holds(w, build, values)
		if threat == matrix.NoThreat {
			continue
		}
		f := in.finding(Dangerous, byID[met[0]], w)
		for _, id := range met {
			told[id] = true
			if id != met[0] {
				f.Undo = append(f.Undo, in.finding(Dangerous, byID[id], w).Undo...)
			}
		}
		f.Says = fmt.Sprintf("%s: %s.", assignments(met, values), d.Says)
		if s := byID[met[0]]; f.Default != "" && !s.isDefault(s.defaults(w)) {
			f.Says += fmt.Sprintf(" The default of this Windows is %s.", f.Default)
		}
		if threat == matrix.PossibleThreat {
			f.Says += fmt.Sprintf(" This guest's driver (%s) names no build, so that it is not known whether it is one of them.", cmp.Or(in.Survey.Adapter.DriverVersion, "version not known"))
		}
		f.Do, f.Sources = capital(d.Do)+".", d.Sources
		a.Findings = append(a.Findings, f)
	}
	for _, p := range in.Settings {
		s, ok := byID[p.Setting.ID]
		if !ok {
			continue
		}
		a.Findings = append(a.Findings, slices.DeleteFunc(in.judge(s, w), func(f Finding) bool { return f.Kind == Differs && told[f.Setting] })...)
		if defaults := s.defaults(w); len(defaults) == 0 && !s.undeclared() {
			a.Unjudged = append(a.Unjudged, Held{p.Setting.ID, s.value()})
		}
	}
	slices.SortStableFunc(a.Findings, func(x, y Finding) int { return slices.Index(kinds, x.Kind) - slices.Index(kinds, y.Kind) })
	return a, nil
}

// judge is what is to be said of one setting.
func (in Input) judge(p place, w matrix.Windows) []Finding {
	var all []Finding
	id, value := p.planned.Setting.ID, p.value()
	keyword := p.planned.Form.Kind == matrix.AdapterKeyword
	if keyword && p.held[0].State.Exists {
		if k, err := in.Survey.Adapter.Driver.Find(p.planned.Form.Name); err == nil && !k.Takes(p.held[0].State.Data) {
			f := in.finding(NotTaken, p, w)
			f.Says = fmt.Sprintf("%s is %s, which the driver does not list (%s): it works with a value of its own choice.", id, value, k.Values())
			f.Do = "Give it a value that the driver lists; such values stay behind when a driver is replaced."
			return append(all, f)
		}
	}
	for _, h := range p.held {
		if h.InEffect == record.No {
			f := in.finding(Off, p, w)
			f.Says = fmt.Sprintf("%s is configured as %s and is not in effect: %s.", id, h.State, h.Reason)
			f.Do = offRemedy(h.Reason)
			all = append(all, f)
			break
		}
	}
	defaults := p.defaults(w)
	if len(defaults) == 0 || p.isDefault(defaults) {
		return all
	}
	f := in.finding(Differs, p, w)
	f.Default = record.Name(defaults[0])
	switch {
	case keyword && !p.held[0].State.Exists:
		f.Says = fmt.Sprintf("%s has no value; the driver declares %s, and what it takes without one may be another.", id, defaults[0])
	case keyword:
		f.Says = fmt.Sprintf("%s is %s; the default of this driver is %s.", id, value, defaults[0])
	default:
		f.Says = fmt.Sprintf("%s is %s; the default of this Windows is %s.", id, value, defaults[0])
	}
	if p.planned.Inert != "" {
		f.Says += " It is expected to be ignored: " + p.planned.Inert + "."
	}
	f.Do = in.differsRemedy(f)
	if id == "ip.mtu" {
		f.Do += " A host that gives an MTU (host_mtu) sets it, too."
	}
	return append(all, f)
}

// finding begins one of a setting, with all that is known of the value that it has.
func (in Input) finding(k Kind, p place, w matrix.Windows) Finding {
	s := p.planned.Setting
	f := Finding{Kind: k, Setting: s.ID, Value: p.value(), Advice: matrix.AdviceOn(in.Profiles, s, w, p.value()), Verdicts: in.verdicts(p, w), Undo: []UndoLine{},
		Takes: s.TakesOn(w.Generation).String(), Sources: []string{}}
	if d := p.defaults(w); len(d) > 0 {
		f.Default = record.Name(d[0])
	}
	if k == Off || p.isDefault(p.defaults(w)) {
		return f
	}
	for _, h := range p.held {
		if u, ok := in.Undo[h.Place.Key()]; ok {
			f.Undo = append(f.Undo, u)
		}
	}
	return f
}

// verdicts are what stored campaigns say of a setting's value, and of its default against it; those of this Windows and
// driver first.
func (in Input) verdicts(p place, w matrix.Windows) []Verdict {
	all := []Verdict{}
	value := p.value()
	for _, o := range in.Opinions {
		same := !o.StandIn == (in.Survey.Guest.StandIn == "") && string(o.Driver) == in.Driver && string(o.Windows) == in.Windows && in.Driver != "" && in.Windows != ""
		for _, v := range o.Values {
			direct := v.Setting == p.planned.Setting.ID && strings.EqualFold(v.Value, value)
			reverse := v.Setting == p.planned.Setting.ID && strings.EqualFold(v.Against, value) && slices.ContainsFunc(p.defaults(w), func(d string) bool { return strings.EqualFold(d, v.Value) })
			if direct || reverse {
				all = append(all, Verdict{v, o.Campaign, o.Store, same, o.Where(), reverse})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Verdict) int {
		switch {
		case a.Same == b.Same:
			return 0
		case a.Same:
			return -1
		}
		return 1
	})
	return all
}

// value is what the setting has; where its templates differ, what each has.
func (p place) value() string {
	if len(p.held) == 0 {
		return ""
	}
	one := p.held[0].State.String()
	if !slices.ContainsFunc(p.held, func(h record.Surveyed) bool { return !strings.EqualFold(h.State.String(), one) }) {
		return one
	}
	var all []string
	for _, h := range p.held {
		all = append(all, h.Place.Template+" "+h.State.String())
	}
	return strings.Join(all, ", ")
}

// defaults are the values at which the setting stands where nobody changed it; none where that is not known.
func (p place) defaults(w matrix.Windows) []string {
	if p.planned.Form.Kind == matrix.AdapterKeyword {
		if d := p.held[0].Default; d != nil {
			return []string{d.String()}
		}
		return nil
	}
	var all []string
	for _, v := range p.planned.Setting.StandsAt(w) {
		all = append(all, string(v))
	}
	return all
}

// isDefault says whether all that was read is one of the defaults.
func (p place) isDefault(defaults []string) bool {
	return !slices.ContainsFunc(p.held, func(h record.Surveyed) bool {
		return !slices.ContainsFunc(defaults, func(d string) bool { return strings.EqualFold(d, h.State.String()) })
	})
}

// undeclared says whether it is a property that the driver declares without a default, and that has no value: nobody
// set it.
func (p place) undeclared() bool {
	return p.planned.Form.Kind == matrix.AdapterKeyword && !p.held[0].State.Exists
}

// offRemedy is what to do about a setting that is not in effect, by the reason.
func offRemedy(reason string) string {
	switch {
	case strings.Contains(reason, "Capability"):
		return "On the host: give the virtio-net device the offloads that it lacks (libvirt: guest tso4, tso6 and csum on; QEMU: guest_tso4, guest_tso6, guest_csum; and those of the tap), or leave the setting off."
	case strings.Contains(reason, "WFPCompatibility"):
		return "In the guest: find the filter that keeps it off (netsh wfp show filters; antivirus, VPN, Hyper-V's switch), or leave the setting off."
	case strings.Contains(reason, "group policy"):
		return "Change the group policy: the local value does not count while it stands."
	}
	return "See whether the host's virtio-net device offers what it needs (libvirt: the host and guest elements of the interface's driver), and whether another setting of the guest keeps it off; reboot the guest where it was changed since its start."
}

// differsRemedy is what to do about a value that is not the default.
func (in Input) differsRemedy(f Finding) string {
	on := func(v Verdict) string { return fmt.Sprintf("%s in %s", v.Workload, v.Campaign) }
	for _, v := range f.Verdicts {
		helps, harms := v.Mark == "better", v.Mark == "worse"
		if v.Reverse {
			helps, harms = harms, helps
		}
		switch {
		case !v.Same || v.Others > 0:
		case helps:
			return "Keep it: it helps " + on(v) + "."
		case harms:
			return "Undo it: it harms " + on(v) + "."
		}
	}
	if slices.ContainsFunc(f.Verdicts, func(v Verdict) bool { return v.Same }) {
		return "Undo it unless there is a reason beside speed: no campaign on this build shows that it helps."
	}
	return "Measure it before it is kept: no campaign on this build says what it does (vnettune init --for validate); or undo it."
}

// assignments are settings with their values.
func assignments(ids []string, values func(string) []string) string {
	var all []string
	for _, id := range ids {
		all = append(all, id+"="+strings.Join(values(id), ", "))
	}
	return strings.Join(all, " with ")
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
