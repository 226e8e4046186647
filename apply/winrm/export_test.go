package winrm

import "time"

// HurryQuota shortens the waits for a quota in tests.
func (c *Client) HurryQuota() { c.pause = time.Millisecond }

// Settle waits until no shell is being deleted.
func (c *Client) Settle() { c.leaving.Wait() }

// ParseReceive is parseReceive.
var ParseReceive = parseReceive
