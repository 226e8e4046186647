package record

import (
	"encoding/json"
	"fmt"
	"time"
)

// Reboot is the proof of a new boot and the times of its stages by the host's clock.
type Reboot struct {
	Nonce       string    `json:"nonce"`                  // names the token that cannot survive a boot
	BootBefore  time.Time `json:"boot_before"`            // by the guest's clock
	Before      time.Time `json:"before"`                 // the guest's clock just before the reboot was asked
	BootAfter   time.Time `json:"boot_after"`             // by the guest's clock
	EventBefore *string   `json:"event_before,omitempty"` // record number of the newest boot event, nil where none can be read
	EventAfter  *string   `json:"event_after,omitempty"`
	Asked       time.Time `json:"asked"`
	Down        time.Time `json:"down"`             // first time without an answer; zero when it was never seen
	Up          time.Time `json:"up"`               // when the new boot was proven
	Ready       time.Time `json:"ready"`            // when the adapter under test was up
	Signs       []string  `json:"signs"`            // what proves the boot
	Extra       int       `json:"extra,omitempty"`  // further reboots that nobody asked for
	Unseen      string    `json:"unseen,omitempty"` // why the machine was not watched from outside, "" when it was

	// Guest is the guest's answer once it was ready, Raw its text. They are kept
	// beside the proof.
	Guest Guest  `json:"-"`
	Raw   []byte `json:"-"`
}

// MarshalJSON writes the proof. A guest's clock may show any year, and JSON has none
// beyond 9999: a later time is the last of that year, and Raw has what the guest said.
func (r Reboot) MarshalJSON() ([]byte, error) {
	type plain Reboot
	p := plain(r)
	for _, t := range []*time.Time{&p.BootBefore, &p.Before, &p.BootAfter} {
		if t.Year() > lastMoment.Year() {
			*t = lastMoment
		}
	}
	return json.Marshal(p)
}

var lastMoment = time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC)

// InEffect says whether a setting works as configured.
type InEffect string

// The answers. Where nothing can be read the evidence is that the setting is
// configured as asked, and so before the proven boot.
const (
	Yes           InEffect = "yes"
	No            InEffect = "no"
	NotObservable InEffect = "not observable"
)

// Reading is the three readings of one setting after the boot.
type Reading struct {
	ID         string   `json:"id"`
	Asked      string   `json:"asked"` // as the combination says
	Want       string   `json:"want"`
	Configured string   `json:"configured"`
	AsAsked    bool     `json:"as_asked"` // configured is what was asked
	InEffect   InEffect `json:"in_effect"`
	Reason     string   `json:"reason"` // why InEffect is what it is
}

// OK says whether the boot may be ranked as far as this setting goes.
func (r Reading) OK() bool { return r.AsAsked && r.InEffect != No }

// String says of one setting what was asked, what is configured and what is in effect.
func (r Reading) String() string {
	if !r.AsAsked {
		return fmt.Sprintf("%s: asked %s, configured %s", r.ID, r.Want, r.Configured)
	}
	return fmt.Sprintf("%s: %s, in effect: %s (%s)", r.ID, r.Configured, r.InEffect, r.Reason)
}

// RescueStep is what was done on one rung of the ladder by which a guest that does not
// answer is brought back.
type RescueStep struct {
	Rung    string    `json:"rung"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	OK      bool      `json:"ok"`
	Outcome string    `json:"outcome"` // what it achieved, or why it did not
}
