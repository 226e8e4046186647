package meter

import (
	"errors"
	"fmt"
	"time"
)

// What is measured.
const (
	KindRR  = "rr"  // requests and their responses over one TCP connection
	KindTCP = "tcp" // throughput of TCP streams
	KindUDP = "udp" // datagrams at a rate
)

// Ways that data go, as seen from the client, which is on the host.
const (
	ToServer   = "to-server"
	FromServer = "from-server"
)

// Params is one measurement. The client sends it to the server; both ends check it.
type Params struct {
	Kind      string `json:"kind"`
	Direction string `json:"direction,omitempty"` // of KindTCP and KindUDP
	Streams   int    `json:"streams,omitempty"`   // of KindTCP and KindUDP, at least 1

	Seconds float64 `json:"seconds"` // measured
	WarmUp  float64 `json:"warm_up"` // seconds before these, left out of every figure

	Request  int     `json:"request,omitempty"`  // bytes of a request of KindRR
	Response int     `json:"response,omitempty"` // and of its response
	Rate     float64 `json:"rate,omitempty"`     // KindRR: requests a second, open loop; 0 is the closed loop. KindUDP: bit/s of payload of each stream; 0 is as fast as it goes
	Load     *Load   `json:"load,omitempty"`     // of KindRR: TCP streams that run meanwhile

	Length int  `json:"length,omitempty"` // bytes of payload of a datagram of KindUDP
	USO    bool `json:"uso,omitempty"`    // the sending end hands several datagrams to the stack at once (UDP_SEND_MSG_SIZE of Windows, UDP_SEGMENT of Linux)
	URO    bool `json:"uro,omitempty"`    // the receiving end takes several at once (UDP_RECV_MAX_COALESCED_SIZE of Windows, UDP_GRO of Linux)
}

// Load is TCP streams beside requests and responses.
type Load struct {
	Direction string `json:"direction"`
	Streams   int    `json:"streams"`
}

// Bounds of Params. The least request has room for the number that its response repeats.
const (
	maxSeconds = 3600
	maxWarmUp  = 60
	MaxStreams = 128
	MinMessage = 8
	MaxMessage = 1 << 20
	maxAsks    = 1e6  // requests a second
	maxBits    = 1e12 // bit/s
	MinLength  = headerLength
	MaxLength  = 65507
)

// Check says what of the parameters is out of bounds or does not belong together.
func (p Params) Check() error {
	in := func(what string, value, least, most float64) error {
		if !(value >= least && value <= most) { // a NaN is in no bounds
			return fmt.Errorf("%s: %g is not between %g and %g", what, value, least, most)
		}
		return nil
	}
	err := errors.Join(in("seconds", p.Seconds, 0.1, maxSeconds), in("warm_up", p.WarmUp, 0, maxWarmUp))
	switch p.Kind {
	case KindRR:
		err = errors.Join(err, in("request", float64(p.Request), MinMessage, MaxMessage), in("response", float64(p.Response), MinMessage, MaxMessage), in("rate", p.Rate, 0, maxAsks))
		if p.Load != nil {
			err = errors.Join(err, checkDirection("load.direction", p.Load.Direction), in("load.streams", float64(p.Load.Streams), 1, MaxStreams))
		}
	case KindTCP:
		err = errors.Join(err, checkDirection("direction", p.Direction), in("streams", float64(p.Streams), 1, MaxStreams))
	case KindUDP:
		err = errors.Join(err, checkDirection("direction", p.Direction), in("streams", float64(p.Streams), 1, MaxStreams),
			in("length", float64(p.Length), MinLength, MaxLength), in("rate", p.Rate, 0, maxBits))
	default:
		err = errors.Join(err, fmt.Errorf("kind: %.40q is none of %s, %s, %s", p.Kind, KindRR, KindTCP, KindUDP))
	}
	return err
}

func checkDirection(what, d string) error {
	if d != ToServer && d != FromServer {
		return fmt.Errorf("%s: %.40q is neither %s nor %s", what, d, ToServer, FromServer)
	}
	return nil
}

// connections is how many streams the parameters need: numbers 0 to n-1. Of KindRR number 0
// carries the requests, the others are the load.
func (p Params) connections() int {
	switch {
	case p.Kind == KindTCP:
		return p.Streams
	case p.Kind == KindRR && p.Load != nil:
		return 1 + p.Load.Streams
	case p.Kind == KindRR:
		return 1
	}
	return 0
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// lasts is how long the measurement takes, the warm-up included.
func (p Params) lasts() time.Duration { return seconds(p.WarmUp + p.Seconds) }
