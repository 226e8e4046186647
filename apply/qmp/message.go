package qmp

import (
	"encoding/json"
	"fmt"
	"time"
)

// Event is what QEMU reports unasked: RESET, SHUTDOWN, POWERDOWN and others.
type Event struct {
	Name string          // as the specification writes it, in capitals
	Time time.Time       // by the host's clock; zero when QEMU gave none
	Data json.RawMessage // nil when the event carries nothing
}

// Error is a command that QEMU refused.
type Error struct {
	Command string
	Class   string // GenericError, CommandNotFound, DeviceNotActive ...
	Desc    string // QEMU's words
}

// Error gives QEMU's words with the command that met them.
func (e *Error) Error() string {
	return fmt.Sprintf("qmp command %q: %s (%s)", e.Command, e.Desc, e.Class)
}

// request is one command as it goes over the wire.
type request struct {
	Execute   string `json:"execute"`
	Arguments any    `json:"arguments,omitempty"`
	ID        uint64 `json:"id"`
}

// message is any line that QEMU sends: greeting, answer or event.
type message struct {
	Greeting *json.RawMessage `json:"QMP"`
	Return   json.RawMessage  `json:"return"`
	Error    *struct {
		Class string `json:"class"`
		Desc  string `json:"desc"`
	} `json:"error"`
	ID        *uint64         `json:"id"`
	Event     string          `json:"event"`
	Data      json.RawMessage `json:"data"`
	Timestamp struct {
		Seconds      int64 `json:"seconds"`
		Microseconds int64 `json:"microseconds"`
	} `json:"timestamp"`
}

// parse reads one line of the protocol.
func parse(line []byte) (message, error) {
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		return message{}, fmt.Errorf("qmp: unreadable line: %w", err)
	}
	return m, nil
}

func (m message) event() Event {
	e := Event{Name: m.Event, Data: m.Data}
	// QEMU writes -1 where the host's clock could not be read.
	if m.Timestamp.Seconds > 0 {
		e.Time = time.Unix(m.Timestamp.Seconds, m.Timestamp.Microseconds*1000)
	}
	return e
}

// byGuest says whether the guest itself caused a RESET or SHUTDOWN.
func (e Event) byGuest() bool {
	var d struct {
		Guest bool `json:"guest"`
	}
	return json.Unmarshal(e.Data, &d) == nil && d.Guest
}
