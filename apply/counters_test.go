package apply_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/winrm"
	"vnettune/results/record"
)

// counting is a guest whose answer to the script counters is given.
type counting struct {
	*standIn
	answer string
}

func (c *counting) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	if command != scripts.CommandLine(scripts.Counters) {
		return c.standIn.Run(ctx, command, stdin)
	}
	if !strings.Contains(string(stdin), `"guid":"{A}"`) {
		return winrm.Result{Exit: 1, Stdout: []byte(`{"error":{"where":"guid","message":"none"}}`)}, nil
	}
	return winrm.Result{Stdout: []byte(c.answer)}, nil
}

func TestCounters(t *testing.T) {
	const processors = `"processors":[{"name":"0","at":"134403656000000000","idle":"900000001","dpc":"1000000","interrupt":null}]`
	whole := []record.ProcessorTotals{{Name: "0", At: 134403656000000000, Idle: 900000001, DPC: new(uint64(1000000))}}
	for name, c := range map[string]struct {
		answer string
		want   record.GuestReading
	}{
		"all": {`{"problems":{},` + processors + `,"adapter":{"receivedBytes":"10","sentBytes":"20","receivedUnicastPackets":"3","sentUnicastPackets":"4","receivedDiscardedPackets":"5","receivedPacketErrors":null,"outboundDiscardedPackets":"6","outboundPacketErrors":"7"}}`,
			record.GuestReading{Processors: whole, Adapter: &record.GuestAdapter{BytesReceived: 10, PacketsReceived: 3, BytesSent: 20, PacketsSent: 4, Discarded: 18}}},
		"no adapter": {`{"problems":{"adapter":"Ung\u00fcltige Klasse\u001b"},` + processors + `,"adapter":null}`,
			record.GuestReading{Processors: whole, Absent: []record.Absence{{Part: record.PartAdapter, Reason: `Ungültige Klasse\x1b`}}}},
		"a driver that counts no bytes": {`{"problems":{},` + processors + `,"adapter":{"receivedBytes":null,"sentBytes":"20","receivedUnicastPackets":"3","sentUnicastPackets":"4"}}`,
			record.GuestReading{Processors: whole, Absent: []record.Absence{{Part: record.PartAdapter, Reason: "the guest's driver does not count its packets and bytes"}}}},
		"a processor that says nothing": {`{"problems":{},"processors":[{"name":"0","at":"1","idle":"2"},{"name":"1","at":null,"idle":"2"}],"adapter":null}`,
			record.GuestReading{Absent: []record.Absence{{Part: record.PartGuestCPU, Reason: "the guest gives no totals of its processors"}, {Part: record.PartAdapter, Reason: "the guest's driver does not count its packets and bytes"}}}},
	} {
		s := &counting{newStandIn(t), c.answer}
		g := apply.New(s, guestAddress, s.port, s.standIn)
		got, err := g.Counters(t.Context(), record.Adapter{GUID: "{A}"})
		if d := cmp.Diff(c.want, got); err != nil || d != "" {
			t.Errorf("%s: %v\n%s", name, err, d)
		}
	}
	s := &counting{newStandIn(t), `{"problems":{},"processors":[{"name":"0","at":"x"}]}`}
	g := apply.New(s, guestAddress, s.port, s.standIn)
	if got, err := g.Counters(t.Context(), record.Adapter{GUID: "{A}"}); err == nil {
		t.Errorf("a word is read as a total: %+v", got)
	}
}
