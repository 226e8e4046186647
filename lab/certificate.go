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
	"time"
)

// certificateYears is how long a lab's certificate is valid: longer than any lab.
const certificateYears = 10

// newCertificate makes the self-signed certificate of the guest's HTTPS listener, as
// an administrator does who sets up WinRM over HTTPS. It is in PEM; the fingerprint is
// its SHA-256 in lower-case hex.
func newCertificate(address netip.Addr) (certificate, key, fingerprint string, err error) {
	fail := func(err error) (string, string, string, error) {
		return "", "", "", fmt.Errorf("certificate of the guest: %w", err)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fail(err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return fail(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "vnettune stand-in guest"},
		// A guest's clock may be behind.
		NotBefore:             now.AddDate(0, 0, -1),
		NotAfter:              now.AddDate(certificateYears, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses:           []net.IP{address.AsSlice()},
		BasicConstraintsValid: true,
		IsCA:                  true, // so that a client can trust exactly this one by a CA file
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return fail(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return fail(err)
	}
	sum := sha256.Sum256(der)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})),
		hex.EncodeToString(sum[:]), nil
}
