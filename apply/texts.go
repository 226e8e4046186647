package apply

import (
	"context"
	"sync"
	"unicode/utf8"

	"vnettune/apply/winrm"
)

// texts is a Runner whose answers are UTF-8 where the guest wrote its OEM code page
// (SAMPLES 5.1). Which page that is comes with the facts, so that the first answers
// may have been read without it.
type texts struct {
	Runner

	mu   sync.Mutex
	page string // OEM code page, "" while it is not known
	raw  bool   // standard output was not UTF-8, and the page not known
}

// Run implements Runner.
func (t *texts) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	result, err := t.Runner.Run(ctx, command, stdin)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.raw = t.raw || t.page == "" && !utf8.Valid(result.Stdout) && !winrm.Wide(result.Stdout)
	if t.page != "" {
		result.Stdout, result.Stderr = []byte(winrm.Text(result.Stdout, t.page)), []byte(winrm.Text(result.Stderr, t.page))
	}
	return result, err
}

// learn takes the guest's OEM code page and says whether answers were read without
// it that have now to be asked for again.
func (t *texts) learn(page string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	again := t.raw && t.page == "" && page != ""
	t.page, t.raw = page, false
	return again
}
