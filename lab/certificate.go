package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"time"
)

// certificateYears is how long a lab's certificates are valid: longer than any lab.
const certificateYears = 10

// keyPair is a certificate and its private key.
type keyPair struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newCertificate makes the self-signed certificate of the guest's HTTPS listener, as
// an administrator does who sets up WinRM over HTTPS.
func newCertificate(address netip.Addr) (keyPair, error) {
	return issue(&x509.Certificate{
		Subject:               pkix.Name{CommonName: "vnettune stand-in guest"},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses:           []net.IP{address.AsSlice()},
		BasicConstraintsValid: true,
		IsCA:                  true, // so that a client can trust exactly this one by a CA file
	}, nil)
}

// newClientCertificate makes an authority and a certificate of it, by which a client
// logs on as user over HTTPS: what an administrator maps to an account.
func newClientCertificate(user string) (authority, client keyPair, err error) {
	authority, err = issue(&x509.Certificate{
		Subject:               pkix.Name{CommonName: "vnettune stand-in clients"},
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}, nil)
	if err != nil {
		return keyPair{}, keyPair{}, err
	}
	client, err = issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: user},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, &authority)
	return authority, client, err
}

// issue makes a certificate of the template, signed by the authority or by itself.
func issue(template *x509.Certificate, authority *keyPair) (keyPair, error) {
	fail := func(err error) (keyPair, error) {
		return keyPair{}, fmt.Errorf("certificate of %q: %w", template.Subject.CommonName, err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fail(err)
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
		return fail(err)
	}
	now := time.Now()
	template.NotBefore = now.AddDate(0, 0, -1) // a guest's clock may be behind
	template.NotAfter = now.AddDate(certificateYears, 0, 0)
	if authority == nil {
		authority = &keyPair{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority.certificate, key.Public(), authority.key)
	if err != nil {
		return fail(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return fail(err)
	}
	return keyPair{certificate, key}, nil
}

func (p keyPair) certificatePEM() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.certificate.Raw}))
}

func (p keyPair) keyPEM() (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return "", fmt.Errorf("key of %q: %w", p.certificate.Subject.CommonName, err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// fingerprint is the SHA-256 of the certificate in lower-case hex.
func (p keyPair) fingerprint() string {
	sum := sha256.Sum256(p.certificate.Raw)
	return hex.EncodeToString(sum[:])
}

// writeCertificates puts what a client needs into the lab's folder.
func (f folder) writeCertificates(server, client keyPair) error {
	key, err := client.keyPEM()
	if err != nil {
		return err
	}
	for path, text := range map[string]string{
		f.certificate(): server.certificatePEM(), f.clientCertificate(): client.certificatePEM(), f.clientKey(): key,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return fmt.Errorf("lab state: %w", err)
		}
	}
	return nil
}
