package apply_test

import (
	"context"
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/apply/winrm"
	"vnettune/foreign"
)

// liar is a guest that answers everything with the same.
type liar struct {
	*rebooter
	result winrm.Result
}

func (l liar) Run(context.Context, string, []byte) (winrm.Result, error) { return l.result, nil }

// A guest that answers too much, or nonsense, costs little, and its words can be shown.
func TestHostileGuests(t *testing.T) {
	const n = 1 << 20
	words := "\x1b[31m\u202e\u009b\r\nowned: " + strings.Repeat("x", n)
	quoted, err := json.Marshal(words)
	if err != nil {
		t.Fatal(err)
	}
	for name, result := range map[string]winrm.Result{
		"adapters":           {Stdout: []byte(`{"adapters":[` + strings.Repeat("{},", 4*n) + `{}]}`)},
		"fewer adapters":     {Stdout: []byte(`{"adapters":[` + strings.Repeat("{},", n/2) + `{}]}`)},
		"pending":            {Stdout: []byte(`{"pending":[` + strings.Repeat("0,", 8*n) + `0]}`)},
		"keywords":           {Stdout: []byte(`{"adapters":{"keywords":{` + strings.Repeat(`"a":"",`, n) + `"a":""}}}`)},
		"in each other":      {Stdout: []byte(strings.Repeat(`{"a":`, n))},
		"16 MiB of nothing":  {Stdout: make([]byte, 16*n)},
		"words of a script":  {Stdout: []byte(`{"error":{"where":` + string(quoted) + `,"message":` + string(quoted) + `}}`)},
		"words":              {Stdout: []byte(words), Exit: 1},
		"words as an error":  {Stderr: []byte(words), Exit: 1},
		"facts that paint":   {Stdout: []byte(`{"build":1,"caption":` + string(quoted) + `,"computerName":` + string(quoted) + `}`)},
		"facts of no system": {Stdout: []byte(`{"build":` + strings.Repeat("9", n) + `}`)},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRebooter(t)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := apply.New(liar{r, result}, guestAddress, 5985, r).Facts(t.Context())
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Fatal("it is taken")
			}
			if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 100 {
				t.Errorf("%d MiB were allocated: %.200s", spent, err)
			}
			if said := err.Error(); !foreign.Printable(said) || len(said) > 4*foreign.MaxLine {
				t.Errorf("words of %d bytes: %.300q", len(said), said)
			}
		})
	}
}
