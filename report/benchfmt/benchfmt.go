package benchfmt

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"vnettune/foreign"
	"vnettune/report"
	"vnettune/report/rank/boots"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)

// Write writes the configuration, the good direction of each unit, and a line for each ranked boot and
// workload: how many repetitions count, and each metric with its unit. Boots that failed or were set
// aside have no line; how many there are stands in lines with a # before them, which the format
// ignores. A campaign none of whose boots is ranked has no lines of boots; the error of one without
// samples is the user's to mend.
func Write(w io.Writer, c *stored.Campaign) error {
	grouped, err := group(c.Rows)
	nothing := errors.Is(err, boots.ErrOnlySearch) || errors.Is(err, boots.ErrNothingMeasured)
	if err != nil && !nothing {
		return trouble.Invalid(trouble.At(c.Path, err))
	}
	var out bytes.Buffer
	for _, k := range configuration(c) {
		fmt.Fprintf(&out, "%s: %s\n", k.name, k.value)
	}
	if nothing {
		comment(&out, err.Error())
	}
	lines, left := linesOf(grouped, baselineOf(c))
	for _, text := range left {
		comment(&out, text)
	}
	if n := countBoots(c.Rows, func(r sample.Row) bool { return r.Status == sample.StatusSearch }); n > 0 {
		comment(&out, fmt.Sprintf("boots of a search, which are not ranked and not here: %d", n))
	}
	if n := countBoots(c.Rows, func(r sample.Row) bool { return r.Status == sample.StatusConfirm }); n > 0 {
		comment(&out, fmt.Sprintf("boots that confirm the best by switching, which are judged apart and not here: %d", n))
	}
	if n := countBoots(c.Control, func(sample.Row) bool { return true }); n > 0 {
		comment(&out, fmt.Sprintf("boots of the positive control, which are in no ranking and not here: %d", n))
	}
	for _, text := range directions(grouped) {
		out.WriteString(text + "\n")
	}
	for _, l := range lines {
		out.WriteString(l.text() + "\n")
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("benchfmt: %w", err)
	}
	return nil
}

// comment writes a line that no reader takes for one of its own.
func comment(out *bytes.Buffer, text string) { fmt.Fprintf(out, "# %s\n", foreign.Line(text)) }

// group makes boots of rows. The number of a boot is that of the ranking: the geometric mean of the
// repetitions where vnettune compares a metric by its ratio. Of a metric that it does not know it is
// their mean: how it is to be compared is not said here.
func group(rows []sample.Row) (boots.Campaign, error) {
	baseline := "" // any arm: nothing here hangs on it
	for arm := range boots.Levels(rows) {
		if baseline == "" || arm < baseline {
			baseline = arm
		}
	}
	return boots.Group(rows, baseline, func(metric string) sample.Scale {
		if known, ok := sample.KnownMetric(metric); ok {
			return known.Scale
		}
		return sample.Difference
	})
}

// line is one boot's part in a workload.
type line struct {
	order            int
	boot             string
	workload, arm    string
	repetitions      int
	values           []string // each with its unit
	ranked           bool
	failed, setAside bool
}

func (l line) text() string {
	return fmt.Sprintf("%s %d %s", nameOf(l.workload, l.arm), l.repetitions, strings.Join(l.values, " "))
}

// baselineOf is the baseline of a store; "" for a file of samples, which names none.
func baselineOf(c *stored.Campaign) string {
	if !c.IsStore() {
		return ""
	}
	return c.Plan().Baseline().Name
}

