// Package kernelfiles reads the files of one line in which the kernel says what is set (/proc, /sys), below a root that
// is "/" on a host and a folder in tests.
//
// Place in the flow: bench/hygiene, bench/hostset -> kernelfiles.
package kernelfiles

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"vnettune/foreign"
)

// MaxFile is the most bytes that are read of a file; of one that is longer nothing is taken.
const MaxFile = 1 << 20

// Line is the first line of a file below the root; "" where there is none that can be read.
func Line(root string, path ...string) string {
	text, err := foreign.ReadFile(filepath.Join(append([]string{root}, path...)...), MaxFile)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return foreign.Line(strings.TrimSpace(first))
}

// Glob are the files of a pattern below the root, without a slash in front, in the order of the numbers in their names.
func Glob(root, pattern string) []string {
	files, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil {
		return nil // a pattern of ours is none that is wrong
	}
	slices.SortFunc(files, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	for i, f := range files {
		files[i] = strings.TrimPrefix(strings.TrimPrefix(f, root), "/")
	}
	return files
}
