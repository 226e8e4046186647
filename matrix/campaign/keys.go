package campaign

import (
	"regexp"
	"slices"
	"time"
)

// key is one key of a group of the file. The tables of them, beside what reads them, are all that is said of a key's
// form: the reader goes by it, and Schema tells it to editors.
type key struct {
	name    string
	form    form
	says    string // what the value means, for who hovers over the key
	missing string // what to write where the key is left out, which is not legal then; "": it may be left out
}

// group is the keys that a mapping can have.
type group []key

// form is what a value looks like. Its schema takes at least what the reader takes: what one value alone cannot tell,
// and what YAML lets people write in several ways, is the reader's to judge.
type form interface{ schema() schema }

// The forms of values. What a value is where the file says nothing is otherwise; its zero value is nothing.
type (
	// word is one of a few words.
	word struct {
		otherwise string
		of        []string
	}
	// matching is a text that like takes, or any where it is nil.
	matching struct {
		otherwise string
		like      *regexp.Regexp
		what      string          // like, for people
		known     func() []string // some of them, to choose from
		empty     bool            // it may be left out behind its key, which is an empty text
	}
	// title is the name of an arm, a workload, a lab or the campaign itself.
	title struct{ most int } // characters
	// whole is a whole number.
	whole struct{ otherwise, least, most int }
	// seed is a whole number of 64 bits.
	seed struct{}
	// number is a decimal number above least and not above most, behind which its unit may stand.
	number struct {
		otherwise, least, most float64
		unit                   string
	}
	// span is a time from 0s to most, or the word.
	span struct {
		otherwise, most time.Duration
		word            string
	}
	// truth is true or false, which it is otherwise.
	truth struct{}
	// several is a list.
	several struct {
		of   form
		some bool // it has an element at least
		once bool // and none twice
	}
	// either is a single value, or something that has parts.
	either struct{ plain, parts form }
	// having is one of two mappings, by whether it has a key.
	having struct {
		key           string
		with, without form
	}
	// margin is the smallest difference of a metric that is worth caring about.
	margin struct{ metric string }
	// named is a mapping whose keys people choose.
	named struct {
		like *regexp.Regexp // its keys; nil: any
		form form
	}
	// valued is a mapping of settings with a value each.
	valued struct{ of valuesOf }
	// machine is the guest: a lab, or where a real one is.
	machine struct{}
)

// valuesOf is what a mapping of settings has for each.
type valuesOf string

// What it can have.
const (
	oneValue   valuesOf = "values"    // one that is legal
	someValues valuesOf = "lists"     // a list of legal ones
	anyValue   valuesOf = "published" // one that is judged only where it is used
)

func (g group) names() []string {
	var all []string
	for _, k := range g {
		all = append(all, k.name)
	}
	return all
}

// form is what a key of the group looks like.
func (g group) form(name string) form {
	i := slices.IndexFunc(g, func(k key) bool { return k.name == name })
	return g[i].form
}

// formOf is what the form of a key says of its single value, or of each of its list. That the reader
// asks for a key in another form than the key's is a mistake of the program.
func formOf[F form](o object, name string) F {
	f := o.keys.form(name)
	for {
		switch is := f.(type) {
		case either:
			f = is.plain
		case several:
			f = is.of
		default:
			return f.(F)
		}
	}
}
