package main

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vnettune/results"
	"vnettune/trouble"
)

// mostReceipts is how many of this user's stores are looked at for one that is meant, the newest first.
const mostReceipts = 200

// appliedStore is the store of this user's by whose owner something is applied on a guest, as a word of a shell; STORE
// where none is known here.
func appliedStore(owner string) string {
	state, err := stateFolder()
	if err != nil {
		return "STORE"
	}
	type receipt struct {
		path string
		at   time.Time
	}
	var all []receipt
	entries, _ := os.ReadDir(receipts(state)) // without any none is known
	for _, e := range entries {
		info, err := e.Info()
		text, unread := os.ReadFile(filepath.Join(receipts(state), e.Name()))
		if err == nil && unread == nil {
			all = append(all, receipt{strings.TrimSpace(string(text)), info.ModTime()})
		}
	}
	slices.SortFunc(all, func(a, b receipt) int { return cmp.Or(b.at.Compare(a.at), strings.Compare(a.path, b.path)) })
	for _, r := range all[:min(len(all), mostReceipts)] {
		s, err := results.OpenReadOnly(r.path)
		if err != nil {
			continue // it was moved, or is nobody's any more
		}
		id, err := s.OwnerID()
		s.Close()
		if err == nil && id == owner {
			return trouble.ShellWord(r.path)
		}
	}
	return "STORE"
}
