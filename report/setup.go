package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vnettune/report/page"
	"vnettune/results"
	"vnettune/results/record"
)

// Setup is the host, the guest's machine and the path between them in the sessions in which
// all of it was alike.
type Setup struct {
	Sessions []int64
	Identity string   // short hash by which the guest is told from others; "" where nothing tells it
	HashOf   []string // what the hash was made of
	Host     record.Host
}

// setupsOf are the setups of a campaign's sessions, in the order in which they came.
func setupsOf(sessions []results.Session) []Setup {
	var all []Setup
	at := map[string]int{} // by what is alike
	for _, s := range sessions {
		one := setupOf(s)
		text, err := json.Marshal(one.alike())
		if err != nil {
			continue // nothing in it is without a form in JSON
		}
		i, seen := at[string(text)]
		if !seen {
			i = len(all)
			at[string(text)], all = i, append(all, one)
		}
		all[i].Sessions = append(all[i].Sessions, s.ID)
	}
	return all
}

// setupOf has only what is shown of a session's host.
func setupOf(s results.Session) Setup {
	h := s.Host
	one := Setup{Host: record.Host{Name: h.Name, Kernel: h.Kernel, CPU: h.CPU, Governor: h.Governor,
		CongestionControl: h.CongestionControl, NoMetricsSave: h.NoMetricsSave, Peer: h.Peer, VM: h.VM, Path: h.Path, Hygiene: h.Hygiene.Lasting()}}
	one.Identity, one.HashOf = record.IdentityOf(s.Guest, record.Adapter{}).Short()
	return one
}

// alike is a setup without what is another at every start of one and the same machine: the
// names that taps and cables get, and what a look at a peer's clock and path takes.
func (s Setup) alike() Setup {
	if s.Host.Peer != nil {
		peer := *s.Host.Peer
		peer.ClockAhead, peer.ClockTrip, peer.RTT = nil, nil, nil
		s.Host.Peer = &peer
	}
	if s.Host.Path == nil {
		return s
	}
	path := *s.Host.Path
	path.Links = slices.Clone(path.Links)
	for i, l := range path.Links {
		if l.Kind == "tap" || l.Kind == "veth" {
			path.Links[i].Name = ""
		}
	}
	s.Host.Path = &path
	return s
}

// setupNotes say what a session found to be another host or machine than those before had.
func setupNotes(sessions []results.Session) []string {
	var lines []string
	var hosts []record.Host
	for _, s := range sessions {
		if differs := s.Host.Differs(record.LastKnown(hosts)); len(differs) > 0 {
			lines = append(lines, fmt.Sprintf("in session %d the host or the guest's machine is not as in those before: %s", s.ID, strings.Join(differs, "; ")))
		}
		hosts = append(hosts, s.Host)
	}
	return lines
}

// setupLists are a list for each setup; of a later one only what is not as in the one before.
func setupLists(all []Setup) []page.List {
	var lists []page.List
	var before []string
	for i, s := range all {
		title := "Host and machine"
		if len(all) > 1 {
			words := make([]string, len(s.Sessions))
			for i, id := range s.Sessions {
				words[i] = fmt.Sprintf("s%d", id)
			}
			title += " in " + strings.Join(words, ", ")
		}
		words := s.words()
		changed := slices.DeleteFunc(slices.Clone(words), func(line string) bool { return slices.Contains(before, line) })
		if len(changed) < len(words) {
			title += ", all else as before"
		}
		one := page.List{Title: title, Items: changed, Marked: map[int]page.Mark{}}
		for k := range changed {
			if i > 0 { // what changed between sessions must not be missed
				one.Marked[k] = page.Worse
			}
		}
		lists = append(lists, one)
		before = words
	}
	return lists
}

// notLookedAt is why a store of an earlier version has no facts of machine and path.
const notLookedAt = "not known: the session was run by an earlier vnettune, which did not look"

