package ntlm

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/rc4"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 NTLM is made of it
)

// Server is what all exchanges of one machine have in common.
type Server struct {
	Computer string // its NetBIOS name, which is the name of its accounts' domain too
	// Password of an account, matched without case; false where there is none of that name.
	Password func(user string) (string, bool)
	// Binding is the channel binding of the TLS connection under the exchange (see
	// Binding), nil where there is none. A client that sends another one is refused,
	// one that sends none is taken: CbtHardeningLevel=Relaxed, the default of WinRM.
	Binding []byte
	// Now is the machine's clock.
	Now func() time.Time
}

// ErrRefused says that a user is not who they claim to be.
var ErrRefused = errors.New("ntlm: logon failed")

// Exchange is one authentication, of three messages, on one connection.
type Exchange struct {
	server               Server
	nonce                []byte
	negotiate, challenge []byte
}

// offered are the flags that a server grants when they are asked for; mandatory ones
// are in every challenge. Unicode is among them although Python's ntlm-auth asks for
// OEM: it takes Unicode all the same, and Windows is known to speak with it.
const (
	offered   = flagSign | flagSeal | flagAlwaysSign | flagExtended | flag128 | flag56 | flagKeyExchange
	mandatory = flagUnicode | flagRequestTarget | flagNTLM | flagTargetServer | flagTargetInfo | flagVersion
)

// version is that of the server: Windows 10, build 19045, NTLM revision 15. It is
// for debugging only ([MS-NLMP] 2.2.2.10).
var version = []byte{10, 0, 0x65, 0x4a, 0, 0, 0, 15}

// Begin answers a client's NEGOTIATE_MESSAGE with a CHALLENGE_MESSAGE.
func (s Server) Begin(negotiate []byte) (x *Exchange, challenge []byte, err error) {
	nonce := make([]byte, 8)
	_, _ = rand.Read(nonce) // never fails since Go 1.24
	return s.begin(negotiate, nonce)
}

func (s Server) begin(negotiate, nonce []byte) (*Exchange, []byte, error) {
	if k, err := kind(negotiate); err != nil || k != typeNegotiate {
		return nil, nil, fmt.Errorf("ntlm: want a NEGOTIATE_MESSAGE: %w", errors.Join(err, fmt.Errorf("message of type %d", k)))
	}
	flags := binary.LittleEndian.Uint32(negotiate[12:])
	name := utf16le(s.Computer)
	var info []byte
	for _, id := range []uint16{avDomain, avComputer, avDNSDomain, avDNSComputer} {
		info = appendAV(info, id, name)
	}
	// A client that is given a time must protect the messages by a MIC.
	info = appendAV(info, avTimestamp, fileTime(s.Now()))
	info = appendAV(info, avEOL, nil)

	const head = 56 // with the version
	c := append([]byte(signature), typeChallenge, 0, 0, 0)
	c = appendField(c, len(name), head)
	c = binary.LittleEndian.AppendUint32(c, flags&offered|mandatory)
	c = append(c, nonce...)
	c = append(c, make([]byte, 8)...)
	c = appendField(c, len(info), head+len(name))
	c = append(c, version...)
	c = append(append(c, name...), info...)
	return &Exchange{server: s, nonce: nonce, negotiate: negotiate, challenge: c}, c, nil
}

func appendField(b []byte, size, offset int) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(size))
	b = binary.LittleEndian.AppendUint16(b, uint16(size))
	return binary.LittleEndian.AppendUint32(b, uint32(offset))
}

// fileTime is t in units of 100 ns since 1601-01-01 UTC.
func fileTime(t time.Time) []byte {
	const unixEpoch = 116444736000000000
	return binary.LittleEndian.AppendUint64(nil, uint64(t.UnixNano()/100+unixEpoch))
}

// minNTLMv2 is the least length of a response of NTLMv2: proof, head of the client's
// challenge and the end of its attributes. Those of older versions have 24 bytes.
const minNTLMv2 = 16 + clientHead + 4

