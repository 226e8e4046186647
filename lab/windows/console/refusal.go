package console

import "fmt"

// Refusal is what a program of Windows prints when it refuses: an answer in
// Windows' words, carried as an error.
type Refusal string

func (r Refusal) Error() string { return string(r) }

func Refusef(format string, args ...any) error { return Refusal(fmt.Sprintf(format, args...)) }
