package lab

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"time"

	"vnettune/lab/fast"
	"vnettune/lab/guest"
	"vnettune/lab/vm"
	"vnettune/lab/windows"
	"vnettune/lab/windows/engine"
	"vnettune/lab/windows/machine"
	"vnettune/trouble"
)

// Kinds of a lab.
const (
	KindVM   = guest.KindVM   // a virtual machine with a virtio-net adapter
	KindFast = guest.KindFast // a process in a network namespace
)

// DefaultName is the lab that commands mean when none is named.
const DefaultName = "default"

// MaxDelay is the longest delay of a lab: more than any link between a host and its guest.
const MaxDelay = time.Second

// MaxRate is the highest rate of a lab's link in Mbit/s.
const MaxRate = 10_000

// MaxName is the most characters of a lab's name, which is part of the paths of its sockets.
const MaxName = 40

// Options say what lab to bring up.
type Options struct {
	Name       string        // as ARCHITECTURE.md's names, at most MaxName characters; empty means DefaultName
	Kind       string        // KindVM or KindFast; empty means KindVM
	Generation string        // of Windows; empty means w10
	Language   string        // of Windows; empty means en
	Build      string        // of Windows, one of windows.Personalities; empty means the first of them
	Driver     string        // of the guest's adapter, one of windows.Personalities; empty means one that is no driver's
	Delay      time.Duration // round trip's delay, whole microseconds; KindVM only
	Rate       int           // of the link in both directions, in Mbit/s, up to MaxRate; 0: as fast as it goes
	Faults     []string      // honesty switches of machine.ParseFaults
	WinRM      []string      // switches of guest.ParseWinRM
	IPerf      string        // the guest's iperf3: a program of this host; empty means the iperf3 on PATH
	Engine     string        // folder of what executes the commands of WinRM's shells; empty: they are played. KindFast only

	// Untold is what is true of the guest although no reading says so.
	Untold machine.Untold

	// Executable is the path of this program: it becomes the keeper and, when it is
	// static, the virtual machine's init.
	Executable string
	// Log gets what happens before the guest answers; nil throws it away.
	Log io.Writer
}

// ErrOptions says that no lab can have these options: the caller's mistake.
var ErrOptions = errors.New("wrong options")

var names = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+,=:-]*$`)

// withDefaults fills in what is empty and checks the rest.
func (o Options) withDefaults() (Options, machine.Faults, error) {
	for _, f := range []struct {
		value *string
		def   string
	}{
		{&o.Name, DefaultName}, {&o.Kind, KindVM}, {&o.Generation, "w10"}, {&o.Language, "en"},
	} {
		if *f.value == "" {
			*f.value = f.def
		}
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	if err := checkName(o.Name); err != nil {
		return Options{}, machine.Faults{}, err
	}
	faults, err := machine.ParseFaults(o.Faults)
	if err == nil {
		_, err = guest.ParseWinRM(o.WinRM)
	}
	if err == nil {
		err = o.check()
	}
	if err == nil && o.IPerf != "" {
		o.IPerf, err = program(o.IPerf)
	}
	if err == nil && o.Engine != "" {
		o.Engine, err = o.engine(faults)
	}
	if err != nil {
		return Options{}, machine.Faults{}, fmt.Errorf("lab %q: %w: %w", o.Name, ErrOptions, err)
	}
	return o, faults, nil
}

func (o Options) check() error {
	switch {
	case o.Kind != KindVM && o.Kind != KindFast:
		return trouble.Hint(fmt.Errorf("kind is %q", o.Kind), "use %s or %s", KindVM, KindFast)
	case o.Kind == KindFast && o.Delay != 0:
		return fast.ErrDelay
	case o.Kind == KindVM && runtime.GOARCH != vm.Architecture:
		return vm.ErrArchitecture
	case o.Delay < 0 || o.Delay > MaxDelay:
		return trouble.Hint(fmt.Errorf("delay is %v", o.Delay), "use 0 to %v", MaxDelay)
	case o.Delay%time.Microsecond != 0:
		return trouble.Hint(fmt.Errorf("delay is %v", o.Delay), "use whole microseconds")
	case o.Rate < 0 || o.Rate > MaxRate:
		return trouble.Hint(fmt.Errorf("rate is %d Mbit/s", o.Rate), "use 0 to %d", MaxRate)
	case o.Rate == 0 && o.Untold.Shapes():
		return trouble.Hint(errors.New("an effect or an interaction needs a link of a known rate"), "use --rate (guest.lab.rate) with it, less than the link gives without one, such as 300")
	case !filepath.IsAbs(o.Executable):
		return fmt.Errorf("path of this program is %q: it must be absolute", o.Executable)
	}
	if err := windows.Played(o.Generation, o.Language, o.Build, o.Driver); err != nil {
		return err
	}
	return o.Untold.Check(o.Generation)
}

// program is the whole path of a program that a user named: the keeper has another
// current folder.
func program(named string) (string, error) {
	path, err := exec.LookPath(named)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return "", trouble.Hint(fmt.Errorf("the guest's iperf3: %w", err), "name an iperf3 of this host (guest.lab.iperf, --iperf), or none")
	}
	return path, nil
}

// engine is the whole path of the folder of an engine that these options can have.
func (o Options) engine(faults machine.Faults) (string, error) {
	switch {
	case o.Kind != KindFast:
		return "", trouble.Hint(errors.New("only a fast lab has its commands executed"), "use the network namespace (--kind fast), or no --engine")
	case !windows.Scripted(o.Generation):
		return "", trouble.Hint(fmt.Errorf("%s has no PowerShell, whose commands an engine executes", o.Generation), "use another generation, or no --engine")
	}
	for _, one := range slices.Sorted(maps.Keys(engine.Without)) {
		if len(faults.Plan.Values(one)) > 0 {
			return "", trouble.Hint(fmt.Errorf("fault %s: %s", one, engine.Without[one]), "use one of the two")
		}
	}
	return engine.Check(o.Engine)
}

func checkName(name string) error {
	if !names.MatchString(name) || len(name) > MaxName {
		return trouble.Hint(fmt.Errorf("%w: name %q", ErrOptions, name), "use 1 to %d letters, digits and any of ._+,=:- and begin with a letter or digit", MaxName)
	}
	return nil
}

// same says whether a lab that is up is what these options ask for.
func (o Options) same(i Info) bool {
	return o.Kind == i.Kind && o.Generation == i.Generation && o.Language == i.Language && o.Build == i.Build && o.Driver == i.Driver &&
		o.Delay == i.Delay() && o.Rate == i.Rate && o.Untold.Equal(i.Untold) && slices.Equal(o.Faults, i.Faults) && slices.Equal(o.WinRM, i.WinRM) && o.IPerf == i.IPerf && o.Engine == i.Engine
}
