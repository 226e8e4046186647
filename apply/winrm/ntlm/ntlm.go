package ntlm

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/bodgit/ntlmssp"

	"vnettune/trouble"
)

// ErrNotEncrypted says that the guest would not encrypt over plain HTTP: nothing
// was sent to it in clear, and what it said in clear was not taken.
var ErrNotEncrypted = trouble.Hint(errors.New("the guest does not encrypt its messages over http (NTLM with 128-bit sealing)"),
	"mend that on the guest, or give it an https listener and take scheme: https")

// Flags that a challenge must confirm before a message may be sealed ([MS-NLMP]
// 2.2.2.5): sign, seal, extended session security, 128 bits, key exchange. One
// that lacks any of them would leave messages readable, or nearly.
const sealFlags = 0x10 | 0x20 | 0x80000 | 0x20000000 | 0x40000000

// errMalformed is of a challenge that cannot be one.
var errMalformed = errors.New("NTLM: the guest's challenge is malformed")

// Client is one login. It belongs to one connection.
type Client struct{ client *ntlmssp.Client }

// NewClient makes a login of user, a NAME, DOMAIN\NAME or NAME@DOMAIN.
func NewClient(user, password string) (*Client, error) {
	domain, name, ok := strings.Cut(user, `\`)
	if !ok {
		domain, name = "", user
	}
	client, err := ntlmssp.NewClient(ntlmssp.SetUserInfo(name, password), ntlmssp.SetDomain(domain))
	if err != nil {
		return nil, err
	}
	return &Client{client}, nil
}

// Hello is the token that asks for a challenge.
func (c *Client) Hello() (string, error) {
	hello, err := c.client.Authenticate(nil, nil)
	return base64.StdEncoding.EncodeToString(hello), err
}

// Answer makes the answer to the token of a challenge, tied to the certificate of the
// TLS connection if there is one. To seal, the challenge must confirm all that it takes.
func (c *Client) Answer(token string, seal bool, cert *x509.Certificate) (string, error) {
	challenge, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(challenge) < 32 { // shorter than a CHALLENGE_MESSAGE without payload
		return "", errMalformed
	}
	if seal && flagsOf(challenge)&sealFlags != sealFlags {
		return "", ErrNotEncrypted
	}
	answer, err := respond(c.client, challenge, bindings(cert))
	return base64.StdEncoding.EncodeToString(answer), err
}

// Session is what seals the messages of the connection once the login is done.
func (c *Client) Session() *Session { return &Session{c.client.SecuritySession()} }

// flagsOf reads the NegotiateFlags of a challenge ([MS-NLMP] 2.2.1.2).
func flagsOf(challenge []byte) uint32 { return binary.LittleEndian.Uint32(challenge[20:24]) }

// respond makes the answer to a challenge. The library indexes into a malformed
// one without looking.
func respond(client *ntlmssp.Client, challenge []byte, cb *ntlmssp.ChannelBindings) (answer []byte, err error) {
	defer func() {
		if recover() != nil {
			err = errMalformed
		}
	}()
	if answer, err = client.Authenticate(challenge, cb); err != nil {
		return nil, fmt.Errorf("NTLM: the guest's challenge: %w", err)
	}
	return answer, nil
}

// bindings ties the login to the TLS connection (RFC 5929, tls-server-end-point),
// so that nobody in between can use it; nil over HTTP and for signatures without
// a hash of their own.
func bindings(cert *x509.Certificate) *ntlmssp.ChannelBindings {
	if cert == nil {
		return nil
	}
	var hash crypto.Hash
	switch cert.SignatureAlgorithm {
	case x509.MD5WithRSA, x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.ECDSAWithSHA256:
		hash = crypto.SHA256
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		hash = crypto.SHA384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		hash = crypto.SHA512
	default:
		return nil
	}
	h := hash.New()
	h.Write(cert.Raw)
	return &ntlmssp.ChannelBindings{ApplicationData: append([]byte(ntlmssp.TLSServerEndPoint+":"), h.Sum(nil)...)}
}
