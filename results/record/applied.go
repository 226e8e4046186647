package record

import (
	"fmt"
	"time"
)

// Applied is what vnettune apply has put on a guest to stay, as the guest says it.
type Applied struct {
	ID    string    `json:"id"`    // of the owner that put it there
	What  string    `json:"what"`  // a word for it: what no mark can hold stands as -
	Host  string    `json:"host"`  // where vnettune apply ran
	Since time.Time `json:"since"` // by the guest's clock
}

// String says what it is, and whose.
func (a Applied) String() string {
	return fmt.Sprintf("%s, by vnettune apply on %s at %s (owner %s)", a.What, a.Host, a.Since.UTC().Format(time.RFC3339), a.ID)
}
