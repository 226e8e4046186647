package campaign

import (
	"fmt"
	"regexp"
	"time"

	"vnettune/results/record"
)

// Limits of a link's conditions. The stand-in answers through them, and a lost packet more often than that leaves
// nothing to measure.
const (
	maxLinkDelay = 200 * time.Millisecond
	maxLinkLoss  = 20 // percent
)

// linkRate is a rate that something can pass at.
var linkRate = regexp.MustCompile(`^[1-9][0-9]{0,5}(\.[0-9]+)?[KMG]$`)

var linkKeys = group{
	{"at", word{record.AtHost, []string{record.AtHost, record.AtGuest}}, "Which end sends through the conditions: this host's last adapter before the guest, or the stand-in guest's own.", ""},
	{"delay", span{most: maxLinkDelay}, "Of each packet that leaves there, so of each round trip; whole microseconds.", ""},
	{"jitter", span{most: maxLinkDelay}, "Each packet's delay is drawn from delay ± jitter; at most delay.", ""},
	{"loss", number{0, 0, maxLinkLoss, "%"}, "Packets dropped, percent.", ""},
	{"rate", matching{like: linkRate, what: "bit/s with a suffix, such as 100M"}, "bit/s, suffix K, M or G.", ""},
}

// link reads the conditions that a workload gives the link while it runs.
func (o object) link() record.Conditions {
	n := o.get("link")
	if n == nil {
		return record.Conditions{}
	}
	l := o.r.object(n, o.path+".link", linkKeys)
	one := record.Conditions{
		At:     l.word("at"),
		Delay:  l.duration("delay"),
		Jitter: l.duration("jitter"),
		Loss:   l.number("loss"),
		Rate:   l.matching("rate"),
	}
	for key, d := range map[string]time.Duration{"delay": one.Delay, "jitter": one.Jitter} {
		if d%time.Microsecond != 0 {
			l.bad(key, fmt.Sprintf("%s is not legal", d), "legal: whole microseconds, such as 1500us")
		}
	}
	if one.Jitter > one.Delay {
		l.bad("jitter", fmt.Sprintf("a jitter of %s is more than the delay that it is part of", one.Jitter), "legal: at most delay")
	}
	if one == (record.Conditions{At: one.At}) {
		o.bad("link", "no condition is given", "legal: one or more of delay, jitter, loss and rate; or delete the key")
	}
	return one
}

// describeLink is the part of a workload's name that tells its link apart.
func describeLink(l record.Conditions) (parts []string) {
	if l.Delay > 0 {
		parts = append(parts, "delay"+l.Delay.String())
	}
	if l.Jitter > 0 {
		parts = append(parts, "jitter"+l.Jitter.String())
	}
	if l.Loss > 0 {
		parts = append(parts, fmt.Sprintf("loss%g", l.Loss))
	}
	if l.Rate != "" {
		parts = append(parts, "rate"+l.Rate)
	}
	return parts
}

// linked refuses conditions that do not act on what the workloads send.
func (o object) linked(all []record.Workload) {
	for _, w := range all {
		l := w.Link
		if l.Loss == 0 && l.Rate == "" || w.Direction != record.ToGuest && w.Direction != record.FromGuest || w.Protocol == record.Latency {
			continue
		}
		if sender := map[string]string{record.ToGuest: record.AtHost, record.FromGuest: record.AtGuest}[w.Direction]; sender != l.At {
			o.bad("link", fmt.Sprintf("loss and rate act on what the %s sends, and %s is sent by the %s", l.At, w.Direction, sender),
				fmt.Sprintf("give direction: %s, or only delay and jitter, which act on every round trip", map[string]string{record.AtHost: record.ToGuest, record.AtGuest: record.FromGuest}[l.At]))
			return
		}
	}
}

// linkOfGuest refuses conditions that this kind of guest or link cannot have.
func (o object) linkOfGuest(c Campaign) {
	for _, w := range c.Workloads {
		switch lab := c.Guest.Lab; {
		case w.Link == record.Conditions{}:
		case w.Link.At == record.AtGuest && lab == nil:
			o.bad("workloads", w.Name+": link.at: guest: only the stand-in's end of the cable can be shaped, no Windows's", "delete at, for this host's end, or take guest.lab")
			return
		case w.Link.At == record.AtHost && lab != nil && lab.Rate > 0:
			o.bad("workloads", w.Name+": link.at: host: the lab's own link has a rate there (guest.lab.rate)", "delete one of the two")
			return
		}
	}
}