// clientHead is what stands before the attributes in NTLMv2_CLIENT_CHALLENGE.
const clientHead = 28

// Finish checks a client's AUTHENTICATE_MESSAGE ([MS-NLMP] 3.2.5.1.2). Whatever is
// wrong with who the client is, is ErrRefused.
func (x *Exchange) Finish(message []byte) (*Session, error) {
	if k, err := kind(message); err != nil || k != typeAuthenticate {
		return nil, fmt.Errorf("ntlm: want an AUTHENTICATE_MESSAGE: %w", errors.Join(err, fmt.Errorf("message of type %d", k)))
	}
	a, err := parseAuthenticate(message)
	if err != nil {
		return nil, err
	}
	if len(a.nt) < minNTLMv2 {
		return nil, fmt.Errorf("%w: the response is not NTLMv2", ErrRefused)
	}
	password, known := x.server.Password(a.user)
	if !known {
		return nil, fmt.Errorf("%w: no such account", ErrRefused)
	}
	proof, temp := a.nt[:16], a.nt[16:]
	var key []byte
	// Some clients take no domain into the key although they send one ([MS-NLMP] 3.2.5.1.2).
	for _, domain := range []string{a.domain, ""} {
		k := ntowfv2(password, a.user, domain)
		if hmac.Equal(proof, hmacMD5(k, x.nonce, temp)) {
			key = k
			break
		}
	}
	if key == nil {
		return nil, fmt.Errorf("%w: wrong password", ErrRefused)
	}
	exported := hmacMD5(key, proof) // SessionBaseKey, with NTLMv2 the KeyExchangeKey as well
	if a.flags&flagKeyExchange != 0 && a.flags&(flagSign|flagSeal) != 0 {
		if len(a.sessionKey) != 16 {
			return nil, errors.New("ntlm: the session key has not 16 bytes")
		}
		exported = rc4Once(exported, a.sessionKey)
	}
	if err := x.checkAttributes(message, temp[clientHead:], exported); err != nil {
		return nil, err
	}
	return newSession(a.flags, exported, false)
}

// checkAttributes checks what the client's attributes say of the messages and of the
// connection under them.
func (x *Exchange) checkAttributes(message, attributes, exported []byte) error {
	flags, err := findAV(attributes, avFlags)
	if err != nil {
		return err
	}
	if len(flags) == 4 && binary.LittleEndian.Uint32(flags)&avMIC != 0 {
		if len(message) < micAt+micSize {
			return errors.New("ntlm: the message is too short for its MIC")
		}
		if !hmac.Equal(message[micAt:micAt+micSize], hmacMD5(exported, x.negotiate, x.challenge, withoutMIC(message))) {
			return fmt.Errorf("%w: the messages were changed on their way", ErrRefused)
		}
	}
	binding, err := findAV(attributes, avChannelBinding)
	if err != nil {
		return err
	}
	if x.server.Binding != nil && strings.Trim(string(binding), "\x00") != "" && !hmac.Equal(binding, x.server.Binding) {
		return fmt.Errorf("%w: the client is bound to another TLS connection", ErrRefused)
	}
	return nil
}

// ntowfv2 is NTOWFv2 of [MS-NLMP] 3.3.2.
func ntowfv2(password, user, domain string) []byte {
	h := md4.New()
	h.Write(utf16le(password))
	return hmacMD5(h.Sum(nil), utf16le(strings.ToUpper(user)+domain))
}

func hmacMD5(key []byte, parts ...[]byte) []byte {
	h := hmac.New(md5.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// rc4Once is RC4K of [MS-NLMP] 6: data under a key that is used once.
func rc4Once(key, data []byte) []byte {
	c := newRC4(key)
	out := make([]byte, len(data))
	c.XORKeyStream(out, data)
	return out
}

// newRC4 makes a cipher; keys are 16 bytes of a hash, which RC4 takes.
func newRC4(key []byte) *rc4.Cipher {
	c, err := rc4.NewCipher(key)
	if err != nil {
		panic(err)
	}
	return c
}
