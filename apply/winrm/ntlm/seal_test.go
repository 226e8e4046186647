package ntlm

import "testing"

// FuzzSealedParts: no body brings the reader down, and what it takes is in it.
func FuzzSealedParts(f *testing.F) {
	f.Add([]byte("--B\r\n\tContent-Type: x\r\n\tOriginalContent: type=x;Length=1\r\n--B\r\n\tContent-Type: y\r\n\x10\x00\x00\x00--B--\r\n"), "B")
	f.Fuzz(func(t *testing.T, body []byte, boundary string) {
		if n, data, err := sealedParts(body, boundary); err == nil && (n < 0 || len(data) > len(body)) {
			t.Errorf("length %d, %d bytes of %d", n, len(data), len(body))
		}
	})
}
