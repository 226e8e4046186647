package campaign

import (
	_ "embed"
	"slices"
)

//go:embed template.yaml
var template []byte

// Template is a campaign file with a comment on every field: what `vnettune
// init` writes. It describes a real guest whose addresses are still to be filled
// in, and parses as it stands.
func Template() []byte { return slices.Clone(template) }
