package windows

import "fmt"

// refusal is what a program of Windows prints when it refuses: an answer in
// Windows' words, carried as an error.
type refusal string

func (r refusal) Error() string { return string(r) }

func refusef(format string, args ...any) error { return refusal(fmt.Sprintf(format, args...)) }
