package matrix

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Legal says which values a setting takes: the words of Enum, the numbers from
// Min to Max in steps of Step, or both. With neither, a short text is taken.
//
// The words found and default are legal for every setting, absent if Absent says so.
type Legal struct {
	Enum   []string          // canonical words or numbers, in the catalogue's order
	Words  map[string]string // for numbers in Enum: what they mean
	Builds map[string]int    `json:",omitempty"` // words of Enum with the first build that knows them
	Number bool              // Min, Max and Step hold
	Min    uint64
	Max    uint64
	Step   uint64 // 0 and 1 alike: every number
	Absent bool   // the value can be deleted: it lives in the registry
	Advice string
}

// text is what a value without a list of legal values may look like; it keeps
// quotes, spaces and line ends out of everything that is sent to a guest.
var text = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$`)

// Canon is the canonical form of a value as a person may write it: a hexadecimal number becomes
// decimal, leading zeros go, words take lower case. A value that is not legal is changed as little
// as possible; Check says what is wrong with it.
func (l Legal) Canon(v Value) Value {
	s := strings.TrimSpace(string(v))
	switch low := Value(strings.ToLower(s)); low {
	case Found, Default, Absent:
		return low
	}
	if len(l.Enum) == 0 && !l.Number || slices.Contains(l.Enum, s) {
		return Value(s)
	}
	if n, err := parseNumber(s); err == nil {
		return Value(strconv.FormatUint(n, 10))
	}
	return Value(strings.ToLower(s))
}

// parseNumber reads a decimal number, or a hexadecimal one after 0x.
func parseNumber(s string) (uint64, error) {
	if hex, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		return strconv.ParseUint(hex, 16, 64)
	}
	return strconv.ParseUint(s, 10, 64)
}

// Check says whether a canonical value is legal; the error names the legal
// choices and, for a misspelt word, the nearest.
func (l Legal) Check(v Value) error {
	switch v {
	case Found, Default:
		return nil
	case Absent:
		if l.Absent {
			return nil
		}
		return fmt.Errorf("%q needs a registry value, and this setting is none; legal: %s", v, l)
	}
	if l.takes(string(v)) {
		return nil
	}
	return fmt.Errorf("%q is not legal; %slegal: %s", v, Meant(Nearest(string(v), l.choices())), l)
}

func (l Legal) takes(s string) bool {
	if slices.Contains(l.Enum, s) {
		return true
	}
	if l.Number {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil || strconv.FormatUint(n, 10) != s || n < l.Min || n > l.Max {
			return false
		}
		return l.Step <= 1 || (n-l.Min)%l.Step == 0
	}
	return len(l.Enum) == 0 && text.MatchString(s)
}

// choices are the words that a misspelt value may have meant.
func (l Legal) choices() []string {
	words := append(slices.Clone(l.Enum), string(Found), string(Default))
	if l.Absent {
		words = append(words, string(Absent))
	}
	return words
}

// String lists the legal values for a message.
func (l Legal) String() string {
	var parts []string
	for _, e := range l.Enum {
		if w := l.Words[e]; w != "" {
			e += " (" + w + ")"
		}
		parts = append(parts, e)
	}
	switch {
	case l.Number && l.Step > 1:
		parts = append(parts, fmt.Sprintf("%d to %d in steps of %d", l.Min, l.Max, l.Step))
	case l.Number:
		parts = append(parts, fmt.Sprintf("%d to %d", l.Min, l.Max))
	case len(l.Enum) == 0:
		parts = append(parts, "a text of letters, digits and ._:-")
	}
	if l.Absent {
		parts = append(parts, string(Absent))
	}
	return strings.Join(append(parts, string(Default), string(Found)), ", ")
}
