package winrm

import "time"

// HurryPauses shortens the waits for a quota, and for room for input, in tests.
func (c *Client) HurryPauses() { c.pause = time.Millisecond }

// Room is how many commands a shell of the guest is given.
func (c *Client) Room() int { return c.roomFor() }

// Settle waits until no shell is being deleted.
func (c *Client) Settle() { c.leaving.Wait() }

// ParseReceive is parseReceive.
var ParseReceive = parseReceive
