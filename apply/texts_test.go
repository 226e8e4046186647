package apply_test

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"vnettune/apply/winrm"
)

// oem is a stand-in whose programs write code page 866, as those do that do not
// listen to the shell.
type oem struct{ *standIn }

func (o oem) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	r, err := o.standIn.Run(ctx, command, stdin)
	text := strings.NewReplacer(`"oemCodePage":"437"`, `"oemCodePage":"866"`, `"name":"Ethernet"`, `"name":"Сеть"`).Replace(string(r.Stdout))
	b, encodeErr := charmap.CodePage866.NewEncoder().String(text)
	if encodeErr != nil {
		panic(encodeErr) // the texts here all have their letters in it
	}
	r.Stdout = []byte(b)
	return r, err
}

// An adapter's name in the guest's OEM code page is read with the page that the same
// answer names.
func TestAnswersInTheOEMCodePage(t *testing.T) {
	s := newStandIn(t)
	g := s.guest().Through(oem{s})
	f, raw, err := g.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a, err := g.AdapterUnderTest(f)
	if err != nil || a.Name != "Сеть" || !strings.Contains(string(raw), "Сеть") {
		t.Errorf("adapter %q, %v; answer %s", a.Name, err, raw)
	}
}
