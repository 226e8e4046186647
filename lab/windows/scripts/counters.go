package scripts

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
)

type countersInput struct {
	GUID string `json:"guid"`
}

type countersAnswer struct {
	Problems   map[string]string `json:"problems"`
	Processors []processorTotals `json:"processors"`
	Adapter    map[string]string `json:"adapter"`
}

type processorTotals struct {
	Name      string `json:"name"`
	At        string `json:"at"`
	Idle      string `json:"idle"`
	DPC       string `json:"dpc"`
	Interrupt string `json:"interrupt"`
}

// hundredNs is a time in the units of Windows' timers.
func hundredNs(d time.Duration) string { return strconv.FormatInt(int64(d/100), 10) }

// playCounters plays the contract "counters" by what the kernel of the machine counts.
func playCounters(m *machine.Machine, in countersInput) (any, error) {
	if in.GUID == "" {
		return nil, scriptErrorf("guid", "no adapter is named")
	}
	a := countersAnswer{Problems: map[string]string{}, Processors: []processorTotals{}}
	nics := m.NICs()
	i := slices.IndexFunc(nics, func(n stack.NIC) bool { return strings.EqualFold(n.GUID, in.GUID) })
	mac := ""
	if i >= 0 {
		mac = nics[i].MAC
	}
	now := m.Now()
	t, err := m.Host().Totals(mac)
	for k, p := range t.Processors {
		a.Processors = append(a.Processors, processorTotals{Name: strconv.Itoa(k), At: machine.FileTime(now), Idle: hundredNs(p.Idle), DPC: hundredNs(p.DPC), Interrupt: hundredNs(p.Interrupt)})
	}
	if len(t.Processors) == 0 {
		a.Problems["processor"] = m.Edition().Language.Message("the stand-in has no processors of its own: those of its kernel are the host's")
	}
	switch {
	case i < 0:
		a.Problems["adapter"] = m.Edition().Language.Message("0 objects")
	case err != nil:
		a.Problems["adapter"] = m.Edition().Language.Message(err.Error())
	default:
		digits := func(n uint64) string { return strconv.FormatUint(n, 10) }
		a.Adapter = map[string]string{"receivedBytes": digits(t.Link.ReceivedBytes), "sentBytes": digits(t.Link.SentBytes),
			"receivedUnicastPackets": digits(t.Link.ReceivedPackets), "sentUnicastPackets": digits(t.Link.SentPackets),
			"receivedDiscardedPackets": digits(t.Link.ReceivedDropped), "receivedPacketErrors": digits(t.Link.ReceivedErrors),
			"outboundDiscardedPackets": digits(t.Link.SentDropped), "outboundPacketErrors": digits(t.Link.SentErrors)}
	}
	return a, nil
}
