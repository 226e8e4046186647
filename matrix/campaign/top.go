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

// fileKeys are the keys of the file itself.
var fileKeys = slices.Concat(
	group{
		{"name", title{MaxName}, "What reports call the campaign.", "it names the campaign and its store"},
		{"guest", machine{}, "The machine under test: a lab, or the fields of a real Windows.", "it says which machine is tuned: a lab, or control, data, user and a password_env or password_file"},
		{"host", hostKeys, "This end of the measurement.", ""},
		{"peer", peerKeys, "Another machine than this host as the other end of the measurement.", ""},
	},
	designKeys,
	group{
		{"workloads", either{word{"", presets}, several{of: workloadKeys, some: true}}, "What is measured in every boot: quick, standard, thorough, or a list; TCP both ways unless given.", ""},
		{"blocks", whole{DefaultBlocks, 1, MaxBlocks}, "How often every combination boots, once in each block. With switch: within-boot the number of blocks of boots, 12 unless given.", ""},
		{"repetitions", whole{DefaultRepetitions, 1, 1000}, "Measurements of each workload in a boot; one more, the first, is discarded.", ""},
		{"margin", number{DefaultMargin, 0, 50, "%"}, "The smallest difference worth caring about, percent, of every metric that is compared as a ratio.", ""},
		{"margins", marginKeys, "The margins of single metrics.", ""},
		{"alpha", number{DefaultAlpha, 0, 0.5, ""}, "Error rate of all comparisons of a workload's metric together.", ""},
		{"seed", seed{}, "Decides the random order of the boots, and nothing else; 1 unless given.", ""},
		{"settle", either{span{0, maxSettle, idleWord}, settleKeys}, "What is waited for from the proof of a boot to its first measurement: an idle guest, or a time whatever it does.", ""},
		{"search", searchKeys, "What the designs adaptive and factorial-screen look at.", ""},
		{"looks", whole{1, 1, MaxGrowthLooks}, "How often the campaign is judged while blocks are added to it; the looks share alpha.", ""},
		{"budget", span{most: MaxBudget}, "The time of one run, the restore included: whole blocks are made while one fits.", ""},
		{"limits", limitKeys, "Where the campaign ends early, and how long the guest may take.", ""},
		{"notify", notifyKeys, "A command on this host when the campaign has ended or failed.", ""},
	})

var settleKeys = group{
	{"idle", span{DefaultSettle.Idle, maxSettle, ""}, "How much idle time is gathered before the guest is measured.", ""},
	{"at_least", span{DefaultSettle.Least, maxSettle, ""}, "The guest is not measured before that.", ""},
	{"at_most", span{DefaultSettle.Most, maxSettle, ""}, "The guest is measured after that in any case.", ""},
}

var notifyKeys = group{
	{"command", several{of: matching{}, some: true}, "The program and its arguments, run on this host without a shell.", "a list: the program and its arguments"},
	{"on", several{of: word{"", []string{NotifyEnd, NotifyFailure}}, some: true, once: true}, "When: at the end, after a failure, or both, as it is unless given.", ""},
}

var searchKeys = group{
	{"workload", matching{}, "The name of the workload that decides; the others are measured and ranked, too.", ""},
	{"metric", word{DefaultSearchMetric, []string{"throughput", "loss", "jitter"}}, "The metric of that workload that decides; loss and jitter are those of UDP.", ""},
	{"confirm", whole{0, matrix.MinConfirm, MaxBlocks}, "Blocks with one fresh boot each of the baseline and the pick; 5 unless given.", ""},
}

// campaign reads the whole file.
func (r *reader) campaign(root *node) Campaign {
	o := r.object(root, "", fileKeys)

	c := Campaign{
		Name:        o.name("name"),
		Host:        o.host(),
		Peer:        o.peer(),
		Workloads:   o.workloads(),
		Blocks:      o.integer("blocks"),
		Repetitions: o.integer("repetitions"),
		Margin:      o.number("margin"),
		Margins:     o.margins(),
		Alpha:       o.number("alpha"),
		Seed:        o.seed(),
		Limits:      o.limits(),
		Notify:      o.notify(),
		Budget:      o.duration("budget"),
		Looks:       o.integer("looks"),
	}
	c.Guest = o.guest(c.Name)
	c.Settle = o.settle(c.Guest)
	before := len(r.problems)
	c.Design, c.Own, c.Files = o.design()
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
		o.patchable(c)
		r.fit(c, root, o.has("design") && len(r.problems) == before)
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
	i := o.r.object(n, "settle", settleKeys)
	s := record.Settle{
		Idle:  i.duration("idle"),
		Least: i.duration("at_least"),
		Most:  i.duration("at_most"),
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
	l := o.r.object(n, "notify", notifyKeys)
	notify := Notify{Command: l.program("command"), On: []string{NotifyEnd, NotifyFailure}}
	if l.has("on") {
		notify.On = l.someOf("on")
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
		g := o.r.object(n, "search", searchKeys)
		var names []string
		for _, w := range c.Workloads {
			names = append(names, w.Name)
		}
		s.Workload = g.wordOf("workload", "", names...)
		s.Metric = g.word("metric")
		confirm = g.integer("confirm")
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
