package campaign

import "vnettune/results/record"

// Presets are lists of workloads by one word.
const (
	Quick    = "quick"    // TCP both ways, a second each: to see whether all of it works
	Standard = "standard" // TCP both ways with one stream and with four, and the highest rate of UDP that is not lost
	Thorough = "thorough" // and small messages, datagrams on both sides of where Windows copies them, requests and responses
)

var presets = []string{Quick, Standard, Thorough}

// datagrams are sizes on both sides of 1024 bytes, up to which Windows takes the fast way through AFD by default
// (FastSendDatagramThreshold), and the largest that an Ethernet packet holds over IPv4.
var datagrams = []int{512, 1024, 1025, 1200, 1472}

// smallMessage is what a program that talks in small messages hands over at once, in bytes.
const smallMessage = 256

// stream is a workload of one TCP stream of so many seconds.
func stream(seconds int) record.Workload {
	return record.Workload{Protocol: record.TCP, Streams: DefaultStreams, Seconds: seconds, Omit: DefaultOmit, Congestion: record.DefaultCongestion}
}

// preset is the list that a word stands for.
func preset(word string) []record.Workload {
	parallel := func(w record.Workload) record.Workload { w.Streams = 4; return w }
	ladder := func(length int) []record.Workload {
		return directions(record.Workload{Protocol: record.UDP, Streams: DefaultStreams, Seconds: 1, Length: length,
			Ladder: record.Ladder{From: "10M", To: "10G", LossBelow: DefaultLossBelow}}, record.ToGuest)
	}
	if word == Quick {
		return directions(stream(1), bothWays)
	}
	all := append(directions(stream(DefaultSeconds), bothWays), directions(parallel(stream(DefaultSeconds)), bothWays)...)
	if word == Standard {
		return append(all, ladder(datagrams[len(datagrams)-1])...)
	}
	small := stream(DefaultSeconds)
	small.Length = smallMessage
	all = append(all, directions(small, bothWays)...)
	for _, length := range datagrams {
		all = append(all, ladder(length)...)
	}
	for _, load := range []string{"", record.ToGuest} {
		w := record.Workload{Protocol: record.Latency, Tool: record.ToolMeter, Direction: record.ToGuest, Seconds: DefaultSeconds, Omit: DefaultOmit, Request: DefaultMessage, Response: DefaultMessage, Load: load}
		if load != "" {
			w.Streams = DefaultStreams
		}
		w.Name = describeLatency(w)
		all = append(all, w)
	}
	return all
}
