package ntlm

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rc4"
	"encoding/binary"
	"errors"
)

// SignatureSize is the length of a message's signature in bytes.
const SignatureSize = 16

// Session signs and seals the messages of an authenticated connection, in their order.
// It is not safe for concurrent use.
type Session struct {
	seals       bool
	keyExchange bool
	out, in     half
}

// half is one direction.
type half struct {
	sign   []byte
	handle *rc4.Cipher
	seq    uint32
}

// ErrUnsealed says that a message is not what the other side sealed.
var ErrUnsealed = errors.New("ntlm: the message was changed, lost or repeated on its way")

// newSession derives the keys of both directions ([MS-NLMP] 3.4.5).
func newSession(flags uint32, exported []byte, client bool) (*Session, error) {
	const strong = flagSeal | flagExtended | flag128
	s := &Session{seals: flags&strong == strong, keyExchange: flags&flagKeyExchange != 0}
	if !s.seals {
		return s, nil
	}
	direction := func(name string) half {
		key := func(use string) []byte {
			sum := md5.Sum(append(append([]byte(nil), exported...), "session key to "+name+" "+use+" key magic constant\x00"...))
			return sum[:]
		}
		return half{sign: key("signing"), handle: newRC4(key("sealing"))}
	}
	s.in, s.out = direction("client-to-server"), direction("server-to-client")
	if client {
		s.in, s.out = s.out, s.in
	}
	return s, nil
}

// Seals says that the session can seal: the client asked for it, with 128 bit.
func (s *Session) Seals() bool { return s.seals }

// Seal encrypts a message and gives its signature before it.
func (s *Session) Seal(plain []byte) (sig, sealed []byte) {
	sealed = make([]byte, len(plain))
	s.out.handle.XORKeyStream(sealed, plain)
	return s.mac(&s.out, plain), sealed
}

// Unseal decrypts a message and checks its signature. After ErrUnsealed the session is
// of no use any more.
func (s *Session) Unseal(sig, sealed []byte) ([]byte, error) {
	plain := make([]byte, len(sealed))
	s.in.handle.XORKeyStream(plain, sealed)
	if !hmac.Equal(sig, s.mac(&s.in, plain)) {
		return nil, ErrUnsealed
	}
	return plain, nil
}

// mac is the signature of the next message of a direction ([MS-NLMP] 3.4.4.2).
func (s *Session) mac(h *half, plain []byte) []byte {
	seq := binary.LittleEndian.AppendUint32(nil, h.seq)
	h.seq++
	sum := hmacMD5(h.sign, seq, plain)[:8]
	if s.keyExchange {
		h.handle.XORKeyStream(sum, sum)
	}
	sig := append([]byte{1, 0, 0, 0}, sum...)
	return append(sig, seq...)
}
