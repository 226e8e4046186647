package winrm

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/bodgit/ntlmssp"

	"vnettune/apply/winrm/fault"
)

// ntlm proves the user by challenge and response: the password never crosses the
// wire. It belongs to one connection.
type ntlm struct {
	user, password string
	seal           bool // encrypt every message, as plain HTTP needs
}

// Flags that a challenge must confirm before a message may be sealed ([MS-NLMP]
// 2.2.2.5): sign, seal, extended session security, 128 bits, key exchange. One
// that lacks any of them would leave messages readable, or nearly.
const sealFlags = 0x10 | 0x20 | 0x80000 | 0x20000000 | 0x40000000

func (n ntlm) prove(ctx context.Context, s *session) (channel, error) {
	domain, user := "", n.user
	if d, u, ok := strings.Cut(n.user, `\`); ok {
		domain, user = d, u
	}
	client, err := ntlmssp.NewClient(ntlmssp.SetUserInfo(user, n.password), ntlmssp.SetDomain(domain))
	if err != nil {
		return nil, err
	}
	hello, err := client.Authenticate(nil, nil)
	if err != nil {
		return nil, err
	}
	first, err := s.exchange(ctx, negotiate(hello), nil)
	if err != nil {
		return nil, err
	}
	if first.status != http.StatusUnauthorized {
		return nil, &fault.StatusError{Status: first.status}
	}
	challenge, err := challengeOf(first.header)
	if err != nil {
		return nil, err
	}
	if n.seal && flagsOf(challenge)&sealFlags != sealFlags {
		return nil, ErrNotEncrypted
	}
	answer, err := respond(client, challenge, bindings(first))
	if err != nil {
		return nil, err
	}
	second, err := s.exchange(ctx, negotiate(answer), nil)
	switch {
	case err != nil:
		return nil, err
	case second.status == http.StatusUnauthorized:
		return nil, &AuthError{Offered: offered(second.header)}
	case second.status == http.StatusServiceUnavailable:
		return nil, &fault.StatusError{Status: second.status}
	}
	if n.seal {
		return &sealed{session: client.SecuritySession()}, nil
	}
	return open{}, nil
}

// negotiate is the header of an empty request with a token. Windows takes a bare
// NTLM message in place of SPNEGO's.
func negotiate(token []byte) http.Header {
	return http.Header{
		"Authorization": {"Negotiate " + base64.StdEncoding.EncodeToString(token)},
		"Content-Type":  {soapType + ";charset=UTF-8"},
	}
}

// challengeOf takes the server's token out of its refusal.
func challengeOf(h http.Header) ([]byte, error) {
	for _, v := range h.Values("WWW-Authenticate") {
		scheme, token, _ := strings.Cut(strings.TrimSpace(v), " ")
		if !strings.EqualFold(scheme, "Negotiate") || token == "" {
			continue
		}
		b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(token))
		if err != nil || len(b) < 32 { // shorter than a CHALLENGE_MESSAGE without payload
			return nil, errors.New("NTLM: the guest's challenge is malformed")
		}
		return b, nil
	}
	return nil, &AuthError{Offered: offered(h)}
}

// flagsOf reads the NegotiateFlags of a challenge ([MS-NLMP] 2.2.1.2).
func flagsOf(challenge []byte) uint32 { return binary.LittleEndian.Uint32(challenge[20:24]) }

// respond makes the answer to a challenge. The library indexes into a malformed
// one without looking.
func respond(client *ntlmssp.Client, challenge []byte, cb *ntlmssp.ChannelBindings) (answer []byte, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("NTLM: the guest's challenge is malformed")
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
func bindings(r reply) *ntlmssp.ChannelBindings {
	if r.tls == nil || len(r.tls.PeerCertificates) == 0 {
		return nil
	}
	cert := r.tls.PeerCertificates[0]
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

// schemes are the ways to log in that a WinRM service can offer.
var schemes = []string{"Negotiate", "Kerberos", "NTLM", "Basic", "CredSSP", "Digest"}

// offered lists the schemes that the guest would take. Other words of it are not
// repeated: what they are nobody knows.
func offered(h http.Header) []string {
	var all []string
	for _, v := range h.Values("WWW-Authenticate") {
		word, _, _ := strings.Cut(strings.TrimSpace(v), " ")
		for _, s := range schemes {
			if strings.EqualFold(s, word) {
				all = append(all, s)
			}
		}
	}
	return all
}
