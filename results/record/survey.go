package record

// Survey is what a guest has of the settings that are known, read without a write.
type Survey struct {
	Guest    Guest      `json:"guest"`
	Adapter  Adapter    `json:"adapter"` // under test, with what its driver declares
	Settings []Surveyed `json:"settings"`
	Unread   []Unread   `json:"unread"`
}

// Surveyed is one place of a setting as it was read. A setting of TCP templates has one a template.
type Surveyed struct {
	Original
	InEffect InEffect `json:"in_effect"`
	Reason   string   `json:"reason"` // of InEffect, in words
}

// Unread is a setting that the guest did not tell, and why.
type Unread struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}
