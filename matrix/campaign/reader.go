package campaign

import (
	"slices"
	"strings"
)

// reader turns nodes into fields and remembers what is wrong. Its methods return
// the default where the file says nothing or something wrong, so that one pass
// finds every problem.
type reader struct {
	file     string
	problems []Problem
}

func (r *reader) bad(at *node, path, message, hint string) {
	r.problems = append(r.problems, Problem{
		File: r.file, Line: at.line, Column: at.column, Path: path, Message: message, Hint: strings.TrimSpace(hint),
	})
}

// object is a mapping whose keys are known.
type object struct {
	r    *reader
	n    *node
	path string
	none bool // it was no mapping, which is reported: nothing can be asked of it
}

// object takes n as a mapping with the given keys; everything else in it is a
// problem.
func (r *reader) object(n *node, path string, keys ...string) object {
	o := object{r: r, n: n, path: path}
	if n.kind != mapping {
		r.bad(n, path, "this must be a group of keys, not "+n.kind.String(), "its keys are "+strings.Join(keys, ", "))
		o.none = true
		return o
	}
	for _, e := range n.entries {
		switch {
		case !slices.Contains(keys, e.key):
			r.unknown(e, o.at(e.key), keys)
		case e.value.kind == null:
			r.bad(e.at, o.at(e.key), "this key has no value", "give it one or delete the line")
		}
	}
	return o
}

// unknown refuses a key. A password is refused with the way to give it, and never
// shown.
func (r *reader) unknown(e entry, path string, keys []string) {
	switch strings.ToLower(e.key) {
	case "password", "passwd", "pass", "secret":
		r.bad(e.at, path, "a password does not belong into a campaign file, which is stored with the results",
			"put it into an environment variable and name that as password_env, or into a file that only you can read and name that as password_file, or say password_prompt: true to be asked")
		return
	}
	r.bad(e.at, path, "unknown key", meant(e.key, keys)+"known here: "+strings.Join(keys, ", "))
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
