package ntlm

import (
	"encoding/base64"
	"testing"
)

// challenge is one that a server may send: NTLM, type 2, with all flags that are taken and no
// target information.
var challenge = append(append([]byte("NTLMSSP\x00\x02\x00\x00\x00\x00\x00\x00\x00\x38\x00\x00\x00"),
	0x35, 0x82, 0x8a, 0xe2), append([]byte("\x01\x23\x45\x67\x89\xab\xcd\xef"), make([]byte, 24)...)...)

// FuzzChallenge: no challenge of a guest brings the client down, and none without all flags
// is answered where messages are to be sealed.
func FuzzChallenge(f *testing.F) {
	f.Add(challenge, true)
	f.Add(challenge, false)
	f.Add([]byte{}, true)
	f.Fuzz(func(t *testing.T, challenge []byte, seal bool) {
		c, err := NewClient(`GUEST\user`, "secret")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Hello(); err != nil {
			t.Fatal(err)
		}
		answer, err := c.Answer(base64.StdEncoding.EncodeToString(challenge), seal, nil)
		if err != nil {
			return
		}
		if seal && flagsOf(challenge)&sealFlags != sealFlags {
			t.Errorf("%x is answered without all flags", challenge)
		}
		if _, err := base64.StdEncoding.DecodeString(answer); err != nil || answer == "" {
			t.Errorf("answer %q, %v", answer, err)
		}
	})
}

// The challenge that the target starts from is a real one.
func TestAChallengeIsAnswered(t *testing.T) {
	c, err := NewClient("user", "secret")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Hello(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Answer(base64.StdEncoding.EncodeToString(challenge), true, nil); err != nil {
		t.Error(err)
	}
}
