package ntlm

import "testing"

func FuzzParseSealed(f *testing.F) {
	f.Add(ContentSealed, ComposeSealed("application/soap+xml", make([]byte, 16), []byte("sealed")))
	f.Add(`multipart/encrypted;protocol="x";boundary=""`, []byte("----\r\n"))
	f.Fuzz(func(t *testing.T, contentType string, b []byte) {
		sig, sealed, err := ParseSealed(contentType, b)
		if err == nil && (len(sig) != 16 || len(sig)+len(sealed) > len(b)) {
			t.Errorf("signature of %d bytes, message of %d in a body of %d", len(sig), len(sealed), len(b))
		}
	})
}
