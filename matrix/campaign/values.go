package campaign

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// text is a single value; false when there is none or it is no single value.
func (o object) text(key string) (string, bool) {
	n := o.get(key)
	if n == nil {
		return "", false
	}
	return object{r: o.r, n: n, path: o.at(key)}.textHere()
}

// textHere is o itself as a single value.
func (o object) textHere() (string, bool) {
	if o.n.kind != scalar {
		o.r.bad(o.n, o.path, "this must be a single value, not "+o.n.kind.String(), "")
		return "", false
	}
	return o.n.text, true
}

// word is one of a few words.
func (o object) word(key, otherwise string, choices ...string) string {
	n := o.get(key)
	if n == nil {
		return otherwise
	}
	return object{r: o.r, n: n, path: o.at(key)}.wordHere(otherwise, choices)
}

// wordHere is o itself as one of a few words.
func (o object) wordHere(otherwise string, choices []string) string {
	s, ok := o.textHere()
	if !ok {
		return otherwise
	}
	if !slices.Contains(choices, s) {
		o.r.bad(o.n, o.path, fmt.Sprintf("%q is not legal", s), meant(s, choices)+"legal: "+strings.Join(choices, ", "))
		return otherwise
	}
	return s
}

// matching is a text of a given form, which what describes.
func (o object) matching(key, otherwise string, form *regexp.Regexp, what string) string {
	s, ok := o.text(key)
	if !ok {
		return otherwise
	}
	if !form.MatchString(s) {
		o.bad(key, fmt.Sprintf("%q is not legal", s), "legal: "+what)
		return otherwise
	}
	return s
}

func (o object) integer(key string, otherwise, least, most int) int {
	s, ok := o.text(key)
	if !ok {
		return otherwise
	}
	i, err := strconv.Atoi(s)
	if err != nil || i < least || i > most {
		o.bad(key, fmt.Sprintf("%q is not legal", s), fmt.Sprintf("legal: a whole number from %d to %d", least, most))
		return otherwise
	}
	return i
}

// number is a decimal number above least and not above most; suffix may follow it.
func (o object) number(key string, otherwise, least, most float64, suffix string) float64 {
	s, ok := o.text(key)
	if !ok {
		return otherwise
	}
	x, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(s, suffix)), 64)
	if err != nil || !(x > least && x <= most) { // so that NaN is refused, too
		o.bad(key, fmt.Sprintf("%q is not legal", s), fmt.Sprintf("legal: a number above %g, up to %g%s", least, most, suffix))
		return otherwise
	}
	return x
}

func (o object) duration(key string, otherwise, most time.Duration) time.Duration {
	s, ok := o.text(key)
	if !ok {
		return otherwise
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > most {
		o.bad(key, fmt.Sprintf("%q is not legal", s), fmt.Sprintf("legal: a number with its unit from 0s to %s, such as 500ms or 2s", most))
		return otherwise
	}
	return d
}

func (o object) flag(key string) bool { return o.word(key, "false", "true", "false") == "true" }

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
	var all []object
	for i, item := range n.items {
		if item.kind != unusable {
			all = append(all, object{r: o.r, n: item, path: fmt.Sprintf("%s[%d]", o.at(key), i)})
		}
	}
	return all
}

// words is a list of single values.
func (o object) words(key string) []string {
	var all []string
	for _, item := range o.items(key) {
		if s, ok := item.textHere(); ok {
			all = append(all, s)
		}
	}
	return all
}

// someOf is a list of a few words, each at most once.
func (o object) someOf(key string, choices ...string) []string {
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
