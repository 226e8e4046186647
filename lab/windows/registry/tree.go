package registry

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Tree is a tree of keys. Names keep their case and are found without it.
// It is not safe for concurrent use; Machine guards it.
type Tree struct {
	roots map[string]*Key // by long root name
}

// Key is one key with its values and the keys below.
type Key struct {
	Name     string
	volatile bool // lost at the next boot, with everything below it
	names    []string
	values   map[string]Value // by lower-case name; "" is the default value
	keys     map[string]*Key  // by lower-case name
}

// ErrChildMustBeVolatile says that a volatile key has volatile keys only.
var ErrChildMustBeVolatile = errors.New("a stable key cannot be made under a volatile one")

func newKey(name string, volatile bool) *Key {
	return &Key{Name: name, volatile: volatile, values: map[string]Value{}, keys: map[string]*Key{}}
}

// New is an empty tree.
func New() *Tree { return &Tree{roots: map[string]*Key{}} }

// Find returns the key at p, nil if there is none.
func (r *Tree) Find(p Path) *Key {
	k := r.roots[p.root]
	for _, name := range p.Keys {
		if k == nil {
			return nil
		}
		k = k.keys[strings.ToLower(name)]
	}
	return k
}

// Create returns the key at p and makes what is missing of it; volatile says how.
func (r *Tree) Create(p Path, volatile bool) (*Key, error) {
	k := r.roots[p.root]
	if k == nil {
		k = newKey(p.root, false)
		r.roots[p.root] = k
	}
	for i, name := range p.Keys {
		next := k.keys[strings.ToLower(name)]
		if next == nil {
			// Missing keys on the way are made stable; the parent of a volatile key exists already.
			v := volatile && i == len(p.Keys)-1
			if k.volatile && !v {
				return nil, fmt.Errorf("registry %s: %w", p, ErrChildMustBeVolatile)
			}
			next = newKey(name, v)
			k.keys[strings.ToLower(name)] = next
		}
		k = next
	}
	return k, nil
}

// Remove deletes the key at p with everything below; false if there is none.
func (r *Tree) Remove(p Path) bool {
	if len(p.Keys) == 0 || r.Find(p) == nil {
		return false
	}
	last := len(p.Keys) - 1
	parent := r.Find(Path{p.root, p.Keys[:last]})
	delete(parent.keys, strings.ToLower(p.Keys[last]))
	return true
}

// Get reads one value.
func (r *Tree) Get(p Path, name string) (Value, bool) {
	k := r.Find(p)
	if k == nil {
		return Value{}, false
	}
	return k.Get(name)
}

// Set writes one value and makes missing keys.
func (r *Tree) Set(p Path, name string, v Value) error {
	k, err := r.Create(p, false)
	if err != nil {
		return err
	}
	k.Set(name, v)
	return nil
}

// Get reads one value.
func (k *Key) Get(name string) (Value, bool) {
	v, ok := k.values[strings.ToLower(name)]
	return v, ok
}

// Volatile says whether the key is lost at the next boot.
func (k *Key) Volatile() bool { return k.volatile }

// ValueNames are the names of the values, in the order in which they came.
func (k *Key) ValueNames() []string { return slices.Clone(k.names) }

// Set writes one value.
func (k *Key) Set(name string, v Value) {
	low := strings.ToLower(name)
	if _, ok := k.values[low]; !ok {
		k.names = append(k.names, name)
	}
	k.values[low] = v
}

// Unset deletes one value; false if there is none.
func (k *Key) Unset(name string) bool {
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

// Subkeys are the keys right under k in alphabetical order, as Windows lists them.
func (k *Key) Subkeys() []*Key {
	out := make([]*Key, 0, len(k.keys))
	for _, s := range k.keys {
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return strings.ToLower(out[i].Name) < strings.ToLower(out[j].Name) })
	return out
}

// Clone is a copy that shares nothing.
func (r *Tree) Clone() *Tree {
	c := New()
	for n, k := range r.roots {
		c.roots[n] = k.clone()
	}
	return c
}

func (k *Key) clone() *Key {
	c := newKey(k.Name, k.volatile)
	c.names = append([]string(nil), k.names...)
	for n, v := range k.values {
		c.values[n] = v
	}
	for n, s := range k.keys {
		c.keys[n] = s.clone()
	}
	return c
}

// revert sets every value of that name below k to what it is below fresh, which is nil if the key
// does not exist there.
func (k *Key) revert(name string, fresh *Key) {
	installed, there := Value{}, false
	if fresh != nil {
		installed, there = fresh.values[name]
	}
	if there {
		k.Set(name, installed)
	} else {
		k.Unset(name)
	}
	for low, sub := range k.keys {
		var below *Key
		if fresh != nil {
			below = fresh.keys[low]
		}
		sub.revert(name, below)
	}
}

// Revert sets every value of that name to what it is in fresh.
func (r *Tree) Revert(name string, fresh *Tree) {
	for root, k := range r.roots {
		k.revert(name, fresh.roots[root])
	}
}
