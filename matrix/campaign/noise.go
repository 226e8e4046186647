package campaign

import (
	"slices"
	"strconv"
	"strings"
)

// NoiseBoots is the number of boots of the campaign that NoiseRun makes.
const NoiseBoots = 3

// NoiseRun is the text of an A/A campaign of another one, whose text is a campaign's: the same guest and workloads,
// measured in the same way, and NoiseBoots boots of its baseline. It has the other one's name, which may be that of a
// lab.
func NoiseRun(text []byte) []byte {
	r := &reader{}
	root := r.document(text)
	if root == nil {
		return nil // no campaign
	}
	var b strings.Builder
	b.WriteString("# Boots of the baseline alone, by vnettune doctor --noise.\n")
	for _, e := range root.entries {
		if e.key == "profiles" && e.value.kind == list {
			b.WriteString(e.key + ":") // its files may define what the baseline has
			e.value.write(&b, "  ")
			continue
		}
		if e.key != "baseline" && e.key != "define" && slices.Contains(append([]string{"blocks", "search", "notify"}, designKeys.names()...), e.key) {
			continue
		}
		b.WriteString(e.key + ":")
		e.value.write(&b, "  ")
	}
	b.WriteString("design: aa\nlabels: " + strconv.Itoa(NoiseBoots) + "\nblocks: 1\n")
	b.WriteString(secondDocument(r.filesInside(), nil)) // it has no variants
	return []byte(b.String())
}

// write writes a node behind its key, as the reader takes it: it makes no difference whether a word is in quotes.
func (n *node) write(b *strings.Builder, indent string) {
	switch {
	case n.kind == mapping && len(n.entries) > 0:
		b.WriteString("\n")
		for _, e := range n.entries {
			b.WriteString(indent + strconv.Quote(e.key) + ":")
			e.value.write(b, indent+"  ")
		}
	case n.kind == list && len(n.items) > 0:
		b.WriteString("\n")
		for _, item := range n.items {
			b.WriteString(indent + "-")
			item.write(b, indent+"  ")
		}
	case n.kind == mapping:
		b.WriteString(" {}\n")
	case n.kind == list:
		b.WriteString(" []\n")
	case n.kind == scalar:
		b.WriteString(" " + strconv.Quote(n.text) + "\n")
	default:
		b.WriteString("\n")
	}
}
