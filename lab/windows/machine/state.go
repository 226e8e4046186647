package windows

import (
	"encoding/json"
	"fmt"
)

// documentVersion is the form of the saved document that this code writes.
const documentVersion = 2

// state is everything that survives a boot, and the volatile keys beside it.
type state struct {
	ed    *edition
	reg   *registry
	tcp   tcpState       // of an edition whose netsh has the context; else empty
	mtu   map[string]int // bytes, persistent, by adapter GUID
	boots int            // boots of this disk, this one included
	log   eventLog
	guard guard
}

func (s *state) clone() *state {
	c := &state{ed: s.ed, reg: s.reg.clone(), tcp: s.tcp.clone(), mtu: map[string]int{}, boots: s.boots, log: s.log, guard: s.guard}
	for k, v := range s.mtu {
		c.mtu[k] = v
	}
	return c
}

// document is the saved form: one JSON object, versioned.
type document struct {
	Version  int            `json:"version"`
	Edition  string         `json:"generation"`
	Boots    int            `json:"boots"`
	Registry []savedKey     `json:"registry"`
	TCP      tcpState       `json:"tcp"`
	MTU      map[string]int `json:"mtu,omitempty"`
	Events   eventLog       `json:"events"`
	Guard    guard          `json:"guard"`
}

// encode gives the bytes to save; volatile keys are left out.
func (s *state) encode() ([]byte, error) {
	d := document{Version: documentVersion, Edition: s.ed.generation, Boots: s.boots, Registry: s.reg.saved(), TCP: s.tcp, MTU: s.mtu, Events: s.log, Guard: s.guard}
	b, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return nil, fmt.Errorf("registry document: %w", err)
	}
	return b, nil
}

// decodeState reads a document that the same edition saved.
func decodeState(b []byte, ed *edition) (*state, error) {
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("registry document: %w; delete the guest's disk to begin anew", err)
	}
	if d.Version != documentVersion {
		return nil, fmt.Errorf("registry document: version %d, this program reads %d; delete the guest's disk to begin anew", d.Version, documentVersion)
	}
	if d.Edition != ed.generation {
		return nil, fmt.Errorf("registry document: of generation %q, this guest plays %s; delete the guest's disk to begin anew", d.Edition, ed.generation)
	}
	reg, err := loadRegistry(d.Registry)
	if err != nil {
		return nil, fmt.Errorf("registry document: %w", err)
	}
	s := &state{ed: ed, reg: reg, tcp: d.TCP, mtu: d.MTU, boots: d.Boots, log: d.Events, guard: d.Guard}
	if s.mtu == nil {
		s.mtu = map[string]int{}
	}
	if ed.tcp {
		return s, s.tcp.check()
	}
	return s, nil
}
