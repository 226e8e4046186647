package ntlm

import (
	"crypto"
	"crypto/md5"
	"crypto/x509"
)

// Binding is the channel binding of TLS connections whose server shows this
// certificate: the MD5 of gss_channel_bindings_struct ([MS-NLMP] 2.2.2.1) with
// tls-server-end-point of RFC 5929, section 4.1.
func Binding(certificate *x509.Certificate) []byte {
	hash := crypto.SHA256
	switch certificate.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		hash = crypto.SHA384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		hash = crypto.SHA512
	}
	h := hash.New()
	h.Write(certificate.Raw)
	data := append([]byte("tls-server-end-point:"), h.Sum(nil)...)
	b := make([]byte, 16, 20+len(data)) // no addresses
	b = append(b, byte(len(data)), 0, 0, 0)
	sum := md5.Sum(append(b, data...))
	return sum[:]
}
