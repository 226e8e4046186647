package iperf

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"maps"
	"net"
	"strings"
	"testing"
	"time"

	"vnettune/foreign"
	"vnettune/results/record"
)

// States of iperf3's control connection (esnet/iperf, src/iperf_api.h), one byte each.
const (
	testStart       = 1
	testRunning     = 2
	testEnd         = 4
	paramExchange   = 9
	createStreams   = 10
	exchangeResults = 13
	displayResults  = 14
	accessDenied    = 0xff // -1
	serverError     = 0xfe // -2
)

// hostileServer is an iperf3 server of one TCP stream from the client, which does as iperf3
// does but for what its fields say.
type hostileServer struct {
	states  map[byte][]byte                      // sent in place of a state; empty: nothing more comes
	results func(honest map[string]any) any      // what it says that it measured
	raw     func(c net.Conn, length uint32) bool // in place of the results' length and text; false: they follow
}

// serve answers clients on the loopback until the test ends.
func (h hostileServer) serve(t *testing.T) Target {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			h.control(c, l)
		}
	}()
	return Target{Bind: "127.0.0.1", Address: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
}

// control plays one run on its control connection; what goes wrong there ends it.
func (h hostileServer) control(c net.Conn, l net.Listener) {
	defer c.Close()
	state := func(s byte) bool {
		say, other := h.states[s]
		if !other {
			say = []byte{s}
		}
		_, err := c.Write(say)
		if other && len(say) == 0 {
			_, _ = io.Copy(io.Discard, c) // until the client gives up
			return false
		}
		return err == nil
	}
	message := func() []byte {
		var length uint32
		if binary.Read(c, binary.BigEndian, &length) != nil || length > 1<<16 {
			return nil
		}
		text := make([]byte, length)
		_, _ = io.ReadFull(c, text)
		return text
	}
	if _, err := io.ReadFull(c, make([]byte, 37)); err != nil { // the cookie
		return
	}
	if !state(paramExchange) || message() == nil || !state(createStreams) {
		return
	}
	stream, err := l.Accept()
	if err != nil {
		return
	}
	defer stream.Close()
	_, _ = io.ReadFull(stream, make([]byte, 37))
	received := make(chan int64, 1)
	go func() {
		n, _ := io.Copy(io.Discard, stream)
		received <- n
	}()
	if !state(testStart) || !state(testRunning) {
		return
	}
	ended := make([]byte, 1)
	if _, err := io.ReadFull(c, ended); err != nil || ended[0] != testEnd || !state(exchangeResults) {
		return
	}
	var client struct {
		Streams []struct {
			Bytes float64 `json:"bytes"`
		} `json:"streams"`
	}
	if json.Unmarshal(message(), &client) != nil || len(client.Streams) != 1 {
		return
	}
	var said any = map[string]any{
		"cpu_util_total": 1, "cpu_util_user": 1, "cpu_util_system": 1, "sender_has_retransmits": -1, "congestion_used": "cubic",
		"streams": []any{map[string]any{"id": 1, "bytes": client.Streams[0].Bytes, "retransmits": -1, "jitter": 0, "errors": 0, "packets": 0, "start_time": 0, "end_time": 1}},
	}
	if h.results != nil {
		said = h.results(said.(map[string]any))
	}
	text, ok := said.(string)
	if !ok {
		encoded, err := json.Marshal(said)
		if err != nil {
			return
		}
		text = string(encoded)
	}
	if h.raw != nil && h.raw(c, uint32(len(text))) {
		return
	}
	if binary.Write(c, binary.BigEndian, uint32(len(text))) != nil {
		return
	}
	if _, err := io.WriteString(c, text); err != nil || !state(displayResults) {
		return
	}
	_, _ = c.Read(ended) // that it is done
}

