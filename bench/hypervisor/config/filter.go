package config

import (
	"regexp"
	"strings"
)

// leftOut stands for a value that is not kept.
const leftOut = "(left out)"

var (
	keyForm   = regexp.MustCompile(`^[+-]?[A-Za-z][A-Za-z0-9_.-]{0,63}$`)
	valueForm = regexp.MustCompile(`^[A-Za-z0-9_.:+-]{0,64}$`) // no path, no address with a user, no sentence
	secretKey = regexp.MustCompile(`(?i)secret|passw|key|token|cookie|cred|auth|cert|tls|sasl|login`)
)

// kept is the value of a key, or leftOut where it may be more than a number, a switch or a
// word.
func kept(key, value string) string {
	if secretKey.MatchString(key) || !valueForm.MatchString(value) {
		return leftOut
	}
	return value
}

// volatile are the keys that are another at every start of one and the same machine, or only
// tie one option to another.
var volatile = map[string]bool{
	"id": true, "netdev": true, "fd": true, "fds": true, "vhostfd": true, "vhostfds": true, "ifname": true,
	"bus": true, "addr": true, "chardev": true, "script": true, "downscript": true, "helper": true,
	"qom-type": true, "driver": true, "bootindex": true,
}

// option is one key of an option's value.
type option struct{ key, value string }

// line is an option with what is kept of its value.
func line(name, first string, options []option) string {
	var words []string
	if first != "" {
		words = append(words, kept("", first))
	}
	for _, o := range options {
		switch {
		case volatile[o.key]:
		case !keyForm.MatchString(o.key):
			words = append(words, leftOut)
		case o.value == "":
			words = append(words, o.key)
		default:
			words = append(words, o.key+"="+kept(o.key, o.value))
		}
	}
	if len(words) == 0 {
		return name
	}
	return name + " " + strings.Join(words, ",")
}
