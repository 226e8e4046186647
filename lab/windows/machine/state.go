package machine

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"

	"vnettune/lab/windows/registry"
	"vnettune/lab/windows/stack"
)

// documentVersion is the form of the saved document that this code writes.
const documentVersion = 3

// State is everything that survives a boot, and the volatile keys beside it.
type State struct {
	ed      *Edition
	Reg     *registry.Tree
	TCP     stack.TCP      // of an edition whose netsh has the context; else empty
	MTU     map[string]int // bytes, persistent, by adapter GUID
	boots   int            // boots of this disk, this one included
	UUID    string         // of the machine's SMBIOS; it stays with the disk
	Events  EventLog
	DeadMan DeadMan
	Restart AdapterRestart
	Drivers DriverStore
}

func (s *State) clone() *State {
	c := &State{ed: s.ed, Reg: s.Reg.Clone(), TCP: s.TCP.Clone(), MTU: map[string]int{}, boots: s.boots, UUID: s.UUID, Events: s.Events, DeadMan: s.DeadMan, Restart: s.Restart, Drivers: s.Drivers.clone()}
	for k, v := range s.MTU {
		c.MTU[k] = v
	}
	return c
}

// document is the saved form: one JSON object, versioned.
type document struct {
	Version  int                 `json:"version"`
	Edition  string              `json:"generation"`
	Boots    int                 `json:"boots"`
	UUID     string              `json:"uuid"`
	Registry []registry.SavedKey `json:"registry"`
	TCP      stack.TCP           `json:"tcp"`
	MTU      map[string]int      `json:"mtu,omitempty"`
	Events   EventLog            `json:"events"`
	DeadMan  DeadMan             `json:"deadman"`
	Restart  AdapterRestart      `json:"restart,omitzero"`
	Drivers  DriverStore         `json:"drivers"`
}

// encode gives the bytes to save; volatile keys are left out.
func (s *State) encode() ([]byte, error) {
	d := document{Version: documentVersion, Edition: s.ed.Generation, Boots: s.boots, UUID: s.UUID, Registry: s.Reg.Saved(), TCP: s.TCP, MTU: s.MTU, Events: s.Events, DeadMan: s.DeadMan, Restart: s.Restart, Drivers: s.Drivers}
	b, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return nil, fmt.Errorf("registry document: %w", err)
	}
	return b, nil
}

// decodeState reads a document that the same edition saved.
func decodeState(b []byte, ed *Edition) (*State, error) {
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("registry document: %w; delete the guest's disk to begin anew", err)
	}
	if d.Version != documentVersion {
		return nil, fmt.Errorf("registry document: version %d, this program reads %d; delete the guest's disk to begin anew", d.Version, documentVersion)
	}
	if d.Edition != ed.Generation {
		return nil, fmt.Errorf("registry document: of generation %q, this guest plays %s; delete the guest's disk to begin anew", d.Edition, ed.Generation)
	}
	reg, err := registry.Load(d.Registry)
	if err != nil {
		return nil, fmt.Errorf("registry document: %w", err)
	}
	s := &State{ed: ed, Reg: reg, TCP: d.TCP, MTU: d.MTU, boots: d.Boots, UUID: d.UUID, Events: d.Events, DeadMan: d.DeadMan, Restart: d.Restart, Drivers: d.Drivers}
	if s.MTU == nil {
		s.MTU = map[string]int{}
	}
	if ed.Release != nil {
		return s, ed.Release.Check(s.TCP)
	}
	return s, nil
}

// EventLog is as much of the log System as anybody asks for: how many events it has had. Record
// numbers count up from 1 over all boots, whatever the clock does.
type EventLog struct {
	Newest uint64 `json:"newest"` // record number of the newest event
	Start  uint64 `json:"start"`  // of the newest event 6005 of source EventLog
}

// Events that every boot leaves (not verified: ask a guest, Get-WinEvent -LogName System -MaxEvents
// 40 after a boot; the real log has more of them, and what follows 6005 differs from boot to boot).
const (
	eventsOfEnd    = 3 // User32 1074, EventLog 6006, Kernel-General 13 of the boot before
	eventsOfStart  = 3 // Kernel-General 12, EventLog 6009, EventLog 6005
	eventsOfDevice = 4 // EventLog 6013, Kernel-Power 172, DHCP-Client 50036, Winlogon 7001
)

// boot is the log after one more boot.
func (l EventLog) boot() EventLog {
	if l.Newest > 0 {
		l.Newest += eventsOfEnd
	}
	l.Start = l.Newest + eventsOfStart
	l.Newest = l.Start + eventsOfDevice
	return l
}

// initialState is the disk of a machine that never booted.
func initialState(ed *Edition) (*State, error) {
	reg, err := ed.Installed()
	if err != nil {
		return nil, err
	}
	// The installation of Windows gives itself this id, and a machine comes with its own.
	if err := reg.Set(registry.MustPath(registry.CryptographyKey), "MachineGuid", registry.String(newGUID())); err != nil {
		return nil, err
	}
	s := &State{ed: ed, Reg: reg, MTU: map[string]int{}, UUID: strings.ToUpper(newGUID())}
	if ed.Release != nil {
		s.TCP = ed.Release.NewTCP()
	}
	return s, nil
}

// newGUID is a random GUID (RFC 9562, version 4).
func newGUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
