package campaign

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"vnettune/matrix"
	"vnettune/results/record"
)

// Defaults of what a campaign file may leave out.
const (
	DefaultBlocks = 5
	// DefaultSwitchedBlocks is that of a campaign that switches within boots, whose block is a boot: an
	// effect of the margin among eight arms takes 12 to 20 (docs/statistics.md).
	DefaultSwitchedBlocks = 12
	DefaultRepetitions    = 3
	DefaultMargin         = 2.0 // percent
	DefaultAlpha          = 0.05
	DefaultSeed           = 1
	PlainSettle           = 2 * time.Second // of a stand-in, which does nothing of its own after a boot, and of XP
)

// DefaultSettle is how a Windows is waited for: as Microsoft's assessment of a boot does it, which ends with 5 s of
// idle time (learn.microsoft.com/windows-hardware/test/assessments/post-on-off-duration).
var DefaultSettle = record.Settle{Idle: 5 * time.Second, Least: 30 * time.Second, Most: 10 * time.Minute}

// maxSettle is the longest that a boot can be made to wait.
const maxSettle = time.Hour

// MaxBlocks is the most blocks that a campaign file can ask for.
const MaxBlocks = 1000

// MaxBudget is the longest time of one session.
const MaxBudget = 10000 * time.Hour

// MaxGrowthLooks bounds how often a campaign is judged while it grows: each look has its share of alpha, which more of
// them make worthless.
const MaxGrowthLooks = 20

// campaign reads the whole file.
func (r *reader) campaign(root *node) Campaign {
	o := r.object(root, "", slices.Concat([]string{"name", "guest", "host", "peer"}, designKeys,
		[]string{"workloads", "blocks", "repetitions", "margin", "margins", "alpha", "seed", "settle", "search", "looks", "budget", "limits", "notify"})...)
	o.require("it names the campaign and its store", "name")
	o.require("it says which machine is tuned: a lab, or control, data, user and a password_env or password_file", "guest")

	c := Campaign{
		Name:        o.name("name"),
		Host:        o.host(),
		Peer:        o.peer(),
		Workloads:   o.workloads(),
		Blocks:      o.integer("blocks", DefaultBlocks, 1, MaxBlocks),
		Repetitions: o.integer("repetitions", DefaultRepetitions, 1, 1000),
		Margin:      o.number("margin", DefaultMargin, 0, 50, "%"),
		Margins:     o.margins(),
		Alpha:       o.number("alpha", DefaultAlpha, 0, 0.5, ""),
		Seed:        o.seed(),
		Limits:      o.limits(),
		Notify:      o.notify(),
		Budget:      o.duration("budget", 0, MaxBudget),
		Looks:       o.integer("looks", 1, 1, MaxGrowthLooks),
	}
	c.Guest = o.guest(c.Name)
	c.Settle = o.settle(c.Guest)
	before := len(r.problems)
	c.Design = o.design()
	c.Search, c.Design.Confirm = o.search(c)
	if c.Design.Switch == matrix.SwitchWithinBoots {
		c = c.SwitchedBy(c.Design.Switch)
		if !o.has("blocks") {
			c.Blocks = DefaultSwitchedBlocks
		}
	}
	if c.Design.Control > 0 && len(c.Paced()) == 0 {
		o.bad("positive_control", "no workload can be paced: a pace slows TCP of iperf3 by a known amount, in bulk alone", "measure that as well, or delete it")
	}
	if within := c.Design.Switch == matrix.SwitchWithinBoots; c.Looks > 1 && (within || c.Design.Looks > 0) {
		o.bad("looks", "blocks cannot be added where arms settle, or are switched within boots: their looks share alpha by the number of blocks", "delete it")
	}
	if c.Design.Looks > c.Blocks {
		o.bad("settle_arms", fmt.Sprintf("%d looks at the ends of blocks, and %d blocks", c.Design.Looks, c.Blocks), "give more blocks, or fewer looks")
	}
	if !r.stored {
		o.sameFamily(c)
		o.meterAlone(c)
		o.secondAlone(c)
		o.linkOfGuest(c)
		o.iperf2Alone(c)
		r.fit(c, root, len(r.problems) == before)
	}
	return c
}

// idleWord waits for an idle guest, as it is done without the key.
const idleWord = "idle"

// settle reads what a boot waits for: a time, or an idle guest. XP cannot be asked, so that where it
// is to be idle it is given the least time of that.
func (o object) settle(g Guest) record.Settle {
	n := o.get("settle")
	switch {
	case n == nil && (g.Lab != nil || g.Generation == matrix.XP):
		return record.Settle{Plain: PlainSettle}
	case n == nil || n.kind == scalar && n.text == idleWord:
		return DefaultSettle
	case n.kind == scalar:
		wait, err := time.ParseDuration(n.text)
		if err != nil || wait < 0 || wait > maxSettle {
			o.bad("settle", fmt.Sprintf("%q is not legal", n.text), "legal: idle, a time from 0s to 1h such as 2s, or {idle: 5s, at_least: 30s, at_most: 10m}")
		}
		return record.Settle{Plain: wait}
	}
	i := o.r.object(n, "settle", "idle", "at_least", "at_most")
	s := record.Settle{
		Idle:  i.duration("idle", DefaultSettle.Idle, maxSettle),
		Least: i.duration("at_least", DefaultSettle.Least, maxSettle),
		Most:  i.duration("at_most", DefaultSettle.Most, maxSettle),
	}
	switch {
	case s.Idle == 0:
		i.bad("idle", "no idle time is waited for", "legal: more than 0s; settle: 2s waits whatever the guest does")
	case s.Most < max(s.Least, s.Idle):
		i.bad("at_most", fmt.Sprintf("%s are over before %s", s.Most, max(s.Least, s.Idle)), "it cannot be less than at_least or idle")
	}
	return s
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

// DefaultSearchMetric is what a search makes best unless told otherwise.
const DefaultSearchMetric = "throughput"

// search reads what an adaptive search looks at, and the blocks that confirm its pick. A search
// decides by one workload's metric; if there are several, the file must say which.
func (o object) search(c Campaign) (Search, int) {
	s, confirm := Search{}, 0
	n := o.get("search")
	if n != nil {
		g := o.r.object(n, "search", "workload", "metric", "confirm")
		var names []string
		for _, w := range c.Workloads {
			names = append(names, w.Name)
		}
		s.Workload = g.word("workload", "", names...)
		s.Metric = g.word("metric", DefaultSearchMetric, "throughput", "loss", "jitter")
		confirm = g.integer("confirm", 0, matrix.MinConfirm, MaxBlocks)
	}
	if !matrix.Searches(c.Design.Kind) {
		if n != nil {
			o.bad("search", "only the designs adaptive and factorial-screen search", "delete it, or write one of them")
		}
		return Search{}, 0
	}
	if s.Metric == "" {
		s.Metric = DefaultSearchMetric
	}
	if s.Workload == "" && len(c.Workloads) == 1 {
		s.Workload = c.Workloads[0].Name
	}
	for _, w := range c.Workloads {
		if w.Name == s.Workload && w.Protocol == "tcp" && s.Metric != DefaultSearchMetric {
			o.bad("search", fmt.Sprintf("the workload %s has no %s", w.Name, s.Metric), "search a udp workload by it, or by throughput")
		}
	}
	if s.Workload == "" {
		o.bad("search", "a search decides by one workload", "write search: {workload: NAME} with the name of one of the workloads")
	}
	return s, confirm
}
