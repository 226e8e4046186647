package campaign

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"vnettune/matrix"
)

// Step is one step of a bisect: a campaign of two variants and nothing else.
type Step struct {
	Name     string
	Lab      string // of a stand-in guest, the same in every step
	Variants []matrix.Variant
	Blocks   int
	Looks    int
	Alpha    float64
}

// notOfSteps are the keys that say what is compared and how often, in the place of which a step has its own.
var notOfSteps = []string{"name", "design", "profile", "profiles", "arms", "settings", "linked", "strength", "resolution", "rows", "merge_inert", "choices", "labels",
	"forbid", "placebo", "positive_control", "switch", "settle_arms", "search", "variants", "looks", "blocks", "alpha", "notify"}

// OfStep is a campaign file with a step in the place of its design: guest, host, workloads, margins and limits stay.
func OfStep(data []byte, s Step) ([]byte, error) {
	r := &reader{file: "the campaign file"}
	root := r.document(data)
	if root == nil {
		return nil, r.err()
	}
	text := func(s string) *node { return &node{text: s} }
	words := func(all []string) *node {
		n := &node{kind: list}
		for _, w := range all {
			n.items = append(n.items, text(w))
		}
		return n
	}
	variants := &node{kind: list}
	for _, v := range s.Variants {
		one := &node{kind: mapping, entries: []entry{{key: "name", value: text(v.Name)}, {key: "command", value: words(v.Command)}}}
		variants.items = append(variants.items, one)
	}
	rest := slices.DeleteFunc(slices.Clone(root.entries), func(e entry) bool { return slices.Contains(notOfSteps, e.key) })
	out := &node{kind: mapping, entries: append([]entry{{key: "name", value: text(s.Name)}}, rest...)}
	for _, e := range []struct{ key, value string }{
		{"design", matrix.List}, {"blocks", strconv.Itoa(s.Blocks)}, {"looks", strconv.Itoa(s.Looks)}, {"alpha", strconv.FormatFloat(s.Alpha, 'f', -1, 64)},
	} {
		out.entries = append(out.entries, entry{key: e.key, value: text(e.value)})
	}
	out.entries = append(out.entries, entry{key: "variants", value: variants})
	if guest := out.get("guest"); guest != nil {
		if lab := guest.get("lab"); lab != nil && lab.kind == mapping && lab.get("name") == nil {
			lab.entries = append(lab.entries, entry{key: "name", value: text(s.Lab)})
		}
	}
	var b bytes.Buffer
	write(&b, out, 0)
	if back := (&reader{}).document(b.Bytes()); back == nil || !same(out, back) {
		return nil, errors.New("the campaign file cannot be written with the builds in it")
	}
	return b.Bytes(), nil
}
