package campaign

// kind is the form of a node.
type kind int

const (
	scalar kind = iota
	null
	list
	mapping
	unusable // reported already
)

func (k kind) String() string {
	return [...]string{"a single value", "nothing", "a list", "a group of keys", "unusable"}[k]
}

// node is a part of the file with its position: the few forms of YAML that a
// campaign uses.
type node struct {
	kind    kind
	text    string // of a scalar, as written but without quotes
	line    int
	column  int
	items   []*node // of a list
	entries []entry // of a mapping, in the order of the file
}

type entry struct {
	key   string
	at    *node // position of the key
	value *node
}

func (n *node) get(key string) *node {
	for _, e := range n.entries {
		if e.key == key {
			return e.value
		}
	}
	return nil
}
