package hostset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vnettune/bench/kernelfiles"
	"vnettune/foreign"
	"vnettune/trouble"
)

// Names of settings; what they may be set to is in docs/campaigns.md.
const (
	Governor          = "governor"           // of every processor's frequency
	Turbo             = "turbo"              // on, off: frequencies beyond the rated one
	DeepestSleep      = "deepest_sleep"      // a time: states from which waking up takes longer are switched off
	CongestionControl = "congestion_control" // of TCP's connections that begin from then on
	Backlog           = "backlog"            // packets that wait for a processor: net.core.netdev_max_backlog
)

// Names are those of all settings.
var Names = []string{Governor, Turbo, DeepestSleep, CongestionControl, Backlog}

// Root is where the kernel's files are: "/" of a host, another folder in tests.
type Root string

// Change is one file of the kernel's.
type Change struct {
	Setting string `json:"setting"`
	File    string `json:"file"` // below the root, without a slash in front
	Was     string `json:"was"`
	Set     string `json:"set"`
}

// Files of the settings, as patterns below the root.
const (
	governors  = "sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor"
	noTurbo    = "sys/devices/system/cpu/intel_pstate/no_turbo" // intel_pstate's driver: the other way round
	boost      = "sys/devices/system/cpu/cpufreq/boost"
	sleeps     = "sys/devices/system/cpu/cpu[0-9]*/cpuidle/state[0-9]*/disable"
	congestion = "proc/sys/net/ipv4/tcp_congestion_control"
	backlog    = "proc/sys/net/core/netdev_max_backlog"
)

var patterns = map[string][]string{
	Governor: {governors}, Turbo: {noTurbo, boost}, DeepestSleep: {sleeps}, CongestionControl: {congestion}, Backlog: {backlog},
}

// where says of hosts that have no such setting which they are.
var where = map[string]string{
	Governor: ofMachines, Turbo: ofMachines, DeepestSleep: ofMachines, CongestionControl: "is /proc mounted?", Backlog: "only the host's first network namespace has it",
}

const ofMachines = "a virtual machine has none of its own"

// OfNetwork says whether a setting is of a network namespace, with which it ends.
func OfNetwork(setting string) bool { return setting == CongestionControl }

// Plan is what has to be written for the settings that are asked for, by name; the files that say so already are left
// out. A host that has no such setting is an error.
func (r Root) Plan(asked map[string]string) ([]Change, error) {
	var all []Change
	var wrong []error
	for _, name := range Names {
		value, is := asked[name]
		if !is {
			continue
		}
		targets, err := r.targets(name, value)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("host.set.%s: %w", name, err))
		}
		for _, t := range targets {
			c := Change{Setting: name, File: t.file, Was: r.line(t.file), Set: t.set}
			switch {
			case c.Was == c.Set:
			case c.known():
				all = append(all, c)
			default: // what cannot be put back is not set
				wrong = append(wrong, fmt.Errorf("host.set.%s: %s says %q, which could not be put back", name, c.File, c.Was))
			}
		}
	}
	if len(wrong) > 0 {
		return nil, trouble.Hint(errors.Join(wrong...), "delete it from the campaign, or set the host by hand")
	}
	return all, nil
}

// target is a file and what it has to say.
type target struct{ file, set string }

