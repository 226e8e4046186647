package campaign

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vnettune/foreign"
	"vnettune/matrix"
	"vnettune/results/sample"
)

// text is a single value; false when there is none or it is no single value.
func (o object) text(key string) (string, bool) {
	n := o.get(key)
	if n == nil {
		return "", false
	}
	return object{r: o.r, n: n, path: o.at(key)}.textHere()
}

// textHere reads o itself as a single value.
func (o object) textHere() (string, bool) {
	if o.n.kind != scalar {
		o.r.bad(o.n, o.path, "this must be a single value, not "+o.n.kind.String(), "")
		return "", false
	}
	return o.n.text, true
}

// word is one of a few words.
func (o object) word(key string) string {
	f := formOf[word](o, key)
	return o.wordOf(key, f.otherwise, f.of...)
}

// wordOf is one of a few words, which the rest of the file has narrowed down.
func (o object) wordOf(key, otherwise string, choices ...string) string {
	n := o.get(key)
	if n == nil {
		return otherwise
	}
	return object{r: o.r, n: n, path: o.at(key)}.wordHere(otherwise, choices)
}

// wordHere reads o itself as one of a few words.
func (o object) wordHere(otherwise string, choices []string) string {
	s, ok := o.textHere()
	if !ok {
		return otherwise
	}
	if !slices.Contains(choices, s) {
		o.r.bad(o.n, o.path, fmt.Sprintf("%q is not legal", s), matrix.Meant(matrix.Nearest(s, choices))+"legal: "+strings.Join(choices, ", "))
		return otherwise
	}
	return s
}

// matching is a text of the key's form.
func (o object) matching(key string) string { return o.like(key, formOf[matching](o, key)) }

// like is a text of a form that the rest of the file has narrowed down.
func (o object) like(key string, f matching) string {
	s, ok := o.text(key)
	if !ok {
		return f.otherwise
	}
	if !f.like.MatchString(s) {
		o.bad(key, fmt.Sprintf("%q is not legal", s), "legal: "+f.what)
		return f.otherwise
	}
	return s
}

// nameForm is what a name looks like, as a key of a mapping.
var nameForm = regexp.MustCompile(fmt.Sprintf("^%s$", sample.NameForm))

// MaxName is the most characters of a name that a person gives; sample.ValidName says what names
// look like.
const MaxName = 100

// name is the name of an arm, a workload or the campaign itself.
func (o object) name(key string) string {
	s, ok := o.text(key)
	switch {
	case !ok:
		return ""
	case !sample.ValidName(s) || len(s) > MaxName:
		o.bad(key, fmt.Sprintf("%q is not legal", s), fmt.Sprintf("legal: up to %d letters, digits and ._+,=:- beginning with a letter or digit", MaxName))
		return ""
	}
	return s
}

func (o object) integer(key string) int {
	f := formOf[whole](o, key)
	if o.get(key) == nil {
		return f.otherwise
	}
	return object{r: o.r, n: o.get(key), path: o.at(key)}.integerHere(f)
}

func (o object) integerHere(f whole) int {
	s, ok := o.textHere()
	if !ok {
		return f.otherwise
	}
	i, err := strconv.Atoi(s)
	if err != nil || i < f.least || i > f.most {
		o.r.bad(o.n, o.path, fmt.Sprintf("%q is not legal", s), "legal: "+f.what())
		return f.otherwise
	}
	return i
}

func (f whole) what() string { return fmt.Sprintf("a whole number from %d to %d", f.least, f.most) }

// number is a decimal number.
func (o object) number(key string) float64 {
	f := formOf[number](o, key)
	s, ok := o.text(key)
	if !ok {
		return f.otherwise
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(s, f.unit)), 64)
	if err != nil || !(x > f.least && x <= f.most) { // written so that NaN is refused, too
		o.bad(key, fmt.Sprintf("%q is not legal", s), "legal: "+f.what())
		return f.otherwise
	}
	return x
}

func (f number) what() string {
	return fmt.Sprintf("a number above %g, up to %g%s", f.least, f.most, f.unit)
}

