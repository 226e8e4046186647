package guest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/netip"
	"sync"
	"time"

	"vnettune/bench/link"
)

// LinkPort is the UDP port of the guest at which the harness's side asks for conditions of what the guest sends. No
// Windows has it: it belongs to the cable, as the lab's delay does.
const LinkPort = 5991

// MostDelay is the longest delay that is asked for: the answer has to come back through it.
const MostDelay = 200 * time.Millisecond

// MostLoss is the highest loss that is asked for, in percent.
const MostLoss = 20

// egress is what leaves the guest: the lab's delay and rate, and the conditions that a workload asks for.
type egress struct {
	adapters []string
	delay    time.Duration // of the lab
	rate     float64       // bit/s; 0 is without limit
	asked    link.Conditions
}

// shaped is an egress that is changed from several sides.
type shaped struct {
	sync.Mutex
	egress
}

// set changes the egress; what cannot be had leaves it as it was.
func (s *shaped) set(change func(*egress)) error {
	s.Lock()
	defer s.Unlock()
	was := s.egress
	change(&s.egress)
	err := s.egress.put()
	if err != nil {
		s.egress = was
		err = errors.Join(err, s.egress.put())
	}
	return err
}

// put lays the queues out.
func (e egress) put() error {
	c := e.asked
	c.Delay += e.delay
	if e.rate > 0 && (c.Rate == 0 || e.rate < c.Rate) {
		c.Rate = e.rate
	}
	for _, adapter := range e.adapters {
		if err := link.Set(adapter, link.Stand, c); err != nil {
			return err
		}
	}
	return nil
}

// asking is a question for conditions, with a number that its answer has, too: an answer to an earlier one may still be
// on its way.
type asking struct {
	Number     int64           `json:"number"`
	Conditions link.Conditions `json:"conditions"`
	Error      string          `json:"error,omitempty"` // of an answer
}

// serveLink gives what the guest sends the conditions that the harness's side asks for, until ctx ends.
func (m *Machine) serveLink(ctx context.Context, l *log.Logger) error {
	err := answer(ctx, LinkPort, l, func(asked []byte) []byte {
		var a asking
		err := json.Unmarshal(asked, &a)
		if c := a.Conditions; err == nil && (c.Delay < 0 || c.Delay > MostDelay || c.Jitter < 0 || c.Jitter > c.Delay || c.Loss < 0 || c.Loss > MostLoss || c.Rate < 0 || c.Rate > 1e12) {
			err = errors.New("there are no such conditions")
		}
		if err == nil {
			err = m.shaped.set(func(e *egress) { e.asked = a.Conditions })
		}
		if err != nil {
			l.Print(err)
			a.Error = err.Error()
		}
		text, err := json.Marshal(a)
		if err != nil {
			l.Print(err)
		}
		return text
	})
	if err != nil {
		return fmt.Errorf("conditions of the link: %w", err)
	}
	return nil
}

// AskLink asks a guest for conditions of what it sends.
func AskLink(ctx context.Context, guest netip.Addr, c link.Conditions) error {
	want := asking{Number: time.Now().UnixNano(), Conditions: c}
	text, err := json.Marshal(want)
	if err != nil {
		return err
	}
	for range askTries {
		var said []byte
		if said, err = ask(ctx, netip.AddrPortFrom(guest, LinkPort), text); err != nil {
			return fmt.Errorf("the lab's guest does not answer at its end of the cable: %w", err)
		}
		var got asking
		if err = json.Unmarshal(said, &got); err == nil && got.Number == want.Number {
			if got.Error != "" {
				return errors.New(got.Error)
			}
			return nil
		}
	}
	return errors.Join(errors.New("the lab's guest answers something else at its end of the cable"), err)
}
