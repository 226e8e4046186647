package campaign

import (
	"regexp"
	"slices"
	"strconv"
	"time"
)

// Defaults of what a campaign file may leave out.
const (
	DefaultBlocks         = 5
	DefaultRepetitions    = 3
	DefaultMargin         = 2.0 // percent
	DefaultAlpha          = 0.05
	DefaultSeed           = 1
	DefaultSettle         = 2 * time.Second
	DefaultFailuresInARow = 5
	DefaultAnswer         = 30 * time.Second
	DefaultCommand        = 10 * time.Minute
)

// DefaultReboot suits a Windows that installs nothing while it boots.
var DefaultReboot = Reboot{
	Ask: time.Minute, GoingDown: 3 * time.Minute, Down: 10 * time.Minute, Up: 5 * time.Minute, Ready: 2 * time.Minute,
}

// What the guest may be given to answer a message: one that boots or is busy was seen to
// need seconds.
const (
	minAnswer  = 3 * time.Second
	minCommand = 10 * time.Second
	maxAnswer  = 10 * time.Minute
)

// maxStage is the longest that a stage of a reboot may be given.
const maxStage = 24 * time.Hour

// MaxBlocks is the most blocks that a campaign file can ask for.
const MaxBlocks = 1000

// name is what arms, workloads and campaigns may be called.
var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+,=:-]{0,99}$`)

const nameForm = "up to 100 letters, digits and ._+,=:- beginning with a letter or digit"

// campaign reads the whole file.
func (r *reader) campaign(root *node) Campaign {
	o := r.object(root, "", slices.Concat([]string{"name", "guest", "host"}, designKeys,
		[]string{"workloads", "blocks", "repetitions", "margin", "alpha", "seed", "settle", "search", "limits", "notify"})...)
	o.require("it names the campaign and its store", "name")
	o.require("it says which machine is tuned: a lab, or control, data, user and a password_env or password_file", "guest")

	c := Campaign{
		Name:        o.matching("name", "", name, nameForm),
		Host:        o.host(),
		Workloads:   o.workloads(),
		Blocks:      o.integer("blocks", DefaultBlocks, 1, MaxBlocks),
		Repetitions: o.integer("repetitions", DefaultRepetitions, 1, 1000),
		Margin:      o.number("margin", DefaultMargin, 0, 50, "%"),
		Alpha:       o.number("alpha", DefaultAlpha, 0, 0.5, ""),
		Seed:        o.seed(),
		Settle:      o.duration("settle", DefaultSettle, time.Hour),
		Limits:      o.limits(),
		Notify:      o.notify(),
	}
	c.Guest = o.guest(c.Name)
	before := len(r.problems)
	c.Design = o.design()
	c.Search, c.Design.Confirm = o.search(c)
	if len(r.problems) == before {
		r.plan(c, root)
	}
	return c
}

func (o object) seed() uint64 {
	s, ok := o.text("seed")
	if !ok {
		return DefaultSeed
	}
	seed, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		o.bad("seed", strconv.Quote(s)+" is not legal", "legal: a whole number from 0 to 18446744073709551615")
	}
	return seed
}

func (o object) limits() Limits {
	limits := Limits{FailuresInARow: DefaultFailuresInARow, Answer: DefaultAnswer, Command: DefaultCommand, Reboot: DefaultReboot}
	n := o.get("limits")
	if n == nil {
		return limits
	}
	l := o.r.object(n, "limits", "hours", "boots", "failures_in_a_row", "answer", "command", "reboot")
	limits.Hours = l.number("hours", 0, 0, 10000, "")
	limits.Boots = l.integer("boots", 0, 1, 1000000)
	limits.FailuresInARow = l.integer("failures_in_a_row", DefaultFailuresInARow, 1, 1000000)
	limits.Answer = l.duration("answer", DefaultAnswer, maxAnswer)
	if limits.Answer < minAnswer {
		l.bad("answer", "a guest that is well may need more", "legal: 3s to 10m")
	}
	limits.Command = l.duration("command", DefaultCommand, maxStage)
	if limits.Command < minCommand {
		l.bad("command", "starting iperf3 alone may take 5 s", "legal: 10s to 24h")
	}
	limits.Reboot = l.reboot()
	return limits
}

func (o object) reboot() Reboot {
	n := o.get("reboot")
	if n == nil {
		return DefaultReboot
	}
	r, d := o.r.object(n, "limits.reboot", "ask", "going_down", "down", "up", "ready"), DefaultReboot
	stage := func(key string, otherwise time.Duration) time.Duration {
		limit := r.duration(key, otherwise, maxStage)
		if limit <= 0 {
			r.bad(key, "a stage without time cannot end well", "legal: more than 0s, such as 90s or 5m")
		}
		return limit
	}
	return Reboot{
		Ask: stage("ask", d.Ask), GoingDown: stage("going_down", d.GoingDown), Down: stage("down", d.Down),
		Up: stage("up", d.Up), Ready: stage("ready", d.Ready),
	}
}

func (o object) notify() Notify {
	n := o.get("notify")
	if n == nil {
		return Notify{}
	}
	l := o.r.object(n, "notify", "command", "on")
	l.require("a list: the program and its arguments", "command")
	notify := Notify{Command: l.words("command"), On: []string{NotifyEnd, NotifyFailure}}
	if c := l.get("command"); c != nil && c.kind == list && (len(c.items) == 0 || c.items[0].kind == scalar && c.items[0].text == "") {
		l.bad("command", "no program is named", "a list: the program and its arguments")
	}
	if l.has("on") {
		notify.On = l.someOf("on", NotifyEnd, NotifyFailure)
	}
	return notify
}
