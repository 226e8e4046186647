package wsman

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"mime"
	"regexp"
	"strconv"
	"strings"

	"vnettune/lab/wsman/ntlm"
)

// The form of a sealed body ([MS-WSMV] 2.2.9.1): a part that describes the message,
// then one with the length of the signature, the signature and the message. There is
// no line end before the last boundary, so nothing but the lengths says where it is.
const (
	typeEncrypted    = "multipart/encrypted"
	sealProtocol     = "application/HTTP-SPNEGO-session-encrypted"
	sealBoundary     = "Encrypted Boundary"
	typeSOAP         = "application/soap+xml;charset=UTF-8"
	contentEncrypted = typeEncrypted + `;protocol="` + sealProtocol + `";boundary="` + sealBoundary + `"`
)

// sealOverhead is what a sealed body may be longer than its message, in bytes.
const sealOverhead = 1024

// isSealed says whether a request claims a sealed body.
func isSealed(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(kind), typeEncrypted)
}

var (
	sealHead     = regexp.MustCompile(`(?i)^[ \t]*Content-Type:[ \t]*` + regexp.QuoteMeta(sealProtocol) + `\r\n[ \t]*OriginalContent:[ \t]*type=([^\r\n]*);[ \t]*Length=(\d{1,9})\r\n`)
	sealDataHead = regexp.MustCompile(`(?i)^[ \t]*Content-Type:[ \t]*application/octet-stream\r\n`)
)

// parseSealed takes a sealed body apart.
func parseSealed(contentType string, body []byte) (sig, sealed []byte, err error) {
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
	if len(rest) < 4 || binary.LittleEndian.Uint32(rest) != ntlm.SignatureSize {
		return nil, nil, fmt.Errorf("the signature has not %d bytes", ntlm.SignatureSize)
	}
	rest = rest[4:]
	if len(rest) < ntlm.SignatureSize+length {
		return nil, nil, errors.New("the message is shorter than its length says")
	}
	sig, sealed, rest = rest[:ntlm.SignatureSize], rest[ntlm.SignatureSize:ntlm.SignatureSize+length], rest[ntlm.SignatureSize+length:]
	if end := append(bytes.Clone(boundary), "--"...); !bytes.HasPrefix(rest, end) || len(bytes.TrimSpace(rest[len(end):])) > 0 {
		return nil, nil, errors.New("the message is longer than its length says")
	}
	return sig, sealed, nil
}

// composeSealed puts a sealed body together.
func composeSealed(sig, sealed []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "--%s\r\n\tContent-Type: %s\r\n\tOriginalContent: type=%s;Length=%d\r\n--%s\r\n\tContent-Type: application/octet-stream\r\n",
		sealBoundary, sealProtocol, typeSOAP, len(sealed), sealBoundary)
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(sig))))
	b.Write(sig)
	b.Write(sealed)
	fmt.Fprintf(&b, "--%s--\r\n", sealBoundary)
	return b.Bytes()
}
