package ntlm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"mime"
	"strconv"
	"strings"

	"github.com/bodgit/ntlmssp"
)

// The form of an encrypted message ([MS-WSMV] 2.2.9.1).
const (
	sealProtocol = "application/HTTP-SPNEGO-session-encrypted"
	sealBoundary = "Encrypted Boundary"
	sealType     = "multipart/encrypted"
)

// signatureSize is the length of an NTLM message signature ([MS-NLMP] 2.2.2.9).
const signatureSize = 16

// maxPartHeader is more bytes than the first part of an encrypted message has.
const maxPartHeader = 4 << 10

// Session encrypts and signs messages with the keys of an NTLM login. Both
// ends count messages, so it serves one connection, one exchange after the other.
type Session struct{ session *ntlmssp.SecuritySession }

// Wrap seals a message of the content type given, and says the body's own.
func (s *Session) Wrap(contentType string, message []byte) (sealedType string, body []byte, err error) {
	cipher, signature, err := s.session.Wrap(message)
	if err != nil {
		return "", nil, err
	}
	if len(signature) != signatureSize || bytes.Equal(cipher, message) {
		return "", nil, ErrNotEncrypted
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "--%s\r\n\tContent-Type: %s\r\n\tOriginalContent: type=%s;Length=%d\r\n", sealBoundary, sealProtocol, contentType, len(message))
	fmt.Fprintf(&b, "--%s\r\n\tContent-Type: application/octet-stream\r\n", sealBoundary)
	b.Write(binary.LittleEndian.AppendUint32(nil, signatureSize))
	b.Write(signature)
	b.Write(cipher)
	fmt.Fprintf(&b, "--%s--\r\n", sealBoundary)
	return sealType + `;protocol="` + sealProtocol + `";boundary="` + sealBoundary + `"`, b.Bytes(), nil
}

// Unwrap opens a sealed body. One that is not sealed is not taken.
func (s *Session) Unwrap(contentType string, body []byte) ([]byte, error) {
	t, params, err := mime.ParseMediaType(contentType)
	if err != nil || t != sealType {
		return nil, ErrNotEncrypted
	}
	length, data, err := sealedParts(body, params["boundary"])
	if err != nil {
		return nil, fmt.Errorf("encrypted answer: %w", err)
	}
	if len(data) != 4+signatureSize+length || binary.LittleEndian.Uint32(data) != signatureSize {
		return nil, errors.New("encrypted answer: its length is not what it says")
	}
	data = data[4:]
	message, err := s.session.Unwrap(data[signatureSize:], data[:signatureSize])
	if err != nil {
		return nil, fmt.Errorf("encrypted answer: it was altered, or is not the guest's: %w", err)
	}
	return message, nil
}

// sealedParts takes an encrypted body apart: the length of what is in it, and the
// sealed bytes. Its two parts have headers that begin with a tab and, unlike MIME,
// no empty line behind them.
func sealedParts(body []byte, boundary string) (length int, data []byte, err error) {
	delimiter := "--" + boundary
	parts := bytes.SplitN(body, []byte(delimiter+"\r\n"), 3)
	if boundary == "" || len(parts) != 3 || len(parts[0]) != 0 || len(parts[1]) > maxPartHeader {
		return 0, nil, errors.New("it has not two parts")
	}
	length = -1
	for _, line := range strings.Split(string(parts[1]), "\r\n") {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if !strings.EqualFold(name, "OriginalContent") {
			continue
		}
		for _, field := range strings.Split(value, ";") {
			if n, ok := strings.CutPrefix(strings.TrimSpace(field), "Length="); ok {
				if length, err = strconv.Atoi(n); err != nil || length < 0 {
					return 0, nil, errors.New("its length is no number")
				}
			}
		}
	}
	_, data, ok := bytes.Cut(parts[2], []byte("\r\n")) // the second part's only header
	if length < 0 || !ok {
		return 0, nil, errors.New("its headers are incomplete")
	}
	end := bytes.LastIndex(data, []byte(delimiter+"--"))
	if end < 0 {
		return 0, nil, errors.New("it breaks off")
	}
	return length, data[:end], nil
}