func (o object) duration(key string) time.Duration {
	f := formOf[span](o, key)
	s, ok := o.text(key)
	if !ok {
		return f.otherwise
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > f.most {
		o.bad(key, fmt.Sprintf("%q is not legal", s), "legal: "+f.what())
		return f.otherwise
	}
	return d
}

func (f span) what() string {
	return fmt.Sprintf("a number with its unit from 0s to %s, such as 500ms or 2s", f.most)
}

func (o object) flag(key string) bool {
	_ = formOf[truth](o, key)
	return o.wordOf(key, "false", "true", "false") == "true"
}

// items are the elements of a list with their paths; nil when there is none.
func (o object) items(key string) []object {
	n := o.get(key)
	if n == nil {
		return nil
	}
	if n.kind != list {
		o.bad(key, "this must be a list, not "+n.kind.String(), "begin each of its elements with a dash")
		return nil
	}
	all := make([]object, 0, len(n.items))
	for i, item := range n.items {
		if item.kind != unusable {
			all = append(all, object{r: o.r, n: item, path: fmt.Sprintf("%s[%d]", o.at(key), i)})
		}
	}
	return all
}

// words is a list of single values.
func (o object) words(key string) []string {
	if n := o.get(key); n != nil && n.kind == scalar && n.text != "" {
		o.bad(key, "this must be a list, not "+n.kind.String(), "write its words in brackets, with commas between them")
		return nil
	}
	var all []string
	for _, item := range o.items(key) {
		if s, ok := item.textHere(); ok {
			all = append(all, s)
		}
	}
	return all
}

// someOf is a list of a few words, each at most once.
func (o object) someOf(key string) []string {
	choices := formOf[word](o, key).of
	var all []string
	for _, item := range o.items(key) {
		w := item.wordHere("", choices)
		if w != "" && slices.Contains(all, w) {
			o.r.bad(item.n, item.path, strconv.Quote(w)+" stands twice in the list", "delete one")
		}
		all = append(all, w)
	}
	if o.get(key) != nil && len(all) == 0 {
		o.bad(key, "the list is empty", "give one of its words or delete the key")
	}
	return all
}

// reader turns nodes into fields and remembers what is wrong. Its methods return the default where
// the file says nothing or something wrong, so that one pass finds every problem.
type reader struct {
	file     string
	stored   bool // the text was legal once: whether its parts fit together is not checked
	problems []Problem
	more     int // problems beyond maxProblems

	second   bool                   // the file has a second document
	inside   map[string]string      // texts of files of profiles that stand in it, by their names; nil without any
	packages packages               // of drivers, of which it says what they are
	places   map[[2]string]ownPlace // where what files of profiles have stands, by profiles or define and the id
}

// maxProblems is how many problems are told one by one.
const maxProblems = 100

func (r *reader) bad(at *node, path, message, hint string) {
	if len(r.problems) == maxProblems {
		r.more++
		return
	}
	r.problems = append(r.problems, Problem{
		File: r.file, Line: at.line, Column: at.column, Path: foreign.Line(path), Message: foreign.Line(message), Hint: foreign.Line(strings.TrimSpace(hint)),
	})
}

// object is a mapping whose keys are known.
type object struct {
	r    *reader
	n    *node
	path string
	keys group
	none bool // it is no mapping, which is reported: its keys cannot be missing
}

// object takes n as a mapping with the given keys; everything else in it is a problem, and so is a key that is missing.
func (r *reader) object(n *node, path string, keys group) object {
	o := object{r: r, n: n, path: path, keys: keys}
	if n.kind != mapping {
		r.bad(n, path, "this must be a group of keys, not "+n.kind.String(), "its keys are "+strings.Join(keys.names(), ", "))
		o.none = true
		return o
	}
	for _, e := range n.entries {
		switch {
		case !slices.Contains(keys.names(), e.key):
			r.unknown(e, o.at(e.key), keys.names())
		case e.value.kind == null:
			r.bad(e.at, o.at(e.key), "this key has no value", "give it one or delete the line")
		}
	}
	for _, k := range keys {
		if k.missing != "" {
			o.require(k.missing, k.name)
		}
	}
	return o
}

// unknown refuses a key. A password is refused with the way to give it, and never shown.
func (r *reader) unknown(e entry, path string, keys []string) {
	switch strings.ToLower(e.key) {
	case "password", "passwd", "pass", "secret":
		r.bad(e.at, path, "a password does not belong into a campaign file, which is stored with the results",
			"put it into an environment variable and name that as password_env, or into a file that only you can read and name that as password_file, or say password_prompt: true to be asked")
		return
	}
	r.bad(e.at, path, "unknown key", matrix.Meant(matrix.Nearest(e.key, keys))+"known here: "+strings.Join(keys, ", "))
}

// at is the path of a key of o.
func (o object) at(key string) string {
	if o.path == "" {
		return key
	}
	return o.path + "." + key
}

// get is the node of a key; nil when the file says nothing.
func (o object) get(key string) *node {
	n := o.n.get(key)
	if n == nil || n.kind == null || n.kind == unusable {
		return nil
	}
	return n
}

func (o object) has(key string) bool { return o.n.get(key) != nil }

// bad records a problem with the value of a key, or with o where the key is missing.
func (o object) bad(key, message, hint string) {
	at := o.n
	if n := o.n.get(key); n != nil {
		at = n
	}
	o.r.bad(at, o.at(key), message, hint)
}

// require reports keys that are missing.
func (o object) require(hint string, keys ...string) {
	for _, k := range keys {
		if !o.has(k) && !o.none {
			o.r.bad(o.n, o.at(k), "missing", hint)
		}
	}
}

// refuse reports keys that the rest of the file leaves no place for.
func (o object) refuse(because string, keys ...string) {
	for _, k := range keys {
		if o.has(k) {
			o.bad(k, "not legal here: "+because, "delete it")
		}
	}
}