// words are a setup in a few lines.
func (s Setup) words() []string {
	guest := "guest: nothing tells it from others"
	if s.Identity != "" {
		guest = fmt.Sprintf("guest: %s (hash of %s)", s.Identity, strings.Join(s.HashOf, ", "))
	}
	lines := []string{guest}
	if host := notEmpty(labelled("governor", s.Host.Governor), labelled("congestion control", s.Host.CongestionControl),
		labelled("tcp_no_metrics_save", s.Host.NoMetricsSave)); len(host) > 0 {
		lines = append(lines, "host: "+strings.Join(host, ", "))
	}
	if p := s.Host.Peer; p != nil {
		lines = append(lines, "peer: "+peerWords(*p))
	}
	if words := hygieneWords(s.Host.Hygiene); len(words) > 0 {
		lines = append(lines, "steadiness: "+strings.Join(words, ", "))
	}
	return append(append(lines, vmWords(s.Host.VM)...), "path: "+pathWords(s.Host.Path))
}

// peerWords are what is known of the machine that measured instead of this host.
func peerWords(p record.Peer) string {
	words := notEmpty(string(p.Name), string(p.Kernel), labelled("governor", string(p.Governor)), labelled("congestion control", string(p.CongestionControl)), labelled("tcp_no_metrics_save", string(p.NoMetricsSave)))
	if p.RTT != nil {
		words = append(words, fmt.Sprintf("round trip %.2g ms", *p.RTT))
	}
	if p.MTU != nil {
		words = append(words, fmt.Sprintf("MTU %d", *p.MTU))
	}
	if p.Hops != nil {
		words = append(words, count(*p.Hops, "router"))
	}
	if len(words) == 0 {
		return "it says nothing of itself"
	}
	return strings.Join(words, ", ")
}

