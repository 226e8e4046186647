package ntlm

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

// The published example of [MS-NLMP] 4.2.4: User, Password, Domain, the server's
// challenge 01 23 45 67 89 ab cd ef and the random session key of sixteen 55.
const (
	exampleAuthenticate = `
		4e544c4d5353500003000000180018006c00000054005400840000000c000c0048000000080008005400000010001000
		5c00000010001000d8000000358288e20501280a0000000f44006f006d00610069006e0055007300650072004300
		4f004d00500055005400450052008 6c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa68cd0ab851e51c96
		aabc927bebef6a1c01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00
		610069006e0001000c005300650072007600650072000000000000000000c5dad2544fc9799094ce1ce90bc9d03e`
	exampleNTOWFv2  = "0c868a403bfd7a93a3001ef22ef02e3f"
	exampleExported = "55555555555555555555555555555555"
	exampleSealKey  = "59f600973cc4960a25480a7c196e4c58"
	exampleSignKey  = "4788dc861b4782f35d43fd98fe1a2d39"
	exampleSealed   = "54e50165bf1936dc996020c1811b0f06fb5f"
	exampleSig      = "010000007fb38ec5c55d497600000000"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func account(user string) (string, bool) {
	return "Password", strings.EqualFold(user, "User")
}

func example(t testing.TB) (*Exchange, []byte) {
	t.Helper()
	negotiate := append([]byte(signature), typeNegotiate, 0, 0, 0)
	negotiate = binary.LittleEndian.AppendUint32(negotiate, offered|mandatory)
	s := Server{Computer: "Server", Password: account, Now: time.Now}
	x, challenge, err := s.begin(negotiate, unhex(t, "0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return x, challenge
}

func TestPublishedKeys(t *testing.T) {
	if got := hex.EncodeToString(ntowfv2("Password", "User", "Domain")); got != exampleNTOWFv2 {
		t.Errorf("NTOWFv2 %s, want %s", got, exampleNTOWFv2)
	}
	s, err := newSession(0xe28a8233, unhex(t, exampleExported), true)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(s.out.sign); got != exampleSignKey {
		t.Errorf("SignKey %s, want %s", got, exampleSignKey)
	}
	// The sealing key shows in what it seals, as the first message of the session.
	stream := make([]byte, 18)
	newRC4(unhex(t, exampleSealKey)).XORKeyStream(stream, utf16le("Plaintext"))
	sig, sealed := s.Seal(utf16le("Plaintext"))
	if !bytes.Equal(sealed, stream) || hex.EncodeToString(sealed) != exampleSealed {
		t.Errorf("sealed %x, want %s", sealed, exampleSealed)
	}
	if hex.EncodeToString(sig) != exampleSig {
		t.Errorf("signature %x, want %s", sig, exampleSig)
	}
}

func TestPublishedLogon(t *testing.T) {
	x, _ := example(t)
	s, err := x.Finish(unhex(t, exampleAuthenticate))
	if err != nil {
		t.Fatal(err)
	}
	if !s.Seals() {
		t.Fatal("the session does not seal")
	}
	plain, err := s.Unseal(unhex(t, exampleSig), unhex(t, exampleSealed))
	if err != nil || !bytes.Equal(plain, utf16le("Plaintext")) {
		t.Errorf("unsealed %q, %v", plain, err)
	}
}
