package record

// Hygiene is what of this host decides how steady it measures. What could not be read is left out.
type Hygiene struct {
	Governors   []string    `json:"governors,omitempty"`    // of all processors' frequency, each once
	IdleStates  []IdleState `json:"idle_states,omitempty"`  // of the first processor, in which it may sleep, the lightest first
	Turbo       *bool       `json:"turbo,omitempty"`        // the frequency may go beyond the rated one
	SMT         *bool       `json:"smt,omitempty"`          // a core's threads are processors of their own
	NUMANodes   *int        `json:"numa_nodes,omitempty"`   // that have memory or processors
	Clocksource string      `json:"clocksource,omitempty"`  // by which the kernel tells the time
	Clock       *Clockwork  `json:"clock,omitempty"`        // whether somebody keeps it right
	IRQBalance  *bool       `json:"irqbalance,omitempty"`   // irqbalance runs, and may move interrupts meanwhile
	Backlog     *int        `json:"backlog,omitempty"`      // packets that wait for a processor at most (net.core.netdev_max_backlog)
	TxQueues    []TxQueue   `json:"tx_queues,omitempty"`    // of the links to the guest
	GuestCPUs   []string    `json:"guest_cpus,omitempty"`   // on which the guest's processors may run, each list once; none where they are not known
	Processors  int         `json:"processors,omitempty"`   // of this host
	StealPart   *float64    `json:"steal_part,omitempty"`   // percent of the processors' time, since the host's start, that was taken by the machine it is a guest of
	LoadAverage *float64    `json:"load_average,omitempty"` // of the last minute
}

// IdleState is a way in which a processor sleeps.
type IdleState struct {
	Name string `json:"name"`
	Exit int    `json:"exit_us"` // microseconds that it takes to wake up, at most
}

// Clockwork is what the kernel says of its clock (adjtimex(2)).
type Clockwork struct {
	Synchronised bool `json:"synchronised"`
}

// TxQueue is how many packets wait at a link at most.
type TxQueue struct {
	Link   string `json:"link"`
	Length int    `json:"length"`
}

// Lasting is the hygiene without what is another at every look.
func (h *Hygiene) Lasting() *Hygiene {
	if h == nil {
		return nil
	}
	same := *h
	same.StealPart, same.LoadAverage, same.TxQueues = nil, nil, nil
	return &same
}

// Sleep is the longest that a processor may take to wake up, with the name of that state; ok is false where it is not
// known.
func (h Hygiene) Sleep() (s IdleState, ok bool) {
	for _, x := range h.IdleStates {
		if !ok || x.Exit > s.Exit {
			s, ok = x, true
		}
	}
	return s, ok
}
