package trouble

import (
	"fmt"
	"runtime/debug"
)

// Panic is a panic that was caught: a mistake of the program, not of its user.
type Panic struct {
	Value any
	Stack []byte // of the goroutine that panicked
}

// Error says that it is a mistake of the program; where it is, only the stack says.
func (p *Panic) Error() string { return fmt.Sprintf("internal error: %v", p.Value) }

// Advice asks for a report.
func (p *Panic) Advice() string {
	return "this is a mistake of vnettune: please report it with the stack"
}

// Guard runs do, and gives a panic in it as a *Panic, so that what has to be cleaned up
// still is. What do had begun is in any state.
func Guard(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &Panic{Value: p, Stack: debug.Stack()}
		}
	}()
	return do()
}
