package campaign

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"

	"vnettune/foreign"
)

// MaxFile is the most bytes that are taken for a campaign file.
const MaxFile = 1 << 20

// document parses the file; nil when it is no YAML mapping, with the problem recorded.
func (r *reader) document(data []byte) *node {
	start := &node{line: 1, column: 1}
	if what, hint := noText(data); what != "" {
		r.bad(start, "", what, hint)
		return nil
	}
	data = bytes.TrimPrefix(data, []byte(foreign.ByteOrderMark))
	if !r.utf8Only(data) {
		return nil
	}
	tokens := lexer.Tokenize(string(data))
	if !r.shallow(tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		if !r.other(data) {
			r.syntax(err, data)
		}
		return nil
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil && !r.second && r.takeInside(r.convert(doc.Body, 0)) {
			continue
		}
		if body != nil {
			r.bad(position(doc.Body), "", "a second document in the file", "one file describes one campaign")
			return nil
		}
		body = doc.Body
	}
	if body == nil {
		r.bad(start, "", "the file is empty", "`vnettune init` writes a commented one")
		return nil
	}
	n := r.convert(body, 0)
	if n.kind == unusable {
		return nil
	}
	if n.kind != mapping {
		if !r.other(data) {
			r.bad(n, "", "the file is "+n.kind.String()+", not keys with values", "`vnettune init` writes a commented one")
		}
		return nil
	}
	if foreign.KindOf(data) == foreign.JSONText && n.get("name") == nil && n.get("guest") == nil {
		r.bad(start, "", "this is JSON, and no campaign file", "`vnettune init` writes one; in JSON, too, it has name, guest and design")
		return nil
	}
	return n
}

// syntax takes over what the parser found wrong: its words and the place, but not its excerpt of
// the file, which might contain a secret.
func (r *reader) syntax(err error, data []byte) {
	at := &node{line: 1, column: 1}
	message := "this is not YAML"
	var detail yaml.Error
	if errors.As(err, &detail) {
		message = detail.GetMessage()
		if tk := detail.GetToken(); tk != nil && tk.Position != nil {
			at.line, at.column = tk.Position.Line, tk.Position.Column
		}
	}
	hint := "check indentation (spaces, no tabs), quotes and brackets there"
	line := textLine(data, at.line)
	key, _, separated := strings.Cut(strings.TrimSpace(line), ":")
	switch {
	case strings.Contains(message, "already defined"):
		hint = "delete one of the two"
	case strings.Contains(message, "cannot start any token") && strings.HasPrefix(line, "\t"):
		message, hint = "the line is indented by a tab, which YAML does not take", "indent by spaces, two a level: expand -t 2 FILE > NEW.yaml makes them so"
	case strings.Contains(message, "unexpected key name"):
		hint = "write KEY: VALUE with a colon and a space; indent keys of one group alike, by spaces"
	case strings.HasPrefix(strings.TrimSpace(line), "```"):
		message, hint = "the line is Markdown's, and no YAML", "leave out the lines with ```"
	case separated && strings.HasPrefix(key, "> "):
		message, hint = "the line begins as a quotation of an e-mail or of Markdown does", "delete the > in front of the lines"
	}
	r.bad(at, "", message, hint)
}

// maxDepth is far more than any campaign needs and far less than a stack holds.
const maxDepth = 32

func (r *reader) convert(n ast.Node, depth int) *node {
	at := position(n)
	if depth > maxDepth {
		at.kind = unusable
		r.bad(at, "", "nested too deeply", "")
		return at
	}
	switch v := n.(type) {
	case *ast.MappingNode:
		at.kind = mapping
		for _, pair := range v.Values {
			r.addEntry(at, pair, depth)
		}
	case *ast.MappingValueNode:
		at.kind = mapping
		r.addEntry(at, v, depth)
	case *ast.SequenceNode:
		at.kind = list
		for _, item := range v.Values {
			at.items = append(at.items, r.convert(item, depth+1))
		}
	case *ast.NullNode:
		at.kind = null
	case *ast.LiteralNode:
		at.text = v.Value.Value
	case *ast.StringNode:
		at.text = v.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		at.text = n.GetToken().Value
	default:
		at.kind = unusable
		r.bad(at, "", fmt.Sprintf("%s is not used in campaign files", n.Type()), "write the value out")
	}
	return at
}

func (r *reader) addEntry(to *node, pair *ast.MappingValueNode, depth int) {
	key := position(pair.Key)
	if _, plain := pair.Key.(ast.ScalarNode); !plain {
		r.bad(key, "", "this is no plain key", "keys are words, such as name or workloads")
		return
	}
	to.entries = append(to.entries, entry{key: pair.Key.GetToken().Value, at: key, value: r.convert(pair.Value, depth+1)})
}

// position is an empty node at the place where n begins.
func position(n ast.Node) *node {
	at := &node{line: 1, column: 1}
	switch v := n.(type) {
	case nil:
		return at
	case *ast.MappingValueNode: // its own token is the colon
		return position(v.Key)
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return position(v.Values[0].Key)
		}
	}
	if tk := n.GetToken(); tk != nil && tk.Position != nil {
		at.line, at.column = tk.Position.Line, tk.Position.Column
	}
	return at
}

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

// node is a part of the file with its position: the few forms of YAML that a campaign uses.
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

// Problem is one thing that is wrong in a campaign file.
type Problem struct {
	File    string
	Line    int    // from 1
	Column  int    // from 1
	Path    string // such as workloads[0].protocol; "" for the file as a whole
	Message string // what is wrong
	Hint    string // what to do about it
}

// String is the problem on one line, with its position in front as compilers print it.
func (p Problem) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString("; " + p.Hint)
	}
	return b.String()
}

// Errors are all problems of a campaign file, in the order of their positions.
type Errors []Problem

// Error lists the problems, one a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// err is what the reader found wrong so far, as an error.
func (r *reader) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		if own := a.File == r.file; own != (b.File == r.file) { // the campaign's own file first
			if own {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	if r.more > 0 {
		r.problems = append(r.problems, Problem{File: r.file, Line: 1, Column: 1, Message: fmt.Sprintf("and %d more problems", r.more)})
	}
	return Errors(r.problems)
}
