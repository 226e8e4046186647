package windows

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
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

type savedKey struct {
	Name   string       `json:"name"`
	Values []savedValue `json:"values,omitempty"`
	Keys   []savedKey   `json:"keys,omitempty"`
}

type savedValue struct {
	Name string `json:"name"`
	value
}

// encode gives the bytes to save; volatile keys are left out.
func (s *state) encode() ([]byte, error) {
	d := document{Version: documentVersion, Edition: s.ed.generation, Boots: s.boots, TCP: s.tcp, MTU: s.mtu, Events: s.log, Guard: s.guard}
	roots := make([]string, 0, len(s.reg.roots))
	for n := range s.reg.roots {
		roots = append(roots, n)
	}
	sort.Strings(roots)
	for _, n := range roots {
		d.Registry = append(d.Registry, s.reg.roots[n].saved())
	}
	b, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return nil, fmt.Errorf("registry document: %w", err)
	}
	return b, nil
}

func (k *regKey) saved() savedKey {
	out := savedKey{Name: k.name}
	for _, n := range k.names {
		out.Values = append(out.Values, savedValue{n, k.values[strings.ToLower(n)]})
	}
	for _, s := range k.subkeys() {
		if !s.volatile {
			out.Keys = append(out.Keys, s.saved())
		}
	}
	return out
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
	s := &state{ed: ed, reg: newRegistry(), tcp: d.TCP, mtu: d.MTU, boots: d.Boots, log: d.Events, guard: d.Guard}
	if s.mtu == nil {
		s.mtu = map[string]int{}
	}
	for _, k := range d.Registry {
		key, err := k.load(k.Name)
		if err != nil {
			return nil, fmt.Errorf("registry document: %w", err)
		}
		s.reg.roots[k.Name] = key
	}
	if ed.tcp {
		return s, s.tcp.check()
	}
	return s, nil
}

func (k savedKey) load(path string) (*regKey, error) {
	out := newKey(k.Name, false)
	for _, v := range k.Values {
		checked, err := newValue(v.Kind, v.Data)
		if err != nil {
			return nil, fmt.Errorf("%s, value %q: %w", path, v.Name, err)
		}
		out.set(v.Name, checked)
	}
	for _, s := range k.Keys {
		sub, err := s.load(path + `\` + s.Name)
		if err != nil {
			return nil, err
		}
		out.keys[strings.ToLower(s.Name)] = sub
	}
	return out, nil
}
