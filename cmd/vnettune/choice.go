package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"vnettune/matrix"
	"vnettune/trouble"
)

// choice is the value of a flag that takes one of a few words: what is refused, and what a
// shell offers, is the same list.
type choice[T ~string] struct {
	value *T
	legal []T
}

// oneOf adds a flag that takes one of the legal words; first is the word that it has unless told
// otherwise, and may be empty, which then is not one of them.
func oneOf[T ~string](flags *pflag.FlagSet, value *T, name string, first T, usage string, legal ...T) {
	*value = first
	flags.Var(choice[T]{value, legal}, name, usage)
}

// formats adds --format of a command that has no pages, whose answer is text or JSON.
func formats(flags *pflag.FlagSet, value *string) {
	oneOf(flags, value, "format", "text", "text or json", "text", "json")
}

func (c choice[T]) String() string { return string(*c.value) }

// Type is the word that --help shows for the value.
func (c choice[T]) Type() string { return "string" }

func (c choice[T]) Set(word string) error {
	if !slices.Contains(c.legal, T(word)) {
		return notLegal{c.words()}
	}
	*c.value = T(word)
	return nil
}

func (c choice[T]) words() []string {
	words := make([]string, len(c.legal))
	for i, w := range c.legal {
		words[i] = string(w)
	}
	return words
}

// notLegal is the error about a word that a choice does not have.
type notLegal struct{ legal []string }

func (e notLegal) Error() string { return "use one of " + strings.Join(e.legal, ", ") }

// of names the flag and the word.
func (e notLegal) of(wrong *pflag.InvalidValueError) error {
	return trouble.Hint(fmt.Errorf("--%s: %q is not legal", wrong.GetFlag().Name, wrong.GetValue()), "%s%s", matrix.Meant(matrix.Nearest(wrong.GetValue(), e.legal)), e)
}
