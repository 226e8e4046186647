package campaign

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// Bounds of a file before it is parsed: what the parser spends grows with the square of the
// depth, and of the keys beside each other.
const (
	maxNesting = 100
	maxKeys    = 500
)

// shallow says whether the tokens of a file nest and line up no more than any campaign's do. It
// records where they do.
func (r *reader) shallow(tokens token.Tokens) bool {
	type level struct{ column, keys int }
	var levels []level // columns at which the lines down to this token began, outside of brackets
	brackets := 0
	for _, t := range tokens {
		if t.Position == nil || t.Type == token.CommentType {
			continue
		}
		at := &node{line: t.Position.Line, column: t.Position.Column}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			brackets = max(0, brackets-1)
		}
		if brackets == 0 {
			for len(levels) > 0 && levels[len(levels)-1].column > at.column {
				levels = levels[:len(levels)-1]
			}
			if len(levels) == 0 || levels[len(levels)-1].column < at.column {
				levels = append(levels, level{column: at.column})
			}
			if last := &levels[len(levels)-1]; t.Type != token.SequenceEntryType {
				last.keys++
			}
		}
		switch {
		case len(levels)+brackets > maxNesting:
			r.bad(at, "", "nested too deeply", fmt.Sprintf("a file has at most %d lists and groups within each other", maxNesting))
			return false
		case len(levels) > 0 && levels[len(levels)-1].keys > maxKeys:
			r.bad(at, "", "too many keys beside each other", fmt.Sprintf("a group has at most %d", maxKeys))
			return false
		}
	}
	return true
}
