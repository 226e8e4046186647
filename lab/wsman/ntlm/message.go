package ntlm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
)

// signature begins every message.
const signature = "NTLMSSP\x00"

// Message types.
const (
	typeNegotiate    = 1
	typeChallenge    = 2
	typeAuthenticate = 3
)

// Flags of [MS-NLMP] 2.2.2.5 that matter here.
const (
	flagUnicode       = 1 << 0
	flagRequestTarget = 1 << 2
	flagSign          = 1 << 4
	flagSeal          = 1 << 5
	flagNTLM          = 1 << 9
	flagAlwaysSign    = 1 << 15
	flagTargetServer  = 1 << 17
	flagExtended      = 1 << 19 // extended session security
	flagTargetInfo    = 1 << 23
	flagVersion       = 1 << 25
	flag128           = 1 << 29
	flagKeyExchange   = 1 << 30
	flag56            = 1 << 31
)

// Lengths in bytes of what stands at fixed places.
const (
	negotiateHead    = 16 // signature, type, flags
	authenticateHead = 64 // up to and with the flags
	micAt            = authenticateHead + 8
	micSize          = 16
)

// kind checks what every message begins with and gives its type.
func kind(b []byte) (uint32, error) {
	if len(b) < negotiateHead || string(b[:8]) != signature {
		return 0, errors.New("ntlm: not an NTLM message")
	}
	return binary.LittleEndian.Uint32(b[8:]), nil
}

// authenticate is a parsed AUTHENTICATE_MESSAGE ([MS-NLMP] 2.2.1.3).
type authenticate struct {
	nt           []byte // NtChallengeResponse
	domain, user string
	sessionKey   []byte // EncryptedRandomSessionKey
	flags        uint32
}

func parseAuthenticate(b []byte) (*authenticate, error) {
	if len(b) < authenticateHead {
		return nil, errors.New("ntlm: the AUTHENTICATE_MESSAGE is cut off")
	}
	a := &authenticate{flags: binary.LittleEndian.Uint32(b[60:])}
	var domain, user []byte
	for _, f := range []struct {
		at   int
		into *[]byte
		name string
	}{{20, &a.nt, "NtChallengeResponse"}, {28, &domain, "DomainName"}, {36, &user, "UserName"}, {52, &a.sessionKey, "EncryptedRandomSessionKey"}} {
		size, offset := int(binary.LittleEndian.Uint16(b[f.at:])), binary.LittleEndian.Uint32(b[f.at+4:])
		if size == 0 {
			continue
		}
		if uint64(offset)+uint64(size) > uint64(len(b)) || offset < authenticateHead {
			return nil, fmt.Errorf("ntlm: %s lies outside of the message", f.name)
		}
		*f.into = b[offset : int(offset)+size]
	}
	if a.flags&flagUnicode == 0 {
		return nil, errors.New("ntlm: the names are not in Unicode")
	}
	var err error
	if a.domain, err = decodeUTF16(domain); err != nil {
		return nil, err
	}
	a.user, err = decodeUTF16(user)
	return a, err
}

// Attribute ids of AV_PAIR ([MS-NLMP] 2.2.2.1).
const (
	avEOL            = 0
	avComputer       = 1
	avDomain         = 2
	avDNSComputer    = 3
	avDNSDomain      = 4
	avFlags          = 6
	avTimestamp      = 7
	avChannelBinding = 10
)

// avMIC is the bit of avFlags that says that the message has a MIC.
const avMIC = 2

// findAV gives the value of an attribute, nil where the list has none.
func findAV(list []byte, id uint16) ([]byte, error) {
	for len(list) >= 4 {
		have, size := binary.LittleEndian.Uint16(list), int(binary.LittleEndian.Uint16(list[2:]))
		if have == avEOL {
			return nil, nil
		}
		if len(list) < 4+size {
			break
		}
		if have == id {
			return list[4 : 4+size], nil
		}
		list = list[4+size:]
	}
	return nil, errors.New("ntlm: the list of attributes has no end")
}

func appendAV(list []byte, id uint16, value []byte) []byte {
	list = binary.LittleEndian.AppendUint16(list, id)
	list = binary.LittleEndian.AppendUint16(list, uint16(len(value)))
	return append(list, value...)
}

// utf16le encodes text as the messages carry it.
func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func decodeUTF16(b []byte) (string, error) {
	if len(b)%2 != 0 {
		return "", errors.New("ntlm: half a character in a name")
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units)), nil
}

// withoutMIC is the message as its MIC was computed over it.
func withoutMIC(b []byte) []byte {
	b = bytes.Clone(b)
	clear(b[micAt : micAt+micSize])
	return b
}
