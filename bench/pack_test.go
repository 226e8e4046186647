package bench

import (
	"math/rand/v2"
	"os"
	"testing"

	"vnettune/foreign"
)

// A domain's XML comes out of an event as it went in, whatever events do to their texts; a damaged one is refused.
func TestPack(t *testing.T) {
	xml, err := os.ReadFile("../matrix/domain/testdata/found.xml")
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 12_000)
	for i, r := 0, rand.New(rand.NewPCG(1, 2)); i < len(noise); i++ {
		noise[i] = byte(r.IntN(256))
	}
	for name, text := range map[string]string{"a domain": string(xml), "words of others": "<a b='\u202e\x1b'>\r\n\tя</a>", "bytes": string(noise), "nothing": ""} {
		packed := pack(text)
		if len(packed) <= foreign.MaxMessage && foreign.Message(packed) != packed {
			t.Errorf("%s: an event changes it", name)
		}
		if got, err := unpack(packed); err != nil || got != text {
			t.Errorf("%s: %d bytes come out of %d: %v", name, len(got), len(text), err)
		}
		if _, err := unpack(packed[:len(packed)-8]); err == nil {
			t.Errorf("%s: a part of it is taken for the whole", name)
		}
	}
}
