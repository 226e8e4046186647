package campaign

import (
	"errors"
	"fmt"
	"time"

	"vnettune/matrix"
)

// Defaults of the limits that always hold.
const (
	DefaultFailuresInARow = 5
	DefaultAnswer         = 30 * time.Second
	DefaultCommand        = 10 * time.Minute
	DefaultStore          = 5 * time.Minute
)

// DefaultReboot suits a Windows that installs nothing while it boots.
var DefaultReboot = Reboot{
	Ask: time.Minute, GoingDown: 3 * time.Minute, Down: 10 * time.Minute, Up: 5 * time.Minute, Ready: 2 * time.Minute,
}

// What the guest may be given to answer a message: one that was booting or busy was seen to need
// seconds.
const (
	minAnswer  = 3 * time.Second
	minCommand = 10 * time.Second
	maxAnswer  = 10 * time.Minute
)

// maxStage is the longest that a stage of a reboot may be given.
const maxStage = 24 * time.Hour

var limitKeys = group{
	{"hours", number{0, 0, 10000, ""}, "Longest time in hours; a campaign that is estimated to take longer is refused.", ""},
	{"boots", whole{0, 1, 1000000}, "Most boots; a campaign that may have more is refused.", ""},
	{"failures_in_a_row", whole{DefaultFailuresInARow, 1, 1000000}, "Boots that fail one after the other until the campaign ends.", ""},
	{"answer", span{DefaultAnswer, maxAnswer, ""}, "How long the guest may take to answer a message, 3s at least; then the connection counts as lost.", ""},
	{"command", span{DefaultCommand, maxStage, ""}, "How long a command on the guest may run, 10s at least; then the guest counts as lost.", ""},
	{"store", span{DefaultStore, maxStage, ""}, "How long a store that cannot take a boot (disk full, locked) is waited for.", ""},
	{"reboot", rebootKeys, "How long each stage of a reboot may take.", ""},
}

var rebootKeys = group{
	{"ask", span{DefaultReboot.Ask, maxStage, ""}, "Until the guest has taken the request.", ""},
	{"going_down", span{DefaultReboot.GoingDown, maxStage, ""}, "Until the old system stops answering.", ""},
	{"down", span{DefaultReboot.Down, maxStage, ""}, "Until something takes connections again.", ""},
	{"up", span{DefaultReboot.Up, maxStage, ""}, "Until a new boot is proven.", ""},
	{"ready", span{DefaultReboot.Ready, maxStage, ""}, "Until the adapter under test is up with its address.", ""},
}

// limits reads where the campaign ends early, and how long the guest may take.
func (o object) limits() Limits {
	limits := Limits{FailuresInARow: DefaultFailuresInARow, Answer: DefaultAnswer, Command: DefaultCommand, Store: DefaultStore, Reboot: DefaultReboot}
	n := o.get("limits")
	if n == nil {
		return limits
	}
	l := o.r.object(n, "limits", limitKeys)
	limits.Hours = l.number("hours")
	limits.Boots = l.integer("boots")
	limits.FailuresInARow = l.integer("failures_in_a_row")
	limits.Answer = l.duration("answer")
	if limits.Answer < minAnswer {
		l.bad("answer", "a guest that is well may need more", "legal: 3s to 10m")
	}
	limits.Command = l.duration("command")
	if limits.Command < minCommand {
		l.bad("command", "starting iperf3 alone may take 5 s", "legal: 10s to 24h")
	}
	limits.Store = l.duration("store")
	limits.Reboot = l.reboot()
	return limits
}

func (o object) reboot() Reboot {
	n := o.get("reboot")
	if n == nil {
		return DefaultReboot
	}
	r := o.r.object(n, "limits.reboot", rebootKeys)
	stage := func(key string) time.Duration {
		limit := r.duration(key)
		if limit <= 0 {
			r.bad(key, "a stage without time cannot end well", "legal: more than 0s, such as 90s or 5m")
		}
		return limit
	}
	return Reboot{Ask: stage("ask"), GoingDown: stage("going_down"), Down: stage("down"), Up: stage("up"), Ready: stage("ready")}
}

// What a boot takes beside its measurements, from the request to readiness, of a stand-in and of a
// usual Windows. These are estimates, and named so.
const (
	labBoot     = 6 * time.Second
	windowsBoot = 60 * time.Second
)

// BootTime estimates a boot without its runs, until somebody has measured one.
func (c Campaign) BootTime() time.Duration {
	boot := windowsBoot
	if c.Guest.Lab != nil {
		boot = labBoot
	}
	// Another variant than before is put in place by a boot of its own.
	if n := len(c.Design.Variants); n > 1 {
		return boot + boot*time.Duration(n-1)/time.Duration(n) + c.Settle.Soonest()
	}
	return boot + c.Settle.Soonest()
}

// SwitchTime estimates a switch of arms within a boot without its runs, until somebody has measured one.
func (c Campaign) SwitchTime() time.Duration {
	if c.Guest.Lab != nil {
		return 2 * time.Second
	}
	return 8 * time.Second
}

// PlanTime estimates the whole of a plan, where a boot without its runs takes so long.
func (c Campaign) PlanTime(p matrix.Plan, boot time.Duration) time.Duration {
	boots, switches := p.Load()
	return time.Duration(boots)*(boot+c.RunTime(c.Repetitions)) + time.Duration(switches)*(c.SwitchTime()+c.RunTime(c.Repetitions))
}

// Load is how many boots a plan takes, and how long: what limits are set for.
type Load struct {
	Boots int
	Takes time.Duration
}

// Loads are the least and the most that a plan takes, where it is estimated to take so long at least and each boot
// more so long: they differ by the boots that confirm what is best by switching.
func Loads(p matrix.Plan, least, boot time.Duration) (from, to Load) {
	to = Load{p.MaxBoots(), least}
	from = to
	if p.Switch != nil {
		from.Boots, _ = p.Load()
		to.Takes += time.Duration(to.Boots-from.Boots) * boot
	}
	return from, to
}

// RunTime is how long the runs of one boot take, the discarded first one included.
func (c Campaign) RunTime(repetitions int) time.Duration {
	var all, first time.Duration
	for i, w := range c.Workloads {
		run := time.Duration(w.Time()) * time.Second
		all += run
		if i == 0 {
			first = run
		}
	}
	return first + time.Duration(repetitions)*all
}

// Within says whether a plan that takes from so much to so much is within the limits, which hold for the most. Its
// error joins a *matrix.DesignError for each limit that it exceeds.
func (l Limits) Within(from, to Load) error {
	const remedy = "lower blocks or repetitions, drop settings, or raise the limit"
	boots, takes, why := fmt.Sprint(to.Boots), fmt.Sprint(to.Takes.Round(time.Minute)), ""
	if from != to {
		boots, takes = fmt.Sprintf("%d to %s", from.Boots, boots), fmt.Sprintf("%s to %s", from.Takes.Round(time.Minute), takes)
		why = " (as many as it takes to confirm the best by switching)"
	}
	var over []error
	if l.Boots > 0 && to.Boots > l.Boots {
		over = append(over, &matrix.DesignError{Path: []string{"limits", "boots"}, Msg: fmt.Sprintf("the plan has %s boots%s, %d are allowed", boots, why, l.Boots), Hint: remedy})
	}
	if l.Hours > 0 && to.Takes.Hours() > l.Hours {
		over = append(over, &matrix.DesignError{Path: []string{"limits", "hours"}, Msg: fmt.Sprintf("the plan takes about %s%s, %g hours are allowed", takes, why, l.Hours), Hint: remedy})
	}
	return errors.Join(over...)
}
