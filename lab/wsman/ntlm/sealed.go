package ntlm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"mime"
	"regexp"
	"strconv"
	"strings"
)

// The form of a sealed body ([MS-WSMV] 2.2.9.1): a part that describes the message,
// then one with the length of the signature, the signature and the message. There is
// no line end before the last boundary, so nothing but the lengths says where it is.
const (
	typeEncrypted = "multipart/encrypted"
	sealProtocol  = "application/HTTP-SPNEGO-session-encrypted"
	sealBoundary  = "Encrypted Boundary"

	// ContentSealed is the content type of a sealed body.
	ContentSealed = typeEncrypted + `;protocol="` + sealProtocol + `";boundary="` + sealBoundary + `"`
)

// SealOverhead is what a sealed body may be longer than its message, in bytes.
const SealOverhead = 1024

// IsSealed says whether a request claims a sealed body.
func IsSealed(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(kind), typeEncrypted)
}

var (
	sealHead     = regexp.MustCompile(`(?i)^[ \t]*Content-Type:[ \t]*` + regexp.QuoteMeta(sealProtocol) + `\r\n[ \t]*OriginalContent:[ \t]*type=([^\r\n]*);[ \t]*Length=(\d{1,9})\r\n`)
	sealDataHead = regexp.MustCompile(`(?i)^[ \t]*Content-Type:[ \t]*application/octet-stream\r\n`)
)

// ParseSealed takes a sealed body apart.
func ParseSealed(contentType string, body []byte) (sig, sealed []byte, err error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, nil, fmt.Errorf("content type: %w", err)
	}
	if !strings.EqualFold(params["protocol"], sealProtocol) {
		return nil, nil, fmt.Errorf("the protocol is %q, not %s", params["protocol"], sealProtocol)
	}
	boundary := []byte("--" + params["boundary"])
	line := append(bytes.Clone(boundary), "\r\n"...)
	rest, ok := bytes.CutPrefix(body, line)
	head := sealHead.FindSubmatch(rest)
	if !ok || head == nil {
		return nil, nil, errors.New("the body does not begin with the part that describes the message")
	}
	rest, ok = bytes.CutPrefix(rest[len(head[0]):], line)
	data := sealDataHead.Find(rest)
	if !ok || data == nil {
		return nil, nil, errors.New("the part with the message is missing")
	}
	rest = rest[len(data):]
	length, err := strconv.Atoi(string(head[2]))
	if err != nil {
		return nil, nil, err
	}
	if len(rest) < 4 || binary.LittleEndian.Uint32(rest) != SignatureSize {
		return nil, nil, fmt.Errorf("the signature has not %d bytes", SignatureSize)
	}
	rest = rest[4:]
	if len(rest) < SignatureSize+length {
		return nil, nil, errors.New("the message is shorter than its length says")
	}
	sig, sealed, rest = rest[:SignatureSize], rest[SignatureSize:SignatureSize+length], rest[SignatureSize+length:]
	if end := append(bytes.Clone(boundary), "--"...); !bytes.HasPrefix(rest, end) || len(bytes.TrimSpace(rest[len(end):])) > 0 {
		return nil, nil, errors.New("the message is longer than its length says")
	}
	return sig, sealed, nil
}

// ComposeSealed puts the sealed body of a message of the content type given together.
func ComposeSealed(contentType string, sig, sealed []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "--%s\r\n\tContent-Type: %s\r\n\tOriginalContent: type=%s;Length=%d\r\n--%s\r\n\tContent-Type: application/octet-stream\r\n",
		sealBoundary, sealProtocol, contentType, len(sealed), sealBoundary)
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(sig))))
	b.Write(sig)
	b.Write(sealed)
	fmt.Fprintf(&b, "--%s--\r\n", sealBoundary)
	return b.Bytes()
}
