package iperf2

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// What is read of a client's output at most.
const (
	maxLine    = 512  // bytes of a line; a report's has some 120
	maxStreams = 1024 // of a campaign, 128
)

// figure is one line of a report: so many bytes in so many seconds.
type figure struct {
	bytes float64 // a whole number
	rate  float64 // bit/s, as it was printed: of seconds that are finer than those printed
	from  float64 // seconds
	to    float64 // seconds
	round float64 // half of the last digit that to was printed with
}

// stream is what the text has of one connection.
type stream struct {
	id      string
	figures []figure // of this end: one, of a whole text
	sent    int64    // datagrams; -1 when it does not say
	server  *serverReport
}

// serverReport is what the server said at the end of a run over UDP, as this client prints it.
type serverReport struct {
	figure
	jitter     float64 // milliseconds
	lost       int64   // datagrams
	total      int64
	outOfOrder int64
}

// output is what a client printed.
type output struct {
	udp      bool // it says that it sends over UDP
	streams  []*stream
	sum      []figure // of all streams; none of one
	unread   string   // the first line with figures in no form that is known; "" for none
	unknown  string   // the first other line in no form that is known; "" for none
	reported bool     // a server's report was announced
	twice    bool     // a stream has two reports of the server
}

// The forms of lines, of 2.0.2 to 2.2.0 (docs/facts/iperf2.md): numbers in bytes and bit/s,
// as -f b prints them. What stands behind a rate over UDP is the server's.
var (
	figureLine     = regexp.MustCompile(`^\[ *(\d{1,6}|SUM)\] +(\d{1,7}\.\d{1,4})- *(\d{1,7}\.\d{1,4}) sec +(\d{1,18})(?:\.0{1,3})? Bytes +(\d{1,18}(?:\.\d{1,3})?) bits/sec(?: +(.*))?$`)
	receivedPart   = regexp.MustCompile(`^(\d{1,9}\.\d{1,3}) ms +(\d{1,18})/ *(\d{1,18}) \([^()]{1,12}%\)$`)
	sentLine       = regexp.MustCompile(`^\[ *(\d{1,6})\] Sent (\d{1,18}) datagrams$`)
	serverLine     = regexp.MustCompile(`^\[ *(\d{1,6})\] Server Report:$`)
	outOfOrderLine = regexp.MustCompile(`^\[ *(\d{1,6})\] +\d{1,7}\.\d{1,4}- *\d{1,7}\.\d{1,4} sec +(\d{1,18}) datagrams received out-of-order$`)
	connectedLine  = regexp.MustCompile(`^\[ *(\d{1,6})\] local \S+ port \d{1,5} connected with \S+ port \d{1,5}(?: .*)?$`)
	connectingLine = regexp.MustCompile(`^Client connecting to \S+, (TCP|UDP) port \d{1,5}(?: .*)?$`)
)

// plain are the beginnings of lines that say nothing about a run.
var plain = []string{"-----", "TCP window size: ", "TCP congestion control set to ", "UDP buffer size: ", "Sending ", "[ ID] ", "Binding to local ", "[SUM] Sent ", "[SUM-"}

// read takes the text of a client apart. It judges nothing; a line that has none of the known
// forms is remembered.
func read(text string) output {
	var o output
	by := map[string]*stream{}
	of := func(id string) *stream {
		s := by[id]
		if s == nil && len(by) < maxStreams {
			s = &stream{id: id, sent: -1}
			by[id] = s
			o.streams = append(o.streams, s)
		}
		if s == nil {
			return &stream{sent: -1} // more than any run has: read, and not kept
		}
		return s
	}
	announced := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n ")
		if o.line(line, of, announced) {
			continue
		}
		to := &o.unknown
		if ofFigures(line) {
			to = &o.unread
		}
		if *to == "" {
			*to = line[:min(len(line), maxLine)]
		}
	}
	return o
}

// ofFigures says whether a line would have figures if its form were known.
func ofFigures(line string) bool {
	for _, word := range []string{"Bytes", "bits", "sec", "datagrams", "Report"} {
		if strings.Contains(line, word) {
			return true
		}
	}
	return false
}

// line reads one line; false when it has no known form.
func (o *output) line(line string, of func(string) *stream, announced map[string]bool) bool {
	if line == "" {
		return true
	}
	if len(line) > maxLine {
		return false
	}
	if m := figureLine.FindStringSubmatch(line); m != nil {
		return o.figure(m, of, announced)
	}
	if m := serverLine.FindStringSubmatch(line); m != nil {
		announced[m[1]] = true
		o.reported = true
		return true
	}
	if m := sentLine.FindStringSubmatch(line); m != nil {
		s := of(m[1])
		again := s.sent >= 0
		s.sent = whole(m[2])
		return !again
	}
	if m := outOfOrderLine.FindStringSubmatch(line); m != nil {
		if s := of(m[1]); s.server != nil {
			s.server.outOfOrder = whole(m[2])
		}
		return true
	}
	if m := connectedLine.FindStringSubmatch(line); m != nil {
		of(m[1])
		return true
	}
	if m := connectingLine.FindStringSubmatch(line); m != nil {
		o.udp = m[1] == "UDP"
		return true
	}
	for _, p := range plain {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return false
}

// figure keeps a line of a report.
func (o *output) figure(m []string, of func(string) *stream, announced map[string]bool) bool {
	f := figure{bytes: number(m[4]), rate: number(m[5]), from: number(m[2]), to: number(m[3])}
	_, digits, _ := strings.Cut(m[3], ".")
	f.round = 0.5 * math.Pow(10, -float64(len(digits)))
	id, behind := m[1], m[6]
	if id == "SUM" {
		if behind == "" {
			o.sum = append(o.sum, f)
		}
		return behind == ""
	}
	s := of(id)
	if !announced[id] {
		s.figures = append(s.figures, f)
		return behind == ""
	}
	r := receivedPart.FindStringSubmatch(behind)
	if r == nil {
		return false
	}
	o.twice = o.twice || s.server != nil
	s.server = &serverReport{figure: f, jitter: number(r[1]), lost: whole(r[2]), total: whole(r[3])}
	return true
}

// number is a number whose form was checked.
func number(digits string) float64 {
	x, _ := strconv.ParseFloat(digits, 64)
	return x
}

// whole is a number of at most 18 digits.
func whole(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64)
	return n
}

// rateShare is how far a rate may be from its bytes over its seconds, as a share: what the printed
// seconds are rounded by comes to it.
const rateShare = 0.001

// seconds are those of the figure, as fine as they can be had: its bytes over its rate.
func (f figure) seconds() float64 { return 8 * f.bytes / f.rate }

// wrong says what cannot be right of a figure; "" for nothing.
func (f figure) wrong() string {
	length := f.to - f.from
	switch {
	case f.bytes <= 0 || f.rate <= 0 || length <= 0:
		return "nothing was transferred"
	case f.from != 0:
		return fmt.Sprintf("it begins at %g s", f.from)
	}
	least, most := 8*f.bytes/(length+f.round)*(1-rateShare), math.Inf(1)
	if length > f.round {
		most = 8 * f.bytes / (length - f.round) * (1 + rateShare)
	}
	if f.rate < least || f.rate > most {
		return fmt.Sprintf("a rate of %.4g Mbit/s, and its bytes over its seconds are %.4g Mbit/s", f.rate/1e6, 8*f.bytes/length/1e6)
	}
	return ""
}