// linesOf are the lines of ranked boots, and what is left out. Those of the baseline come first, since
// benchstat compares with the first that it reads; then they are in the order in which boots were made.
func linesOf(c boots.Campaign, baseline string) (lines []line, left []string) {
	type key struct{ workload, boot string }
	at, noun := map[key]*line{}, "boots"
	var all []*line
	for _, s := range c.Series {
		for _, b := range s.Boots {
			noun = nounOf(s)
			if b.Fate == boots.FellBack {
				continue // it measured, and says nothing of its arm
			}
			k := key{s.Workload, b.Name}
			l := at[k]
			if l == nil {
				l = &line{order: b.Order, boot: b.Name, workload: s.Workload, arm: s.Arms.Names[b.Arm]}
				at[k], all = l, append(all, l)
			}
			switch b.Fate {
			case boots.OK:
				l.ranked = true
				l.repetitions = max(l.repetitions, len(b.Reps))
				l.values = append(l.values, record.Number(s.Axis.Value(b.Y)).String()+" "+unitOf(s.Metric, s.Unit))
			case boots.Failed, boots.AllZero:
				l.failed = true
			case boots.NotInEffect, boots.Excluded:
				l.setAside = true
			}
		}
	}
	other := func(l *line) int {
		if l.arm == baseline {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(x, y *line) int {
		return cmp.Or(cmp.Compare(x.workload, y.workload), cmp.Compare(other(x), other(y)), cmp.Compare(x.order, y.order))
	})
	counts := map[string]*struct{ ranked, failed, setAside, lost int }{}
	for _, l := range all {
		n := counts[l.workload]
		if n == nil {
			n = &struct{ ranked, failed, setAside, lost int }{}
			counts[l.workload] = n
		}
		switch {
		case l.ranked:
			n.ranked++
			lines = append(lines, *l)
		case l.failed:
			n.failed++
		case l.setAside:
			n.setAside++
		default:
			n.lost++
		}
	}
	for _, workload := range slices.Sorted(maps.Keys(counts)) {
		if n := counts[workload]; n.failed+n.setAside+n.lost > 0 {
			left = append(left, fmt.Sprintf("%s: %d %s are here; not here: %d failed, %d set aside, %d lost or never made", workload, n.ranked, noun, n.failed, n.setAside, n.lost))
		}
	}
	return lines, left
}

// nounOf is what has a line.
func nounOf(s boots.Series) string {
	if s.Within != nil {
		return "arms in boots"
	}
	return "boots"
}

// countBoots is the number of boots with such a row.
func countBoots(rows []sample.Row, such func(sample.Row) bool) int {
	own := map[string]bool{}
	for _, r := range rows {
		if such(r) {
			own[r.Boot] = true
		}
	}
	return len(own)
}

// directions say which direction of each unit is good, sorted; nothing of a unit of which workloads
// say different things.
func directions(c boots.Campaign) []string {
	better := map[string]sample.Better{}
	for _, s := range c.Series {
		unit := unitOf(s.Metric, s.Unit)
		if before, known := better[unit]; known && before != s.Axis.Better {
			better[unit] = ""
			continue
		}
		better[unit] = s.Axis.Better
	}
	var lines []string
	for _, unit := range slices.Sorted(maps.Keys(better)) {
		if better[unit] != "" {
			lines = append(lines, fmt.Sprintf("Unit %s better=%s", unit, better[unit]))
		}
	}
	return lines
}

// pair is a line of the configuration.
type pair struct{ name, value string }

// configuration is what is known of where the boots were made. A value that sessions differ in has all
// of theirs; what is not known has no line.
func configuration(c *stored.Campaign) []pair {
	var all []pair
	add := func(name string, values ...string) {
		var known []string
		for _, v := range values {
			if v = foreign.Words(v); v != "" && !slices.Contains(known, v) {
				known = append(known, v)
			}
		}
		if len(known) > 0 {
			all = append(all, pair{name, strings.Join(known, " | ")})
		}
	}
	kind, notice := report.NoticeOf(c.GuestKind())
	add("notice", notice)
	add("guest-kind", kind)
	if !c.IsStore() {
		return all
	}
	add("campaign", c.Kept.Campaign.Name)
	of := func(words func(results.Session) string) []string {
		var out []string
		for _, s := range c.Kept.Sessions {
			out = append(out, words(s))
		}
		return out
	}
	add("guest", of(guest)...)
	add("driver", of(driver)...)
	add("host", of(func(s results.Session) string { return joined(s.Host.Kernel, s.Host.CPU) })...)
	add("qemu", of(qemu)...)
	return all
}

// joined are the words that are not empty.
func joined(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), ", ")
}

func guest(s results.Session) string {
	if s.Guest.Build == 0 {
		return s.Guest.Caption
	}
	return joined(s.Guest.Caption, fmt.Sprintf("build %d", s.Guest.Build))
}

// driver is that of the first virtio adapter that names one.
func driver(s results.Session) string {
	for _, a := range s.Guest.Adapters {
		if a.Virtio() && a.DriverVersion != "" {
			return "NetKVM " + a.DriverVersion
		}
	}
	return ""
}

func qemu(s results.Session) string {
	vm := s.Host.VM
	if vm == nil {
		return ""
	}
	return joined(string(vm.QEMU), string(vm.Machine), string(vm.Accelerator))
}
