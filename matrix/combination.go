package matrix

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Combination assigns a value to every setting under test. It is immutable and
// comparable: two combinations are == exactly when they assign the same values.
type Combination struct {
	lines string // sorted "id=value" lines, each ended by "\n"
}

// NewCombination makes the combination of the given assignments.
func NewCombination(values map[string]Value) Combination {
	lines := make([]string, 0, len(values))
	for id, v := range values {
		lines = append(lines, id+"="+string(v)+"\n")
	}
	slices.Sort(lines)
	return Combination{lines: strings.Join(lines, "")}
}

// ParseCombination reads what Canonical wrote.
func ParseCombination(canonical string) (Combination, error) {
	values := map[string]Value{}
	for line := range strings.Lines(canonical) {
		id, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok || id == "" || value == "" {
			return Combination{}, fmt.Errorf("combination: line %q is not of the form id=value", line)
		}
		if _, twice := values[id]; twice {
			return Combination{}, fmt.Errorf("combination: setting %q is assigned twice", id)
		}
		values[id] = Value(value)
	}
	return NewCombination(values), nil
}

// MarshalText writes the canonical lines.
func (c Combination) MarshalText() ([]byte, error) { return []byte(c.lines), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Combination) UnmarshalText(text []byte) error {
	parsed, err := ParseCombination(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

// Canonical is the sorted "id=value" lines that ID hashes.
func (c Combination) Canonical() string { return c.lines }

// ID is the first 8 hexadecimal digits of SHA-256 over the canonical lines.
func (c Combination) ID() string {
	sum := sha256.Sum256([]byte(c.lines))
	return hex.EncodeToString(sum[:4])
}

// Assignment is one setting with its value.
type Assignment struct {
	ID    string
	Value Value
}

// Assignments lists the assignments in order of setting id.
func (c Combination) Assignments() []Assignment {
	var all []Assignment
	for line := range strings.Lines(c.lines) {
		id, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		all = append(all, Assignment{ID: id, Value: Value(value)})
	}
	return all
}

// Value is the value that the combination assigns to a setting; false when the
// setting is not under test.
func (c Combination) Value(id string) (Value, bool) {
	for _, a := range c.Assignments() {
		if a.ID == id {
			return a.Value, true
		}
	}
	return "", false
}

// With is the combination with one value replaced or added.
func (c Combination) With(id string, v Value) Combination {
	values := map[string]Value{id: v}
	for _, a := range c.Assignments() {
		if a.ID != id {
			values[a.ID] = a.Value
		}
	}
	return NewCombination(values)
}

// Differences lists what c assigns differently from base.
func (c Combination) Differences(base Combination) []Assignment {
	var diff []Assignment
	for _, a := range c.Assignments() {
		if v, ok := base.Value(a.ID); !ok || v != a.Value {
			diff = append(diff, a)
		}
	}
	return diff
}
