package windows

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// registry is a tree of keys. Names keep their case and are found without it.
// It is not safe for concurrent use; Machine guards it.
type registry struct {
	roots map[string]*regKey // by long root name
}

type regKey struct {
	name     string
	volatile bool // lost at the next boot, with everything below it
	names    []string
	values   map[string]value   // by lower-case name; "" is the default value
	keys     map[string]*regKey // by lower-case name
}

var errChildMustBeVolatile = errors.New("a stable key cannot be made under a volatile one")

func newKey(name string, volatile bool) *regKey {
	return &regKey{name: name, volatile: volatile, values: map[string]value{}, keys: map[string]*regKey{}}
}

func newRegistry() *registry { return &registry{roots: map[string]*regKey{}} }

// find returns the key at p, nil where there is none.
func (r *registry) find(p regPath) *regKey {
	k := r.roots[p.root]
	for _, name := range p.keys {
		if k == nil {
			return nil
		}
		k = k.keys[strings.ToLower(name)]
	}
	return k
}

// create returns the key at p and makes what is missing of it; volatile says how.
func (r *registry) create(p regPath, volatile bool) (*regKey, error) {
	k := r.roots[p.root]
	if k == nil {
		k = newKey(p.root, false)
		r.roots[p.root] = k
	}
	for i, name := range p.keys {
		next := k.keys[strings.ToLower(name)]
		if next == nil {
			// Missing keys on the way are made stable; who makes a volatile
			// key here has its parent already.
			v := volatile && i == len(p.keys)-1
			if k.volatile && !v {
				return nil, fmt.Errorf("registry %s: %w", p, errChildMustBeVolatile)
			}
			next = newKey(name, v)
			k.keys[strings.ToLower(name)] = next
		}
		k = next
	}
	return k, nil
}

// remove deletes the key at p with everything below; false if there is none.
func (r *registry) remove(p regPath) bool {
	if len(p.keys) == 0 || r.find(p) == nil {
		return false
	}
	last := len(p.keys) - 1
	parent := r.find(regPath{p.root, p.keys[:last]})
	delete(parent.keys, strings.ToLower(p.keys[last]))
	return true
}

// get reads one value.
func (r *registry) get(p regPath, name string) (value, bool) {
	k := r.find(p)
	if k == nil {
		return value{}, false
	}
	return k.get(name)
}

// set writes one value and makes missing keys.
func (r *registry) set(p regPath, name string, v value) error {
	k, err := r.create(p, false)
	if err != nil {
		return err
	}
	k.set(name, v)
	return nil
}

// get reads one value.
func (k *regKey) get(name string) (value, bool) {
	v, ok := k.values[strings.ToLower(name)]
	return v, ok
}

// valueNames are the names of the values, in the order in which they came.
func (k *regKey) valueNames() []string { return slices.Clone(k.names) }

// set writes one value.
func (k *regKey) set(name string, v value) {
	low := strings.ToLower(name)
	if _, ok := k.values[low]; !ok {
		k.names = append(k.names, name)
	}
	k.values[low] = v
}

// unset deletes one value; false if there is none.
func (k *regKey) unset(name string) bool {
	low := strings.ToLower(name)
	if _, ok := k.values[low]; !ok {
		return false
	}
	delete(k.values, low)
	for i, n := range k.names {
		if strings.EqualFold(n, name) {
			k.names = append(k.names[:i:i], k.names[i+1:]...)
			break
		}
	}
	return true
}

// subkeys are the keys right under k in alphabetical order, as Windows lists them.
func (k *regKey) subkeys() []*regKey {
	out := make([]*regKey, 0, len(k.keys))
	for _, s := range k.keys {
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return strings.ToLower(out[i].name) < strings.ToLower(out[j].name) })
	return out
}

func (r *registry) clone() *registry {
	c := newRegistry()
	for n, k := range r.roots {
		c.roots[n] = k.clone()
	}
	return c
}

func (k *regKey) clone() *regKey {
	c := newKey(k.name, k.volatile)
	c.names = append([]string(nil), k.names...)
	for n, v := range k.values {
		c.values[n] = v
	}
	for n, s := range k.keys {
		c.keys[n] = s.clone()
	}
	return c
}

// revert gives every value of that name below k what it is below fresh; nil stands for
// a key that is not there.
func (k *regKey) revert(name string, fresh *regKey) {
	installed, there := value{}, false
	if fresh != nil {
		installed, there = fresh.values[name]
	}
	if there {
		k.set(name, installed)
	} else {
		k.unset(name)
	}
	for low, sub := range k.keys {
		var below *regKey
		if fresh != nil {
			below = fresh.keys[low]
		}
		sub.revert(name, below)
	}
}

// revert gives every value of that name what it is in fresh.
func (r *registry) revert(name string, fresh *registry) {
	for root, k := range r.roots {
		k.revert(name, fresh.roots[root])
	}
}