func (r Root) targets(name, value string) ([]target, error) {
	var all []target
	switch name {
	case Governor:
		for _, f := range r.glob(governors) {
			if has := strings.Fields(r.line(filepath.Join(filepath.Dir(f), "scaling_available_governors"))); len(has) > 0 && !slices.Contains(has, value) {
				return nil, fmt.Errorf("this host has no governor %s; it has %s", value, strings.Join(has, ", "))
			}
			if r.line(f) != "" { // a processor that is switched off has none
				all = append(all, target{f, value})
			}
		}
	case Turbo:
		allowed, not := "1", "0"
		files := r.glob(boost)
		if inverse := r.glob(noTurbo); len(inverse) > 0 {
			files, allowed, not = inverse, not, allowed
		}
		for _, f := range files {
			if value == "on" {
				all = append(all, target{f, allowed})
			} else {
				all = append(all, target{f, not})
			}
		}
	case DeepestSleep:
		limit, err := time.ParseDuration(value)
		if err != nil {
			return nil, err
		}
		files := r.glob(sleeps)
		for _, f := range files {
			exit, err := strconv.Atoi(r.line(filepath.Join(filepath.Dir(f), "latency")))
			if err != nil {
				return nil, fmt.Errorf("%s: the kernel does not say how long waking up takes", filepath.Dir(f))
			}
			if time.Duration(exit)*time.Microsecond > limit {
				all = append(all, target{f, "1"})
			}
		}
		if len(files) > 0 {
			return all, nil // none may be deeper
		}
	default:
		for _, f := range r.glob(patterns[name][0]) {
			all = append(all, target{f, value})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("this host has no %s that can be read: %s", strings.Join(patterns[name], ", no "), where[name])
	}
	return all, nil
}

// Writable says which files of changes this user may not write. It writes nothing.
func (r Root) Writable(changes []Change) error {
	var wrong []error
	for _, c := range changes {
		f, err := r.open(c.File, 0)
		if err == nil {
			err = f.Close()
		}
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// Apply writes what was planned and reads it back. Where one cannot be written, those before it are put back.
func (r Root) Apply(changes []Change) error {
	for i, c := range changes {
		err := r.write(c.File, c.Set)
		if err == nil && r.line(c.File) != c.Set {
			err = fmt.Errorf("%s says %q after %q was written", c.File, r.line(c.File), c.Set)
		}
		if err != nil {
			_, back := r.PutBack(changes[:i+1])
			return errors.Join(fmt.Errorf("host.set.%s: %w", c.Setting, err), back)
		}
	}
	return nil
}

// PutBack writes what files said before, the last first. Kept are those that somebody else has written meanwhile, in
// words; they stay as they are.
func (r Root) PutBack(changes []Change) (kept []string, err error) {
	for _, c := range slices.Backward(changes) {
		switch now := r.line(c.File); {
		case !c.known():
			err = errors.Join(err, fmt.Errorf("%s is no file of host.set.%s, and is not written", foreign.Line(c.File), foreign.Word(c.Setting)))
		case now == c.Was:
		case now == "":
			err = errors.Join(err, fmt.Errorf("%s cannot be read; it was %s", c.File, c.Was))
		case now != c.Set:
			kept = append(kept, fmt.Sprintf("%s is %s, which somebody else has set; it was %s", c.File, now, c.Was))
		default:
			err = errors.Join(err, r.write(c.File, c.Was))
		}
	}
	return kept, err
}

// plain are the words of the kernel's files.
var plain = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// known says whether a change is one of a known setting.
func (c Change) known() bool {
	return plain.MatchString(c.Was) && plain.MatchString(c.Set) && filepath.IsLocal(c.File) && slices.ContainsFunc(patterns[c.Setting], func(p string) bool {
		is, err := filepath.Match(p, c.File)
		return err == nil && is
	})
}

// line is what a file says; "" where it cannot be read.
func (r Root) line(file string) string { return kernelfiles.Line(string(r), file) }

// write writes to a file of the kernel's, which is there.
func (r Root) write(file, text string) error {
	f, err := r.open(file, os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text + "\n")
	return errors.Join(err, f.Close())
}

// open opens a file of the kernel's, which is there, for writing.
func (r Root) open(file string, how int) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(string(r), file), os.O_WRONLY|how, 0)
	if errors.Is(err, fs.ErrPermission) {
		err = trouble.Hint(fmt.Errorf("%s may not be written", file), "root may; or set the host by hand")
	}
	return f, err
}

// glob are the files of a pattern, below the root.
func (r Root) glob(pattern string) []string { return kernelfiles.Glob(string(r), pattern) }