// Whatever a server says to the real client, a run ends with its own figures or with a failure that is
// said in a line, and costs little.
func TestHostileServers(t *testing.T) {
	r := client(t)
	r.Grace, r.KillAfter = 3*time.Second, time.Second
	stream := func(change map[string]any) hostileServer {
		return hostileServer{results: func(honest map[string]any) any {
			maps.Copy(honest["streams"].([]any)[0].(map[string]any), change)
			return honest
		}}
	}
	with := func(change map[string]any) hostileServer {
		return hostileServer{results: func(honest map[string]any) any { maps.Copy(honest, change); return honest }}
	}
	says := func(text string) hostileServer {
		return hostileServer{results: func(map[string]any) any { return text }}
	}
	const paints = "\x1b]0;owned\x07\x1b[2J\u202e\u009b31m"
	for name, h := range map[string]hostileServer{
		"silence after the cookie":     {states: map[byte][]byte{paramExchange: nil}},
		"silence before the streams":   {states: map[byte][]byte{createStreams: nil}},
		"silence at the end":           {states: map[byte][]byte{exchangeResults: nil}},
		"silence before it is shown":   {states: map[byte][]byte{displayResults: nil}},
		"access denied":                {states: map[byte][]byte{paramExchange: {accessDenied}}},
		"an error of its own":          {states: map[byte][]byte{testStart: append([]byte{serverError}, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff)}},
		"an unknown state":             {states: map[byte][]byte{createStreams: {77}}},
		"states in a wrong order":      {states: map[byte][]byte{createStreams: {displayResults, exchangeResults, testRunning}}},
		"many states":                  {states: map[byte][]byte{testRunning: bytes.Repeat([]byte{testRunning}, 1<<16)}},
		"the same question for ever":   {states: map[byte][]byte{paramExchange: bytes.Repeat([]byte{paramExchange}, 1<<10)}},
		"results of 4 GiB":             {raw: func(c net.Conn, _ uint32) bool { return pourResults(c, 1<<32-1, 0) }},
		"results of 60 MB":             {raw: func(c net.Conn, _ uint32) bool { return pourResults(c, 60<<20, 60<<20) }},
		"results that break off":       {raw: func(c net.Conn, n uint32) bool { return pourResults(c, n, 3) }},
		"no results":                   says(""),
		"results that are no JSON":     says(paints),
		"results of nothing":           says("{}"),
		"results in each other":        says(strings.Repeat(`{"a":`, 5000)),
		"no streams":                   with(map[string]any{"streams": []any{}}),
		"more streams":                 with(map[string]any{"streams": []any{map[string]any{"id": 1}, map[string]any{"id": 2}}}),
		"words that paint":             with(map[string]any{"congestion_used": paints, "server_output_text": strings.Repeat(paints, 10_000)}),
		"a server's output of 30 MB":   with(map[string]any{"server_output_text": strings.Repeat("x", 30<<20)}),
		"a server's document in depth": with(map[string]any{"server_output_json": json.RawMessage(strings.Repeat(`{"a":`, 900) + "1" + strings.Repeat("}", 900))}),
		"more bytes than were sent":    stream(map[string]any{"bytes": 1e30}),
		"bytes below zero":             stream(map[string]any{"bytes": -1e12}),
		"no bytes":                     stream(map[string]any{"bytes": 0}),
		"bytes that are words":         stream(map[string]any{"bytes": paints}),
		"a time that runs back":        stream(map[string]any{"start_time": 5, "end_time": -5}),
		"a time without end":           stream(map[string]any{"end_time": 1e300}),
		"retransmits below zero":       stream(map[string]any{"retransmits": -1 << 40}),
		"an honest server":             {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := r.Run(t.Context(), h.serve(t), record.Workload{Protocol: record.TCP, Direction: record.ToGuest, Seconds: 1})
			for _, said := range append([]string{o.Reason, o.ClientVersion, o.SenderCongestion}, o.Notes...) {
				if foreign.Words(said) != said || len(said) > foreign.MaxLine {
					t.Errorf("words of %d bytes: %.200q", len(said), said)
				}
			}
			if !record.Usable(o.Class) && (o.Reason == "" || len(o.Metrics) > 0) {
				t.Errorf("class %s with %d metrics: %q", o.Class, len(o.Metrics), o.Reason)
			}
			for _, m := range o.Metrics {
				if sent := float64(o.Bytes) * 8 / 1e6; m.Name == "throughput" && (m.Value <= 0 || sent == 0 || m.Value > 1.5*sent) {
					t.Errorf("%g %s, and %g Mbit were sent", m.Value, m.Unit, sent)
				}
			}
			if h.states == nil && h.raw == nil && h.results == nil && o.Class == record.Failed {
				t.Errorf("an honest server: %s", o.Reason)
			}
			if len(o.Raw) > maxStdout || len(o.Stderr) > maxStderr {
				t.Errorf("%d and %d bytes are kept", len(o.Raw), len(o.Stderr))
			}
			t.Logf("%s: %s", o.Class, o.Reason)
		})
	}
}

// pourResults sends a length and so many bytes.
func pourResults(c net.Conn, length uint32, n int) bool {
	_ = binary.Write(c, binary.BigEndian, length)
	_, _ = c.Write(bytes.Repeat([]byte("["), n))
	return true
}