// hygieneWords say what of the host decides how steady it measures, as far as it is known.
func hygieneWords(h *record.Hygiene) []string {
	if h == nil {
		return nil
	}
	var words []string
	say := func(known bool, format string, args ...any) {
		if known {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	either := func(b *bool, yes, no string) {
		if b != nil && *b {
			say(yes != "", "%s", yes)
		} else if b != nil {
			say(no != "", "%s", no)
		}
	}
	say(len(h.Governors) > 1, "governors %s", strings.Join(h.Governors, ", "))
	sleep, known := h.Sleep()
	say(known, "sleeps as deep as %s (%d µs to wake up)", sleep.Name, sleep.Exit)
	either(h.Turbo, "frequency beyond the rated one allowed", "no frequency beyond the rated one")
	either(h.SMT, "threads of cores are processors", "")
	say(h.NUMANodes != nil && *h.NUMANodes > 1, "%d NUMA nodes", deref(h.NUMANodes))
	either(h.IRQBalance, "irqbalance runs", "no irqbalance")
	say(len(h.GuestCPUs) > 0, "the guest's processors may run on %s", strings.Join(h.GuestCPUs, "; "))
	say(h.Clocksource != "", "clock by %s", h.Clocksource)
	if h.Clock != nil {
		either(&h.Clock.Synchronised, "kept right", "which nothing keeps right")
	}
	return words
}

func deref(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

func labelled(label, value string) string {
	if value == "" {
		return ""
	}
	return label + " " + value
}

func vmWords(vm *record.VM) []string {
	switch {
	case vm == nil:
		return []string{"machine: " + notLookedAt}
	case vm.NotKnown != "":
		return []string{"machine: not known: " + string(vm.NotKnown)}
	}
	parts := notEmpty(string(vm.Machine), string(vm.Accelerator), labelled("QEMU", string(vm.QEMU)), labelled("CPU", string(vm.CPU)))
	if vm.VCPUs != nil {
		cpus := count(*vm.VCPUs, "vCPU")
		if vm.Topology != "" {
			cpus += " (" + string(vm.Topology) + ")"
		}
		parts = append(parts, cpus)
	}
	hyperV := "no Hyper-V enlightenments"
	if len(vm.HyperV) > 0 {
		hyperV = "Hyper-V enlightenments " + strings.Join(vm.HyperV, ", ")
	}
	lines := []string{fmt.Sprintf("machine: %s; by %s", strings.Join(append(parts, hyperV), ", "), vm.Source)}
	return append(lines, "adapter: "+adapterWords(vm))
}

// adapterWords are the adapter's options as they were given, and what carries its packets.
func adapterWords(vm *record.VM) string {
	words := "not known: the machine has none with the guest's MAC address"
	if a := vm.Adapter; a != nil {
		backend := maps.Clone(a.Backend)
		delete(backend, "type")
		words = strings.Join(slices.Concat([]string{a.Device}, assigned(a.Options)), ", ")
		words += "; backend " + strings.Join(notEmpty(slices.Concat([]string{a.Backend["type"]}, assigned(backend))...), ", ")
	}
	if v := vm.Vhost; v != nil {
		words += "; " + count(v.Threads, "vhost thread")
		if v.CPUs != "" {
			words += " on CPUs " + string(v.CPUs)
		}
	}
	return words
}

func assigned(options map[string]string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(options)) {
		all = append(all, name+"="+options[name])
	}
	return all
}

// pathWords name the links from the host to the guest with their offloads that are on; all
// of them are in the JSON form.
func pathWords(path *record.Path) string {
	if path == nil {
		return notLookedAt
	}
	var parts []string
	for _, l := range path.Links {
		facts := []string{fmt.Sprintf("MTU %d", l.MTU)}
		if l.Queues != nil {
			facts = append(facts, count(*l.Queues, "queue"))
		}
		if record.True(l.VNetHdr) {
			facts = append(facts, "vnet_hdr")
		}
		on := slices.DeleteFunc(slices.Sorted(maps.Keys(l.Offloads)), func(name string) bool { return !l.Offloads[name] })
		switch {
		case l.Offloads == nil:
			facts = append(facts, "offloads not known")
		case len(on) == 0:
			facts = append(facts, "no offload on")
		default:
			facts = append(facts, "on: "+strings.Join(on, ", "))
		}
		parts = append(parts, fmt.Sprintf("%s %s (%s)", l.Kind, l.Name, strings.Join(facts, "; ")))
	}
	if path.GuestMTU != nil {
		parts = append(parts, fmt.Sprintf("guest's adapter (MTU %d)", *path.GuestMTU))
	}
	if path.NotKnown != "" {
		parts = append(parts, "not known: "+string(path.NotKnown))
	}
	return strings.Join(parts, " - ")
}

// jsonSetup is a setup for programs.
type jsonSetup struct {
	Sessions []int64       `json:"sessions"`
	Guest    *jsonIdentity `json:"guest"`
	Host     jsonHost      `json:"host"`
	VM       *record.VM    `json:"vm"`
	Path     *record.Path  `json:"path"`
	Peer     *record.Peer  `json:"peer"`
}

// jsonIdentity is by what the guest is told from others.
type jsonIdentity struct {
	Hash string   `json:"hash"`
	Of   []string `json:"of"`
}

// jsonHost is what decides on the host itself.
type jsonHost struct {
	Name              record.Name `json:"name"`
	Kernel            record.Name `json:"kernel"`
	CPU               record.Name `json:"cpu"`
	Governor          record.Name `json:"governor"`
	CongestionControl record.Name `json:"congestion_control"`
	NoMetricsSave     record.Name `json:"no_metrics_save"`

	Hygiene *record.Hygiene `json:"hygiene,omitempty"`
}

func newJSONSetups(all []Setup) []jsonSetup {
	var out []jsonSetup
	for _, s := range all {
		one := jsonSetup{Sessions: s.Sessions, VM: s.Host.VM, Path: s.Host.Path, Peer: s.Host.Peer,
			Host: jsonHost{record.Name(s.Host.Name), record.Name(s.Host.Kernel), record.Name(s.Host.CPU), record.Name(s.Host.Governor),
				record.Name(s.Host.CongestionControl), record.Name(s.Host.NoMetricsSave), s.Host.Hygiene}}
		if s.Identity != "" {
			one.Guest = &jsonIdentity{s.Identity, s.HashOf}
		}
		out = append(out, one)
	}
	return out
}
