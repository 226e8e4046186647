package chart

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestGolden(t *testing.T) {
	for name, sample := range samples() {
		t.Run(name, func(t *testing.T) {
			spec, err := sample.Spec()
			if err != nil {
				t.Fatal(err)
			}
			svg, err := Render(context.Background(), spec)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", append(bytes.Clone(spec), '\n'))
			golden(t, name+".svg", svg)
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}
