package apply

import (
	"context"

	"vnettune/apply/terms"
	"vnettune/foreign"
	"vnettune/results/record"
)

// Counters reads what the guest counts since its start: processor time, and what the adapter carried. What the guest
// does not give is absent in the reading. The error is a guest that could not be asked, or of which nothing tells.
func (g *Guest) Counters(ctx context.Context, of record.Adapter) (record.GuestReading, error) {
	var read record.GuestReading
	d, err := g.speak(ctx)
	if err != nil {
		return read, err
	}
	a, err := d.Counters(ctx, terms.CountersInput{GUID: of.GUID})
	if err != nil {
		return read, err
	}
	absent := func(part, word, otherwise string) {
		why := foreign.Words(a.Problems[word])
		if why == "" {
			why = otherwise
		}
		read.Absent = append(read.Absent, record.Absence{Part: part, Reason: why})
	}
	for _, p := range a.Processors {
		if p.At == nil || p.Idle == nil {
			read.Processors = nil
			break
		}
		read.Processors = append(read.Processors, record.ProcessorTotals{Name: foreign.Word(p.Name), At: *p.At, Idle: *p.Idle, DPC: p.DPC, Interrupt: p.Interrupt})
	}
	if len(read.Processors) == 0 {
		absent(record.PartGuestCPU, "processor", "the guest gives no totals of its processors")
	}
	// The two sums take what there is of them: a driver that counts no errors has none to add.
	sum := func(all ...*uint64) (total float64) {
		for _, n := range all {
			if n != nil {
				total += float64(*n)
			}
		}
		return total
	}
	if t := a.Adapter; t != nil && t.ReceivedBytes != nil && t.SentBytes != nil && t.ReceivedUnicastPackets != nil && t.SentUnicastPackets != nil {
		read.Adapter = &record.GuestAdapter{BytesReceived: sum(t.ReceivedBytes), PacketsReceived: sum(t.ReceivedUnicastPackets), BytesSent: sum(t.SentBytes), PacketsSent: sum(t.SentUnicastPackets),
			Discarded: sum(t.ReceivedDiscardedPackets, t.ReceivedPacketErrors, t.OutboundDiscardedPackets, t.OutboundPacketErrors)}
	} else {
		absent(record.PartAdapter, "adapter", "the guest's driver does not count its packets and bytes")
	}
	return read, nil
}
