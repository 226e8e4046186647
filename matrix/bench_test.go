package matrix

import "testing"

// The catalogue is parsed at the start of almost every command.
func BenchmarkCatalogue(b *testing.B) {
	for b.Loop() {
		if _, err := parseCatalogue(catalogueYAML); err != nil {
			b.Fatal(err)
		}
	}
}
